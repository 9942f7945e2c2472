import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { disclosed } from '../../../shared/profile/disclosure.ts';
import { parseProfile, printProfile } from '../../../shared/profile/file.ts';
import { mergeProfiles } from '../../../shared/profile/merge.ts';
import type { ColumnProfile, Profile } from '../../../shared/profile/profile.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { onlyColumn, randomOf, tableOf } from './columns.ts';

const schema = JSON.parse(readFileSync('schemas/profile.schema.json', 'utf8'));
const isValid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('a', 'b', '2026-01-31', '2026-01-31T10:00:00Z', '__proto__', '"', '\n'),
);
const column = fc.oneof(
  fc.array(cell, { maxLength: 120 }),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 300 }),
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 300 }),
  fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 100 }),
  fc.array(fc.boolean(), { maxLength: 60 }),
);

test('what is read is what was written, and it follows the published schema', async () => {
  await fc.assert(
    fc.asyncProperty(column, column, fc.constantFrom('hide', 'show'), async (one, other, samples) => {
      const [a, b] = [await tableOf(one), await tableOf(other)];
      for (const profile of [a, { ...mergeProfiles([a, b]), duplicateRows: 0, keyViolations: 0 }]) {
        const text = printProfile(profile, samples);
        const read = parseProfile(text, 'p.json');
        expect([isValid(JSON.parse(text)), isValid.errors]).toEqual([true, null]);
        expect(printProfile(read, samples)).toBe(text);
        // Nothing was left out for want of room: these columns are small.
        if (text.length < 3000) expect(read).toEqual(JSON.parse(JSON.stringify(disclosed(profile, samples))));
      }
    }),
    { numRuns: 80, seed: 31 },
  );
});

/** Bytes of the one column in a file, without its name. */
function bytesOf(profile: Profile, samples: 'hide' | 'show'): number {
  const withName = (name: string): Profile => ({
    ...profile,
    columns: profile.columns.map((own) => ({ ...own, name })),
  });
  const empty = { ...profile, columns: [] };
  return (
    Buffer.byteLength(printProfile(withName(''), samples)) - Buffer.byteLength(printProfile(empty, samples))
  );
}

describe('a column takes less than 4 KiB in a file', () => {
  const random = randomOf(3);
  const many = <T>(count: number, of: (i: number) => T): T[] =>
    Array.from({ length: count }, (_value, i) => of(i));
  const columns: Readonly<Record<string, readonly Cell[]>> = {
    'different numbers': many(2000, () => (random() - 0.5) * 1e-200),
    'few long numbers': many(640, (i) => -Math.sqrt(2 + (i % 64)) * 1e-200),
    'different times': many(2000, () => new Date(Math.floor(1.7e12 * random())).toISOString()),
    'different texts': many(2000, (i) => `text number ${i} ${'x'.repeat(20)}`),
    '300 categories': many(9000, (i) => `category ${i % 300}`),
    '40 long categories': many(2000, (i) => `${i % 40} ${'é'.repeat(110)}`),
    'categories of 20 kB': many(60, (i) => `${i % 3} ${'x'.repeat(2e4)}`),
    'categories that are escaped': many(
      4000,
      (i) => `\u0001\u0002\u0003"${'\u0007'.repeat(i % 30)}${i % 200}`,
    ),
    'mixed values': many(9000, (i) => (i % 3 === 0 ? `n${i % 500}` : random())),
  };

  test.each(Object.keys(columns))('%s', async (name) => {
    const profile = await tableOf(columns[name] ?? []);
    const both = mergeProfiles([profile, profile]);
    for (const samples of ['hide', 'show'] as const) {
      for (const one of [profile, both]) expect(bytesOf(one, samples)).toBeLessThan(4096);
      const read = parseProfile(printProfile(profile, samples), 'p.json');
      expect(printProfile(read, samples)).toBe(printProfile(profile, samples));
      expect([isValid(read), isValid.errors]).toEqual([true, null]);
    }
  });

  test('however large its numbers and counts', async () => {
    const profile = await tableOf(many(2000, () => -(1 + random()) * 1e-300));
    const own = onlyColumn(profile);
    const grown = (count: number) => count * 1_234_567_891;
    const large: ColumnProfile = {
      ...own,
      count: grown(own.count),
      types: { number: grown(own.count) },
      errors: { rank: 0.00123, distinct: 0.0325, frequency: 1e12, unlisted: 1e12 },
      top: own.top.map(({ value, count }) => ({ value, count: grown(count) })),
      cells: own.cells.kind === 'cuts' ? { ...own.cells, counts: own.cells.counts.map(grown) } : own.cells,
    };
    const rows = grown(own.count);
    const found = { ...profile, rows, columns: [large] };
    expect(bytesOf(found, 'show')).toBeLessThan(4096);
    const read = onlyColumn(parseProfile(printProfile(found, 'show'), 'p.json'));
    expect(read.cells.counts.reduce((a, b) => a + b, 0)).toBe(rows);
    expect(read.cells.counts.length).toBeGreaterThan(30);
  });

  test('of categories the most frequent stay, with what others may have at most', async () => {
    const cells = many(3000, (i) => (i % 2 === 0 ? 'x'.repeat(300) : `category with a name ${i % 999}`));
    const {
      cells: own,
      errors,
      top,
      distinct,
      distinctExact,
    } = onlyColumn(parseProfile(printProfile(await tableOf(cells), 'show'), 'p.json'));
    if (own.kind !== 'categories') throw new Error('categories are expected');
    expect(own.complete).toBe(false);
    expect(own.categories.length).toBeGreaterThan(50);
    expect(own.counts.reduce((a, b) => a + b, own.other)).toBe(3000);
    expect(errors?.unlisted).toBe(1500);
    expect(top.length).toBe(9);
    expect([distinct, distinctExact]).toEqual([new Set(cells).size, true]);
  });
});

test('a profile with samples: hide holds no registers, by which guessed values could be tried', async () => {
  const profile = await tableOf(Array.from({ length: 2000 }, (_value, i) => `secret ${i}`));
  expect(printProfile(profile, 'show')).toContain('hyperloglog');
  const hidden = printProfile(profile, 'hide');
  expect(hidden).not.toContain('hyperloglog');
  expect(hidden).not.toContain('secret');
});

test.each<[string, Partial<ColumnProfile> | Record<string, unknown>, RegExp]>([
  ['errors', { errors: { rank: -1 } }, /errors\/rank: must be >= 0/],
  ['registers', { hyperloglog: 'AAAA' }, /hyperloglog: must match/],
  ['quantiles', { quantiles: { '0.5': 'x' } }, /quantiles\/0\.5: is not a number/],
  ['extremes', { min: '2026-01-01' }, /min: is not a number/],
  ['lengths', { lengths: { min: 'a' } }, /lengths\/max: is missing/],
  ['top', { top: [{ value: null, count: 1 }] }, /top\/0\/value: must be string or number or boolean/],
])('wrong %s are refused', async (_name, wrong, message) => {
  const profile = await tableOf([1, 2, 3.5]);
  const text = JSON.stringify({ ...profile, columns: [{ ...onlyColumn(profile), ...wrong }] });
  expect(() => parseProfile(text, 'p.json')).toThrow(message);
});

test('counts of rows beyond the rows are refused', async () => {
  const profile = await tableOf([1, 2]);
  expect(() => parseProfile(JSON.stringify({ ...profile, duplicateRows: 3 }), 'p')).toThrow(/duplicateRows/);
  expect(() => parseProfile(JSON.stringify({ ...profile, keyViolations: '1' }), 'p')).toThrow(
    /keyViolations/,
  );
});
