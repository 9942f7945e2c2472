import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readContract } from '../../../../shared/contract/read.ts';
import { judged } from './support.ts';

interface Case {
  readonly file: string;
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What Great Expectations says: `error` if it cannot tell. */
  readonly verdict: 'pass' | 'fail' | 'error';
  /** The expectation as it writes it into a suite. */
  readonly written: object;
}

const { files, cases } = JSON.parse(readFileSync('test/fixtures/conformance/expectations.json', 'utf8')) as {
  readonly files: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
};

/** A file does not tell whether its whole numbers are meant as floats. */
const FLOATS = 'expect_column_values_to_be_of_type{"column":"i","type_":"float64"}';

const FORMS: Readonly<Record<string, (one: Case) => object>> = {
  '1.x': ({ written }) => ({
    name: 's',
    expectations: [written],
    meta: { great_expectations_version: '1.5.0' },
  }),
  '0.x': ({ type, kwargs }) => ({
    expectation_suite_name: 's',
    data_asset_type: null,
    expectations: [{ expectation_type: type, kwargs, meta: {} }],
  }),
};

describe.each(Object.entries(FORMS))('suites of %s', (_form, suite) => {
  const told = cases.filter(({ verdict }) => verdict !== 'error');
  test.each(told.map((one) => [`${one.type}${JSON.stringify(one.kwargs)}`, one] as const))(
    '%s',
    async (name, one) => {
      const { accepted, notCarried, checks } = await judged(
        JSON.stringify(suite(one)),
        'v.csv',
        files[one.file] ?? '',
      );
      // What is not carried is said, and then nothing fails that does not there.
      if (notCarried.length > 0) expect(accepted || one.verdict === 'fail').toBe(true);
      else expect(accepted).toBe(one.verdict === 'pass' || name === FLOATS);
      if (notCarried.length === 0)
        expect(checks.filter(({ status }) => status === 'inconclusive')).toEqual([]);
    },
  );

  test('most are carried', async () => {
    const carried = await Promise.all(
      told.map(
        async (one) => (await readContract(JSON.stringify(suite(one)), 's.json')).imported?.notCarried,
      ),
    );
    expect(carried.filter((lost) => lost?.length === 0).length).toBeGreaterThan(0.8 * told.length);
  });
});
