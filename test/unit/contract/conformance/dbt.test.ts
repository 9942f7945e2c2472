import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { judged } from './support.ts';

interface Case {
  /** What `dbt test` says; `none` if the test is switched off. */
  readonly verdict: 'pass' | 'warn' | 'fail' | 'none' | 'error';
  readonly schema: { readonly models: readonly { readonly columns?: readonly object[] }[] };
}

const { table, parents, cases } = JSON.parse(readFileSync('test/fixtures/conformance/dbt.json', 'utf8')) as {
  readonly table: string;
  readonly parents: string;
  readonly cases: readonly Case[];
};

const named = cases.map((one) => [JSON.stringify(one.schema.models[0]), one] as const);

test.each(named)('%s', async (_name, { verdict, schema }) => {
  for (const contract of [
    JSON.stringify(schema),
    JSON.stringify(schema).replaceAll('"data_tests"', '"tests"'),
  ]) {
    const { checks, failed, notCarried } = await judged(contract, 'v.csv', table, { parents });
    // Columns that no test names are only warned of, which dbt does not.
    const warned = checks.filter(({ id, status }) => status === 'warn' && id !== 'column.unknown');
    const ours = failed.length > 0 ? 'fail' : warned.length > 0 ? 'warn' : 'pass';
    if (notCarried.length > 0) expect(ours).toBe('pass');
    else expect(ours).toBe(verdict === 'none' ? 'pass' : verdict);
  }
});

test('only SQL and limits that are not upper ones are left out', async () => {
  for (const [name, { schema }] of named) {
    const { notCarried } = await judged(JSON.stringify(schema), 'v.csv', table, { parents });
    const expected =
      /"where":"(b"|not b|id %|lower|s like|n > id|id = 1 and|id > 0 --)|"(unique|relationships)":\{.*"where"|"fail_calc":"count\(\*\) - 2"|"error_if":"[=<]|"limit":1,"error_if"|"unique":\{("config":\{)?"error_if"|\|\|/;
    expect([name, notCarried.length > 0]).toEqual([name, expected.test(name)]);
  }
});
