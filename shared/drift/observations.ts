import { instantMs } from '../inputs/kinds.ts';
import type { ByteSource } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { Batch, Cell } from '../read/batch.ts';
import type { Dialect } from '../read/dialect.ts';
import type { LeftLines } from '../read/prediction-log.ts';
import { isFailedRequest, type LoggedPrediction, readPredictionLog } from '../read/prediction-log.ts';
import { cellValue } from '../read/same-value.ts';
import { readTables } from '../read/tables.ts';
import { UnreadableLines } from '../read/unreadable-lines.ts';
import type { Champion } from './state.ts';

/** What one row of production says about the model. */
export interface Observation {
  /** In one spelling for each value, as `cellValue` has it; null if the row has none. */
  readonly id: string | null;
  /** Milliseconds since 1970; null if the data have no times. */
  readonly at: number | null;
  readonly model?: string;
  readonly canary: boolean;
  /** Did the request fail, so that there is no prediction to judge? */
  readonly failed: boolean;
  readonly prediction: Cell;
  readonly score: Cell;
  /** The label, where it stands in the same row. */
  readonly label: Cell;
}

/** Milliseconds since 1970: from `since` on, before `until`. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** What to read: the rows of the window for the profile, and the observations from `since` to `now`. */
export interface Watch {
  readonly window: Period;
  /** Milliseconds since 1970; null if no observations are wanted. */
  readonly since: number | null;
  readonly now: Date;
  /** The share of lines that may be left out because they cannot be used. */
  readonly maxUnreadable: number;
}

export interface ObservedWindow {
  /** The rows from `since` to `now`, and those without a time. */
  readonly observations: readonly Observation[];
  /** The rows of the window. */
  readonly rows: number;
  /** Every column that the data have. */
  readonly columns: ReadonlySet<string>;
  readonly left: LeftLines;
}

export function within({ since, until }: Period, at: number | null): boolean {
  return at === null || (at >= since && at < until);
}

/** The newest `window` milliseconds before `now`, less `lag`. */
export function newest(now: Date, window: number, lag: number): Period {
  const until = now.getTime() - lag;
  return { since: until - window, until };
}

/** Takes rows of the window, for a profile. */
export type Sink = (batch: Batch) => void;

const LOG_BATCH = 2000;

/** Reads prediction logs; into the sink go features, `prediction` and `score` as columns. */
export async function observeLog(
  sources: readonly ByteSource[],
  watch: Watch,
  sink: Sink,
): Promise<ObservedWindow> {
  const { window, since, now } = watch;
  const period = { since: Math.min(since ?? window.since, window.since), until: now.getTime() };
  const { maxUnreadable } = watch;
  const log = await readPredictionLog(sources, { ...period, maxUnreadable });
  const { rows } = log;
  const inWindow = rows.filter((row) => within(window, row.at));
  const features = new Set(inWindow.flatMap((row) => Object.keys(row.features)));
  const columns = [...features, 'prediction', 'score'];
  for (let from = 0; from < inWindow.length; from += LOG_BATCH) {
    const part = inWindow.slice(from, from + LOG_BATCH);
    sink({
      file: sources.map((source) => source.name).join(', '),
      columns,
      rows: part.map((row) => [...cellsOf(row, features), row.prediction ?? null, row.score ?? null]),
      lines: part.map((_, index) => from + index + 1),
    });
  }
  const observations = since === null ? [] : rows.filter(({ at }) => at >= since).map(observationOf);
  return { observations, rows: inWindow.length, columns: new Set(columns), left: log };
}

function cellsOf(row: LoggedPrediction, features: ReadonlySet<string>): Cell[] {
  return Array.from(features, (name) => row.features[name] ?? null);
}

function observationOf(row: LoggedPrediction): Observation {
  return {
    id: cellValue(row.id),
    at: row.at,
    ...(row.model === undefined ? {} : { model: row.model }),
    canary: row.variant === 'canary',
    failed: isFailedRequest(row) === true,
    prediction: row.prediction ?? null,
    score: row.score ?? null,
    label: null,
  };
}

/** The columns of tables that mean something. */
export interface TableColumns {
  readonly id: string;
  readonly prediction: string;
  readonly score: string;
  readonly label: string;
  /** Without it, all rows are the window. */
  readonly timestamp?: string;
}

const SHOWN = 20;

/**
 * Reads tables of current data.
 *
 * @throws UserError if a file cannot be read, or a row has no time if a column of times was named.
 */
export async function observeTables(
  sources: readonly ByteSource[],
  columns: TableColumns,
  watch: Watch & { readonly dialect?: Dialect },
  sink: Sink,
): Promise<ObservedWindow> {
  const { window, since, now, dialect, maxUnreadable } = watch;
  const observations: Observation[] = [];
  const problems: Problem[] = [];
  const known = new Set<string>();
  const lines = new UnreadableLines();
  let [rows, all] = [0, 0];
  for await (const batch of readTables(sources, {
    exactIntegers: [columns.id, columns.prediction, columns.label],
    onFault: (fault) => lines.fault(fault),
    ...(dialect === undefined ? {} : { dialect }),
  })) {
    all += batch.rows.length;
    for (const name of batch.columns) known.add(name);
    const times = timesOf(batch, columns.timestamp, problems);
    const read = reader(batch, columns);
    const kept: number[] = [];
    batch.rows.forEach((row, index) => {
      const at = times === null ? null : (times[index] ?? Number.NaN);
      if (at !== null && !(at < now.getTime())) return;
      if (since !== null && (at ?? since) >= since) observations.push(read(row, at));
      if (within(window, at)) kept.push(index);
    });
    rows += kept.length;
    if (kept.length > 0) sink(kept.length === batch.rows.length ? batch : part(batch, kept));
  }
  if (problems.length > 0) throw new UserError(problems);
  lines.settle(all, maxUnreadable);
  const left = { repeated: 0, unreadable: { count: lines.count, first: lines.first } };
  return { observations, rows, columns: known, left };
}

/** Milliseconds a row; null if no column of times was named. */
function timesOf(batch: Batch, name: string | undefined, problems: Problem[]): readonly number[] | null {
  if (name === undefined) return null;
  const column = batch.columns.indexOf(name);
  if (column === -1) {
    if (problems.length < SHOWN)
      problems.push({
        what: `there is no column ${JSON.stringify(name)}`,
        where: `input timestamp, ${batch.file}`,
      });
    return batch.rows.map(() => Number.NaN);
  }
  return batch.rows.map((row, index) => {
    const cell = row[column];
    const at = typeof cell === 'string' ? instantMs(cell) : Number.NaN;
    if (Number.isNaN(at) && problems.length < SHOWN) {
      const where = `${batch.file}:${batch.lines[index]}:${column + 1}`;
      problems.push({
        what: `${name} is not a time`,
        where,
        fix: 'write ISO 8601, such as 2026-01-31T12:00:00Z',
      });
    }
    return at;
  });
}

function reader(
  batch: Batch,
  columns: TableColumns,
): (row: readonly Cell[], at: number | null) => Observation {
  const places = {
    id: batch.columns.indexOf(columns.id),
    prediction: batch.columns.indexOf(columns.prediction),
    score: batch.columns.indexOf(columns.score),
    label: batch.columns.indexOf(columns.label),
  };
  return (row, at) => {
    return {
      id: cellValue(row[places.id] ?? null),
      at,
      canary: false,
      failed: false,
      prediction: row[places.prediction] ?? null,
      score: row[places.score] ?? null,
      label: row[places.label] ?? null,
    };
  };
}

function part(batch: Batch, kept: readonly number[]): Batch {
  return {
    file: batch.file,
    columns: batch.columns,
    rows: kept.map((index) => batch.rows[index] ?? []),
    lines: kept.map((index) => batch.lines[index] ?? 0),
  };
}

/** The observations that say how the champion does: no failures, no canary's, no other model's. */
export function championsOwn(
  observations: readonly Observation[],
  champion: Champion | null,
): readonly Observation[] {
  return observations.filter(({ failed, canary, model }) => {
    if (failed) return false;
    if (champion === null || model === undefined) return !canary;
    return model === champion.digest || model === champion.version;
  });
}

/** The newest observation of each id, and all that have none. */
export function newestById(observations: readonly Observation[]): readonly Observation[] {
  const newest = new Map<string, Observation>();
  for (const observation of observations) {
    if (observation.id === null) continue;
    const before = newest.get(observation.id);
    if (before === undefined || (observation.at ?? 0) >= (before.at ?? 0))
      newest.set(observation.id, observation);
  }
  return observations.filter(({ id }) => id === null).concat([...newest.values()]);
}
