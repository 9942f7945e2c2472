/** Curves and tables of one model that a report draws: ROC, precision and recall, calibration, confusion. */

import { compareValues, shownName } from '../read/value-names.ts';
import { shareBounds } from '../stats/proportions.ts';
import { chiSquareSf, normalCdf } from '../stats/special.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { rankOrder } from './metrics/order.ts';
import type { ClassificationRows } from './rows.ts';

/** Points of a curve that are kept. */
const POINTS = 100;
/** Bins of the calibration curve. */
const BINS = 10;
/** Classes beyond these are many for a table. */
export const MAX_CLASSES = 25;

/** ROC and precision-recall curves, and calibration if the scores are probabilities; nothing without a positive class. */
export function curvesJson({ n, truth, positive, scores }: ClassificationRows): JsonObject {
  if (positive === undefined || scores === undefined) return {};
  const { places, tied } = rankOrder(scores);
  let positives = 0;
  for (const label of truth) if (label === positive) positives++;
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) return {};
  const roc = new Curve(0, 0);
  const pr = new Curve();
  let [tp, fp] = [0, 0];
  for (let k = n - 1; k >= 0; k--) {
    if (truth[places[k]!] === positive) tp++;
    else fp++;
    // Rows of one score are told apart by no threshold.
    if (tied[k] === 1) continue;
    roc.add(fp / negatives, tp / positives, k === 0);
    pr.add(tp / positives, tp / (tp + fp), k === 0);
  }
  return { roc: roc.points, pr: pr.points, ...calibrationOf({ n, truth, positive, scores }) };
}

/** About `POINTS` points, evenly along the curve, the first and the last among them. */
class Curve {
  readonly points: number[][] = [];
  #x: number;
  #y: number;
  #travelled = Number.POSITIVE_INFINITY;

  constructor(x = Number.NaN, y = Number.NaN) {
    this.#x = x;
    this.#y = y;
    if (!Number.isNaN(x)) this.#keep(x, y);
  }

  add(x: number, y: number, last: boolean): void {
    if (!Number.isNaN(this.#x)) this.#travelled += Math.abs(x - this.#x) + Math.abs(y - this.#y);
    this.#x = x;
    this.#y = y;
    if (last || this.#travelled >= 2 / POINTS) this.#keep(x, y);
  }

  #keep(x: number, y: number): void {
    this.points.push([rounded(x), rounded(y)]);
    this.#travelled = 0;
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

type Scored = Required<Pick<ClassificationRows, 'n' | 'truth' | 'positive' | 'scores'>>;

/**
 * Bins of equal width, each with its mean score, its share of positives and that share's exact interval (Clopper &
 * Pearson 1934) at 95 %; and Spiegelhalter's (1986) z of the Brier score, two-sided.
 */
function calibrationOf({ n, truth, positive, scores }: Scored): JsonObject {
  if (!scores.every((score) => score >= 0 && score <= 1)) return {};
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const hits = new Float64Array(BINS);
  let [excess, variance] = [0, 0];
  for (let i = 0; i < n; i++) {
    const score = scores[i]!;
    const bin = Math.min(BINS - 1, Math.floor(score * BINS));
    const hit = truth[i] === positive ? 1 : 0;
    counts[bin]! += 1;
    sums[bin]! += score;
    hits[bin]! += hit;
    excess += (hit - score) * (1 - 2 * score);
    variance += (1 - 2 * score) ** 2 * score * (1 - score);
  }
  const calibration = [...counts.keys()]
    .filter((bin) => counts[bin]! > 0)
    .map((bin) => {
      const [of, hit] = [counts[bin]!, hits[bin]!];
      const [lower, upper] = shareBounds(hit, of, 0.025);
      return { n: of, score: sums[bin]! / of, share: hit / of, lower, upper };
    });
  const z = excess / Math.sqrt(variance);
  return {
    calibration,
    ...goodness({ n, truth, positive, scores }),
    ...(variance > 0 ? { spiegelhalter_z: z, spiegelhalter_p: 2 * normalCdf(-Math.abs(z)) } : {}),
  };
}

/** Groups of the goodness-of-fit test, and the expected rows of either kind that each must have. */
const GROUPS = 10;
const LEAST = 5;

/**
 * Hosmer and Lemeshow's (1980) statistic Σ (hits − expected)²/(expected·(1 − expected/rows)) over ten groups of about
 * equal size by score, with as many degrees of freedom as groups, for the scores were not fitted to these rows. It sees what
 * Spiegelhalter's z does not: scores that are too bold on both sides. Nothing if a group has fewer than 5 rows of either
 * kind to expect.
 */
function goodness({ n, truth, positive, scores }: Scored): JsonObject {
  const { places } = rankOrder(scores);
  let [statistic, groups] = [0, 0];
  let [rows, hits, expected] = [0, 0, 0];
  for (let k = 0; k < n; k++) {
    const row = places[k]!;
    rows++;
    hits += truth[row] === positive ? 1 : 0;
    expected += scores[row]!;
    const end = k === n - 1 || (rows * GROUPS >= n && scores[places[k + 1]!] !== scores[row]);
    if (!end) continue;
    if (Math.min(expected, rows - expected) < LEAST) {
      // Too few to be a group of their own: they go with the next.
      if (k < n - 1) continue;
      break;
    }
    statistic += (hits - expected) ** 2 / (expected * (1 - expected / rows));
    groups++;
    [rows, hits, expected] = [0, 0, 0];
  }
  return groups < 2 ? {} : { hosmer_lemeshow: statistic, hosmer_lemeshow_p: chiSquareSf(statistic, groups) };
}

/** Classes in the order of their values, under the names that a report may show. */
export interface ShownClasses {
  readonly names: readonly string[];
  /** Place of each class, by its number. */
  readonly places: readonly number[];
}

/**
 * With `samples: hide` classes are numbered in the order of their values, for they are values of cells; but 0 and 1, true
 * and false, the positive class and those that `told` holds go by their names.
 */
export function shownClasses(
  { classes, positive }: Pick<ClassificationRows, 'classes' | 'positive'>,
  showValues: boolean,
  told: readonly string[] = [],
): ShownClasses {
  const order = [...classes.keys()].sort((a, b) => compareValues(classes[a] ?? '', classes[b] ?? ''));
  const places = new Array<number>(classes.length).fill(0);
  order.forEach((index, place) => {
    places[index] = place;
  });
  const known = new Set([...told, ...(positive === undefined ? [] : [classes[positive] ?? ''])]);
  const naming = { showValues, noun: 'class', told: known };
  return {
    names: order.map((index, place) => shownName(classes[index] ?? '', place + 1, naming)),
    places,
  };
}

/** Rows by label and prediction, in the order shown; nothing if there are no predictions, or too many classes for a table. */
export function confusionJson(
  { truth, predicted, n }: Pick<ClassificationRows, 'truth' | 'predicted' | 'n'>,
  { places }: ShownClasses,
): number[][] | undefined {
  if (predicted === undefined || places.length > MAX_CLASSES) return undefined;
  const table = places.map(() => new Array<number>(places.length).fill(0));
  for (let i = 0; i < n; i++) {
    const row = table[places[truth[i]!]!];
    const at = places[predicted[i]!]!;
    if (row !== undefined) row[at] = (row[at] ?? 0) + 1;
  }
  return table;
}
