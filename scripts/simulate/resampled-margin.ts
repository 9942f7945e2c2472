/** Metrics that are resampled (R², calibration errors, average precision), if the candidate is worse by just the margin. */
import { contrastBounds } from '../../shared/model/contrast.ts';
import type { Metric } from '../../shared/model/metric.ts';
import type { ClassificationRows, RegressionRows } from '../../shared/model/rows.ts';
import { type Draw, drawFrom } from './draw.ts';
import { LAWS as LOSS_LAWS, type Law as LossLaw } from './losses.ts';
import { cellOf, namedMetric, type Pair, settledCell, type Tally } from './tally.ts';
import { bySize, grouped } from './text.ts';

/** Fewer than of other parts, for they take their time; a cell above 5 % goes on. */
const RUNS = Number(process.env.SIMULATE_RUNS ?? 300);
/** Of R² with few rows, which is quick: there the level is reached. */
const FEW_ROWS = 300;
const FEW_ROWS_RUNS = Number(process.env.SIMULATE_RUNS ?? 1000);
const HALF = Math.sqrt(2 / Math.PI);

interface Law {
  readonly name: string;
  /** A label, and the errors of production and of the candidate on its row. */
  readonly row: (draw: Draw) => { label: number; production: number; candidate: number };
  /** What the candidate's mean square is above production's, over the variance of the labels. */
  readonly margin: number;
}

/** Production's errors are half normal, the candidate's are those and a loss; labels vary four times as much. */
function additive({ name, draw: loss, mean, square }: LossLaw): Law {
  const excess = 2 * HALF * mean + square;
  const spread = Math.sqrt(4 * (1 + excess));
  return {
    name,
    margin: excess / spread ** 2,
    row: (draw) => {
      const production = Math.abs(draw.normal());
      return { label: spread * draw.normal(), production, candidate: production + loss(draw) };
    },
  };
}

const LAWS: readonly Law[] = [
  ...LOSS_LAWS.map(additive),
  {
    name: 'log-normal labels, errors in proportion',
    // E y² = e^0.5 and Var y = e^0.5 − e^0.25 at a deviation of 0.5 of ln y.
    margin: ((0.09 - 0.04) * Math.exp(0.5)) / (Math.exp(0.5) - Math.exp(0.25)),
    row: (draw) => {
      const label = Math.exp(0.5 * draw.normal());
      return { label, production: 0.2 * label * draw.normal(), candidate: 0.3 * label * draw.normal() };
    },
  },
];

function regressionPair(draw: Draw, n: number, row: Law['row']): Pair {
  const truth = new Float64Array(n);
  const [ours, theirs] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const { label, production, candidate } = row(draw);
    truth[i] = label;
    ours[i] = label + candidate;
    theirs[i] = label + production;
  }
  const of = (predicted: Float64Array): RegressionRows => ({ task: 'regression', n, truth, predicted });
  return { candidate: of(ours), production: of(theirs) };
}

function r2(): string {
  const draw = drawFrom(601);
  const metric = namedMetric('r2');
  const rows = LAWS.flatMap(({ name, margin, row }) =>
    [50, 100, 300, 1000, 3000].map((n) => {
      const runs = n > FEW_ROWS ? RUNS : FEW_ROWS_RUNS;
      return { name, n, cell: settledCell(runs, metric, margin, () => regressionPair(draw, n, row)) };
    }),
  );
  return bySize('`r2`', rows);
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const SHARES = [0.03, 0.1, 0.3];
const SIZES = [300, 1000, 3000];

/** Labels that come true with `chance`, and what each model says of them. */
interface Promises {
  readonly name: string;
  readonly of: (draw: Draw, centre: number) => { chance: number; production: number; candidate: number };
}

const PROMISES: readonly Promises[] = [
  {
    name: 'candidate too sure, production calibrated',
    of: (draw, centre) => {
      const logit = centre + draw.normal();
      return { chance: logistic(logit), production: logistic(logit), candidate: logistic(1.5 * logit) };
    },
  },
  {
    name: 'candidate 3 points of chance too high, production calibrated',
    of: (draw, centre) => {
      const chance = logistic(centre + draw.normal());
      return { chance, production: chance, candidate: Math.min(1, chance + 0.03) };
    },
  },
  {
    name: 'both too sure, the candidate more',
    of: (draw, centre) => {
      const logit = centre + draw.normal();
      return { chance: logistic(logit), production: logistic(1.3 * logit), candidate: logistic(1.8 * logit) };
    },
  },
];

function classified(truth: Int32Array, scores: Float64Array): ClassificationRows {
  return { task: 'classification', n: truth.length, classes: ['0', '1'], truth, positive: 1, scores };
}

function promisedPair(draw: Draw, n: number, centre: number, { of }: Promises) {
  const truth = new Int32Array(n);
  const [ours, theirs] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const { chance, production, candidate } = of(draw, centre);
    truth[i] = draw.uniform() < chance ? 1 : 0;
    ours[i] = candidate;
    theirs[i] = production;
  }
  return { candidate: classified(truth, ours), production: classified(truth, theirs) };
}

/** Enough rows for a truth to three digits. */
const MANY = 400_000;
/** Of average precision, which sorts rows of resamples. */
const RANKED_RUNS = Number(process.env.SIMULATE_RUNS ?? 100);
const RANKED_SIZES = [300, 1000];

/** Does a condition that asks for the true value of the candidate hold? */
function held(runs: number, metric: Metric, value: number, pair: () => Pair): Tally {
  const found = { pass: 0, decided: 0 };
  for (let run = 0; run < runs; run++) {
    const { candidate } = pair();
    const { lower, upper } = contrastBounds([{ coefficient: 1, metric, rows: candidate }], 0.05, {
      ...{ draws: 400, seed: run },
    });
    const end = metric.better === 'lower' ? upper : lower;
    if (end !== null) found.decided += 1;
    if (end !== null && (metric.better === 'lower' ? end <= value : end >= value)) found.pass += 1;
  }
  return found;
}

function margins(
  names: readonly string[],
  cases: readonly (readonly [string, (n: number) => Pair])[],
  { sizes, runs }: { readonly sizes: readonly number[]; readonly runs: number },
): string {
  const rows = names.flatMap((name) =>
    cases.flatMap(([said, pair]) => {
      const metric = namedMetric(name);
      const whole = pair(MANY);
      const [own, other] = [metric.evaluator(whole.candidate)(), metric.evaluator(whole.production)()];
      const margin = metric.better === 'lower' ? own - other : other - own;
      return sizes.map((n) => {
        const passed = settledCell(runs, metric, margin, () => pair(n));
        const condition = held(runs, metric, own, () => pair(n));
        return { name: `\`${name}\`, ${said}`, n, cell: `${passed}; ${cellOf(condition, runs)}` };
      });
    }),
  );
  return bySize('passed; condition held', rows);
}

function calibration(): string {
  const draw = drawFrom(602);
  const cases = PROMISES.flatMap((promises) =>
    SHARES.map((share) => {
      const centre = Math.log(share / (1 - share));
      return [
        `${promises.name}, about ${100 * share} % positives`,
        (n: number) => promisedPair(draw, n, centre, promises),
      ] as const;
    }),
  );
  return margins(['ece', 'ece_quantile'], cases, { sizes: SIZES, runs: RUNS });
}

const SHIFT = 1.5;

function averagePrecision(): string {
  const draw = drawFrom(603);
  const candidates: readonly (readonly [string, (score: number, label: number) => number])[] = [
    ['more noise', (score) => score + Math.SQRT1_2 * draw.normal()],
    [
      '3 % of positives lost',
      (score, label) => (label === 1 && draw.uniform() < 0.03 ? -9 : score + 0.01 * draw.normal()),
    ],
    [
      'a few negatives on top',
      (score, label) => (label === 0 && draw.uniform() < 0.003 ? 9 + draw.uniform() : score),
    ],
  ];
  const cases = candidates.flatMap(([name, candidate]) =>
    SHARES.map((share) => {
      const pair = (n: number): Pair => {
        const truth = Int32Array.from({ length: n }, () => (draw.uniform() < share ? 1 : 0));
        const scores = Float64Array.from(truth, (label) => SHIFT * label + draw.normal());
        const ours = scores.map((score, i) => candidate(score, truth[i]!));
        return { candidate: classified(truth, ours), production: classified(truth, scores) };
      };
      return [`${name}, ${100 * share} % positives`, pair] as const;
    }),
  );
  return margins(['average_precision'], cases, { sizes: RANKED_SIZES, runs: RANKED_RUNS });
}

export const r2Tables = () =>
  [
    `Runs that pass, ${grouped(FEW_ROWS_RUNS)} a cell up to ${FEW_ROWS} rows, ${RUNS} above, three times as many if the first show more than 5 %:`,
    r2(),
  ].join('\n\n');

const both = (runs: number) =>
  `Runs that pass, and in which a condition that asks for just the true value holds; ${grouped(runs)} a cell, ${grouped(3 * runs)} if the first show more than 5 %:`;

export const calibrationTables = () => [both(RUNS), calibration()].join('\n\n');
export const averagePrecisionTables = () => [both(RANKED_RUNS), averagePrecision()].join('\n\n');
