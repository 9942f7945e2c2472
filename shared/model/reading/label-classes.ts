/** Labels and predictions of one class a row, among the classes that are known. */
import { UserError } from '../../problem/problem.ts';
import { Classes } from '../../read/classes.ts';
import { valueText } from '../../read/same-value.ts';
import type { Field, FieldFaultKind, JoinedFields } from '../fields.ts';
import { noClasses } from '../task.ts';
import type { ReadingOptions } from './options.ts';
import { mayTell, type StrangerReason, strangersOf } from './strangers.ts';

/** Pairs of classes by habit, of which the second is positive. */
const HABITS: readonly (readonly [string, string])[] = [
  ['0', '1'],
  ['-1', '1'],
  ['false', 'true'],
];
/** More classes are not looked through for those that are alike. */
const MANY = 10_000;

const NO_SCORES: StrangerReason = {
  why: 'is a class without a column of scores',
  fix: 'write a column of scores for every class; only if the class is not wanted, leave these rows out of all files',
};
/** The classes of the labels, by which predictions are read too. */
export class LabelClasses {
  /** Of the labels of the whole file, or as `classes` lists them; those with scores come first. */
  readonly names: readonly string[];
  /** Numbers of the labels' classes, by place. */
  readonly truth: Int32Array;
  readonly positive: number | undefined;
  readonly #fields: JoinedFields;
  readonly #classes: Classes;
  readonly #told: ReadonlySet<string>;
  /** How many classes have scores. */
  readonly #scored: number;
  /** Where the classes are known from, as the end of "classes …". */
  readonly #source: 'of the labels' | 'that are listed';

  /**
   * @param scored names of the classes that have a column of scores, in the order of these.
   * @throws UserError if several classes are known and none is the positive label.
   */
  constructor(fields: JoinedFields, label: Field, options: ReadingOptions, scored?: readonly string[]) {
    const { classes: listed, moreClasses = [], positiveLabel } = options;
    const named = listed ?? moreClasses;
    fields.classes(label, 'labels', named);
    const isNone = noClasses(label.coded.names, named);
    const labels = label.coded.names.filter((name) => !isNone(name));
    const known = new Classes([...(scored ?? []), ...(listed ?? withMore(labels, moreClasses))]);
    this.#classes = withPositive(known, positiveLabel);
    this.names = this.#classes.names;
    this.#fields = fields;
    this.#scored = scored?.length ?? Infinity;
    this.#source = listed === undefined ? 'of the labels' : 'that are listed';
    this.#told = new Set([...named, positiveLabel ?? ''].map(valueText));
    this.positive = this.#positiveOf(positiveLabel);
    this.truth = this.#read(label, 'labels');
    if (listed === undefined) this.#doubt(label);
  }

  /** The numbers of predicted classes, by place; what is none of the classes is a fault, and −1. */
  read(field: Field): Int32Array {
    this.#fields.classes(field, 'values', this.names);
    return this.#read(field, 'values');
  }

  #read(field: Field, kind: FieldFaultKind): Int32Array {
    const { codes } = field.coded;
    const numbers = this.#numbersOf(field);
    const counts = strangersIn(field, numbers);
    const isSound = counts.every((count) => count === 0);
    const strange = isSound ? [] : this.#reasonsOf(field, kind, counts);
    const reasons = numbers.map((number, code) => (number >= this.#scored ? NO_SCORES : strange[code]));
    if (!isSound || this.#scored < this.names.length)
      codes.forEach((code, place) => {
        const reason = reasons[code];
        if (reason !== undefined) this.#fields.fault(kind, field, place, reason.why, reason.fix);
      });
    return codes.map((code) => numbers[code] ?? -1);
  }

  /** Does the column hold nothing but classes of the labels? */
  has(field: Field): boolean {
    return strangersIn(field, this.#numbersOf(field)).every((count) => count === 0);
  }

  /** By the code of a text. */
  #numbersOf({ coded: { names } }: Field): readonly number[] {
    return names.map((name) => this.#classes.index(name));
  }

  /** As named, or by habit. */
  #positiveOf(named: string | undefined): number | undefined {
    const { names } = this;
    if (named === undefined) {
      const habit = HABITS.find((pair) => names.every((name) => pair.includes(name)));
      return habit === undefined || names.length === 0 ? undefined : this.#classes.index(habit[1]);
    }
    const found = this.#classes.index(named);
    if (found >= 0) return found;
    const near = this.#classes.near(named);
    throw new UserError({
      what: `none of the ${names.length} classes ${this.#source} is the positive label`,
      where: 'input positive-label',
      fix: near === undefined ? 'give it as the labels spell it' : `did you mean ${JSON.stringify(near)}?`,
    });
  }

  /** Labels in two spellings make two classes, of which a model can hit one only. */
  #doubt(label: Field): void {
    const [pair, ...others] = this.names.length > MANY ? [] : this.#classes.alike();
    if (pair === undefined) return;
    const more = others.length === 0 ? '' : ` (and ${others.length} more such pairs)`;
    const { showValues } = this.#fields;
    const told = pair.every((name) => mayTell(name, { showValues, told: this.#told }));
    const which = told ? `: ${pair.map((name) => JSON.stringify(name)).join(' and ')}` : '';
    this.#fields.doubt(label, {
      why: `has classes that differ only in case, blanks or leading zeros${which}${more}`,
      fix: 'spell each class in one way; only if they are different classes, list them in `classes`',
    });
  }

  #reasonsOf(
    field: Field,
    kind: FieldFaultKind,
    counts: Int32Array,
  ): readonly (StrangerReason | undefined)[] {
    const { reasons, scores } = strangersOf(field.coded.names, counts, {
      ...{ name: field.column, kind, rows: field.length, classes: this.#classes, source: this.#source },
      ...{ showValues: this.#fields.showValues, told: this.#told },
    });
    if (scores) this.#fields.refuse();
    else this.#fields.misread();
    return reasons;
  }
}

/** Rows of each text that is none of the classes; of empty cells and NaN is told elsewhere. */
function strangersIn({ coded: { names, codes } }: Field, numbers: readonly number[]): Int32Array {
  const isNone = noClasses(names);
  const isStrange = names.map((name, code) => numbers[code]! < 0 && !isNone(name));
  const counts = new Int32Array(names.length);
  for (const code of codes) if (code >= 0 && isStrange[code]) counts[code]! += 1;
  return counts;
}

/** With the contract's classes, unless it spells all otherwise: then it is of other labels than these. */
function withMore(labels: readonly string[], more: readonly string[]): readonly string[] {
  const own = new Classes(labels);
  const isMeant = more.some((one) => own.index(one) >= 0);
  return isMeant ? [...labels, ...more.filter((one) => own.near(one) === undefined)] : labels;
}

/** A test set without a positive has that class all the same. */
function withPositive(known: Classes, positive: string | undefined): Classes {
  const lacks = positive !== undefined && known.names.length < 2 && known.index(positive) < 0;
  return lacks && known.near(positive) === undefined ? new Classes([...known.names, positive]) : known;
}
