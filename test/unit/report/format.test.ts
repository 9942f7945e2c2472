import { describe, expect, test } from '@jest/globals';
import {
  clip,
  count,
  evidenceLines,
  formatDate,
  formatEstimate,
  formatNumber,
  lineRuns,
  placesText,
  tally,
} from '../../../shared/report/format.ts';
import type { Check } from '../../../shared/verdict/verdict.ts';

describe('numbers', () => {
  test.each([
    [0, '0'],
    [0.1 + 0.2, '0.3'],
    [0.0123456, '0.01235'],
    [45.25, '45.25'],
    [1680, '1680'],
    [1234.567, '1235'],
    [45312, '45\u202f312'],
    [-1234567, '−1\u202f234\u202f567'],
    [1e-7, '1e−7'],
    [-0.5, '−0.5'],
    [1.5e15, '1.5e15'],
    [100, '100'],
    [Number.NaN, 'undefined'],
    [-Infinity, '−∞'],
  ])('%p reads %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('an open side of an interval is infinite', () => {
    expect(formatEstimate(0.4, [null, 1.1])).toBe('0.4 [−∞, 1.1]');
    expect(formatEstimate(undefined, [0.1, null])).toBe('[0.1, ∞]');
  });

  test('counts agree with their noun', () => {
    expect([count(1, 'check'), count(2, 'check'), count(1, 'x', 'y'), count(0, 'x', 'y')]).toEqual([
      '1 check',
      '2 checks',
      '1 x',
      '0 y',
    ]);
  });
});

test('evidence says estimate and interval, margin, how many there are and are needed, and whence', () => {
  const lines = evidenceLines({
    method: 'Tango',
    estimate: -0.01,
    interval: [-0.03, 0.01],
    level: 0.95,
    margin: -0.02,
    n: 900,
    needed: 3092,
    binding: 'declared',
  });
  expect(lines).toEqual([
    '−0.01 [−0.03, 0.01]',
    'margin −0.02, n 900, 3092 needed',
    'Tango, level 0.95, declared evidence',
  ]);
  expect(evidenceLines({})).toEqual([]);
});

describe('places', () => {
  const at = (file: string, ...lines: number[]) => lines.map((line) => ({ file, line }));

  test('lines of a file are grouped into runs, each once', () => {
    expect(lineRuns([...at('a.csv', 5, 3, 4, 12, 4, 6, 7), { file: 'b.csv' }])).toEqual([
      { file: 'a.csv', start: 3, end: 7 },
      { file: 'a.csv', start: 12, end: 12 },
      { file: 'b.csv' },
    ]);
  });

  const check: Check = {
    id: 'x',
    status: 'fail',
    message: '',
    locations: [...at('a.csv', 3, 4, 5, 6, 7, 12, 20, 30), ...at('b.csv', 1)],
    places: 100,
  };

  test('read file:3-7, 12 and say how many are not told', () => {
    expect(placesText(check, 2)).toEqual({ files: ['a.csv:3-7, 12'], more: 94 });
    expect(placesText(check, 20)).toEqual({ files: ['a.csv:3-7, 12, 20, 30', 'b.csv:1'], more: 91 });
    expect(placesText(check, 0)).toEqual({ files: [], more: 100 });
  });
});

test('a cut text shows it, and no character is cut in half', () => {
  expect(clip('abcdef', 4)).toBe('abc…');
  expect(clip('abc', 3)).toBe('abc');
  expect(clip('ab😀cd', 4)).toBe('ab…');
});

test('dates are in UTC, and what is not a date stays', () => {
  expect(formatDate('2026-03-02T06:00:00+02:00')).toBe('2026-03-02 04:00 UTC');
  expect(formatDate('soon')).toBe('soon');
});

test('a tally names each status there is, most severe first', () => {
  expect(tally([{ status: 'pass' }, { status: 'fail' }, { status: 'pass' }])).toBe('1 fail, 2 pass');
});
