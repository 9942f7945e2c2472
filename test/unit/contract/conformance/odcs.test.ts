import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { judged } from './support.ts';

interface Case {
  /** What datacontract-cli says; `error` if it could not evaluate one of its checks. */
  readonly verdict: 'passed' | 'warning' | 'failed' | 'error';
  /** The property that has the members; null if the object has them. */
  readonly column: string | null;
  readonly members: Readonly<Record<string, unknown>>;
  readonly version: string;
}

const { table, parents, types, cases } = JSON.parse(
  readFileSync('test/fixtures/conformance/odcs.json', 'utf8'),
) as {
  readonly table: string;
  readonly parents: string;
  readonly types: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
};

function contractOf({ column, members, version }: Case): string {
  const properties = Object.entries(types).map(([name, logicalType]) => ({
    name,
    logicalType,
    ...(name === column ? members : {}),
  }));
  const object = { name: 't', properties, ...(column === null ? members : {}) };
  const other = { name: 'parents', properties: [{ name: 'code' }, { name: 'name' }] };
  return JSON.stringify({ apiVersion: version, kind: 'DataContract', schema: [object, other] });
}

/** Where the tool stumbles over its own query, what the text says instead. */
const BY_TEXT: Readonly<Record<string, string>> = {
  '{"exclusiveMinimum":-1.5,"exclusiveMaximum":10.5}': 'passed',
  '{"minimum":-5,"exclusiveMinimum":-1}': 'failed',
  '{"format":"yyyy-MM-dd","minimum":"2023-01-01","exclusiveMinimum":"2024-01-01"}': 'failed',
};
/** No one range of rows; broken rows are asked for. */
const TOLD = /"mustNotBe":[1-9]|"mustNotBeBetween":\[1|"invalidValues".*"mustBeGreaterThan"/;

const named = cases.map(
  (one) => [`${one.version} ${one.column}: ${JSON.stringify(one.members)}`, one] as const,
);

test.each(named)('%s', async (name, one) => {
  const { checks, failed, notCarried } = await judged(contractOf(one), 't.csv', table, { parents }, 't');
  const warned = checks.some(({ status }) => status === 'warn');
  const ours = failed.length > 0 ? 'failed' : warned ? 'warning' : 'passed';
  expect(notCarried.length > 0).toBe(TOLD.test(name));
  if (notCarried.length > 0) expect(ours).toBe('passed');
  else if (one.verdict !== 'error') expect(ours).toBe(one.verdict);
  else expect(ours).toBe(BY_TEXT[JSON.stringify(one.members.logicalTypeOptions)]);
});
