/** Rates of groups of rows, and their differences and ratios, by Fairlearn's names and definitions. */
import type { ClassificationRows, ScoredRows } from '../rows.ts';
import type { Slice } from '../slices.ts';

/** Of classified rows; all but accuracy need a positive class. */
export const RATES = [
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'false_negative_rate',
  'precision',
  'accuracy',
] as const;
export type Rate = (typeof RATES)[number];

/** Which rates a disparity is the worst of (Fairlearn's `agg="worst_case"`). */
const COMPOSED: Readonly<Record<string, readonly Rate[]>> = {
  demographic_parity: ['selection_rate'],
  equalized_odds: ['true_positive_rate', 'false_positive_rate'],
  equal_opportunity: ['true_positive_rate'],
};

const NAMES = [...Object.keys(COMPOSED), ...RATES] as const;

/** The largest difference of a rate between two groups (largest − smallest). */
export const GROUP_DIFFERENCES: readonly string[] = NAMES.map((name) => `${name}_difference`);
/** The smallest ratio of a rate between two groups (smallest / largest). */
export const GROUP_RATIOS: readonly string[] = NAMES.map((name) => `${name}_ratio`);

/** The rates of a difference or ratio. @throws TypeError for another name. */
export function ratesOf(disparity: string): readonly Rate[] {
  const name = disparity.replace(/_(difference|ratio)$/, '');
  const rates = COMPOSED[name] ?? RATES.filter((rate) => rate === name);
  if (rates.length === 0) throw new TypeError(`${disparity} is not a disparity`);
  return rates;
}

/**
 * Cells of a row: bit 0 the label, bit 1 the candidate's and bit 2 production's prediction, each 1 for positive; without
 * a positive class bit 1 and bit 2 are 1 if the prediction is right, and the label is 1.
 */
export const CELLS = 8;

export interface GroupCells {
  readonly value: string;
  readonly n: number;
  /** Rows by cell. */
  readonly counts: Float64Array;
}

/** The cells of each group; production's bit is the candidate's if there is no production. */
export function groupCells(
  candidate: ClassificationRows,
  production: ClassificationRows | undefined,
  groups: readonly Slice[],
): readonly GroupCells[] {
  const ours = bitsOf(candidate);
  const theirs = production === undefined ? ours : bitsOf(production);
  return groups.map(({ value, rows }) => {
    const counts = new Float64Array(CELLS);
    for (const row of rows) {
      const cell = ours.label(row) | (ours.prediction(row) << 1) | (theirs.prediction(row) << 2);
      counts[cell]! += 1;
    }
    return { value, n: rows.length, counts };
  });
}

function bitsOf({ truth, predicted = truth, positive }: ClassificationRows) {
  if (positive === undefined) {
    return { label: () => 1, prediction: (row: number) => (truth[row] === predicted[row] ? 1 : 0) };
  }
  return {
    label: (row: number) => (truth[row] === positive ? 1 : 0),
    prediction: (row: number) => (predicted[row] === positive ? 1 : 0),
  };
}

/** Which model's bit of a cell is read. */
export type RatedModel = 'candidate' | 'production';
const BIT: Readonly<Record<RatedModel, number>> = { candidate: 2, production: 4 };

/** The rows that have a rate, and those of which it is a share. */
export function shareOf(
  rate: Rate,
  counts: ArrayLike<number>,
  model: RatedModel,
): { readonly hits: number; readonly n: number } {
  const bit = BIT[model];
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  for (let cell = 0; cell < CELLS; cell++) {
    const count = counts[cell]!;
    if ((cell & 1) === 1) {
      if ((cell & bit) !== 0) tp += count;
      else fn += count;
    } else if ((cell & bit) !== 0) fp += count;
    else tn += count;
  }
  if (rate === 'selection_rate') return { hits: tp + fp, n: tp + fp + fn + tn };
  if (rate === 'true_positive_rate') return { hits: tp, n: tp + fn };
  if (rate === 'false_negative_rate') return { hits: fn, n: tp + fn };
  if (rate === 'false_positive_rate') return { hits: fp, n: fp + tn };
  return rate === 'precision' ? { hits: tp, n: tp + fp } : { hits: tp + tn, n: tp + fp + fn + tn };
}

/** NaN if it is undefined, such as a true positive rate without positives. */
export function rateOf(rate: Rate, counts: ArrayLike<number>, model: RatedModel): number {
  const { hits, n } = shareOf(rate, counts, model);
  return hits / n;
}

/** The rates that the rows allow. */
export function knownRates(rows: ScoredRows): readonly Rate[] {
  if (rows.task !== 'classification' || rows.predicted === undefined) return [];
  return rows.positive === undefined ? ['accuracy'] : RATES;
}

export function hasRates(rows: ScoredRows): rows is ClassificationRows {
  return knownRates(rows).length > 0;
}

/** The worst difference or ratio of groups over the rates; NaN if one is undefined in a group. */
export function disparityOf(
  disparity: string,
  groups: readonly ArrayLike<number>[],
  model: RatedModel,
): number {
  const isRatio = disparity.endsWith('_ratio');
  const each = ratesOf(disparity).map((rate) => {
    const values = groups.map((counts) => rateOf(rate, counts, model));
    // NaN of one group is the answer of both.
    const least = values.reduce((found, value) => Math.min(found, value), Infinity);
    const most = values.reduce((found, value) => Math.max(found, value), -Infinity);
    // Equal rates of zero are not disparity.
    return isRatio ? (most === 0 ? 1 : least / most) : most - least;
  });
  return isRatio ? Math.min(...each) : Math.max(...each);
}
