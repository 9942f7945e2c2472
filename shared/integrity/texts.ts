import { type Batch, toNumber } from '../table/table.ts';
import type { Location } from '../verdict/verdict.ts';

/** How people and programs write that a value is missing, in lower case and without spaces around. */
const MISSING: ReadonlySet<string> = new Set([
  ...['', '-', '--', '---', '?', '.', 'na', 'n/a', 'n.a.', '#n/a', '#na', '<na>', 'nan', '-nan', 'nat'],
  ...['null', '(null)', 'none', 'nil', 'undefined', 'missing', '(missing)', '\\n'],
]);
const LONGEST = 12;

/** Different texts of a column whose places are kept, and how long they may be. */
const MAX_TEXTS = 1000;
const MAX_LENGTH = 200;

export function isMissing(text: string): boolean {
  return text.length <= LONGEST && MISSING.has(text.trim().toLowerCase());
}

interface Seen {
  readonly missing: boolean;
  readonly place: Location;
  count: number;
}

/** The texts of one column that are neither numbers nor dates, with their first places. */
export class ColumnTexts {
  /** Texts but those that stand for a missing value. */
  words = 0;
  readonly wordPlaces: Location[] = [];
  readonly missingPlaces: Location[] = [];
  /** Each number is larger than the one before, so far. */
  rises = true;
  readonly #most: number;
  readonly #seen = new Map<string, Seen>();
  #last = Number.NEGATIVE_INFINITY;

  constructor(maxLocations: number) {
    this.#most = maxLocations;
  }

  add(batch: Batch, at: number): void {
    const { rows } = batch;
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row]?.[at] ?? null;
      if (this.rises) {
        const value = toNumber(cell);
        this.rises = value > this.#last;
        this.#last = value;
      }
      if (typeof cell === 'string' && isWord(cell)) this.#addWord(cell, batch, row, at);
    }
  }

  #addWord(text: string, batch: Batch, row: number, at: number): void {
    const seen = this.#seen.get(text);
    const place = (): Location => ({ file: batch.file, line: batch.lines[row] ?? 0, column: at + 1 });
    const missing = seen === undefined ? isMissing(text) : seen.missing;
    if (seen !== undefined) seen.count++;
    else if (missing || (this.#seen.size < MAX_TEXTS && text.length <= MAX_LENGTH)) {
      // A piece of a longer text keeps all of that in memory; a copy does not.
      this.#seen.set(Buffer.from(text).toString(), { missing, place: place(), count: 1 });
    }
    if (!missing) this.words++;
    const places = missing ? this.missingPlaces : this.wordPlaces;
    if (places.length < this.#most) places.push(place());
  }

  /** The spellings of a missing value, as written, with their counts; most frequent first. */
  spellings(): [string, number][] {
    return [...this.#seen]
      .filter(([, { missing }]) => missing)
      .map(([text, { count }]): [string, number] => [text, count])
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  /** Where the text was first met, if it was among the first thousand and no document. */
  firstPlace(text: string): Location | undefined {
    return this.#seen.get(text)?.place;
  }
}

/** Is it a text, and no number, no date and no code of digits? Told from its characters, without reading it. */
function isWord(cell: string): boolean {
  const first = cell.charCodeAt(0);
  const numeric =
    (first >= 48 && first <= 57) || first === 45 || first === 43 || first === 46 || first === 32;
  if (!numeric) return true;
  if (cell.length >= 10 && cell[4] === '-' && first >= 48) return false;
  let digits = false;
  for (let i = 0; i < cell.length; i++) {
    const code = cell.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = true;
    else if (code !== 46 && code !== 45 && code !== 43) return Number.isNaN(toNumber(cell));
  }
  return !digits;
}

/** The same for texts that differ only in case and spaces. */
export function canonical(text: string): string {
  return text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
