/** How often a test set was used, and how much of it was disclosed: a record that only grows. */
import { type Problem, UserError } from '../problem/problem.ts';
import { use, validate } from '../schema/generated/ledger.js';
import { type ShapedFile, shapeOf } from '../schema/shape.ts';
import { StateConflict, type StateStore } from '../state/state.ts';
import { type Budget, budgetAfter, logHistories, type ReusePlan } from '../stats/reuse.ts';
import type { Disclosure } from './ledger-terms.ts';

export const LEDGER_SCHEMA = 'ml-loop/ledger@1';

/** One evaluation on the test set. */
export interface TestSetUse {
  /** ISO 8601. */
  readonly at: string;
  /** What was asked, as a digest: the same question gives the same answer, and tells nothing new. */
  readonly evaluation: string;
  readonly disclosure: Disclosure;
  /** Bits that were disclosed; null if nothing bounds them. */
  readonly bits: number | null;
  readonly accepted: boolean;
  /** The error rate of its tests. */
  readonly alpha: number;
}

export interface Ledger {
  readonly schema: typeof LEDGER_SCHEMA;
  /** The digest of the ids and labels. */
  readonly testSet: string;
  readonly uses: readonly TestSetUse[];
}

/** How the test set is to be used before it is replaced. */
export interface ReuseInputs {
  readonly disclosure: Disclosure;
  /** Tests, and acceptances, that are planned; ignored where everything is disclosed. */
  readonly uses: number;
  readonly passes: number;
}

/** Levels of the gain in whole margins, from −8 to 8, that `rounded` tells. */
export const ROUNDED_REACH = 8;
/** Accepted or not; one of four readings; one of the levels, or none if there is no gain. */
const ROUNDED_BITS = 1 + 2 + Math.log2(2 * ROUNDED_REACH + 2);

/** Bits that one use discloses; null if nothing bounds them. */
export function bitsOf(disclosure: Disclosure): number | null {
  if (disclosure === 'full') return null;
  return disclosure === 'verdict' ? 1 : ROUNDED_BITS;
}

function planOf({ disclosure, uses, passes }: ReuseInputs): ReusePlan {
  if (disclosure === 'full') return { kind: 'unbounded' };
  return disclosure === 'rounded'
    ? { kind: 'adaptive', uses, bits: ROUNDED_BITS }
    : { kind: 'passes', uses, passes: Math.min(passes, uses) };
}

/** What a use of the test set may cost, before its answer is known. */
export interface Charge {
  /** From 1. */
  readonly use: number;
  /** Uses of the test set with this one: how often it was used in all. */
  readonly uses: number;
  /**
   * Upper bound of the chance that one of these uses passed a model that should not pass, if no model was made from what
   * an earlier use told: the sum of the uses' error rates (Bonferroni 1936), at most 1.
   */
  readonly chance: number;
  /** Was this very question asked before? Then it is not charged again. */
  readonly repeated: boolean;
  /** The error rate of the use's tests; that of the plan if it is spent. */
  readonly alpha: number;
  readonly spent: boolean;
  /** The error rate after this many more uses, none accepted in between. */
  alphaAfter(more: number): number;
  /** Uses left when this one's answer is known, infinite if they are not bounded. */
  usesLeftAfter(accepted: boolean): number;
}

/**
 * The charge of asking this question now, at `alpha` over the life of the test set.
 *
 * @param evaluation the question's digest.
 */
export function chargeOf(
  ledger: Ledger | null,
  evaluation: string,
  inputs: ReuseInputs,
  alpha: number,
): Charge {
  const uses = ledger?.uses ?? [];
  const at = uses.findIndex((use) => use.evaluation === evaluation && use.disclosure === inputs.disclosure);
  const before = at < 0 ? uses : uses.slice(0, at);
  const plan = planOf(inputs);
  const budget = budgetOf(before, plan, alpha);
  const level = budget.spent ? spentLevel(plan, alpha) : budget.level;
  return {
    ...countedWith(uses, at, level),
    alpha: level,
    spent: budget.spent,
    alphaAfter: (more) => {
      const use = uses.length + (at < 0 ? 1 : 0) + more;
      return plan.kind === 'unbounded'
        ? budgetAfter(plan, { uses: use - 1, passes: 0, bits: 0 }, alpha).level
        : spentLevel(plan, alpha);
    },
    usesLeftAfter: (accepted) => {
      const told = { bits: bitsOf(inputs.disclosure), accepted };
      return budgetOf(at < 0 ? [...uses, told] : uses, plan, alpha).usesLeft;
    },
  };
}

/** The use that is only counted: it is tested at `alpha`, however many there were. */
export function plainCharge(
  ledger: Ledger | null,
  evaluation: string,
  disclosure: Disclosure,
  alpha: number,
): Charge {
  const uses = ledger?.uses ?? [];
  const at = uses.findIndex((use) => use.evaluation === evaluation && use.disclosure === disclosure);
  return {
    ...countedWith(uses, at, alpha),
    alpha,
    spent: false,
    alphaAfter: () => alpha,
    usesLeftAfter: () => Number.POSITIVE_INFINITY,
  };
}

/** @param at where this very question stands among the uses; −1 for a new one. */
function countedWith(uses: readonly TestSetUse[], at: number, alpha: number) {
  const isNew = at < 0;
  const sum = uses.reduce((total, use) => total + use.alpha, isNew ? alpha : 0);
  return {
    use: isNew ? uses.length + 1 : at + 1,
    uses: uses.length + (isNew ? 1 : 0),
    repeated: !isNew,
    chance: Math.min(1, sum),
  };
}

function budgetOf(
  uses: readonly Pick<TestSetUse, 'bits' | 'accepted'>[],
  plan: ReusePlan,
  alpha: number,
): Budget {
  // A full report among them tells more than any plan pays for.
  const full = plan.kind !== 'unbounded' && uses.some(({ bits }) => bits === null);
  const bits = full ? Number.POSITIVE_INFINITY : uses.reduce((sum, use) => sum + (use.bits ?? 0), 0);
  const passes = uses.filter(({ accepted }) => accepted).length;
  return budgetAfter(plan, { uses: uses.length, passes, bits }, alpha);
}

/** The level that each use of the plan has, also if there is none left. */
function spentLevel(plan: ReusePlan, alpha: number): number {
  return plan.kind === 'unbounded'
    ? alpha
    : Math.max(Number.MIN_VALUE, alpha * Math.exp(-logHistories(plan)));
}

/** What is stored is not a ledger: to go on would be to count again. */
export class DamagedLedger extends UserError {}

/** The state's key of a test set. */
export function ledgerKey(name: string, testSet: string): string {
  return `${name}/ledger/${testSet.replace(/^sha256:/, '').slice(0, 32)}`;
}

/**
 * @param former the name under which earlier versions kept the ledger: its uses are carried over.
 * @throws UserError if what is stored is not a ledger of this test set.
 */
export async function readLedger(
  store: StateStore,
  name: string,
  testSet: string,
  former?: string,
): Promise<{ readonly ledger: Ledger | null; readonly revision: string | null }> {
  const key = ledgerKey(name, testSet);
  const stored = await store.read(key);
  if (stored === null) {
    if (former === undefined || former === name) return { ledger: null, revision: null };
    return { ledger: (await readLedger(store, former, testSet)).ledger, revision: null };
  }
  const shaped = shapeOf<Ledger>(validate, stored.value, `state ${key}`);
  const problems = 'problems' in shaped ? shaped.problems : strangers(shaped.value, testSet, key);
  if ('value' in shaped && problems.length === 0) return { ledger: shaped.value, revision: stored.revision };
  throw new DamagedLedger(
    problems.map((problem) => ({
      ...problem,
      fix: 'restore it from the state’s history; without it, the number of uses is not known',
    })),
  );
}

function strangers(ledger: Ledger, testSet: string, key: string): Problem[] {
  if (ledger.testSet === testSet) return [];
  return [{ what: 'is the ledger of another test set', where: `state ${key}#/testSet` }];
}

/** A use as it is stored, or all that is wrong with it. */
export function useOf(value: unknown, file: string, pointer: string): ShapedFile<TestSetUse> {
  return shapeOf<TestSetUse>(use, value, file, pointer);
}

/** Tries of a write that others come before. */
const TRIES = 8;

function contested(key: string): Problem {
  return {
    what: `the state ${key} was changed by other runs at each of ${TRIES} tries`,
    where: 'state',
    fix: 'give the jobs a concurrency group, so that runs on one test set wait for each other, and run it again',
  };
}

/**
 * Adds a use, by compare-and-set; a question that was asked before is not added again.
 *
 * @param former as of `readLedger`.
 * @returns whether it was added.
 * @throws UserError if the state cannot be read or written.
 */
export async function recordUse(
  store: StateStore,
  name: string,
  testSet: string,
  use: TestSetUse,
  former?: string,
): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const { ledger, revision } = await readLedger(store, name, testSet, former);
    const uses = ledger?.uses ?? [];
    if (
      uses.some(
        ({ evaluation, disclosure }) => evaluation === use.evaluation && disclosure === use.disclosure,
      )
    ) {
      return false;
    }
    const next = { schema: LEDGER_SCHEMA, testSet, uses: [...uses, use].map((each) => ({ ...each })) };
    try {
      await store.write(ledgerKey(name, testSet), next, revision, `use ${uses.length + 1} of the test set`);
      return true;
    } catch (error) {
      if (!(error instanceof StateConflict)) throw error;
      if (tries === TRIES) throw new UserError(contested(ledgerKey(name, testSet)));
    }
  }
}
