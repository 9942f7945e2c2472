/**
 * Losses without a bound, few clusters, AUC: how often does a candidate that is worse by just the margin pass? By the
 * project's own `compare`, so that every rule that makes it inconclusive counts.
 */
import { normalCdf } from '../../shared/stats/special.ts';
import { type Draw, drawFrom } from './draw.ts';
import { cellOf, classified, errors, namedMetric, settledCell, tally } from './tally.ts';
import { bySize, grouped } from './text.ts';

const SIZES = [50, 100, 300, 1000, 3000];

export interface Law {
  readonly name: string;
  /** A loss added to production's, its mean, and its mean square. */
  readonly draw: (draw: Draw) => number;
  readonly mean: number;
  readonly square: number;
  /** The greatest loss, if the law has one. */
  readonly most?: number;
}

const HALF = Math.sqrt(2 / Math.PI);
const DISASTER = 100;
export const LAWS: readonly Law[] = [
  { name: 'normal', draw: (draw) => Math.abs(draw.normal()), mean: HALF, square: 1 },
  { name: 'log-normal', draw: (draw) => Math.exp(draw.normal()), mean: Math.exp(0.5), square: Math.exp(2) },
  { name: 'Pareto 2.2', draw: (draw) => (1 - draw.uniform()) ** (-1 / 2.2), mean: 2.2 / 1.2, square: 11 },
  {
    name: '1 % disasters',
    draw: (draw) => (draw.uniform() < 0.01 ? DISASTER : 0),
    mean: DISASTER / 100,
    square: DISASTER ** 2 / 100,
    most: 110,
  },
];

/** The candidate's error is production's and a loss of the law; the margin is what that adds to the metric. */
function unbounded(runs: number, name: 'mae' | 'rmse'): string {
  const draw = drawFrom(501);
  const metric = namedMetric(name);
  const rows = LAWS.flatMap(({ name: law, draw: loss, mean, square, most }) => {
    const margin = name === 'mae' ? mean : Math.sqrt(1 + 2 * HALF * mean + square) - 1;
    const pair = (n: number) => () => {
      const production = new Float64Array(n).map(() => Math.abs(draw.normal()));
      return {
        candidate: errors(production.map((error) => error + loss(draw))),
        production: errors(production),
      };
    };
    const plain = SIZES.map((n) => {
      return { name: law, n, cell: settledCell(runs, metric, margin, pair(n)) };
    });
    if (most === undefined) return plain;
    const bounded = metric.unlimited?.within(most, 'bound') ?? metric;
    const stated = SIZES.map((n) => {
      const said = `${law}, with \`loss-bound: ${most}\``;
      return { name: said, n, cell: settledCell(runs, bounded, margin, pair(n)) };
    });
    return [...plain, ...stated];
  });
  return bySize(`\`${name}\``, rows);
}

/** A confident candidate: with 1 % of its labels it is certain of the wrong class. */
function logLoss(runs: number): string {
  const draw = drawFrom(502);
  const certain = 1e-6;
  const metric = namedMetric('log_loss');
  const lost = 0.01;
  // Production says 0.8 of the truth, the candidate 0.8 except for the rows it is sure of.
  const margin = lost * (Math.log(0.8) - Math.log(certain));
  const bounded = metric.unlimited?.within(-Math.log(certain), 'bound') ?? metric;
  const pair = (n: number) => () => {
    const truth = Int32Array.from({ length: n }, () => (draw.uniform() < 0.5 ? 1 : 0));
    const said = (share: number) => {
      return Float64Array.from(truth, (label) => {
        const own =
          draw.uniform() < share ? certain : Math.min(0.99, Math.max(0.5, 0.8 + 0.05 * draw.normal()));
        return label === 1 ? own : 1 - own;
      });
    };
    return { candidate: classified(truth, said(lost)), production: classified(truth, said(0)) };
  };
  const rows = [metric, bounded].flatMap((each) =>
    SIZES.map((n) => {
      const stated = each === bounded ? ', with `loss-bound: 13.8`' : '';
      const name = `certain and wrong in 1 %${stated}`;
      return { name, n, cell: cellOf(tally(runs, each, margin, pair(n)), runs) };
    }),
  );
  return bySize('`log_loss`', rows);
}

const SHIFT = 1.5;
const NOISE = 0.25;
const LOST = 0.03;

function auc(runs: number): string {
  const draw = drawFrom(503);
  const metric = namedMetric('roc_auc');
  const of = (variance: number) => normalCdf(SHIFT / Math.sqrt(2 + variance));
  const laws = [
    {
      name: 'more noise',
      margin: of(0) - of(4 * NOISE),
      candidate: (score: number, _label: number) => score + Math.sqrt(2 * NOISE) * draw.normal(),
    },
    {
      name: '3 % of positives lost',
      margin: LOST * of(0),
      candidate: (score: number, label: number) =>
        label === 1 && draw.uniform() < LOST ? -9 : score + 0.01 * draw.normal(),
    },
  ];
  const rows = laws.flatMap(({ name, margin, candidate }) =>
    [0.01, 0.03, 0.1, 0.3].flatMap((share) =>
      SIZES.map((n) => {
        const found = tally(runs, metric, margin, () => {
          const truth = Int32Array.from({ length: n }, () => (draw.uniform() < share ? 1 : 0));
          const scores = Float64Array.from(truth, (label) => SHIFT * label + draw.normal());
          const ours = scores.map((score, i) => candidate(score, truth[i]!));
          return { candidate: classified(truth, ours), production: classified(truth, scores) };
        });
        return { name: `${name}, ${100 * share} % positives`, n, cell: cellOf(found, runs) };
      }),
    ),
  );
  return bySize('`roc_auc`', rows);
}

/** Rows of a cluster share half of the variance of what is added to production's errors. */
function fewClusters(runs: number): string {
  const draw = drawFrom(504);
  const metric = namedMetric('mae');
  const margin = 2;
  const excess: readonly (readonly [string, () => number])[] = [
    ['normal', () => draw.normal()],
    ['log-normal', () => (Math.exp(draw.normal()) - Math.exp(0.5)) / 2.1612],
  ];
  const sizes: readonly (readonly [string, () => number])[] = [
    ['of 30', () => 30],
    ['of 10 to 90', () => Math.round(30 * Math.exp(Math.max(-1.1, Math.min(1.1, 0.6 * draw.normal()))))],
  ];
  const rows = excess.flatMap(([law, effect]) =>
    sizes.flatMap(([said, size]) =>
      [10, 14, 20, 30, 40].map((count) => {
        const found = tally(runs, metric, margin, () => {
          const clusters: number[] = [];
          const added: number[] = [];
          for (let k = 0; k < count; k++) {
            const shared = Math.SQRT1_2 * effect();
            for (let i = size(); i > 0; i--) {
              clusters.push(k);
              added.push(margin + shared + Math.SQRT1_2 * effect());
            }
          }
          const production = Float64Array.from(added, () => 100 + draw.normal());
          const candidate = production.map((error, i) => error + added[i]!);
          return { candidate: errors(candidate), production: errors(production), clusters };
        });
        return { name: `${law}, clusters ${said} rows`, n: count, cell: cellOf(found, runs) };
      }),
    ),
  );
  return bySize('`mae`', rows, (count) => `${count} clusters`);
}

/** Runs a cell: 1000, or what `SIMULATE_RUNS` says. */
const RUNS = Number(process.env.SIMULATE_RUNS ?? 1000);

export const lossTables = () =>
  [
    `Runs that pass, ${grouped(RUNS)} a cell (${grouped(3 * RUNS)} of \`mae\` and \`rmse\` if the first show more than 5 %):`,
    unbounded(RUNS, 'mae'),
    unbounded(RUNS, 'rmse'),
    logLoss(RUNS),
  ].join('\n\n');

export const aucTables = () => [`Runs that pass, ${grouped(RUNS)} a cell:`, auc(RUNS)].join('\n\n');

export const clusterTables = () =>
  [`The same for few clusters, ${grouped(RUNS)} runs a cell:`, fewClusters(RUNS)].join('\n\n');
