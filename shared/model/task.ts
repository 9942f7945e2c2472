import { grouped } from '../problem/numbers.ts';
import { UserError } from '../problem/problem.ts';
import { toNumber } from '../read/batch.ts';
import { isMissing } from '../read/missing-text.ts';
import { valueText } from '../read/same-value.ts';
import { TASKS, type Task } from './rows.ts';

/** What programs write for a number that is none. */
const NO_NUMBER = /^[+-]?(nan|inf(inity)?)$/i;

/**
 * Tells which texts of a column name no class: NaN, infinities, and what says that a value is missing, such as `NA`, if
 * all others are numbers.
 *
 * @param listed classes that are named, whatever they look like.
 */
export function noClasses(
  names: readonly string[],
  listed: readonly string[] = [],
): (name: string) => boolean {
  const others = names.filter((name) => !NO_NUMBER.test(name) && !isMissing(name));
  const areNumbers = others.length > 0 && others.every((name) => !Number.isNaN(toNumber(name)));
  return (name) => NO_NUMBER.test(name) || (areNumbers && isMissing(name) && !listed.includes(name));
}

/** Distinct whole numbers above which labels are taken for amounts rather than classes. */
const MANY_WHOLE_NUMBERS = 20;

export interface TaskHints {
  /** The input `task`. */
  readonly task: 'auto' | Task;
  /** The tasks of each metric that is named. */
  readonly metrics: readonly (readonly Task[])[];
  /** Is there a column of scores, or a positive label? */
  readonly classes: boolean;
  /** Is a column of queries named? Then the rows are documents to rank. */
  readonly queries?: boolean;
  /** Are labels written as several in one cell, or in a column each? */
  readonly labelSets?: boolean;
}

/**
 * The task: as it is given, as the named metrics and columns have it, or as the labels show.
 *
 * @throws UserError if no task fits all of these, or labels could be classes as well as amounts.
 */
export function taskOf(labels: Iterable<string | null>, hints: TaskHints): Task {
  const told: (readonly Task[])[] = [...hints.metrics];
  if (hints.task !== 'auto') told.push([hints.task]);
  if (hints.queries === true) told.push(['ranking']);
  if (hints.labelSets === true) told.push(['multilabel']);
  const fitting = TASKS.filter((task) => told.every((tasks) => tasks.includes(task)));
  if (fitting.length === 0) {
    const of = new Set(
      told.filter((tasks) => tasks.length < TASKS.length).map((tasks) => tasks.join(' or ')),
    );
    throw new UserError({
      what: `metrics and columns of ${[...of].join(' and of ')} cannot be judged together`,
      where: 'inputs task, metric, conditions',
      fix: 'judge one task at a time',
    });
  }
  // Queries and sets of labels are never guessed if a row could as well have one class or number.
  const plain = fitting.filter((task) => task === 'classification' || task === 'regression');
  const [one = fitting[0], other] = plain;
  if (one !== undefined && other === undefined) return one;
  return hints.classes ? 'classification' : taskOfLabels(labels);
}

function taskOfLabels(labels: Iterable<string | null>): Task {
  const distinct = new Set<string>();
  for (const label of labels) {
    // Of "nan" and "NA" the check of labels tells.
    if (label === null || NO_NUMBER.test(label) || isMissing(label)) continue;
    const value = toNumber(label);
    if (Number.isNaN(value)) return 'classification';
    if (!Number.isInteger(value)) return 'regression';
    distinct.add(valueText(label));
  }
  if (distinct.size <= 2) return 'classification';
  if (distinct.size > MANY_WHOLE_NUMBERS) return 'regression';
  throw new UserError({
    what: `the ${grouped(distinct.size)} different whole numbers of the labels could be classes or amounts`,
    where: 'input task',
    fix: 'set task: classification or task: regression',
  });
}
