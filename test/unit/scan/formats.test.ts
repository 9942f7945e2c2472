/** One table in each format is one table: profile, checks and what is found of rows are the same. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { isoText } from '../../../shared/inputs/instant.ts';
import { integrityFindings } from '../../../shared/integrity/findings.ts';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import type { Check } from '../../../shared/verdict/verdict.ts';
import { sourceOf } from '../read/sources.ts';
import { MemorySpill } from './oracle.ts';
import { parquetOf, type WrittenColumn } from './parquet-writer.ts';

const NOW = new Date('2026-02-01T00:00:00Z');
const CONTRACTS = [
  undefined,
  parseContract(
    `
type: object
required: [id, n]
properties:
  id: {type: integer, minimum: -5}
  n: {type: [integer, 'null'], maximum: 50, x-ml-loop: {mean: {min: 3}, increasing: true, distinct: {max: 4}}}
  x: {type: [number, 'null'], minimum: -10, x-ml-loop: {nulls: {max: 20%}, quantiles: {'0.5': {min: 0}}}}
  b: {enum: [true, null]}
  t: {type: string, pattern: '^[a-zé]', maxLength: 4, x-ml-loop: {contains: [ab], most-common: [ab, q]}}
  d: {format: date, formatMinimum: '2024-02-01'}
  at: {type: [string, 'null'], format: date-time}
additionalProperties: false
x-ml-loop:
  key: [id]
  unique: [[n, t]]
  rows: {min: 3}
  freshness: {column: at, max-age: 30d}
  rules:
    - {name: order, compare: [n, '<=', x], tolerance: 10%}
    - {name: times, compare: [d, '<', at]}
    - {name: shape, schema: {anyOf: [{properties: {b: {const: true}}}, {properties: {t: {minLength: 3}}}]}, severity: warn}
`,
    'c.yml',
  ),
];

const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { freq: 4 });
const row = fc.record({
  id: fc.integer({ min: -9, max: 9 }),
  n: orNull(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 50, 51))),
  x: orNull(
    fc.oneof(
      fc.integer({ min: -20, max: 20 }).map((tenths) => tenths / 4),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0)),
    ),
  ),
  b: orNull(fc.boolean()),
  t: orNull(fc.constantFrom('ab', 'ab', 'q', 'é😀', 'a,b', 'say "x"', 'l\nm', ' q', 'Zebra', 'abcde')),
  d: orNull(fc.integer({ min: 19_700, max: 19_800 })),
  at: orNull(
    fc
      .integer({ min: 0, max: 3e6 })
      .map((ms) => BigInt(1_767_000_000_000 + ms * 1000) * 1000n + BigInt(ms % 7)),
  ),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

const dayOf = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);
const timeOf = (us: bigint) => isoText({ ms: Number(us / 1000n), ns: Number(us % 1000n) * 1000 });
/** As a number is written whose column holds real ones. */
const realOf = (x: number) => (/[.e]/.test(String(x)) ? String(x) : `${x}.0`);

function literals({ id, n, x, b, t, d, at }: Row): readonly (string | null)[] {
  const text = (value: string | null) => value && JSON.stringify(value);
  return [
    ...[
      String(id),
      n === null ? null : String(n),
      x === null ? null : realOf(x),
      b === null ? null : String(b),
    ],
    ...[text(t), text(d === null ? null : dayOf(d)), text(at === null ? null : timeOf(at))],
  ];
}
const NAMES = ['id', 'n', 'x', 'b', 't', 'd', 'at'];

const jsonlOf = (rows: readonly Row[]): string =>
  rows
    .map(
      (one) =>
        `{${literals(one)
          .map((value, i) => `"${NAMES[i]}":${value ?? 'null'}`)
          .join(',')}}\n`,
    )
    .join('');

const csvOf = (rows: readonly Row[]): string => {
  const field = (value: string | null) => {
    if (value === null) return '';
    return value.startsWith('"') ? `"${String(JSON.parse(value)).replaceAll('"', '""')}"` : value;
  };
  return [NAMES, ...rows.map((one) => literals(one).map(field))]
    .map((fields) => `${fields.join(',')}\n`)
    .join('');
};

function parquet(rows: readonly Row[], how: Partial<WrittenColumn>): Buffer {
  const column = (
    name: keyof Row,
    more: Pick<WrittenColumn, 'type'> & Partial<WrittenColumn>,
  ): WrittenColumn => ({
    ...how,
    ...more,
    name,
    values: rows.map((one) =>
      more.type === 'BYTE_ARRAY' && one[name] !== null ? Buffer.from(String(one[name])) : one[name],
    ),
  });
  return parquetOf(
    [
      { ...column('id', { type: 'INT64' }), values: rows.map(({ id }) => BigInt(id)) },
      column('n', { type: 'INT32' }),
      column('x', { type: 'DOUBLE' }),
      column('b', { type: 'BOOLEAN', dictionary: false }),
      column('t', { type: 'BYTE_ARRAY', converted: 0 }),
      column('d', { type: 'INT32', converted: 6 }),
      column('at', { type: 'INT64', timestamp: { utc: true, unit: 2 } }),
    ],
    4,
    3,
  );
}

/** What of a check does not say where in the file: lines are of texts, and rows of Parquet. */
const placeless = ({ id, status, target, observed, expected, message }: Check) => ({
  ...{ id, status, target, observed, expected },
  message: message.replaceAll(/\b(lines?|rows?) [\d ,and]+/g, 'places '),
});

async function told(source: ByteSource, contract: (typeof CONTRACTS)[number]) {
  const options = { samples: 'show', maxLocations: 5, label: 'b', timestamp: 'at', now: NOW } as const;
  const { profiled, checked, integrity } = await scanTables([source], {
    ...{ contract, maxLocations: 5, samples: 'show', now: NOW, integrity: options, spill: new MemorySpill() },
  });
  const { columns, ...profile } = JSON.parse(JSON.stringify(profiled.profile));
  const found = integrity && (await integrityFindings(integrity, options, profiled.profile, undefined));
  return {
    profile,
    columns,
    checks: checked.checks.map(placeless),
    invalid: checked.invalidRows,
    found: found?.checks.map(placeless),
    measures: found?.measures,
  };
}

test('random tables through CSV, JSON Lines and Parquet', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 14 }),
      fc.constantFrom(...CONTRACTS),
      fc.record({ dictionary: fc.boolean(), v2: fc.boolean(), gzip: fc.boolean(), packed: fc.boolean() }),
      async (rows, contract, how) => {
        const expected = await told(sourceOf('a.csv', csvOf(rows)), contract);
        expect(await told(sourceOf('a.jsonl', jsonlOf(rows)), contract)).toEqual(expected);
        expect(await told(sourceOf('a.parquet', parquet(rows, how)), contract)).toEqual(expected);
      },
    ),
    { numRuns: 150, seed: 12 },
  );
});
