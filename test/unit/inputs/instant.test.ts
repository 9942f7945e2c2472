import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareInstants,
  instantAt,
  isoText,
  millisecondsOf,
  readInstant,
  restOf,
} from '../../../shared/inputs/instant.ts';

const of = (text: string) => readInstant(text) ?? { ms: Number.NaN, ns: 0 };

test('an instant keeps nanoseconds, in any zone, before and after 1970', () => {
  expect(of('2024-05-01T12:00:00.000000001Z')).toEqual({ ms: Date.UTC(2024, 4, 1, 12), ns: 1 });
  expect(of('2024-05-01 14:00:00.123456789+02:00')).toEqual({
    ms: Date.UTC(2024, 4, 1, 12) + 123,
    ns: 456_789,
  });
  expect(of('1969-12-31T23:59:59.999999999Z')).toEqual({ ms: -1, ns: 999_999 });
  expect(compareInstants(of('1960-01-01T00:00:00.000001Z'), of('1960-01-01T00:00:00.000002Z'))).toBe(-1000);
  for (const text of ['2024-02-30', '2024-13-45 99:99:99', '0000-00-00 00:00:00', '12:00:00'])
    expect(readInstant(text)).toBeUndefined();
});

test('a double with what it leaves out is the instant again, and doubles are in the order of instants', () => {
  const instant = fc.record({
    ms: fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T00:00:00Z') }),
    ns: fc.oneof(
      fc.integer({ min: 0, max: 999_999 }),
      fc.integer({ min: 0, max: 999 }).map((us) => us * 1000),
    ),
  });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      expect(instantAt(millisecondsOf(a), restOf(a))).toEqual(a);
      expect(readInstant(isoText(a))).toEqual(a);
      const order = Math.sign(compareInstants(a, b));
      if (order !== 0 && restOf(a) === 0 && restOf(b) === 0)
        expect(Math.sign(millisecondsOf(a) - millisecondsOf(b))).toBe(order);
    }),
    { numRuns: 2_000, seed: 4 },
  );
});
