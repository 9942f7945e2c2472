import type { Metric, Need } from './metric.ts';
import { type ClassificationRows, rowWeights, sum, weightedMean } from './rows.ts';

/** Weights by class: of labels, of predictions, and of rows where both agree; `total` is all weight. */
interface Margins {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly agreed: Float64Array;
  readonly total: number;
}

/** Every metric here is a function of these three margins, so no k × k matrix is held. */
function marginsOf(rows: ClassificationRows, weights: Float64Array): Margins {
  const truth = new Float64Array(rows.classes.length);
  const predicted = new Float64Array(rows.classes.length);
  const agreed = new Float64Array(rows.classes.length);
  const guesses = predictionsOf(rows);
  for (let i = 0; i < rows.n; i += 1) {
    const label = rows.truth[i]!;
    const guess = guesses[i]!;
    const weight = weights[i]!;
    truth[label]! += weight;
    predicted[guess]! += weight;
    if (label === guess) agreed[label]! += weight;
  }
  return { truth, predicted, agreed, total: sum(truth) };
}

function predictionsOf(rows: ClassificationRows): Int32Array {
  if (rows.predicted === undefined) throw new TypeError('a metric of predictions was given rows without any');
  return rows.predicted;
}

interface Shape {
  readonly needs?: readonly Need[];
  readonly undefinedWhere?: string;
}

function ofMargins(
  name: string,
  shape: Shape,
  value: (margins: Margins, rows: ClassificationRows) => number,
): Metric<ClassificationRows> {
  return {
    name,
    task: 'classification',
    better: 'higher',
    needs: shape.needs ?? ['prediction'],
    ...(shape.undefinedWhere === undefined ? {} : { undefinedWhere: shape.undefinedWhere }),
    evaluator: (rows) => (counts) => value(marginsOf(rows, rowWeights(rows, counts)), rows),
  };
}

/** 0/0 is NaN. */
function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}

const f1Of = ({ agreed, truth, predicted }: Margins, k: number) =>
  ratio(2 * agreed[k]!, truth[k]! + predicted[k]!);

function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}

const correct = (rows: ClassificationRows) => {
  const guesses = predictionsOf(rows);
  return Float64Array.from(rows.truth, (label, i) => (label === guesses[i] ? 1 : 0));
};

const accuracy: Metric<ClassificationRows> = {
  name: 'accuracy',
  task: 'classification',
  better: 'higher',
  needs: ['prediction'],
  binary: true,
  items: correct,
  evaluator: (rows) => {
    const items = correct(rows);
    return (counts) => weightedMean(items, rowWeights(rows, counts));
  },
};

/** Classes that a label or a prediction of these rows names; a resample may name fewer than all. */
function named(margins: Margins): number[] {
  return [...margins.truth.keys()].filter((k) => margins.truth[k]! + margins.predicted[k]! > 0);
}

const positive: readonly Need[] = ['prediction', 'positive'];

export const CONFUSION_METRICS: readonly Metric<ClassificationRows>[] = [
  accuracy,
  // The mean recall of the classes that labels name.
  ofMargins('balanced_accuracy', {}, ({ agreed, truth }) =>
    mean([...truth.keys()].filter((k) => truth[k]! > 0).map((k) => agreed[k]! / truth[k]!)),
  ),
  ofMargins(
    'precision',
    { needs: positive, undefinedWhere: 'no row was predicted positive' },
    ({ agreed, predicted }, { positive: k = -1 }) => ratio(agreed[k]!, predicted[k]!),
  ),
  ofMargins(
    'recall',
    { needs: positive, undefinedWhere: 'no label is positive' },
    ({ agreed, truth }, { positive: k = -1 }) => ratio(agreed[k]!, truth[k]!),
  ),
  ofMargins(
    'f1',
    { needs: positive, undefinedWhere: 'no label and no prediction is positive' },
    (margins, { positive: k = -1 }) => f1Of(margins, k),
  ),
  ofMargins('f1_macro', {}, (margins) => mean(named(margins).map((k) => f1Of(margins, k)))),
  ofMargins('f1_weighted', {}, (margins) =>
    ratio(sum(named(margins).map((k) => margins.truth[k]! * f1Of(margins, k))), margins.total),
  ),
  // Gorodkin (2004), the k-class form of Matthews' coefficient.
  ofMargins(
    'matthews_corrcoef',
    { undefinedWhere: 'the labels or the predictions are all of one class' },
    ({ agreed, truth, predicted, total }) => {
      const dot = (a: Float64Array, b: Float64Array) => sum(a.map((value, k) => value * b[k]!));
      const spread = (total ** 2 - dot(predicted, predicted)) * (total ** 2 - dot(truth, truth));
      return ratio(sum(agreed) * total - dot(truth, predicted), Math.sqrt(spread));
    },
  ),
];
