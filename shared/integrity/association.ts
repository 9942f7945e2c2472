import { clopperPearson } from '../stats/proportions.ts';
import { randomFrom } from '../stats/random.ts';
import { normalQuantile } from '../stats/special.ts';

/** How nearly one column is another: 0 for nothing in common, 1 for the same. */
export interface Association {
  readonly method: string;
  readonly estimate: number;
  /** One-sided lower bound. */
  readonly lower: number;
  /** Rows, or pairs of rows, that the bound rests on. */
  readonly n: number;
}

const SEED = 20_260_102;

/**
 * |ρ| of Spearman (1904), ties at their mean rank; bound by Fisher's z with the variance (1 + ρ²/2)/(n − 3) of Bonett &
 * Wright (2000), for which a perfect order counts as one with a single swap of neighbours. NaN if a side is
 * constant.
 */
export function rankCorrelation(x: Float64Array, y: Float64Array, alpha: number): Association {
  const n = x.length;
  const estimate = Math.abs(pearson(ranks(x), ranks(y)));
  const capped = Math.min(estimate, 1 - 12 / (n * (n * n - 1)));
  const error = Math.sqrt((1 + capped ** 2 / 2) / (n - 3));
  const lower = Math.max(0, Math.tanh(Math.atanh(capped) + normalQuantile(alpha) * error));
  return { method: 'rank correlation (Spearman)', estimate, lower, n };
}

/**
 * The chance that a row of one class has the larger value than a row of the other, ties half (AUC; Hanley & McNeil
 * 1982), or its complement. Bound: Clopper-Pearson's for that share among disjoint pairs drawn at random, which are
 * independent, so that it is exact also if the classes are apart altogether.
 *
 * @param positive 1 for rows of the one class, else 0.
 */
export function separation(x: Float64Array, positive: Uint8Array, alpha: number): Association {
  const order = ranks(x);
  let sum = 0;
  const sides: [number[], number[]] = [[], []];
  for (let i = 0; i < x.length; i++) {
    sides[positive[i] === 1 ? 1 : 0].push(i);
    if (positive[i] === 1) sum += order[i]!;
  }
  const [n0, n1] = [sides[0].length, sides[1].length];
  const area = (sum - (n1 * (n1 + 1)) / 2) / (n0 * n1);
  const sign = area >= 0.5 ? 1 : -1;
  const random = randomFrom(SEED);
  const [low, high] = sides.map((side) => random.shuffle(Int32Array.from(side)));
  const pairs = Math.min(n0, n1);
  let agreeing = 0;
  for (let i = 0; i < pairs; i++) {
    const difference = sign * (x[high![i]!]! - x[low![i]!]!);
    agreeing += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  const [lower] = clopperPearson(Math.floor(agreeing), pairs, 1 - 2 * alpha);
  return { method: 'AUC', estimate: Math.max(area, 1 - area), lower, n: pairs };
}

/**
 * How far the value of one column tells the class of another: the share of errors of the commonest class that knowing
 * the value spares (λ of Goodman & Kruskal 1954). What each value stands for is learnt from every other row and tried on
 * those between, so that identifiers, which only name their rows, tell nothing. Bound: Clopper-Pearson's for the share
 * of rows that are told rightly.
 */
export function determination(
  values: readonly string[],
  classes: readonly string[],
  alpha: number,
): Association {
  const learnt = new Map<string, Map<string, number>>();
  const all = new Map<string, number>();
  const tried = new Map<string, number>();
  values.forEach((value, i) => {
    const own = classes[i] ?? '';
    if (i % 2 === 1) {
      tried.set(own, (tried.get(own) ?? 0) + 1);
      return;
    }
    const counts = learnt.get(value) ?? new Map<string, number>();
    learnt.set(value, counts.set(own, (counts.get(own) ?? 0) + 1));
    all.set(own, (all.get(own) ?? 0) + 1);
  });
  const best = new Map([...learnt].map(([value, counts]) => [value, commonest(counts)]));
  const otherwise = commonest(all);
  let right = 0;
  let n = 0;
  values.forEach((value, i) => {
    if (i % 2 === 0) return;
    n++;
    if ((best.get(value) ?? otherwise) === classes[i]) right++;
  });
  const base = Math.max(0, ...tried.values()) / n;
  const spared = (share: number) => Math.max(0, (share - base) / (1 - base));
  const [low] = clopperPearson(right, n, 1 - 2 * alpha);
  return {
    method: 'share of errors spared (Goodman-Kruskal λ, held out)',
    estimate: spared(right / n),
    lower: spared(low),
    n,
  };
}

function commonest(counts: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const [value, count] of counts) {
    if (best === undefined || count > (counts.get(best) ?? 0)) best = value;
  }
  return best;
}

/** The group, of at most `most` of about equal size, of each value; values alike are together. */
export function groupsOf(values: Float64Array, most: number): string[] {
  const order = ranks(values);
  return Array.from(order, (rank) => String(Math.floor(((rank - 1) * most) / values.length)));
}

/** Ranks from 1, ties at their mean. */
function ranks(values: Float64Array): Float64Array {
  const order = Array.from(values, (_value, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

function pearson(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  // Ranks have the mean (n + 1)/2.
  const centre = (n + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const a = x[i]! - centre;
    const b = y[i]! - centre;
    xy += a * b;
    xx += a * a;
    yy += b * b;
  }
  return xx === 0 || yy === 0 ? Number.NaN : Math.min(1, Math.max(-1, xy / Math.sqrt(xx * yy)));
}
