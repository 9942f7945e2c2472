import type { Json } from '../verdict/verdict.ts';
import { addKeywords, type ExpectationCall, type ExpectationMap, type NotCarriedReason } from './gx-call.ts';

/** Of a column and a set of values. */
export const SET_EXPECTATIONS: ExpectationMap = {
  expect_column_values_to_be_in_set: {
    args: ['value_set', 'parse_strings_as_datetimes'],
    mostly: true,
    carry: (call) => expectInSet(call, false),
  },
  expect_column_values_to_not_be_in_set: {
    args: ['value_set', 'parse_strings_as_datetimes'],
    mostly: true,
    carry: (call) => expectInSet(call, true),
  },
  expect_column_distinct_values_to_be_in_set: {
    args: ['value_set', 'parse_strings_as_datetimes'],
    carry: (call) => expectInSet(call, false),
  },
  expect_column_distinct_values_to_contain_set: {
    args: ['value_set'],
    carry: containsSet,
  },
  expect_column_distinct_values_to_equal_set: {
    args: ['value_set', 'parse_strings_as_datetimes'],
    carry: (call) => expectInSet(call, false) ?? containsSet(call),
  },
  expect_column_most_common_value_to_be_in_set: {
    args: ['value_set', 'ties_okay'],
    carry: mostCommonInSet,
  },
};

const NOT_A_SET = 'value_set is not a list of values';

/** The set without nulls: there, they are passed over before a set is looked at. */
function valueSet(call: ExpectationCall): readonly Json[] | undefined {
  const set = call.args.value_set ?? [];
  if (!Array.isArray(set)) return undefined;
  const list = (set as readonly Json[]).filter((value) => value !== null);
  return list.every((value) => typeof value !== 'object') ? [...new Set(list)] : undefined;
}

function expectInSet(call: ExpectationCall, negated: boolean): NotCarriedReason {
  const set = valueSet(call);
  if (set === undefined) return NOT_A_SET;
  // The empty set forbids every value, or none.
  if (set.length === 0 && negated) call.builder.require(call.column);
  if (set.length === 0) return negated ? undefined : addKeywords(call, { const: null });
  if (call.args.parse_strings_as_datetimes === true) return 'parse_strings_as_datetimes';
  return addKeywords(call, negated ? { not: { enum: set } } : { enum: set });
}

/** Each value occurs; null never does, because only other values are counted. */
function containsSet(call: ExpectationCall): NotCarriedReason {
  const { value_set: given } = call.args;
  const set = valueSet(call);
  if (set === undefined) return NOT_A_SET;
  if (Array.isArray(given) && given.includes(null)) return 'its set holds null, which never occurs there';
  call.builder.require(call.column);
  if (set.length > 0) call.builder.column(call.column).own('contains', set, call.grade);
  return undefined;
}

/** Without `ties_okay`, no other value may be as common. */
function mostCommonInSet(call: ExpectationCall): NotCarriedReason {
  const set = valueSet(call);
  if (set === undefined || set.length === 0) return NOT_A_SET;
  call.builder.require(call.column);
  const rule = call.args.ties_okay === true ? set : { values: set, ties: false };
  call.builder.column(call.column).own('most-common', rule, call.grade);
  return undefined;
}
