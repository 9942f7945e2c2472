import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instantMs } from '../../../shared/inputs/kinds.ts';
import { ColumnAccumulator } from '../../../shared/profile/accumulator.ts';
import { readNumber } from '../../../shared/profile/read.ts';
import { instantOf, isDateLike, simpleNumber } from '../../../shared/read/number.ts';

function parsed(text: string): number {
  const bytes = Buffer.from(`x${text}9`);
  return simpleNumber(bytes, 1, bytes.length - 1);
}

function ofBytes(text: string): number {
  const simple = parsed(text);
  return Number.isNaN(simple) ? readNumber(text) : simple;
}

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits(1, 20), digits(0, 22))
  .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`);
const near = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE x'), maxLength: 24 });

describe('a number read from bytes', () => {
  test('is the nearest double, or is left to Number', () => {
    fc.assert(
      fc.property(fc.oneof(decimal, fc.double({ noNaN: true }).map(String)), (text) => {
        const value = parsed(text);
        if (!Number.isNaN(value)) expect(value).toBe(Number(text));
      }),
      { numRuns: 5_000, seed: 4 },
    );
  });

  test('is right half way between two doubles, and beside it', () => {
    for (const text of [
      '9007199254740993.0',
      '9007199254740993.00001',
      '0.5000000000000001110223',
      '4503599627370497.5',
    ]) {
      const value = parsed(text);
      if (!Number.isNaN(value)) expect(value).toBe(Number(text));
    }
  });

  test('almost never needs Number if a program printed it', () => {
    const texts = fc.sample(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { numRuns: 2000, seed: 4 });
    const left = texts.map(String).filter((text) => !text.includes('e') && Number.isNaN(parsed(text)));
    expect(left.length).toBeLessThan(30);
  });

  test('is a number exactly where the profile of texts takes it for one', () => {
    fc.assert(
      fc.property(fc.oneof(near, decimal, digits(1, 18)), (text) => {
        const column = new ColumnAccumulator('x', undefined);
        column.add([[text]], 0);
        const value = ofBytes(text);
        if (text === '' || Number.isNaN(value)) expect(column.numbers.total).toBe(0);
        else expect(column.numbers.runs().values).toEqual(Float64Array.of(value + 0));
      }),
      { numRuns: 4_000, seed: 4 },
    );
  });
});

test('an instant read from bytes is what instantMs reads', () => {
  const two = fc.integer({ min: 0, max: 61 }).map((n) => String(n).padStart(2, '0'));
  const text = fc
    .tuple(
      fc.integer({ min: 0, max: 2100 }).map((year) => String(year).padStart(4, '0')),
      fc.integer({ min: 0, max: 13 }).map((n) => String(n).padStart(2, '0')),
      fc.integer({ min: 0, max: 32 }).map((n) => String(n).padStart(2, '0')),
      fc.oneof(
        fc.constant(''),
        fc
          .tuple(
            fc.constantFrom('T', ' ', 't'),
            two,
            two,
            fc.oneof(
              two.map((s) => `:${s}`),
              fc.constant(''),
            ),
          )
          .map(([t, h, m, s]) => `${t}${h}:${m}${s}`),
      ),
      fc.constantFrom(
        '',
        '',
        '.5',
        '.123',
        '.12',
        '.1234',
        '.123456',
        '.123456789',
        '.1234567891',
        '.',
        '.x',
      ),
      fc.constantFrom('', 'Z', 'z', '+02:00', '-0330', ' '),
    )
    .map(([y, m, d, time, fraction, zone]) => `${y}-${m}-${d}${time}${fraction}${zone}`);
  fc.assert(
    fc.property(text, (spelled) => {
      const bytes = Buffer.from(`x${spelled}x`);
      expect(isDateLike(bytes, 1, bytes.length - 1)).toBe(true);
      const expected = spelled.trim() === spelled ? instantMs(spelled) : Number.NaN;
      expect(instantOf(bytes, 1, bytes.length - 1)).toBe(expected);
    }),
    { numRuns: 4_000, seed: 4 },
  );
});
