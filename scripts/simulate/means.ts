/** Means of unbounded losses: how often is a loss of just the margin accepted, or called worse? */
import type { Margin } from '../../shared/inputs/kinds.ts';
import { compareRows } from '../../shared/model/compare.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { isProblem, metricNamed } from '../../shared/model/metrics.ts';
import type { ScoredRows } from '../../shared/model/rows.ts';
import { clustersOf } from '../../shared/stats/clusters.ts';
import { type Draw, drawFrom } from './draw.ts';
import { bySize, rate, table } from './text.ts';

/** Predictions of zeros, so that a prediction is its own error. */
function errorsOf(predicted: Float64Array): ScoredRows {
  return { task: 'regression', n: predicted.length, truth: new Float64Array(predicted.length), predicted };
}

function metricOf(name: string): Metric {
  const found = metricNamed(name, 'simulation');
  if (isProblem(found)) throw new Error(found.what);
  return found;
}

/** A row's loss beyond its mean; mean 0. */
type Excess = (draw: Draw) => number;

const EXCESS: Readonly<Record<string, Excess>> = {
  normal: (draw) => draw.normal(),
  'exponential losses (skewness 2)': (draw) => draw.exponential() - 1,
  'log-normal losses (6.2)': (draw) => Math.exp(draw.normal()) - Math.exp(0.5),
  'log-normal gains (−6.2)': (draw) => Math.exp(0.5) - Math.exp(draw.normal()),
};
const BASELINE = 1000;
const ABSOLUTE: Margin = { kind: 'absolute', value: 0.5 };
const RELATIVE: Margin = { kind: 'relative', value: 0.01 };

const DRAWS = 500;

interface Tally {
  accepted: number;
  worse: number;
}

/** Runs in which the candidate's mean absolute error is truly `loss` above production's. */
function tally(
  runs: number,
  margin: Margin,
  rows: (run: number) => { production: Float64Array; excess: Float64Array; clusters?: readonly string[] },
): Tally {
  const metric = metricOf('mae');
  const found: Tally = { accepted: 0, worse: 0 };
  const loss = margin.kind === 'absolute' ? margin.value : margin.value * BASELINE;
  for (let run = 0; run < runs; run++) {
    const { production, excess, clusters } = rows(run);
    const candidate = production.map((error, i) => error + loss + excess[i]!);
    const sampling = {
      draws: DRAWS,
      seed: run,
      ...(clusters === undefined ? {} : { clusters: clustersOf(clusters) }),
    };
    const options = { metric, margin, sampling, alpha: 0.05, binding: 'bound' } as const;
    const { reading, check } = compareRows(errorsOf(candidate), errorsOf(production), options);
    if (reading === 'worse') found.worse += 1;
    if (check.status === 'pass' || check.status === 'warn') found.accepted += 1;
  }
  return found;
}

const cells = ({ accepted, worse }: Tally, runs: number) => [rate(accepted, runs), rate(worse, runs)];

function skewed(runs: number): string {
  const draw = drawFrom(301);
  const rows = Object.entries(EXCESS).flatMap(([name, excess]) =>
    [50, 100, 300, 1000].map((n) => {
      const times = n === 1000 ? runs / 4 : runs;
      const found = tally(times, ABSOLUTE, () => ({
        production: new Float64Array(n).map(() => BASELINE + 10 * draw.normal()),
        excess: new Float64Array(n).map(() => excess(draw)),
      }));
      return { name, n, cell: cells(found, times).join('; ') };
    }),
  );
  const relative = [100, 300].map((n) => {
    const found = tally(runs, RELATIVE, () => ({
      production: new Float64Array(n).map(() => BASELINE + 10 * draw.normal()),
      excess: new Float64Array(n).map(() => draw.normal()),
    }));
    return { name: 'normal, relative margin', n, cell: cells(found, runs).join('; ') };
  });
  return bySize('differences: accepted; called worse', [...rows, ...relative]);
}

/** Rows in clusters of ten that share half of the variance. */
function clustered(runs: number): string {
  const draw = drawFrom(302);
  const size = 10;
  const laws: readonly (readonly [string, Excess])[] = [
    ['normal', EXCESS.normal!],
    ['log-normal losses', EXCESS['log-normal losses (6.2)']!],
  ];
  const rows = laws.flatMap(([name, law]) =>
    [10, 30, 100].flatMap((count) =>
      [false, true].map((declared) => {
        const found = tally(runs, ABSOLUTE, () => {
          const excess = new Float64Array(count * size);
          for (let i = 0, shared = 0; i < excess.length; i++) {
            if (i % size === 0) shared = Math.SQRT1_2 * law(draw);
            excess[i] = shared + Math.SQRT1_2 * law(draw);
          }
          const production = excess.map(() => BASELINE + 10 * draw.normal());
          const clusters = Array.from(excess, (_, i) => `c${Math.floor(i / size)}`);
          return { production, excess, ...(declared ? { clusters } : {}) };
        });
        const said = declared ? 'with `cluster`' : 'without';
        return [`${name}, ${count} clusters, ${said}`, ...cells(found, runs)];
      }),
    ),
  );
  return table(['clusters of 10 rows', 'accepted', 'called worse'], rows);
}

export function means(): string {
  const runs = 1000;
  return [
    `Mean absolute errors of other laws; ${runs} runs a cell (a quarter of 1,000 rows), ${DRAWS} draws:`,
    skewed(runs),
    'Rows that depend on each other:',
    clustered(runs / 2),
  ].join('\n\n');
}
