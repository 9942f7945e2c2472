import { isMap } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { statisticRange, timeRange } from './bounds.ts';
import {
  type Expectation,
  type ExpectationCall,
  type ExpectationMap,
  LIMIT_ARGS,
  limitsOf,
  NO_NUMBERS,
  type NotCarriedReason,
  TIME_ARGS,
} from './gx-call.ts';
import { percentText } from './numbers.ts';

const FIGURES: Readonly<Record<string, string>> = {
  mean: 'mean',
  median: 'median',
  stdev: 'sd',
  sum: 'sum',
};

/** Of a figure of a whole column. */
export const FIGURE_EXPECTATIONS: ExpectationMap = {
  ...Object.fromEntries(
    Object.entries(FIGURES).map(([name, own]): [string, Expectation] => [
      `expect_column_${name}_to_be_between`,
      { args: [...LIMIT_ARGS, ...TIME_ARGS], carry: (call) => expectFigure(call, own) },
    ]),
  ),
  expect_column_min_to_be_between: {
    args: [...LIMIT_ARGS, ...TIME_ARGS],
    carry: (call) => extreme(call, 'min-value'),
  },
  expect_column_max_to_be_between: {
    args: [...LIMIT_ARGS, ...TIME_ARGS],
    carry: (call) => extreme(call, 'max-value'),
  },
  expect_column_unique_value_count_to_be_between: {
    args: LIMIT_ARGS,
    carry: (call) => expectStatistic(call, 'distinct', true),
  },
  expect_column_proportion_of_unique_values_to_be_between: { args: LIMIT_ARGS, carry: distinctShare },
  expect_column_proportion_of_non_null_values_to_be_between: { args: LIMIT_ARGS, carry: nonNullShare },
  expect_column_quantile_values_to_be_between: {
    args: ['quantile_ranges', 'allow_relative_error'],
    carry: quantiles,
  },
};

/** A statistic of the column within `min_value` and `max_value`. */
function expectStatistic(call: ExpectationCall, name: string, whole: boolean): NotCarriedReason {
  if (call.args.min_value === undefined && call.args.max_value === undefined) return 'it has no limits';
  const found = statisticRange(limitsOf(call.args), whole);
  if (found === undefined) return NO_NUMBERS;
  call.builder.aggregate(call.column, name, found, call.grade, call.path);
  return undefined;
}

/** A figure of numbers; booleans are 0 and 1 in pandas. */
function expectFigure(call: ExpectationCall, name: string): NotCarriedReason {
  if (call.args.parse_strings_as_datetimes === true || call.args.output_strftime_format !== undefined)
    return 'dates as limits';
  const reason = expectStatistic(call, name, false);
  if (reason === undefined) call.builder.column(call.column).hint(['number', 'boolean']);
  return reason;
}

/** The first or last value, of numbers or of times. */
function extreme(call: ExpectationCall, name: 'min-value' | 'max-value'): NotCarriedReason {
  const range = timeRange(limitsOf(call.args));
  if (range === undefined) return expectFigure(call, name);
  if (call.args.output_strftime_format !== undefined) return 'limits in an output format';
  call.builder.aggregate(call.column, name, range, call.grade, call.path);
  return undefined;
}

function distinctShare(call: ExpectationCall): NotCarriedReason {
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

function nonNullShare(call: ExpectationCall): NotCarriedReason {
  const { min_value: min = 0, max_value: max = 1, strict_min, strict_max } = call.args;
  if (typeof min !== 'number' || typeof max !== 'number') return 'its limits are not numbers';
  if (strict_min === true || strict_max === true) return 'strict limits';
  const bounds = { ...(max < 1 ? { min: percentText(1 - max) } : {}), max: percentText(1 - min) };
  call.builder.aggregate(call.column, 'nulls', bounds, call.grade, call.path);
  return undefined;
}

function quantiles(call: ExpectationCall): NotCarriedReason {
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
