import type { Json } from '../verdict/verdict.ts';
import { rangeKeywords } from './bounds.ts';
import {
  addKeywords,
  type ExpectationCall,
  type ExpectationMap,
  gradeOfValues,
  LIMIT_ARGS,
  limitsOf,
  type NotCarriedReason,
  TIME_ARGS,
} from './gx-call.ts';
import { percentText } from './numbers.ts';
import { typeNamed } from './sql.ts';

/** Of each value of a column: nulls, types, ranges and order. */
export const VALUE_EXPECTATIONS: ExpectationMap = {
  expect_column_values_to_not_be_null: {
    args: [],
    mostly: true,
    carry: expectNotNull,
  },
  expect_column_values_to_be_null: {
    args: [],
    mostly: true,
    carry: isNull,
  },
  expect_column_values_to_be_unique: {
    args: [],
    carry: ({ builder, column, grade }) => {
      builder.unique([column], grade);
      return undefined;
    },
  },
  expect_column_values_to_be_of_type: {
    args: ['type_'],
    mostly: true,
    carry: (call) => ofType(call, [call.args.type_ ?? null]),
  },
  expect_column_values_to_be_in_type_list: {
    args: ['type_list'],
    mostly: true,
    carry: (call) =>
      Array.isArray(call.args.type_list) ? ofType(call, call.args.type_list) : 'type_list is not a list',
  },
  expect_column_values_to_be_between: {
    args: [...LIMIT_ARGS, ...TIME_ARGS, 'allow_cross_type_comparisons'],
    mostly: true,
    carry: between,
  },
  expect_column_values_to_be_increasing: {
    args: ['strictly', 'parse_strings_as_datetimes'],
    carry: (call) => ordered(call, 'increasing'),
  },
  expect_column_values_to_be_decreasing: {
    args: ['strictly', 'parse_strings_as_datetimes'],
    carry: (call) => ordered(call, 'decreasing'),
  },
};

/** A rule of the rows of `row_condition`, of which `mostly` is a share. */
function expectNotNull({ builder, column, grade, what }: ExpectationCall): undefined {
  builder.notNull(column, grade, what);
}

function isNull(call: ExpectationCall): undefined {
  const { builder, column, grade, what, path, share } = call;
  const { tolerance, ...rest } = grade;
  if (share < 1 && grade.when === undefined)
    builder.aggregate(column, 'nulls', { min: percentText(share) }, rest, path);
  else if (grade.when === undefined) addKeywords(call, { const: null });
  else builder.rule({ name: what, schema: { properties: { [column]: { type: 'null' } } } }, [column], grade);
}

function between(call: ExpectationCall): NotCarriedReason {
  const { output_strftime_format: output, allow_cross_type_comparisons: cross } = call.args;
  if (output !== undefined || cross === true) return 'comparisons across types or in an output format';
  const rule = rangeKeywords(limitsOf(call.args));
  if (rule === undefined) return 'its limits are neither numbers nor ISO dates';
  return addKeywords(call, rule);
}

/** Of one of several types; what reads a time is a pattern, which judges texts only. */
function ofType(call: ExpectationCall, list: readonly Json[]): NotCarriedReason {
  const types = list.map((name) => (typeof name === 'string' ? pandasType(name) : undefined));
  const known = types.filter((type) => type !== undefined);
  if (known.length === 0 || known.length < types.length) {
    return `the type ${list.join(', ')} does not exist in a file`;
  }
  call.builder.require(call.column);
  const kinds = [...new Set(known.flatMap((type) => type.kinds))];
  const column = call.builder.column(call.column);
  if (gradeOfValues(call, []).when !== undefined) {
    column.hint(kinds);
    addKeywords(call, { type: [...kinds, 'null'] });
  } else column.type(kinds, call.grade);
  const texts = known.filter(({ kinds }) => kinds.includes('string')).map(({ keywords: own }) => own);
  const different = [...new Map(texts.map((own) => [JSON.stringify(own), own])).values()];
  const [only] = different;
  if (only === undefined || different.some((own) => Object.keys(own).length === 0)) return undefined;
  return addKeywords(call, different.length === 1 ? only : { anyOf: different });
}

/** In pandas an object column holds anything that is not numbers alone. */
function pandasType(name: string): ReturnType<typeof typeNamed> {
  if (/^(object|dtype\('O'\))$/.test(name))
    return { kinds: ['string', 'boolean', 'object', 'array'], keywords: {} };
  if (/^timedelta/.test(name)) return { kinds: ['string'], keywords: { pattern: TIMEDELTA } };
  return typeNamed(name);
}

/** As pandas writes one: `1 days 02:00:00`. */
const TIMEDELTA = '^-?\\d+ days?(?: \\+?\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)?$';

function ordered(call: ExpectationCall, direction: 'increasing' | 'decreasing'): NotCarriedReason {
  if (call.args.parse_strings_as_datetimes === true) return 'parse_strings_as_datetimes';
  call.builder.require(call.column);
  call.builder.column(call.column).own(direction, call.args.strictly === true ? 'strict' : true, call.grade);
  return undefined;
}
