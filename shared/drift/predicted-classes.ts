/** Predictions of classes against the labels that have come, by the rule of `Classes`. */
import { mayTell, strangersOf } from '../model/reading/strangers.ts';
import { grouped } from '../problem/numbers.ts';
import type { Cell } from '../read/batch.ts';
import { Classes } from '../read/classes.ts';
import { cellValue, valueText } from '../read/same-value.ts';
import type { Check } from '../verdict/verdict.ts';
import type { TimedLoss } from './metric-bounds.ts';

export interface ClassOptions {
  /** All classes, if the user lists them; else they are those of the labels that have come. */
  readonly classes?: readonly string[] | undefined;
  /** May values of cells be told? */
  readonly showValues?: boolean | undefined;
}

/** A prediction and its label, as they were written. */
export interface LabelledValue {
  readonly at: number | null;
  readonly label: Cell;
  readonly prediction: Cell;
}

/** Whether a prediction is right; if its class is not known, it may be a wrong one or a right one that is spelled otherwise. */
export interface ClassGain extends TimedLoss {
  readonly strange: boolean;
}

export interface ReadClasses {
  /** Of the rows that have a label and a prediction. */
  readonly gains: readonly ClassGain[];
  readonly checks: readonly Check[];
}

/**
 * Gains are 1 for a right prediction and 0 for all others. Predictions that are none of the classes make the check
 * `performance.classes`: `fail` if they are misspelled, look like scores, or none is a class; else `warn`, because labels
 * come late and may lack a class.
 */
export function readClasses(rows: readonly LabelledValue[], options: ClassOptions): ReadClasses {
  const read = rows.flatMap((row) => {
    const [label, prediction] = [cellValue(row.label), cellValue(row.prediction)];
    return label === null || prediction === null ? [] : [{ at: row.at, label, prediction }];
  });
  const classes = new Classes(options.classes ?? new Set(read.map(({ label }) => label)));
  const judged = read.filter(({ label }) => classes.index(label) >= 0);
  const counts = new Map<string, number>();
  const gains = judged.map(({ at, label, prediction }) => {
    const index = classes.index(prediction);
    if (index < 0) counts.set(prediction, (counts.get(prediction) ?? 0) + 1);
    return { at, loss: index === classes.index(label) ? 1 : 0, strange: index < 0 };
  });
  const doubt = alikeCheck(classes, options);
  return {
    gains,
    checks: [
      ...(counts.size === 0 ? [] : [strangeCheck(counts, judged.length, classes, options)]),
      ...(doubt === undefined ? [] : [doubt]),
    ],
  };
}

const COMMON = { id: 'performance.classes', target: { metric: 'accuracy' } } as const;

function strangeCheck(
  counts: ReadonlyMap<string, number>,
  rows: number,
  classes: Classes,
  { classes: listed, showValues = false }: ClassOptions,
): Check {
  const number = Int32Array.from(counts.values());
  const { reasons, scores, alike } = strangersOf([...counts.keys()], number, {
    ...{ name: 'prediction', kind: 'values', rows, classes, showValues },
    source: listed === undefined ? 'of the labels' : 'that are listed',
    told: new Set(listed?.map(valueText)),
  });
  const byReason = new Map<string, { fix: string; count: number }>();
  reasons.forEach((reason, code) => {
    if (reason === undefined) return;
    const known = byReason.get(reason.why) ?? { fix: reason.fix, count: 0 };
    byReason.set(reason.why, { ...known, count: known.count + number[code]! });
  });
  const observed = number.reduce((sum, count) => sum + count, 0);
  const fails = listed !== undefined || alike || scores || observed === rows;
  const said = [...byReason].map(
    ([why, { count }]) => `${why} (${grouped(count)} ${count === 1 ? 'row' : 'rows'})`,
  );
  return {
    ...COMMON,
    status: fails ? 'fail' : 'warn',
    observed,
    expected: 0,
    message: `of ${grouped(rows)} labelled predictions: the prediction ${said.join('; ')}`,
    fix: scores
      ? 'log classes (apply your threshold), and the probabilities as `score`'
      : [...new Set([...byReason.values()].map(({ fix }) => fix))].join('; '),
  };
}

/** Labels in two spellings make two classes, of which a model can hit one only. */
function alikeCheck(
  classes: Classes,
  { classes: listed, showValues = false }: ClassOptions,
): Check | undefined {
  const [pair] = listed === undefined && classes.names.length <= MANY ? classes.alike() : [];
  if (pair === undefined) return undefined;
  const told = pair.every((name) => mayTell(name, { showValues, told: new Set() }));
  const which = told ? `: ${pair.map((name) => JSON.stringify(name)).join(' and ')}` : '';
  return {
    ...COMMON,
    status: 'warn',
    message: `the labels have classes that differ only in case, blanks or leading zeros${which}`,
    fix: 'spell each class in one way; only if they are different classes, list them in `classes`',
  };
}

/** More classes are not looked through for those that are alike. */
const MANY = 10_000;
