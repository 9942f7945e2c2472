import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { besideLimits, longNumbers } from '../../../shared/contract/long-numbers.ts';

const BIG = 2 ** 53;

describe('limits of many digits', () => {
  test('are found in JSON and YAML as they are written', () => {
    expect([
      ...longNumbers('{"maximum": 9007199254740993, "minimum": -5, "title": "9007199254740995"}'),
    ]).toEqual([[BIG, '9007199254740993']]);
    expect([...longNumbers('maximum: 0.1234567890123456788\nminimum: 1e3\n')]).toEqual([
      [Number('0.1234567890123456788'), '0.1234567890123456788'],
    ]);
  });

  test('are not taken if two have the same double, or if they are beyond reach', () => {
    expect([...longNumbers('[9007199254740993, 9007199254740992.5]')]).toEqual([]);
    expect([...longNumbers('[1234567890123456e999999999, 0.1234567890123456e-99999]')]).toEqual([]);
  });
});

describe('a number of many digits', () => {
  test('lies to a limit as its digits do', () => {
    const long = new Map([[BIG, '9007199254740993']]);
    const sideOf = (text: string) => Math.sign(besideLimits(Number(text), text, [BIG], long) - BIG);
    expect(['9007199254740992', '9007199254740993', '9007199254740993.5'].map(sideOf)).toEqual([-1, 0, 1]);
    expect(besideLimits(BIG, '9007199254740993', [BIG], new Map())).toBeGreaterThan(BIG);
    expect(besideLimits(0, '1e-400', [0], new Map())).toBeGreaterThan(0);
    expect(besideLimits(0, `1e-${'9'.repeat(9)}`, [0], new Map())).toBe(0);
  });

  test('compares with every limit as whole numbers of any size do', () => {
    const whole = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    fc.assert(
      fc.property(whole, fc.bigInt({ min: -3n, max: 3n }), (limit, off) => {
        const text = String(limit + off);
        const long = longNumbers(String(limit));
        const found = besideLimits(Number(text), text, [Number(limit)], long);
        expect(Math.sign(found - Number(limit))).toBe(off > 0n ? 1 : off < 0n ? -1 : 0);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
