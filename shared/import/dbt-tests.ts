import { ownMember } from '../schema/map.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { statisticRange } from './bounds.ts';
import type { Builder } from './builder.ts';
import { gradesOf, type Test } from './dbt-grade.ts';
import {
  closed,
  columnCount,
  columnNames,
  contains,
  differWithin,
  firm,
  inSet,
  inSetNotNull,
  isEmpty,
  keywords,
  lengths,
  notNull,
  ofTypes,
  pair,
  pairsInSet,
  patterns,
  range,
  recent,
  relationship,
  rowCount,
  shares,
  sorted,
  statistic,
  type TestCall,
  unique,
  uniqueTogether,
} from './dbt-rules.ts';
import { percentText } from './numbers.ts';
import { like, portable } from './regex.ts';
import { bare, carryExpression, isName } from './sql.ts';
import { rowsOfSql } from './sql-condition.ts';

interface DbtTest {
  /** Arguments that it knows. */
  readonly args: readonly string[];
  /** What its failures are; rows by default. */
  readonly counts?: 'other';
  /** Is each row judged by itself, so that a condition can leave rows out? */
  readonly ofRows?: true;
  /** A test of the whole table; it needs no column. */
  readonly table?: true;
  /** @returns why it is not carried, if it is not. */
  readonly carry: (call: TestCall) => string | undefined;
}

/** Carries a test of a column, or of the model if no column is named. */
export function carryTest(builder: Builder, test: Test, column: string | undefined): undefined {
  const { reading } = builder;
  const name = test.type.replace(/^(dbt_utils|dbt_expectations)\./, '');
  const packaged = name !== test.type;
  const kind = ownMember(packaged ? PACKAGES : BUILT_IN, name);
  if (kind === undefined) {
    reading.lost(`the test ${test.what} is not known here`, test.path);
    return undefined;
  }
  const { column_name: named, row_condition: condition, group_by: group, model: _, ...args } = test.args;
  const target = column ?? (typeof named === 'string' ? named : undefined);
  const lost = (reason: string): undefined => {
    reading.lost(`${test.what}: ${reason}`, test.path);
    return undefined;
  };
  const conditions = [test.config.where, condition, args.condition].filter(
    (one) => !isEmpty(one) && String(one).replaceAll(' ', '') !== '1=1',
  );
  const rows = kind.ofRows === true ? conditions.map((one) => rowsOfSql(builder, one)) : [];
  if (conditions.length > 0 && (rows.length === 0 || rows.includes(undefined)))
    return lost(rows.length === 0 ? NOT_OF_ROWS : NOT_SIMPLE);
  const [when, ...more] = rows as JsonObject[];
  if (group !== undefined && group !== null) return lost('group_by: the test is not carried over');
  if (kind.table === undefined && (target === undefined || (column === undefined && !isName(target)))) {
    return lost(target === undefined ? 'it names no column' : 'its column is an expression of SQL');
  }
  const unknown = Object.keys(args).filter((key) => !kind.args.includes(key) && args[key] !== null);
  if (unknown.length > 0)
    return lost(`the argument ${unknown.join(', ')} is not known here: the test is not carried over`);
  const grades = gradesOf(reading, test, kind.counts ?? 'rows');
  for (const one of grades ?? []) {
    const grade =
      when === undefined ? one : { ...one, when: more.length === 0 ? when : { allOf: rows as JsonObject[] } };
    const call = { builder, reading, test, args, column: target === undefined ? '' : bare(target), grade };
    const reason = kind.carry(call);
    if (reason !== undefined) return lost(reason);
  }
  return undefined;
}

const NOT_OF_ROWS = 'a condition of what is not judged row by row: the test is not carried over';
const NOT_SIMPLE =
  'its condition does more than compare columns with constants: the test is not carried over';

const SET = ['value_set', 'quote_values'];
const LIMITS = ['min_value', 'max_value', 'strictly'];
const REGEX = ['is_raw', 'flags', 'match_on'];
const python = (text: string): string | undefined => portable(text, 'python');

const BUILT_IN: Readonly<Record<string, DbtTest>> = {
  not_null: { ofRows: true, args: [], carry: notNull },
  unique: { args: [], counts: 'other', carry: unique },
  accepted_values: {
    ofRows: true,
    args: ['values', 'quote'],
    counts: 'other',
    carry: (call) => inSet(call, 'values', 'quote', false),
  },
  relationships: { args: ['to', 'field'], carry: relationship },
};

/** dbt_utils and dbt_expectations; their names do not overlap. */
const PACKAGES: Readonly<Record<string, DbtTest>> = {
  relationships_where: { args: ['to', 'field', 'from_condition', 'to_condition'], carry: relationship },
  unique_combination_of_columns: {
    args: ['combination_of_columns', 'quote_columns'],
    counts: 'other',
    table: true,
    carry: (call) => uniqueTogether(call, 'combination_of_columns', true),
  },
  accepted_range: {
    ofRows: true,
    args: ['min_value', 'max_value', 'inclusive'],
    carry: (call) => range(call, call.args.inclusive === false),
  },
  expression_is_true: {
    ofRows: true,
    args: ['expression', 'condition'],
    table: true,
    carry: (call) => {
      const { expression } = call.args;
      const column = call.column === '' ? undefined : call.column;
      const what = `${column ?? ''} ${String(expression)}`.trim();
      const done = carryExpression(call.builder, String(expression), {
        grade: call.grade,
        what,
        path: call.test.path,
        column,
      });
      return done ? undefined : 'its expression is SQL that cannot be written here';
    },
  },
  not_empty_string: {
    ofRows: true,
    args: ['trim_whitespace'],
    carry: (call) => {
      keywords(call, call.args.trim_whitespace === false ? { minLength: 1 } : { pattern: '[^ \\t\\n\\r]' });
      return undefined;
    },
  },
  not_accepted_values: {
    ofRows: true,
    args: ['values', 'quote'],
    counts: 'other',
    carry: (call) => inSet(call, 'values', 'quote', true),
  },
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
  recency: {
    args: ['field', 'datepart', 'interval', 'ignore_time_component', 'group_by_columns'],
    table: true,
    counts: 'other',
    carry: (call) => {
      if (!isEmpty(call.args.group_by_columns)) return 'group_by_columns';
      if (call.args.ignore_time_component === true) return 'ignore_time_component';
      return recent(call, call.args.field, call.args.interval);
    },
  },
  expect_row_values_to_have_recent_data: {
    args: ['datepart', 'interval'],
    counts: 'other',
    carry: (call) => recent(call, call.column, call.args.interval),
  },
  expect_column_to_exist: {
    args: ['column', 'transform'],
    counts: 'other',
    carry: (call) => firm(call, () => call.builder.require(call.column)),
  },
  expect_table_column_count_to_equal: {
    args: ['value'],
    table: true,
    counts: 'other',
    carry: (call) => columnCount(call, call.args.value, call.args.value),
  },
  expect_table_column_count_to_be_between: {
    args: ['min_value', 'max_value'],
    table: true,
    counts: 'other',
    carry: (call) => columnCount(call, call.args.min_value, call.args.max_value),
  },
  expect_table_columns_to_contain_set: {
    args: ['column_list', 'transform'],
    table: true,
    counts: 'other',
    carry: (call) => columnNames(call, (names) => call.builder.require(...names)),
  },
  expect_table_columns_to_not_contain_set: {
    args: ['column_list', 'transform'],
    table: true,
    counts: 'other',
    carry: (call) =>
      columnNames(call, (names) => call.builder.root('propertyNames', { not: { enum: [...names] } })),
  },
  expect_table_columns_to_match_set: {
    args: ['column_list', 'transform'],
    table: true,
    counts: 'other',
    carry: (call) => columnNames(call, (names) => closed(call, names, false)),
  },
  expect_table_columns_to_match_ordered_list: {
    args: ['column_list', 'transform'],
    table: true,
    counts: 'other',
    carry: (call) => columnNames(call, (names) => closed(call, names, true)),
  },
  expect_table_row_count_to_equal: {
    args: ['value'],
    table: true,
    counts: 'other',
    carry: (call) => rowCount(call, call.args.value, call.args.value, false),
  },
  expect_table_row_count_to_be_between: {
    args: LIMITS,
    table: true,
    counts: 'other',
    carry: (call) => rowCount(call, call.args.min_value, call.args.max_value, call.args.strictly === true),
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
    args: LIMITS,
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
  expect_column_value_lengths_to_be_between: {
    ofRows: true,
    args: LIMITS,
    carry: (call) => lengths(call, call.args.min_value, call.args.max_value, call.args.strictly === true),
  },
  expect_column_value_lengths_to_equal: {
    ofRows: true,
    args: ['value'],
    carry: (call) => lengths(call, call.args.value, call.args.value, false),
  },
  expect_column_values_to_match_regex: {
    ofRows: true,
    args: ['regex', ...REGEX],
    carry: (call) => patterns(call, 'regex', false, python),
  },
  expect_column_values_to_not_match_regex: {
    ofRows: true,
    args: ['regex', ...REGEX],
    carry: (call) => patterns(call, 'regex', true, python),
  },
  expect_column_values_to_match_regex_list: {
    ofRows: true,
    args: ['regex_list', ...REGEX],
    carry: (call) => patterns(call, 'regex_list', false, python),
  },
  expect_column_values_to_not_match_regex_list: {
    ofRows: true,
    args: ['regex_list', ...REGEX],
    carry: (call) => patterns(call, 'regex_list', true, python),
  },
  expect_column_values_to_match_like_pattern: {
    ofRows: true,
    args: ['like_pattern'],
    carry: (call) => patterns(call, 'like_pattern', false, like),
  },
  expect_column_values_to_not_match_like_pattern: {
    ofRows: true,
    args: ['like_pattern'],
    carry: (call) => patterns(call, 'like_pattern', true, like),
  },
  expect_column_values_to_match_like_pattern_list: {
    ofRows: true,
    args: ['like_pattern_list', 'match_on'],
    carry: (call) => patterns(call, 'like_pattern_list', false, like),
  },
  expect_column_values_to_not_match_like_pattern_list: {
    ofRows: true,
    args: ['like_pattern_list', 'match_on'],
    carry: (call) => patterns(call, 'like_pattern_list', true, like),
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
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'distinct', true),
  },
  expect_column_proportion_of_unique_values_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => shares(call),
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
  expect_column_most_common_value_to_be_in_set: {
    args: [...SET, 'top_n', 'data_type', 'strictly'],
    counts: 'other',
    carry: (call) => (Number(call.args.top_n ?? 1) === 1 ? contains(call, 'most-common') : 'top_n'),
  },
  expect_column_mean_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'mean', false),
  },
  expect_column_median_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'median', false),
  },
  expect_column_stdev_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'sd', false),
  },
  expect_column_sum_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'sum', false),
  },
  expect_column_min_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'min-value', false),
  },
  expect_column_max_to_be_between: {
    args: LIMITS,
    counts: 'other',
    carry: (call) => statistic(call, 'max-value', false),
  },
  expect_column_quantile_values_to_be_between: {
    args: [...LIMITS, 'quantile'],
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
  expect_column_pair_values_A_to_be_greater_than_B: {
    ofRows: true,
    args: ['column_A', 'column_B', 'or_equal'],
    table: true,
    carry: (call) => pair(call, call.args.or_equal === true ? '>=' : '>'),
  },
  expect_column_pair_values_to_be_equal: {
    ofRows: true,
    args: ['column_A', 'column_B'],
    table: true,
    carry: (call) => pair(call, '=='),
  },
  expect_column_pair_values_to_be_in_set: {
    ofRows: true,
    args: ['column_A', 'column_B', 'value_pairs_set'],
    table: true,
    carry: (call) => pairsInSet(call),
  },
  expect_compound_columns_to_be_unique: {
    args: ['column_list', 'quote_columns', 'ignore_row_if'],
    table: true,
    counts: 'other',
    carry: (call) => uniqueTogether(call, 'column_list', call.args.ignore_row_if !== 'any_value_is_missing'),
  },
  expect_select_column_values_to_be_unique_within_record: {
    ofRows: true,
    args: ['column_list', 'quote_columns', 'ignore_row_if'],
    table: true,
    counts: 'other',
    carry: differWithin,
  },
};
