import { binomialCdf, binomialUpperTail } from './discrete.ts';
import { betaQuantile, normalQuantile, normalSf } from './special.ts';

/**
 * Clopper and Pearson's (1934) exact interval of a share, k of n; [0, 1] for n = 0.
 * Counts may be fractional (divided by a design effect). Each end alone is a bound of level 1 − (1 − level)/2.
 */
export function clopperPearson(k: number, n: number, level: number): readonly [number, number] {
  return shareBounds(k, n, (1 - level) / 2);
}

/** Clopper and Pearson's bounds, each one-sided at the error rate `alpha`, however small. */
export function shareBounds(k: number, n: number, alpha: number): readonly [number, number] {
  if (!(k >= 0 && k <= n)) throw new RangeError(`${k} of ${n} is not a share`);
  return [
    k === 0 ? 0 : betaQuantile(alpha, k, n - k + 1),
    k === n ? 1 : 1 - betaQuantile(alpha, n - k, k + 1),
  ];
}

/** The outcomes of two models on the same n items. */
export interface Discordance {
  /** Items that only the candidate gets right. */
  readonly b: number;
  /** Items that only the production model gets right. */
  readonly c: number;
  readonly n: number;
}

/**
 * Tango's (1998) score statistic of H0: difference (b − c)/n = `difference`; asymptotically standard normal.
 * The variance is taken at the maximum likelihood estimate restricted to H0 (Tango 1998, eq. 6 to 8).
 */
export function tangoStatistic({ b, c, n }: Discordance, difference: number): number {
  const surplus = b - c - n * difference;
  if (surplus === 0) return 0;
  const linear = -b - c + (2 * n - b + c) * difference;
  const constant = -c * difference * (1 - difference);
  const root = Math.sqrt(Math.max(0, linear * linear - 8 * n * constant));
  // The two forms of the same root: each without cancellation on its side.
  const onlyProduction = linear > 0 ? (-2 * constant) / (linear + root) : (root - linear) / (4 * n);
  const variance = n * (2 * onlyProduction + difference * (1 - difference));
  return variance > 0 ? surplus / Math.sqrt(variance) : surplus > 0 ? Infinity : -Infinity;
}

/**
 * Tango's (1998) score interval of the paired difference (b − c)/n, two-sided at `level`; [−1, 1] for n = 0.
 * Defined and never empty, also with no discordant items (then ± z²/(n + z²), Wilson's interval).
 */
export function tangoInterval(b: number, c: number, n: number, level: number): readonly [number, number] {
  return tangoBounds({ b, c, n }, (1 - level) / 2);
}

/** Its ends, each one-sided at the error rate `alpha`, however small. */
export function tangoBounds({ b, c, n }: Discordance, alpha: number): readonly [number, number] {
  const counts = checked({ b, c, n });
  if (n === 0) return [-1, 1];
  const z = -normalQuantile(alpha);
  return [-crossing({ b: c, c: b, n }, z), crossing(counts, z)];
}

/** The difference above the estimate at which the statistic has fallen to −z. */
function crossing(counts: Discordance, z: number): number {
  let low = (counts.b - counts.c) / counts.n;
  let high = 1;
  while (true) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (tangoStatistic(counts, middle) > -z) low = middle;
    else high = middle;
  }
}

export interface NonInferiorityInput extends Discordance {
  /** The tolerated loss of accuracy, in (0, 1). */
  readonly margin: number;
  /** One-sided error rate of each statement. */
  readonly alpha: number;
}

export interface NonInferiority {
  /** (b − c)/n. */
  readonly difference: number;
  /** (b + c)/n. */
  readonly discordance: number;
  /** Tango's interval of level 1 − 2 alpha, so that each end is a one-sided bound. */
  readonly interval: readonly [number, number];
  /** Loss beyond the margin is refuted: lower bound > −margin, and the exact guard agrees. */
  readonly notWorse: boolean;
  /** Loss beyond the margin is shown: upper bound < −margin, and the exact guard agrees. */
  readonly worse: boolean;
  /** A gain is shown: lower bound > 0. */
  readonly better: boolean;
  /** p-value of `notWorse` and of `worse`: the larger of the score test's and the guard's. */
  readonly pNotWorse: number;
  readonly pWorse: number;
  /** Rows that would show `notWorse` with 80 % power; ∞ when `worse`, and when these rows show no less than the margin. */
  readonly needed: number;
  /** The smallest margin that n rows can be expected to rule out with 80 % power when nothing changed; NaN for none. */
  readonly detectableDrop: number;
}

/**
 * Paired non-inferiority of 0/1 outcomes: is the candidate's accuracy at most `margin` below production's?
 *
 * Tango's score test alone accepts too often when the discordance equals the margin (only losses: up to 6.8 % at 5 %).
 * Accepting therefore also asks for P(Bin(n, margin) ≤ c − b) ≤ alpha, which is exact on that edge; by full
 * enumeration the false-accept rate at alpha 5 % is then at most 5.8 %. `worse` has the mirror guard,
 * P(Bin(n, margin) ≥ c − b) ≤ alpha, and then at most 7.6 % (exact enumeration). Assumes independent items.
 */
export function pairedNonInferiority(input: NonInferiorityInput): NonInferiority {
  const { b, c, n, margin, alpha } = input;
  const counts = checked({ b, c, n });
  if (!(margin > 0 && margin < 1)) throw new RangeError(`a margin lies between 0 and 1, not at ${margin}`);
  const interval = tangoBounds(counts, alpha);
  const statistic = n === 0 ? 0 : tangoStatistic(counts, -margin);
  const pNotWorse = Math.max(normalSf(statistic), binomialCdf(c - b, n, margin));
  const pWorse = Math.max(normalSf(-statistic), binomialUpperTail(c - b, n, margin));
  const worse = interval[1] < -margin && pWorse <= alpha;
  const discordance = n === 0 ? Number.NaN : (b + c) / n;
  const difference = n === 0 ? Number.NaN : (b - c) / n;
  return {
    difference,
    discordance,
    interval,
    notWorse: interval[0] > -margin && pNotWorse <= alpha,
    worse,
    better: interval[0] > 0,
    pNotWorse,
    pWorse,
    needed: worse ? Infinity : needed({ discordance, difference, n, margin, alpha }),
    detectableDrop: Math.max(1 - alpha ** (1 / n), powerZ(alpha) * Math.sqrt(discordance / n)),
  };
}

const powerZ = (alpha: number) => normalQuantile(0.8) - normalQuantile(alpha);

/**
 * Rows for a first use of a test set: (z_α + z_.2)² discordance / margin², at least the rows with which the exact
 * guard can accept at all. `difference` is the true difference planned for.
 */
export function pairedRowsNeeded(plan: {
  readonly discordance: number;
  readonly margin: number;
  readonly alpha: number;
  readonly difference?: number;
}): number {
  const { discordance, margin, alpha, difference = 0 } = plan;
  const room = margin + difference;
  if (!(room > 0)) return Infinity;
  const fewest = Math.log(alpha) / Math.log1p(-margin);
  return Math.ceil(Math.max(fewest, (powerZ(alpha) ** 2 * discordance) / (room * room)));
}

/** The plan for equal models until there are that many rows; then the plan for the difference that they show. */
function needed(found: {
  discordance: number;
  difference: number;
  n: number;
  margin: number;
  alpha: number;
}): number {
  const { discordance, difference, n, margin, alpha } = found;
  // Nothing is known of the discordance yet; it can hardly be below the margin if a loss matters.
  if (n === 0) return pairedRowsNeeded({ discordance: margin, margin, alpha });
  const planned = pairedRowsNeeded({ discordance, margin, alpha });
  if (planned > n) return planned;
  return pairedRowsNeeded({ discordance, margin, alpha, difference: Math.min(0, difference) });
}

function checked(counts: Discordance): Discordance {
  const { b, c, n } = counts;
  if (
    !(Number.isInteger(b) && Number.isInteger(c) && Number.isInteger(n) && b >= 0 && c >= 0 && b + c <= n)
  ) {
    throw new RangeError(`b = ${b} and c = ${c} are not discordant counts of n = ${n} items`);
  }
  return counts;
}
