/** What is left of a test set that is used again: union bounds over all histories that its answers may have led to. */
import { rowsForPaired } from './paired.ts';

/**
 * How a test set is to be used before it is replaced:
 * - `planned`: `uses` models, none chosen by an earlier answer (ease.ml/ci's "none");
 * - `adaptive`: up to `uses` tests after each of which `bits` are disclosed (1 for accepted or not, 2 for a four-way
 *   verdict, log₂ levels for a rounded number): 2^(bits·uses) histories (Renggli et al. 2019, §3.2, with one bit);
 * - `passes`: up to `uses` tests of which accepted or not is disclosed, and at the latest at the `passes`-th acceptance
 *   the set is replaced: Σ_{1 ≤ i ≤ passes} C(uses, i) histories (description length; Blum & Hardt 2015);
 * - `unbounded`: any number of uses and whatever disclosure, at 6α/(π²h²) for use h: valid only if no author adapted to
 *   earlier reports, for nothing bounds what a full report discloses.
 */
export type ReusePlan =
  | { readonly kind: 'planned'; readonly uses: number }
  | { readonly kind: 'adaptive'; readonly uses: number; readonly bits: number }
  | { readonly kind: 'passes'; readonly uses: number; readonly passes: number }
  | { readonly kind: 'unbounded' };

/** What has been recorded of a test set. */
export interface SpentBudget {
  readonly uses: number;
  /** Of these, accepted ones. */
  readonly passes: number;
  /** Disclosed in all. */
  readonly bits: number;
}

export interface Budget {
  /** ln of the one-sided error rate of each test of the next use; −∞ when the budget is spent. */
  readonly logLevel: number;
  /** The same, 0 when it is spent or below the smallest number. */
  readonly level: number;
  readonly spent: boolean;
  /** Uses left, Infinity if they are not bounded. */
  readonly usesLeft: number;
  /** Acceptances left before the set must be replaced, of a plan that counts them. */
  readonly passesLeft?: number;
}

/**
 * The level of the next use, so that the chance of any false statement in the life of the test set is at most `alpha`.
 *
 * @param tests of each use, such as 2 with an anchor beside production when an acceptance by either is an error of its
 *   own; tests that must all accept are one (intersection-union).
 */
export function budgetAfter(plan: ReusePlan, spent: SpentBudget, alpha: number, tests = 1): Budget {
  checkPlan(plan);
  const share = Math.log(alpha / tests);
  if (plan.kind === 'unbounded') {
    const use = spent.uses + 1;
    return budget(share + Math.log(6 / (Math.PI * use) ** 2), Infinity);
  }
  const usesLeft = Math.max(0, plan.uses - spent.uses);
  const logLevel = share - logHistories(plan);
  if (plan.kind === 'adaptive') {
    // Bits beyond those planned would lead to more histories than were paid for.
    const affordable = spent.bits <= plan.bits * spent.uses + 1e-9;
    return budget(logLevel, affordable ? usesLeft : 0);
  }
  if (plan.kind === 'planned') return budget(logLevel, usesLeft);
  const passesLeft = Math.max(0, plan.passes - spent.passes);
  const told = spent.bits <= spent.uses + 1e-9;
  return { ...budget(logLevel, passesLeft > 0 && told ? usesLeft : 0), passesLeft };
}

function budget(logLevel: number, usesLeft: number): Budget {
  const spent = !(usesLeft >= 1);
  return spent
    ? { logLevel: -Infinity, level: 0, spent, usesLeft: 0 }
    : { logLevel, level: Math.exp(logLevel), spent, usesLeft };
}

/** ln of the number of tests that could ever be made under the plan. */
export function logHistories(plan: Exclude<ReusePlan, { kind: 'unbounded' }>): number {
  if (plan.kind === 'planned') return Math.log(plan.uses);
  if (plan.kind === 'adaptive') {
    // Use h is one of 2^(bits·(h − 1)) tests; together fewer than 2^(bits·uses) if bits ≥ 1.
    return plan.bits >= 1
      ? plan.bits * plan.uses * Math.LN2
      : Math.log(
          Array.from({ length: plan.uses }, (_, h) => 2 ** (plan.bits * h)).reduce((a, b) => a + b, 0),
        );
  }
  let choose = 1;
  let sum = 0;
  for (let i = 1; i <= Math.min(plan.passes, plan.uses); i++) {
    choose *= (plan.uses - i + 1) / i;
    sum += choose;
  }
  return Math.log(sum);
}

function checkPlan(plan: ReusePlan): void {
  if (plan.kind === 'unbounded') return;
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 1;
  if (!whole(plan.uses)) throw new RangeError(`a plan is of 1 use or more, not ${plan.uses}`);
  if (plan.kind === 'passes' && !whole(plan.passes)) {
    throw new RangeError(`a plan allows 1 pass or more, not ${plan.passes}`);
  }
  if (plan.kind === 'adaptive' && !(plan.bits >= 0)) {
    throw new RangeError(`disclosure is of 0 bits or more, not ${plan.bits}`);
  }
}

/**
 * Labels with which a mean of values of width `range` is known within ± epsilon, except for an error rate exp(`logLevel`):
 * −range² ln(level)/(2 epsilon²) (Hoeffding 1963; ease.ml/ci's baseline).
 */
export function hoeffdingRows(epsilon: number, logLevel: number, range = 1): number {
  return Math.ceil((-(range ** 2) * logLevel) / (2 * epsilon ** 2));
}

/**
 * The same of a difference of two models' accuracies that disagree on at most the share `disagreement` of rows, which
 * bounds the variance: −ln(level)/(p·h(epsilon/p)), h(u) = (1 + u) ln(1 + u) − u (Bennett 1962; Renggli et al. 2019,
 * §4.1.1). Give a quarter of the error rate, as they do, if the disagreement is estimated as well and both signs count.
 */
export function bennettRows(epsilon: number, logLevel: number, disagreement: number): number {
  const u = epsilon / disagreement;
  return Math.ceil(-logLevel / (disagreement * ((1 + u) * Math.log1p(u) - u)));
}

export interface UsesInput {
  /** Rows of the test set. */
  readonly n: number;
  /** The tolerated loss of accuracy. */
  readonly margin: number;
  readonly alpha: number;
  /** Bits that each use discloses; 0 for uses that were planned beforehand. */
  readonly bits: number;
  /** What the rows needed at a level are counted by; `paired` and `bennett` need the disagreement. */
  readonly method: 'paired' | 'hoeffding' | 'bennett';
  readonly disagreement?: number;
  readonly power?: number;
}

/**
 * How many uses a plan may have, for this many rows still to show what they should: an equal model within the margin
 * with the power asked for (`paired`), or the difference of accuracies within ± margin (`hoeffding`, `bennett`). 0 if
 * even one use needs more rows.
 */
export function affordableUses(input: UsesInput): number {
  const { n, bits } = input;
  const enough = (uses: number) => {
    const plan: ReusePlan = bits === 0 ? { kind: 'planned', uses } : { kind: 'adaptive', uses, bits };
    return rowsAt(input, Math.log(input.alpha) - logHistories(plan)) <= n;
  };
  if (!enough(1)) return 0;
  let low = 1;
  let high = 2;
  while (high < 1e9 && enough(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The score test's tail is not worked out below this level. */
const SMALLEST_LEVEL = 1e-300;

/** Rows that a use at this level needs, by the method. */
export function rowsAt(input: Omit<UsesInput, 'n' | 'alpha' | 'bits'>, logLevel: number): number {
  const { margin, method, disagreement = 1, power = 0.8 } = input;
  if (method === 'hoeffding') return hoeffdingRows(margin, logLevel, 2);
  if (method === 'bennett') return bennettRows(margin, logLevel, disagreement);
  const alpha = Math.exp(logLevel);
  if (alpha < SMALLEST_LEVEL) return Infinity;
  return rowsForPaired({ discordance: disagreement, margin, alpha, power });
}
