import { grouped } from '../problem/numbers.ts';
import { UserError } from '../problem/problem.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { missingColumn, type Sheet } from './sheet.ts';
import { type TextColumn, TextIndex } from './text-column.ts';

/** What a file says in its place among the others. */
export type SheetRole = 'candidate' | 'production' | 'anchor' | 'test';

/** The files of one comparison. */
export type Sheets = { readonly candidate: Sheet } & Readonly<Partial<Record<SheetRole, Sheet>>>;

/** The rows that every file has, in the order of the test data, or of the candidate's file without any. */
export interface JoinedRows {
  /** How many. */
  readonly n: number;
  /** The id at a place. */
  id(place: number): string;
  /** Row numbers in each file, one an id. */
  readonly rows: Readonly<Partial<Record<SheetRole, Int32Array>>>;
  readonly check: Check;
}

/** How many places a check names. */
export const SHOWN_PLACES = 20;

interface Index {
  readonly sheet: Sheet;
  /** The ids, in one spelling for each value. */
  readonly column: TextColumn;
  /** Of the first row of each id, by the row itself where the file is the one that is read first. */
  readonly index: TextIndex;
  /** 1 for the first row of an id. */
  readonly first: Uint8Array;
  readonly faults: Location[];
  repeated: number;
  empty: number;
}

function indexOf(sheet: Sheet, id: string): Index {
  const column = sheet.column(id).byValue();
  const index: Index = {
    ...{ sheet, column, index: new TextIndex(), first: new Uint8Array(sheet.n) },
    ...{ faults: [], repeated: 0, empty: 0 },
  };
  for (let row = 0; row < sheet.n; row++) {
    const filled = column.has(row);
    if (filled && index.index.add(column, row) === row) {
      index.first[row] = 1;
      continue;
    }
    if (index.faults.length < SHOWN_PLACES) index.faults.push(sheet.place(row, id));
    if (filled) index.repeated += 1;
    else index.empty += 1;
  }
  return index;
}

/**
 * Joins by id, by the rule of `valueText`. Ids that repeat, are empty, or are missing in another file make the check `predictions.ids` fail;
 * the first row of a repeated id stands for it, and the others are left out.
 *
 * @throws UserError if a file has no such column, or no id is in all files.
 */
export function joinById(sheets: Sheets, id: string): JoinedRows {
  const all = Object.entries(sheets) as [SheetRole, Sheet][];
  const lacking = all
    .filter(([, sheet]) => !sheet.columns.includes(id))
    .map(([, sheet]) => missingColumn(sheet, id, 'id'));
  if (lacking.length > 0) throw new UserError(lacking);

  const indices = all.map(([role, sheet]) => ({ role, ...indexOf(sheet, id) }));
  const base = indices.find(({ role }) => role === (sheets.test === undefined ? 'candidate' : 'test'));
  if (base === undefined) throw new TypeError('there is no candidate to join');
  const rows = commonRows(base, indices);
  const n = rows.get(base.role)?.length ?? 0;
  if (n === 0) throw new UserError(noMatch(all, id));
  const strays = indices.map((index) => ({
    index,
    ...straysOf(index, rows.get(index.role) ?? new Int32Array(0)),
  }));
  const own = rows.get(base.role) ?? new Int32Array(0);
  return {
    n,
    id: (place) => base.sheet.column(id).text(own[place] ?? -1) ?? '',
    rows: Object.fromEntries(rows) as JoinedRows['rows'],
    check: idsCheck(n, id, strays),
  };
}

type RoleIndex = Index & { readonly role: SheetRole };

/** Row numbers of the ids that every file has, in the order of the base. */
function commonRows(base: RoleIndex, indices: readonly RoleIndex[]): Map<SheetRole, Int32Array> {
  const others = indices.filter((index) => index !== base);
  const found = new Map(indices.map(({ role }) => [role, new Int32Array(base.sheet.n)]));
  const matched = new Int32Array(others.length);
  let n = 0;
  for (let row = 0; row < base.sheet.n; row++) {
    if (base.first[row] === 0) continue;
    let all = true;
    for (let i = 0; i < others.length && all; i++) {
      matched[i] = matchOf(others[i]!, base.column, row);
      all = matched[i]! >= 0;
    }
    if (!all) continue;
    found.get(base.role)![n] = row;
    others.forEach(({ role }, i) => {
      found.get(role)![n] = matched[i]!;
    });
    n++;
  }
  return new Map([...found].map(([role, rows]) => [role, rows.subarray(0, n)]));
}

/** The row with the id of the base's row, which in most files has the same number; −1 if there is none. */
function matchOf({ column, index, first, sheet }: Index, base: TextColumn, row: number): number {
  if (row < sheet.n && first[row] === 1 && column.same(row, base, row)) return row;
  return index.find(column, base, row);
}

/** Rows whose id another file lacks: how many, and the first of them. */
function straysOf(
  { first, sheet }: Index,
  kept: Int32Array,
): { readonly count: number; readonly rows: number[] } {
  const used = new Uint8Array(sheet.n);
  for (const row of kept) used[row] = 1;
  const rows: number[] = [];
  let count = 0;
  for (let row = 0; row < sheet.n; row++) {
    if (first[row] === 0 || used[row] === 1) continue;
    count++;
    if (rows.length < SHOWN_PLACES) rows.push(row);
  }
  return { count, rows };
}

function noMatch(all: readonly [SheetRole, Sheet][], id: string) {
  const names = all.map(([, sheet]) => sheet.file).join(', ');
  return {
    what: `no id of the column ${JSON.stringify(id)} is in all files, so nothing can be compared`,
    where: names,
    fix: 'with the input id, name a column that identifies a row in every file and is spelled the same way in each',
  };
}

interface Strays {
  readonly index: Index;
  readonly count: number;
  readonly rows: readonly number[];
}

function idsCheck(matched: number, id: string, strays: readonly Strays[]): Check {
  const parts: string[] = [];
  const places: Location[] = [];
  let observed = 0;
  for (const { index, count: others, rows } of strays) {
    const { sheet, faults, repeated, empty } = index;
    const counts = [
      [repeated, 'repeated'],
      [empty, 'empty'],
      [others, 'not in every other file'],
    ] as const;
    const said = counts.filter(([count]) => count > 0).map(([count, word]) => `${grouped(count)} ${word}`);
    if (said.length > 0) parts.push(`${sheet.file}: ${said.join(', ')}`);
    observed += repeated + empty + others;
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
    message: `ids do not match (${parts.join('; ')}); judged on the ${matched} that match`,
    locations: places.slice(0, SHOWN_PLACES),
    ...(observed > SHOWN_PLACES ? { places: observed } : {}),
    fix: 'predict every row of the test data once, with both models',
  };
}
