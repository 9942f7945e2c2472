/**
 * Losses that are clipped at a quantile of the same rows: how often is a candidate accepted that is worse by just the
 * margin, against the mean of losses clipped where that very run clipped them, and where the law's own quantile lies?
 */
import { compareRows } from '../../shared/model/compare.ts';
import { limitLosses } from '../../shared/model/loss-limits.ts';
import { meanAbsoluteError } from '../../shared/model/metrics/regression.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import type { RegressionRows } from '../../shared/model/rows.ts';
import { normalCdf } from '../../shared/stats/special.ts';
import { type Draw, drawFrom } from './draw.ts';
import { grouped, rate, table } from './text.ts';

/** Losses of a model: how they are drawn, and the mean of the lesser of a loss and c. */
interface Law {
  readonly draw: (draw: Draw) => number;
  readonly below: (c: number) => number;
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const halfNormal = (c: number) => (c <= 0 ? c : 2 * (density(0) - density(c)) + 2 * c * (1 - normalCdf(c)));
const SHAPE = 2.2;

const LOG_NORMAL: Law = {
  draw: (draw) => Math.exp(draw.normal()),
  below: (c) => Math.exp(0.5) * normalCdf(Math.log(c) - 1) + c * (1 - normalCdf(Math.log(c))),
};
const PARETO: Law = {
  draw: (draw) => (1 - draw.uniform()) ** (-1 / SHAPE),
  below: (c) => (c <= 1 ? c : (SHAPE - c ** (1 - SHAPE)) / (SHAPE - 1)),
};
const scaled = (law: Law, by: number): Law => ({
  draw: (draw) => by * law.draw(draw),
  below: (c) => by * law.below(c / by),
});
/** Errors of a normal law, and 100 more in this share of the rows. */
const disasters = (share: number): Law => ({
  draw: (draw) => Math.abs(draw.normal()) + (draw.uniform() < share ? 100 : 0),
  below: (c) => (1 - share) * halfNormal(c) + share * (c <= 100 ? c : 100 + halfNormal(c - 100)),
});

const CLIP = 0.99;
/** Production, the candidate, and the 0.99 quantile of production's losses. */
const CASES: readonly (readonly [string, Law, Law, number])[] = [
  ['log-normal, 1.5 times as large', LOG_NORMAL, scaled(LOG_NORMAL, 1.5), Math.exp(2.3263478740408408)],
  ['Pareto 2.2, 1.5 times as large', PARETO, scaled(PARETO, 1.5), (1 - CLIP) ** (-1 / SHAPE)],
  ['normal, the candidate with 1 % disasters', disasters(0), disasters(0.01), 2.5758293035489004],
  ['1 % disasters of production, 2 % of the candidate', disasters(0.01), disasters(0.02), 100],
];
const SIZES = [100, 300, 1000, 3000];

interface Found {
  readonly clip: number;
  readonly lower: number;
}

/** Where the run clipped, and its lower bound of the gain; undefined if nothing was clipped or there is none. */
function runOf(
  rows: { production: RegressionRows; candidate: RegressionRows },
  seed: number,
): Found | undefined {
  const judged = { task: 'regression', n: rows.production.n, ...rows } as unknown as JudgedRows;
  const known = new Map([['mae', meanAbsoluteError]]);
  const { metrics } = limitLosses(known, judged, { bounds: {}, clip: CLIP });
  const metric = metrics.get('mae') ?? meanAbsoluteError;
  const statistic = metric.statistic(rows.production);
  const clip = statistic.kind === 'mean' ? (statistic.range?.[1] ?? Infinity) : Infinity;
  const { check } = compareRows(rows.candidate, rows.production, {
    ...{ metric, margin: { kind: 'absolute', value: 1 }, alpha: 0.05, binding: 'bound' },
    sampling: { draws: 400, seed },
  });
  const lower = check.evidence?.interval?.[0];
  return lower == null || clip === Infinity ? undefined : { clip, lower };
}

export function clips(): string {
  const runs = 2000;
  const draw = drawFrom(505);
  const losses = (law: Law, n: number): RegressionRows => ({
    ...{ task: 'regression', n, truth: new Float64Array(n) },
    predicted: new Float64Array(n).map(() => law.draw(draw)),
  });
  const rows = CASES.flatMap(([name, production, candidate, quantile]) =>
    SIZES.map((n) => {
      const loss = (clip: number) => candidate.below(clip) - production.below(clip);
      let [own, law, clipped] = [0, 0, 0];
      for (let run = 0; run < runs; run++) {
        const found = runOf({ production: losses(production, n), candidate: losses(candidate, n) }, run);
        if (found === undefined) continue;
        clipped += 1;
        if (found.lower > -loss(found.clip)) own += 1;
        if (found.lower > -loss(quantile)) law += 1;
      }
      return [`${name}, n = ${grouped(n)}`, rate(own, runs), rate(law, runs), rate(clipped, runs)];
    }),
  );
  return [
    `\`mae\` with \`loss-clip: ${CLIP}\`, losses of two models drawn apart; ${grouped(runs)} runs a row. The margin is of losses clipped where the run clipped them, or at the quantile of production's law:`,
    table(
      ['losses', 'passed, clipped as in the run', 'passed, clipped at the law’s quantile', 'clipped'],
      rows,
    ),
  ].join('\n\n');
}
