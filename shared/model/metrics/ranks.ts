/** Metrics of how scores rank rows: the area under the ROC curve and average precision. */
import { type Metric, type RowEvaluator, rowsMetric } from '../metric.ts';
import { type ClassificationRows, type MultilabelRows, sum, unequalWeights } from '../rows.ts';
import { matrixColumns, rankOrder } from './order.ts';

/** Scores, and 1 where the row is positive. */
interface Ranked {
  readonly scores: Float64Array;
  readonly positive: Uint8Array;
}

/** The chance that a positive row outranks a negative one, ties counting half (Mann and Whitney 1947). */
function rocAucOf({ scores, positive }: Ranked, weights?: Float64Array): number {
  const { places, tied } = rankOrder(scores);
  let below = 0;
  let area = 0;
  let above = 0;
  for (let k = 0; k < places.length; ) {
    let positives = 0;
    let negatives = 0;
    do {
      const place = places[k]!;
      const weight = weights === undefined ? 1 : weights[place]!;
      if (positive[place] === 1) positives += weight;
      else negatives += weight;
      k += 1;
    } while (tied[k] === 1);
    area += positives * (below + negatives / 2);
    below += negatives;
    above += positives;
  }
  return above > 0 && below > 0 ? area / (above * below) : Number.NaN;
}

/** Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores, without interpolation. */
function averagePrecisionOf({ scores, positive }: Ranked, weights?: Float64Array): number {
  const { places, tied } = rankOrder(scores);
  let hits = 0;
  let retrieved = 0;
  let area = 0;
  for (let k = places.length - 1; k >= 0; k -= 1) {
    let positives = 0;
    for (; ; k -= 1) {
      const place = places[k]!;
      const weight = weights === undefined ? 1 : weights[place]!;
      retrieved += weight;
      if (positive[place] === 1) positives += weight;
      if (tied[k] === 0) break;
    }
    hits += positives;
    if (positives > 0) area += positives * (hits / retrieved);
  }
  return hits > 0 ? area / hits : Number.NaN;
}

type Value = typeof rocAucOf;

const known = new WeakMap<ClassificationRows, Ranked>();

/** The scores of the positive class against all others. */
function ofPositive(rows: ClassificationRows): Ranked {
  const { scores, truth, positive } = rows;
  if (scores === undefined) throw new TypeError('a metric of scores was given rows without any');
  const found = known.get(rows) ?? {
    scores,
    positive: Uint8Array.from(truth, (label) => (label === positive ? 1 : 0)),
  };
  known.set(rows, found);
  return found;
}

function binary(name: string, undefinedWhere: string, value: Value): Metric<ClassificationRows> {
  const about = { name, tasks: ['classification'], needs: ['score', 'positive'], undefinedWhere } as const;
  return rowsMetric(about, (rows) => {
    const ranked = ofPositive(rows);
    return (counts) => value(ranked, unequalWeights(rows, counts));
  });
}

type Many = ClassificationRows | MultilabelRows;

/** Each class, or label, against the rest: its scores, and who has it. */
function oneEach(rows: Many): Ranked[] {
  const { n } = rows;
  const matrix = rows.task === 'multilabel' ? rows.scores : rows.classScores;
  if (matrix === undefined) throw new TypeError('a metric of class scores was given rows without any');
  return matrixColumns(matrix, n).map((scores, j) => ({
    scores,
    positive:
      rows.task === 'multilabel'
        ? rows.truth.subarray(j * n, (j + 1) * n)
        : Uint8Array.from(rows.truth, (label) => (label === j ? 1 : 0)),
  }));
}

/** All classes and labels as one problem, of n × k decisions. */
function pooled(rows: Many): Ranked & { readonly k: number } {
  const matrix = rows.task === 'multilabel' ? rows.scores : rows.classScores;
  if (matrix === undefined) throw new TypeError('a metric of class scores was given rows without any');
  const positive = new Uint8Array(matrix.length);
  if (rows.task === 'multilabel') positive.set(rows.truth);
  else
    rows.truth.forEach((label, i) => {
      positive[label * rows.n + i] = 1;
    });
  return { scores: matrix, positive, k: matrix.length / rows.n };
}

type Average = 'macro' | 'micro' | 'weighted';

function averaged(rows: Many, average: Average, value: Value): RowEvaluator {
  if (average === 'micro') {
    const all = pooled(rows);
    return (counts) => {
      const weights = unequalWeights(rows, counts);
      if (weights === undefined) return value(all);
      const repeated = new Float64Array(all.scores.length);
      for (let j = 0; j < all.k; j += 1) repeated.set(weights, j * rows.n);
      return value(all, repeated);
    };
  }
  const each = oneEach(rows);
  return (counts) => {
    const weights = unequalWeights(rows, counts);
    const values = each.map((ranked) => value(ranked, weights));
    if (average === 'macro') return sum(values) / values.length;
    const shares = each.map(({ positive }) => weightWhere(positive, weights));
    return sum(values.map((found, j) => found * shares[j]!)) / sum(shares);
  };
}

function weightWhere(marks: Uint8Array, weights?: Float64Array): number {
  let total = 0;
  for (let i = 0; i < marks.length; i += 1)
    if (marks[i] === 1) total += weights === undefined ? 1 : weights[i]!;
  return total;
}

function ofMany(name: string, average: Average, value: Value): Metric<Many> {
  const isRoc = value === rocAucOf;
  return rowsMetric<Many>(
    {
      name: `${name}_${average}`,
      tasks: isRoc ? ['multilabel'] : ['classification', 'multilabel'],
      needs: ['class-scores'],
      undefinedWhere: isRoc ? 'no row, or every row, has a label' : 'no row has a class',
    },
    (rows) => averaged(rows, average, value),
  );
}

/** By pair of classes (a, b), how often a row of a has a higher score of class a than a row of b; and weight by class. */
interface PairAreas {
  readonly areas: readonly Float64Array[];
  readonly of: Float64Array;
}

const areasKnown = new WeakMap<ClassificationRows, PairAreas>();

/** The areas of the rows as they are are found once. */
function areasOf(rows: ClassificationRows, counts?: Float64Array): PairAreas {
  if (counts !== undefined) return pairAreas(rows, unequalWeights(rows, counts));
  const found = areasKnown.get(rows) ?? pairAreas(rows, rows.weights);
  areasKnown.set(rows, found);
  return found;
}

/** Ties count half; one pass over the order of each class's scores does for all pairs with that class. */
function pairAreas(rows: ClassificationRows, weights: Float64Array | undefined): PairAreas {
  const { truth, classScores, n } = rows;
  if (classScores === undefined) throw new TypeError('a metric of class scores was given rows without any');
  const columns = matrixColumns(classScores, n);
  const k = columns.length;
  const of = new Float64Array(k);
  for (let i = 0; i < n; i += 1) of[truth[i]!]! += weights === undefined ? 1 : weights[i]!;
  const areas = columns.map((scores, a) => {
    const { places, tied } = rankOrder(scores);
    const area = new Float64Array(k);
    const below = new Float64Array(k);
    const equal = new Float64Array(k);
    for (let at = 0; at < n; ) {
      const from = at;
      do {
        const place = places[at]!;
        equal[truth[place]!]! += weights === undefined ? 1 : weights[place]!;
        at += 1;
      } while (tied[at] === 1);
      const own = equal[a]!;
      if (own > 0) for (let b = 0; b < k; b += 1) area[b]! += own * (below[b]! + equal[b]! / 2);
      for (let again = from; again < at; again += 1) {
        const label = truth[places[again]!]!;
        below[label]! += equal[label]!;
        equal[label] = 0;
      }
    }
    return area;
  });
  return { areas, of };
}

/** One class against the rest, each class the same or by its weight. */
function ovr({ areas, of }: PairAreas, weighted: boolean): number {
  const total = sum(of);
  const values = areas.map((area, a) => {
    const others = sum(area.filter((_, b) => b !== a));
    return others / (of[a]! * (total - of[a]!));
  });
  if (!weighted) return sum(values) / values.length;
  return sum(values.map((value, a) => value * of[a]!)) / total;
}

/** The mean over pairs of classes (Hand and Till 2001), each pair the same or by the weight of its rows. */
function ovo({ areas, of }: PairAreas, weighted: boolean): number {
  const values: number[] = [];
  const shares: number[] = [];
  areas.forEach((area, a) => {
    for (let b = a + 1; b < areas.length; b += 1) {
      values.push((area[b]! + areas[b]![a]!) / (2 * of[a]! * of[b]!));
      shares.push(weighted ? of[a]! + of[b]! : 1);
    }
  });
  return sum(values.map((value, at) => value * shares[at]!)) / sum(shares);
}

/** 0/0 of a class without weight makes any mean NaN, as it should: the metric is undefined. */
function ofClasses(name: string, value: typeof ovr, weighted: boolean): Metric<ClassificationRows> {
  const undefinedWhere = 'no row has one of the classes';
  const about = { name, tasks: ['classification'], needs: ['class-scores'], undefinedWhere } as const;
  return rowsMetric(about, (rows) => (counts) => value(areasOf(rows, counts), weighted));
}

const ofEveryAverage = (name: string, value: Value) =>
  (['macro', 'micro', 'weighted'] as const).map((average) => ofMany(name, average, value));

export const RANK_METRICS = [
  binary('roc_auc', 'the labels are all of one class', rocAucOf),
  binary('average_precision', 'no label is positive', averagePrecisionOf),
  ofClasses('roc_auc_ovr', ovr, false),
  ofClasses('roc_auc_ovr_weighted', ovr, true),
  ofClasses('roc_auc_ovo', ovo, false),
  ofClasses('roc_auc_ovo_weighted', ovo, true),
  ...ofEveryAverage('roc_auc', rocAucOf),
  ...ofEveryAverage('average_precision', averagePrecisionOf),
] as readonly Metric[];
