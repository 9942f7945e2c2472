import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { ComparisonOperator } from './builder.ts';
import {
  bothOf,
  columnNames,
  type ExpectationCall,
  type ExpectationMap,
  gradeOfValues,
  NO_COLUMNS,
  type NotCarriedReason,
  valuedRows,
} from './gx-call.ts';

const PAIR = ['column_A', 'column_B', 'ignore_row_if'];
const LIST = ['column_list', 'ignore_row_if'];

/** Of several columns of a row. */
export const ACROSS_EXPECTATIONS: ExpectationMap = {
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

/** Two columns; a row in which only one is null fails there, and so does one with two nulls if no row is ignored. */
function expectPair(call: ExpectationCall, operator: ComparisonOperator, ignored: string): NotCarriedReason {
  const {
    column_A: left,
    column_B: right,
    ignore_row_if: rows,
    parse_strings_as_datetimes: parse,
  } = call.args;
  if (typeof left !== 'string' || typeof right !== 'string')
    return call.reading.wrong(`${call.what} names no two columns`, call.path);
  if (parse === true || call.args.allow_cross_type_comparisons === true)
    return 'parse_strings_as_datetimes or comparisons across types';
  const grade = rows === ignored ? gradeOfValues(call, [left, right]) : call.grade;
  call.builder.compare(`${left} ${operator} ${right}`, [left, operator, right], grade);
  if (rows === ignored) return undefined;
  if (call.grade.tolerance !== undefined) {
    const what = `${call.what}: rows with a null in ${left} or ${right} are not compared here`;
    call.builder.nullsDiffer([left, right], what, call.path);
    return undefined;
  }
  const schema = {
    anyOf: [valuedRows([left, right]), ...(ignoresNone(rows) ? [] : [allNull([left, right])])],
  };
  const name = `${call.what}: ${left} and ${right} are not null`;
  call.builder.rule({ name, schema }, [left, right], call.grade);
  return undefined;
}

const ignoresNone = (rows: Json | undefined): boolean => rows === 'never' || rows === 'neither';

const allNull = (columns: readonly string[]): JsonObject => ({
  properties: Object.fromEntries(columns.map((name) => [name, { type: 'null' }])),
});

function expectPairsInSet(call: ExpectationCall): NotCarriedReason {
  const { column_A: left, column_B: right, value_pairs_set: pairs, ignore_row_if: rows } = call.args;
  if (typeof left !== 'string' || typeof right !== 'string')
    return call.reading.wrong(`${call.what} names no two columns`, call.path);
  if (!Array.isArray(pairs) || !pairs.every((one) => Array.isArray(one) && one.length === 2)) {
    return 'value_pairs_set is not a list of pairs';
  }
  const list = pairs as readonly (readonly [Json, Json])[];
  const ignored = ignoresNone(rows)
    ? []
    : rows === 'either_value_is_missing'
      ? [allNull([left]), allNull([right])]
      : [allNull([left, right])];
  const anyOf = list.map(([a, b]) => ({ properties: { [left]: { const: a }, [right]: { const: b } } }));
  call.builder.column(left).hintFrom(list.map(([a]) => a));
  call.builder.column(right).hintFrom(list.map(([, b]) => b));
  const grade = rows === 'either_value_is_missing' ? gradeOfValues(call, [left, right]) : call.grade;
  const schema = { anyOf: [...anyOf, ...ignored] };
  call.builder.rule({ name: `${call.what} ${left}, ${right}`, schema }, [left, right], grade);
  return undefined;
}

function multicolumnSum(call: ExpectationCall): NotCarriedReason {
  const { sum_total: total, ignore_row_if: rows } = call.args;
  const columns = columnNames(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  if (typeof total !== 'number') return 'sum_total is not a number';
  if (new Set(columns).size < columns.length) return 'it names a column twice';
  const grade = rows === 'any_value_is_missing' ? gradeOfValues(call, columns) : call.grade;
  call.builder.rule({ name: call.what, sum: [...columns], equals: total }, columns, grade);
  if (rows !== 'any_value_is_missing') {
    call.builder.nullsDiffer(columns, `${call.what}: sums with nulls are those of this tool`, call.path);
  }
  return undefined;
}

function compoundUnique(call: ExpectationCall): NotCarriedReason {
  const columns = columnNames(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  call.builder.unique(columns, call.grade);
  if (call.args.ignore_row_if !== 'any_value_is_missing') {
    call.builder.nullsDiffer(
      columns,
      `${call.what}: rows with a null in one of ${columns.join(', ')} are not compared here`,
      call.path,
    );
  }
  return undefined;
}

/** A row's values differ from each other; nulls are equal there, and a row of nulls alone is left out by default. */
function uniqueWithinRecord(call: ExpectationCall): NotCarriedReason {
  const columns = columnNames(call, 'column_list');
  if (columns.length === 0) return NO_COLUMNS;
  // Each pair by itself: a row may break several, which one allowance cannot count together.
  if (call.grade.tolerance !== undefined && columns.length > 2)
    return 'mostly: the expectation is not carried over';
  const rows = call.args.ignore_row_if;
  const none = ignoresNone(rows);
  const grade =
    rows === 'any_value_is_missing' || call.grade.tolerance === undefined
      ? gradeOfValues(call, columns)
      : { ...call.grade, ...(none ? {} : { when: bothOf(call.grade.when, { not: allNull(columns) }) }) };
  columns.forEach((left, index) => {
    for (const right of columns.slice(index + 1)) {
      call.builder.compare(`${left} differs from ${right}`, [left, '!=', right], grade);
    }
  });
  if (rows === 'any_value_is_missing' || (columns.length < 3 && !none)) return undefined;
  if (call.grade.tolerance !== undefined) {
    call.builder.nullsDiffer(columns, `${call.what}: pairs with a null are not compared here`, call.path);
    return undefined;
  }
  const rest = columns.map((left) => valuedRows(columns.filter((name) => name !== left)));
  const schema = { anyOf: none ? rest : [...rest, allNull(columns)] };
  call.builder.rule({ name: `${call.what}: at most one null`, schema }, columns, call.grade);
  return undefined;
}
