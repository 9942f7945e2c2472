import { IS_PLAIN, isWordBytes } from '../integrity/spelling.ts';
import { spellingsOf, type TextFacts } from '../integrity/texts.ts';
import { isInfiniteBytes, isMissingBytes } from '../read/missing-text.ts';
import type { Location } from '../verdict/verdict.ts';
import { PlaceList, type PlaceListState } from './place-list.ts';

export interface TextNotesState {
  readonly words: number;
  readonly wordPlaces: PlaceListState;
  readonly missing: number;
  readonly missingPlaces: PlaceListState;
  readonly spellings: ReadonlyMap<string, number>;
  readonly rises: boolean;
  /** The first number, and the last one. */
  readonly first: number;
  readonly last: number;
}

/** Spellings that are compared one by one; others are looked up. */
const FEW = 8;

/** What a text that is neither number, date nor boolean is to the notes. */
export type TextClass = 0 | 1 | 2;
export const NO_TEXT_CLASS: TextClass = 0;
export const WORD: TextClass = 1;
export const MISSING: TextClass = 2;

export function classOf(bytes: Uint8Array, start: number, end: number): TextClass {
  if (isInfiniteBytes(bytes, start, end)) return NO_TEXT_CLASS;
  if (start < end && IS_PLAIN[bytes[start]!] === 1) return WORD;
  if (isMissingBytes(bytes, start, end)) return MISSING;
  return isWordBytes(bytes, start, end) ? WORD : NO_TEXT_CLASS;
}

/** What the texts of a column are, told from bytes. */
export class TextNotes {
  #words = 0;
  readonly #wordPlaces: PlaceList;
  #missing = 0;
  readonly #missingPlaces: PlaceList;
  /** Spellings of a missing value: the first few as bytes, those of other parts and all others by text. */
  readonly #few: { readonly bytes: Buffer; count: number }[] = [];
  readonly #spellings = new Map<string, number>();
  #rises = true;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(maxLocations: number) {
    this.#wordPlaces = new PlaceList(maxLocations);
    this.#missingPlaces = new PlaceList(maxLocations);
  }

  /** Is each number so far larger than the one before it, and no row without one? */
  get rises(): boolean {
    return this.#rises;
  }

  /** Takes the numbers of a block; are they all that its rows have? */
  addNumbers(values: Float64Array, numbers: number, rows: number): void {
    if (!this.#rises) return;
    if (numbers < rows) {
      this.#rises = false;
      return;
    }
    let last = this.#last;
    if (last === Number.NEGATIVE_INFINITY) this.#first = values[0]!;
    for (let i = 0; i < numbers; i++) {
      const value = values[i]!;
      if (!(value > last)) {
        this.#rises = false;
        return;
      }
      last = value;
    }
    this.#last = last;
  }

  /** Takes a text that is neither number, date nor boolean. Its place is noted by `locate`, if `wants` says so. */
  addText(bytes: Uint8Array, start: number, end: number): TextClass {
    const found = classOf(bytes, start, end);
    if (found === WORD) this.#words++;
    else if (found === MISSING) this.#addMissing(bytes, start, end, 1);
    return found;
  }

  /** Are there places to be noted of such texts? */
  wants(of: TextClass): boolean {
    if (of === NO_TEXT_CLASS) return false;
    return !this.#placesOf(of).isFull;
  }

  /** Notes the place of the next text, if there are to be more. */
  locate(of: TextClass, at: Location): void {
    if (of !== NO_TEXT_CLASS) this.#placesOf(of).add(at);
  }

  #placesOf(of: TextClass): PlaceList {
    return of === WORD ? this.#wordPlaces : this.#missingPlaces;
  }

  /** Counts a text without its places. */
  addCount(of: TextClass, text: Uint8Array, count: number): void {
    if (of === WORD) this.#words += count;
    else if (of === MISSING) this.#addMissing(text, 0, text.length, count);
  }

  #addMissing(bytes: Uint8Array, start: number, end: number, count: number): void {
    this.#missing += count;
    const known = this.#few.find((spelling) => isAt(spelling.bytes, bytes, start, end));
    if (known !== undefined) {
      known.count += count;
      return;
    }
    const own = Buffer.from(bytes.subarray(start, end));
    if (this.#few.length < FEW) this.#few.push({ bytes: own, count });
    else this.#add(own.toString(), count);
  }

  #add(text: string, count: number): void {
    this.#spellings.set(text, (this.#spellings.get(text) ?? 0) + count);
  }

  /** Spellings of a missing value, with their counts. */
  get #allSpellings(): Map<string, number> {
    const spellings = new Map(this.#spellings);
    for (const { bytes, count } of this.#few) {
      const text = bytes.toString();
      spellings.set(text, (spellings.get(text) ?? 0) + count);
    }
    return spellings;
  }

  get state(): TextNotesState {
    return {
      words: this.#words,
      wordPlaces: this.#wordPlaces.state,
      missing: this.#missing,
      missingPlaces: this.#missingPlaces.state,
      spellings: this.#allSpellings,
      ...{ rises: this.#rises, first: this.#first, last: this.#last },
    };
  }

  get facts(): TextFacts {
    const [words, missing] = [this.#wordPlaces, this.#missingPlaces];
    // Most columns of texts are sound, and their places not asked for.
    return {
      words: {
        count: this.#words,
        get locations() {
          return words.all;
        },
      },
      missing: {
        count: this.#missing,
        get locations() {
          return missing.all;
        },
      },
      rises: this.#rises,
      spellings: spellingsOf(this.#allSpellings),
    };
  }

  /** Adds what another has noted in later rows; see `Column.merge`. */
  merge(other: TextNotesState, linesBefore: number, field: number | undefined): void {
    const column = field === undefined ? undefined : field + 1;
    this.#words += other.words;
    this.#wordPlaces.merge(other.wordPlaces, linesBefore, column);
    this.#missing += other.missing;
    this.#missingPlaces.merge(other.missingPlaces, linesBefore, column);
    for (const [text, count] of other.spellings) this.#add(text, count);
    this.#rises &&= other.rises && (other.last === Number.NEGATIVE_INFINITY || other.first > this.#last);
    if (this.#last === Number.NEGATIVE_INFINITY) this.#first = other.first;
    this.#last = Math.max(this.#last, other.last);
  }
}

function isAt(own: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (own.length !== end - start) return false;
  for (let i = 0; i < own.length; i++) if (own[i] !== bytes[start + i]) return false;
  return true;
}
