import { sha256Text } from '../../../shared/verdict/digest.ts';
import { type Check, type JsonObject, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';

const createdAt = new Date('2026-03-02T06:00:00Z');
const N = 2400;

/** A verdict on a classifier with everything that a full disclosure tells: better, but less fair. */
export function comparedVerdict(): Verdict {
  return verdictOf({
    action: 'validate-model',
    name: 'churn',
    subjects: [
      { role: 'candidate', name: 'model/', digest: sha256Text('c') },
      { role: 'production', name: 'model:churn@1.4.0', digest: sha256Text('p') },
      { role: 'anchor', name: 'model:churn@1.1.0', digest: sha256Text('a') },
      { role: 'data', name: 'test/churn.csv', digest: sha256Text('t'), rows: N },
    ],
    checks: [
      ...COMPARED.map((given, index) => gainCheck(given, index === 0 ? LOST : [])),
      disparityCheck('difference', 'fail', 0.112, [0.061, 0.164], 0.05),
      disparityCheck('ratio', 'inconclusive', 0.83, [0.74, 0.93], 0.8),
      disparityCheck('change', 'pass', 0.004, [-0.021, 0.029], 0.05),
      {
        id: 'condition.auc',
        target: { metric: 'roc_auc' },
        status: 'pass',
        message: 'candidate.roc_auc >= 0.85 holds',
        evidence: { estimate: 0.912, interval: [0.899, 0.924], margin: 0.85, n: N, binding: 'bound' },
      },
      {
        id: 'test-set.reuse',
        status: 'pass',
        message: 'use 3 of the test set, of 30 that are planned',
      },
    ],
    measures: {
      rows: N,
      candidate: {
        ...{ accuracy: 0.871, accuracy_lower: 0.857, accuracy_upper: 0.884 },
        ...{ roc_auc: 0.912, average_precision: 0.801, brier: 0.092, log_loss: 0.301 },
        by_group: { region: groups(0), 'sex * age': groups(0.01) },
      },
      production: {
        ...{ accuracy: 0.852, accuracy_lower: 0.837, accuracy_upper: 0.866 },
        ...{ roc_auc: 0.895, average_precision: 0.772, brier: 0.101, log_loss: 0.334 },
        by_group: { region: groups(-0.03), 'sex * age': groups(-0.02) },
      },
      anchor: { accuracy: 0.846, roc_auc: 0.889 },
      comparison: gainMeasures(COMPARED[0] as Compared),
      comparisons: COMPARED.map((given) => ({ baseline: given.baseline, ...gainMeasures(given) })),
      curves: { candidate: curves(0.42, 0.03), production: curves(0.5, -0.05) },
      confusion: {
        classes: ['stays', 'leaves'],
        candidate: [
          [1620, 130],
          [180, 470],
        ],
        production: [
          [1601, 149],
          [206, 444],
        ],
      },
      slices: slices(),
      test_set: {
        digest: sha256Text('test'),
        use: 3,
        alpha: 0.00125,
        disclosure: 'rounded',
        budget_left: 27,
      },
    },
    configuration: { metric: ['accuracy', 'roc_auc'], margin: 0.01, sensitive: ['region', 'sex * age'] },
    createdAt,
    headline: messageOf(COMPARED[0] as Compared),
    scope: `on ${N} rows`,
  });
}

/** A verdict whose test set is too small for its margin. */
export function smallVerdict(): Verdict {
  const given: Compared = {
    ...{ metric: 'accuracy', baseline: 'production', status: 'inconclusive', margin: 0.01, n: 300 },
    ...{ gain: [-0.0033, -0.031, 0.024], detectable: 0.034, needed: 3460, right: [11, 12] },
  };
  return verdictOf({
    action: 'validate-model',
    name: 'churn',
    subjects: [],
    checks: [gainCheck(given, LOST.slice(0, 12))],
    measures: { rows: 300, candidate: { accuracy: 0.84 }, comparison: gainMeasures(given) },
    createdAt,
    headline: messageOf(given),
    scope: 'on 300 rows',
  });
}

/** A regression: metrics on scales of their own, groups with means only, and a model that is worse. */
export function regressionVerdict(): Verdict {
  const compared: readonly Compared[] = [
    {
      ...{ metric: 'mae', baseline: 'production', status: 'fail', margin: 0.9, n: 900 },
      gain: [-3.1, -4.4, -1.8],
    },
    {
      ...{ metric: 'r2', baseline: 'production', status: 'inconclusive', margin: 0.01, n: 900 },
      gain: [-0.012, null, null],
    },
  ];
  const by = (shift: number) =>
    Object.fromEntries(
      ['1', '2', '3', '4'].map((name, i) => [name, { n: 200 + 10 * i, mae: 31 + i + shift }]),
    );
  return verdictOf({
    action: 'validate-model',
    name: 'bike-demand',
    subjects: [{ role: 'candidate', name: 'model/', digest: sha256Text('c') }],
    checks: compared.map((given) => gainCheck(given, [])),
    measures: {
      candidate: { mae: 34.2, r2: 0.8, by_group: { season: { ...by(3), mae_difference: 3 } } },
      production: { mae: 31.1, r2: 0.812, by_group: { season: { ...by(0), mae_difference: 3 } } },
      comparisons: compared.map((given) => ({ baseline: given.baseline, ...gainMeasures(given) })),
      slices: [
        { slice: 'storm', value: 'storm', n: 31, metric: 'mae', candidate: 60, production: 41, gain: -19 },
      ],
    },
    createdAt,
    headline: messageOf(compared[0] as Compared),
  });
}

/** More classes, slices and groups than a report can show. */
export function crowdedVerdict(): Verdict {
  const size = 25;
  const matrix = (off: number) =>
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_v, j) => (i === j ? 400 - 10 * i : (i * 7 + j * 3) % (4 + off))),
    );
  const [slice] = slices();
  const byGroup = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`g${i}`, rates(20 + i, (i % 7) / 100)]),
  );
  return verdictOf({
    action: 'validate-model',
    name: 'many',
    subjects: [],
    checks: [],
    measures: {
      candidate: { by_group: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, byGroup])) },
      confusion: {
        classes: Array.from({ length: size }, (_, i) => `class ${i + 1}`),
        candidate: matrix(0),
        production: matrix(1),
      },
      slices: Array.from({ length: 400 }, (_, i) => ({ ...slice, value: `v${i}` })),
      comparisons: Array.from({ length: 130 }, (_, i) => ({
        ...{ baseline: 'production', metric: `recall_at_${i}`, n: 100 },
        ...{ gain: 0.01, gain_lower: -0.01, gain_upper: 0.03, margin: 0.02 },
      })),
    },
    createdAt,
  });
}

interface Compared {
  readonly metric: string;
  readonly baseline: 'production' | 'anchor';
  readonly status: Check['status'];
  readonly margin: number;
  readonly n: number;
  readonly gain: readonly [estimate: number, lower: number | null, upper: number | null];
  readonly detectable?: number;
  readonly needed?: number;
  /** Rows that only the candidate, and only the baseline got right. */
  readonly right?: readonly [number, number];
}

const COMPARED: readonly Compared[] = [
  {
    ...{ metric: 'accuracy', baseline: 'production', status: 'pass', margin: 0.01, n: N },
    ...{ gain: [0.0188, 0.0067, 0.0308], detectable: 0.0121, right: [126, 81] },
  },
  {
    ...{ metric: 'roc_auc', baseline: 'production', status: 'pass', margin: 0.005, n: N },
    ...{ gain: [0.017, 0.0081, 0.026], detectable: 0.009 },
  },
  {
    ...{ metric: 'accuracy', baseline: 'anchor', status: 'pass', margin: 0.01, n: N },
    ...{ gain: [0.025, 0.01, 0.04], detectable: 0.0135, right: [168, 108] },
  },
  {
    ...{ metric: 'roc_auc', baseline: 'anchor', status: 'inconclusive', margin: 0.005, n: N },
    ...{ gain: [0.002, -0.0071, 0.0111], detectable: 0.0093, needed: 5200 },
  },
];

const LOST = Array.from({ length: 40 }, (_, i) => ({ file: 'test/churn.csv', line: 12 + ((i * 61) % 2300) }));

function gainMeasures({ metric, n, gain, margin, detectable, right }: Compared): JsonObject {
  const [estimate, lower, upper] = gain;
  return {
    ...{ metric, n, gain: estimate, margin },
    ...(lower === null ? {} : { gain_lower: lower }),
    ...(upper === null ? {} : { gain_upper: upper }),
    ...(detectable === undefined ? {} : { minimum_detectable_drop: detectable }),
    ...(right === undefined ? {} : { candidate_only_correct: right[0], production_only_correct: right[1] }),
  };
}

function messageOf({ metric, baseline, status, gain, margin, n, detectable }: Compared): string {
  const reading = {
    pass: 'better than',
    fail: 'worse than',
    warn: 'not worse than',
    inconclusive: 'unknown against',
  };
  const small =
    status === 'inconclusive' ? `; the smallest loss that these rows can show is ${detectable}` : '';
  return `${metric}: the candidate is ${reading[status]} ${baseline}; a gain of ${gain[0]} on ${n} rows, with a margin of ${margin}${small}`;
}

function gainCheck(given: Compared, locations: Check['locations'] & object): Check {
  const { metric, baseline, status, margin, n, gain, needed } = given;
  const [estimate, lower, upper] = gain;
  return {
    id: `${baseline === 'anchor' ? 'anchor' : 'comparison'}.${metric}`,
    target: { metric },
    status,
    message: messageOf(given),
    evidence: {
      method: 'paired score bounds',
      ...{ estimate, interval: [lower, upper], level: 0.95, margin, n },
      ...(needed === undefined ? {} : { needed }),
      binding: 'bound',
    },
    ...(locations.length === 0 ? {} : { locations, places: locations.length + 41 }),
  };
}

function disparityCheck(
  kind: string,
  status: Check['status'],
  estimate: number,
  interval: readonly [number, number],
  margin: number,
): Check {
  const metric = kind === 'ratio' ? 'demographic_parity_ratio' : 'equalized_odds_difference';
  return {
    id: `fairness.${kind}`,
    target: { column: 'region', metric },
    status,
    message: `${metric} of ${estimate} among 4 groups of region`,
    evidence: {
      method: 'simultaneous bootstrap',
      estimate,
      interval,
      level: 0.95,
      margin,
      n: N,
      binding: 'bound',
    },
  };
}

function rates(n: number, shift: number): JsonObject {
  const half = 1.4 / Math.sqrt(n);
  const of = (name: string, value: number) => ({
    [name]: value + shift,
    [`${name}_lower`]: Math.max(0, value + shift - half),
    [`${name}_upper`]: Math.min(1, value + shift + half),
  });
  return {
    n,
    ...of('selection_rate', 0.26),
    ...of('true_positive_rate', 0.71),
    ...of('false_positive_rate', 0.08),
    ...of('false_negative_rate', 0.25),
    ...of('precision', 0.77),
    ...of('accuracy', 0.87),
    calibration_in_the_large: shift,
    calibration_in_the_large_lower: shift - half / 2,
    calibration_in_the_large_upper: shift + half / 2,
  };
}

function groups(shift: number): JsonObject {
  const names = ['north', 'south', 'east', 'west'];
  const disparities = ['demographic_parity', 'equalized_odds', 'equal_opportunity', 'accuracy'];
  return {
    ...Object.fromEntries(
      names.map((name, i) => [name, rates([900, 800, 500, 200][i] ?? 1, shift + i * 0.02)]),
    ),
    ...Object.fromEntries(disparities.map((name, i) => [`${name}_difference`, 0.112 + shift - i * 0.01])),
    ...Object.fromEntries(disparities.map((name, i) => [`${name}_ratio`, 0.83 + shift + i * 0.02])),
  };
}

/** A curve of the ROC family y = x^bend, with what follows from it. */
function curves(bend: number, tilt: number): JsonObject {
  const at = Array.from({ length: 100 }, (_, i) => i / 99);
  return {
    roc: at.map((x) => [x, x ** bend]),
    pr: at.map((x) => [x, 1 - 0.7 * x ** (2.2 - bend)]),
    calibration: Array.from({ length: 10 }, (_, i) => {
      const score = 0.05 + i / 10;
      const share = Math.min(1, Math.max(0, score + tilt * Math.sin(4 * score)));
      const half = 0.03 + 0.01 * i;
      return {
        ...{ n: 400 - 35 * i, score, share },
        lower: Math.max(0, share - half),
        upper: Math.min(1, share + half),
      };
    }),
    spiegelhalter_z: 20 * tilt,
    spiegelhalter_p: 0.5 + tilt,
  };
}

function slices(): readonly JsonObject[] {
  return Array.from({ length: 12 }, (_, i) => {
    const gain = -0.06 + i * 0.012;
    return {
      slice: i % 3 === 0 ? 'region' : 'tenure',
      value: ['west', '0-6', '7-24', 'north', '25-60', '60+'][i % 6] ?? '',
      ...{ n: 120 + 40 * i, metric: 'accuracy' },
      ...{ candidate: 0.8 + i / 200, candidate_lower: 0.76 + i / 200, candidate_upper: 0.84 + i / 200 },
      production: 0.8 + i / 200 - gain,
      ...{ gain, gain_lower: gain - 0.04, gain_upper: gain + 0.03 },
    };
  });
}
