import { UserError } from '../problem/problem.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { missingColumn, type Sheet } from './sheet.ts';

/** What a file says in its place among the others. */
export type SheetRole = 'candidate' | 'production' | 'test';

/** The files of one comparison. */
export type Sheets = { readonly candidate: Sheet; readonly production?: Sheet; readonly test?: Sheet };

/** The rows that every file has, in the order of the test data, or of the candidate's file without any. */
export interface Joined {
  readonly ids: readonly string[];
  /** Row numbers in each file, one an id. */
  readonly rows: Readonly<Partial<Record<SheetRole, readonly number[]>>>;
  readonly check: Check;
}

/** How many places a check names. */
export const SHOWN_PLACES = 20;

interface Index {
  readonly sheet: Sheet;
  readonly rows: ReadonlyMap<string, number>;
  readonly faults: Location[];
  repeated: number;
  empty: number;
}

function indexOf(sheet: Sheet, id: string): Index {
  const rows = new Map<string, number>();
  const index: Index = { sheet, rows, faults: [], repeated: 0, empty: 0 };
  sheet.cells(id).forEach((cell, row) => {
    if (cell !== null && !rows.has(cell)) {
      rows.set(cell, row);
      return;
    }
    index.faults.push(sheet.place(row, id));
    if (cell === null) index.empty += 1;
    else index.repeated += 1;
  });
  return index;
}

/**
 * Joins by id. Ids that repeat, are empty, or are missing in another file make the check `predictions.ids` fail;
 * the first row of a repeated id stands for it, and the others are left out.
 *
 * @throws UserError where a file has no such column, or no id is in all files.
 */
export function joinById(sheets: Sheets, id: string): Joined {
  const all = Object.entries(sheets) as [SheetRole, Sheet][];
  const lacking = all
    .filter(([, sheet]) => !sheet.columns.includes(id))
    .map(([, sheet]) => missingColumn(sheet, id, 'id'));
  if (lacking.length > 0) throw new UserError(lacking);

  const indices = all.map(([role, sheet]) => ({ role, ...indexOf(sheet, id) }));
  const base = indices.find(({ role }) => role === (sheets.test === undefined ? 'candidate' : 'test'));
  if (base === undefined) throw new TypeError('there is no candidate to join');
  const ids = [...base.rows.keys()].filter((key) => indices.every((index) => index.rows.has(key)));
  if (ids.length === 0) throw new UserError(noMatch(all, id));

  const kept = new Set(ids);
  const strays = indices.map((index) => {
    const rows = [...index.rows].filter(([key]) => !kept.has(key)).map(([, row]) => row);
    return { index, rows };
  });
  return {
    ids,
    rows: Object.fromEntries(
      indices.map((index) => [index.role, ids.map((key) => index.rows.get(key) as number)]),
    ),
    check: idsCheck(ids.length, id, strays),
  };
}

function noMatch(all: readonly [SheetRole, Sheet][], id: string) {
  const names = all.map(([, sheet]) => sheet.file).join(', ');
  return {
    what: `no id of column ${JSON.stringify(id)} is in all of them, so nothing can be compared`,
    where: names,
    mend: 'name the column that identifies a row in every file with the input id, spelled the same way in each',
  };
}

function idsCheck(matched: number, id: string, strays: readonly { index: Index; rows: number[] }[]): Check {
  const parts: string[] = [];
  const places: Location[] = [];
  let observed = 0;
  for (const { index, rows } of strays) {
    const { sheet, faults, repeated, empty } = index;
    const counts = [
      [repeated, 'repeated'],
      [empty, 'empty'],
      [rows.length, 'not in every other file'],
    ] as const;
    const said = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
    if (said.length > 0) parts.push(`${sheet.file}: ${said.join(', ')}`);
    observed += repeated + empty + rows.length;
    places.push(
      ...faults.slice(0, SHOWN_PLACES),
      ...rows.slice(0, SHOWN_PLACES).map((row) => sheet.place(row, id)),
    );
  }
  const target = { column: id };
  if (observed === 0) {
    return {
      id: 'predictions.ids',
      target,
      status: 'pass',
      observed: 0,
      expected: 0,
      message: `all ${matched} ids match`,
    };
  }
  return {
    id: 'predictions.ids',
    target,
    status: 'fail',
    observed,
    expected: 0,
    message: `ids do not match (${parts.join('; ')}); judged on the ${matched} that do`,
    locations: places.slice(0, SHOWN_PLACES),
    ...(observed > SHOWN_PLACES ? { places: observed } : {}),
    mend: 'predict every row of the test data once, with both models',
  };
}
