import { isMap } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { lengthKeywords, rangeKeywords, statisticRange, timeRange } from './bounds.ts';
import type { Builder, ComparisonOperator } from './builder.ts';
import type { Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import { percentText, type RuleGrade } from './numbers.ts';
import { absent, like, portable } from './regex.ts';
import { typeNamed } from './sql.ts';
import { strptime } from './times.ts';

/** An expectation at work. */
export interface ExpectationCall {
  readonly builder: Builder;
  readonly reading: DocumentReader;
  readonly column: string;
  readonly args: Readonly<Record<string, Json>>;
  readonly grade: RuleGrade;
  readonly what: string;
  readonly path: Path;
  /** `mostly`. */
  readonly share: number;
}

/** Why an expectation is not carried; undefined if it is. */
export type NotCarriedReason = string | undefined;

const NO_NUMBERS = 'its limits are not numbers';
const NOT_A_SET = 'value_set is not a list of values';

/** A rule of one column's values; of which `mostly` is a share, nulls left out. */
function keywords(call: ExpectationCall, rule: Keywords): undefined {
  const { builder, column, what, path } = call;
  builder.keywords(column, rule, gradeOfValues(call, [column]), what, path);
}

/** `mostly` is a share of the rows in which these columns are not null, among those of `row_condition`. */
function gradeOfValues({ grade }: ExpectationCall, columns: readonly string[]): RuleGrade {
  if (grade.tolerance === undefined) return grade;
  const valued = {
    required: [...columns],
    properties: Object.fromEntries(columns.map((name) => [name, { not: { type: 'null' } }])),
  };
  return { ...grade, when: grade.when === undefined ? valued : { allOf: [grade.when, valued] } };
}

/** A rule of the rows of `row_condition`, of which `mostly` is a share. */
export function expectNotNull({ builder, column, grade, what }: ExpectationCall): undefined {
  builder.require(column);
  if (grade.when === undefined) builder.column(column).notNull(grade);
  else {
    const schema = { required: [column], properties: { [column]: { not: { type: 'null' } } } };
    builder.rule({ name: what, schema }, [column], grade);
  }
}

export function isNull(call: ExpectationCall): undefined {
  const { builder, column, grade, what, path, share } = call;
  const { tolerance, ...rest } = grade;
  if (share < 1 && grade.when === undefined)
    builder.aggregate(column, 'nulls', { min: percentText(share) }, rest, path);
  else if (grade.when === undefined) keywords(call, { const: null });
  else builder.rule({ name: what, schema: { properties: { [column]: { type: 'null' } } } }, [column], grade);
}

export function limitsOf({
  min_value: min,
  max_value: max,
  strict_min,
  strict_max,
}: ExpectationCall['args']) {
  return { min, max, strictMin: strict_min === true, strictMax: strict_max === true };
}

export function between(call: ExpectationCall): NotCarriedReason {
  const { output_strftime_format: output, allow_cross_type_comparisons: cross } = call.args;
  if (output !== undefined || cross === true) return 'comparisons across types or in an output format';
  const rule = rangeKeywords(limitsOf(call.args));
  if (rule === undefined) return 'its limits are neither numbers nor ISO dates';
  return keywords(call, rule);
}

export function expectLengths(call: ExpectationCall, limits = limitsOf(call.args)): NotCarriedReason {
  const rule = lengthKeywords(limits);
  return rule === undefined ? NO_NUMBERS : keywords(call, rule);
}

/** The set without nulls: there, they are passed over before a set is looked at. */
function valueSet(call: ExpectationCall): readonly Json[] | undefined {
  const set = call.args.value_set ?? [];
  if (!Array.isArray(set)) return undefined;
  const list = (set as readonly Json[]).filter((value) => value !== null);
  return list.every((value) => typeof value !== 'object') ? [...new Set(list)] : undefined;
}

export function expectInSet(call: ExpectationCall, negated: boolean): NotCarriedReason {
  const set = valueSet(call);
  if (set === undefined) return NOT_A_SET;
  // The empty set forbids every value, or none.
  if (set.length === 0 && negated) call.builder.require(call.column);
  if (set.length === 0) return negated ? undefined : keywords(call, { const: null });
  if (call.args.parse_strings_as_datetimes === true) return 'parse_strings_as_datetimes';
  return keywords(call, negated ? { not: { enum: set } } : { enum: set });
}

/** Each value occurs; null never does, because only other values are counted. */
export function containsSet(call: ExpectationCall): NotCarriedReason {
  const { value_set: given } = call.args;
  const set = valueSet(call);
  if (set === undefined) return NOT_A_SET;
  if (Array.isArray(given) && given.includes(null)) return 'its set holds null, which never occurs there';
  call.builder.require(call.column);
  if (set.length > 0) call.builder.column(call.column).own('contains', set, call.grade);
  return undefined;
}

/** Without `ties_okay`, no other value may be as common. */
export function mostCommonInSet(call: ExpectationCall): NotCarriedReason {
  const set = valueSet(call);
  if (set === undefined || set.length === 0) return NOT_A_SET;
  call.builder.require(call.column);
  const rule = call.args.ties_okay === true ? set : { values: set, ties: false };
  call.builder.column(call.column).own('most-common', rule, call.grade);
  return undefined;
}

export function expectPatterns(call: ExpectationCall, key: string, negated: boolean): NotCarriedReason {
  const list = [call.args[key]].flat();
  const translate = key.startsWith('like') ? like : (text: string) => portable(text, 'python');
  const found = list.map((text) => (typeof text === 'string' ? translate(text) : undefined));
  const known = found.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < found.length) return 'its pattern cannot be read here';
  const parts = (negated ? known.map(absent) : known).map((pattern) => ({ pattern }));
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return keywords(call, only);
  const any = (call.args.match_on ?? 'any') === 'any' && !negated;
  return keywords(call, any ? { anyOf: parts } : { allOf: parts });
}

/** A statistic of the column within `min_value` and `max_value`. */
export function expectStatistic(call: ExpectationCall, name: string, whole: boolean): NotCarriedReason {
  if (call.args.min_value === undefined && call.args.max_value === undefined) return 'it has no limits';
  const found = statisticRange(limitsOf(call.args), whole);
  if (found === undefined) return NO_NUMBERS;
  call.builder.aggregate(call.column, name, found, call.grade, call.path);
  return undefined;
}

/** A figure of numbers; booleans are 0 and 1 in pandas. */
export function expectFigure(call: ExpectationCall, name: string): NotCarriedReason {
  if (call.args.parse_strings_as_datetimes === true || call.args.output_strftime_format !== undefined)
    return 'dates as limits';
  const reason = expectStatistic(call, name, false);
  if (reason === undefined) call.builder.column(call.column).hint(['number', 'boolean']);
  return reason;
}

/** The first or last value, of numbers or of times. */
export function extreme(call: ExpectationCall, name: 'min-value' | 'max-value'): NotCarriedReason {
  const range = timeRange(limitsOf(call.args));
  if (range === undefined) return expectFigure(call, name);
  if (call.args.output_strftime_format !== undefined) return 'limits in an output format';
  call.builder.aggregate(call.column, name, range, call.grade, call.path);
  return undefined;
}

export function distinctShare(call: ExpectationCall): NotCarriedReason {
  const limits = limitsOf(call.args);
  const found = statisticRange(limits, false);
  if (found === undefined) return NO_NUMBERS;
  const written = (value: Json | undefined, strict: boolean) => (strict ? value : percentText(Number(value)));
  const bounds = {
    ...(found.min === undefined ? {} : { min: written(found.min, limits.strictMin) as string }),
    ...(found.max === undefined ? {} : { max: written(found.max, limits.strictMax) as string }),
  };
  call.builder.aggregate(call.column, 'distinct-share', bounds, call.grade, call.path);
  return undefined;
}

export function quantiles(call: ExpectationCall): NotCarriedReason {
  const ranges = call.args.quantile_ranges;
  if (!isMap(ranges) || !Array.isArray(ranges.quantiles) || !Array.isArray(ranges.value_ranges)) {
    return 'quantile_ranges has no quantiles and value_ranges';
  }
  const { quantiles: at, value_ranges: values } = ranges as { quantiles: unknown[]; value_ranges: unknown[] };
  if (at.length !== values.length || !at.every((one) => Number(one) >= 0 && Number(one) <= 1)) {
    return 'its quantiles and value_ranges do not go together';
  }
  const found = at.map((quantile, index) => {
    const [min, max] = [values[index]].flat() as unknown[];
    return [String(quantile), statisticRange({ min, max }, false)] as const;
  });
  const held = found.filter(([, range]) => range !== undefined);
  if (held.length === 0) return 'it has no limits';
  call.builder.aggregate(call.column, 'quantiles', Object.fromEntries(held), call.grade, call.path);
  return undefined;
}

const NOTE = 'a warning about the whole table does not exist here; with severity critical it is carried over';

/** Rules of the whole table know no warnings. */
export function ifCritical({ grade }: ExpectationCall, carry: () => void): NotCarriedReason {
  if (grade.severity !== undefined || grade.tolerance !== undefined) return NOTE;
  carry();
  return undefined;
}

export function expectRowCount(call: ExpectationCall, min: unknown, max: unknown): NotCarriedReason {
  const { strictMin, strictMax } = limitsOf(call.args);
  const found = statisticRange({ min, max, strictMin, strictMax }, true);
  if (found === undefined) return NO_NUMBERS;
  if (call.grade.tolerance !== undefined) return ifCritical(call, () => {});
  const carried = call.builder.rows(found as { min?: number; max?: number }, call.grade.severity);
  return carried ? undefined : 'a row count of another severity is there already';
}

export function expectColumnCount(call: ExpectationCall, min: unknown, max: unknown): NotCarriedReason {
  const found = statisticRange({ min, max }, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return NO_NUMBERS;
  return ifCritical(call, () => {
    if (found.min !== undefined) call.builder.root('minProperties', Math.max(0, found.min));
    if (found.max !== undefined) call.builder.root('maxProperties', Math.max(0, found.max));
  });
}

export function names(call: ExpectationCall, key: string): readonly string[] {
  return call.reading.texts(call.args[key], [...call.path, 'kwargs', key]);
}

const NO_COLUMNS = 'it names no columns';

export function expectColumns(
  call: ExpectationCall,
  columns: readonly string[],
  ordered: boolean,
): NotCarriedReason {
  if (columns.length === 0) return NO_COLUMNS;
  return ifCritical(call, () => {
    call.builder.require(...columns);
    call.builder.close(columns);
    if (ordered) call.builder.order(columns);
  });
}

/** Of one of several types; what reads a time is a pattern, which judges texts only. */
export function ofType(call: ExpectationCall, list: readonly Json[]): NotCarriedReason {
  const types = list.map((name) => (typeof name === 'string' ? typeNamed(name) : undefined));
  const known = types.filter((type) => type !== undefined);
  if (known.length === 0 || known.length < types.length) {
    return `the type ${list.join(', ')} does not exist in a file`;
  }
  call.builder.require(call.column);
  const kinds = [...new Set(known.flatMap((type) => type.kinds))];
  const column = call.builder.column(call.column);
  if (gradeOfValues(call, []).when !== undefined) {
    column.hint(kinds);
    keywords(call, { type: [...kinds, 'null'] });
  } else column.type(kinds, call.grade);
  const texts = known.filter(({ kinds }) => kinds.includes('string')).map(({ keywords: own }) => own);
  const different = [...new Map(texts.map((own) => [JSON.stringify(own), own])).values()];
  const [only] = different;
  if (only === undefined || different.some((own) => Object.keys(own).length === 0)) return undefined;
  return keywords(call, different.length === 1 ? only : { anyOf: different });
}

export function strftime(call: ExpectationCall): NotCarriedReason {
  const format = call.args.strftime_format;
  const pattern = typeof format === 'string' ? strptime(format) : undefined;
  return pattern === undefined
    ? `the format ${JSON.stringify(format)} has a directive that is not known here`
    : keywords(call, { pattern });
}

export function jsonSchema(call: ExpectationCall): NotCarriedReason {
  const schema = call.args.json_schema;
  if (!isMap(schema) || (schema.type !== 'object' && schema.type !== 'array'))
    return 'its schema is of no object or array';
  const { $schema, $id: _, ...rest } = schema;
  const foreign = typeof $schema === 'string' && !/(2020-12|2019-09|draft-0[67])/.test($schema);
  if (foreign || JSON.stringify(rest).includes('"$ref"'))
    return 'its schema refers to definitions or is of another draft';
  call.builder.column(call.column).hint([schema.type]);
  return keywords(call, { anyOf: [{ type: 'null' }, rest as Json] });
}

/** Two columns; rows if only one is null fail there, and are not compared here. */
export function expectPair(
  call: ExpectationCall,
  operator: ComparisonOperator,
  ignored: string,
): NotCarriedReason {
  const {
    column_A: left,
    column_B: right,
    ignore_row_if: rows,
    parse_strings_as_datetimes: parse,
  } = call.args;
  if (typeof left !== 'string' || typeof right !== 'string')
    return call.reading.wrong(`${call.what} names no two columns`, call.path);
  if (parse === true || call.args.allow_cross_type_comparisons === true)
    return 'parse_strings_as_datetimes or comparisons across types';
  const grade = rows === ignored ? gradeOfValues(call, [left, right]) : call.grade;
  call.builder.compare(`${left} ${operator} ${right}`, [left, operator, right], grade);
  if (rows !== ignored) {
    call.builder.nullsDiffer(
      [left, right],
      `${call.what}: rows with a null in ${left} or ${right} are not compared here`,
      call.path,
    );
  }
  return undefined;
}

export function expectPairsInSet(call: ExpectationCall): NotCarriedReason {
  const { column_A: left, column_B: right, value_pairs_set: pairs, ignore_row_if: rows } = call.args;
  if (typeof left !== 'string' || typeof right !== 'string')
    return call.reading.wrong(`${call.what} names no two columns`, call.path);
  if (!Array.isArray(pairs) || !pairs.every((one) => Array.isArray(one) && one.length === 2)) {
    return 'value_pairs_set is not a list of pairs';
  }
  const list = pairs as readonly (readonly [Json, Json])[];
  const isNull = (column: string) => ({ properties: { [column]: { type: 'null' } } });
  const ignored =
    rows === 'never' || rows === 'neither'
      ? []
      : rows === 'either_value_is_missing'
        ? [isNull(left), isNull(right)]
        : [{ properties: { [left]: { type: 'null' }, [right]: { type: 'null' } } }];
  const anyOf = list.map(([a, b]) => ({ properties: { [left]: { const: a }, [right]: { const: b } } }));
  call.builder.column(left).hintFrom(list.map(([a]) => a));
  call.builder.column(right).hintFrom(list.map(([, b]) => b));
  const grade = rows === 'either_value_is_missing' ? gradeOfValues(call, [left, right]) : call.grade;
  const schema = { anyOf: [...anyOf, ...ignored] };
  call.builder.rule({ name: `${call.what} ${left}, ${right}`, schema }, [left, right], grade);
  return undefined;
}

export function multicolumnSum(call: ExpectationCall): NotCarriedReason {
  const { sum_total: total, ignore_row_if: rows } = call.args;
  const columns = names(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  if (typeof total !== 'number') return 'sum_total is not a number';
  const grade = rows === 'any_value_is_missing' ? gradeOfValues(call, columns) : call.grade;
  call.builder.rule({ name: call.what, sum: [...columns], equals: total }, columns, grade);
  if (rows !== 'any_value_is_missing') {
    call.builder.nullsDiffer(columns, `${call.what}: sums with nulls are those of this tool`, call.path);
  }
  return undefined;
}

export function compoundUnique(call: ExpectationCall): NotCarriedReason {
  const columns = names(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  call.builder.unique(columns, call.grade);
  if (call.args.ignore_row_if !== 'any_value_is_missing') {
    call.builder.nullsDiffer(
      columns,
      `${call.what}: rows with a null in one of ${columns.join(', ')} are not compared here`,
      call.path,
    );
  }
  return undefined;
}

export function uniqueWithinRecord(call: ExpectationCall): NotCarriedReason {
  const columns = names(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  // Each pair by itself: a row may break several, which one allowance cannot count together.
  if (call.grade.tolerance !== undefined && columns.length > 2)
    return 'mostly: the expectation is not carried over';
  columns.forEach((left, index) => {
    for (const right of columns.slice(index + 1)) {
      call.builder.compare(
        `${left} differs from ${right}`,
        [left, '!=', right],
        gradeOfValues(call, columns),
      );
    }
  });
  if (call.args.ignore_row_if !== 'any_value_is_missing') {
    call.builder.nullsDiffer(columns, `${call.what}: pairs with a null are not compared here`, call.path);
  }
  return undefined;
}
