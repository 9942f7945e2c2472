import { isMap } from '../schema/map.ts';
import { countRange, type ForeignLimits, shareRange, statisticRange, timeRange } from './bounds.ts';
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

/** Without limits only the column has to be there. */
function withoutLimits({ args, builder, column }: ExpectationCall): boolean {
  if (args.min_value !== undefined || args.max_value !== undefined) return false;
  builder.require(column);
  return true;
}

/** A statistic of the column within `min_value` and `max_value`. */
function expectStatistic(call: ExpectationCall, name: string, whole: boolean): NotCarriedReason {
  if (withoutLimits(call)) return undefined;
  const range = whole ? countRange(limitsOf(call.args)) : statisticRange(limitsOf(call.args), false);
  if (range === undefined) return NO_NUMBERS;
  if (range === 'none') return 'no count is within its limits';
  call.builder.aggregate(call.column, name, range, call.grade, call.path);
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
  return expectShare(call, 'distinct-share', limitsOf(call.args));
}

/** A share of nulls is what is left of the share of other values. */
function nonNullShare(call: ExpectationCall): NotCarriedReason {
  const { min, max, strictMin, strictMax } = limitsOf(call.args);
  const rest = (value: unknown) => (typeof value === 'number' ? Number((1 - value).toPrecision(15)) : value);
  const nulls = { min: rest(max), max: rest(min), strictMin: strictMax, strictMax: strictMin };
  return expectShare(call, 'nulls', nulls);
}

/** A share within limits, of which those that every share keeps say nothing. */
function expectShare(call: ExpectationCall, name: string, limits: ForeignLimits): NotCarriedReason {
  if (withoutLimits(call)) return undefined;
  const bounds = shareRange(limits);
  if (bounds === undefined) return NO_NUMBERS;
  if (bounds === 'none') return 'no share is within its limits';
  if (Object.keys(bounds).length === 0) call.builder.require(call.column);
  else call.builder.aggregate(call.column, name, bounds, call.grade, call.path);
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
  call.builder.require(call.column);
  if (held.length > 0)
    call.builder.aggregate(call.column, 'quantiles', Object.fromEntries(held), call.grade, call.path);
  return undefined;
}
