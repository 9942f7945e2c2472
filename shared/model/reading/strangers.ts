/** What to say of texts that are none of the known classes, and how to correct them. */
import { grouped } from '../../problem/numbers.ts';
import { toNumber } from '../../read/batch.ts';
import type { Classes } from '../../read/classes.ts';
import { mayBeTold } from '../../read/value-names.ts';

/** What is wrong with some cells of a column, and how to correct it. */
export interface StrangerReason {
  readonly why: string;
  readonly fix: string;
}

/** Texts of one column, and what is known of the classes that they are to be of. */
export interface ClassColumn {
  readonly name: string;
  readonly kind: 'labels' | 'values';
  /** All rows, of which a share decides what the column holds. */
  readonly rows: number;
  readonly classes: Classes;
  /** Where the classes are known from, as the end of "classes …". */
  readonly source: 'of the labels' | 'that are listed';
  /** May values of cells be told? */
  readonly showValues: boolean;
  /** Classes that the user has told, by `valueText`. */
  readonly told: ReadonlySet<string>;
}

export interface Strangers {
  /** By text; undefined for texts that no row has. */
  readonly reasons: readonly (StrangerReason | undefined)[];
  /** Does the column hold scores, so that a text that is a class is one by chance? */
  readonly scores: boolean;
  /** Is a text like a class, in other case, with other blanks or without its leading zeros? */
  readonly alike: boolean;
}

/** Answers that are the same words in all data, so that they tell nothing of a row. */
const ANSWERS = /^(yes|no|y|n|t|f|on|off)$/i;
/** From this share of rows on, numbers with a fraction show what the column holds; fewer are slips. */
const SCORES_SHARE = 0.05;
/** So many pairs, or examples, of classes are told. */
const TOLD = 5;

const ALIKE_FIXES = {
  labels: 'write the labels as the classes are listed',
  values: 'write each class as the labels spell it',
} as const;
const STRANGE_FIXES = {
  labels:
    'correct these labels; only if they are right, list their classes too, in `classes` or in the contract’s enum',
  values:
    'write the classes that the labels have; only if the class is right and no label happens to have it, list all classes in `classes`',
} as const;

/**
 * Why texts are none of the classes.
 *
 * @param texts different ones, none of which is a class if it is counted.
 * @param counts rows of each text.
 */
export function strangersOf(texts: readonly string[], counts: Int32Array, column: ClassColumn): Strangers {
  const { classes, kind, source } = column;
  const scores = kind === 'values' ? scoresReason(texts, counts, column) : undefined;
  if (scores !== undefined) {
    const reasons = texts.map((_text, code) => (counts[code]! > 0 ? scores : undefined));
    return { reasons, scores: true, alike: false };
  }
  const nears = texts.map((text, code) => (counts[code]! > 0 ? classes.near(text) : undefined));
  const others = counts.map((count, code) => (nears[code] === undefined ? count : 0));
  const strange = { why: strangeText(texts, others, column), fix: STRANGE_FIXES[kind] };
  let pairs = 0;
  const reasons = texts.map((text, code) => {
    const near = nears[code];
    if (near === undefined) return counts[code]! > 0 ? strange : undefined;
    const [written, meant] = [JSON.stringify(text), JSON.stringify(near)];
    const why =
      mayTell(near, column) && pairs++ < TOLD
        ? `has ${written}, which is none of the classes ${source}: did you mean ${meant}?`
        : `differs from one of the classes ${source} only in case, blanks or leading zeros`;
    return { why, fix: ALIKE_FIXES[kind] };
  });
  return { reasons, scores: false, alike: nears.some((near) => near !== undefined) };
}

/** May the name of a class be told? */
export function mayTell(
  name: string,
  { showValues, told }: Pick<ClassColumn, 'showValues' | 'told'>,
): boolean {
  return showValues || ANSWERS.test(name) || mayBeTold(name, told);
}

/** Numbers with a fraction if no class is one, and too many of them for slips. */
function scoresReason(
  texts: readonly string[],
  counts: Int32Array,
  column: ClassColumn,
): StrangerReason | undefined {
  const isFraction = (value: number) => !Number.isNaN(value) && !Number.isInteger(value);
  if (column.classes.names.some((name) => isFraction(toNumber(name)))) return undefined;
  let fractions = 0;
  let strangers = 0;
  let inUnit = true;
  texts.forEach((text, code) => {
    const count = counts[code]!;
    if (count === 0) return;
    const value = toNumber(text);
    strangers += count;
    if (isFraction(value)) fractions += count;
    if (!(value >= 0 && value <= 1)) inUnit = false;
  });
  if (fractions * 2 <= strangers || fractions < SCORES_SHARE * column.rows) return undefined;
  const what = inUnit ? 'probabilities' : 'scores';
  const amounts = inUnit ? '' : '; or `task: regression` if the labels are amounts';
  return {
    why: `has numbers with a fraction, but the labels are classes: these look like ${what}`,
    fix: `write classes (apply your threshold); or give \`score: ${column.name}\` and a metric of scores such as roc_auc${amounts}`,
  };
}

function strangeText(texts: readonly string[], counts: Int32Array, column: ClassColumn): string {
  const found = [...counts.keys()].filter((code) => counts[code]! > 0);
  const many = `${grouped(found.length)} different ${found.length === 1 ? 'value' : 'values'}`;
  const why = `is none of the ${grouped(column.classes.names.length)} classes ${column.source}: ${many}`;
  if (!column.showValues) return why;
  const examples = found
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, TOLD)
    .map((code) => JSON.stringify(texts[code]));
  return `${why}, such as ${examples.join(', ')}`;
}
