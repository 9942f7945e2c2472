/** Quantiles of errors and of latency: how often does a candidate pass whose quantile is worse by just the margin? */
import { contrastBounds } from '../../shared/model/contrast.ts';
import { LATENCY_COLUMN } from '../../shared/model/metrics/columns.ts';
import type { RegressionRows } from '../../shared/model/rows.ts';
import { normalCdf, normalQuantile } from '../../shared/stats/special.ts';
import { drawFrom } from './draw.ts';
import { cellOf, namedMetric, settledCell, type Tally } from './tally.ts';
import { bySize, grouped } from './text.ts';

const RUNS = Number(process.env.SIMULATE_RUNS ?? 600);
const SIZES = [50, 100, 300, 1000, 3000];

/** A value by its place in (0, 1), and the quantile of that share. */
interface Shape {
  readonly at: (place: number) => number;
}

interface Law {
  readonly name: string;
  /** Of the share that is judged. */
  readonly of: (share: number) => { readonly production: Shape; readonly candidate: Shape };
  /** The correlation of the two models' places. */
  readonly dependence: number;
}

const halfNormal = (place: number) => -normalQuantile((1 - place) / 2);
const DISASTER = 100;

/** The last `share` of places is a disaster. */
const disasters = (share: number): Shape => ({
  at: (place) =>
    place > 1 - share ? DISASTER + halfNormal((place - 1 + share) / share) : halfNormal(place / (1 - share)),
});

const shifted = (at: Shape['at']) => () => ({
  production: { at },
  candidate: { at: (place: number) => at(place) + 0.5 },
});

const LAWS: readonly Law[] = [
  { name: 'normal', of: shifted(halfNormal), dependence: 0.8 },
  { name: 'normal, the models err on opposite rows', of: shifted(halfNormal), dependence: -0.8 },
  { name: 'log-normal', of: shifted((place) => Math.exp(normalQuantile(place))), dependence: 0.8 },
  {
    // The candidate's share of values up to the one below is just too small to have it as its quantile.
    name: 'ties (whole numbers)',
    of: (share) => ({
      production: { at: (place) => (place <= Math.min(0.99, share + 0.1) || place <= share ? 0 : 1) },
      candidate: { at: (place) => (place <= share * 0.999 ? 0 : place <= share + 0.4 * (1 - share) ? 1 : 2) },
    }),
    dependence: 0.8,
  },
  {
    name: '1 % disasters',
    of: () => ({ production: disasters(0.009), candidate: disasters(0.011) }),
    dependence: 0.8,
  },
];

const METRICS = [
  { name: 'median_absolute_error', share: 0.5 },
  { name: 'latency_p95', share: 0.95 },
  { name: 'latency_p99', share: 0.99 },
];

const rowsOf = (values: Float64Array): RegressionRows => ({
  ...{ task: 'regression', n: values.length, truth: new Float64Array(values.length), predicted: values },
  columns: { [LATENCY_COLUMN]: values },
});

function tables(): string {
  const draw = drawFrom(701);
  const rows = METRICS.flatMap(({ name, share }) => {
    const metric = namedMetric(name);
    return LAWS.flatMap(({ name: law, of, dependence }) => {
      const { production, candidate } = of(share);
      const truth = candidate.at(share);
      const margin = truth - production.at(share);
      const pair = (n: number) => () => {
        const [ours, theirs] = [new Float64Array(n), new Float64Array(n)];
        for (let i = 0; i < n; i++) {
          const one = draw.normal();
          const other = dependence * one + Math.sqrt(1 - dependence ** 2) * draw.normal();
          ours[i] = candidate.at(normalCdf(other));
          theirs[i] = production.at(normalCdf(one));
        }
        return { candidate: rowsOf(ours), production: rowsOf(theirs) };
      };
      return SIZES.map((n) => {
        const held: Tally = { pass: 0, decided: 0 };
        for (let run = 0; run < RUNS; run++) {
          const part = { coefficient: 1, metric, rows: pair(n)().candidate };
          const { upper } = contrastBounds([part], 0.05, { draws: 1, seed: run });
          if (upper !== null) held.decided += 1;
          if (upper !== null && upper < truth) held.pass += 1;
        }
        const passed = settledCell(RUNS, metric, margin, pair(n));
        return { name: `\`${name}\`, ${law}`, n, cell: `${passed}; ${cellOf(held, RUNS)}` };
      });
    });
  });
  return bySize('passed; condition held', rows);
}

export const quantileTables = () =>
  [
    `Runs that pass, and in which a condition that asks for less than the true value holds; ${grouped(RUNS)} a cell, ${grouped(3 * RUNS)} if the first show more than 5 %:`,
    tables(),
  ].join('\n\n');
