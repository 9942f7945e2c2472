import { ownMember } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { columnList, type DbtTestMap, isEmpty, type TestCall } from './dbt-call.ts';
import { referredModel } from './dbt-grade.ts';
import { literalOf } from './dbt-values.ts';
import { bare, carryExpression } from './sql.ts';

/** Of several columns of a row, and of other tables. */
export const ACROSS_TESTS: DbtTestMap = {
  relationships_where: { args: ['to', 'field', 'from_condition', 'to_condition'], carry: relationship },
  unique_combination_of_columns: {
    args: ['combination_of_columns', 'quote_columns'],
    counts: 'other',
    table: true,
    carry: (call) => uniqueTogether(call, 'combination_of_columns', true),
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

function uniqueTogether(call: TestCall, key: string, nullsCompared: boolean): undefined {
  const columns = columnList(call, key);
  call.builder.unique(columns, call.grade);
  if (nullsCompared && columns.length > 0) {
    const what = `${call.test.what}: rows with a null in one of ${columns.join(', ')} are not compared here`;
    call.builder.nullsDiffer(columns, what, call.test.path);
  }
}

export function relationship(call: TestCall): string | undefined {
  const { builder, reading, args, column, grade } = call;
  const conditions = [args.from_condition, args.to_condition];
  if (conditions.some((one) => !isEmpty(one) && String(one).replaceAll(' ', '') !== '1=1')) {
    return 'its conditions are SQL: the test is not carried over';
  }
  if (typeof args.to !== 'string') return '`to` is missing';
  const field = bare(String(args.field ?? column));
  const model = referredModel(args.to);
  const file = ownMember(reading.options.files ?? {}, model);
  if (file === undefined) {
    return `the file of ${model} is not known: the test is not carried over`;
  }
  builder.foreignKey([column], file, [field], grade);
  return undefined;
}

function pair(call: TestCall, operator: '>' | '>=' | '=='): undefined {
  const { builder, args, grade } = call;
  const [left, right] = [bare(String(args.column_A)), bare(String(args.column_B))];
  builder.compare(`${left} ${operator} ${right}`, [left, operator, right], grade);
  return undefined;
}

/** A pair is a match if neither side differs: a null differs from nothing. */
function pairsInSet(call: TestCall): string | undefined {
  const { column_A, column_B, value_pairs_set: pairs } = call.args;
  const [left, right] = [bare(String(column_A)), bare(String(column_B))];
  if (!Array.isArray(pairs) || !pairs.every((one) => Array.isArray(one) && one.length === 2)) {
    return 'value_pairs_set is not a list of pairs';
  }
  const values = (pairs as readonly (readonly [unknown, unknown])[]).flatMap(([a, b]): [Json, Json][] => {
    const [first, second] = [literalOf(a), literalOf(b)];
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
  if (values.length < pairs.length) return 'value_pairs_set holds an expression of SQL';
  const anyOf = values.map(([a, b]) => ({
    properties: { [left]: { enum: [a, null] }, [right]: { enum: [b, null] } },
  }));
  call.builder.column(left).hintFrom(values.map(([a]) => a));
  call.builder.column(right).hintFrom(values.map(([, b]) => b));
  const rule = { name: `${call.test.what} of ${left}, ${right}`, schema: { anyOf } };
  call.builder.rule(rule, [left, right], call.grade);
  return undefined;
}

function differWithin(call: TestCall): undefined {
  const { builder, test, args, grade } = call;
  const columns = columnList(call, 'column_list');
  columns.forEach((left, index) => {
    for (const right of columns.slice(index + 1)) {
      builder.compare(`${left} differs from ${right}`, [left, '!=', right], grade);
    }
  });
  if (args.ignore_row_if !== 'any_value_is_missing') {
    const what = `${test.what}: rows with a null in one of ${columns.join(', ')} are not compared here`;
    builder.nullsDiffer(columns, what, test.path);
  }
}
