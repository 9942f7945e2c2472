/** Labels and predictions of one class a row, among the classes that are known. */
import { UserError } from '../../problem/problem.ts';
import { toNumber } from '../../table/batch.ts';
import { Classes } from '../../table/classes.ts';
import { valueText } from '../../table/same-value.ts';
import type { FaultKind, Field, Fields, Reason } from '../fields.ts';
import { NO_NUMBER } from '../task.ts';
import { mayBeTold } from '../value-names.ts';
import type { ReadingOptions } from './options.ts';

/** Pairs of classes by habit, of which the second is positive. */
const HABITS: readonly (readonly [string, string])[] = [
  ['0', '1'],
  ['-1', '1'],
  ['false', 'true'],
];
/** Answers that are the same words in all data, so that they tell nothing of a row. */
const ANSWERS = /^(yes|no|y|n|t|f|on|off)$/i;
/** From this share of rows on, numbers with a fraction show what the column holds; fewer are slips. */
const SCORES_SHARE = 0.05;
/** So many pairs, or examples, of classes are told. */
const TOLD = 5;
/** More classes are not looked through for those that are alike. */
const MANY = 10_000;

const NO_SCORES: Reason = {
  why: 'is a class without a column of scores',
  fix: 'write a column of scores for every class, or leave these rows out of all files',
};
const ALIKE_FIXES = {
  labels: 'write the labels as the classes are listed',
  values: 'write each class as the labels spell it',
} as const;
const STRANGE_FIXES = {
  labels:
    'correct these labels; if they are right, list their classes too, in `classes` or in the contract’s enum',
  values:
    'write the classes that the labels have; if one is right and the test set only lacks it, list all classes in `classes`',
} as const;

/** Cells that are none of the classes. */
interface Strangers {
  /** Rows by the code of their text. */
  readonly counts: Int32Array;
  readonly rows: number;
}

/** The classes of the labels, by which predictions are read too. */
export class LabelClasses {
  /** Of the labels of the whole file, or as `classes` lists them; those with scores come first. */
  readonly names: readonly string[];
  /** Numbers of the labels' classes, by place. */
  readonly truth: Int32Array;
  readonly positive: number | undefined;
  readonly #fields: Fields;
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
  constructor(fields: Fields, label: Field, options: ReadingOptions, scored?: readonly string[]) {
    const { classes: listed, moreClasses = [], positiveLabel } = options;
    fields.classes(label, 'labels');
    const labels = label.coded.names.filter((name) => !NO_NUMBER.test(name));
    const known = new Classes([...(scored ?? []), ...(listed ?? withMore(labels, moreClasses))]);
    this.#classes = withPositive(known, positiveLabel);
    this.names = this.#classes.names;
    this.#fields = fields;
    this.#scored = scored?.length ?? Infinity;
    this.#source = listed === undefined ? 'of the labels' : 'that are listed';
    this.#told = new Set([...(listed ?? moreClasses), positiveLabel ?? ''].map(valueText));
    this.positive = this.#positiveOf(positiveLabel);
    this.truth = this.#read(label, 'labels');
    if (listed === undefined) this.#doubt(label);
  }

  /** The numbers of predicted classes, by place; what is none of the classes is a fault, and −1. */
  read(field: Field): Int32Array {
    this.#fields.classes(field, 'values');
    return this.#read(field, 'values');
  }

  #read(field: Field, kind: FaultKind): Int32Array {
    const { names, codes } = field.coded;
    const numbers = names.map((name) => this.#classes.index(name));
    const strangers = this.#strangersOf(field);
    const strange = strangers.rows > 0 ? this.#reasonsOf(field, kind, strangers) : [];
    const reasons = numbers.map((number, code) => (number >= this.#scored ? NO_SCORES : strange[code]));
    if (strangers.rows > 0 || this.#scored < this.names.length)
      codes.forEach((code, place) => {
        const reason = reasons[code];
        if (reason !== undefined) this.#fields.fault(kind, field, place, reason.why, reason.fix);
      });
    return codes.map((code) => numbers[code] ?? -1);
  }

  /** Does the column hold nothing but classes of the labels? */
  has(field: Field): boolean {
    return this.#strangersOf(field).rows === 0;
  }

  /** What is none of the classes; of empty cells and NaN is told elsewhere. */
  #strangersOf({ coded: { names, codes } }: Field): Strangers {
    const known = names.map((name) => this.#classes.index(name) >= 0 || NO_NUMBER.test(name));
    const counts = new Int32Array(names.length);
    let rows = 0;
    for (const code of codes) {
      if (code < 0 || known[code]) continue;
      counts[code]! += 1;
      rows += 1;
    }
    return { counts, rows };
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
    const told = this.#fields.showValues || pair.every((name) => this.#mayTell(name));
    const which = told ? `: ${pair.map((name) => JSON.stringify(name)).join(' and ')}` : '';
    this.#fields.doubt(label, {
      why: `has classes that differ in case, blanks or leading zeros only${which}${more}`,
      fix: 'spell each class in one way; or, if they are classes of their own, list them in `classes`',
    });
  }

  #mayTell(name: string): boolean {
    return ANSWERS.test(name) || mayBeTold(name, this.#told);
  }

  /** Why the texts that are counted are none of the classes, by their code. */
  #reasonsOf(field: Field, kind: FaultKind, { counts, rows }: Strangers): readonly (Reason | undefined)[] {
    const { names } = field.coded;
    const scores = kind === 'values' ? this.#scoresReason(field, counts, rows) : undefined;
    if (scores !== undefined) {
      this.#fields.refuse();
      return names.map((_name, code) => (counts[code]! > 0 ? scores : undefined));
    }
    const nears = names.map((name, code) => (counts[code]! > 0 ? this.#classes.near(name) : undefined));
    const others = counts.map((count, code) => (nears[code] === undefined ? count : 0));
    const strange = { why: this.#strange(names, others), fix: STRANGE_FIXES[kind] };
    let pairs = 0;
    return names.map((name, code) => {
      const near = nears[code];
      if (near === undefined) return counts[code]! > 0 ? strange : undefined;
      const told = (this.#fields.showValues || this.#mayTell(near)) && pairs++ < TOLD;
      const [written, meant] = [JSON.stringify(name), JSON.stringify(near)];
      const why = told
        ? `has ${written}, which is none of the classes ${this.#source}: did you mean ${meant}?`
        : `differs from one of the classes ${this.#source} in case, blanks or leading zeros only`;
      return { why, fix: ALIKE_FIXES[kind] };
    });
  }

  /** Numbers with a fraction where no class is one, and too many of them for slips. */
  #scoresReason(field: Field, counts: Int32Array, rows: number): Reason | undefined {
    const isFraction = (value: number) => !Number.isNaN(value) && !Number.isInteger(value);
    if (this.names.some((name) => isFraction(toNumber(name)))) return undefined;
    let fractions = 0;
    let inUnit = true;
    field.coded.names.forEach((name, code) => {
      if (counts[code] === 0) return;
      const value = toNumber(name);
      if (isFraction(value)) fractions += counts[code]!;
      if (!(value >= 0 && value <= 1)) inUnit = false;
    });
    if (fractions * 2 <= rows || fractions < SCORES_SHARE * field.length) return undefined;
    return scoresReason(field.column, inUnit ? 'probabilities' : 'scores');
  }

  #strange(names: readonly string[], counts: Int32Array): string {
    const found = [...counts.keys()].filter((code) => counts[code]! > 0);
    const many = `${found.length} different ${found.length === 1 ? 'value' : 'values'}`;
    const why = `is none of the ${this.names.length} classes ${this.#source}: ${many}`;
    if (!this.#fields.showValues) return why;
    const examples = found
      .sort((a, b) => counts[b]! - counts[a]!)
      .slice(0, TOLD)
      .map((code) => JSON.stringify(names[code]));
    return `${why}, such as ${examples.join(', ')}`;
  }
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

function scoresReason(column: string, what: 'probabilities' | 'scores'): Reason {
  const amounts = what === 'scores' ? '; or `task: regression` if the labels are amounts' : '';
  return {
    why: `holds numbers with a fraction where the labels have classes: these look like ${what}`,
    fix: `write classes, by your threshold; or give \`score: ${column}\` and a metric of scores such as roc_auc${amounts}`,
  };
}
