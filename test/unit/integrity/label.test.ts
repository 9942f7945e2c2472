import { describe, expect, test } from '@jest/globals';
import {
  determination,
  groupsOf,
  rankCorrelation,
  separation,
} from '../../../shared/integrity/association.ts';
import { RowSample } from '../../../shared/integrity/sample.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { judge, texts } from './support.ts';

const random = randomFrom(7);
const uniforms = (n: number) => Float64Array.from({ length: n }, () => random.uniform());

describe('associations', () => {
  test('rank correlation: the formula without ties, signs left out', () => {
    const x = uniforms(40);
    const y = Float64Array.from(x, (value) => -value + 0.3 * random.uniform());
    const rank = (values: Float64Array, i: number) => values.filter((value) => value <= values[i]!).length;
    let squares = 0;
    x.forEach((_value, i) => {
      squares += (rank(x, i) - rank(y, i)) ** 2;
    });
    const rho = 1 - (6 * squares) / (40 * (40 ** 2 - 1));
    const found = rankCorrelation(x, y, 0.05);
    expect(found.estimate).toBeCloseTo(-rho, 12);
    // Fisher's z by hand, with z(0.05) = 1.6449 and the variance of Bonett & Wright.
    const error = Math.sqrt((1 + rho ** 2 / 2) / 37);
    expect(found.lower).toBeCloseTo(Math.tanh(Math.atanh(-rho) - 1.6448536 * error), 6);
    expect(rankCorrelation(x, new Float64Array(40), 0.05).estimate).toBeNaN();
    expect(rankCorrelation(x.slice(0, 8), x.slice(0, 8), 0.01)).toMatchObject({ estimate: 1 });
    expect(rankCorrelation(x.slice(0, 8), x.slice(0, 8), 0.01).lower).toBeLessThan(0.95);
  });

  test('separation: the share of pairs, ties half, whichever way', () => {
    const x = Float64Array.from({ length: 60 }, () => random.below(10));
    const positive = Uint8Array.from(x, (value) => (value + random.below(8) > 8 ? 1 : 0));
    let sum = 0;
    let pairs = 0;
    x.forEach((a, i) => {
      x.forEach((b, j) => {
        if (positive[i] !== 1 || positive[j] !== 0) return;
        pairs++;
        sum += a > b ? 1 : a === b ? 0.5 : 0;
      });
    });
    expect(separation(x, positive, 0.05).estimate).toBeCloseTo(sum / pairs, 12);
    const mirrored = positive.map((one) => 1 - one);
    expect(separation(x, mirrored, 0.05).estimate).toBeCloseTo(sum / pairs, 12);
  });

  test('determination: 1 for a copy of the label, 0 for identifiers and for what has nothing to do with it', () => {
    const classes = texts(400, () => random.below(3));
    const copy = determination(
      classes.map((text) => `c${text}`),
      classes,
      0.01,
    );
    expect(copy).toMatchObject({ estimate: 1, n: 200 });
    expect(copy.lower).toBeGreaterThan(0.95);
    expect(
      determination(
        texts(400, (i) => i),
        classes,
        0.01,
      ).estimate,
    ).toBeLessThan(0.1);
    expect(
      determination(
        texts(400, () => random.below(4)),
        classes,
        0.01,
      ).estimate,
    ).toBeLessThan(0.2);
    expect(
      determination(
        texts(40, () => 'x'),
        texts(40, () => 'y'),
        0.01,
      ).estimate,
    ).toBeNaN();
  });

  test('groups of numbers keep equal values together', () => {
    const groups = groupsOf(Float64Array.from([5, 1, 1, 1, 2, 3, 4, 9]), 4);
    expect(new Set([groups[1], groups[2], groups[3]]).size).toBe(1);
    expect(new Set(groups).size).toBe(4);
  });

  test('lower bounds lie above the truth as seldom as they promise', () => {
    const runs = 300;
    const alpha = 0.05;
    const above = { rank: 0, separation: 0 };
    // Two uniform variables, the second the first moved: AUC = 1 − (1 − d)²/2 for a shift of d.
    const shift = 0.8;
    const area = 1 - (1 - shift) ** 2 / 2;
    // A normal pair with r = 0.99 has ρ = 6/π asin(r/2).
    const r = 0.99;
    const rho = (6 / Math.PI) * Math.asin(r / 2);
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    for (let run = 0; run < runs; run++) {
      const positive = Uint8Array.from({ length: 80 }, (_value, i) => i % 2);
      const x = Float64Array.from(positive, (one) => random.uniform() + one * shift);
      if (separation(x, positive, alpha).lower > area) above.separation++;
      const a = Float64Array.from({ length: 60 }, normal);
      const b = Float64Array.from(a, (value) => r * value + Math.sqrt(1 - r * r) * normal());
      if (rankCorrelation(a, b, alpha).lower > rho) above.rank++;
    }
    // 5 % of 300 are 15; more than 29 would come by chance in one of 2,000 times.
    expect(above.rank).toBeLessThanOrEqual(29);
    expect(above.separation).toBeLessThanOrEqual(29);
  });
});

test('a sample holds all rows while they are few, and each with the same chance when they are many', () => {
  const few = new RowSample();
  for (let i = 0; i < 10; i++) few.add(() => String(i));
  expect(few.rows).toEqual(texts(10, (i) => i));
  const many = new RowSample();
  for (let i = 0; i < 40_000; i++) many.add(() => String(i));
  expect(many.rows).toHaveLength(10_000);
  const late = many.rows.filter((row) => Number(row) >= 20_000).length;
  // A binomial share of one half: five standard deviations are 217 of 10,000.
  expect(Math.abs(late - 5000)).toBeLessThan(250);
});

describe('a feature that is nearly the label', () => {
  const n = 400;
  const noise = texts(n, () => random.below(1000));
  const quantity = texts(n, () => random.uniform().toFixed(6));
  const classes = texts(n, () => random.below(2));
  const leaks: readonly [string, readonly string[], readonly string[]][] = [
    ['rank correlation', quantity, quantity.map((text) => String(-1000 * Number(text) ** 3))],
    ['AUC', classes, classes.map((text) => (Number(text) * 10 + 5 * random.uniform()).toFixed(4))],
    ['Goodman-Kruskal', classes, classes.map((text) => (text === '1' ? 'closed' : 'open'))],
    ['Goodman-Kruskal', texts(n, (i) => 'abc'[i % 3] ?? ''), texts(n, (i) => 10 * (i % 3))],
  ];

  test.each(leaks)('%s shows it', async (method, label, leak) => {
    const found = await judge({ noise, leak, y: label }, { label: 'y' });
    expect(found.of('label-leak')).toMatchObject([
      {
        status: 'warn',
        target: { column: 'leak' },
        evidence: { method: expect.stringContaining(method), interval: [expect.any(Number), null] },
      },
    ]);
    expect(found.measures).toMatchObject({
      'label-association': { noise: { estimate: expect.any(Number) }, leak: { n: expect.any(Number) } },
    });
    const asked = await judge({ noise, leak, y: label }, { label: 'y', failOn: ['label-leak'] });
    expect(asked.status('label-leak')).toBe('fail');
  });

  test('a good feature is none; keys, times and what the contract leaves out are not features', async () => {
    const good = classes.map((text) => (Number(text) + 2 * random.uniform()).toFixed(4));
    const found = await judge({ noise, good, y: classes }, { label: 'y' });
    expect(found.of('label-leak')).toMatchObject([
      { status: 'pass', message: expect.stringContaining('the nearest is good: AUC 0.8') },
    ]);
    const left = await judge({ noise, copy: classes, y: classes }, { label: 'y', ignored: ['copy'] });
    expect(left.status('label-leak')).toBe('pass');
  });

  test('numbers stay numbers if some are spelled NA, in the feature and in the label', async () => {
    const spoilt = (cells: readonly string[], every: number) =>
      cells.map((cell, i) => (i % every === 1 ? 'NA' : cell));
    for (const [y, leak] of [
      [spoilt(quantity, 9), spoilt(quantity, 7)],
      [classes, spoilt(leaks[1]?.[2] ?? [], 7)],
    ] as const) {
      const found = await judge({ noise, leak, y }, { label: 'y' });
      expect(found.of('label-leak')).toMatchObject([{ status: 'warn', target: { column: 'leak' } }]);
    }
  });

  test('few rows cannot show it, which is inconclusive', async () => {
    const data = (rows: number) => ({ leak: classes.slice(0, rows), y: classes.slice(0, rows) });
    expect((await judge(data(30), { label: 'y' })).status('label-leak')).toBe('inconclusive');
    expect((await judge(data(10), { label: 'y' })).of('label-leak')).toMatchObject([
      { status: 'inconclusive', message: expect.stringContaining('fewer than 20') },
    ]);
  });
});

describe('classes', () => {
  const labels = (rare: number, rows: number) =>
    texts(rows, (i) => (i < rare ? 'fraud' : i % 2 === 0 ? 'a' : 'b'));
  const options = { label: 'y' };

  test('one class only, and rare ones, are told without their names', async () => {
    expect((await judge({ y: texts(50, () => 'a') }, options)).status('classes')).toBe('warn');
    const rare = await judge({ y: labels(4, 2000) }, options);
    expect(rare.of('classes')).toMatchObject([
      { status: 'warn', observed: { classes: 3, smallest: 0.002 }, evidence: { n: 2000, level: 0.95 } },
    ]);
    expect(JSON.stringify(rare.checks)).not.toContain('fraud');
    // Two of 150 rows may well be a class of 5 %.
    expect((await judge({ y: labels(2, 150) }, options)).status('classes')).toBe('pass');
  });

  test('what the reference has so, too, is not a finding', async () => {
    const found = await judge({ y: labels(4, 2000) }, options, { y: labels(8, 4000) });
    expect(found.status('classes')).toBe('pass');
    expect(found.status('label-share')).toBe('pass');
  });

  test('shares that moved are shown with estimate, interval and rows', async () => {
    const now = { y: texts(600, (i) => (i % 10 < 8 ? 1 : 0)) };
    const before = { y: texts(600, (i) => (i % 10 < 6 ? 1 : 0)) };
    const found = await judge(now, options, before);
    expect(found.of('label-share')).toMatchObject([
      { status: 'warn', evidence: { estimate: expect.closeTo(0.2, 6), n: 600, margin: 0.05 } },
    ]);
    expect((await judge(before, options, before)).of('label-share')).toMatchObject([
      { status: 'pass', evidence: { estimate: 0 } },
    ]);
  });

  test('a label of names is none', async () => {
    const found = await judge({ y: texts(100, (i) => `name ${i}`) }, options);
    expect(found.status('classes')).toBe('inconclusive');
  });
});
