import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareProfiles, type OrderedComparison } from '../../../shared/compare/counts.ts';
import { histogramsOf } from '../../../shared/compare/histogram.ts';
import { disclosed } from '../../../shared/profile/disclosure.ts';
import { createProfiler } from '../../../shared/profile/profiler.ts';
import { randomFrom } from '../../../shared/stats/random.ts';

interface Drawn {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly open_below?: true;
  readonly open_above?: true;
}
type Samples = 'hide' | 'show';

function profiled(values: readonly number[], reference?: ReturnType<typeof profileOf>) {
  const profiler = createProfiler(reference === undefined ? {} : { reference });
  const rows = values.map((value) => [String(value)]);
  profiler.add({ file: 'data.csv', columns: ['x'], rows, lines: rows.map((_, i) => i + 2) });
  return profiler.finish();
}
const profileOf = (values: readonly number[]) => profiled(values).profile;

function drawn(before: readonly number[], now: readonly number[], samples: Samples = 'hide', hidden = false) {
  const reference = hidden ? disclosed(profileOf(before), 'hide') : profileOf(before);
  const [comparison] = compareProfiles(reference, profiled(now, reference));
  const { reference: theirs, current } = histogramsOf(comparison as OrderedComparison, samples);
  return {
    reference: theirs.histogram as Drawn | undefined,
    current: current.histogram as Drawn | undefined,
  };
}

/** The rows that lie in each bin, counted one by one. */
function counted({ edges, open_below, open_above }: Drawn, values: readonly number[]): number[] {
  return edges.slice(1).map((to, i) => {
    const isFirst = i === 0 && open_below === true;
    const isLast = i === edges.length - 2 && open_above === true;
    const from = isFirst ? Number.NEGATIVE_INFINITY : (edges[i] ?? 0);
    return values.filter((value) => value > from && (isLast || value <= to)).length;
  });
}

const repeated = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([value, n]) => new Array<number>(n).fill(Number(value)));

test('values that the reference lacks are drawn where they are', () => {
  const { reference, current } = drawn(
    repeated({ 1: 1163, 2: 1185, 3: 652 }),
    repeated({ 4: 1479, 5: 1521 }),
  );
  const edges = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5];
  expect(reference).toEqual({ edges, counts: [1163, 1185, 652, 0, 0] });
  expect(current).toEqual({ edges, counts: [0, 0, 0, 1479, 1521] });
});

test('values between those of the reference are drawn between them', () => {
  const { current } = drawn(repeated({ 1: 50, 2: 50, 3: 50 }), repeated({ 2.9: 60, 1: 40 }));
  const bin = (value: number) => current?.edges.findIndex((edge) => value <= edge);
  expect(current?.counts[(bin(2.9) ?? 0) - 1]).toBe(60);
  expect(bin(2.9)).not.toBe(bin(2));
});

test('a shifted continuous column is drawn as far as it reaches, with its last bin open', () => {
  const random = randomFrom(3);
  const law = (shift: number) => Array.from({ length: 4000 }, () => shift + random.uniform());
  const { reference, current } = drawn(law(0), law(10));
  expect(current?.edges.at(-1)).toBeGreaterThan(10.8);
  expect(reference?.edges.at(-1)).toBeLessThan(1.2);
  expect(current).toMatchObject({ open_above: true });
  expect(reference).toMatchObject({ open_below: true, open_above: true });
});

test('with samples: hide a bin that ends in a rare value is open, and no edge is one', () => {
  const before = repeated({ 1: 100, 2: 100, 977: 1 });
  const { reference } = drawn(before, before);
  expect(reference).toMatchObject({ open_above: true });
  expect(JSON.stringify(reference)).not.toContain('977');
  expect(drawn(before, before, 'show').reference?.open_above).toBeUndefined();
});

describe('every bin holds the values that lie in it, and all of them', () => {
  const numbers = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 60, maxLength: 400 });
  const kinds = [
    ['few values', fc.integer({ min: -4, max: 4 })],
    ['halves', fc.integer({ min: -9, max: 9 }).map((n) => n / 2)],
    ['many values', fc.double({ min: -1000, max: 1000, noNaN: true })],
    [
      'zeros and a tail',
      fc.oneof(fc.constant(0), fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
    ],
  ] as const;
  for (const [beforeKind, before] of kinds) {
    for (const [nowKind, now] of kinds) {
      test(`${beforeKind} against ${nowKind}`, () => {
        fc.assert(
          fc.property(
            numbers(before),
            numbers(now),
            fc.integer({ min: -3, max: 3 }),
            fc.constantFrom<Samples>('hide', 'show'),
            fc.boolean(),
            (reference, other, shift, samples, hidden) => {
              const current = other.map((value) => value + shift * 100);
              const found = drawn(reference, current, samples, hidden);
              for (const [side, values] of [
                [found.reference, reference],
                [found.current, current],
              ] as const) {
                if (side === undefined) continue;
                expect(side.edges.every((edge, i) => i === 0 || edge > (side.edges[i - 1] ?? edge))).toBe(
                  true,
                );
                expect(side.counts).toEqual(counted(side, values));
                expect(side.counts.reduce((all, n) => all + n, 0)).toBe(values.length);
              }
            },
          ),
          { seed: 5, numRuns: 60 },
        );
      });
    }
  }
});
