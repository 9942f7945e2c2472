/** Numbers of metrics files that no model can have: they are faults, and nothing is judged by them. */
import { isJudgeable, TOO_LARGE } from '../../stats/magnitude.ts';
import type { Check } from '../../verdict/verdict.ts';
import { ROLES, type Role } from '../conditions/expression.ts';
import type { ItemRange } from '../metric.ts';
import { isProblem, metricNamed } from '../metrics/names.ts';
import { asShare, rangeOf, rangeWords } from '../metrics/ranges.ts';
import { type Aggregate, numberAt } from './file.ts';

/** A file of each model, as it was named. */
export type AggregateFiles = Readonly<
  Partial<Record<Role, { readonly file: string; readonly numbers: Aggregate }>>
>;

interface Fault {
  readonly file: string;
  readonly metric: string;
  readonly value: number;
  readonly why: string;
  readonly fix?: string | undefined;
}

/**
 * The numbers that are asked for and cannot be what they are called: a share is between 0 and 1.
 *
 * @param asked the names that the metric and the conditions read.
 * @returns a failing check; undefined if there is no fault.
 */
export function faultsCheck(files: AggregateFiles, asked: readonly string[]): Check | undefined {
  const faults = ROLES.flatMap((role) => {
    const of = files[role];
    return of === undefined ? [] : [...new Set(asked)].flatMap((metric) => faultOf(of, metric) ?? []);
  });
  if (faults.length === 0) return undefined;
  const said = faults.map(({ file, metric, value, why }) => `${metric} is ${value} in ${file}: ${why}`);
  const meant = faults.map(({ fix }) => fix).find((fix) => fix !== undefined);
  return {
    id: 'metrics.values',
    status: 'fail',
    observed: faults.length,
    expected: 0,
    message: `${said.join('; ')}, so nothing was judged`,
    locations: [...new Set(faults.map(({ file }) => file))].map((file) => ({ file })),
    fix: `correct the numbers${meant === undefined ? '' : ` (${meant})`}, or give another name to a number that is not this metric`,
  };
}

function faultOf({ file, numbers }: { file: string; numbers: Aggregate }, metric: string): Fault | undefined {
  const value = numberAt(numbers, metric);
  if (value === undefined) return undefined;
  if (!Number.isFinite(value)) return { file, metric, value, why: 'it must be a finite number' };
  if (!isJudgeable(value)) return { file, metric, value, why: `it ${TOO_LARGE}` };
  const range = rangeOfPath(metric);
  if (range === undefined || (value >= range[0] && value <= range[1])) return undefined;
  return { file, metric, value, why: `it must be ${rangeWords(range)}`, fix: asShare(value, range) };
}

/** Shares of lm-evaluation-harness, and other names of what has one here. */
const OTHER_SHARES = /^(acc|acc_norm|exact_match|f1-score|auc|auroc|sensitivity|specificity)$/;

/**
 * Of a number in a metrics file: that of the metric which the last part of its path names.
 *
 * @returns undefined for names of the user's own.
 */
export function rangeOfPath(path: string): ItemRange | undefined {
  const whole = ofName(path);
  return whole ?? ofName(path.slice(path.lastIndexOf('.') + 1));
}

function ofName(name: string): ItemRange | undefined {
  if (OTHER_SHARES.test(name)) return [0, 1];
  const found = metricNamed(name, '');
  return isProblem(found) || name.startsWith('column(') ? undefined : rangeOf(found);
}
