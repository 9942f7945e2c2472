/** What `test-set.reuse` says. */

import type { Comparison } from '../../shared/model/compare.ts';
import type { Charge, ReuseInputs } from '../../shared/model/ledger.ts';
import { LEDGER_ALPHA, MOST_USES } from '../../shared/model/ledger-terms.ts';
import { show } from '../../shared/model/show.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import type { UserError } from '../../shared/problem/problem.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

const ID = 'test-set.reuse';
const NEW_ROWS = 'collect new test rows: a new test set has a new budget';

/** Uses that are planned unless said: each answer of `rounded` tells as much as seven of `verdict`. */
const USES = { verdict: 30, rounded: 3, full: 30 } as const;

export function reuseInputs({ disclosure, uses = USES[disclosure], passes }: Inputs): ReuseInputs {
  return { disclosure, uses, passes };
}

/** What the use found; undefined if it was refused. */
export interface UseFindings {
  readonly accepted: boolean;
  readonly comparisons: readonly Comparison[];
}

/** What is known of a use that was judged. */
export interface UseReport {
  readonly charge: Charge;
  readonly budgetLeft: number;
  /** Could the rows decide when the test set was fresh, and can they no more? */
  readonly usedUp: boolean;
  readonly readOnly: boolean;
  readonly found: UseFindings;
}

/** With `ledger: warn`: how often the test set was used, and what a pass is worth after that. */
export function warnCheck({ charge: { uses, chance }, found }: UseReport): Check {
  const bad = found.comparisons.length === 0 ? 'that breaks a condition' : 'worse by more than the margin';
  const times = uses === 1 ? 'once' : uses === 2 ? 'twice' : `${uses} times`;
  const worth =
    chance >= 1
      ? `so often that a model ${bad} has probably passed once`
      : `the chance that a model ${bad} has passed once is now at most ${show(100 * chance)} %, if no candidate was tuned to an earlier report`;
  const back = `new test rows, or \`ledger: strict\`, bring it back to ${show(100 * LEDGER_ALPHA)} %`;
  if (uses === 1) return { id: ID, status: 'pass', observed: uses, message: `used once; ${worth}` };
  return {
    ...{ id: ID, status: 'warn', observed: uses },
    message: `used ${times}; ${worth}; ${back}`,
    fix: 'collect new test rows; or set `ledger: strict`, which tests each further use more strictly',
  };
}

/** With `ledger: strict`: at which error rate this use was tested, and how many more the rows allow. */
export function strictCheck(
  inputs: Inputs,
  { charge, budgetLeft, usedUp, readOnly, found }: UseReport,
): Check {
  const { disclosure, uses } = reuseInputs(inputs);
  const plan = disclosure === 'full' ? '' : ` of ${uses} planned`;
  const again = charge.repeated ? ', whose answer is not charged again' : '';
  const parts = [
    ...(charge.spent ? ['the budget of this test set is spent'] : []),
    `use ${charge.use}${plan} of this test set${again}, tested at an error rate of ${Number(charge.alpha.toPrecision(3))}`,
    leftText(charge, found, budgetLeft),
    ...(readOnly ? ['a pull request only reads the count: record-use adds this use'] : []),
  ];
  const isLow = charge.spent || usedUp;
  return {
    ...{ id: ID, status: isLow ? 'warn' : 'pass', observed: charge.use },
    message: parts.join('; '),
    ...(isLow ? { fix: NEW_ROWS } : {}),
  };
}

function leftText(charge: Charge, { accepted }: UseFindings, left: number): string {
  if (left === MOST_USES) return '1,000 or more further uses could pass a candidate equal to production';
  if (left > 0)
    return `about ${grouped(left)} further ${left === 1 ? 'use' : 'uses'} could pass a candidate equal to production`;
  if (charge.spent || charge.usesLeftAfter(accepted) === 0) return 'no further use is planned';
  return 'these rows are too few to pass a candidate equal to production in a further use';
}

/** With `ledger: strict`: nothing is told of a test set whose budget is spent. */
export function withheldCheck({ use }: Charge): Check {
  return {
    ...{ id: ID, status: 'inconclusive', observed: use },
    message: `the budget of this test set is spent after ${use - 1} ${use === 2 ? 'use' : 'uses'}, so nothing more is told about it`,
    fix: NEW_ROWS,
  };
}

/** The use could not be counted: with `strict` nothing is told of it. */
export function uncountedCheck({ ledger }: Inputs, { problems: [first] }: UserError): Check {
  const why = `${first?.where === undefined ? '' : `${first.where}: `}${first?.what ?? 'the state cannot be used'}`;
  const fix = first?.fix ?? 'see the input state';
  if (ledger !== 'strict')
    return { id: ID, status: 'warn', message: `this use of the test set is not counted: ${why}`, fix };
  return {
    ...{ id: ID, status: 'inconclusive' },
    message: `this use of the test set cannot be counted, so nothing is told about it: ${why}`,
    fix: `${fix}; or judge on a pull request and count the use with record-use; \`ledger: warn\` judges without the count`,
  };
}
