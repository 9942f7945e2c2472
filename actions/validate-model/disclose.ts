import { ROUNDED_REACH } from '../../shared/model/ledger.ts';
import type { Disclosure } from '../../shared/model/ledger-terms.ts';
import type { Check, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Judgement } from './judge.ts';

/** What of a judgement may be told. */
export interface DisclosedJudgement {
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly comparison: string;
  readonly labelsNeeded?: number | undefined;
}

/** Are all answers that the candidate may be released? */
export function isAccepted({ checks }: Judgement): boolean {
  return checks.every(({ status }) => status === 'pass' || status === 'warn');
}

/** Tells the judgement as far as the disclosure allows. */
export function told(judgement: Judgement, disclosure: Disclosure): DisclosedJudgement {
  if (disclosure === 'full') {
    const { checks, measures, reading, labelsNeeded } = judgement;
    return { checks, measures, comparison: reading, labelsNeeded };
  }
  const accepted = isAccepted(judgement);
  const shown =
    disclosure === 'verdict' ? byVerdict(judgement, accepted, disclosure) : rounded(judgement, accepted);
  return { ...shown, checks: [...shown.checks, ...judgement.checks.filter(isUncompared)] };
}

/** That nothing was compared since the inputs allow it: it tells nothing of the rows, and must not be read as shown. */
function isUncompared({ id, expected }: Check): boolean {
  return id === 'comparison.first-release' && expected === 'allow';
}

function byVerdict({ reading }: Judgement, accepted: boolean, disclosure: Disclosure): DisclosedJudgement {
  const message = accepted
    ? 'accepted: everything that was asked of the candidate is shown'
    : `not accepted; \`disclosure: ${disclosure}\` hides the reason`;
  return {
    checks: [
      {
        id: 'model.accepted',
        // What is refuted and what is not shown look the same: to tell them apart would tell more than yes or no.
        status: accepted ? 'pass' : 'inconclusive',
        message,
        ...(accepted ? {} : { fix: 'improve the candidate with data other than this test set' }),
      },
    ],
    measures: {},
    // What is accepted without a comparison is not said to be as good as anything.
    comparison: accepted && reading !== 'unknown' ? 'not-worse' : 'unknown',
  };
}

/** The reading, and the primary gain in whole margins. */
function rounded(judgement: Judgement, accepted: boolean): DisclosedJudgement {
  const { comparisons, reading } = judgement;
  const first = comparisons.find(({ baseline }) => baseline === 'production');
  const gain = first?.check.evidence?.estimate;
  const margins =
    first === undefined || gain === undefined || !(first.margin > 0)
      ? undefined
      : Math.max(-ROUNDED_REACH, Math.min(ROUNDED_REACH, Math.round(gain / first.margin)));
  const shown = margins === undefined ? '' : `; a gain of about ${margins} times the margin`;
  const { checks } = byVerdict(judgement, accepted, 'rounded');
  const [check] = checks;
  if (check === undefined) throw new TypeError('nothing is told');
  return {
    checks: [
      {
        ...check,
        ...(reading === 'worse' ? { status: 'fail' } : {}),
        message: `${check.message}; reading: ${reading}${shown}`,
      },
    ],
    measures: margins === undefined ? {} : { comparison: { gain_in_margins: margins } },
    comparison: reading,
  };
}
