/** Schemes of metrics; more sources add theirs here. */
export const METRIC_SCHEMES = ['log:', 'prometheus+http:', 'prometheus+https:'] as const;

/** Requests that one version has answered. */
export type Counts = {
  readonly requests: number;
  /** Those whose outcome is known; the others say nothing about errors. */
  readonly judged: number;
  /** Judged ones that failed. */
  readonly errors: number;
  /** Those whose latency is known. */
  readonly timed: number;
  /** Timed ones slower than the limit. */
  readonly slow: number;
};

export const NO_COUNTS: Counts = { requests: 0, judged: 0, errors: 0, timed: 0, slow: 0 };

/** What each version has answered. */
export type ArmCounts = { readonly canary: Counts; readonly stable: Counts };

/**
 * What a source has counted already, as a state stores it: the next look counts what is new beside it. Each source has
 * its own part: totals since traffic began, null if they are not known, or the counters of Prometheus.
 */
export type CountedSoFar = {
  readonly canary: Counts | null;
  readonly stable: Counts | null;
  readonly counters?: SeenCounters;
};

/** Counters as Prometheus showed them, by the name of the query: the last value of each series, by the hash of its labels. */
export type SeenCounters = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const NOTHING_SEEN: CountedSoFar = { canary: null, stable: null };

/**
 * What a look at the metrics can give. Only `counts` is evidence; every other kind is its own reading, and none is a pass.
 *
 * - `no-series`: the source knows nothing of the new version's requests.
 * - `no-requests`: the new version has not answered any further request.
 * - `not-a-number`: NaN or an infinity if a count was due.
 * - `several-series`: a query gave more series than a state can remember.
 * - `inconsistent`: counts that cannot be, such as more errors than requests, or a sum over series that fell.
 * - `refused`: the server refused the query (HTTP 400 and others).
 * - `unreachable`: the server could not be reached, or gave no answer that could be read.
 * - `unreadable`: too many lines of the log cannot be used, or a file of it cannot be read.
 */
export const METRICS_READINGS = [
  'counts',
  'no-series',
  'no-requests',
  'not-a-number',
  'several-series',
  'inconsistent',
  'refused',
  'unreachable',
  'unreadable',
] as const;
export type ReadingKind = (typeof METRICS_READINGS)[number];

/** A reading that holds no counts; the message says why and names the query or file. */
export type MetricsGap = {
  readonly kind: Exclude<ReadingKind, 'counts'>;
  readonly message: string;
  /** Where later looks begin, if what lies between cannot be counted any more. */
  readonly seen?: CountedSoFar;
};
/** What was answered since the look before. */
export type Increase = {
  readonly kind: 'counts';
  readonly counts: ArmCounts;
  readonly seen: CountedSoFar;
  /** What the source left out, as a clause. */
  readonly left?: string;
};
export type MetricsReading = Increase | MetricsGap;

/** A version as requests name it. */
export type ServedVersion = { readonly version: string; readonly digest: string };

export interface MetricsLook {
  readonly canary: ServedVersion;
  readonly stable: ServedVersion | null;
  /** When the new version first got traffic. */
  readonly since: Date;
  readonly now: Date;
  /** Milliseconds; null if latency is not judged. */
  readonly maxLatencyMs: number | null;
}

/** Where the counts come from. */
export interface MetricSource {
  /**
   * What there is at the moment at which traffic starts.
   *
   * @throws UserError for what no later look could fix.
   */
  baseline(look: MetricsLook): Promise<CountedSoFar>;
  /**
   * What is new since the look that saw `seen`.
   *
   * @throws UserError for what no later look could fix.
   */
  read(look: MetricsLook, seen: CountedSoFar): Promise<MetricsReading>;
}

export function add(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    judged: a.judged + b.judged,
    errors: a.errors + b.errors,
    timed: a.timed + b.timed,
    slow: a.slow + b.slow,
  };
}

export function subtract(a: Counts, b: Counts): Counts {
  return add(a, {
    requests: -b.requests,
    judged: -b.judged,
    errors: -b.errors,
    timed: -b.timed,
    slow: -b.slow,
  });
}

/** What is new in totals that only grow; those seen for the first time are only what later ones are measured against. */
export function increaseOf(totals: Pick<CountedSoFar, 'canary' | 'stable'>, seen: CountedSoFar): Increase {
  return {
    kind: 'counts',
    counts: {
      canary: grown(seen.canary, totals.canary),
      stable: grown(seen.stable, totals.stable),
    },
    seen: { canary: totals.canary ?? seen.canary, stable: totals.stable ?? seen.stable },
  };
}

/** If requests have fallen, rows were removed, and nothing is known to be new. */
function grown(before: Counts | null, now: Counts | null): Counts {
  if (before === null || now === null || now.requests < before.requests) return NO_COUNTS;
  return coherent(subtract(now, before));
}

/** A row that came late can only add; a part that shrinks while requests grow is left out rather than counted backwards. */
export function coherent(counts: Counts): Counts {
  const judged = Math.max(0, counts.judged);
  const timed = Math.max(0, counts.timed);
  return {
    requests: counts.requests,
    judged,
    errors: Math.min(judged, Math.max(0, counts.errors)),
    timed,
    slow: Math.min(timed, Math.max(0, counts.slow)),
  };
}

/** The share, or null of nothing. */
export function rate(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
