import { type Batch, toNumber } from '../read/batch.ts';
import { isMissing } from '../read/missing-text.ts';
import type { Location } from '../verdict/verdict.ts';
import type { CountedPlaces } from './row-facts.ts';
import { isWord } from './spelling.ts';

/** Different texts of a column whose places are kept, and how long they may be. */
const MAX_TEXTS = 1000;
const MAX_LENGTH = 200;

/** What the texts of one column are, apart from numbers, booleans and dates. */
export interface TextFacts {
  /** Texts but those that stand for a missing value, and codes of digits. */
  readonly words: CountedPlaces;
  /** Texts that stand for a missing value. */
  readonly missing: CountedPlaces;
  /** How they are written, with their counts; most frequent first. */
  readonly spellings: readonly (readonly [string, number])[];
  /** Is each value a number larger than the one before? */
  readonly rises: boolean;
}

/** Counts of spellings as they are listed. */
export function spellingsOf(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** The texts of one column, read row by row. */
export class ColumnTexts {
  #words = 0;
  readonly #wordPlaces: Location[] = [];
  #missing = 0;
  readonly #missingPlaces: Location[] = [];
  #rises = true;
  readonly #most: number;
  readonly #spellings = new Map<string, number>();
  readonly #first = new Map<string, Location>();
  #last = Number.NEGATIVE_INFINITY;

  constructor(maxLocations: number) {
    this.#most = maxLocations;
  }

  add(batch: Batch, at: number): void {
    const { rows } = batch;
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row]?.[at] ?? null;
      if (this.#rises) {
        const value = toNumber(cell);
        this.#rises = value > this.#last;
        this.#last = value;
      }
      if (typeof cell === 'string' && isWord(cell)) this.#addWord(cell, batch, row, at);
    }
  }

  #addWord(text: string, batch: Batch, row: number, at: number): void {
    const place = (): Location => ({ file: batch.file, line: batch.lines[row] ?? 0, column: at + 1 });
    if (isMissing(text)) {
      this.#missing++;
      if (this.#missingPlaces.length < this.#most) this.#missingPlaces.push(place());
      const count = this.#spellings.get(text);
      this.#spellings.set(count === undefined ? kept(text) : text, (count ?? 0) + 1);
      return;
    }
    this.#words++;
    if (this.#wordPlaces.length < this.#most) this.#wordPlaces.push(place());
    if (this.#first.size < MAX_TEXTS && text.length <= MAX_LENGTH && !this.#first.has(text))
      this.#first.set(kept(text), place());
  }

  get facts(): TextFacts {
    return {
      words: { count: this.#words, locations: this.#wordPlaces },
      missing: { count: this.#missing, locations: this.#missingPlaces },
      spellings: spellingsOf(this.#spellings),
      rises: this.#rises,
    };
  }

  /** Where the text was first met, if it was among the first thousand and no document. */
  firstPlace(text: string): Location | undefined {
    return this.#first.get(text);
  }
}

/** A piece of a longer text keeps all of that in memory; a copy does not. */
function kept(text: string): string {
  return Buffer.from(text).toString();
}

/** The same for texts that differ only in case and spaces. */
export function canonical(text: string): string {
  return text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
