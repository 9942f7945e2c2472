import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  binomialCdf,
  binomialMass,
  binomialUpperTail,
  hypergeometricLowerTail,
  hypergeometricMass,
  hypergeometricTwoSided,
  hypergeometricUpperTail,
  lnChoose,
} from '../../../shared/stats/discrete.ts';
import {
  betaQuantile,
  chiSquareSf,
  normalCdf,
  normalQuantile,
  normalSf,
  studentCdf,
  studentQuantile,
} from '../../../shared/stats/special.ts';
import { oracle, worstCase } from './oracle.ts';

describe('agree with SciPy and mpmath', () => {
  test.each([
    ['normalCdf', () => worstCase(oracle.normalCdf, normalCdf), 1e-13],
    ['normalSf', () => worstCase(oracle.normalCdf, (x) => normalSf(-x)), 1e-13],
    ['normalQuantile', () => worstCase(oracle.normalQuantile, normalQuantile), 1e-12],
    ['studentCdf', () => worstCase(oracle.studentCdf, studentCdf), 1e-10],
    ['studentQuantile', () => worstCase(oracle.studentQuantile, studentQuantile), 1e-10],
    ['chiSquareSf, far tails and fractional df', () => worstCase(oracle.chiSquareSf, chiSquareSf), 1e-10],
    ['betaQuantile', () => worstCase(oracle.betaQuantile, betaQuantile), 1e-10],
    ['lnChoose', () => worstCase(oracle.lnChoose, lnChoose), 1e-13],
    ['binomialCdf', () => worstCase(oracle.binomialCdf, binomialCdf), 1e-12],
    ['binomialUpperTail', () => worstCase(oracle.binomialUpperTail, binomialUpperTail), 1e-12],
    [
      'hypergeometricUpperTail',
      () =>
        worstCase(oracle.hypergeometricUpperTail, (k, population, marked, drawn) =>
          hypergeometricUpperTail(k!, { population: population!, marked: marked!, drawn: drawn! }),
        ),
      1e-12,
    ],
    [
      'hypergeometricUpperTail of large urns',
      () =>
        worstCase(oracle.hypergeometricLarge, (k, population, marked, drawn) =>
          hypergeometricUpperTail(k!, { population: population!, marked: marked!, drawn: drawn! }),
        ),
      1e-9,
    ],
  ] as [string, () => number, number][])('%s', (_, worst, tolerance) => {
    expect(worst()).toBeLessThan(tolerance);
  });
});

test('ends of the scales', () => {
  expect(normalQuantile(0)).toBe(-Infinity);
  expect(normalQuantile(1)).toBe(Infinity);
  expect(studentQuantile(0, 3)).toBe(-Infinity);
  expect(studentCdf(Infinity, 3)).toBe(1);
  expect(studentQuantile(0.5, 3)).toBe(0);
  expect(studentQuantile(0.975, Infinity)).toBeCloseTo(1.959964, 6);
  expect(chiSquareSf(0, 2)).toBe(1);
  expect(chiSquareSf(Infinity, 2)).toBe(0);
  expect(lnChoose(5, 6)).toBe(-Infinity);
  expect(binomialCdf(-1, 5, 0.5)).toBe(0);
  expect(binomialCdf(5, 5, 0.5)).toBe(1);
  expect(binomialCdf(0, 5, 0)).toBe(1);
  expect(binomialUpperTail(5, 5, 1)).toBe(1);
  expect(binomialUpperTail(1, 5, 0)).toBe(0);
});

test('impossible arguments are refused, not computed with', () => {
  expect(() => normalQuantile(1.2)).toThrow(RangeError);
  expect(() => studentCdf(1, 0)).toThrow(RangeError);
  expect(() => chiSquareSf(1, Number.NaN)).toThrow(RangeError);
  expect(() => binomialCdf(1.5, 3, 0.5)).toThrow(RangeError);
  expect(() => binomialMass(1, 3, -0.1)).toThrow(RangeError);
  expect(() => hypergeometricMass(1, { population: 5, marked: 6, drawn: 2 })).toThrow(RangeError);
});

test('both tails overlap in exactly the mass of the bound, and twice the smaller one is a p-value', () => {
  const urn = fc.integer({ min: 1, max: 400 }).chain((population) =>
    fc.record({
      population: fc.constant(population),
      marked: fc.integer({ min: 0, max: population }),
      drawn: fc.integer({ min: 0, max: population }),
    }),
  );
  fc.assert(
    fc.property(urn, fc.integer({ min: 0, max: 400 }), (u, k) => {
      const both = hypergeometricUpperTail(k, u) + hypergeometricLowerTail(k, u);
      expect(both).toBeCloseTo(1 + hypergeometricMass(k, u), 10);
      expect(hypergeometricTwoSided(k, u)).toBeLessThanOrEqual(1);
    }),
    { seed: 1, numRuns: 200 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (k, n, p) => {
        expect(binomialCdf(k, n, p) + binomialUpperTail(k, n, p)).toBeCloseTo(1 + binomialMass(k, n, p), 10);
      },
    ),
    { seed: 2, numRuns: 200 },
  );
});
