import { countRange, statisticRange } from './bounds.ts';
import {
  columnNames,
  type ExpectationCall,
  type ExpectationMap,
  ifCritical,
  LIMIT_ARGS,
  limitsOf,
  NO_COLUMNS,
  NO_NUMBERS,
  type NotCarriedReason,
} from './gx-call.ts';

/** Of the table: its columns and how many rows it has. */
export const TABLE_EXPECTATIONS: ExpectationMap = {
  expect_column_to_exist: {
    args: ['column_index'],
    carry: (call) => {
      if (call.args.column_index !== undefined) call.reading.lost(`${call.what}: column_index`, call.path);
      return ifCritical(call, () => call.builder.require(call.column));
    },
  },
  expect_table_row_count_to_equal: {
    args: ['value'],
    table: true,
    carry: (call) => expectRowCount(call, call.args.value, call.args.value),
  },
  expect_table_row_count_to_be_between: {
    args: LIMIT_ARGS,
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
      call.args.column_list === undefined
        ? undefined
        : expectColumns(call, columnNames(call, 'column_list'), true),
  },
  expect_table_columns_to_match_set: {
    args: ['column_set', 'exact_match'],
    table: true,
    carry: (call) => {
      const columns = columnNames(call, 'column_set');
      if (call.args.exact_match === false) return ifCritical(call, () => call.builder.require(...columns));
      return expectColumns(call, columns, false);
    },
  },
};

function expectRowCount(call: ExpectationCall, min: unknown, max: unknown): NotCarriedReason {
  if (min === undefined && max === undefined) return undefined;
  const { strictMin, strictMax } = limitsOf(call.args);
  const found = countRange({ min, max, strictMin, strictMax });
  if (found === undefined) return NO_NUMBERS;
  if (found === 'none') return 'no count is within its limits';
  if (call.grade.tolerance !== undefined) return ifCritical(call, () => {});
  const carried = call.builder.rows(found, call.grade.severity);
  return carried ? undefined : 'a row count of another severity is there already';
}

function expectColumnCount(call: ExpectationCall, min: unknown, max: unknown): NotCarriedReason {
  if (min === undefined && max === undefined) return undefined;
  const found = statisticRange({ min, max }, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return NO_NUMBERS;
  return ifCritical(call, () => {
    if (found.min !== undefined) call.builder.root('minProperties', Math.max(0, found.min));
    if (found.max !== undefined) call.builder.root('maxProperties', Math.max(0, found.max));
  });
}

function expectColumns(
  call: ExpectationCall,
  columns: readonly string[],
  ordered: boolean,
): NotCarriedReason {
  if (columns.length === 0) return NO_COLUMNS;
  return ifCritical(call, () => {
    call.builder.require(...columns);
    call.builder.close(columns);
    if (ordered) call.builder.order(columns);
  });
}
