import { grouped } from '../problem/numbers.ts';
import { type LeftLines, leftText } from '../read/prediction-log.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Period } from './observations.ts';
import type { RetrainDecision } from './triggers.ts';

/** Nothing to look at decides nothing. */
export function emptyWindow({ since, until }: Period, hasTimes: boolean): Check {
  const period = hasTimes ? ` from ${iso(since)} to ${iso(until)}` : '';
  return {
    id: 'drift.window',
    status: 'inconclusive',
    observed: 0,
    expected: { atLeast: 1 },
    message: `the data have no row${period}`,
    fix: 'check that the data are written and that the input names them; or widen window, or set lag to the time by which they are late',
  };
}

/** How many labelled rows came after the training data; null if no one recorded until when they go. */
export function volumeCheck(newRows: number | null, threshold: number, trainedUntil: Date | null): Check {
  const common = { id: 'volume.new-rows', expected: { retrainAt: threshold } };
  if (newRows === null || trainedUntil === null) {
    return {
      ...common,
      status: 'inconclusive',
      message:
        'the champion has no trained-until, the end of its training data, so new rows cannot be counted',
      fix: 'register versions with that time, such as metadata: {trained-until: 2026-01-31T00:00:00Z}',
    };
  }
  return {
    ...common,
    status: 'pass',
    observed: newRows,
    message: `${grouped(newRows)} labelled rows are later than ${trainedUntil.toISOString()}, the end of the training data; a retrain is asked for from ${grouped(threshold)} on`,
  };
}

/** What was decided, and whether it was delivered; `receiver` names to what, null if there is none. */
export function decisionChecks(decision: RetrainDecision, receiver: string | null): Check[] {
  const { request, reasons } = decision;
  const decided: Check = {
    id: 'retrain.decision',
    status: reasons.length === 0 ? 'pass' : 'warn',
    observed: reasons.map(({ kind }) => kind),
    message: decisionText(decision),
  };
  if (request === null || receiver === null) return [decided];
  const dispatched: Check = {
    id: 'retrain.dispatch',
    status: 'pass',
    observed: request.dedupeKey,
    message: `the retrain was handed to ${receiver}`,
  };
  return [decided, dispatched];
}

function decisionText({ retrain, reasons, suppressed, until }: RetrainDecision): string {
  const why = reasons.map(({ message }) => message).join('; ');
  if (reasons.length === 0) return 'no retrain is due';
  if (retrain) return `a retrain is due: ${why}`;
  const end = until === undefined ? '' : ` until ${until}`;
  const because =
    suppressed === 'duplicate'
      ? `it was asked for already and is not asked for again${end}`
      : `the cool-down holds it back${end}`;
  return `a retrain is due (${why}), but ${because}`;
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** Which lines of the data are left out; nothing if none is. */
export function linesChecks(left: LeftLines): Check[] {
  const text = leftText(left);
  if (text === undefined) return [];
  const { count, first } = left.unreadable;
  return [
    {
      id: 'drift.lines',
      status: count > 0 ? 'warn' : 'pass',
      observed: { unreadable: count, repeated: left.repeated },
      message: `of the data, ${text}`,
      ...(count > 0 ? { fix: first?.fix ?? 'see that each line is written whole' } : {}),
    },
  ];
}
