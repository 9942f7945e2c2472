import { type DocumentMap, ownMember } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { countRange, lengthKeywords, rangeKeywords, shareRange, statisticRange } from './bounds.ts';
import type { Builder } from './builder.ts';
import { referredModel, type Test } from './dbt-grade.ts';
import type { DocumentReader } from './document.ts';
import { ageOf, type RuleGrade } from './numbers.ts';
import { absent } from './regex.ts';
import { bare, isName, typeNamed } from './sql.ts';

/** A test at work. */
export interface TestCall {
  readonly builder: Builder;
  readonly reading: DocumentReader;
  readonly test: Test;
  readonly args: DocumentMap;
  /** The column of the test, if it has one. */
  readonly column: string;
  readonly grade: RuleGrade;
}

const NOTE_WARN =
  'a warning about the whole table does not exist here; with severity error it is carried over';

/** Rules of the row schema and of the row count know no warnings. */
export function firm({ grade }: TestCall, carry: () => void): string | undefined {
  if (grade.severity !== undefined || grade.tolerance !== undefined) return NOTE_WARN;
  carry();
  return undefined;
}

export function values(call: TestCall, key: string, quoteKey: string): readonly Json[] | string {
  const list = call.args[key];
  if (!Array.isArray(list) || list.length === 0) return `${key} is not a list of values`;
  const scalar = (value: unknown): value is Json =>
    value === null || ['string', 'number', 'boolean'].includes(typeof value);
  const all = list.map((value: unknown) =>
    value instanceof Date ? value.toISOString().slice(0, 10) : value,
  );
  if (!all.every(scalar)) return `${key} holds lists or maps`;
  if (call.args[quoteKey] !== false) {
    // Written into SQL as '1', which a database compares with a number, too.
    return all.flatMap((value) =>
      typeof value === 'number' || typeof value === 'boolean' ? [value, String(value)] : [value],
    );
  }
  const literals = all.map(literalOf);
  return literals.some((value) => value === undefined)
    ? `${key} holds an expression of SQL`
    : (literals as readonly Json[]);
}

/** The value that a piece of SQL spells; undefined if it is an expression. */
function literalOf(value: unknown): Json | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return value === null ? null : undefined;
  if (/^'.*'$/s.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

export function inSet(call: TestCall, key: string, quoteKey: string, negated: boolean): string | undefined {
  const set = values(call, key, quoteKey);
  if (typeof set === 'string') return set;
  const list = [...new Set(set)];
  keywords(call, negated ? { not: { enum: list } } : { enum: list });
  return undefined;
}

/** A set of dbt_expectations, whose join finds no null in it: rows with a null fail, too. */
export function inSetNotNull(call: TestCall): string | undefined {
  if (call.grade.tolerance !== undefined) return 'its thresholds count nulls and other values together';
  const reason = inSet(call, 'value_set', 'quote_values', false);
  if (reason === undefined) notNull(call);
  return reason;
}

export function keywords(
  { builder, column, grade, test }: TestCall,
  rule: Readonly<Record<string, Json>>,
): void {
  builder.keywords(column, rule, grade, `${test.what} of ${column}`, test.path);
}

export function notNull({ builder, column, grade, test }: TestCall): undefined {
  builder.notNull(column, grade, `${test.what} of ${column}`);
}

export function unique({ builder, column, grade }: TestCall): undefined {
  builder.unique([column], grade);
}

export function range(call: TestCall, strict: boolean): string | undefined {
  const { min_value: min, max_value: max } = call.args;
  const rule = rangeKeywords({ min: date(min), max: date(max), strictMin: strict, strictMax: strict });
  if (rule === undefined) return 'its limits are neither numbers nor ISO dates';
  keywords(call, rule);
  return undefined;
}

/** A date that YAML or SQL has put into quotes, as it is. */
function date(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  const found = typeof value === 'string' ? /^(?:date\s*)?'(\d{4}-\d{2}-\d{2})'$/i.exec(value.trim()) : null;
  return found === null ? value : found[1];
}

export function lengths(call: TestCall, min: unknown, max: unknown, strict: boolean): string | undefined {
  const rule = lengthKeywords({ min, max, strictMin: strict, strictMax: strict });
  if (rule === undefined) return 'its limits are not numbers';
  keywords(call, rule);
  return undefined;
}

export function patterns(
  call: TestCall,
  key: string,
  negated: boolean,
  translate: (text: string) => string | undefined,
): string | undefined {
  const list = [call.args[key]].flat();
  const flags = call.args.flags;
  if (flags !== undefined && flags !== null && flags !== '') return `the flags ${JSON.stringify(flags)}`;
  const found = list.map((text) => (typeof text === 'string' ? translate(text) : undefined));
  const known = found.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < found.length) return 'its pattern cannot be read here';
  const parts = negated ? known.map(absent) : known;
  const any = (call.args.match_on ?? 'any') === 'any';
  // One of several is enough for `any`, also of those that may not match: the packages join them by `or`.
  const joined = parts.map((pattern) => ({ pattern }));
  const [only] = parts;
  keywords(
    call,
    parts.length === 1 ? { pattern: only as string } : any ? { anyOf: joined } : { allOf: joined },
  );
  return undefined;
}

export function statistic(
  call: TestCall,
  name: string,
  whole: boolean,
  limits?: { min?: unknown; max?: unknown; strict?: boolean },
): string | undefined {
  const { min_value, max_value, strictly } = call.args;
  const { min, max, strict } = limits ?? { min: min_value, max: max_value, strict: strictly === true };
  const given = { min, max, strictMin: strict, strictMax: strict };
  const found = whole ? countRange(given) : statisticRange(given, false);
  if (found === undefined) return 'its limits are not numbers';
  if (found === 'none') return 'no count is within its limits';
  call.builder.aggregate(call.column, name, found, call.grade, call.test.path);
  return undefined;
}

export function rowCount(call: TestCall, min: unknown, max: unknown, strict: boolean): string | undefined {
  const found = countRange({ min, max, strictMin: strict, strictMax: strict });
  if (found === undefined) return 'its limits are not numbers';
  if (found === 'none') return 'no count is within its limits';
  if (call.grade.tolerance !== undefined) return firm(call, () => {});
  const carried = call.builder.rows(found, call.grade.severity);
  return carried ? undefined : 'a row count of another severity is there already';
}

/** Both sides of a test of several columns, without transforms of their names. */
export function columnList(call: TestCall, key: string): readonly string[] {
  const names = call.reading.texts(call.args[key], [...call.test.path, key]);
  if (names.length === 0) call.reading.wrong(`${call.test.what}: ${key} names no columns`, call.test.path);
  return names.map(bare);
}

export function uniqueTogether(call: TestCall, key: string, nullsCompared: boolean): undefined {
  const columns = columnList(call, key);
  call.builder.unique(columns, call.grade);
  if (nullsCompared && columns.length > 0) {
    const what = `${call.test.what}: rows with a null in one of ${columns.join(', ')} are not compared here`;
    call.builder.nullsDiffer(columns, what, call.test.path);
  }
}

export function columnNames(call: TestCall, carry: (names: readonly string[]) => void): string | undefined {
  const { transform } = call.args;
  if (transform !== undefined && transform !== null) {
    return `transform ${JSON.stringify(transform)}: names are compared as they are written here`;
  }
  const names = columnList(call, 'column_list');
  return firm(call, () => carry(names));
}

export function relationship(call: TestCall): string | undefined {
  const { builder, reading, args, column, grade } = call;
  const conditions = [args.from_condition, args.to_condition];
  if (conditions.some((one) => !isEmpty(one) && String(one).replaceAll(' ', '') !== '1=1')) {
    return 'its conditions are SQL: the test is not carried over';
  }
  if (typeof args.to !== 'string') return '`to` is missing';
  const field = bare(String(args.field ?? column));
  const model = referredModel(args.to);
  const file = ownMember(reading.options.files ?? {}, model);
  if (file === undefined) {
    return `the file of ${model} is not known: the test is not carried over`;
  }
  builder.foreignKey([column], file, [field], grade);
  return undefined;
}

export function pair(call: TestCall, operator: '>' | '>=' | '=='): undefined {
  const { builder, args, grade } = call;
  const [left, right] = [bare(String(args.column_A)), bare(String(args.column_B))];
  builder.compare(`${left} ${operator} ${right}`, [left, operator, right], grade);
  return undefined;
}

export function recent(call: TestCall, column: unknown, interval: unknown): string | undefined {
  const age = ageOf(Number(interval), String(call.args.datepart));
  if (age === undefined || typeof column !== 'string' || !isName(column)) {
    return 'its column, datepart or interval cannot be read here';
  }
  if (call.grade.tolerance !== undefined) return firm(call, () => {});
  const carried = call.builder.freshness(bare(column), age, call.grade.severity);
  return carried ? undefined : 'one freshness is there already';
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

export function columnCount(call: TestCall, min: unknown, max: unknown): string | undefined {
  const found = statisticRange({ min, max }, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return 'its limits are not numbers';
  return firm(call, () => {
    if (found.min !== undefined) call.builder.root('minProperties', Math.max(0, found.min));
    if (found.max !== undefined) call.builder.root('maxProperties', Math.max(0, found.max));
  });
}

export function closed({ builder }: TestCall, names: readonly string[], ordered: boolean): void {
  builder.require(...names);
  builder.close(names);
  if (ordered) builder.order(names);
}

export function ofTypes(call: TestCall, names: readonly unknown[]): string | undefined {
  const types = names.map((name) => (typeof name === 'string' ? typeNamed(name) : undefined));
  if (types.some((type) => type === undefined)) return `ml-loop does not know the type ${names.join(', ')}`;
  const [only] = types;
  if (types.length > 1 && types.some((type) => Object.keys(type?.keywords ?? {}).length > 0)) {
    return 'one of several types is a time';
  }
  call.builder.require(call.column);
  call.builder.column(call.column).type([...new Set(types.flatMap((type) => type?.kinds ?? []))], call.grade);
  if (Object.keys(only?.keywords ?? {}).length > 0) keywords(call, only?.keywords ?? {});
  return undefined;
}

export function sorted(call: TestCall): string | undefined {
  const { sort_column: by, strictly, step } = call.args;
  if ((step !== undefined && step !== null) || (by !== undefined && by !== null && by !== call.column)) {
    return 'it orders the rows by a column; a file has its own order';
  }
  // In the order of its own values a column always rises, and strictly if no value comes twice.
  call.builder.require(call.column);
  if (strictly === false) return undefined;
  return call.grade.tolerance === undefined ? unique(call) : 'its thresholds';
}

export function shares(call: TestCall): string | undefined {
  const { min_value: min, max_value: max, strictly } = call.args;
  const strict = strictly === true;
  const bounds = shareRange({ min, max, strictMin: strict, strictMax: strict });
  if (bounds === undefined) return 'its limits are not numbers';
  if (bounds === 'none') return 'no share is within its limits';
  call.builder.require(call.column);
  if (Object.keys(bounds).length === 0) return undefined;
  call.builder.aggregate(call.column, 'distinct-share', bounds, call.grade, call.test.path);
  return undefined;
}

export function contains(call: TestCall, name: 'contains' | 'most-common'): string | undefined {
  const set = call.args.value_set;
  if (!Array.isArray(set) || set.length === 0) return 'value_set is not a list of values';
  if (!set.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
    return 'value_set holds lists or maps';
  call.builder.require(call.column);
  call.builder.column(call.column).own(name, set as Json, call.grade);
  return undefined;
}

/** A pair is a match if neither side differs: a null differs from nothing. */
export function pairsInSet(call: TestCall): string | undefined {
  const { column_A, column_B, value_pairs_set: pairs } = call.args;
  const [left, right] = [bare(String(column_A)), bare(String(column_B))];
  if (!Array.isArray(pairs) || !pairs.every((one) => Array.isArray(one) && one.length === 2)) {
    return 'value_pairs_set is not a list of pairs';
  }
  const values = (pairs as readonly (readonly [unknown, unknown])[]).flatMap(([a, b]): [Json, Json][] => {
    const [first, second] = [literalOf(a), literalOf(b)];
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
  if (values.length < pairs.length) return 'value_pairs_set holds an expression of SQL';
  const anyOf = values.map(([a, b]) => ({
    properties: { [left]: { enum: [a, null] }, [right]: { enum: [b, null] } },
  }));
  call.builder.column(left).hintFrom(values.map(([a]) => a));
  call.builder.column(right).hintFrom(values.map(([, b]) => b));
  const rule = { name: `${call.test.what} of ${left}, ${right}`, schema: { anyOf } };
  call.builder.rule(rule, [left, right], call.grade);
  return undefined;
}

export function differWithin(call: TestCall): undefined {
  const { builder, test, args, grade } = call;
  const columns = columnList(call, 'column_list');
  columns.forEach((left, index) => {
    for (const right of columns.slice(index + 1)) {
      builder.compare(`${left} differs from ${right}`, [left, '!=', right], grade);
    }
  });
  if (args.ignore_row_if !== 'any_value_is_missing') {
    const what = `${test.what}: rows with a null in one of ${columns.join(', ')} are not compared here`;
    builder.nullsDiffer(columns, what, test.path);
  }
}
