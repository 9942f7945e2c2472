import type { ByteSource, Http } from '../ports/ports.ts';
import { grouped } from '../problem/numbers.ts';
import { UserError } from '../problem/problem.ts';
import type { Cell } from '../read/batch.ts';
import { Classes } from '../read/classes.ts';
import { valueNumber } from '../read/same-value.ts';
import { readTable } from '../read/tables.ts';
import type { SmokeTrial } from './state.ts';

export interface Replay {
  /** Judged rows with the column `prediction`, as CSV or JSON Lines. */
  readonly rows: ByteSource;
  /** Where the staged version answers; gets one row a request. */
  readonly endpoint: string;
  /** How far a number may differ, as a part of the judged one if that is above 1. */
  readonly tolerance: number;
  /** The number of rows to replay at most, from the first on. */
  readonly maxRows: number;
}

const PREDICTION = 'prediction';

interface JudgedRow {
  readonly row: Readonly<Record<string, unknown>>;
  readonly judged: Cell;
}

/**
 * Sends judged rows to the staged version, as JSON objects by POST, and compares the `prediction` of each answer with
 * the judged one: numbers within the tolerance, anything else as classes are (`Classes`). An answer that is no 200, no JSON or without
 * `prediction` does not match. No value of a row is in the result.
 *
 * @throws UserError if the rows cannot be read or hold no judged prediction, or if the endpoint cannot be reached.
 */
export async function runReplay(replay: Replay, at: Date, http: Http): Promise<SmokeTrial> {
  const rows = await judgedRows(replay);
  const classes = new Classes(new Set(rows.map(({ judged }) => String(judged))));
  const faults = { refused: 0, unreadable: 0, different: 0, alike: 0 };
  for (const { row, judged } of rows) {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const answer = await http.request(replay.endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify(row),
    });
    const fault = faultOf(answer, judged, { classes, tolerance: replay.tolerance });
    if (fault !== undefined) faults[fault] += 1;
  }
  const mismatches = faults.refused + faults.unreadable + faults.different + faults.alike;
  const kinds = [
    [faults.different, 'with another prediction'],
    [faults.alike, 'with the judged prediction in another case, or with other blanks or leading zeros'],
    [faults.refused, 'refused by the endpoint'],
    [faults.unreadable, 'answered without a prediction'],
  ] as const;
  const parts = kinds.flatMap(([count, what]) => (count === 0 ? [] : [`${grouped(count)} ${what}`]));
  const message =
    mismatches === 0
      ? `the endpoint answered all ${grouped(rows.length)} judged rows with the judged prediction`
      : `of ${grouped(rows.length)} judged rows, ${parts.join(', ')}`;
  return { at: at.toISOString(), passed: mismatches === 0, message, rows: rows.length, mismatches };
}

/** What is wrong with an answer; undefined if it matches. */
function faultOf(
  answer: { readonly status: number; readonly body: string },
  judged: Cell,
  how: Matching,
): 'refused' | 'unreadable' | 'different' | 'alike' | undefined {
  if (answer.status !== 200) return 'refused';
  let value: unknown;
  try {
    value = JSON.parse(answer.body);
  } catch {
    return 'unreadable';
  }
  if (value === null || typeof value !== 'object' || !(PREDICTION in value)) return 'unreadable';
  return differenceOf(value.prediction, String(judged), how);
}

interface Matching {
  /** Those of the judged predictions. */
  readonly classes: Classes;
  readonly tolerance: number;
}

function differenceOf(
  served: unknown,
  judged: string,
  { classes, tolerance }: Matching,
): 'different' | 'alike' | undefined {
  if (typeof served !== 'string' && typeof served !== 'number' && typeof served !== 'boolean')
    return 'different';
  const text = String(served);
  const [expected, got] = [valueNumber(judged), valueNumber(text)];
  if (Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)) && tolerance > 0)
    return undefined;
  if (classes.index(text) === classes.index(judged)) return undefined;
  return classes.near(text) === classes.near(judged) ? 'alike' : 'different';
}

async function judgedRows({ rows, maxRows }: Replay): Promise<readonly JudgedRow[]> {
  const read: {
    columns: readonly string[];
    cells: readonly Cell[];
    record: Readonly<Record<string, unknown>> | undefined;
  }[] = [];
  for await (const batch of readTable(rows, { batchRows: maxRows, exactIntegers: 'all' })) {
    if (!batch.columns.includes(PREDICTION)) throw unjudged(rows.name, `has no column ${PREDICTION}`);
    const { columns, records } = batch;
    read.push(...batch.rows.map((cells, index) => ({ columns, cells, record: records?.[index] })));
    if (read.length >= maxRows) break;
  }
  const taken = read.slice(0, maxRows);
  const numeric = numericColumns(taken.filter(({ record }) => record === undefined));
  return taken.map(({ columns, cells, record }) => {
    const judged = cells[columns.indexOf(PREDICTION)] ?? null;
    if (judged === null || judged === '') throw unjudged(rows.name, 'has a row without a judged prediction');
    const row =
      record ??
      Object.fromEntries(
        columns.map((name, index) => [name, typed(cells[index] ?? null, numeric.has(name))]),
      );
    const { [PREDICTION]: _, ...features } = row;
    return { row: features, judged };
  });
}

function unjudged(file: string, what: string): UserError {
  return new UserError({
    what,
    where: file,
    fix: 'give rows that were judged, such as validate-model’s judged.csv, with their predictions in the column prediction',
  });
}

/** CSV tells no types: a column is of numbers if all its cells are, so that 007 beside a1 stays a text. */
function numericColumns(
  rows: readonly { readonly columns: readonly string[]; readonly cells: readonly Cell[] }[],
): ReadonlySet<string> {
  const columns = rows[0]?.columns ?? [];
  const isNumberText = (cell: Cell) =>
    cell === null || /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(String(cell));
  return new Set(columns.filter((_, index) => rows.every(({ cells }) => isNumberText(cells[index] ?? null))));
}

function typed(cell: Cell, numeric: boolean): Cell {
  return numeric && cell !== null ? Number(cell) : cell;
}
