import { countRange, statisticRange } from './bounds.ts';
import { columnList, type DbtTestMap, firm, isEmpty, TEST_LIMITS, type TestCall } from './dbt-call.ts';
import { ageOf } from './numbers.ts';
import { bare, isName } from './sql.ts';

/** Of the table: its columns, how many rows it has and how old they are. */
export const TABLE_TESTS: DbtTestMap = {
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
    args: TEST_LIMITS,
    table: true,
    counts: 'other',
    carry: (call) => rowCount(call, call.args.min_value, call.args.max_value, call.args.strictly === true),
  },
};

function rowCount(call: TestCall, min: unknown, max: unknown, strict: boolean): string | undefined {
  const found = countRange({ min, max, strictMin: strict, strictMax: strict });
  if (found === undefined) return 'its limits are not numbers';
  if (found === 'none') return 'no count is within its limits';
  if (call.grade.tolerance !== undefined) return firm(call, () => {});
  const carried = call.builder.rows(found, call.grade.severity);
  return carried ? undefined : 'a row count of another severity is there already';
}

function columnCount(call: TestCall, min: unknown, max: unknown): string | undefined {
  const found = statisticRange({ min, max }, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return 'its limits are not numbers';
  return firm(call, () => {
    if (found.min !== undefined) call.builder.root('minProperties', Math.max(0, found.min));
    if (found.max !== undefined) call.builder.root('maxProperties', Math.max(0, found.max));
  });
}

function columnNames(call: TestCall, carry: (names: readonly string[]) => void): string | undefined {
  const { transform } = call.args;
  if (transform !== undefined && transform !== null) {
    return `transform ${JSON.stringify(transform)}: names are compared as they are written here`;
  }
  const names = columnList(call, 'column_list');
  return firm(call, () => carry(names));
}

function closed({ builder }: TestCall, names: readonly string[], ordered: boolean): void {
  builder.require(...names);
  builder.close(names);
  if (ordered) builder.order(names);
}

function recent(call: TestCall, column: unknown, interval: unknown): string | undefined {
  const age = ageOf(Number(interval), String(call.args.datepart));
  if (age === undefined || typeof column !== 'string' || !isName(column)) {
    return 'its column, datepart or interval cannot be read here';
  }
  if (call.grade.tolerance !== undefined) return firm(call, () => {});
  const carried = call.builder.freshness(bare(column), age, call.grade.severity);
  return carried ? undefined : 'one freshness is there already';
}
