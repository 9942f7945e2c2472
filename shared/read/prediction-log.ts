import { instantMs } from '../inputs/kinds.ts';
import type { ByteSource } from '../ports/ports.ts';
import { grouped } from '../problem/numbers.ts';
import type { Problem } from '../problem/problem.ts';
import type { Batch, Cell } from './batch.ts';
import { toNumber } from './batch.ts';
import type { Fault } from './fault.ts';
import { readTable } from './tables.ts';
import { UnreadableLines } from './unreadable-lines.ts';

/** The columns of a prediction log that have a meaning; all others are features. */
export const LOG_COLUMNS = [
  'id',
  'timestamp',
  'model',
  'variant',
  'prediction',
  'score',
  'status',
  'latency_ms',
] as const;
export const VARIANTS = ['stable', 'canary'] as const;
export type Variant = (typeof VARIANTS)[number];

/** One answer of a model server; schemas/prediction-log.schema.json describes it as it is written. */
export interface LoggedPrediction {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The model's digest or version. */
  readonly model?: string;
  readonly variant?: Variant;
  /** A text or number as it was written (CSV: always a text). */
  readonly prediction?: Cell;
  readonly score?: number;
  /** An HTTP status code, or `ok` or `error`. */
  readonly status?: number | 'ok' | 'error';
  readonly latencyMs?: number;
  readonly features: Readonly<Record<string, Cell>>;
}

/** Lines that are left out. */
export interface LeftLines {
  /** Those that say the same of the same request as an earlier one: logs are delivered twice, and read again. */
  readonly repeated: number;
  /** Those that cannot be used, and the first of them. */
  readonly unreadable: { readonly count: number; readonly first?: Problem | undefined };
}

export interface PredictionLog extends LeftLines {
  /** In the order of the files. */
  readonly rows: readonly LoggedPrediction[];
  /** Rows of the files that are outside `since` and `until`. */
  readonly outside: number;
  /** Files whose last line was cut or is still being written; that line is left out. */
  readonly torn: number;
}

export interface LogPeriod {
  /** Milliseconds since 1970; rows before it are left out. */
  readonly since?: number;
  /** Milliseconds since 1970; rows at or after it are left out. */
  readonly until?: number;
  /** The share of lines that may be unusable, and one line in any case; none by default. */
  readonly maxUnreadable?: number;
}

/** Did the request fail: a status of 500 or more, or `error`? Undefined if no status was logged. */
export function isFailedRequest({ status }: Pick<LoggedPrediction, 'status'>): boolean | undefined {
  return status === undefined
    ? undefined
    : status === 'error' || (typeof status === 'number' && status >= 500);
}

/**
 * Reads prediction logs, CSV or JSON Lines. A log without rows is not a fault.
 *
 * @throws UserError with the places of all rows that cannot be used if they are too many, the first twenty in full; and
 * for files that are not prediction logs.
 */
export async function readPredictionLog(
  sources: readonly ByteSource[],
  { since = -Infinity, until = Infinity, maxUnreadable }: LogPeriod = {},
): Promise<PredictionLog> {
  const rows: LoggedPrediction[] = [];
  const met = new Requests();
  const lines = new UnreadableLines();
  let [outside, torn, repeated] = [0, 0, 0];
  const onFault = (fault: Fault): void => {
    if (fault.kind === 'torn-line') torn++;
    else lines.fault(fault);
  };
  for (const source of sources) {
    for await (const batch of readTable(source, { onFault, exactIntegers: ['id', 'prediction'] })) {
      const parse = rowParser(batch, lines);
      batch.rows.forEach((row, index) => {
        const parsed = parse(row, index);
        if (parsed === undefined) return;
        if (!(parsed.at >= since && parsed.at < until)) outside++;
        else if (met.has(parsed)) repeated++;
        else rows.push(parsed);
      });
    }
  }
  lines.settle(rows.length + outside + repeated, maxUnreadable);
  return { rows, outside, torn, repeated, unreadable: { count: lines.count, first: lines.first } };
}

/** Requests by time. A caller that asks again under the same id is a request of its own, if anything of it differs. */
class Requests {
  readonly #byTime = new Map<number, string | Set<string>>();

  /** Has the same line been met? It has from now on. */
  has(request: LoggedPrediction): boolean {
    const { at, id, model, variant, prediction, score, status, latencyMs } = request;
    const line = [id, model, variant, prediction, score, status, latencyMs].join('\n');
    const known = this.#byTime.get(at);
    if (known === undefined) this.#byTime.set(at, line);
    else if (typeof known !== 'string') {
      if (known.has(line)) return true;
      known.add(line);
    } else if (known === line) return true;
    else this.#byTime.set(at, new Set([known, line]));
    return false;
  }
}

type RowParser = (row: readonly Cell[], index: number) => LoggedPrediction | undefined;

function rowParser(batch: Batch, lines: UnreadableLines): RowParser {
  const at = Object.fromEntries(LOG_COLUMNS.map((name) => [name, batch.columns.indexOf(name)]));
  const missing = (['id', 'timestamp'] as const).filter((name) => at[name] === -1);
  if (missing.length > 0) {
    const what = `a prediction log needs the column ${missing.join(' and the column ')}`;
    lines.refuse({ what, where: batch.file, fix: `the header has: ${batch.columns.join(', ')}` });
    return () => undefined;
  }
  const features = batch.columns
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => !(LOG_COLUMNS as readonly string[]).includes(name));
  return (row, index) => {
    const cell = (name: (typeof LOG_COLUMNS)[number]): Cell => row[at[name] ?? -1] ?? null;
    const problems: Problem[] = [];
    const fault = (name: string, allowed: string): undefined => {
      const where = `${batch.file}:${batch.lines[index]}:${(at[name] ?? 0) + 1}`;
      problems.push({ what: `${name} is not usable`, where, fix: `write ${allowed}` });
      return undefined;
    };
    const id = cell('id');
    if (id === null || id === '') fault('id', 'an identifier that is not empty');
    const time = cell('timestamp');
    const ms = typeof time === 'string' ? instantMs(time) : Number.NaN;
    if (Number.isNaN(ms)) fault('timestamp', 'ISO 8601, such as 2026-01-31T12:00:00Z');
    const numeric = (name: 'score' | 'latency_ms'): number | undefined => {
      const value = cell(name);
      if (value === null) return undefined;
      const number = toNumber(value);
      const usable = !Number.isNaN(number) && (name === 'score' || number >= 0);
      return usable ? number : fault(name, 'a finite number (not negative for latency_ms), or nothing');
    };
    const variant = cell('variant');
    const known = VARIANTS.find((value) => value === variant);
    if (variant !== null && known === undefined) fault('variant', 'stable or canary, or nothing');
    const status = statusOf(cell('status'));
    if (status === null) fault('status', 'an HTTP status code, ok or error');
    const score = numeric('score');
    const latencyMs = numeric('latency_ms');
    if (problems.length > 0) {
      lines.add(problems);
      return undefined;
    }
    const model = cell('model');
    const prediction = cell('prediction');
    return {
      id: String(id),
      at: ms,
      ...(model === null ? {} : { model: String(model) }),
      ...(known === undefined ? {} : { variant: known }),
      ...(prediction === null ? {} : { prediction }),
      ...(score === undefined ? {} : { score }),
      ...(status === undefined || status === null ? {} : { status }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      features: Object.fromEntries(features.map((feature) => [feature.name, row[feature.index] ?? null])),
    };
  };
}

/** Undefined if there is no status, null if it is not one. */
function statusOf(cell: Cell): number | 'ok' | 'error' | undefined | null {
  if (cell === null) return undefined;
  if (cell === 'ok' || cell === 'error') return cell;
  const code = toNumber(cell);
  return Number.isInteger(code) && code >= 100 && code <= 599 ? code : null;
}

/** What was left out, as a clause; undefined if nothing was. */
export function leftText({ repeated, unreadable: { count, first } }: LeftLines): string | undefined {
  const lines = (many: number): string => `${grouped(many)} ${many === 1 ? 'line' : 'lines'}`;
  const place = first?.where === undefined ? '' : `, the first at ${first.where}`;
  const parts = [
    ...(count === 0 ? [] : [`${lines(count)} cannot be used${place}`]),
    ...(repeated === 0 ? [] : [`${lines(repeated)} repeat${repeated === 1 ? 's' : ''} an earlier one`]),
  ];
  return parts.length === 0
    ? undefined
    : `${parts.join(', and ')}; ${count + repeated === 1 ? 'it is' : 'they are'} left out`;
}
