import { modelName } from '../../shared/inputs/common.ts';
import type { Comparison } from '../../shared/model/compare.ts';
import {
  bitsOf,
  type Charge,
  chargeOf,
  DamagedLedger,
  type ReuseInputs,
  readLedger,
  recordUse,
  type Use,
} from '../../shared/model/ledger.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { openState } from '../../shared/state/open.ts';
import type { StateStore } from '../../shared/state/state.ts';
import { canonicalJson, sha256Text } from '../../shared/verdict/digest.ts';
import type { Check, Json, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** Error rate of each one-sided statement over the life of a test set. */
export const ALPHA = 0.05;

/** One use of the test set, from its charge to its record. */
export interface Reuse {
  /** Error rate of each one-sided statement of this run. */
  readonly alpha: number;
  /** Is nothing more to be told of the test set? */
  readonly refused: boolean;
  /** Records the use, before anything of it is told, and says what it cost. */
  settle(accepted: boolean, comparisons: readonly Comparison[]): Promise<Settled>;
}

export interface Settled {
  readonly check?: Check;
  readonly budgetLeft?: number;
  /** What `record-use` reads of the verdict of a run that could not write. */
  readonly measures?: JsonObject;
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

/**
 * The charge of this run's use. On a pull request the ledger is only read.
 *
 * @throws UserError where `ledger: required` and the state cannot be read.
 */
export async function reuseOf(
  inputs: Inputs,
  ports: Ports,
  testSet: string,
  evaluation: string,
): Promise<Reuse> {
  const none = { alpha: ALPHA, refused: false };
  if (inputs.ledger === 'off') return { ...none, settle: async () => ({}) };
  const name = modelName(inputs);
  try {
    const store = await openState(inputs, ports);
    const { ledger } = await readLedger(store, name, testSet);
    const charge = chargeOf(ledger, evaluation, planOf(inputs), ALPHA);
    return counted(inputs, ports, { store, name, testSet, evaluation, charge });
  } catch (error) {
    const damaged = error instanceof DamagedLedger;
    if (!(error instanceof UserError) || damaged || inputs.ledger === 'required') throw error;
    return { ...none, settle: async () => ({ check: uncounted(error) }) };
  }
}

/** Uses that are planned unless said: each answer of `rounded` tells as much as seven of `verdict`. */
const USES = { verdict: 30, rounded: 3, full: 30 } as const;

function planOf({ disclosure, uses = USES[disclosure], passes }: Inputs): ReuseInputs {
  return { disclosure, uses, passes };
}

interface Account {
  readonly store: StateStore;
  readonly name: string;
  readonly testSet: string;
  readonly evaluation: string;
  readonly charge: Charge;
}

function counted(inputs: Inputs, ports: Ports, account: Account): Reuse {
  const { charge } = account;
  const { disclosure } = inputs;
  const readOnly = (ports.runner.event ?? '').startsWith('pull_request');
  const refused = charge.spent && !charge.repeated && inputs['when-spent'] === 'refuse';
  return {
    alpha: charge.alpha,
    refused,
    settle: async (accepted, comparisons) => {
      const use: Use = {
        at: ports.clock.now().toISOString(),
        evaluation: account.evaluation,
        disclosure,
        bits: bitsOf(disclosure),
        accepted,
        alpha: charge.alpha,
      };
      const record = { record: { ...use } as Record<string, Json> };
      if (!readOnly && !refused) {
        try {
          await recordUse(account.store, account.name, account.testSet, use);
        } catch (error) {
          if (!(error instanceof UserError) || inputs.ledger === 'required') throw error;
          // A job that may write can still count it.
          const { testSet: digest } = account;
          const { use: number, alpha } = charge;
          return {
            check: uncounted(error, true),
            measures: { test_set: { digest, use: number, alpha, disclosure, ...record } },
          };
        }
      }
      // What the rows can decide is a number of the comparison.
      const seen = disclosure === 'full' ? comparisons : [];
      const budgetLeft = refused ? 0 : leftOf(charge, accepted, seen);
      return {
        check: usedCheck(inputs, charge, budgetLeft, {
          accepted,
          readOnly,
          refused,
          usedUp: isUsedUp(charge, seen),
        }),
        budgetLeft,
        measures: {
          test_set: {
            digest: account.testSet,
            use: charge.use,
            alpha: charge.alpha,
            disclosure,
            budget_left: budgetLeft,
            ...(readOnly && !refused ? record : {}),
          },
        },
      };
    },
  };
}

/** Uses that are looked ahead for; beyond it the answer is "many". */
const MOST = 1000;

/** Further uses after which an equal candidate would still be shown to be not worse with a power of .8. */
function leftOf(charge: Charge, accepted: boolean, comparisons: readonly Comparison[]): number {
  const planned = Math.min(charge.usesLeftAfter(accepted), MOST);
  const able = (more: number) =>
    comparisons.every(({ detectableAt, margin }) => {
      const detectable = detectableAt?.(charge.alphaAfter(more));
      return detectable === undefined || detectable <= margin;
    });
  if (planned < 1 || !able(1)) return 0;
  let [low, high] = [1, planned];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (able(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Could the rows decide when the test set was fresh, and can they no more? */
function isUsedUp({ alpha }: Charge, comparisons: readonly Comparison[]): boolean {
  return comparisons.some(({ detectableAt, margin }) => {
    return detectableAt !== undefined && detectableAt(ALPHA) <= margin && detectableAt(alpha) > margin;
  });
}

function usedCheck(
  inputs: Inputs,
  charge: Charge,
  left: number,
  { accepted, readOnly, refused, usedUp }: Record<'accepted' | 'readOnly' | 'refused' | 'usedUp', boolean>,
): Check {
  const { disclosure, uses } = planOf(inputs);
  const base = { id: 'test-set.reuse', observed: charge.use };
  if (refused) {
    return {
      ...base,
      status: 'fail',
      message: `the budget of this test set is spent after ${charge.use - 1} ${charge.use === 2 ? 'use' : 'uses'}, so nothing more is told of it`,
      fix: 'collect fresh labelled rows: a new test set has a new budget',
    };
  }
  const plan = disclosure === 'full' ? '' : ` of ${uses} planned`;
  const again = charge.repeated ? ', whose answer is not charged again' : '';
  const parts = [
    `use ${charge.use}${plan} of this test set${again}, tested at an error rate of ${Number(charge.alpha.toPrecision(3))}`,
    left === 0
      ? `after it ${charge.spent || charge.usesLeftAfter(accepted) === 0 ? 'its budget is spent' : 'the rows are too few to show a candidate as good as production to be not worse'}`
      : `after it about ${left === MOST ? `${MOST} or more` : left} more can be decided`,
  ];
  if (readOnly) parts.push('not counted yet, for this is a pull request: count it by record-use');
  const spent = charge.spent || usedUp;
  return {
    ...base,
    status: spent ? 'warn' : 'pass',
    message: `${charge.spent ? 'the budget of this test set is spent; ' : ''}${parts.join('; ')}`,
    ...(spent ? { fix: 'collect fresh labelled rows: a new test set has a new budget' } : {}),
  };
}

function uncounted({ problems }: UserError, later = false): Check {
  const [first] = problems;
  return {
    id: 'test-set.reuse',
    status: 'warn',
    message: `the use of the test set is not counted: ${first?.what ?? 'the state cannot be used'}`,
    fix: `${first?.fix ?? 'see the input state'}; ${later ? 'or count it by operation: record-use in another job; ' : ''}or say ledger: off, where the test set is used once`,
  };
}
