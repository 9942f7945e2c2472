import { type Problem, UserError } from '../problem/problem.ts';
import { jsonPlace } from '../table/table.ts';
import { isDigest } from '../verdict/digest.ts';
import { cellRows } from './cells.ts';
import { isRegisters } from './different.ts';
import { disclosed } from './disclosure.ts';
import { fitted } from './fit.ts';
import { print } from './print.ts';
import { type Cells, COLUMN_TYPES, type ColumnProfile, type ColumnType, type Profile } from './profile.ts';

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
  const fix = 'write the profile again with validate-data';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError({
      what: `the profile is not JSON${jsonPlace(error)}`,
      where,
      fix,
    });
  }
  const version = isObject(value) ? value.schema : undefined;
  if (version !== 'ml-loop/profile@1') {
    const found =
      typeof version === 'string'
        ? `its schema is ${JSON.stringify(version.slice(0, 60))}`
        : 'it has no schema';
    throw new UserError({
      what: `this is no profile that can be read: ${found}, not "ml-loop/profile@1"`,
      where,
      fix,
    });
  }
  const faults = isObject(value) ? profileFaults(value) : ['it is no object'];
  if (faults.length > 0) {
    throw new UserError(faults.slice(0, 20).map((what): Problem => ({ what, where, fix })));
  }
  return value as Profile;
}

type Fields = Readonly<Record<string, unknown>>;

function profileFaults(profile: Fields): string[] {
  const { rows, columns, samples, digest } = profile;
  if (!isCount(rows)) return ['`rows` is no count'];
  if (!Array.isArray(columns)) return ['`columns` is no list'];
  const faults: string[] = [];
  if (samples !== 'hide' && samples !== 'show') faults.push('`samples` is neither hide nor show');
  if (digest !== undefined && !(typeof digest === 'string' && isDigest(digest)))
    faults.push('`digest` is no digest');
  for (const field of ['duplicateRows', 'keyViolations']) {
    const found = profile[field];
    if (found !== undefined && !(isCount(found) && found <= rows))
      faults.push(`\`${field}\` is no count of rows`);
  }
  const names = columns.map((column) => (isObject(column) ? column.name : undefined));
  if (new Set(names).size !== names.length) faults.push('two columns have the same name');
  return [...faults, ...columns.flatMap((column, index) => columnFaults(column, index, rows))];
}

function columnFaults(column: unknown, index: number, rows: number): string[] {
  if (!isObject(column) || typeof column.name !== 'string') return [`columns[${index}] has no name`];
  const { name, type, count, nulls, distinct, distinctExact, top, cells } = column;
  const of = `column ${JSON.stringify(name)}:`;
  if (!isCount(count) || !isCount(nulls) || count + nulls !== rows)
    return [`${of} count and nulls are not its rows`];
  if (!COLUMN_TYPES.some((known) => known === type)) return [`${of} its type is not known`];
  if (!isCount(distinct) || typeof distinctExact !== 'boolean')
    return [`${of} distinct or distinctExact is missing`];
  if (!Array.isArray(top) || !top.every(isTop)) return [`${of} top is wrong`];
  if (!isObject(column.types) || !Object.values(column.types).every(isCount)) return [`${of} types is wrong`];
  const wrong = figureFault(column, type as ColumnType);
  if (wrong !== undefined) return [`${of} ${wrong}`];
  const fault = isObject(cells) ? cellsFault(cells, type === 'string' || type === 'empty') : 'are missing';
  if (fault !== undefined) return [`${of} its cells ${fault}`];
  const held = cellRows(cells as Cells);
  return held === count ? [] : [`${of} its cells hold ${held} rows, not ${count}`];
}

function isTop(entry: unknown): boolean {
  return (
    isObject(entry) && isCount(entry.count) && ['string', 'number', 'boolean'].includes(typeof entry.value)
  );
}

/** What is wrong with the figures that a column may have. */
function figureFault(column: Fields, type: ColumnType): string | undefined {
  const isDate = type === 'date' || type === 'datetime';
  const isValue = (value: unknown): boolean =>
    isDate ? typeof value === 'string' && !Number.isNaN(Date.parse(value)) : isNumber(value);
  const { min, max, quantiles = {}, lengths, errors = {}, hyperloglog } = column;
  for (const field of ['mean', 'sd']) {
    if (column[field] !== undefined && !isNumber(column[field])) return `${field} is no number`;
  }
  if (![min, max].every((value) => value === undefined || isValue(value)))
    return `min or max is no ${isDate ? 'date' : 'number'}`;
  if (!isObject(quantiles) || !Object.values(quantiles).every(isValue)) return 'quantiles is wrong';
  if (lengths !== undefined && !(isObject(lengths) && Object.values(lengths).every(isNumber)))
    return 'lengths is wrong';
  if (!isObject(errors) || !Object.values(errors).every((error) => isNumber(error) && error >= 0))
    return 'errors is wrong';
  if (hyperloglog === undefined) return undefined;
  return isRegisters(hyperloglog) ? undefined : 'hyperloglog is no such sketch';
}

function cellsFault(cells: Fields, categorical: boolean): string | undefined {
  const { kind, counts } = cells;
  if (!Array.isArray(counts) || !counts.every(isCount)) return 'have no counts';
  if ((kind === 'categories') !== categorical) return 'do not fit its type';
  if (kind === 'categories') {
    const { categories, other, complete } = cells;
    if (!Array.isArray(categories) || !categories.every((name) => typeof name === 'string'))
      return 'have no categories';
    if (!isCount(other) || typeof complete !== 'boolean') return 'lack `other` or `complete`';
    return categories.length === counts.length ? undefined : 'have not one count for each category';
  }
  if (kind !== 'values' && kind !== 'cuts') return 'are of an unknown kind';
  const points = cells[kind];
  if (!isAscending(points)) return `have no ascending ${kind}`;
  const wanted = kind === 'values' ? 2 * points.length + 1 : points.length + 1;
  return counts.length === wanted ? undefined : `have ${counts.length} counts, not ${wanted}`;
}

function isAscending(points: unknown): points is readonly number[] {
  return (
    Array.isArray(points) && points.every((point, i) => isNumber(point) && (i === 0 || point > points[i - 1]))
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
