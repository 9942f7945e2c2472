import { type Problem, UserError } from '../problem/problem.ts';
import { toNumber } from '../read/batch.ts';
import { compareValues } from '../read/value-names.ts';
import { Cursor } from './conditions/cursor.ts';
import type { CodedTexts } from './text-column.ts';

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** `column COMPARISON value`. */
interface Test {
  readonly column: string;
  readonly comparison: Comparison;
  readonly value: string;
}

/** Slices as they are declared: every combination of values of some columns, or the rows that pass all tests. */
export type SliceSpec =
  | { readonly name: string; readonly kind: 'values'; readonly columns: readonly string[] }
  | { readonly name: string; readonly kind: 'tests'; readonly tests: readonly Test[] };

/** Rows of one slice. */
export interface Slice {
  /** The value of the column (of several, joined by ` × `); of a declared condition its name. */
  readonly value: string;
  /** Its place among all slices of the declaration in the order of their values, from 1. */
  readonly place: number;
  /** Is it declared by a condition, so that its name is not a value of the data? */
  readonly declared?: true;
  /** Places of the rows, ascending. */
  readonly rows: Int32Array;
}

const NAME = /[^:=!<>*]+(?=:)/y;
const COLON = /:/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const WORD = /[^\s=!<>*"]+(?:\s+(?!and\b)[^\s=!<>*"]+)*/y;
const COMPARISON = /!=|>=|<=|=|<|>/y;
const TIMES = /\*/y;
const AND = /and\b/y;

const FORM =
  'write a column (region), several (region * sex), or a condition with or without a name (old: age >= 60 and region = north)';

/**
 * Reads the slices that are declared, one a text: `region`, `region * sex`, `age >= 60`, `old: age >= 60 and sex = f`.
 *
 * @param input the input that holds them.
 * @throws UserError with every text that cannot be read, and names that stand for two.
 */
export function parseSlices(texts: readonly string[], input = 'slices'): SliceSpec[] {
  const problems: Problem[] = [];
  const names = new Set<string>();
  const specs = texts.flatMap((text, i): SliceSpec[] => {
    const where = `input ${input}, item ${i + 1}`;
    try {
      const spec = parse(text, where);
      if (names.has(spec.name))
        problems.push({ what: `${JSON.stringify(spec.name)} is declared twice`, where });
      names.add(spec.name);
      return [spec];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return specs;
}

function parse(text: string, where: string): SliceSpec {
  const cursor = new Cursor(text, where);
  const name = cursor.peek(/[^"=!<>*]*:/y) === undefined ? undefined : cursor.take(NAME)?.trim();
  if (name !== undefined) cursor.take(COLON);
  const first = word(cursor, 'a column');
  const comparison = cursor.take(COMPARISON) as Comparison | undefined;
  const spec =
    comparison === undefined ? valuesOf(cursor, first, name) : testsOf(cursor, first, comparison, text, name);
  if (cursor.rest !== '') throw cursor.refuse('the end is expected', FORM);
  return spec;
}

function valuesOf(cursor: Cursor, first: string, name: string | undefined): SliceSpec {
  const columns = [first];
  while (cursor.take(TIMES) !== undefined) columns.push(word(cursor, 'a column'));
  return { kind: 'values', name: name ?? columns.join(' * '), columns };
}

function testsOf(
  cursor: Cursor,
  first: string,
  comparison: Comparison,
  text: string,
  name: string | undefined,
): SliceSpec {
  const tests = [testOf(cursor, first, comparison)];
  while (cursor.take(AND) !== undefined) {
    const column = word(cursor, 'a column');
    const next = cursor.take(COMPARISON) as Comparison | undefined;
    if (next === undefined) throw cursor.refuse('one of =, !=, <, <=, >, >= is expected', FORM);
    tests.push(testOf(cursor, column, next));
  }
  return { kind: 'tests', name: name ?? text.trim(), tests };
}

function testOf(cursor: Cursor, column: string, comparison: Comparison): Test {
  const value = word(cursor, 'a value');
  if (/[<>]/.test(comparison) && Number.isNaN(toNumber(value)))
    throw cursor.refuse(`${comparison} compares numbers, and ${JSON.stringify(value)} is none`, FORM);
  return { column, comparison, value };
}

function word(cursor: Cursor, expected: string): string {
  const quoted = cursor.take(QUOTED);
  if (quoted !== undefined) {
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw cursor.refuse('the quoted text is not JSON text', FORM);
    }
  }
  const found = cursor.take(WORD);
  if (found === undefined) throw cursor.refuse(`${expected} is expected`, FORM);
  return found;
}

/** The columns that slices are made of. */
export function sliceColumns(specs: readonly SliceSpec[]): readonly string[] {
  const columns = specs.flatMap((spec) =>
    spec.kind === 'values' ? spec.columns : spec.tests.map(({ column }) => column),
  );
  return [...new Set(columns)];
}

/** An empty cell of a column that slices are made of. */
export const EMPTY_VALUE = '(empty)';

/**
 * The slices of a declaration that have a row, in the order of their values.
 *
 * @param column gives the texts of a column, in the order of the rows.
 */
export function declaredSlices(
  spec: SliceSpec,
  n: number,
  column: (name: string) => CodedTexts,
): readonly Slice[] {
  if (spec.kind === 'tests') {
    const passes = spec.tests.map((test) => passesOf(test, column(test.column)));
    const rows = Int32Array.from({ length: n }, (_, row) => row).filter((row) =>
      passes.every((pass) => pass(row)),
    );
    return rows.length === 0 ? [] : [{ value: spec.name, place: 1, declared: true, rows }];
  }
  return byValues(spec.columns.map(column), n);
}

function passesOf({ comparison, value }: Test, { names, codes }: CodedTexts): (row: number) => boolean {
  const limit = toNumber(value);
  const passes = names.map((name) => {
    if (comparison === '=' || comparison === '!=') {
      const same = name === value || (!Number.isNaN(limit) && toNumber(name) === limit);
      return same === (comparison === '=');
    }
    const number = toNumber(name);
    if (comparison === '<') return number < limit;
    if (comparison === '<=') return number <= limit;
    return comparison === '>' ? number > limit : number >= limit;
  });
  // A row without a value is in no slice of it.
  return (row) => passes[codes[row] ?? -1] ?? false;
}

function byValues(columns: readonly CodedTexts[], n: number): readonly Slice[] {
  const groups = new Map<string, { values: readonly string[]; count: number }>();
  const keys = new Array<string>(n);
  for (let row = 0; row < n; row++) {
    const codes = columns.map(({ codes: of }) => of[row] ?? -1);
    const key = codes.join(',');
    keys[row] = key;
    const known = groups.get(key);
    if (known !== undefined) known.count++;
    else {
      const values = codes.map((code, i) => columns[i]?.names[code] ?? EMPTY_VALUE);
      groups.set(key, { values, count: 1 });
    }
  }
  const filled = new Map(
    [...groups].map(([key, { values, count }]) => [key, { values, rows: new Int32Array(count), at: 0 }]),
  );
  keys.forEach((key, row) => {
    const group = filled.get(key);
    if (group !== undefined) group.rows[group.at++] = row;
  });
  return [...filled.values()]
    .sort((a, b) => compareAll(a.values, b.values))
    .map(({ values, rows }, index) => ({ value: values.join(' × '), place: index + 1, rows }));
}

function compareAll(some: readonly string[], others: readonly string[]): number {
  const orders = some.map((value, i) => compareValues(value, others[i] ?? ''));
  return orders.find((order) => order !== 0) ?? 0;
}
