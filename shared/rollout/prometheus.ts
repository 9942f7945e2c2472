import type { Http } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { type Counts, type Gap, type Look, type MetricSource, NO_COUNTS, type Totals } from './metrics.ts';

const ARMS = ['canary', 'stable'] as const;
type Arm = (typeof ARMS)[number];
const NEEDED = ['canary-requests', 'canary-errors', 'stable-requests', 'stable-errors'] as const;
const SLOW = ['canary-slow', 'stable-slow'] as const;

/** PromQL by what it counts. `{canary}`, `{stable}`, `{canary-digest}` and `{stable-digest}` stand for the versions. */
export type Queries = Readonly<Record<string, string>>;

/** @throws UserError with every query that is missing or unknown. */
export function checkQueries(queries: Queries, withLatency: boolean): void {
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
      ? `give a counter of requests slower than max-latency, such as ${name}: sum(latency_count{…}) - sum(latency_bucket{…,le="0.5"})`
      : `give a raw counter, such as ${name}: sum(http_requests_total{version="{${name.split('-')[0]}}"})`;
    problems.push({ what: `the query ${name} is missing`, where: 'input queries', fix });
  }
  if (problems.length > 0) throw new UserError(problems);
}

/**
 * Raw counters from Prometheus' HTTP API (`/api/v1/query`), all evaluated at the same instant. Increases between looks
 * are taken here, for `increase()` of PromQL extrapolates. An error series that is missing while its request series is
 * there is no reading: it looks the same whether there has been no error yet or the query names what is not there, and
 * `or vector(0)` in the query tells the two apart. Name and password of the URL are sent as basic authentication.
 */
export function prometheusMetrics(url: string, queries: Queries, http: Http): MetricSource {
  const server = serverOf(url);
  const totals = (look: Look) => readArms(server, http, queries, look);
  return {
    read: async (look) => {
      const found = await totals(look);
      if ('kind' in found) return found;
      if (found.canary === null)
        return { kind: 'no-series', message: 'the query canary-requests gave no series' };
      return { kind: 'counts', totals: found };
    },
    // A version that has had no traffic has no series yet, and its counters will begin at 0. If the server gave no
    // counts, the first look that gives some is what later ones are measured against.
    baseline: async (look) => {
      const found = await totals(look);
      if ('kind' in found) return { canary: null, stable: null };
      return { canary: found.canary ?? NO_COUNTS, stable: found.stable };
    },
    restarts: true,
  };
}

async function readArms(server: Server, http: Http, queries: Queries, look: Look): Promise<Totals | Gap> {
  const totals: Record<Arm, Counts | null> = { canary: null, stable: null };
  for (const arm of ARMS) {
    if (look[arm] === null) continue;
    const counts = await readArm(server, http, queries, arm, look);
    if (counts !== null && 'kind' in counts) return counts;
    totals[arm] = counts;
  }
  return totals;
}

async function readArm(
  server: Server,
  http: Http,
  queries: Queries,
  arm: Arm,
  look: Look,
): Promise<Counts | Gap | null> {
  const value = (what: string) =>
    ask(server, http, `${arm}-${what}`, resolved(queries[`${arm}-${what}`] ?? '', look), look.now);
  const requests = await value('requests');
  if (requests === null) return null;
  if (typeof requests !== 'number') return requests;
  const errors = (await value('errors')) ?? missing(`${arm}-errors`);
  if (typeof errors !== 'number') return errors;
  const slow = look.maxLatencyMs === null ? 0 : ((await value('slow')) ?? missing(`${arm}-slow`));
  if (typeof slow !== 'number') return slow;
  if (errors > requests || slow > requests) {
    return {
      kind: 'inconsistent',
      message: `${arm}: there are more errors or slow requests than requests, so the queries do not fit together`,
    };
  }
  return { requests, judged: requests, errors, timed: look.maxLatencyMs === null ? 0 : requests, slow };
}

function missing(name: string): Gap {
  const message = `the query ${name} gave no series; if there may be none yet, end the query with \`or vector(0)\``;
  return { kind: 'no-series', message };
}

/** Versions are SemVer and digests hexadecimal, so neither can leave the PromQL text it stands in. */
function resolved(query: string, { canary, stable }: Look): string {
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

interface Server {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

function serverOf(url: string): Server {
  let parsed: URL;
  let login: string;
  try {
    parsed = new URL(url.replace(/^prometheus\+/, ''));
    login = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  } catch {
    throw new UserError({
      what: 'is not an URL',
      where: 'input metrics',
      fix: 'write prometheus+http://HOST:PORT',
    });
  }
  const { username, origin, pathname } = parsed;
  const headers: Record<string, string> =
    username === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { endpoint: `${origin}${pathname.replace(/\/$/, '')}/api/v1/query`, headers };
}

/** One number of one query; null if there is no series. */
async function ask(
  server: Server,
  http: Http,
  name: string,
  query: string,
  now: Date,
): Promise<number | Gap | null> {
  const parameters = new URLSearchParams({ query, time: String(now.getTime() / 1000) });
  let status: number;
  let body: string;
  try {
    ({ status, body } = await http.request(`${server.endpoint}?${parameters}`, { headers: server.headers }));
  } catch (error) {
    if (error instanceof UserError)
      return { kind: 'unreachable', message: `the query ${name}: ${messageOf(error)}` };
    throw error;
  }
  const answer = parsedJson(body);
  if (status !== 200 || answer?.status !== 'success') {
    const refused = status >= 400 && status < 500;
    const errorType =
      typeof answer?.errorType === 'string' && /^[a-z_]+$/.test(answer.errorType)
        ? ` (${answer.errorType})`
        : '';
    return {
      kind: refused ? 'refused' : 'unreachable',
      message: `the query ${name} was answered with HTTP ${status}${errorType}`,
    };
  }
  return numberOf(name, answer.data);
}

function parsedJson(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === 'object' ? { ...value } : null;
  } catch {
    return null;
  }
}

/** `data` of a vector (`result: [{value: [time, "12"]}]`) or a scalar (`result: [time, "12"]`). */
function numberOf(name: string, data: unknown): number | Gap | null {
  const { resultType, result }: Readonly<Record<string, unknown>> =
    data !== null && typeof data === 'object' ? { ...data } : {};
  const unread: Gap = {
    kind: 'unreachable',
    message: `the query ${name} gave neither a vector nor a scalar`,
  };
  if (!Array.isArray(result) || (resultType !== 'vector' && resultType !== 'scalar')) return unread;
  if (resultType === 'vector' && result.length === 0) return null;
  if (resultType === 'vector' && result.length > 1) {
    return {
      kind: 'several-series',
      message: `the query ${name} gave ${result.length} series instead of one; add them up with sum()`,
    };
  }
  const first: unknown = resultType === 'scalar' ? { value: result } : result[0];
  const pair = first !== null && typeof first === 'object' && 'value' in first ? first.value : null;
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== 'string') return unread;
  const number = Number(text);
  if (!Number.isFinite(number))
    return {
      kind: 'not-a-number',
      message: `the query ${name} gave ${/^[+-]?Inf$/.test(text) ? text : 'NaN'}`,
    };
  if (number < 0) return { kind: 'inconsistent', message: `the query ${name} gave a negative count` };
  // A count beyond what doubles count one by one is none, and evidence of it would be no number.
  if (number > Number.MAX_SAFE_INTEGER)
    return { kind: 'inconsistent', message: `the query ${name} gave ${text}, which is not a count` };
  return number;
}
