import { millisecondsOf, readInstant, restOf } from '../inputs/instant.ts';
import { hash64, hashWords, upper, viewOf } from '../keys/hash.ts';
import type { Cell } from '../read/batch.ts';
import { isMissingBytes } from '../read/missing-text.ts';
import { BlockWriter } from '../read/parquet-block-writer.ts';
import type { ColumnPage } from '../read/parquet-column.ts';
import type { TypedValues } from '../read/parquet-typed.ts';
import type { HashForm, RowLog, RowSums, Seed } from './row-log.ts';

/** A double and its two words. */
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const NONE = new Int32Array(0);
/** Rows that there is room for at first: as many as writers mostly put into a row group. */
const FIRST_ROOM = 2 ** 20;

/** Hashes of the values of one page or dictionary; shared by all columns if they are a page's. */
interface ValueHashes {
  low: Int32Array;
  high: Int32Array;
  /** 1 for each that is not a label; only of the label's column. */
  missing: Uint8Array | undefined;
}

const scratch: ValueHashes = { low: NONE, high: NONE, missing: undefined };

/**
 * Hashes of the rows of one row group after the other, made column by column: values of a dictionary are hashed once, and numbers and
 * times without their texts. Values whose texts are equal have equal hashes: a column's first file says what its values
 * are hashed as, and others are brought into that form.
 */
export class GroupHashes {
  readonly #log: RowLog;
  readonly #forms: Map<string, HashForm> | undefined;
  #rows = 0;
  readonly #layout: Omit<RowSums, 'words'>;
  #words = NONE;
  /** 1 for each row that has a label. */
  #labelled = new Uint8Array(0);
  /** The label's place in the file, from 0. */
  #labelField = -1;

  /** @param forms by column, to which new columns are added; all are hashed as texts without it. */
  constructor(log: RowLog, forms: Map<string, HashForm> | undefined) {
    this.#log = log;
    this.#forms = forms;
    let step = 2;
    const room = (kept: boolean): number => {
      step += kept ? 2 : 0;
      return kept ? step - 2 : 0;
    };
    const beside = room(log.keeps('copies') || log.keeps('key'));
    const feature = room(log.keeps('features'));
    const shared = room(log.keeps('shared'));
    this.#layout = { step, beside, feature, shared };
  }

  /** Starts a row group, which claims to have so many rows. */
  start(rows: number): void {
    this.#rows = rows;
    this.#words.fill(0);
    this.#labelled.fill(0);
    this.#labelField = -1;
  }

  /** @param kind of its values; undefined for cells. */
  column(name: string, field: number, kind: TypedValues['kind'] | undefined): ColumnHashes {
    const own = kind === undefined ? 'text' : formOf(kind);
    const form = this.#forms?.get(name) ?? (this.#forms === undefined ? 'text' : own);
    this.#forms?.set(name, form);
    const seed = this.#log.seedOf(name);
    const { beside, feature, shared } = this.#layout;
    const places = [0];
    if (beside > 0 && seed.kind.beside) places.push(beside);
    if (feature > 0 && seed.kind.feature) places.push(feature);
    if (shared > 0 && seed.kind.shared) places.push(shared);
    const isLabel = feature > 0 && name === this.#log.label;
    if (isLabel) this.#labelField = field;
    return new ColumnHashes(form, seed, isLabel, (page, hashes, from) =>
      this.#add(page, hashes, from, places, isLabel),
    );
  }

  #add(
    { rows, present, codes }: AddedPage,
    hashes: ValueHashes,
    from: number,
    places: readonly number[],
    isLabel: boolean,
  ): void {
    const { step } = this.#layout;
    this.#reserve(from + rows, isLabel);
    for (const place of places) {
      const sums = this.#words;
      const { low, high } = hashes;
      let at = step * from + place;
      for (let row = 0, index = 0; row < rows; row++, at += step) {
        if (present !== undefined && present[row] === 0) continue;
        const of = codes === undefined ? index : codes[index]!;
        index++;
        sums[at] = sums[at]! + low[of]!;
        sums[at + 1] = sums[at + 1]! + high[of]!;
      }
    }
    if (!isLabel) return;
    for (let row = 0, index = 0; row < rows; row++) {
      if (present !== undefined && present[row] === 0) continue;
      const of = codes === undefined ? index : codes[index]!;
      index++;
      if (hashes.missing?.[of] !== 1) this.#labelled[from + row] = 1;
    }
  }

  /** Room as values come: a damaged file may claim any number of rows. */
  #reserve(rows: number, isLabel: boolean): void {
    const { step } = this.#layout;
    const sizeFor = (room: number): number => Math.min(this.#rows, Math.max(rows, 2 * room, FIRST_ROOM));
    if (this.#words.length < step * rows) {
      const larger = new Int32Array(step * sizeFor(this.#words.length / step));
      larger.set(this.#words);
      this.#words = larger;
    }
    if (isLabel && this.#labelled.length < rows) {
      const larger = new Uint8Array(sizeFor(this.#labelled.length));
      larger.set(this.#labelled);
      this.#labelled = larger;
    }
  }

  /** Hands the rows over. @param before rows of the file before the row group. */
  end(file: string, before: number): void {
    const [labelled, field] = [this.#labelled, this.#labelField];
    this.#log.addSums({ ...this.#layout, words: this.#words }, this.#rows, {
      isLabelled: (row) => labelled[row] === 1,
      locationOf: (row) => ({ file, line: before + row + 1, ...(field < 0 ? {} : { column: field + 1 }) }),
    });
  }
}

type AddedPage = Pick<ColumnPage, 'rows' | 'present' | 'codes'>;

function formOf(kind: TypedValues['kind']): HashForm {
  if (kind === 'number') return 'number';
  return kind === 'date' || kind === 'datetime' ? 'instant' : 'text';
}

/** Hashes the values of one column chunk. */
export class ColumnHashes {
  readonly #form: HashForm;
  readonly #seed: Seed;
  readonly #isLabel: boolean;
  readonly #add: (page: AddedPage, hashes: ValueHashes, from: number) => void;
  readonly #writer = new BlockWriter(1, 1);
  #dictionary: TypedValues | undefined;
  #ofDictionary: ValueHashes = { low: NONE, high: NONE, missing: undefined };

  constructor(
    form: HashForm,
    seed: Seed,
    isLabel: boolean,
    add: (page: AddedPage, hashes: ValueHashes, from: number) => void,
  ) {
    this.#form = form;
    this.#seed = seed;
    this.#isLabel = isLabel;
    this.#add = add;
  }

  /** @param from the page's first row in the row group. */
  add(page: ColumnPage, dictionary: TypedValues | undefined, from: number): void {
    const { codes, values } = page;
    if (values !== undefined) {
      this.#add(page, this.#hash(values, roomFor(scratch, values.count)), from);
    } else if (codes !== undefined && dictionary !== undefined) {
      if (this.#dictionary !== dictionary) {
        this.#dictionary = dictionary;
        const room = { low: NONE, high: NONE, missing: undefined };
        this.#ofDictionary = this.#hash(dictionary, roomFor(room, dictionary.count));
      }
      this.#add(page, this.#ofDictionary, from);
    }
  }

  addCells(cells: readonly Cell[], from: number): void {
    const hashes = roomFor(scratch, cells.length);
    hashes.missing = this.#isLabel ? new Uint8Array(cells.length) : undefined;
    const present = new Uint8Array(cells.length);
    const codes = Int32Array.from(cells.keys());
    let found = 0;
    for (const [row, cell] of cells.entries()) {
      if (cell === null) continue;
      present[row] = 1;
      codes[found++] = row;
      const writer = this.#cleared();
      writer.putCell(0, cell);
      this.#hashWritten(hashes, row);
    }
    this.#add({ rows: cells.length, present, codes }, hashes, from);
  }

  #cleared(): BlockWriter {
    this.#writer.clear();
    return this.#writer;
  }

  #hash(values: TypedValues, hashes: ValueHashes): ValueHashes {
    const { count, kind, numbers } = values;
    const { seedLow, seedHigh } = this.#seed;
    const { low, high } = hashes;
    const form = this.#form;
    hashes.missing = this.#isLabel ? new Uint8Array(count) : undefined;
    if (kind === 'text' && form === 'text') {
      const { bytes, starts, ends } = values;
      const view = viewOf(bytes);
      for (let i = 0; i < count; i++) {
        low[i] = hash64(view, starts[i]!, ends[i]!, seedLow, seedHigh);
        high[i] = upper;
        if (this.#isLabel && isMissingBytes(bytes, starts[i]!, ends[i]!)) hashes.missing![i] = 1;
      }
      return hashes;
    }
    const asNumbers = form !== 'text' && formOf(kind) === form;
    for (let i = 0; i < count; i++) {
      const value = asNumbers ? numbers[i]! : Number.NaN;
      if (!Number.isNaN(value)) {
        // −0 is written as 0.
        double[0] = value + 0;
        low[i] = hashWords(words[0]!, words[1]!, seedLow, seedHigh);
        high[i] = upper;
      } else {
        this.#cleared().putValue(0, values, i);
        this.#hashWritten(hashes, i);
      }
    }
    return hashes;
  }

  /** Hashes the text that was written. */
  #hashWritten(hashes: ValueHashes, at: number): void {
    const { seedLow, seedHigh } = this.#seed;
    const { bytes, ends } = this.#writer;
    const end = ends[0]!;
    double[0] = this.#form === 'text' ? Number.NaN : measureOf(bytes.toString('utf8', 0, end), this.#form);
    hashes.low[at] = Number.isNaN(double[0])
      ? hash64(viewOf(bytes), 0, end, seedLow, seedHigh)
      : hashWords(words[0]!, words[1]!, seedLow, seedHigh);
    hashes.high[at] = upper;
    if (hashes.missing !== undefined && isMissingBytes(bytes, 0, end)) hashes.missing[at] = 1;
  }
}

function roomFor(hashes: ValueHashes, count: number): ValueHashes {
  if (hashes.low.length >= count) return hashes;
  const length = Math.max(count, 2 * hashes.low.length);
  hashes.low = new Int32Array(length);
  hashes.high = new Int32Array(length);
  return hashes;
}

/** The number, or the milliseconds, of which it may be the text; NaN if it is none of any. */
function measureOf(text: string, form: 'number' | 'instant'): number {
  if (form === 'number') return Number(text) + 0;
  const instant = readInstant(text);
  return instant === undefined || restOf(instant) !== 0 ? Number.NaN : millisecondsOf(instant);
}
