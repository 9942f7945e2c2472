import { grouped } from '../problem/numbers.ts';
import { type Cell, toNumber } from '../read/batch.ts';
import { Classes } from '../read/classes.ts';
import { isJudgeable } from '../stats/magnitude.ts';
import type { Check, Evidence } from '../verdict/verdict.ts';
import { metricBounds, type PerformanceBounds, type TimedLoss } from './metric-bounds.ts';
import { type ClassOptions, readClasses } from './predicted-classes.ts';
import {
  judgesScores,
  largerIsBetter,
  meetsRequirement,
  type Requirement,
  type RequirementMetric,
} from './requirement.ts';

/** A prediction whose label has come. */
export interface LabelledPrediction {
  /** Milliseconds since 1970; null if the prediction has no time. */
  readonly at: number | null;
  readonly label: Cell;
  readonly prediction: Cell;
  /** The probability of label 1, if the log holds scores. */
  readonly score: Cell;
}

export interface PerformanceOptions extends ClassOptions {
  /** The chance, at most, that a requirement is said to be broken that is met. */
  readonly alpha: number;
  /** Fewer labels than this decide nothing. */
  readonly minLabels: number;
}

export interface Performance {
  readonly checks: readonly Check[];
  /** The metric and its one-sided bounds, each at level α; null if there was nothing to judge. */
  readonly value: PerformanceBounds | null;
  /** Is the requirement shown to be broken? */
  readonly broken: boolean;
}

/**
 * Judges a requirement by the labels that have come: `fail` if a one-sided bound at level α shows it broken, `warn`
 * if the estimate alone breaks it, `pass` otherwise, `inconclusive` with fewer than `minLabels` labels.
 * Rows without a readable label, prediction or score are a check of their own and are not judged. No row is judged if the
 * scores are not probabilities. Accuracy that is broken only if predictions of unknown classes are wrong is `inconclusive`.
 */
export function judgePerformance(
  rows: readonly LabelledPrediction[],
  requirement: Requirement,
  options: PerformanceOptions,
): Performance {
  const { readable, checks } = readRows(rows, requirement.metric, options);
  if (readable === null) return { checks: [...checks, unjudged(requirement)], value: null, broken: false };
  if (readable.length < options.minLabels) {
    return {
      checks: [...checks, tooFew(requirement, readable.length, options.minLabels)],
      value: null,
      broken: false,
    };
  }
  const value = metricBounds(requirement.metric, readable, options.alpha);
  const broken = isBroken(requirement, value);
  if (broken && readable.some(({ strange }) => strange === true)) {
    const kindest = readable.map(({ at, loss, strange }) => ({ at, loss: strange === true ? 1 : loss }));
    const best = metricBounds(requirement.metric, kindest, options.alpha);
    if (!isBroken(requirement, best))
      return { checks: [...checks, doubtful(requirement, value, best)], value, broken: false };
  }
  return { checks: [...checks, minimumCheck(requirement, value, broken, options)], value, broken };
}

function isBroken(requirement: Requirement, { upper, lower }: PerformanceBounds): boolean {
  return !meetsRequirement(requirement, largerIsBetter(requirement.metric) ? upper : lower);
}

interface ReadRows {
  /** Losses, or gains for accuracy; null if no row can be judged. */
  readonly readable: readonly (TimedLoss & { readonly strange?: boolean })[] | null;
  readonly checks: readonly Check[];
}

function readRows(
  rows: readonly LabelledPrediction[],
  metric: RequirementMetric,
  options: PerformanceOptions,
): ReadRows {
  if (metric === 'accuracy') {
    const { gains, checks } = readClasses(rows, options);
    return {
      readable: gains,
      checks: [...unreadableChecks(metric, rows.length - gains.length, rows.length), ...checks],
    };
  }
  const outside = judgesScores(metric) ? rows.filter(({ score }) => isOutside(toNumber(score))).length : 0;
  if (outside > 0) return { readable: null, checks: [notProbabilities(metric, outside, rows.length)] };
  const readable = rows
    .map((row) => ({ at: row.at, loss: lossOf(metric, row) }))
    .filter((row) => !Number.isNaN(row.loss));
  return { readable, checks: unreadableChecks(metric, rows.length - readable.length, rows.length) };
}

function isOutside(score: number): boolean {
  return score < 0 || score > 1;
}

/** The row's loss; NaN if a value it needs is missing or cannot be read. */
function lossOf(metric: Exclude<RequirementMetric, 'accuracy'>, row: LabelledPrediction): number {
  const label = judgesScores(metric) ? binary(row.label) : toNumber(row.label);
  const given = toNumber(judgesScores(metric) ? row.score : row.prediction);
  if (!isJudgeable(given) || !isJudgeable(label)) return Number.NaN;
  if (metric === 'mae') return Math.abs(given - label);
  // A certain and wrong probability would cost infinity; it is clipped as scikit-learn clips it.
  if (metric === 'log_loss')
    return Number.isNaN(label) ? label : -Math.log(Math.max(Number.EPSILON, label === 1 ? given : 1 - given));
  return (given - label) ** 2;
}

const TRUTH = new Classes(['0', '1']);

function binary(label: Cell): number {
  const index = label === null ? -1 : TRUTH.index(String(label));
  return index < 0 ? Number.NaN : index;
}

function minimumCheck(
  requirement: Requirement,
  value: PerformanceBounds,
  broken: boolean,
  { alpha }: PerformanceOptions,
): Check {
  const { metric, text, threshold, operator } = requirement;
  const evidence: Evidence = {
    method: value.method,
    estimate: value.estimate,
    interval: [value.lower, value.upper],
    level: 1 - 2 * alpha,
    threshold,
    n: value.n,
  };
  const status = broken ? 'fail' : meetsRequirement(requirement, value.estimate) ? 'pass' : 'warn';
  const shown = `${metric} is ${rounded(value.estimate)} over ${grouped(value.n)} labelled predictions`;
  const bound = largerIsBetter(metric)
    ? `at most ${rounded(value.upper)}`
    : `at least ${rounded(value.lower)}`;
  const readings = {
    pass: `${shown}, within ${text}`,
    warn: `${shown}, which breaks ${text}; but this may be chance: only ${bound} is shown`,
    fail: `${shown} and is shown to be ${bound}, which breaks ${text}`,
  };
  return {
    id: 'performance.minimum',
    target: { metric },
    status,
    observed: value.estimate,
    expected: { operator, threshold },
    message: readings[status],
    evidence,
  };
}

function tooFew({ metric, text, operator, threshold }: Requirement, n: number, minLabels: number): Check {
  return {
    id: 'performance.minimum',
    target: { metric },
    status: 'inconclusive',
    expected: { operator, threshold },
    message: `${grouped(n)} labelled predictions cannot decide ${text}; ${grouped(minLabels)} are needed`,
    evidence: { n, needed: minLabels },
    fix: 'widen the window; only if a decision by fewer labels is good enough, lower min-labels',
  };
}

/** No row can be judged, for the reason that another check gives. */
function unjudged({ metric, text, operator, threshold }: Requirement): Check {
  return {
    id: 'performance.minimum',
    target: { metric },
    status: 'inconclusive',
    expected: { operator, threshold },
    message: `no labelled prediction can be judged, so nothing is known about ${text}`,
    fix: 'fix the predictions that the check `performance.unreadable` names',
  };
}

/** Broken if the predictions of unknown classes are wrong, and not if they are right. */
function doubtful(
  { metric, text, operator, threshold }: Requirement,
  worst: PerformanceBounds,
  best: PerformanceBounds,
): Check {
  const range = `${rounded(worst.estimate)} over ${grouped(worst.n)} labelled predictions if those of unknown classes are wrong, and ${rounded(best.estimate)} if they are right`;
  return {
    id: 'performance.minimum',
    target: { metric },
    status: 'inconclusive',
    observed: worst.estimate,
    expected: { operator, threshold },
    message: `${metric} is ${range}, so ${text} cannot be judged`,
    fix: 'fix the classes that the check `performance.classes` names; then the predictions can be judged',
  };
}

function notProbabilities(metric: RequirementMetric, outside: number, n: number): Check {
  return {
    id: 'performance.unreadable',
    target: { metric },
    status: 'fail',
    observed: outside,
    expected: 0,
    message: `the score is outside of [0, 1] in ${grouped(outside)} of ${grouped(n)} labelled predictions, so it is not a probability; no prediction was judged`,
    fix: 'log probabilities (of logits: their sigmoid); or require accuracy, which does not need them',
  };
}

function unreadableChecks(metric: RequirementMetric, unreadable: number, n: number): readonly Check[] {
  return unreadable === 0 ? [] : [unreadableCheck(metric, unreadable, n)];
}

function unreadableCheck(metric: RequirementMetric, unreadable: number, n: number): Check {
  const what = judgesScores(metric)
    ? 'a score from 0 to 1 and a label 0 or 1'
    : metric === 'accuracy'
      ? 'a prediction and a label'
      : 'a number of at most 1e30 as prediction and as label';
  return {
    id: 'performance.unreadable',
    target: { metric },
    status: 'fail',
    observed: unreadable,
    expected: 0,
    message: `${grouped(unreadable)} of ${grouped(n)} labelled predictions lack ${what} and were not judged`,
    fix: 'fix the prediction log or the labels; name other columns with prediction, score and label',
  };
}

function rounded(value: number): string {
  return grouped(Number(value.toPrecision(4)));
}
