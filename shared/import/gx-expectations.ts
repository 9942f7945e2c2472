import {
  between,
  compoundUnique,
  containsSet,
  distinctShare,
  type ExpectationCall,
  expectColumnCount,
  expectColumns,
  expectFigure,
  expectInSet,
  expectLengths,
  expectNotNull,
  expectPair,
  expectPairsInSet,
  expectPatterns,
  expectRowCount,
  expectStatistic,
  extreme,
  ifCritical,
  isNull,
  jsonSchema,
  mostCommonInSet,
  multicolumnSum,
  type NotCarriedReason,
  names,
  ofType,
  quantiles,
  strftime,
  uniqueWithinRecord,
} from './gx-rules.ts';
import { percentText } from './numbers.ts';

export interface Expectation {
  /** Arguments that it knows, beside `column`, `mostly` and those that say nothing about the data. */
  readonly args: readonly string[];
  /** Does `mostly` allow rows to break it, as a tolerance does? */
  readonly mostly?: true;
  readonly table?: true;
  readonly carry: (call: ExpectationCall) => NotCarriedReason;
}

const LIMITS = ['min_value', 'max_value', 'strict_min', 'strict_max'];
const TIMES = ['parse_strings_as_datetimes', 'output_strftime_format'];
const PAIR = ['column_A', 'column_B', 'ignore_row_if'];
const LIST = ['column_list', 'ignore_row_if'];

const FIGURES: Readonly<Record<string, string>> = {
  mean: 'mean',
  median: 'median',
  stdev: 'sd',
  sum: 'sum',
};

/** The core expectations that have a meaning for a file. */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  ...Object.fromEntries(
    Object.entries(FIGURES).map(([name, own]): [string, Expectation] => [
      `expect_column_${name}_to_be_between`,
      { args: [...LIMITS, ...TIMES], carry: (call) => expectFigure(call, own) },
    ]),
  ),
  expect_column_min_to_be_between: {
    args: [...LIMITS, ...TIMES],
    carry: (call) => extreme(call, 'min-value'),
  },
  expect_column_max_to_be_between: {
    args: [...LIMITS, ...TIMES],
    carry: (call) => extreme(call, 'max-value'),
  },
  expect_column_to_exist: {
    args: ['column_index'],
    carry: (call) => {
      if (call.args.column_index !== undefined) call.reading.lost(`${call.what}: column_index`, call.path);
      return ifCritical(call, () => call.builder.require(call.column));
    },
  },
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
  expect_column_values_to_be_between: {
    args: [...LIMITS, ...TIMES, 'allow_cross_type_comparisons'],
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
  expect_column_value_lengths_to_be_between: {
    args: LIMITS,
    mostly: true,
    carry: (call) => expectLengths(call),
  },
  expect_column_value_lengths_to_equal: {
    args: ['value'],
    mostly: true,
    carry: (call) =>
      expectLengths(call, { min: call.args.value, max: call.args.value, strictMin: false, strictMax: false }),
  },
  expect_column_values_to_match_regex: {
    args: ['regex'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex', false),
  },
  expect_column_values_to_not_match_regex: {
    args: ['regex'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex', true),
  },
  expect_column_values_to_match_regex_list: {
    args: ['regex_list', 'match_on'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex_list', false),
  },
  expect_column_values_to_not_match_regex_list: {
    args: ['regex_list'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex_list', true),
  },
  expect_column_values_to_match_like_pattern: {
    args: ['like_pattern'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern', false),
  },
  expect_column_values_to_not_match_like_pattern: {
    args: ['like_pattern'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern', true),
  },
  expect_column_values_to_match_like_pattern_list: {
    args: ['like_pattern_list', 'match_on'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern_list', false),
  },
  expect_column_values_to_not_match_like_pattern_list: {
    args: ['like_pattern_list'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern_list', true),
  },
  expect_column_values_to_match_strftime_format: { args: ['strftime_format'], mostly: true, carry: strftime },
  expect_column_values_to_match_json_schema: { args: ['json_schema'], mostly: true, carry: jsonSchema },
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
  expect_column_unique_value_count_to_be_between: {
    args: LIMITS,
    carry: (call) => expectStatistic(call, 'distinct', true),
  },
  expect_column_proportion_of_unique_values_to_be_between: { args: LIMITS, carry: distinctShare },
  expect_column_proportion_of_non_null_values_to_be_between: { args: LIMITS, carry: nonNullShare },
  expect_column_quantile_values_to_be_between: {
    args: ['quantile_ranges', 'allow_relative_error'],
    carry: quantiles,
  },
  expect_column_pair_values_to_be_equal: {
    args: PAIR,
    table: true,
    mostly: true,
    carry: (call) => expectPair(call, '==', 'either_value_is_missing'),
  },
  expect_column_pair_values_a_to_be_greater_than_b: {
    args: [...PAIR, 'or_equal', 'parse_strings_as_datetimes', 'allow_cross_type_comparisons'],
    table: true,
    mostly: true,
    carry: (call) => expectPair(call, call.args.or_equal === true ? '>=' : '>', 'either_value_is_missing'),
  },
  expect_column_pair_values_to_be_in_set: {
    args: [...PAIR, 'value_pairs_set'],
    table: true,
    mostly: true,
    carry: expectPairsInSet,
  },
  expect_compound_columns_to_be_unique: { args: LIST, table: true, carry: compoundUnique },
  expect_select_column_values_to_be_unique_within_record: {
    args: LIST,
    table: true,
    mostly: true,
    carry: uniqueWithinRecord,
  },
  expect_multicolumn_sum_to_equal: {
    args: [...LIST, 'sum_total'],
    table: true,
    mostly: true,
    carry: multicolumnSum,
  },
  expect_table_row_count_to_equal: {
    args: ['value'],
    table: true,
    carry: (call) => expectRowCount(call, call.args.value, call.args.value),
  },
  expect_table_row_count_to_be_between: {
    args: LIMITS,
    table: true,
    carry: (call) => expectRowCount(call, call.args.min_value, call.args.max_value),
  },
  expect_table_column_count_to_equal: {
    args: ['value'],
    table: true,
    carry: (call) => expectColumnCount(call, call.args.value, call.args.value),
  },
  expect_table_column_count_to_be_between: {
    args: ['min_value', 'max_value'],
    table: true,
    carry: (call) => expectColumnCount(call, call.args.min_value, call.args.max_value),
  },
  expect_table_columns_to_match_ordered_list: {
    args: ['column_list'],
    table: true,
    // Without a list it always succeeds.
    carry: (call) =>
      call.args.column_list === undefined ? undefined : expectColumns(call, names(call, 'column_list'), true),
  },
  expect_table_columns_to_match_set: {
    args: ['column_set', 'exact_match'],
    table: true,
    carry: (call) => {
      const columns = names(call, 'column_set');
      if (call.args.exact_match === false) return ifCritical(call, () => call.builder.require(...columns));
      return expectColumns(call, columns, false);
    },
  },
  // Names of before 0.16.
  expect_column_pair_values_A_to_be_greater_than_B: {
    args: [...PAIR, 'or_equal', 'parse_strings_as_datetimes', 'allow_cross_type_comparisons'],
    table: true,
    mostly: true,
    carry: (call) => expectPair(call, call.args.or_equal === true ? '>=' : '>', 'either_value_is_missing'),
  },
  expect_multicolumn_values_to_be_unique: {
    args: LIST,
    table: true,
    mostly: true,
    carry: uniqueWithinRecord,
  },
};

function ordered(call: ExpectationCall, direction: 'increasing' | 'decreasing'): NotCarriedReason {
  if (call.args.parse_strings_as_datetimes === true) return 'parse_strings_as_datetimes';
  call.builder.require(call.column);
  call.builder.column(call.column).own(direction, call.args.strictly === true ? 'strict' : true, call.grade);
  return undefined;
}

function nonNullShare(call: ExpectationCall): NotCarriedReason {
  const { min_value: min = 0, max_value: max = 1, strict_min, strict_max } = call.args;
  if (typeof min !== 'number' || typeof max !== 'number') return 'its limits are not numbers';
  if (strict_min === true || strict_max === true) return 'strict limits';
  const bounds = { ...(max < 1 ? { min: percentText(1 - max) } : {}), max: percentText(1 - min) };
  call.builder.aggregate(call.column, 'nulls', bounds, call.grade, call.path);
  return undefined;
}
