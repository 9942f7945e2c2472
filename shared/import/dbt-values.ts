import type { Json } from '../verdict/verdict.ts';
import { rangeKeywords } from './bounds.ts';
import { type DbtTestMap, keywords, TEST_LIMITS, type TestCall } from './dbt-call.ts';
import { typeNamed } from './sql.ts';

const SET = ['value_set', 'quote_values'];

/** Of each value of a column: nulls, sets, types and ranges. */
export const COLUMN_VALUE_TESTS: DbtTestMap = {
  accepted_range: {
    ofRows: true,
    args: ['min_value', 'max_value', 'inclusive'],
    carry: (call) => range(call, call.args.inclusive === false),
  },
  not_accepted_values: {
    ofRows: true,
    args: ['values', 'quote'],
    counts: 'other',
    carry: (call) => inSet(call, 'values', 'quote', true),
  },
  expect_column_values_to_be_unique: { args: [], counts: 'other', carry: unique },
  expect_column_values_to_not_be_null: { ofRows: true, args: [], carry: notNull },
  expect_column_values_to_be_null: {
    ofRows: true,
    args: [],
    carry: (call) => {
      keywords(call, { const: null });
      return undefined;
    },
  },
  expect_column_values_to_be_of_type: {
    args: ['column_type'],
    counts: 'other',
    carry: (call) => ofTypes(call, [call.args.column_type]),
  },
  expect_column_values_to_be_in_type_list: {
    args: ['column_type_list'],
    counts: 'other',
    carry: (call) => ofTypes(call, [call.args.column_type_list].flat()),
  },
  expect_column_values_to_be_in_set: { ofRows: true, args: SET, carry: inSetNotNull },
  expect_column_values_to_not_be_in_set: {
    ofRows: true,
    args: SET,
    carry: (call) => inSet(call, 'value_set', 'quote_values', true),
  },
  expect_column_values_to_be_between: {
    ofRows: true,
    args: TEST_LIMITS,
    carry: (call) => range(call, call.args.strictly === true),
  },
  expect_column_values_to_be_increasing: {
    args: ['sort_column', 'strictly', 'step'],
    carry: (call) => sorted(call),
  },
  expect_column_values_to_be_decreasing: {
    args: ['sort_column', 'strictly', 'step'],
    carry: () => 'it orders the rows by a column; a file has its own order',
  },
};

function values(call: TestCall, key: string, quoteKey: string): readonly Json[] | string {
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
export function literalOf(value: unknown): Json | undefined {
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

export function notNull({ builder, column, grade, test }: TestCall): undefined {
  builder.notNull(column, grade, `${test.what} of ${column}`);
}

export function unique({ builder, column, grade }: TestCall): undefined {
  builder.unique([column], grade);
}

function range(call: TestCall, strict: boolean): string | undefined {
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

function ofTypes(call: TestCall, names: readonly unknown[]): string | undefined {
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

function sorted(call: TestCall): string | undefined {
  const { sort_column: by, strictly, step } = call.args;
  if ((step !== undefined && step !== null) || (by !== undefined && by !== null && by !== call.column)) {
    return 'it orders the rows by a column; a file has its own order';
  }
  // In the order of its own values a column always rises, and strictly if no value comes twice.
  call.builder.require(call.column);
  if (strictly === false) return undefined;
  return call.grade.tolerance === undefined ? unique(call) : 'its thresholds';
}
