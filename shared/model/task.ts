import { UserError } from '../problem/problem.ts';
import { toNumber } from '../table/batch.ts';
import type { Task } from './rows.ts';

/** What programs write for a number that is none. */
export const NO_NUMBER = /^[+-]?(nan|inf(inity)?)$/i;

/** Distinct whole numbers above which labels are taken for amounts rather than classes. */
const MANY_WHOLE_NUMBERS = 20;

export interface TaskHints {
  /** The input `task`. */
  readonly task: 'auto' | Task;
  /** Tasks of the metrics that are named. */
  readonly metrics: readonly Task[];
  /** Is there a column of scores, or a positive label? */
  readonly classes: boolean;
}

/**
 * The task: as it is given, as the named metrics have it, or as the labels show.
 *
 * @throws UserError where metrics of both tasks are named, or labels could be classes as well as amounts.
 */
export function taskOf(labels: Iterable<string | null>, hints: TaskHints): Task {
  const named = new Set(hints.metrics);
  if (hints.task !== 'auto') named.add(hints.task);
  if (named.size > 1) {
    throw new UserError({
      what: 'metrics of classification and of regression are named together',
      where: 'inputs task, metric, conditions',
      mend: 'judge one task at a time',
    });
  }
  const [one] = named;
  if (one !== undefined) return one;
  return hints.classes ? 'classification' : taskOfLabels(labels);
}

function taskOfLabels(labels: Iterable<string | null>): Task {
  const distinct = new Set<string>();
  for (const label of labels) {
    // Of "nan" the check of labels tells.
    if (label === null || NO_NUMBER.test(label)) continue;
    const value = toNumber(label);
    if (Number.isNaN(value)) return 'classification';
    if (!Number.isInteger(value)) return 'regression';
    distinct.add(classOf(label));
  }
  if (distinct.size <= 2) return 'classification';
  if (distinct.size > MANY_WHOLE_NUMBERS) return 'regression';
  throw new UserError({
    what: `the ${distinct.size} distinct whole numbers of the labels could be classes or amounts`,
    where: 'input task',
    mend: 'say classification or regression',
  });
}

/** One spelling a class: `1`, `1.0` and `+1` are one, and so are `True` and `true`; `01` is not `1`. */
export function classOf(text: string): string {
  if (/^[+-]?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return String(Number(text) + 0);
  return /^(true|false)$/i.test(text) ? text.toLowerCase() : text;
}
