import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ColumnProfile } from '../../../shared/profile/profile.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { columnOf, randomOf } from './columns.ts';
import { naiveColumn } from './naive.ts';

/** Figures of sums, which agree except for their last digits, apart from all else. */
function parted({ mean, sd, lengths, quantiles, hyperloglog: _registers, ...rest }: ColumnProfile) {
  const told = Object.values(quantiles ?? {});
  const figures = [mean, sd, lengths?.mean, ...told].map((value) => (typeof value === 'number' ? value : 0));
  const texts = told.filter((value) => typeof value === 'string');
  return { figures, rest: { ...rest, texts, shortest: lengths?.min, longest: lengths?.max } };
}

const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 64),
);
const text = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'é',
    '😀',
    '',
    'true',
    'False',
    'tRUE',
    '007',
    '12345678901234567890123',
    ' 5',
    '1e2',
  ),
  fc.string({ maxLength: 6 }),
);
const date = fc
  .integer({ min: -5000, max: 30_000 })
  .map((day) => new Date(day * 864e5).toISOString().slice(0, 10));
const instant = fc.integer({ min: 0, max: 2e9 }).map((second) => new Date(second * 1000).toISOString());
const nullable = (cell: fc.Arbitrary<Cell>) => fc.option(cell, { nil: null, freq: 8 });
const column = fc.oneof(
  fc.array(nullable(number), { maxLength: 400 }),
  fc.array(nullable(number.map(String)), { maxLength: 400 }),
  fc.array(nullable(date), { maxLength: 300 }),
  fc.array(nullable(fc.oneof(date, instant)), { maxLength: 100 }),
  fc.array(nullable(fc.boolean()), { maxLength: 60 }),
  fc.array(nullable(text), { maxLength: 200 }),
  fc.array(nullable(fc.oneof(text, number, date, fc.boolean())), { maxLength: 200 }),
);

describe('a column of few different values', () => {
  test('is described as sorting all of its values describes it', async () => {
    await fc.assert(
      fc.asyncProperty(column, async (cells) => {
        const found = parted(await columnOf(cells));
        const naive = parted(naiveColumn('x', cells));
        expect(found.rest).toEqual(naive.rest);
        const off = found.figures.map((value, i) => Math.abs(value - (naive.figures[i] ?? 0)));
        expect(Math.max(...off)).toBeLessThan(1e-6);
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  test('does not depend on how its rows come in batches, nor on their order', async () => {
    await fc.assert(
      fc.asyncProperty(column, fc.integer({ min: 1, max: 50 }), async (cells, size) => {
        const whole = await columnOf(cells);
        expect(await columnOf(cells, size)).toEqual(whole);
        expect(await columnOf(cells.toReversed(), size)).toEqual(whole);
      }),
      { numRuns: 60, seed: 12 },
    );
  });
});

describe('a column of many different values', () => {
  const random = randomOf(5);
  const COUNT = 60_000;
  const numbers = Array.from({ length: COUNT }, () =>
    random() < 0.2 ? 7 : Math.round(1e9 * random() ** 3) / 1024,
  );

  test('does not depend on how its rows come in batches', async () => {
    const whole = await columnOf(numbers, COUNT);
    for (const size of [7, 999, 20_480, 20_481]) expect(await columnOf(numbers, size)).toEqual(whole);
    const texts = numbers.map((value) => `t${value}`);
    expect(await columnOf(texts, 777)).toEqual(await columnOf(texts, COUNT));
  });

  test('states its errors, and keeps them', async () => {
    const found = await columnOf(numbers, 1000);
    const exact = Float64Array.from(numbers).sort();
    const { errors, cells, distinct, quantiles, top } = found;
    expect(errors).toMatchObject({ rank: 0.002, distinct: 0.0081 });
    expect(found).toMatchObject({ distinctExact: false, min: exact[0], max: exact.at(-1), count: COUNT });
    expect(Math.abs(distinct / new Set(numbers).size - 1)).toBeLessThan(4 * 0.0081);
    if (cells.kind !== 'cuts') throw new Error('cuts are expected');
    let below = 0;
    cells.cuts.forEach((cut, i) => {
      below += cells.counts[i] ?? 0;
      const real = exact.filter((value) => value <= cut).length;
      expect(Math.abs(real - below) / COUNT).toBeLessThan(0.002);
    });
    for (const [p, value] of Object.entries(quantiles ?? {})) {
      const under = exact.filter((one) => one < Number(value)).length / COUNT;
      const upTo = exact.filter((one) => one <= Number(value)).length / COUNT;
      expect(under - 0.002).toBeLessThan(Number(p));
      expect(upTo + 0.002).toBeGreaterThan(Number(p));
    }
    const sevens = numbers.filter((value) => value === 7).length;
    const [first] = top;
    expect(first?.value).toBe(7);
    expect(first?.count).toBeLessThanOrEqual(sevens);
    expect((first?.count ?? 0) + (errors?.frequency ?? 0)).toBeGreaterThanOrEqual(sevens);
    expect((errors?.frequency ?? COUNT) / COUNT).toBeLessThan(0.001);
  });
});

test('a number that is not finite is left out of numbers, and is a text among texts', async () => {
  const infinite = Number.POSITIVE_INFINITY;
  expect(await columnOf([infinite, 1])).toMatchObject({ type: 'integer', distinct: 1, nulls: 1 });
  expect(await columnOf([infinite, 'a'])).toMatchObject({ type: 'string', distinct: 2, nulls: 0 });
});
