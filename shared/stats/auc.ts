/** The difference of two models' areas under the ROC curve on the same rows. */
import { grouped } from '../problem/numbers.ts';
import type { Clusters } from './clusters.ts';
import { moments } from './means.ts';
import { ascending } from './order.ts';
import { studentQuantile } from './special.ts';

/** Two models' scores of the same rows; higher scores speak for the positive class. */
export interface ScoredPair {
  /** 1 where the row is positive, else 0. */
  readonly positive: ArrayLike<number>;
  readonly candidate: Float64Array;
  readonly production: Float64Array;
  /** Not negative; each row counts as 1 without. */
  readonly weights?: Float64Array;
  readonly clusters?: Clusters;
}

export interface AucDifference {
  readonly candidate: number;
  readonly production: number;
  /** candidate − production; NaN, as all of these, if one class is missing. */
  readonly difference: number;
  /** Of the difference; 0 if the models order the rows in the same way. */
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly df: number;
  readonly positives: number;
  readonly negatives: number;
  /** Rows, or clusters. */
  readonly units: number;
  /**
   * Units that carry the variance, (Σ φ²)²/Σ φ⁴ of their influences φ: with few, a unit that was not drawn may well
   * have carried more.
   */
  readonly carriers: number;
  /** |skewness|/√units of the influences. */
  readonly asymmetry: number;
  readonly weighted: boolean;
  readonly clustered: boolean;
}

/**
 * DeLong, DeLong & Clarke-Pearson's (1988) variance of the difference of two correlated AUCs, from mid-ranks in
 * O(n log n) (Sun & Xu 2014); ties count half. With clusters that of Obuchowski (1997, eq. 5), which allows for rows of
 * both classes in one cluster; with weights the same on weighted influences.
 *
 * Raises RangeError for a score that is NaN, a negative weight and unequal lengths.
 */
export function aucDifference(given: ScoredPair): AucDifference {
  const { positive, candidate, production, weights, clusters } = given;
  const n = positive.length;
  for (const { length } of [candidate, production, weights ?? candidate, clusters?.of ?? candidate]) {
    if (length !== n) throw new RangeError(`${length} values for ${n} rows`);
  }
  for (const weight of weights ?? []) {
    if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`a weight is needed, not ${weight}`);
  }
  const ours = placements(positive, candidate, weights);
  const theirs = placements(positive, production, weights);
  const influence = ours.values;
  const difference = ours.auc - theirs.auc;
  let positives = 0;
  for (let i = 0; i < n; i++) {
    const gain = influence[i]! - theirs.values[i]!;
    const isPositive = positive[i] === 1;
    if (isPositive) positives += 1;
    const share = (weights?.[i] ?? 1) / (isPositive ? ours.positives : ours.negatives);
    // What is but rounding is not a difference.
    influence[i] = Math.abs(gain - difference) < 1e-12 ? 0 : share * (gain - difference);
  }
  const sizes = { positives, negatives: n - positives };
  const { variance, df, units } =
    clusters === undefined ? byClass(positive, influence, sizes) : byCluster(positive, influence, clusters);
  return {
    candidate: ours.auc,
    production: theirs.auc,
    difference,
    standardError: Math.sqrt(variance),
    df,
    ...sizes,
    units: units.length,
    ...shapeOf(units),
    weighted: weights !== undefined,
    clustered: clusters !== undefined,
  };
}

interface Placements {
  readonly auc: number;
  /** Of a positive the share of negatives below it, of a negative that of positives above it; ties count half. */
  readonly values: Float64Array;
  /** Weight of the positives, and of the negatives. */
  readonly positives: number;
  readonly negatives: number;
}

/** The structural components V10 and V01 of DeLong et al. (1988), by one pass over the rows in order of their scores. */
export function placements(
  positive: ArrayLike<number>,
  scores: Float64Array,
  weights?: Float64Array,
): Placements {
  const order = ascending(scores);
  const values = new Float64Array(scores.length);
  let positives = 0;
  let negatives = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    const score = scores[order[from]!]!;
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (; to < order.length && scores[order[to]!] === score; to++) {
      const weight = weights?.[order[to]!] ?? 1;
      if (positive[order[to]!] === 1) tiedPositives += weight;
      else tiedNegatives += weight;
    }
    for (let k = from; k < to; k++) {
      const row = order[k]!;
      values[row] = positive[row] === 1 ? negatives + tiedNegatives / 2 : positives + tiedPositives / 2;
    }
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  let auc = 0;
  for (let i = 0; i < values.length; i++) {
    if (positive[i] === 1) {
      values[i] = values[i]! / negatives;
      auc += (values[i]! * (weights?.[i] ?? 1)) / positives;
    } else values[i] = 1 - values[i]! / positives;
  }
  return { auc: positives > 0 && negatives > 0 ? auc : Number.NaN, values, positives, negatives };
}

interface Spread {
  readonly variance: number;
  readonly df: number;
  /** The influence of each unit on the difference. */
  readonly units: Float64Array;
}

/** DeLong et al. (1988): S10/m + S01/n, with the degrees of freedom of Welch (1947). */
function byClass(
  positive: ArrayLike<number>,
  influence: Float64Array,
  { positives: m, negatives: n }: { positives: number; negatives: number },
): Spread {
  let above = 0;
  let below = 0;
  for (let i = 0; i < influence.length; i++) {
    if (positive[i] === 1) above += influence[i]! ** 2;
    else below += influence[i]! ** 2;
  }
  above *= m / (m - 1);
  below *= n / (n - 1);
  const variance = above + below;
  const welch = variance ** 2 / (above ** 2 / (m - 1) + below ** 2 / (n - 1));
  return { variance, df: variance > 0 ? welch : Math.min(m, n) - 1, units: influence };
}

/** Obuchowski (1997): the sums of each cluster's influences, of the classes apart and together. */
function byCluster(positive: ArrayLike<number>, influence: Float64Array, clusters: Clusters): Spread {
  const above = new Float64Array(clusters.count);
  const below = new Float64Array(clusters.count);
  const with10 = new Uint8Array(clusters.count);
  const with01 = new Uint8Array(clusters.count);
  for (let i = 0; i < influence.length; i++) {
    const cluster = clusters.of[i]!;
    if (positive[i] === 1) {
      above[cluster]! += influence[i]!;
      with10[cluster] = 1;
    } else {
      below[cluster]! += influence[i]!;
      with01[cluster] = 1;
    }
  }
  const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0);
  const correction = (units: number) => units / (units - 1);
  let [s10, s01, s11] = [0, 0, 0];
  for (let k = 0; k < clusters.count; k++) {
    s10 += above[k]! ** 2;
    s01 += below[k]! ** 2;
    s11 += above[k]! * below[k]!;
  }
  const variance =
    s10 * correction(count(with10)) + s01 * correction(count(with01)) + 2 * s11 * correction(clusters.count);
  return {
    variance: Math.max(0, variance),
    df: Math.min(count(with10), count(with01)) - 1,
    units: above.map((value, k) => value + below[k]!),
  };
}

function shapeOf(units: Float64Array): { carriers: number; asymmetry: number } {
  let squares = 0;
  let fourths = 0;
  for (const value of units) {
    squares += value ** 2;
    fourths += value ** 4;
  }
  const { skewness } = moments(units);
  return {
    carriers: fourths > 0 ? squares ** 2 / fourths : 0,
    asymmetry: Number.isNaN(skewness) ? 0 : Math.abs(skewness) / Math.sqrt(units.length),
  };
}

export interface AucBounds {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly method: string;
  /** Of one, or both, that are missing: why. */
  readonly none?: string;
}

/** With fewer rows of a class, clusters, or carriers of the variance than this there are no bounds. */
export const LEAST_CLASS = 30;
export const LEAST_CARRIERS = 10;
/** Above this |skewness|/√units of the influences a bound does not keep its level. */
export const MOST_ASYMMETRY = 0.1;

/**
 * One-sided bounds of the difference, each at error rate `alpha`: difference ± t·standard error. If the models order
 * the rows in the same way there is no variance to go by, and the bounds are those of min(m, n) disjoint pairs of a
 * positive and a negative of which none is ordered differently: |difference| ≤ P(a pair is) ≤ 1 − α^(1/min(m, n)),
 * exact (Clopper & Pearson 1934); with weights or clusters there are none.
 *
 * Up to u = 1 − α^(1/min(m, n)) of the positives, or of the negatives, may be of a kind that was not drawn, and that the
 * candidate ranks below, or above, all others: so of independent rows the bounds are not inside of
 * (1 − u)·difference − u·production and (1 − u)·difference + u·(1 − production).
 *
 * Of few rows of a class, of a difference that few rows make, and of skewed influences there are none.
 */
export function aucBounds(found: AucDifference, alpha: number): AucBounds {
  const { difference, standardError, df, positives: m, negatives: n } = found;
  const method = `DeLong${found.clustered ? ', clustered (Obuchowski 1997)' : ''}${found.weighted ? ', weighted' : ''}`;
  if (m === 0 || n === 0) {
    return { lower: null, upper: null, method, none: `there are ${m} positive and ${n} negative rows` };
  }
  if (!(df > 0) || Number.isNaN(standardError)) {
    return { lower: null, upper: null, method, none: 'too few rows of a class to show how much they vary' };
  }
  if (standardError === 0) return sameOrder(found, alpha);
  const unsure = whyUnsure(found);
  if (unsure !== undefined) return { lower: null, upper: null, method, none: unsure };
  const reach = -studentQuantile(alpha, df) * standardError;
  const [low, high] = unseen(found, alpha);
  return {
    lower: Math.max(-1, Math.min(difference - reach, low)),
    upper: Math.min(1, Math.max(difference + reach, high)),
    method,
  };
}

/** What rows of a kind that was not drawn may make of the difference. */
function unseen({ positives, negatives, difference, production, ...found }: AucDifference, alpha: number) {
  if (found.weighted || found.clustered) return [difference, difference] as const;
  const share = 1 - alpha ** (1 / Math.min(positives, negatives));
  const seen = (1 - share) * difference;
  return [seen - share * production, seen + share * (1 - production)] as const;
}

function whyUnsure(found: AucDifference): string | undefined {
  const { positives, negatives, units, carriers, clustered } = found;
  const rarer = Math.min(positives, negatives);
  if (rarer < LEAST_CLASS)
    return `only ${grouped(rarer)} rows have the rarer label, and at least ${LEAST_CLASS} are needed`;
  if (clustered && units < LEAST_CLASS)
    return `${units} clusters are too few: at least ${LEAST_CLASS} are needed`;
  const unit = clustered ? 'clusters' : 'rows';
  if (carriers < LEAST_CARRIERS) {
    return `the difference rests on about ${Math.max(1, Math.round(carriers))} ${unit}, which is too few`;
  }
  return found.asymmetry > MOST_ASYMMETRY
    ? `a few of ${grouped(units)} ${unit} make most of the spread, and how many such ${unit} there are cannot be told from so few`
    : undefined;
}

function sameOrder({ positives, negatives, weighted, clustered }: AucDifference, alpha: number): AucBounds {
  if (weighted || clustered) {
    const none = 'both models order the rows in the same way, which shows no variance';
    return { lower: null, upper: null, method: 'DeLong', none };
  }
  const pairs = Math.min(positives, negatives);
  const reach = 1 - alpha ** (1 / pairs);
  return { lower: -reach, upper: reach, method: `exact bound of ${pairs} pairs, all ordered alike` };
}
