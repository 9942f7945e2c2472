import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Claim,
  type Clause,
  claimOf,
  clausesOf,
  type Expression,
  isShown,
  meets,
  type ThresholdOperator,
} from '../../../shared/model/conditions/expression.ts';
import { type ConditionData, judgeConditions } from '../../../shared/model/conditions/judge.ts';
import { parseConditions } from '../../../shared/model/conditions/parse.ts';
import { METRICS } from '../../../shared/model/metrics.ts';
import type { JudgedRows } from '../../../shared/model/predictions.ts';
import type { ClassificationRows } from '../../../shared/model/rows.ts';
import type { Slice } from '../../../shared/model/slices.ts';
import type { UserError } from '../../../shared/problem/problem.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { classifiers, csv, judgedOf, OPTIONS, regression } from './helpers.ts';

/** An expression in brackets, each clause as its terms, operator and threshold. */
function written(expression: Expression): string {
  if (expression.kind === 'not') return `!${written(expression.of)}`;
  if (expression.kind !== 'clause') return `(${expression.of.map(written).join(` ${expression.kind} `)})`;
  const terms = expression.terms.map(({ coefficient, quantity: { role, metric, of } }) => {
    const slice = of === undefined ? '' : `[${of.slice}${of.value === undefined ? '' : `=${of.value}`}]`;
    return `${coefficient}·${role}${slice}.${metric}${of?.pick === undefined ? '' : `.${of.pick}`}`;
  });
  const over = expression.divisor === undefined ? '' : ` over ${expression.divisor.role}`;
  return `${terms.join(' + ')} ${expression.operator} ${expression.threshold}${over}`;
}

describe('conditions are read', () => {
  const good: readonly (readonly [string, string])[] = [
    ['candidate.accuracy >= 0.8', '1·candidate.accuracy >= 0.8'],
    ['mae<60', '1·candidate.mae < 60'],
    [' production.roc_auc > -1e-3 ', '1·production.roc_auc > -0.001'],
    ['0.8 <= accuracy', '-1·candidate.accuracy <= -0.8'],
    ['candidate.auc - production.auc > -0.005', '1·candidate.auc + -1·production.auc > -0.005'],
    ['candidate.mae < production.mae + 2', '1·candidate.mae + -1·production.mae < 2'],
    ['candidate.mae <= 1.02 * production.mae', '1·candidate.mae + -1.02·production.mae <= 0'],
    ['mae * 2 - 1 < 3', '2·candidate.mae < 4'],
    ['-mae > -3', '-1·candidate.mae > -3'],
    ['candidate.mae / production.mae < 1.02', '1·candidate.mae + -1.02·production.mae < 0 over production'],
    ['anchor.f1 > 0.5', '1·anchor.f1 > 0.5'],
    ['slice(region).recall.min > 0.7', '1·candidate[region].recall.min > 0.7'],
    ['candidate.slice(region).recall.max > 0.7', '1·candidate[region].recall.max > 0.7'],
    ['slice(region=north east).recall > 0.7', '1·candidate[region=north east].recall > 0.7'],
    ['slice("a(b)" = "x=y").f1 > 0.7', '1·candidate[a(b)=x=y].f1 > 0.7'],
    ['slice(old).precision@5 > 0', '1·candidate[old].precision@5 > 0'],
    ['f0.5 > 0.1 and column(my_loss) < 3', '(1·candidate.f0.5 > 0.1 and 1·candidate.column(my_loss) < 3)'],
    ['candidate."macro avg"."f1-score" > 0', '1·candidate.macro avg.f1-score > 0'],
    ['a > 1 or b > 2 and not c > 3', '(1·candidate.a > 1 or (1·candidate.b > 2 and !1·candidate.c > 3))'],
    ['not (a > 1 or b > 2)', '!(1·candidate.a > 1 or 1·candidate.b > 2)'],
    ['((mae < 3))', '1·candidate.mae < 3'],
    ['a > 1 and b > 1 and c > 1', '(1·candidate.a > 1 and 1·candidate.b > 1 and 1·candidate.c > 1)'],
    ['f1-score > 0', '1·candidate.f1-score > 0'],
    ['android > 0 and oracle > 0', '(1·candidate.android > 0 and 1·candidate.oracle > 0)'],
  ];
  test.each(good)('%s', (text, expected) => {
    expect(parseConditions([text]).map(({ expression }) => written(expression))).toEqual([expected]);
  });

  test('with the clause as it was written', () => {
    const [condition] = parseConditions(['a > 1 and  candidate.b - production.b >= -0.5 ']);
    expect(clausesOf(condition!.expression).map(({ text }) => text)).toEqual([
      'a > 1',
      'candidate.b - production.b >= -0.5',
    ]);
  });

  const refused = [
    ['mae <= 1e999', 'the number is too large', 8],
    ['accuracy = 0.8', 'one of >=, >, <=, < is missing', 10],
    ['accuracy >= high high', 'the end is expected', 18],
    ['accuracy >= 0.8 %', 'the end is expected', 17],
    ['', 'a metric or a number is expected', 1],
    ['1 < 2', 'both sides are numbers; one side needs a metric', 6],
    ['mae > mae', 'both sides are numbers; one side needs a metric', 10],
    ['candidate.auc-production.auc > 0', '"auc-production" is read as one name', 11],
    ['(mae < 3', 'a closing bracket is expected', 9],
    ['mae < 3)', 'the end is expected', 8],
    ['mae < 3 and', 'a metric or a number is expected', 12],
    ['not', 'a metric or a number is expected', 4],
    ['slice(region) > 0.7', 'a metric is expected after the slice', 15],
    ['slice().f1 > 0.7', 'a column or the name of a slice is expected', 7],
    ['slice(region.f1 > 0.7', 'a closing bracket is expected', 22],
    ['slice(region=north).f1.min > 0.7', 'one slice has no min', 28],
    ['candidate.a / production.a > candidate.b', 'a ratio needs a number on the other side', 41],
    ['1 + candidate.a / production.a > 2', 'a ratio must stand alone on its side', 19],
    ['candidate.a / candidate.a > 1', 'the ratio of a metric to itself is always 1', 30],
    ['candidate."a > 1', 'a metric or a number is expected', 11],
    ['candidate."\\q" > 1', 'the quoted name is not a JSON text', 16],
  ] as const;
  test.each(refused)('%j is refused: %s, at column %d', (text, what, column) => {
    expect(() => parseConditions([text])).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            what: expect.stringContaining(what),
            where: `input conditions, item 1, column ${column}`,
          }),
        ],
      }),
    );
  });

  test('and refused all at once', () => {
    try {
      parseConditions(['a', 'mae < 3', 'b']);
    } catch (error) {
      expect((error as UserError).problems.map(({ where }) => where)).toEqual([
        'input conditions, item 1, column 2',
        'input conditions, item 3, column 2',
      ]);
    }
    expect.assertions(1);
  });

  test('and refused if they nest deeper than anybody writes', () => {
    expect(() => parseConditions([`${'('.repeat(50_000)}a > 1`])).toThrow(
      'has too many brackets in brackets',
    );
    expect(() => parseConditions([`${'not '.repeat(50_000)}a > 1`])).toThrow(
      'has too many brackets in brackets',
    );
  });
});

test('a strict bound is not met by its own number', () => {
  const operators: ThresholdOperator[] = ['>', '>=', '<', '<='];
  expect(operators.map((operator) => meets({ operator, threshold: 1 }, 1))).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

describe('claims', () => {
  const names = ['a', 'b', 'c', 'd'];
  const clause = fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom<ThresholdOperator>('>', '>=', '<', '<='),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(
      ([metric, operator, threshold]): Clause => ({
        ...{ kind: 'clause', text: metric, operator, threshold },
        terms: [{ coefficient: 1, quantity: { role: 'candidate', metric } }],
      }),
    );
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      clause,
      tie('expression').map((of): Expression => ({ kind: 'not', of })),
      fc
        .tuple(
          fc.constantFrom<'and' | 'or'>('and', 'or'),
          fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
        )
        .map(([kind, of]): Expression => ({ kind, of })),
    ),
  }));
  // Bounds that widen as the level falls, as those of one method do.
  const bounds = fc.record(
    Object.fromEntries(
      names.map((name) => [
        name,
        fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      ]),
    ),
  );
  const shows =
    (known: Readonly<Record<string, readonly [number, number]>>) =>
    ({ terms, operator, threshold }: Clause, alpha: number) => {
      const [middle, width] = known[terms[0]!.quantity.metric] ?? [0, 0];
      const reach = width * -Math.log(alpha);
      return meets({ operator, threshold }, operator.startsWith('>') ? middle - reach : middle + reach);
    };

  test('are never shown together with their negation', () => {
    fc.assert(
      fc.property(expression, bounds, (each, known) => {
        const [holds, not] = [true, false].map((way) => isShown(claimOf(each, 0.05, way), shows(known)));
        return !(holds && not);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  const flat = (claim: Claim): string =>
    claim.kind === 'clause'
      ? `${claim.clause.text} ${claim.clause.operator} ${claim.clause.threshold} at ${claim.alpha}`
      : `(${claim.of.map(flat).join(` ${claim.kind} `)})`;

  test('obey De Morgan', () => {
    fc.assert(
      fc.property(
        fc.array(expression, { minLength: 2, maxLength: 3 }),
        fc.constantFrom('and', 'or'),
        (of, kind) => {
          const other = kind === 'and' ? 'or' : 'and';
          const negated: Expression = { kind: 'not', of: { kind: kind as 'and', of } };
          const inwards: Expression = {
            kind: other as 'or',
            of: of.map((each) => ({ kind: 'not', of: each })),
          };
          return flat(claimOf(negated, 0.05)) === flat(claimOf(inwards, 0.05));
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  test('spend no more than their level on what is false', () => {
    // Of `or` the levels of the parts add up to the whole's; of `and` each has it.
    const spent = (claim: Claim): number => {
      if (claim.kind === 'clause') return claim.alpha;
      const parts = claim.of.map(spent);
      return claim.kind === 'or' ? parts.reduce((a, b) => a + b, 0) : Math.max(...parts);
    };
    fc.assert(
      fc.property(expression, (each) => spent(claimOf(each, 0.05)) <= 0.05 + 1e-12),
      { seed: 3, numRuns: 200 },
    );
  });

  test('without bounds show neither', () => {
    expect(isShown(claimOf(parseConditions(['a > 1 or not a > 1'])[0]!.expression, 0.05), () => false)).toBe(
      false,
    );
  });
});

const metrics = new Map(
  Object.values(METRICS)
    .flat()
    .map((metric) => [metric.name, metric]),
);

function worldOf(
  judged: Pick<JudgedRows, 'n' | 'candidate'> & Partial<JudgedRows>,
  more: Partial<ConditionData> = {},
): ConditionData {
  const { n, candidate, production, anchor, clusters } = judged;
  return {
    ...{ n, metrics, alpha: 0.05, binding: 'declared', showValues: false },
    rows: { candidate, ...(production && { production }), ...(anchor && { anchor }) },
    slices: () => ({ slices: [], small: 0 }),
    sampling: { draws: 400, seed: 5, ...(clusters && { clusters }) },
    ...more,
  };
}

function judge(
  judged: Parameters<typeof worldOf>[0],
  texts: readonly string[],
  more: Partial<ConditionData> = {},
) {
  const { checks, known } = judgeConditions(parseConditions(texts), worldOf(judged, more));
  return { checks, known, statuses: checks.map(({ status }) => status) };
}

describe('a condition', () => {
  test('on accuracy is decided by Clopper and Pearson’s bounds', async () => {
    // 950 of 1,000: one-sided 95 % bounds .9370 and .9608.
    const texts = ['accuracy >= 0.93', 'accuracy >= 0.94', 'accuracy >= 0.97', 'accuracy < 0.97'];
    const { checks, statuses, known } = judge(await classifiers(1000, 0, 50), texts);
    expect(statuses).toEqual(['pass', 'inconclusive', 'fail', 'pass']);
    const { lower, upper } = known.get('candidate.accuracy')?.bounds ?? {};
    expect(lower).toBeCloseTo(0.937, 3);
    expect(upper).toBeCloseTo(0.9608, 3);
    expect(checks[0]).toMatchObject({
      id: 'condition.accuracy',
      target: { metric: 'candidate.accuracy' },
      evidence: { method: 'Clopper-Pearson', n: 1000 },
    });
  });

  test('that is open says how many rows would decide it', async () => {
    const { checks, statuses } = judge(await regression(400, [5, 5]), [
      'mae <= 5',
      'mae <= 4.05',
      'mae <= 2',
      'production.mae > 2',
    ]);
    expect(statuses).toEqual(['pass', 'inconclusive', 'fail', 'pass']);
    expect(checks[1]?.evidence?.needed).toBeGreaterThan(400);
    expect(checks[1]?.message).toContain('more labelled rows would decide');
  });

  test('with not is the opposite bound, never “not shown”', async () => {
    const judged = await classifiers(1000, 0, 50);
    const { statuses } = judge(judged, [
      'not accuracy >= 0.97',
      'not accuracy >= 0.94',
      'not accuracy >= 0.93',
    ]);
    expect(statuses).toEqual(['pass', 'inconclusive', 'fail']);
  });

  test('with and needs every part, with or one, at a split level', async () => {
    const judged = await classifiers(1000, 0, 50);
    const { statuses } = judge(judged, [
      'accuracy >= 0.93 and accuracy <= 0.97',
      'accuracy >= 0.93 and accuracy >= 0.94',
      'accuracy >= 0.93 and accuracy >= 0.97',
      'accuracy >= 0.97 or accuracy >= 0.9',
      'accuracy >= 0.97 or accuracy >= 0.98',
      // .9370 at .05, and .9349 at .025.
      'accuracy >= 0.936 or accuracy >= 0.99',
    ]);
    expect(statuses).toEqual(['pass', 'inconclusive', 'fail', 'pass', 'fail', 'inconclusive']);
  });

  test('compares models on the same rows', async () => {
    const judged = await classifiers(3000, 40, 40);
    const { statuses, checks } = judge(judged, [
      'candidate.accuracy - production.accuracy > -0.01',
      'candidate.accuracy - production.accuracy > 0.01',
      'candidate.accuracy - production.accuracy > 0',
      'candidate.accuracy / production.accuracy > 0.99',
    ]);
    expect(statuses).toEqual(['pass', 'fail', 'inconclusive', 'pass']);
    expect(checks[0]?.evidence?.method).toContain('Tango');
    expect(checks[3]?.evidence?.method).toContain('ratio of paired shares');
  });

  test('with a divisor that may be zero or less is inconclusive', async () => {
    const judged = await regression(60, [5, 20]);
    // Production’s R² is about zero.
    expect(judge(judged, ['candidate.r2 / production.r2 > 0.5']).statuses).toEqual(['inconclusive']);
    const zero = await regression(60, [5, 0]);
    expect(judge(zero, ['candidate.mae / production.mae > 0.5']).statuses).toEqual(['inconclusive']);
  });

  test('on a model that is not there is inconclusive, and says which', async () => {
    const judged = await judgedOf({ candidate: 'id,label,prediction\n1,0,0\n2,0,1\n' });
    const { checks } = judge(judged, ['production.accuracy > 0.1', 'accuracy > 0 or anchor.accuracy > 0.1']);
    expect(checks.map(({ status, message }) => [status, message])).toEqual([
      ['inconclusive', 'production.accuracy > 0.1: there is no production model to judge'],
      ['inconclusive', 'accuracy > 0 or anchor.accuracy > 0.1: there is no anchor model to judge'],
    ]);
  });

  test('on an undefined metric, or values that vary by rounding only, is inconclusive', async () => {
    const few = await judgedOf({ candidate: 'id,label,prediction\n1,0,0\n2,0,1\n' });
    expect(judge(few, ['recall >= 0']).checks[0]).toMatchObject({ status: 'inconclusive', observed: null });
    const rows = Array.from({ length: 200 }, (_, id) => ({
      id,
      label: id + 0.3,
      prediction: id + 0.3 + 0.1,
    }));
    const judged = await judgedOf({ candidate: csv(rows) }, { task: 'regression' });
    expect(judge(judged, ['mae <= 5', 'rmse <= 5']).statuses).toEqual(['inconclusive', 'inconclusive']);
  });

  test('counts no rows without weight, not even for how sure a bound is', async () => {
    const text = (weightless: number) =>
      csv(
        Array.from({ length: 12 + weightless }, (_, id) => ({
          ...{ id, label: id, prediction: id + (id % 3) / 10, w: id < 12 ? 1 : 0 },
        })),
      );
    const options = { task: 'regression', columns: { ...OPTIONS.columns, weight: 'w' } } as const;
    const [some, none] = [
      await judgedOf({ candidate: text(500) }, options),
      await judgedOf({ candidate: text(0) }, options),
    ];
    const [left, right] = [judge(some, ['mae <= 1', 'rmse <= 1']), judge(none, ['mae <= 1', 'rmse <= 1'])];
    expect(left.checks).toEqual(right.checks);
    expect(left.checks[0]).toMatchObject({ status: 'inconclusive', evidence: { n: 12 } });
  });

  test('on the one cluster that there is is inconclusive, and says so', async () => {
    const rows = Array.from({ length: 600 }, (_, id) => ({
      id,
      label: id,
      prediction: id + (id % 3),
      g: 'a',
    }));
    const columns = { ...OPTIONS.columns, cluster: 'g' };
    const judged = await judgedOf({ candidate: csv(rows) }, { task: 'regression', columns });
    const { checks, statuses } = judge(judged, ['mae <= 5', 'rmse <= 5']);
    expect(statuses).toEqual(['inconclusive', 'inconclusive']);
    for (const { message } of checks)
      expect(message).toMatch(/\b1 clusters are too few to show how much they vary/);
  });
});

describe('over slices', () => {
  /** Slices of so many rows, with so many right. */
  function sliced(...of: readonly (readonly [n: number, right: number])[]) {
    const hits = of.flatMap(([n, right]) => Array.from({ length: n }, (_, i) => i < right));
    let from = 0;
    const slices = of.map(([n], i): Slice => {
      const rows = Int32Array.from({ length: n }, (_, row) => from + row);
      from += n;
      return { value: `secret ${i}`, place: i + 1, rows };
    });
    const candidate: ClassificationRows = {
      ...{ task: 'classification', n: hits.length, classes: ['0', '1'], positive: 1 },
      truth: new Int32Array(hits.length).fill(1),
      predicted: Int32Array.from(hits, Number),
    };
    return { candidate, n: hits.length, slices };
  }

  const world = (slices: readonly Slice[], small = 0) => ({ slices: () => ({ slices, small }) });

  test('the least is shown by each slice’s own bound, and refuted by one bound that is split', () => {
    const judged = sliced([400, 380], [400, 360], [400, 370]);
    // 360 of 400: one-sided bounds at .05 from .8716 to .9238, at .05/3 from .8639.
    const { statuses, checks } = judge(
      judged,
      [
        'slice(region).accuracy.min > 0.87',
        'slice(region).accuracy.min > 0.875',
        'slice(region).accuracy.min > 0.94',
        'slice(region).accuracy.max < 0.98',
        'not slice(region).accuracy.min > 0.94',
      ],
      world(judged.slices),
    );
    expect(statuses).toEqual(['pass', 'inconclusive', 'fail', 'pass', 'pass']);
    expect(checks[0]?.message).not.toContain('secret');
    expect(checks[0]?.evidence?.method).toContain('of the least of 3 slices');
  });

  test('a minus turns the least round', () => {
    const judged = sliced([400, 380], [400, 360]);
    const of = (text: string) => judge(judged, [text], world(judged.slices)).checks[0];
    const [plain, turned] = [of('slice(a).accuracy.min > 0.8'), of('-slice(a).accuracy.min < -0.8')];
    expect(turned?.status).toBe(plain?.status);
    expect(turned?.evidence?.interval?.[1]).toBeCloseTo(-(plain?.evidence?.interval?.[0] ?? 0), 12);
  });

  test('small slices are left out, which is said, and without any other nothing is decided', () => {
    const judged = sliced([400, 380]);
    const { checks } = judge(judged, ['slice(a).accuracy.min > 0.8'], world(judged.slices, 2));
    expect(checks[0]).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('2 slices have too few rows'),
    });
    const none = judge(judged, ['slice(a).accuracy.min > 0.8', 'slice(a=b).accuracy > 0.8'], world([], 3));
    expect(none.statuses).toEqual(['inconclusive', 'inconclusive']);
  });

  test('a slice in which the metric is undefined leaves the least open', () => {
    const judged = sliced([400, 380], [100, 90]);
    const truth = judged.candidate.truth.map((label, i) => (i < 400 ? label : 0));
    const { checks } = judge(
      { ...judged, candidate: { ...judged.candidate, truth } },
      ['slice(a).recall.min > 0.5'],
      world(judged.slices),
    );
    expect(checks[0]).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('in one of the slices'),
    });
  });

  test('bounds of the least keep their level, if all slices are alike', () => {
    const random = randomFrom(9);
    const wrong = { lower: 0, upper: 0 };
    const histories = 300;
    for (let history = 0; history < histories; history++) {
      const of = Array.from({ length: 5 }, () => {
        const right = Array.from({ length: 60 }, () => random.uniform() < 0.8).filter(Boolean).length;
        return [60, right] as const;
      });
      const judged = sliced(...of);
      const [above, below] = judge(
        judged,
        ['slice(a).accuracy.min > 0.8', 'slice(a).accuracy.min < 0.8'],
        world(judged.slices),
      ).statuses;
      if (above === 'pass') wrong.lower++;
      if (below === 'pass') wrong.upper++;
    }
    expect(wrong.lower / histories).toBeLessThan(0.05);
    expect(wrong.upper / histories).toBeLessThan(0.08);
  });
});
