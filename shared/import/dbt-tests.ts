import { ownMember } from '../schema/map.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import type { Builder } from './builder.ts';
import { ACROSS_TESTS, relationship } from './dbt-across.ts';
import { type DbtTestMap, isEmpty } from './dbt-call.ts';
import { FIGURE_TESTS } from './dbt-figures.ts';
import { gradesOf, type Test } from './dbt-grade.ts';
import { TABLE_TESTS } from './dbt-table.ts';
import { TEXT_TESTS } from './dbt-texts.ts';
import { COLUMN_VALUE_TESTS, inSet, notNull, unique } from './dbt-values.ts';
import { bare, isName } from './sql.ts';
import { rowsOfSql } from './sql-condition.ts';

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

const BUILT_IN: DbtTestMap = {
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
const PACKAGES: DbtTestMap = {
  ...COLUMN_VALUE_TESTS,
  ...TEXT_TESTS,
  ...FIGURE_TESTS,
  ...ACROSS_TESTS,
  ...TABLE_TESTS,
};
