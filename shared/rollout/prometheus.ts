import type { Http } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { counterGrowth } from './counters.ts';
import {
  type CountedSoFar,
  type Counts,
  coherent,
  type MetricSource,
  type MetricsGap,
  type MetricsLook,
  NO_COUNTS,
  NOTHING_SEEN,
  type SeenCounters,
} from './metrics.ts';
import { askCounters, type PrometheusServer, serverOf } from './prometheus-query.ts';

const ARMS = ['canary', 'stable'] as const;
type Arm = (typeof ARMS)[number];
const NEEDED = ['canary-requests', 'canary-errors', 'stable-requests', 'stable-errors'] as const;
const SLOW = ['canary-slow', 'stable-slow'] as const;

/** PromQL by what it counts. `{canary}`, `{stable}`, `{canary-digest}` and `{stable-digest}` stand for the versions. */
export type PrometheusQueries = Readonly<Record<string, string>>;

/** @throws UserError with every query that is missing or unknown. */
export function checkQueries(queries: PrometheusQueries, withLatency: boolean): void {
  const known: readonly string[] = [...NEEDED, ...SLOW];
  const wanted: readonly string[] = withLatency ? known : NEEDED;
  const problems: Problem[] = Object.keys(queries)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      what: `there is no query ${name}`,
      where: 'input queries',
      fix: suggestion(name, known),
    }));
  for (const name of wanted.filter((candidate) => (queries[candidate] ?? '') === '')) {
    const fix = name.endsWith('slow')
      ? `give a counter of requests slower than max-latency, such as ${name}: sum by (instance) (latency_count{…}) - sum by (instance) (latency_bucket{…,le="0.5"})`
      : `give a raw counter of each process, such as ${name}: sum by (instance) (http_requests_total{version="{${name.split('-')[0]}}"})`;
    problems.push({ what: `the query ${name} is missing`, where: 'input queries', fix });
  }
  if (problems.length > 0) throw new UserError(problems);
}

/**
 * Raw counters from Prometheus. Each series that a query gives is counted by itself, from look to look, for `increase()`
 * of PromQL extrapolates, and a sum over all processes falls if one of them ends. An error series that is missing while
 * its request series is there is no reading: it looks the same whether there has been no error yet or the query names
 * what is not there, and `or vector(0)` in the query tells the two apart.
 */
export function prometheusMetrics(url: string, queries: PrometheusQueries, http: Http): MetricSource {
  const asked = { server: serverOf(url), queries, http };
  return {
    // If the server gave no counts, the first look that gives some is what later ones are measured against.
    baseline: async (look) => {
      const found = await readArms(asked, look, undefined);
      return 'kind' in found ? NOTHING_SEEN : found.seen;
    },
    read: async (look, { counters }) => {
      const found = await readArms(asked, look, counters);
      if ('kind' in found) return found;
      const { seen, canary, stable, fell } = found;
      if (canary === null) return { kind: 'no-series', message: 'the query canary-requests gave no series' };
      if (fell !== null) return { ...fell, seen };
      return { kind: 'counts', counts: { canary, stable: stable ?? NO_COUNTS }, seen };
    },
  };
}

interface Asked {
  readonly server: PrometheusServer;
  readonly queries: PrometheusQueries;
  readonly http: Http;
}

/** What the queries of one version have counted. */
interface ArmGrowth {
  readonly counts: Counts;
  readonly fell: MetricsGap | null;
  readonly counters: SeenCounters;
}

interface Found {
  readonly canary: Counts | null;
  readonly stable: Counts | null;
  readonly fell: MetricsGap | null;
  readonly seen: CountedSoFar;
}

async function readArms(
  asked: Asked,
  look: MetricsLook,
  seen: SeenCounters | undefined,
): Promise<Found | MetricsGap> {
  const growths: Record<Arm, ArmGrowth | null> = { canary: null, stable: null };
  for (const arm of ARMS) {
    if (look[arm] === null) continue;
    const growth = await readArm(asked, arm, look, seen);
    if (growth !== null && 'kind' in growth) return growth;
    growths[arm] = growth;
  }
  const { canary, stable } = growths;
  return {
    canary: canary?.counts ?? null,
    stable: stable?.counts ?? null,
    fell: canary?.fell ?? stable?.fell ?? null,
    seen: { ...NOTHING_SEEN, counters: { ...seen, ...canary?.counters, ...stable?.counters } },
  };
}

/** @param seen undefined if nothing was counted yet. */
async function readArm(
  { server, queries, http }: Asked,
  arm: Arm,
  look: MetricsLook,
  seen: SeenCounters | undefined,
): Promise<ArmGrowth | MetricsGap | null> {
  // A version that has had no traffic has no series yet, and its counters begin at 0. A process of the stable version
  // that is seen for the first time may have served for long, and so may an error series that comes with it.
  let fresh = seen !== undefined && arm === 'canary';
  const grown: Record<string, number> = {};
  const total: Record<string, number> = {};
  const counters: Record<string, Readonly<Record<string, number>>> = {};
  let fell: MetricsGap | null = null;
  for (const what of look.maxLatencyMs === null ? ['requests', 'errors'] : ['requests', 'errors', 'slow']) {
    const name = `${arm}-${what}`;
    const query = { name, text: resolved(queries[name] ?? '', look) };
    const found = await askCounters(server, http, query, look.now);
    if ('kind' in found) return found;
    if (found.length === 0) return what === 'requests' ? null : missing(name);
    const growth = counterGrowth(found, seen?.[name] ?? {}, fresh);
    grown[what] = growth.grown;
    total[what] = found.reduce((sum, { value }) => sum + value, 0);
    counters[name] = growth.last;
    if (growth.fell) fell ??= fallen(name);
    if (what === 'requests') fresh ||= seen !== undefined && !growth.strange;
  }
  const { requests = 0, errors = 0, slow = 0 } = grown;
  if (Math.max(total.errors ?? 0, total.slow ?? 0) > (total.requests ?? 0)) {
    return {
      kind: 'inconsistent',
      message: `${arm}: there are more errors or slow requests than requests, so the queries do not fit together`,
    };
  }
  const timed = look.maxLatencyMs === null ? 0 : requests;
  return { counts: coherent({ requests, judged: requests, errors, timed, slow }), fell, counters };
}

function missing(name: string): MetricsGap {
  const message = `the query ${name} gave no series; if there may be none yet, end the query with \`or vector(0)\``;
  return { kind: 'no-series', message };
}

function fallen(name: string): MetricsGap {
  return {
    kind: 'inconsistent',
    message: `the query ${name} fell: it adds up all processes, and one of them ended or began again, so what is new is not known; give each its own series: sum by (instance) (…)`,
  };
}

/** Versions are SemVer and digests hexadecimal, so neither can leave the PromQL text it stands in. */
function resolved(query: string, { canary, stable }: MetricsLook): string {
  const values: Readonly<Record<string, string>> = {
    canary: canary.version,
    'canary-digest': canary.digest,
    stable: stable?.version ?? '',
    'stable-digest': stable?.digest ?? '',
  };
  return query.replace(/\{(canary|stable)(-digest)?\}/g, (name) => safe(values[name.slice(1, -1)] ?? ''));
}

function safe(value: string): string {
  return value.replace(/[^A-Za-z0-9.:+_-]/g, '');
}
