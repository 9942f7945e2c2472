/** Metrics of probabilities of classes: proper losses, calibration errors, and whether the truth is among the likeliest. */
import { type About, type Metric, meanMetric, type RowEvaluator, rowsMetric } from '../metric.ts';
import { type ClassificationRows, unequalWeights } from '../rows.ts';
import { weightedQuantiles } from './order.ts';

/** How far from 1 the probabilities of a row's classes may sum, for they are written with few digits. */
export const SUM_TOLERANCE = 1e-3;

function scoresOf({ scores }: ClassificationRows): Float64Array {
  if (scores === undefined) throw new TypeError('a metric of scores was given rows without any');
  return scores;
}

function matrixOf({ classScores }: ClassificationRows): Float64Array {
  if (classScores === undefined) throw new TypeError('a metric of class scores was given rows without any');
  return classScores;
}

/** How many classes have scores; 2 if only the positive one does, for the other has the rest. */
function classCount({ classScores, n }: ClassificationRows): number {
  return classScores === undefined ? 2 : classScores.length / n;
}

// A certain and wrong probability would cost infinity; it is clipped as scikit-learn clips it.
const clip = (probability: number) => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability));

/** The probability that the row's own class was given. */
function ofTruth(rows: ClassificationRows): Float64Array {
  const { truth, positive, n } = rows;
  if (rows.classScores === undefined) {
    return scoresOf(rows).map((probability, i) => (truth[i] === positive ? probability : 1 - probability));
  }
  const matrix = rows.classScores;
  return Float64Array.from(truth, (label, i) => matrix[label * n + i]!);
}

const logLoss = meanMetric<ClassificationRows>(
  { name: 'log_loss', tasks: ['classification'], needs: ['probability'], range: [0, Infinity] },
  (rows) => ofTruth(rows).map((probability) => -Math.log(clip(probability))),
);

/** Σ over classes of (p − y)² (Brier 1950); of two classes half of it, which is (p − y)² of either. */
const brier = meanMetric<ClassificationRows>(
  {
    name: 'brier',
    tasks: ['classification'],
    needs: ['probability'],
    // If all but a wrong class share the tolerance, a little above 2.
    range: (rows) => [0, classCount(rows) === 2 ? 1 : 2 + SUM_TOLERANCE ** 2],
  },
  (rows) => {
    const { n, truth, classScores } = rows;
    if (classScores === undefined) return ofTruth(rows).map((probability) => (1 - probability) ** 2);
    const losses = new Float64Array(n);
    for (let j = 0, at = 0; at < classScores.length; j += 1) {
      for (let i = 0; i < n; i += 1, at += 1)
        losses[i]! += ((truth[i] === j ? 1 : 0) - classScores[at]!) ** 2;
    }
    return classCount(rows) === 2 ? losses.map((loss) => loss / 2) : losses;
  },
);

/**
 * Is the truth among the k classes of the highest scores? Of tied scores the later class ranks higher, as scikit-learn
 * has it.
 */
export function topK(k: number): Metric<ClassificationRows> {
  const undefinedWhere = `there are no more than ${k} classes, so any scores would be right`;
  const about = {
    name: `top_${k}_accuracy`,
    tasks: ['classification'],
    better: 'higher',
    needs: ['class-scores'],
    undefinedWhere,
    binary: true,
    range: [0, 1],
  } as const;
  return meanMetric<ClassificationRows>(about, (rows) => {
    const { n, truth } = rows;
    const matrix = matrixOf(rows);
    if (classCount(rows) <= k) return new Float64Array(n).fill(Number.NaN);
    const above = new Int32Array(n);
    for (let j = 0, at = 0; at < matrix.length; j += 1) {
      for (let i = 0; i < n; i += 1, at += 1) {
        const own = matrix[truth[i]! * n + i]!;
        if (matrix[at]! > own || (matrix[at] === own && j > truth[i]!)) above[i]! += 1;
      }
    }
    return Float64Array.from(above, (count) => (count < k ? 1 : 0));
  });
}

/** What was promised, and 1 if it came true. */
interface Promised {
  readonly confidence: Float64Array;
  readonly kept: Uint8Array;
}

const promises = new WeakMap<ClassificationRows, Promised>();

/** Of the positive class its probability; of several classes that of the likeliest, the first of equal ones. */
function promisedBy(rows: ClassificationRows): Promised {
  const found = promises.get(rows) ?? (rows.classScores === undefined ? ofPositive(rows) : ofLikeliest(rows));
  promises.set(rows, found);
  return found;
}

function ofPositive(rows: ClassificationRows): Promised {
  const { truth, positive } = rows;
  return {
    confidence: scoresOf(rows),
    kept: Uint8Array.from(truth, (label) => (label === positive ? 1 : 0)),
  };
}

function ofLikeliest(rows: ClassificationRows): Promised {
  const { n, truth } = rows;
  const matrix = matrixOf(rows);
  const confidence = matrix.slice(0, n);
  const likeliest = new Int32Array(n);
  for (let j = 1, at = n; at < matrix.length; j += 1) {
    for (let i = 0; i < n; i += 1, at += 1) {
      if (matrix[at]! <= confidence[i]!) continue;
      confidence[i] = matrix[at]!;
      likeliest[i] = j;
    }
  }
  return { confidence, kept: Uint8Array.from(truth, (label, i) => (label === likeliest[i] ? 1 : 0)) };
}

const BINNINGS = {
  /** Bins of equal width over [0, 1], each with its upper end, as scikit-learn's `calibration_curve` has them. */
  '': (bins: number) => Float64Array.from({ length: bins - 1 }, (_, j) => (j + 1) * (1 / bins)),
  /** Bins of equal weight: their upper ends are the quantiles (inverted CDF) of the confidences. */
  _quantile: (bins: number, confidence: Float64Array, weights: Float64Array | undefined) =>
    weightedQuantiles(
      confidence,
      weights,
      Array.from({ length: bins - 1 }, (_, j) => (j + 1) / bins),
    ),
} as const;

/** How much each bin's mean confidence and share kept differ, beside its weight. */
function gapsOf(
  { confidence, kept }: Promised,
  weights: Float64Array | undefined,
  ends: Float64Array,
): { readonly gap: number; readonly weight: number }[] {
  const excess = new Float64Array(ends.length + 1);
  const weight = new Float64Array(ends.length + 1);
  for (let i = 0; i < confidence.length; i += 1) {
    const value = confidence[i]!;
    const bin = binOf(ends, value);
    const own = weights === undefined ? 1 : weights[i]!;
    excess[bin]! += own * (value - kept[i]!);
    weight[bin]! += own;
  }
  return [...weight.keys()]
    .filter((bin) => weight[bin]! > 0)
    .map((bin) => ({ gap: Math.abs(excess[bin]!) / weight[bin]!, weight: weight[bin]! }));
}

/** Bins of a calibration error if its name states none (Naeini, Cooper and Hauskrecht 2015). */
export const DEFAULT_BINS = 10;

type CalibrationError = 'ece' | 'mce';

/**
 * The expected or the maximum calibration error (Naeini et al. 2015; of several classes that of the likeliest, Guo et
 * al. 2017): the mean by weight, or the greatest, of |mean confidence − share that came true| over bins.
 */
export function calibrationError(
  name: CalibrationError,
  binning: keyof typeof BINNINGS,
  bins = DEFAULT_BINS,
): Metric<ClassificationRows> {
  const suffix = bins === DEFAULT_BINS ? '' : `@${bins}`;
  const about: About = {
    name: `${name}${binning}${suffix}`,
    tasks: ['classification'],
    better: 'lower',
    needs: ['probability'],
  };
  const metric = rowsMetric(about, (rows: ClassificationRows): RowEvaluator => {
    const promised = promisedBy(rows);
    return (counts) => {
      const weights = unequalWeights(rows, counts);
      const gaps = gapsOf(promised, weights, BINNINGS[binning](bins, promised.confidence, weights));
      if (gaps.length === 0) return Number.NaN;
      if (name === 'mce') return Math.max(...gaps.map(({ gap }) => gap));
      const total = gaps.reduce((found, { weight }) => found + weight, 0);
      return gaps.reduce((found, { gap, weight }) => found + gap * (weight / total), 0);
    };
  });
  if (name === 'mce') {
    const none = `no sample can bound ${about.name}: bins with few rows, or without rows, may have greater errors`;
    const fix = `judge ece instead; the report shows ${about.name}`;
    return { ...metric, extreme: { none, fix } };
  }
  const calibration = (rows: ClassificationRows) => {
    const { confidence, kept } = promisedBy(rows);
    const ends = BINNINGS[binning](bins, confidence, unequalWeights(rows));
    return {
      excess: confidence.map((value, i) => value - kept[i]!),
      bin: Int32Array.from(confidence, (value) => binOf(ends, value)),
      bins,
    };
  };
  return { ...metric, calibration };
}

function binOf(ends: Float64Array, value: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const PROBABILITY_METRICS = [
  logLoss,
  brier,
  topK(5),
  ...(['ece', 'mce'] as const).flatMap((name) => [
    calibrationError(name, ''),
    calibrationError(name, '_quantile'),
  ]),
] as readonly Metric[];
