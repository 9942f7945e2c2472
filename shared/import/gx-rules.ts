import type { Json } from '../verdict/verdict.ts';
import { lengthKeywords, rangeKeywords, statisticRange } from './bounds.ts';
import type { Builder, Comparison } from './builder.ts';
import type { Keywords } from './column.ts';
import { isMap, type Path, type Reading } from './document.ts';
import { type Grade, percent } from './numbers.ts';
import { absent, like, portable } from './regex.ts';
import { typeNamed } from './sql.ts';
import { strptime } from './times.ts';

/** An expectation at work. */
export interface Call {
  readonly builder: Builder;
  readonly reading: Reading;
  readonly column: string;
  readonly args: Readonly<Record<string, Json>>;
  readonly grade: Grade;
  readonly what: string;
  readonly path: Path;
  /** `mostly`. */
  readonly share: number;
}

/** Why an expectation is not carried; undefined if it is. */
export type Reason = string | undefined;

const NO_NUMBERS = 'its limits are not numbers';

export function keywords({ builder, column, grade, what, path }: Call, rule: Keywords): undefined {
  builder.keywords(column, rule, grade, what, path);
}

export function limitsOf({ min_value: min, max_value: max, strict_min, strict_max }: Call['args']) {
  return { min, max, strictMin: strict_min === true, strictMax: strict_max === true };
}

export function between(call: Call): Reason {
  const { output_strftime_format: output, allow_cross_type_comparisons: cross } = call.args;
  if (output !== undefined || cross === true) return 'comparisons across types or in an output format';
  const rule = rangeKeywords(limitsOf(call.args));
  if (rule === undefined) return 'its limits are neither numbers nor ISO dates';
  return keywords(call, rule);
}

export function lengths(call: Call, limits = limitsOf(call.args)): Reason {
  const rule = lengthKeywords(limits);
  return rule === undefined ? NO_NUMBERS : keywords(call, rule);
}

export function valueSet(call: Call, key = 'value_set'): readonly Json[] | undefined {
  const set = call.args[key];
  if (!Array.isArray(set)) return undefined;
  const list = set as readonly Json[];
  return list.every((value) => value === null || typeof value !== 'object') ? list : undefined;
}

export function inSet(call: Call, negated: boolean): Reason {
  const set = valueSet(call);
  if (set === undefined) return 'value_set is not a list of values';
  // The empty set forbids every value, or none.
  if (set.length === 0 && negated) call.builder.require(call.column);
  if (set.length === 0) return negated ? undefined : keywords(call, { const: null });
  if (call.args.parse_strings_as_datetimes === true) return 'parse_strings_as_datetimes';
  return keywords(call, negated ? { not: { enum: [...new Set(set)] } } : { enum: [...new Set(set)] });
}

export function patterns(call: Call, key: string, negated: boolean): Reason {
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
export function statistic(call: Call, name: string, whole: boolean): Reason {
  if (call.args.min_value === undefined && call.args.max_value === undefined) return 'it has no limits';
  const found = statisticRange(limitsOf(call.args), whole);
  if (found === undefined) return NO_NUMBERS;
  call.builder.aggregate(call.column, name, found, call.grade, call.path);
  return undefined;
}

export function distinctShare(call: Call): Reason {
  const limits = limitsOf(call.args);
  const found = statisticRange(limits, false);
  if (found === undefined) return NO_NUMBERS;
  const written = (value: Json | undefined, strict: boolean) => (strict ? value : percent(Number(value)));
  const bounds = {
    ...(found.min === undefined ? {} : { min: written(found.min, limits.strictMin) as string }),
    ...(found.max === undefined ? {} : { max: written(found.max, limits.strictMax) as string }),
  };
  call.builder.aggregate(call.column, 'distinct-share', bounds, call.grade, call.path);
  return undefined;
}

export function quantiles(call: Call): Reason {
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

export function own(call: Call, name: 'contains' | 'most-common'): Reason {
  const set = valueSet(call);
  if (set === undefined || set.length === 0) return 'value_set is not a list of values';
  call.builder.require(call.column);
  call.builder.column(call.column).own(name, set as Json, call.grade);
  return undefined;
}

const NOTE = 'a warning about the whole table does not exist here; with severity critical it is carried over';

/** Rules of the whole table know no warnings. */
export function firm({ grade }: Call, carry: () => void): Reason {
  if (grade.severity !== undefined || grade.tolerance !== undefined) return NOTE;
  carry();
  return undefined;
}

export function rowCount(call: Call, min: unknown, max: unknown): Reason {
  const { strictMin, strictMax } = limitsOf(call.args);
  const found = statisticRange({ min, max, strictMin, strictMax }, true);
  if (found === undefined) return NO_NUMBERS;
  return firm(call, () => call.builder.rows(found as { min?: number; max?: number }));
}

export function columnCount(call: Call, min: unknown, max: unknown): Reason {
  const found = statisticRange({ min, max }, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return NO_NUMBERS;
  return firm(call, () => {
    if (found.min !== undefined) call.builder.root('minProperties', Math.max(0, found.min));
    if (found.max !== undefined) call.builder.root('maxProperties', Math.max(0, found.max));
  });
}

export function names(call: Call, key: string): readonly string[] {
  const list = call.reading.texts(call.args[key], [...call.path, 'kwargs', key]);
  if (list.length === 0) call.reading.wrong(`${call.what}: ${key} names no columns`, call.path);
  return list;
}

export function closed(call: Call, columns: readonly string[], ordered: boolean): Reason {
  return firm(call, () => {
    call.builder.require(...columns);
    call.builder.close(columns);
    if (ordered) call.builder.order(columns);
  });
}

export function ofType(call: Call, list: readonly Json[]): Reason {
  const types = list.map((name) => (typeof name === 'string' ? typeNamed(name) : undefined));
  if (types.length === 0 || types.some((type) => type === undefined)) {
    return `the type ${list.join(', ')} does not exist in a file`;
  }
  const times = types.filter((type) => Object.keys(type?.keywords ?? {}).length > 0);
  if (times.length > 0 && types.length > 1) return 'one of its types is a time';
  call.builder.require(call.column);
  const kinds = [...new Set(types.flatMap((type) => type?.kinds ?? []))];
  call.builder.column(call.column).type(kinds, call.grade);
  return times.length === 0 ? undefined : keywords(call, times[0]?.keywords ?? {});
}

export function strftime(call: Call): Reason {
  const format = call.args.strftime_format;
  const pattern = typeof format === 'string' ? strptime(format) : undefined;
  return pattern === undefined
    ? `the format ${JSON.stringify(format)} has a directive that is not known here`
    : keywords(call, { pattern });
}

export function jsonSchema(call: Call): Reason {
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
export function pair(call: Call, operator: Comparison, ignored: string): Reason {
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
  call.builder.compare(`${left} ${operator} ${right}`, [left, operator, right], call.grade);
  if (rows !== ignored) {
    call.builder.nullsDiffer(
      [left, right],
      `${call.what}: rows with a null in ${left} or ${right} are not compared here`,
      call.path,
    );
  }
  return undefined;
}

export function pairsInSet(call: Call): Reason {
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
  call.builder.rule(
    { name: `${call.what} ${left}, ${right}`, schema: { anyOf: [...anyOf, ...ignored] } },
    [left, right],
    call.grade,
  );
  return undefined;
}

export function multicolumnSum(call: Call): Reason {
  const { sum_total: total, ignore_row_if: rows } = call.args;
  const columns = names(call, 'column_list');
  if (typeof total !== 'number') return 'sum_total is not a number';
  call.builder.rule({ name: call.what, sum: [...columns], equals: total }, columns, call.grade);
  if (rows !== 'any_value_is_missing') {
    call.builder.nullsDiffer(columns, `${call.what}: sums with nulls are those of this tool`, call.path);
  }
  return undefined;
}

export function compoundUnique(call: Call): Reason {
  const columns = names(call, 'column_list');
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

export function uniqueWithinRecord(call: Call): Reason {
  const columns = names(call, 'column_list');
  // Each pair by itself: a row may break several, which one allowance cannot count together.
  if (call.grade.tolerance !== undefined && columns.length > 2)
    return 'mostly: the expectation is not carried over';
  columns.forEach((left, index) => {
    for (const right of columns.slice(index + 1)) {
      call.builder.compare(`${left} differs from ${right}`, [left, '!=', right], call.grade);
    }
  });
  if (call.args.ignore_row_if !== 'any_value_is_missing') {
    call.builder.nullsDiffer(columns, `${call.what}: pairs with a null are not compared here`, call.path);
  }
  return undefined;
}
