import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { judged } from './support.ts';

interface Case {
  readonly verdict: 'pass' | 'fail';
  readonly column: string | null;
  readonly test: unknown;
}

const { table, parents, cases } = JSON.parse(
  readFileSync('test/fixtures/conformance/dbt-packages.json', 'utf8'),
) as { readonly table: string; readonly parents: string; readonly cases: readonly Case[] };

function schemaOf({ column, test: one }: Case): string {
  const tests = { data_tests: [one] };
  const model = column === null ? tests : { columns: [{ name: column, ...tests }] };
  return JSON.stringify({ version: 2, models: [{ name: 'm', ...model }] });
}

const named = cases.map((one) => [`${one.column}: ${JSON.stringify(one.test)}`, one] as const);

/** Another column as a limit, other SQL, and columns together whose nulls are compared there. */
const TOLD =
  /"min_value":"c"| or |\* 2|unique_combination|compound_columns_to_be_unique":\{"column_list":\[[^\]]*\]\}|within_record":\{"column_list":\[[^\]]*\]\}/;

test.each(named)('%s', async (name, one) => {
  const { checks, failed, notCarried } = await judged(schemaOf(one), 't.csv', table, { parents });
  expect(notCarried.length > 0).toBe(TOLD.test(name));
  // A limit that everything keeps is not a rule; any other verdict is one.
  const open = checks.filter(({ status, id }) => status === 'inconclusive' && id !== 'contract.rules');
  expect(open).toEqual([]);
  if (notCarried.length === 0) expect(failed.length > 0 ? 'fail' : 'pass').toBe(one.verdict);
  else if (failed.length > 0) expect(one.verdict).toBe('fail');
});
