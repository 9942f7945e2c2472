import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { acceptedRows, judged } from './support.ts';

interface Rule {
  /** The section that says it: of Core or Validation 2020-12, or of draft-07. */
  readonly rule: string;
  readonly schema: unknown;
  readonly instances: readonly { readonly row: string; readonly valid: boolean }[];
}

interface Format {
  readonly format: string;
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

const { rows, formats } = JSON.parse(readFileSync('test/fixtures/conformance/json-schema.json', 'utf8')) as {
  readonly rows: readonly Rule[];
  readonly formats: readonly Format[];
};

describe('JSON Schema', () => {
  test.each(rows)('$rule', async ({ schema, instances }) => {
    const accepted = await acceptedRows(
      schema,
      instances.map(({ row }) => row),
    );
    expect(instances.map(({ row }, index) => ({ row, valid: accepted[index] }))).toEqual(instances);
  });
});

const of = (value: unknown, more: object = {}) => ({ type: 'object', properties: { v: value }, ...more });

test.each(formats)('the format $format', async ({ format, valid, invalid }) => {
  // By the judge of plain contracts, and by the one of those that compose rules.
  for (const schema of [
    of({ format }),
    { ...of({ format }), anyOf: [true] },
    of({ format }, { unevaluatedProperties: true }),
  ]) {
    const texts = [...valid, ...invalid];
    const answers = await acceptedRows(
      schema,
      texts.map((text) => JSON.stringify({ v: text })),
    );
    expect(texts.filter((_, index) => answers[index])).toEqual(valid);
  }
});

test.each([
  ['another document', { $ref: 'https://example.org/other.json' }, /is of another document/],
  ['a file beside it', { $ref: 'other.json#/a' }, /is of another document/],
  [
    'another document from a nested name',
    { $id: 'https://example.org/a', unevaluatedProperties: false, $ref: 'b' },
    /https:\/\/example.org\/b\\?" is of another document/,
  ],
  ['nothing', { $ref: '#/$defs/none' }, /leads nowhere/],
  ['nothing, beside $dynamicRef', { $dynamicRef: '#none' }, /leads nowhere/],
  ['a metaschema of its own', { $schema: 'https://example.org/meta' }, /is not read/],
  ['itself', { $ref: '#', unevaluatedProperties: false }, /without end/],
  [
    'itself, of a row that breaks another rule',
    { properties: { a: { type: 'null' } }, $ref: '#' },
    /without end/,
  ],
])('a schema that refers to %s is refused', async (_what, schema, message) => {
  await expect(acceptedRows(schema, ['{"a":1}'])).rejects.toThrow(message);
});

test.each(['3', '[1]', '"x"', 'null'])('the row %s is not an object, and told with its line', async (row) => {
  await expect(acceptedRows(true, ['{"a":1}', row])).resolves.toEqual([true, false]);
});

test('a format that is not known is told, as it checks nothing', async () => {
  const { checks } = await judged(JSON.stringify(of({ format: 'emial' })), 'a.jsonl', '{"v":"x"}\n');
  expect(checks.filter(({ id }) => id === 'contract.keyword')).toMatchObject([
    {
      status: 'warn',
      message: expect.stringContaining('has no format "emial"'),
      fix: 'did you mean email?',
    },
  ]);
});
