/** What a comparison is about, and the smallest margin that a test set can show. */
import { type ColumnProfile, hasWholeNumbers } from '../../shared/profile/profile.ts';
import { detectableByPaired } from '../../shared/stats/paired.ts';
import { normalQuantile } from '../../shared/stats/special.ts';
import { type Guess, type Guesses, said } from './guess.ts';
import type { Inputs } from './inputs.ts';

const ALPHA = 0.05;
const POWER = 0.8;
/** Of rows: on so many a model and the one trained after it disagree. */
const DISAGREEMENT = 0.1;
/** Of the mean absolute error: the standard deviation of the difference of two models' errors on a row. */
const SPREAD = 0.5;
/** Whole numbers of at most so many values are classes. */
const MOST_CLASSES = 20;

type Task = 'classification' | 'regression';

export interface MarginQuestion {
  readonly metric: string;
  readonly margin: string;
}

/** @param rows of the test set; undefined if it is not there yet. */
export function questionOf(
  label: ColumnProfile,
  rows: number | undefined,
  inputs: Inputs,
  guesses: Guesses,
): MarginQuestion {
  const task = taskOf(label);
  const usual = task === 'classification' ? 'accuracy' : 'mae';
  const metric = guesses.take(
    'metric',
    inputs.metric === undefined
      ? { value: usual, why: `${label.name} ${task === 'classification' ? 'has classes' : 'is a number'}` }
      : said(inputs.metric),
  );
  const margin = guesses.take(
    'margin',
    inputs.margin === undefined ? marginOf(task, rows) : said(inputs.margin),
  );
  return { metric: metric ?? usual, margin: margin ?? '' };
}

function taskOf(label: ColumnProfile): Task {
  const { type, distinct, cells } = label;
  if (type === 'integer')
    return distinct <= MOST_CLASSES && cells.kind !== 'cuts' ? 'classification' : 'regression';
  if (type === 'number' && distinct <= MOST_CLASSES && hasWholeNumbers(label)) return 'classification';
  return type === 'number' ? 'regression' : 'classification';
}

const FEW = 100;
/** Rows of a test set that training is still to write. */
const ASSUMED = 500;

/** The smallest loss that an equal model is shown not to have, with a chance of 80 %. */
export function marginOf(task: Task, rows: number | undefined): Guess {
  const n = rows ?? ASSUMED;
  const from =
    rows === undefined ? `${n} test rows (assumed: the test set is not there yet)` : `${n} test rows`;
  if (task === 'classification') {
    const loss = detectableByPaired(n, { discordance: DISAGREEMENT, alpha: ALPHA, power: POWER });
    return {
      value: String(upTo(Math.min(loss, 0.5), 0.005)),
      why: `the smallest loss of accuracy that can be shown with ${from}, if two models disagree on 10 % of them${few(n)}`,
    };
  }
  const share = ((normalQuantile(1 - ALPHA) + normalQuantile(POWER)) * SPREAD) / Math.sqrt(n);
  return {
    value: `${upTo(Math.min(100 * share, 50), 1)}%`,
    why: `the smallest loss that can be shown with ${from}, if two models’ errors differ by half of their size${few(n)}`,
  };
}

function few(rows: number): string {
  return rows < FEW ? '; collect more rows, because so few can only show large losses' : '';
}

/** Upwards to a multiple of the step. */
function upTo(value: number, step: number): number {
  return Number((Math.ceil(value / step - 1e-9) * step).toFixed(4));
}
