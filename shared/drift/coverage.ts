/** For which predictions the labels have come: those of a few may be no fair sample of all. */
import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import type { LabelledWindow } from './labels.ts';
import type { Performance } from './performance.ts';

export interface Coverage extends Pick<LabelledWindow, 'matured' | 'byPrediction'> {
  /** Predictions whose label has come. */
  readonly labelled: number;
  /** Predictions of the same period that are another model's. */
  readonly others: number;
  /** The least share of the predictions that must have a label. */
  readonly least: number;
}

/** Values of predictions that are shown one by one; of more, the share says nothing. */
const MOST_SHOWN = 10;

/** The share of predictions with a label; null without any. */
function shareOf({ matured, labelled }: Pick<Coverage, 'matured' | 'labelled'>): number | null {
  return matured === 0 ? null : labelled / matured;
}

/** Whether the labels came: `inconclusive` if there was nothing to label, or labels of fewer than `least` have come. */
export function labelCoverage(coverage: Coverage): Check {
  const { matured, labelled, others, least } = coverage;
  const share = shareOf(coverage);
  const status = share === null || share < least || share === 0 ? 'inconclusive' : 'pass';
  const elsewhere = others === 0 ? '' : `; ${grouped(others)} of the period belong to another model`;
  const message =
    share === null
      ? `the champion has no prediction in the period for which labels are due${elsewhere}`
      : `${grouped(labelled)} of ${grouped(matured)} predictions that are older than the label delay have labels${elsewhere}${status === 'pass' ? '' : byPrediction(coverage)}`;
  return {
    id: 'labels.coverage',
    status,
    ...(share === null ? {} : { observed: share, expected: { atLeast: least } }),
    message,
    ...(status === 'pass' ? {} : { fix: coverageFix(share) }),
  };
}

/** If labels of some predicted values come before others, those that came are not a fair sample. */
function byPrediction({ byPrediction: shares }: Coverage): string {
  if (shares.size < 2 || shares.size > MOST_SHOWN) return '';
  const parts = [...shares].map(
    ([value, { matured, labelled }]) =>
      `${JSON.stringify(value)} ${grouped(labelled)} of ${grouped(matured)}`,
  );
  return `; by prediction: ${parts.join(', ')}`;
}

function coverageFix(share: number | null): string {
  return share === null
    ? 'widen the window; a log’s column `model` must hold the digest or the version of the champion'
    : 'check that labels are written with the ids of the predictions; if they come later, raise label-delay; if only a random sample is labelled, lower min-coverage';
}

/** What performance says if the labels have come for too few: nothing, with the estimate so far. */
export function fairPerformance(performance: Performance, coverage: Coverage): Performance {
  const share = shareOf(coverage);
  if (share === null || share >= coverage.least) return performance;
  const why = `labels have come for ${grouped(coverage.labelled)} of ${grouped(coverage.matured)} predictions, which may be no fair sample`;
  const checks = performance.checks.map((check): Check => {
    if (check.id !== 'performance.minimum' || check.status === 'inconclusive') return check;
    return {
      ...check,
      status: 'inconclusive',
      message: `${why}; so far, ${check.message}`,
      fix: coverageFix(share),
    };
  });
  return { ...performance, checks, broken: false };
}
