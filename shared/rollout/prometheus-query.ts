import { createHash } from 'node:crypto';
import type { Http } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { canonicalJson } from '../verdict/digest.ts';
import type { Json } from '../verdict/verdict.ts';
import type { Counter } from './counters.ts';
import type { MetricsGap } from './metrics.ts';

export interface PrometheusServer {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Series of a query that a state remembers. */
const MOST_SERIES = 1000;

/** Name and password of the URL are sent as basic authentication. @throws UserError if it is not an URL. */
export function serverOf(url: string): PrometheusServer {
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

/** The series of a query at one instant (Prometheus' HTTP API, `/api/v1/query`). */
export async function askCounters(
  { endpoint, headers }: PrometheusServer,
  http: Http,
  query: { readonly name: string; readonly text: string },
  now: Date,
): Promise<readonly Counter[] | MetricsGap> {
  const { name, text } = query;
  const parameters = new URLSearchParams({ query: text, time: String(now.getTime() / 1000) });
  let status: number;
  let body: string;
  try {
    ({ status, body } = await http.request(`${endpoint}?${parameters}`, { headers }));
  } catch (error) {
    if (error instanceof UserError)
      return { kind: 'unreachable', message: `the query ${name}: ${messageOf(error)}` };
    throw error;
  }
  const answer = parsedJson(body);
  if (status === 200 && answer?.status === 'success') return countersOf(name, answer.data);
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

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === 'object' ? { ...value } : {};
}

function parsedJson(body: string): Fields | null {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === 'object' ? { ...value } : null;
  } catch {
    return null;
  }
}

/** `data` of a vector (`result: [{metric: {pod: "a"}, value: [time, "12"]}]`) or a scalar (`result: [time, "12"]`). */
function countersOf(name: string, data: unknown): readonly Counter[] | MetricsGap {
  const { resultType, result } = fieldsOf(data);
  if (!Array.isArray(result) || (resultType !== 'vector' && resultType !== 'scalar'))
    return { kind: 'unreachable', message: `the query ${name} gave neither a vector nor a scalar` };
  const entries: readonly unknown[] = resultType === 'scalar' ? [{ value: result }] : result;
  if (entries.length > MOST_SERIES)
    return {
      kind: 'several-series',
      message: `the query ${name} gave ${entries.length} series, and ${MOST_SERIES} are the most; add up those of a process: sum by (instance) (…)`,
    };
  const counters: Counter[] = [];
  for (const entry of entries) {
    const { metric, value } = fieldsOf(entry);
    const count = countOf(name, Array.isArray(value) ? value[1] : undefined);
    if (typeof count !== 'number') return count;
    counters.push({ id: idOf(fieldsOf(metric)), value: count });
  }
  return counters;
}

/** Short, for a state keeps it; empty for a series without labels. */
function idOf(labels: Fields): string {
  if (Object.keys(labels).length === 0) return '';
  return createHash('sha256')
    .update(canonicalJson(labels as Json))
    .digest('hex')
    .slice(0, 16);
}

function countOf(name: string, text: unknown): number | MetricsGap {
  if (typeof text !== 'string')
    return { kind: 'unreachable', message: `the query ${name} gave neither a vector nor a scalar` };
  const value = Number(text);
  if (!Number.isFinite(value)) {
    const shown = /^[+-]?Inf$/.test(text) ? text : 'NaN';
    return { kind: 'not-a-number', message: `the query ${name} gave ${shown}` };
  }
  if (value < 0) return { kind: 'inconsistent', message: `the query ${name} gave a negative count` };
  // A count beyond what doubles count one by one is none, and evidence of it would be no number.
  if (value > Number.MAX_SAFE_INTEGER)
    return { kind: 'inconsistent', message: `the query ${name} gave ${text}, which is not a count` };
  return value;
}
