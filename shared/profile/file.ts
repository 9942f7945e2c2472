import { type Problem, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/profile.js';
import { shapeReader } from '../schema/shape.ts';
import { cellRows } from './cells.ts';
import { isRegisters } from './different.ts';
import { disclosed } from './disclosure.ts';
import { fitted } from './fit.ts';
import { print } from './print.ts';
import type { ColumnProfile, Profile, ReferenceCells } from './profile.ts';

const readProfile = shapeReader<Profile>(validate);
/** A file may be wrong in each of its thousand columns. */
const MOST_PROBLEMS = 20;

/** The text of a profile file: less than 4 KiB a column, its name aside. */
export function printProfile(profile: Profile, samples: 'hide' | 'show'): string {
  const told = disclosed(profile, samples);
  const columns = told.columns.map((column) => inOrder(fitted(column, told.samples)));
  const { schema, rows, digest, duplicateRows, keyViolations } = told;
  const table = { schema, rows, samples: told.samples, digest, duplicateRows, keyViolations, columns };
  return `${print(table, '')}\n`;
}

/** However a profile came about, its fields stand in one order. */
const FIELDS: readonly (keyof ColumnProfile)[] = [
  ...(['name', 'type', 'count', 'nulls', 'types', 'distinct', 'distinctExact', 'errors', 'top'] as const),
  ...(['min', 'max', 'mean', 'sd', 'quantiles', 'lengths', 'cells', 'hyperloglog'] as const),
];

function inOrder(column: ColumnProfile): Partial<ColumnProfile> {
  return Object.fromEntries(FIELDS.map((field) => [field, column[field]]));
}

/**
 * Reads a profile file.
 *
 * @param where names the file in messages.
 * @throws UserError with every fault found.
 */
export function parseProfile(text: string, where: string): Profile {
  const shaped = readProfile(text, where);
  const problems = 'problems' in shaped ? shaped.problems : contradictions(shaped.value, where);
  if ('value' in shaped && problems.length === 0) return shaped.value;
  const fix = 'write the profile again with validate-data';
  throw new UserError(problems.slice(0, MOST_PROBLEMS).map((problem) => ({ ...problem, fix })));
}

/** What the schema cannot say: counts that do not add up, and figures that do not fit their column. */
function contradictions({ rows, columns, duplicateRows, keyViolations }: Profile, where: string): Problem[] {
  const faults: { pointer: string; what: string }[] = [];
  for (const [field, found] of Object.entries({ duplicateRows, keyViolations })) {
    if (found !== undefined && found > rows) faults.push({ pointer: field, what: 'is more than the rows' });
  }
  const names = new Set<string>();
  for (const [index, column] of columns.entries()) {
    if (names.has(column.name)) faults.push({ pointer: `columns/${index}/name`, what: 'is there twice' });
    names.add(column.name);
    const fault = columnFault(column, rows);
    if (fault !== undefined) faults.push({ pointer: `columns/${index}/${fault.field}`, what: fault.what });
  }
  return faults.map(({ pointer, what }) => ({ what, where: `${where}#/${pointer}` }));
}

interface ColumnFault {
  readonly field: string;
  readonly what: string;
}

function columnFault(column: ColumnProfile, rows: number): ColumnFault | undefined {
  const { count, nulls, type, cells, hyperloglog } = column;
  if (count + nulls !== rows) return { field: 'count', what: 'and nulls are not the rows' };
  const figure = figureFault(column);
  if (figure !== undefined) return figure;
  if (hyperloglog !== undefined && !isRegisters(hyperloglog))
    return { field: 'hyperloglog', what: 'is not such a sketch' };
  const fault = cellsFault(cells, type === 'string' || type === 'empty');
  if (fault !== undefined) return { field: 'cells', what: fault };
  const held = cellRows(cells);
  return held === count ? undefined : { field: 'cells', what: `hold ${held} rows, not ${count}` };
}

/** Extremes and quantiles are dates in columns of dates, and numbers in others. */
function figureFault({ type, min, max, quantiles = {} }: ColumnProfile): ColumnFault | undefined {
  const isDate = type === 'date' || type === 'datetime';
  const what = `is not a ${isDate ? 'date' : 'number'}`;
  const isWrong = (value: number | string): boolean =>
    isDate ? typeof value !== 'string' || Number.isNaN(Date.parse(value)) : typeof value !== 'number';
  for (const [field, value] of Object.entries({ min, max })) {
    if (value !== undefined && isWrong(value)) return { field, what };
  }
  const wrong = Object.entries(quantiles).find(([, value]) => isWrong(value));
  return wrong === undefined ? undefined : { field: `quantiles/${wrong[0]}`, what };
}

function cellsFault(cells: ReferenceCells, categorical: boolean): string | undefined {
  if ((cells.kind === 'categories') !== categorical) return 'do not fit the column’s type';
  const { counts } = cells;
  if (cells.kind === 'categories') {
    return cells.categories.length === counts.length ? undefined : 'have not one count for each category';
  }
  const points = cells.kind === 'values' ? cells.values : cells.cuts;
  if (points.some((point, i) => i > 0 && point <= points[i - 1]!)) return `have no ascending ${cells.kind}`;
  const wanted = cells.kind === 'values' ? 2 * points.length + 1 : points.length + 1;
  return counts.length === wanted ? undefined : `have ${counts.length} counts, not ${wanted}`;
}
