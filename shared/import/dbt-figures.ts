import type { Json } from '../verdict/verdict.ts';
import { countRange, shareRange, statisticRange } from './bounds.ts';
import { type DbtTestMap, isEmpty, TEST_LIMITS, type TestCall } from './dbt-call.ts';
import { inSetNotNull } from './dbt-values.ts';
import { percentText } from './numbers.ts';

const SET = ['value_set', 'quote_values'];

/** Of a figure of a whole column, or of the set of its values. */
export const FIGURE_TESTS: DbtTestMap = {
  at_least_one: {
    args: ['group_by_columns'],
    counts: 'other',
    carry: (call) =>
      isEmpty(call.args.group_by_columns)
        ? statistic(call, 'distinct', true, { min: 1 })
        : 'group_by_columns',
  },
  not_constant: {
    args: ['group_by_columns'],
    counts: 'other',
    carry: (call) =>
      isEmpty(call.args.group_by_columns)
        ? statistic(call, 'distinct', true, { min: 2 })
        : 'group_by_columns',
  },
  not_null_proportion: {
    args: ['at_least', 'at_most', 'group_by_columns'],
    counts: 'other',
    carry: (call) => {
      const least = Number(call.args.at_least ?? 0);
      const most = Number(call.args.at_most ?? 1);
      if (!isEmpty(call.args.group_by_columns)) return 'group_by_columns';
      if (!(least >= 0 && least <= 1 && most >= 0 && most <= 1))
        return 'its shares are not numbers from 0 to 1';
      const bounds = { ...(most < 1 ? { min: percentText(1 - most) } : {}), max: percentText(1 - least) };
      call.builder.aggregate(call.column, 'nulls', bounds, call.grade, call.test.path);
      return undefined;
    },
  },
  expect_column_distinct_count_to_equal: {
    args: ['value', 'quote_values'],
    counts: 'other',
    carry: (call) => statistic(call, 'distinct', true, { min: call.args.value, max: call.args.value }),
  },
  expect_column_distinct_count_to_be_greater_than: {
    args: ['value', 'quote_values'],
    counts: 'other',
    carry: (call) => statistic(call, 'distinct', true, { min: call.args.value, strict: true }),
  },
  expect_column_distinct_count_to_be_less_than: {
    args: ['value', 'quote_values'],
    counts: 'other',
    carry: (call) => statistic(call, 'distinct', true, { max: call.args.value, strict: true }),
  },
  expect_column_unique_value_count_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'distinct', true),
  },
  expect_column_proportion_of_unique_values_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => shares(call),
  },
  expect_column_most_common_value_to_be_in_set: {
    args: [...SET, 'top_n', 'data_type', 'strictly'],
    counts: 'other',
    carry: (call) => (Number(call.args.top_n ?? 1) === 1 ? contains(call, 'most-common') : 'top_n'),
  },
  expect_column_mean_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'mean', false),
  },
  expect_column_median_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'median', false),
  },
  expect_column_stdev_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'sd', false),
  },
  expect_column_sum_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'sum', false),
  },
  expect_column_min_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'min-value', false),
  },
  expect_column_max_to_be_between: {
    args: TEST_LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'max-value', false),
  },
  expect_column_quantile_values_to_be_between: {
    args: [...TEST_LIMITS, 'quantile'],
    counts: 'other',
    carry: (call) => {
      const { quantile, min_value: min, max_value: max, strictly } = call.args;
      const strict = strictly === true;
      const found = statisticRange({ min, max, strictMin: strict, strictMax: strict }, false);
      if (found === undefined || !(Number(quantile) >= 0 && Number(quantile) <= 1))
        return 'its limits are not numbers';
      const bounds = { [String(Number(quantile))]: found } as object;
      call.builder.aggregate(call.column, 'quantiles', bounds, call.grade, call.test.path);
      return undefined;
    },
  },
  expect_column_distinct_values_to_be_in_set: { args: SET, counts: 'other', carry: inSetNotNull },
  expect_column_distinct_values_to_contain_set: {
    args: SET,
    counts: 'other',
    carry: (call) => contains(call, 'contains'),
  },
  expect_column_distinct_values_to_equal_set: {
    args: SET,
    counts: 'other',
    carry: (call) => inSetNotNull(call) ?? contains(call, 'contains'),
  },
};

function statistic(
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

function shares(call: TestCall): string | undefined {
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

function contains(call: TestCall, name: 'contains' | 'most-common'): string | undefined {
  const set = call.args.value_set;
  if (!Array.isArray(set) || set.length === 0) return 'value_set is not a list of values';
  if (!set.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
    return 'value_set holds lists or maps';
  call.builder.require(call.column);
  call.builder.column(call.column).own(name, set as Json, call.grade);
  return undefined;
}
