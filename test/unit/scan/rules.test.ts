import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Contract, parseContract } from '../../../shared/contract/contract.ts';
import { sourceOf } from '../read/sources.ts';
import { agree, Turns } from './oracle.ts';

const PROPERTIES = `
  n: {type: [integer, 'null'], minimum: 0, maximum: 50, x-ml-loop: {drift: false, tolerance: 1}}
  m: {type: [integer, 'null'], x-ml-loop: {increasing: true}}
  x: {type: [number, 'null'], minimum: -1.5, x-ml-loop: {severity: warn, mean: {min: 0}, quantiles: {'0.3': {max: 10}}, sum: {max: 20}}}
  c: {type: [string, 'null'], enum: [a, b, null], x-ml-loop: {keywords: {enum: {tolerance: 20%}}, contains: [a, b], distinct: {min: 2}}}
  d: {type: [string, 'null'], format: date-time, x-ml-loop: {decreasing: strict, nulls: {max: 25%}}}
  e: {x-ml-loop: {most-common: [1, a], contains: [1]}}
`;
const contract = (own: string): Contract =>
  parseContract(`type: object\nproperties:${PROPERTIES}x-ml-loop: ${own}\n`, 'c.yml');
const COLUMN_WISE = [
  '{}',
  '{severity: warn}',
  '{tolerance: 2, key: [n]}',
  '{tolerance: 30%, freshness: {column: d, max-age: 2d}}',
  '{columns: {order: true}, freshness: {column: e, max-age: 1d}, rows: {min: 2}}',
].map(contract);

const BY_KEYS = [
  '{key: [n], unique: [[x], [c, d]]}',
  '{tolerance: 1, unique: [[n], [m], [e]], foreign-keys: [{columns: [n], file: others.csv, references: [id]}]}',
  '{foreign-keys: [{columns: [c, x], file: others.csv, references: [c, x]}, {columns: [e], file: others.csv, references: [c]}]}',
  '{key: [m], foreign-keys: [{columns: [n], file: others.jsonl, references: [id]}, {columns: [c], file: others.jsonl, references: [c]}]}',
].map(contract);
const BY_ROWS = [
  '{rules: [{compare: [n, "<=", m], name: a}, {compare: [d, "!=", e], tolerance: 1}, {compare: [x, ">", e], severity: warn}]}',
  '{rules: [{sum: [n, m], equals: x}, {sum: [n, e], equals: 3}], key: [d]}',
  '{rules: [{schema: {if: {properties: {c: {const: a}}, required: [c]}, then: {properties: {n: {minimum: 3}}}}}, {schema: {required: [m]}}], unique: [[n]]}',
  '{rules: [{schema: {minProperties: 3}}, {schema: {not: {properties: {e: {type: number}}, required: [e]}}}]}',
].map(contract);

const composed = (body: string): Contract => parseContract(body, 'c.yml');
const COMPOSED = [
  'properties: {n: {anyOf: [{type: integer, minimum: 0}, {type: "null"}]}, c: {$ref: "#/$defs/c"}, d: {allOf: [{type: [string, "null"]}]}}\n$defs: {c: {enum: [a, b, null]}}',
  'properties: {n: {oneOf: [{type: integer}, {type: number, minimum: 2}]}, x: {not: {const: 1}}, e: {type: [string, array], items: {type: integer}}}\nrequired: [n]',
  'if: {properties: {c: {const: a}}, required: [c]}\nthen: {properties: {n: {minimum: 3}}, required: [m]}\nelse: {properties: {e: {type: number}}}\nproperties: {n: {type: [number, "null"]}}',
  'patternProperties: {"^[nm]$": {type: [number, "null"], maximum: 40}, "^n": {minimum: 1}}\nadditionalProperties: {maxLength: 1}',
  'properties: {n: {type: number}}\npatternProperties: {"^m": {}}\nadditionalProperties: false\ndependentRequired: {n: [m]}\nminProperties: 2',
  'properties: {n: {type: [number, "null"]}}\nallOf: [{properties: {c: {enum: [a, 1, null]}}, required: [c]}]\nunevaluatedProperties: false',
  'anyOf: [{properties: {n: {type: integer}}, required: [n]}, {properties: {x: {minimum: 1}}, required: [x]}]\nx-ml-loop: {tolerance: 2, key: [n]}',
  '$ref: "#/$defs/row"\n$defs: {row: {properties: {n: {type: integer}, c: {pattern: "^[ab]+$"}}, propertyNames: {maxLength: 1}}}',
].map(composed);

const value = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'a',
    'b',
    'c',
    'true',
    '"[1,2]"',
    '"[""x""]"',
    '0',
    '1',
    '2',
    '51',
    '-1',
    '1.5',
    '1.0',
    ' 3',
    '1e2',
    '2.50',
  ),
  fc.constantFrom(
    '2026-01-30',
    '2026-01-31T10:00:00Z',
    '2026-01-31T10:00:00.000001Z',
    '2026-03-01T00:00:00Z',
  ),
  fc.integer({ min: -2, max: 60 }).map(String),
);
const NAMES = ['n', 'm', 'x', 'c', 'd', 'e'];
interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
const table: fc.Arbitrary<Table> = fc
  .shuffledSubarray(NAMES, { minLength: 1 })
  .chain((names) =>
    fc
      .array(fc.array(value, { minLength: names.length, maxLength: names.length }), { maxLength: 14 })
      .map((rows) => ({ names, rows })),
  );
const csvOf = ({ names, rows }: Table): string =>
  [names, ...rows].map((row) => `${row.join(',')}\n`).join('');

/** Values as JSON has them: numbers where a text spells one, and left out for every other empty field. */
const jsonOf = ({ names, rows }: Table): string =>
  rows
    .map((row, index) => {
      const record: Record<string, unknown> = {};
      for (const [i, name] of names.entries()) {
        const text = row[i] ?? '';
        const number = text === '' ? Number.NaN : Number(text);
        if (text !== '') record[name] = Number.isNaN(number) ? text : number;
        else if (index % 2 === 1) record[name] = null;
      }
      return `${JSON.stringify(record)}\n`;
    })
    .join('');

describe.each([
  ['column by column', COLUMN_WISE],
  ['by keys', BY_KEYS],
  ['by rows', BY_ROWS],
  ['by schemas within schemas', COMPOSED],
] as const)('contracts with rules that are judged %s', (_how, contracts) => {
  const anyContract = fc.constantFrom(...contracts);
  const ordered = contracts !== COMPOSED;

  test('tell of CSV what rows read as objects tell', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 3 }),
        anyContract,
        fc.constantFrom('show' as const, 'hide' as const),
        fc.integer({ min: 1, max: 40 }),
        async (tables, own, samples, chunk) => {
          const sources = tables.map((one, i) => sourceOf(`${i}.csv`, csvOf(one), chunk));
          await agree(sources, { contract: own, samples, ordered });
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  test('tell of JSON Lines what rows read as objects tell', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 2 }),
        anyContract,
        fc.integer({ min: 1, max: 40 }),
        async (tables, own, chunk) => {
          const sources = tables.map((one, i) => sourceOf(`${i}.jsonl`, jsonOf(one), chunk));
          await agree(sources, { contract: own, ordered });
        },
      ),
      { numRuns: 30, seed: 2 },
    );
  });

  test('tell the same of files that are split', async () => {
    const before = Turns.parts;
    await fc.assert(
      fc.asyncProperty(table, anyContract, fc.integer({ min: 2, max: 5 }), async (one, own, parts) => {
        await agree(
          [sourceOf('a.csv', csvOf(one))],
          { contract: own, ordered },
          { threads: new Turns(parts, csvOf(one)) },
        );
        const json = jsonOf(one);
        await agree(
          [sourceOf('a.jsonl', json)],
          { contract: own, ordered },
          { threads: new Turns(parts, json) },
        );
      }),
      { numRuns: 30, seed: 3 },
    );
    expect(Turns.parts).toBeGreaterThan(before + 20);
  });
});

test('blocks cut at every byte give the same', async () => {
  const text = csvOf({
    names: ['n', 'm', 'd', 'x'],
    rows: [
      ['1', '5', '2026-01-31T10:00:00Z', '1'],
      ['99', '4', '2026-01-30T10:00:00Z', ''],
      ['', '6', '2026-02-30', '"-7"'],
      ['x', '', '2026-01-31T10:00:00Z', '2.5'],
    ],
  });
  for (const own of [COLUMN_WISE[2], BY_KEYS[0], BY_ROWS[0]])
    for (let chunk = 1; chunk <= text.length; chunk++)
      await agree([sourceOf('a.csv', text, chunk)], { contract: own });
});
