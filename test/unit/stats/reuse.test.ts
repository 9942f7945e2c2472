import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clauseLevels,
  decideFormula,
  type Formula,
  intersectionUnion,
} from '../../../shared/stats/levels.ts';
import {
  affordableUses,
  bennettRows,
  budgetAfter,
  hoeffdingRows,
  logHistories,
  type ReusePlan,
  rowsAt,
} from '../../../shared/stats/reuse.ts';

describe('the figures of ease.ml/ci (Renggli et al. 2019)', () => {
  const delta = Math.log(1e-4);
  test('Hoeffding', () => {
    expect(hoeffdingRows(0.01, delta)).toBe(46_052);
    expect(hoeffdingRows(0.01, delta - logHistories({ kind: 'planned', uses: 32 }))).toBe(63_381);
    const adaptive = { kind: 'adaptive', uses: 32, bits: 1 } as const;
    expect(hoeffdingRows(0.01, delta - logHistories(adaptive))).toBe(156_956);
    expect(hoeffdingRows(0.05, delta - logHistories(adaptive))).toBe(6279);
  });
  test('Bennett', () => {
    expect(bennettRows(0.01, delta - Math.log(4 * 32), 0.1)).toBe(29_048);
    expect(bennettRows(0.01, delta - Math.log(4) - 32 * Math.LN2, 0.1)).toBe(67_706);
  });
});

test.each([
  [{ kind: 'planned', uses: 1 }, 3092],
  [{ kind: 'planned', uses: 30 }, 7133],
  [{ kind: 'adaptive', uses: 30, bits: 1 }, 26_787],
  [{ kind: 'adaptive', uses: 30, bits: 2 }, 49_462],
  [{ kind: 'passes', uses: 30, passes: 3 }, 12_925],
  [{ kind: 'passes', uses: 30, passes: 10 }, 23_454],
] as const)('rows for one point at 5 %% disagreement: %j', (plan, rows) => {
  const logLevel = Math.log(0.05) - logHistories(plan);
  expect(rowsAt({ margin: 0.01, method: 'paired', disagreement: 0.05 }, logLevel)).toBe(rows);
});

/** Tests that could be made in the whole life of a test set, by walking every history. */
function walked(plan: ReusePlan, uses: number, passes: number): number {
  const spent = { uses, passes, bits: uses };
  if (budgetAfter(plan, spent, 0.05).spent) return 0;
  return 1 + walked(plan, uses + 1, passes) + walked(plan, uses + 1, passes + 1);
}

test('the error of all tests that a history may lead to adds up to no more than alpha', () => {
  for (const plan of [
    { kind: 'adaptive', uses: 6, bits: 1 },
    { kind: 'passes', uses: 6, passes: 2 },
    { kind: 'passes', uses: 6, passes: 9 },
  ] as const) {
    const { level } = budgetAfter(plan, { uses: 0, passes: 0, bits: 0 }, 0.05);
    expect(walked(plan, 0, 0) * level).toBeLessThanOrEqual(0.05 * (1 + 1e-12));
    expect(walked(plan, 0, 0) * level).toBeGreaterThan(0.049 * (1 - 2 ** -6));
  }
  let sum = 0;
  for (let uses = 0; uses < 10_000; uses++) {
    sum += budgetAfter({ kind: 'unbounded' }, { uses, passes: 0, bits: 99 }, 0.05).level;
  }
  expect(sum).toBeLessThan(0.05);
});

describe('a budget is spent', () => {
  test('by its uses, by its passes, and by more disclosure than was paid for', () => {
    const adaptive = { kind: 'adaptive', uses: 3, bits: 1 } as const;
    expect(budgetAfter(adaptive, { uses: 2, passes: 0, bits: 2 }, 0.05)).toMatchObject({
      spent: false,
      usesLeft: 1,
    });
    expect(budgetAfter(adaptive, { uses: 3, passes: 0, bits: 3 }, 0.05)).toMatchObject({
      spent: true,
      level: 0,
    });
    expect(budgetAfter(adaptive, { uses: 1, passes: 0, bits: 2 }, 0.05).spent).toBe(true);
    const passes = { kind: 'passes', uses: 9, passes: 2 } as const;
    expect(budgetAfter(passes, { uses: 4, passes: 1, bits: 4 }, 0.05)).toMatchObject({
      usesLeft: 5,
      passesLeft: 1,
    });
    expect(budgetAfter(passes, { uses: 4, passes: 2, bits: 4 }, 0.05)).toMatchObject({
      spent: true,
      passesLeft: 0,
    });
  });

  test('two tests a use share its level', () => {
    const spent = { uses: 0, passes: 0, bits: 0 };
    const plan = { kind: 'planned', uses: 4 } as const;
    expect(budgetAfter(plan, spent, 0.05, 2).level).toBeCloseTo(budgetAfter(plan, spent, 0.05).level / 2, 15);
  });

  test('a plan of nothing is refused', () => {
    const spent = { uses: 0, passes: 0, bits: 0 };
    expect(() => budgetAfter({ kind: 'planned', uses: 0 }, spent, 0.05)).toThrow(RangeError);
    expect(() => budgetAfter({ kind: 'passes', uses: 3, passes: 0.5 }, spent, 0.05)).toThrow(RangeError);
    expect(() => budgetAfter({ kind: 'adaptive', uses: 3, bits: -1 }, spent, 0.05)).toThrow(RangeError);
  });
});

test('uses that the rows afford: as many as their levels need no more rows than there are', () => {
  const common = { margin: 0.01, alpha: 0.05, method: 'paired', disagreement: 0.05 } as const;
  expect(affordableUses({ ...common, n: 26_787, bits: 1 })).toBe(30);
  expect(affordableUses({ ...common, n: 7133, bits: 0 })).toBe(30);
  expect(affordableUses({ ...common, n: 3000, bits: 1 })).toBe(0);
  expect(affordableUses({ ...common, n: 3_000_000, bits: 1 })).toBe(992);
  expect(affordableUses({ ...common, method: 'hoeffding', n: 26_787, bits: 1 })).toBe(0);
  expect(affordableUses({ ...common, method: 'bennett', margin: 0.02, n: 26_787, bits: 1 })).toBe(132);
});

describe('levels of a condition', () => {
  const clause = (name: string): Formula<string> => ({ kind: 'clause', clause: name });
  const formula: Formula<string> = {
    kind: 'and',
    of: [
      clause('a'),
      { kind: 'or', of: [clause('b'), { kind: 'not', of: { kind: 'and', of: [clause('c'), clause('d')] } }] },
    ],
  };

  test('or splits, and does not, not turns them into each other', () => {
    expect(clauseLevels(formula, 0.05)).toEqual([
      { clause: 'a', negated: false, alpha: 0.05 },
      { clause: 'b', negated: false, alpha: 0.025 },
      { clause: 'c', negated: true, alpha: 0.0125 },
      { clause: 'd', negated: true, alpha: 0.0125 },
    ]);
  });

  test('the level of what can be shown wrongly at once is never above alpha', () => {
    const tree: fc.Arbitrary<Formula<number>> = fc.letrec<{ tree: Formula<number> }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.nat(5).map((c) => ({ kind: 'clause', clause: c }) as Formula<number>),
        tie('tree').map((of) => ({ kind: 'not', of }) as Formula<number>),
        fc
          .tuple(
            fc.constantFrom('and' as const, 'or' as const),
            fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
          )
          .map(([kind, of]) => ({ kind, of })),
      ),
    })).tree;
    fc.assert(
      fc.property(tree, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (given, truth) => {
        // If the formula is false, showing it needs a false statement among those of which one is enough.
        if (decideFormula(given, (c) => truth[c]!) === true) return;
        expect(cheapestError(given, truth, 0.05, false)).toBeLessThanOrEqual(0.05 + 1e-12);
      }),
    );
  });

  test('what is not shown leaves open what depends on it', () => {
    const known = (shown: Record<string, boolean>) => decideFormula(formula, (name) => shown[name]);
    expect(known({ a: true, b: true })).toBe(true);
    expect(known({ a: true })).toBeUndefined();
    expect(known({ a: false })).toBe(false);
    expect(known({ a: true, c: false })).toBe(true);
    expect(intersectionUnion([0.01, 0.2, 0.03])).toBe(0.2);
  });
});

/** A bound of the chance that a false formula is shown: an `and` needs each of its false parts, an `or` any. */
function cheapestError(
  given: Formula<number>,
  truth: readonly boolean[],
  alpha: number,
  negated: boolean,
): number {
  if (given.kind === 'clause') return truth[given.clause] !== negated ? 1 : alpha;
  if (given.kind === 'not') return cheapestError(given.of, truth, alpha, !negated);
  const splits = (given.kind === 'or') !== negated;
  const parts = given.of.map((part) =>
    cheapestError(part, truth, splits ? alpha / given.of.length : alpha, negated),
  );
  return splits ? parts.reduce((sum, part) => sum + part, 0) : Math.min(...parts);
}
