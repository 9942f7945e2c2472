/** Bootstrap bounds of a gain: how often is the true gain outside of either? */
import { compare } from '../../shared/model/compare.ts';
import type { ClassificationRows, ScoredRows } from '../../shared/model/rows.ts';
import { normalCdf } from '../../shared/stats/special.ts';
import { type Draw, drawFrom } from './draw.ts';
import { errorsOf, judgedOf } from './judged.ts';
import { metricOf } from './means.ts';
import { rate, table } from './text.ts';

interface Case {
  readonly name: string;
  readonly metric: string;
  /** The gain in the population. */
  readonly truth: number;
  rows(draw: Draw, n: number): { candidate: ScoredRows; production: ScoredRows };
}

/** Errors of variance 1 and 1.21 that have most of their noise in common; `law` has mean 0 and variance 1. */
function rmse(name: string, law: (draw: Draw) => number): Case {
  const own = 0.21;
  return {
    name,
    metric: 'rmse',
    truth: 1 - Math.sqrt(1 + own),
    rows: (draw, n) => {
      const production = new Float64Array(n).map(() => law(draw));
      const candidate = production.map((error) => error + Math.sqrt(own) * draw.normal());
      return { candidate: errorsOf(candidate), production: errorsOf(production) };
    },
  };
}

/** Scores N(d, 1) of positives and N(0, 1) of negatives; the candidate's carry more noise. */
function auc(positives: number): Case {
  const d = 1.5;
  const noise = 0.25;
  return {
    name: `AUC, ${100 * positives} % positive`,
    metric: 'roc_auc',
    truth: normalCdf(d / Math.sqrt(2 + 2 * noise)) - normalCdf(d / Math.SQRT2),
    rows: (draw, n) => {
      const truth = new Int32Array(n).map(() => (draw.uniform() < positives ? 1 : 0));
      const scores = Float64Array.from(truth, (label) => d * label + draw.normal());
      const rows = (own: Float64Array): ClassificationRows => ({
        task: 'classification',
        n,
        classes: ['0', '1'],
        truth,
        positive: 1,
        scores: own,
      });
      const noisy = scores.map((score) => score + Math.sqrt(noise) * draw.normal());
      return { candidate: rows(noisy), production: rows(scores) };
    },
  };
}

const SQRT_HALF = Math.SQRT1_2;
const CASES: readonly Case[] = [
  rmse('RMSE, normal errors', (draw) => draw.normal()),
  rmse('RMSE, Laplace errors', (draw) => SQRT_HALF * (draw.exponential() - draw.exponential())),
  auc(0.5),
  auc(0.1),
];
const SIZES = [
  { n: 50, runs: 600 },
  { n: 100, runs: 600 },
  { n: 300, runs: 400 },
  { n: 1000, runs: 100 },
];

export function bootstrap(): string {
  const draw = drawFrom(401);
  const margin = { kind: 'absolute', value: 0.05 } as const;
  const rows = CASES.flatMap(({ name, metric: named, truth, rows: rowsOf }) =>
    SIZES.map(({ n, runs }) => {
      const metric = metricOf(named);
      let above = 0;
      let unmarked = 0;
      let below = 0;
      let weak = 0;
      let none = 0;
      for (let run = 0; run < runs; run++) {
        const { candidate, production } = rowsOf(draw, n);
        const judged = judgedOf(candidate, production, run);
        const sampling = { draws: 1000, digest: judged.digest };
        const { check } = compare(judged, { metric, margin, sampling, binding: 'bound' });
        const [lower, upper] = check.evidence?.interval ?? [null, null];
        if (lower === null || upper === null) none += 1;
        else if (lower > truth) {
          above += 1;
          if (!check.message.includes('weak:')) unmarked += 1;
        } else if (upper < truth) below += 1;
        if (check.message.includes('weak:')) weak += 1;
      }
      const decided = runs - none;
      return [
        `${name}, n = ${n}`,
        rate(above, decided),
        rate(unmarked, decided),
        rate(below, decided),
        rate(weak, runs),
        rate(none, runs),
      ];
    }),
  );
  return [
    `Both models on the same rows, the candidate truly a little worse; ${SIZES.map(({ n, runs }) => `${runs} runs at n = ${n}`).join(', ')}; 1,000 draws each; 5 % allowed for either bound:`,
    table(
      [
        'metric',
        'lower bound above the truth',
        'of these not marked weak',
        'upper bound below the truth',
        'marked weak',
        'no bounds',
      ],
      rows,
    ),
  ].join('\n\n');
}
