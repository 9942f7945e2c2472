/** Resampling bounds of the difference of two models' metrics: how often does either lie beyond the true difference? */
import { contrastBounds } from '../../shared/model/contrast.ts';
import type { MetricBounds } from '../../shared/model/interval.ts';
import { clustersOf } from '../../shared/stats/clusters.ts';
import { resample } from '../../shared/stats/resample.ts';
import { resampledBounds } from '../../shared/stats/resampled.ts';
import type { CellStatistic, ResampleInput } from '../../shared/stats/statistic.ts';
import { type Draw, drawFrom } from './draw.ts';
import { errors, namedMetric } from './tally.ts';
import { grouped, rate, table } from './text.ts';

type Counts = ArrayLike<number>;
/** Of the cells 2·label + prediction. */
const METRICS: Readonly<Record<string, (c: Counts) => number>> = {
  F1: (c) => (2 * c[3]!) / (2 * c[3]! + c[1]! + c[2]!),
  MCC: (c) =>
    (c[3]! * c[0]! - c[1]! * c[2]!) /
    Math.sqrt((c[3]! + c[1]!) * (c[3]! + c[2]!) * (c[0]! + c[1]!) * (c[0]! + c[2]!)),
  precision: (c) => c[3]! / (c[3]! + c[1]!),
  'balanced accuracy': (c) => (c[3]! / (c[3]! + c[2]!) + c[0]! / (c[0]! + c[1]!)) / 2,
};

/** A model errs if production errs with this chance, and elsewhere with the other. */
const ERRS = { production: 0.15, kept: 0.7, fresh: 0.06 };

interface Labelled {
  readonly truth: Int8Array;
  readonly candidate: CellStatistic;
  readonly production: CellStatistic;
}

function labelled(draw: Draw, n: number, positives: number, value: (c: Counts) => number): Labelled {
  const truth = new Int8Array(n);
  const [ours, theirs] = [new Int32Array(n), new Int32Array(n)];
  for (let i = 0; i < n; i++) {
    const label = draw.uniform() < positives ? 1 : 0;
    const wrong = draw.uniform() < ERRS.production;
    const alsoWrong = draw.uniform() < (wrong ? ERRS.kept : ERRS.fresh);
    truth[i] = label;
    theirs[i] = 2 * label + (wrong ? 1 - label : label);
    ours[i] = 2 * label + (alsoWrong ? 1 - label : label);
  }
  const of = (cells: Int32Array): CellStatistic => ({ kind: 'cells', size: 4, cells, value });
  return { truth, candidate: of(ours), production: of(theirs) };
}

/** The metric in the population of the law above. */
function truthOf(positives: number, value: (c: Counts) => number): number {
  const shares = (error: number) => [
    (1 - positives) * (1 - error),
    (1 - positives) * error,
    positives * error,
    positives * (1 - error),
  ];
  const candidate = ERRS.production * ERRS.kept + (1 - ERRS.production) * ERRS.fresh;
  return value(shares(candidate)) - value(shares(ERRS.production));
}

interface Tally {
  above: number;
  below: number;
  none: number;
}

/** How often bounds at 5 % are beyond the truth, over runs of what `input` draws. */
export function tally(runs: number, truth: number, input: (run: number) => ResampleInput): Tally {
  const found: Tally = { above: 0, below: 0, none: 0 };
  for (let run = 0; run < runs; run++) {
    count(found, resampledBounds(resample(input(run)), 0.05), truth);
  }
  return found;
}

function count(found: Tally, { lower, upper }: Pick<MetricBounds, 'lower' | 'upper'>, truth: number): void {
  if (lower === null || upper === null) found.none += 1;
  if (lower !== null && lower > truth) found.above += 1;
  if (upper !== null && upper < truth) found.below += 1;
}

const HEADER = ['lower bound above the truth', 'upper bound below the truth', 'one or both missing'];
const cellsOf = ({ above, below, none }: Tally, runs: number) => [
  rate(above, runs),
  rate(below, runs),
  rate(none, runs),
];

function counts(runs: number, draws: number): string {
  const draw = drawFrom(411);
  const rows = Object.entries(METRICS).flatMap(([name, value]) =>
    [
      [100, 0.3],
      [300, 0.1],
      [1000, 0.02],
      [1000, 0.3],
    ].map(([n, positives]) => {
      const found = tally(runs, truthOf(positives!, value), (run) => {
        const { candidate, production } = labelled(draw, n!, positives!, value);
        return { n: n!, candidate, production, draws, seed: run };
      });
      return [`${name}, n = ${grouped(n!)}, ${grouped(n! * positives!)} positives`, ...cellsOf(found, runs)];
    }),
  );
  return table(['metric', ...HEADER], rows);
}

const LAWS: readonly (readonly [string, (draw: Draw) => number])[] = [
  ['normal errors', (draw) => draw.normal()],
  ['Laplace errors', (draw) => Math.SQRT1_2 * (draw.exponential() - draw.exponential())],
  ['log-normal errors (skewed)', (draw) => (Math.exp(draw.normal()) - Math.exp(0.5)) / 2.1612],
];
const OWN = 0.21;

/** Root mean squares of two models that share most of their errors, by the rules that the actions go by. */
export function roots(): string {
  const draw = drawFrom(412);
  const truth = Math.sqrt(1 + OWN) - 1;
  const metric = namedMetric('rmse');
  const rows = LAWS.flatMap(([name, law]) =>
    [300, 1000].map((n) => {
      const runs = n === 300 ? 3000 : 1000;
      const found: Tally = { above: 0, below: 0, none: 0 };
      for (let run = 0; run < runs; run++) {
        const production = new Float64Array(n).map(() => law(draw));
        const candidate = production.map((error) => error + Math.sqrt(OWN) * draw.normal());
        const parts = [
          { coefficient: 1, metric, rows: errors(candidate) },
          { coefficient: -1, metric, rows: errors(production) },
        ];
        count(found, contrastBounds(parts, 0.05, { draws: 400, seed: run }), truth);
      }
      return [`RMSE, ${name}, n = ${grouped(n)}`, ...cellsOf(found, runs)];
    }),
  );
  return [
    'Models that share most of their errors; 3,000 runs a row (1,000 of 1,000 rows), 400 draws:',
    table(['metric', ...HEADER], rows),
  ].join('\n\n');
}

/** Accuracy-like rows whose outcome is mostly that of their cluster. */
function clustered(runs: number, draws: number): string {
  const draw = drawFrom(413);
  const size = 10;
  const value = METRICS.F1!;
  const rows = [10, 20, 50, 200].flatMap((count) =>
    [true, false].map((declared) => {
      const n = count * size;
      const found = tally(runs, truthOf(0.4, value), (run) => {
        // Every row of a cluster takes its cluster's outcome with a chance of .7.
        const own = labelled(draw, n, 0.4, value);
        const shared = labelled(draw, count, 0.4, value);
        const mixed = (rows: CellStatistic, of: CellStatistic, from: Uint8Array): CellStatistic => ({
          ...rows,
          cells: rows.cells.map((cell, i) => (from[i] === 1 ? of.cells[Math.floor(i / size)]! : cell)),
        });
        const from = Uint8Array.from({ length: n }, () => (draw.uniform() < 0.7 ? 1 : 0));
        return {
          n,
          candidate: mixed(own.candidate, shared.candidate, from),
          production: mixed(own.production, shared.production, from),
          draws,
          seed: run,
          ...(declared ? { clusters: clustersOf(Array.from(from, (_, i) => Math.floor(i / size))) } : {}),
        };
      });
      return [
        `F1, ${count} clusters of ${size}, ${declared ? 'resampled whole' : 'not declared'}`,
        ...cellsOf(found, runs),
      ];
    }),
  );
  return table(['clusters', ...HEADER], rows);
}

export function resampling(): string {
  const runs = 1000;
  const draws = 1000;
  return [
    `Differences of metrics of counts, resampled as joint cells; ${runs} runs a row, ${draws} draws each:`,
    counts(runs, draws),
    'Rows that depend on each other:',
    clustered(runs / 2, draws),
  ].join('\n\n');
}
