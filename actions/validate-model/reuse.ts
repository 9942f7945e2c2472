import { formerName, modelName } from '../../shared/inputs/common.ts';
import type { Comparison } from '../../shared/model/compare.ts';
import {
  bitsOf,
  type Charge,
  chargeOf,
  plainCharge,
  readLedger,
  recordUse,
  type TestSetUse,
} from '../../shared/model/ledger.ts';
import { LEDGER_ALPHA, MOST_USES } from '../../shared/model/ledger-terms.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { openState } from '../../shared/state/open.ts';
import { PermissionError, type StateStore } from '../../shared/state/state.ts';
import { canonicalJson, sha256Text } from '../../shared/verdict/digest.ts';
import type { Check, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import {
  reuseInputs,
  strictCheck,
  type UseFindings,
  uncountedCheck,
  warnCheck,
  withheldCheck,
} from './reuse-check.ts';

/** One use of the test set, from its charge to its record. */
export interface Reuse {
  /** Error rate of each one-sided statement of this run. */
  readonly alpha: number;
  /** Is nothing to be told of the test set? Then it is not judged. */
  readonly refused: boolean;
  /** Records the use, before anything of it is told, and says what it cost. */
  settle(found: UseFindings | undefined): Promise<SettledUse>;
}

export interface SettledUse {
  readonly check?: Check;
  readonly budgetLeft?: number;
  readonly measures?: JsonObject;
  /** Must nothing of what was found be told? */
  readonly withheld?: boolean;
}

/** What is asked of which bytes: the same question gives the same answer. */
export function evaluationOf(inputs: Inputs, digests: readonly string[]): string {
  const asked = QUESTION.map((name) => [name, inputs[name] ?? null] as const);
  return sha256Text(canonicalJson({ digests, ...Object.fromEntries(asked) } as JsonObject));
}

/** The inputs that the answer depends on: another column of the same file is another model. */
const QUESTION = [
  ...(['task', 'label', 'prediction', 'score', 'positive-label', 'label-delimiter', 'query'] as const),
  ...(['columns', 'weight', 'cluster', 'metric', 'margin', 'margins', 'conditions', 'draws'] as const),
  ...(['slices', 'min-slice-size', 'sensitive', 'min-group-size', 'group-difference'] as const),
  ...(['max-group-difference', 'group-ratio', 'min-group-ratio', 'max-group-change'] as const),
  ...(['first-release'] as const),
] satisfies readonly (keyof Inputs)[];

/** The error rate of a fresh test set: of several looks at one candidate each has an equal share (Bonferroni 1936). */
function levelOf({ looks }: Inputs): number {
  return LEDGER_ALPHA / looks;
}

/**
 * The charge of this run's use. On a pull request the ledger is only read.
 *
 * With `ledger: strict` a use that cannot be counted is refused; with `warn` it is judged, and the reason is said.
 */
export async function reuseOf(
  inputs: Inputs,
  ports: Ports,
  testSet: string,
  evaluation: string,
): Promise<Reuse> {
  const alpha = levelOf(inputs);
  if (inputs.ledger === 'off') return { alpha, refused: false, settle: async () => ({}) };
  const strict = inputs.ledger === 'strict';
  const name = modelName(inputs, ports.runner);
  const useOf = (found: UseFindings, level: number): TestSetUse => ({
    at: ports.clock.now().toISOString(),
    evaluation,
    disclosure: inputs.disclosure,
    bits: bitsOf(inputs.disclosure),
    accepted: found.accepted,
    alpha: level,
  });
  try {
    const store = await openState(inputs, ports);
    const { ledger } = await readLedger(store, name, testSet, formerName(inputs));
    const charge = strict
      ? chargeOf(ledger, evaluation, reuseInputs(inputs), alpha)
      : plainCharge(ledger, evaluation, inputs.disclosure, alpha);
    const refused = strict && charge.spent && !charge.repeated && inputs['when-spent'] === 'refuse';
    const account = { store, name, testSet, charge, useOf };
    return {
      alpha: charge.alpha,
      refused,
      settle: (found) => settled(inputs, ports, account, found),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      alpha,
      refused: strict,
      settle: async (found) => ({
        ...uncounted(inputs, error),
        ...(found === undefined
          ? {}
          : { measures: { test_set: { digest: testSet, record: { ...useOf(found, alpha) } } } }),
      }),
    };
  }
}

interface Account {
  readonly store: StateStore;
  readonly name: string;
  readonly testSet: string;
  readonly charge: Charge;
  useOf(found: UseFindings, alpha: number): TestSetUse;
}

async function settled(
  inputs: Inputs,
  ports: Ports,
  account: Account,
  found: UseFindings | undefined,
): Promise<SettledUse> {
  const { charge, testSet } = account;
  const { disclosure } = inputs;
  const common = { digest: testSet, use: charge.use, alpha: charge.alpha, disclosure, uses: charge.uses };
  if (found === undefined) {
    return {
      check: withheldCheck(charge),
      budgetLeft: 0,
      measures: { test_set: { ...common, budget_left: 0 } },
    };
  }
  const use = account.useOf(found, charge.alpha);
  const readOnly = (ports.runner.event ?? '').startsWith('pull_request');
  const refusal = readOnly ? undefined : await refusalOf(account, use, formerName(inputs));
  if (refusal !== undefined && inputs.ledger === 'strict') return uncounted(inputs, refusal);
  const budgetLeft = leftOf(charge, found);
  // That rows could decide at first, and no more, is a number of the comparison.
  const usedUp = disclosure === 'full' && isUsedUp(charge, found, levelOf(inputs));
  const told = { charge, budgetLeft, usedUp, readOnly, found };
  const quiet = refusal === undefined || refusal instanceof PermissionError;
  const check = inputs.ledger === 'strict' ? strictCheck(inputs, told) : warnCheck(told);
  return {
    check: quiet ? check : uncountedCheck(inputs, refusal),
    budgetLeft,
    measures: {
      test_set: {
        ...common,
        budget_left: budgetLeft,
        ...(inputs.ledger === 'strict' ? {} : { chance_of_a_false_pass: charge.chance }),
        // A later job that may write can count it.
        ...(readOnly || refusal !== undefined ? { record: { ...use } } : {}),
      },
    },
  };
}

/** Why the use could not be recorded; undefined if it was. */
async function refusalOf(
  { store, name, testSet }: Account,
  use: TestSetUse,
  former: string | undefined,
): Promise<UserError | undefined> {
  try {
    await recordUse(store, name, testSet, use, former);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A run that may only read says nothing of that, unless each use must be counted. */
function uncounted(inputs: Inputs, error: UserError): SettledUse {
  const strict = inputs.ledger === 'strict';
  if (!strict && error instanceof PermissionError) return {};
  return { check: uncountedCheck(inputs, error), withheld: strict };
}

/** Further uses, each of which would pass a candidate exactly equal to production with a power of .8. */
function leftOf(charge: Charge, { accepted, comparisons }: UseFindings): number {
  const planned = Math.min(charge.usesLeftAfter(accepted), MOST_USES);
  const able = (more: number) => comparisons.every((each) => canPass(each, charge.alphaAfter(more)));
  if (planned < 1 || !able(1)) return 0;
  let [low, high] = [1, planned];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (able(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Would these rows show an equal candidate to be not worse, at this level? If nothing plans it, what they showed now counts. */
function canPass({ detectableAt, margin, reading }: Comparison, alpha: number): boolean {
  if (detectableAt === undefined) return reading === 'better' || reading === 'not-worse';
  return detectableAt(alpha) <= margin;
}

/** Could the rows decide when the test set was fresh, and can they no more? */
function isUsedUp({ alpha }: Charge, { comparisons }: UseFindings, fresh: number): boolean {
  return comparisons.some(({ detectableAt, margin }) => {
    return detectableAt !== undefined && detectableAt(fresh) <= margin && detectableAt(alpha) > margin;
  });
}
