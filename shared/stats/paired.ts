/** Bounds of the difference and of the ratio of two models' shares of successes on the same rows. */
import { binomialCdf, binomialUpperTail } from './discrete.ts';
import { type Discordance, shareBounds, tangoBounds } from './proportions.ts';
import { normalQuantile } from './special.ts';

/** One-sided bounds, each with the error rate asked for. */
export interface PairBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Bounds of the difference (b − c)/n of two shares: Tango's (1998) score bounds, kept to what two exact tests allow, so
 * that "not worse than a loss of the margin" is lower > −margin, "worse" is upper < −margin and "better" is lower > 0,
 * at any level, on one pair of bounds.
 *
 * The guards hold if the score is too bold: P(Bin(n, δ) ≤ c − b) ≤ alpha if only one model ever loses rows
 * (Clopper & Pearson 1934), and McNemar's exact P(Bin(b + c, ½) ≥ b) ≤ alpha for a bound beyond 0. Errors at the margin:
 * docs/error-rates.md. Assumes independent rows.
 */
export function pairedShareBounds(counts: Discordance, alpha: number): PairBounds {
  const { b, c, n } = counts;
  return { lower: guardedLower({ b, c, n }, alpha), upper: 0 - guardedLower({ b: c, c: b, n }, alpha) };
}

function guardedLower({ b, c, n }: Discordance, alpha: number): number {
  const score = tangoBounds({ b, c, n }, alpha)[0];
  if (n === 0) return score;
  const guard = b > c ? shareBounds(b - c, n, alpha)[0] : -shareBounds(c - b, n, alpha)[1];
  const lower = Math.min(score, guard);
  return lower > 0 && binomialUpperTail(b, b + c, 0.5) > alpha ? 0 : lower;
}

/** The successes of two models on the same n rows. */
export interface JointSuccesses {
  readonly both: number;
  readonly candidateOnly: number;
  readonly productionOnly: number;
}

/**
 * The score statistic of H0: candidate's share = ratio · production's share (Nam & Blackwelder 2002; Tang, Tang & Chan
 * 2003); asymptotically standard normal. With a rows that both, b only the candidate and c only production have right,
 * N = a + b + c, it is (a + b − θ(a + c)) / √(N((1 + θ)u − (1 − θ))), u the larger root of
 * (1 + θ)N u² − ((a + c)(1 − θ²) + b + c) u + c(1 − θ) = 0, the share of c in N that is likeliest under H0. Rows that
 * both have wrong do not enter.
 */
export function ratioStatistic(joint: JointSuccesses, ratio: number): number {
  const { both: a, candidateOnly: b, productionOnly: c } = joint;
  const surplus = a + b - ratio * (a + c);
  const total = a + b + c;
  if (total === 0 || surplus === 0) return 0;
  const square = (1 + ratio) * total;
  const linear = (a + c) * (1 - ratio ** 2) + b + c;
  const root = Math.sqrt(Math.max(0, linear ** 2 - 4 * square * c * (1 - ratio)));
  const share = (linear + root) / (2 * square);
  const variance = total * ((1 + ratio) * share - (1 - ratio));
  return variance > 1e-12 * total ? surplus / Math.sqrt(variance) : surplus > 0 ? Infinity : -Infinity;
}

/**
 * Bounds of candidate's share / production's share, by the score test and, as for differences, the exact guards:
 * P(Bin(a + c, 1 − θ) ≤ c − b) ≤ alpha if only one model ever loses rows, and McNemar's for a bound beyond 1.
 * "Not worse than a loss of r of production's share" is lower > 1 − r. For a share of errors give the errors as
 * successes: "not more than 1 + r times production's errors" is upper < 1 + r.
 *
 * Raises RangeError if production has no success at all: there is no ratio to a baseline of zero.
 */
export function pairedRatioBounds(joint: JointSuccesses, alpha: number): PairBounds {
  const { both, candidateOnly, productionOnly } = joint;
  if (!(both + productionOnly > 0))
    throw new RangeError('the baseline is zero, and no ratio to it is defined');
  const mirror = { both, candidateOnly: productionOnly, productionOnly: candidateOnly };
  const inverse = both + candidateOnly > 0 ? ratioLower(mirror, alpha) : 0;
  return { lower: ratioLower(joint, alpha), upper: inverse > 0 ? 1 / inverse : Infinity };
}

function ratioLower(joint: JointSuccesses, alpha: number): number {
  const { both: a, candidateOnly: b, productionOnly: c } = joint;
  const z = -normalQuantile(alpha);
  let low = 0;
  let high = (a + b) / (a + c);
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (ratioStatistic(joint, middle) >= z) low = middle;
    else high = middle;
  }
  const guard =
    b > c ? 1 / (1 - shareBounds(b - c, a + b, alpha)[0]) : 1 - shareBounds(c - b, a + c, alpha)[1];
  const lower = Math.min(low, guard);
  return lower > 1 && binomialUpperTail(b, b + c, 0.5) > alpha ? 1 : lower;
}

export interface PairedPlan {
  /** Share of rows of which only one model has them right. */
  readonly discordance: number;
  /** The tolerated loss, in (0, 1). */
  readonly margin: number;
  /** One-sided error rate. */
  readonly alpha: number;
  readonly power?: number;
}

/**
 * Rows with which an equal model is shown to be not worse with the power asked for: (z_α + z_power)² d/margin²
 * (Lachenbruch & Lynch 1998), and as many that the exact guard allows c − b = z_power √(n d) as well. ∞ for a margin of 0.
 */
export function rowsForPaired({ discordance, margin, alpha, power = 0.8 }: PairedPlan): number {
  if (!(margin > 0)) return Infinity;
  if (margin >= 1) return 1;
  const z = normalQuantile(power);
  const enough = (n: number) =>
    binomialCdf(Math.ceil(z * Math.sqrt(n * discordance) - 1e-9), n, margin) <= alpha;
  const score = Math.ceil(((z - normalQuantile(alpha)) ** 2 * discordance) / margin ** 2);
  return smallest(Math.max(1, score), enough);
}

/** The smallest loss that n rows rule out with the power asked for when the models are equal: `rowsForPaired` solved. */
export function detectableByPaired(n: number, plan: Omit<PairedPlan, 'margin'>): number {
  if (!(n > 0)) return 1;
  let low = 0;
  let high = 1;
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (rowsForPaired({ ...plan, margin: middle }) <= n) high = middle;
    else low = middle;
  }
  return high;
}

/** The smallest whole number from `from` on that is enough, if larger ones (nearly) always are. */
function smallest(from: number, enough: (n: number) => boolean): number {
  if (enough(from)) return from;
  let low = from;
  let high = 2 * from;
  while (!enough(high)) {
    low = high;
    high *= 2;
    if (high > 1e12) return Infinity;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
