/** Which class a text is, among the classes that labels have: by `valueText`, save that 0 and 1 may be truth values. */
import { valueText } from './same-value.ts';

const FALSE = 0;
const TRUTHS: ReadonlyMap<string, number> = new Map([
  ['0', FALSE],
  ['false', FALSE],
  ['1', 1],
  ['true', 1],
]);
/** Two classes of which one alone tells the other, which a test set may lack. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['0', '1'],
  ['false', 'true'],
  ['-1', '1'],
];

export class Classes {
  /** One spelling each; the first that was listed. */
  readonly names: readonly string[];
  readonly #indices = new Map<string, number>();
  #folded: ReadonlyMap<string, string> | undefined;

  /**
   * @param listed texts of all classes, in the order that they are to have. If they are none but 0, 1, true and false,
   * `true` is `1` and `false` is `0`; one of a pair (0 and 1, false and true, −1 and 1) brings the other with it.
   */
  constructor(listed: Iterable<string>) {
    const values = new Set<string>();
    for (const text of listed) values.add(valueText(text));
    if (values.size > 0 && [...values].every((value) => TRUTHS.has(value))) {
      this.names = truthNames(values);
      const first = TRUTHS.get(this.names[0] ?? '');
      for (const [value, truth] of TRUTHS) this.#indices.set(value, truth === first ? 0 : 1);
      return;
    }
    this.names = values.size === 1 && values.has('-1') ? ['-1', '1'] : [...values];
    this.names.forEach((name, index) => {
      this.#indices.set(name, index);
    });
  }

  /** The number of the text's class; −1 if it is none of them. */
  index(text: string): number {
    return this.#indices.get(valueText(text)) ?? -1;
  }

  /** The class that a text is in other case, blanks, punctuation or leading zeros; undefined if it is like none. */
  near(text: string): string | undefined {
    this.#folded ??= new Map(this.names.toReversed().map((name) => [folded(name), name]));
    return this.#folded.get(folded(text));
  }

  /** Pairs of classes that differ in nothing else, so that they are likely to be meant as one. */
  alike(): readonly (readonly [string, string])[] {
    return this.names.flatMap((name) => {
      const near = this.near(name);
      return near === undefined || near === name ? [] : [[near, name] as const];
    });
  }
}

function truthNames(values: ReadonlySet<string>): readonly string[] {
  const byTruth = new Map<number | undefined, string>();
  for (const value of values) {
    const truth = TRUTHS.get(value);
    if (!byTruth.has(truth)) byTruth.set(truth, value);
  }
  if (byTruth.size === 2) return [...byTruth.values()];
  const [only = ''] = byTruth.values();
  return PAIRS.find((pair) => pair.includes(only)) ?? [only];
}

/** What remains of a text without case, width, blanks, quotes and, between letters, dashes; of digits without leading zeros. */
function folded(text: string): string {
  const bare = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}"'`]+/gu, '');
  const isWord = /\p{L}/u.test(bare) && Number.isNaN(Number(bare));
  const joined = isWord ? bare.replace(/[-_.]+/g, '') : bare;
  return valueText(joined.replace(/^([+-]?)0+(?=\d)/, '$1'));
}
