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

/** Counts that only grow, since a time that the source chooses; null: the source knows nothing of the version. */
export type Totals = {
  readonly canary: Counts | null;
  readonly stable: Counts | null;
};

/**
 * What a look at the metrics can give. Only `counts` is evidence; every other kind is its own reading, and none is a pass.
 *
 * - `no-series`: the source knows nothing of the new version's requests.
 * - `no-requests`: the new version has not answered any further request.
 * - `not-a-number`: NaN or an infinity if a count was due.
 * - `several-series`: a query gave more than one value, and which one is meant is not known.
 * - `inconsistent`: counts that cannot be, such as more errors than requests.
 * - `refused`: the server refused the query (HTTP 400 and others).
 * - `unreachable`: the server could not be reached, or gave no answer that could be read.
 */
export const READINGS = [
  'counts',
  'no-series',
  'no-requests',
  'not-a-number',
  'several-series',
  'inconsistent',
  'refused',
  'unreachable',
] as const;
export type ReadingKind = (typeof READINGS)[number];

/** A reading that holds no counts; the message says why and names the query or file. */
export type Gap = { readonly kind: Exclude<ReadingKind, 'counts'>; readonly message: string };
export type Reading = { readonly kind: 'counts'; readonly totals: Totals } | Gap;

/** A version as requests name it. */
export type Served = { readonly version: string; readonly digest: string };

export interface Look {
  readonly canary: Served;
  readonly stable: Served | null;
  /** When the new version first got traffic. */
  readonly since: Date;
  readonly now: Date;
  /** Milliseconds; null if latency is not judged. */
  readonly maxLatencyMs: number | null;
}

/** Where the counts come from. */
export interface MetricSource {
  /**
   * The totals at the moment at which traffic starts, which later ones are measured against.
   *
   * @throws UserError for what no later look could fix.
   */
  baseline(look: Look): Promise<Totals>;
  /** @throws UserError for what no later look could fix. */
  read(look: Look): Promise<Reading>;
  /** Do totals that fall mean that a server began again, so that all it counts is new? Otherwise rows were removed. */
  readonly restarts: boolean;
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

/**
 * What was counted between two looks. Totals seen for the first time are only what later ones are measured against.
 * If requests have fallen, a counter began again at 0 and all it shows is new (Prometheus, "Counter resets"), or rows
 * were removed and nothing is known to be new.
 */
export function increase(before: Counts | null, now: Counts | null, restarts: boolean): Counts {
  if (before === null || now === null) return NO_COUNTS;
  if (now.requests < before.requests) return restarts ? now : NO_COUNTS;
  const grown = subtract(now, before);
  // A row that came late can only add; a part that shrinks while requests grow is left out rather than counted backwards.
  const judged = Math.max(0, grown.judged);
  const timed = Math.max(0, grown.timed);
  return {
    requests: grown.requests,
    judged,
    errors: Math.min(judged, Math.max(0, grown.errors)),
    timed,
    slow: Math.min(timed, Math.max(0, grown.slow)),
  };
}

/** The share, or null of nothing. */
export function rate(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
