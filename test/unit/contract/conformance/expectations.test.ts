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

/** Where the answer differs, because a file is not a frame of pandas; docs/contracts.md says so. */
const DIFFERS = new RegExp(
  [
    // A file does not tell whether its whole numbers are meant as floats, how wide they are, or of what unit times are.
    '_of_type.*"type_":"(float64|float|int32|Int64|INTEGER|object|str|datetime64\\[ns\\])"|_of_type.*"id < 3"',
    '_in_type_list.*"type_list":\\["(str"|datetime64\\[ns\\]",)',
    // A text that spells a number is that number in a set.
    '"value_set":\\["(1|7)"',
    'row_condition":"n == \\\\"2',
    // Booleans are numbers in figures alone, and texts spell them.
    '"column":"on",("value_set":\\[1,0|"value_set":\\["True|"min_value":0,"max_value":1}.*between|"min_value":0,"max_value":1})',
    // Quantiles lie between two values; pandas takes the nearest one.
    '_quantile_.*"quantiles":\\[0\\.(4|6|9|95)\\]',
  ].join('|'),
);
/** What a column of nulls alone cannot answer stays open. */
const UNDEFINED = /^(expect_column_(max|mean|min|sum|proportion_of_unique|most_common)).*"column":"a"/;

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
      const same = accepted === (one.verdict === 'pass');
      const open = checks.filter(({ status, id }) => status === 'inconclusive' && id !== 'contract.rules');
      if (notCarried.length > 0) expect(accepted || one.verdict === 'fail').toBe(true);
      else if (one.file === 'none' && UNDEFINED.test(name)) expect(open).toHaveLength(1);
      else expect([same || DIFFERS.test(name), open]).toEqual([true, []]);
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
