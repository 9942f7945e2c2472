/** Metrics of predicted classes or labels, all of which are functions of the weight in the cells of a table. */
import { type About, cellsMetric, type Metric, meanMetric, type ShareOf } from '../metric.ts';
import { type ClassificationRows, type MultilabelRows, sum, type Task } from '../rows.ts';
import { countConfusion, type LabelledRows, type Margins, predictionsOf } from './cells.ts';

/** 0/0 is NaN. */
function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}

function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}

/** Classes that a label or a prediction of these rows names; a resample may name fewer than all. */
function named({ truth, predicted }: Margins): number[] {
  return [...truth.keys()].filter((k) => truth[k]! + predicted[k]! > 0);
}

/** A rate of one class, from the weight of its truth, its predictions and where both agree. */
type Rate = (agreed: number, truth: number, predicted: number) => number;

const precisionRate: Rate = (agreed, _, predicted) => ratio(agreed, predicted);
const recallRate: Rate = (agreed, truth) => ratio(agreed, truth);
const jaccardRate: Rate = (agreed, truth, predicted) => ratio(agreed, truth + predicted - agreed);
/** van Rijsbergen (1979): recall counts β times as much as precision. */
const fRate =
  (beta: number): Rate =>
  (agreed, truth, predicted) =>
    ratio((1 + beta ** 2) * agreed, beta ** 2 * truth + predicted);

const AVERAGES = ['macro', 'micro', 'weighted'] as const;
type Average = (typeof AVERAGES)[number];

function averaged(average: Average, rate: Rate, margins: Margins, isMultilabel: boolean): number {
  const { agreed, truth, predicted } = margins;
  const of = (k: number) => rate(agreed[k]!, truth[k]!, predicted[k]!);
  if (average === 'micro') return rate(sum(agreed), sum(truth), sum(predicted));
  // Labels that nothing names are labels still; classes that nothing names are none of these rows.
  if (average === 'macro') return mean((isMultilabel ? [...truth.keys()] : named(margins)).map(of));
  const labelled = [...truth.keys()].filter((k) => truth[k]! > 0);
  return ratio(sum(labelled.map((k) => truth[k]! * of(k))), sum(truth));
}

const BOTH: readonly Task[] = ['classification', 'multilabel'];

function ofMargins(
  about: Omit<About, 'needs'> & { readonly needs?: About['needs'] },
  value: (margins: Margins, rows: LabelledRows) => number,
): Metric<LabelledRows> {
  const metric = cellsMetric(
    { needs: ['prediction'], ...about },
    countConfusion,
    (cells, weights, rows: LabelledRows) => value(cells.margins(weights), rows),
  );
  return { ...metric, fewest: fewestInCell };
}

/** Of the classes or labels that occur, the fewest rows in one of the cells: found, missed, or named wrongly. */
function fewestInCell(rows: LabelledRows): number {
  const { truth, predicted, agreed } = countConfusion(rows).margins(countsOf(rows));
  return truth.reduce((found, labelled, k) => {
    const [both, named] = [agreed[k]!, predicted[k]!];
    return labelled + named === 0 ? found : Math.min(found, both, labelled - both, named - both);
  }, Number.POSITIVE_INFINITY);
}

/** Rows in each cell, whatever their weights. */
function countsOf(rows: LabelledRows): Float64Array {
  const { cells, size } = countConfusion(rows);
  const counts = new Float64Array(size);
  for (const cell of cells) counts[cell]! += 1;
  return counts;
}

interface RateWords {
  readonly name: string;
  readonly rate: Rate;
  /** Of the positive class, and of some class or label. */
  readonly positive: string;
  readonly some: string;
  /** Of the positive class, if that is one share of some rows. */
  readonly share?: ShareOf<LabelledRows>;
}

/** Whether rows that count are hits, by what is said of their label and their prediction: is it the positive class? */
function shareOf(
  byLabel: boolean,
  counts: (label: boolean, predicted: boolean) => boolean,
  of?: (share: number) => number,
): ShareOf<LabelledRows> {
  return {
    byLabel,
    ...(of === undefined ? {} : { of }),
    items: (rows) => {
      const { truth, n } = rows;
      const predicted = predictionsOf<Int32Array | Uint8Array>(rows);
      const positive = rows.task === 'classification' ? rows.positive : undefined;
      return Float64Array.from({ length: n }, (_, i) => {
        const [label, guess] = [truth[i] === positive, predicted[i] === positive];
        if (!counts(label, guess)) return Number.NaN;
        return label && guess ? 1 : 0;
      });
    },
  };
}

const PRECISION: RateWords = {
  name: 'precision',
  rate: precisionRate,
  positive: 'no row was predicted positive',
  share: shareOf(false, (_, predicted) => predicted),
  some: 'a class is never predicted',
};
const RECALL: RateWords = {
  name: 'recall',
  rate: recallRate,
  positive: 'no label is positive',
  share: shareOf(true, (label) => label),
  some: 'no row has a class that is predicted',
};
const JACCARD: RateWords = {
  name: 'jaccard',
  rate: jaccardRate,
  share: shareOf(false, (label, predicted) => label || predicted),
  positive: 'no label and no prediction is positive',
  some: 'a label is neither given nor predicted',
};
const fWords = (beta: number): RateWords => ({
  // If both errors count the same, F is 2J/(1 + J) of Jaccard's share.
  ...(beta === 1
    ? {
        share: shareOf(
          false,
          (label, predicted) => label || predicted,
          (share) => (2 * share) / (1 + share),
        ),
      }
    : {}),
  name: `f${beta}`,
  rate: fRate(beta),
  positive: 'no label and no prediction is positive',
  some: 'a label is neither given nor predicted',
});

/** The rate of the positive class. */
function ofPositive({ name, rate, positive, share }: RateWords): Metric<LabelledRows> {
  const about = { name, tasks: ['classification'], needs: ['prediction', 'positive'] } as const;
  const metric = ofMargins({ ...about, undefinedWhere: positive }, ({ agreed, truth, predicted }, rows) => {
    const k = rows.task === 'classification' ? (rows.positive ?? -1) : -1;
    return rate(agreed[k] ?? 0, truth[k] ?? 0, predicted[k] ?? 0);
  });
  return share === undefined ? metric : { ...metric, share };
}

function ofAverage({ name, rate, some }: RateWords, average: Average): Metric<LabelledRows> {
  const metric = ofMargins(
    { name: `${name}_${average}`, tasks: BOTH, undefinedWhere: some },
    (margins, rows) => averaged(average, rate, margins, rows.task === 'multilabel'),
  );
  return average === 'macro' && rate === recallRate ? { ...metric, recalls: true } : metric;
}

/** The mean of the rate of each row's labels. */
function ofSamples({ name, rate }: RateWords): Metric<MultilabelRows> {
  const about = {
    name: `${name}_samples`,
    tasks: ['multilabel'],
    better: 'higher',
    needs: ['prediction'],
    undefinedWhere: 'a row has no label, or none is predicted',
    range: [0, 1],
  } as const;
  return meanMetric(about, (rows) => {
    const { n, truth } = rows;
    const predicted = predictionsOf(rows);
    return Float64Array.from({ length: n }, (_, i) => {
      const counts = [0, 0, 0] as [number, number, number];
      for (let at = i; at < truth.length; at += n) {
        counts[0] += truth[at]! & predicted[at]!;
        counts[1] += truth[at]!;
        counts[2] += predicted[at]!;
      }
      return rate(...counts);
    });
  });
}

function everyForm(words: RateWords): Metric[] {
  return [
    ofPositive(words),
    ...AVERAGES.map((average) => ofAverage(words, average)),
    ofSamples(words),
  ] as Metric[];
}

/** F-beta of the positive class and its averages: `f2`, `f0.5_macro`. */
export const fMetrics = (beta: number): Metric[] => everyForm(fWords(beta));

/** 1 where the row is right: its class, or every one of its labels. */
function correct(rows: LabelledRows): Float64Array {
  const { truth } = rows;
  const predicted = predictionsOf<Int32Array | Uint8Array>(rows);
  const right = new Float64Array(rows.n).fill(1);
  for (let at = 0, i = 0; at < truth.length; at += 1, i = i + 1 === rows.n ? 0 : i + 1) {
    if (truth[at] !== predicted[at]) right[i] = 0;
  }
  return right;
}

const accuracy = meanMetric<LabelledRows>(
  {
    name: 'accuracy',
    tasks: BOTH,
    better: 'higher',
    needs: ['prediction'],
    binary: true,
    range: [0, 1],
  },
  correct,
);

/** The share of a row's labels that are wrong. */
const hammingLoss = meanMetric<MultilabelRows>(
  { name: 'hamming_loss', tasks: ['multilabel'], needs: ['prediction'], range: [0, 1] },
  (rows) => {
    const predicted = predictionsOf(rows);
    const wrong = new Float64Array(rows.n);
    rows.truth.forEach((has, at) => {
      if (has !== predicted[at]) wrong[at % rows.n]! += 1;
    });
    return wrong.map((count) => count / rows.labels.length);
  },
);

// The mean recall of the classes that labels name.
const balancedAccuracy: Metric<LabelledRows> = {
  ...ofMargins({ name: 'balanced_accuracy', tasks: ['classification'] }, ({ agreed, truth }) =>
    mean([...truth.keys()].filter((k) => truth[k]! > 0).map((k) => agreed[k]! / truth[k]!)),
  ),
  recalls: true,
};

const dot = (a: Float64Array, b: Float64Array) => sum(a.map((value, k) => value * b[k]!));

/** Gorodkin (2004), the k-class form of Matthews' coefficient. */
const matthews = ofMargins(
  {
    name: 'matthews_corrcoef',
    tasks: ['classification'],
    undefinedWhere: 'the labels or the predictions are all of one class',
  },
  ({ agreed, truth, predicted, total }) => {
    const spread = (total ** 2 - dot(predicted, predicted)) * (total ** 2 - dot(truth, truth));
    return ratio(sum(agreed) * total - dot(truth, predicted), Math.sqrt(spread));
  },
);

/** How much a pair of classes disagrees, by their ranks among the classes that occur. */
const DISAGREEMENT = {
  '': (a: number, b: number) => (a === b ? 0 : 1),
  _linear: (a: number, b: number) => Math.abs(a - b),
  _quadratic: (a: number, b: number) => (a - b) ** 2,
} as const;

/**
 * Σ over pairs of ranks a and b of truth[a] · predicted[b] · disagreement, in time linear in the classes, of which there
 * may be as many as rows.
 */
const EXPECTED = {
  /** Each step from one rank to the next is passed by the pairs that lie on both sides of it. */
  _linear: (truth: Float64Array, predicted: Float64Array): number => {
    const [allTruth, allPredicted] = [sum(truth), sum(predicted)];
    let [t, p, total] = [0, 0, 0];
    for (let rank = 0; rank < truth.length - 1; rank += 1) {
      t += truth[rank]!;
      p += predicted[rank]!;
      total += t * (allPredicted - p) + p * (allTruth - t);
    }
    return total;
  },
  /** (a − b)² = a² − 2ab + b², with ranks from their middle, so that little is lost. */
  _quadratic: (truth: Float64Array, predicted: Float64Array): number => {
    const middle = (truth.length - 1) / 2;
    const moment = (weights: Float64Array, power: number) =>
      sum(weights.map((weight, rank) => weight * (rank - middle) ** power));
    return (
      moment(truth, 2) * sum(predicted) -
      2 * moment(truth, 1) * moment(predicted, 1) +
      sum(truth) * moment(predicted, 2)
    );
  },
} as const;

/** 1 − observed / expected disagreement (Cohen 1960; weighted, 1968). */
function kappa(weighting: keyof typeof DISAGREEMENT): Metric<ClassificationRows> {
  const disagreement = DISAGREEMENT[weighting];
  const about: About = {
    name: `cohen_kappa${weighting}`,
    tasks: ['classification'],
    needs: weighting === '' ? ['prediction'] : ['prediction', 'ordered-classes'],
    undefinedWhere: 'the labels and the predictions are all of one class',
  };
  const cells = (rows: ClassificationRows) => countConfusion(rows);
  return cellsMetric(about, cells, ({ margins, pairs }, weights, rows) => {
    const found = margins(weights);
    const classes = named(found);
    // Kept in the order of numbers, as scikit-learn sorts its labels.
    if (weighting !== '') classes.sort((a, b) => Number(rows.classes[a]) - Number(rows.classes[b]));
    const rank = new Int32Array(rows.classes.length);
    classes.forEach((k, at) => {
      rank[k] = at;
    });
    let observed = 0;
    weights.forEach((weight, cell) => {
      observed += weight * disagreement(rank[pairs!.truth[cell]!]!, rank[pairs!.predicted[cell]!]!);
    });
    const expected =
      weighting === ''
        ? found.total ** 2 - dot(found.truth, found.predicted)
        : EXPECTED[weighting](
            Float64Array.from(classes, (k) => found.truth[k]!),
            Float64Array.from(classes, (k) => found.predicted[k]!),
          );
    return expected > 0 ? 1 - (observed * found.total) / expected : Number.NaN;
  });
}

export const CONFUSION_METRICS = [
  accuracy,
  hammingLoss,
  balancedAccuracy,
  ...everyForm(PRECISION),
  ...everyForm(RECALL),
  ...fMetrics(1),
  ...everyForm(JACCARD),
  matthews,
  kappa(''),
  kappa('_linear'),
  kappa('_quadratic'),
] as readonly Metric[];
