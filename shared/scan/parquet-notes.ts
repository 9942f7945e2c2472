import type { Cell } from '../read/batch.ts';
import { instantOf, isDateLike } from '../read/number.ts';
import type { ColumnPage } from '../read/parquet-column.ts';
import type { TypedValues } from '../read/parquet-typed.ts';
import { type BlockPlace, booleanOf, numberOfText } from './column.ts';
import { classOf, MISSING, NO_TEXT_CLASS, type TextClass, type TextNotes, WORD } from './text-notes.ts';

export interface NotesPlace extends Pick<BlockPlace, 'file'> {
  readonly field: number;
  /** The number in the file of the first row, from 1. */
  readonly line: number;
}

/** What values are to a column's notes. */
interface Noted {
  /** NaN for what is not a number. */
  readonly numbers: Float64Array;
  /** Of texts that are nothing else. */
  readonly texts: readonly (Buffer | undefined)[];
}

interface Dictionary {
  readonly values: TypedValues | undefined;
  readonly noted: Noted;
  /** What each text is, and what any of them are. */
  readonly classes: Uint8Array;
  readonly any: readonly TextClass[];
}

const NO_DICTIONARY: Dictionary = {
  ...{ values: undefined, noted: { numbers: new Float64Array(0), texts: [] } },
  ...{ classes: new Uint8Array(0), any: [] },
};

/** Scratch space for some numbers of a page. */
const found = new Float64Array(1024);

/** Takes typed values into a column's notes, in the order of their rows. */
export class ParquetNotes {
  readonly #notes: TextNotes;
  #dictionary: Dictionary | undefined;

  constructor(notes: TextNotes) {
    this.#notes = notes;
  }

  /** @param values of the page, or of its codes' dictionary. */
  add({ rows, present, codes }: ColumnPage, values: TypedValues | undefined, place: NotesPlace): void {
    if (values === undefined || rows === 0) return;
    const { kind, others, numbers } = values;
    if (!others && kind !== 'text' && kind !== 'cell') {
      if (!this.#notes.rises) return;
      // Nothing but dates, which are not numbers, or numbers as they are.
      if (kind !== 'number' || codes === undefined) {
        this.#notes.addNumbers(numbers, kind === 'number' ? values.count : 0, rows);
        return;
      }
    }
    if (codes === undefined) {
      let index = 0;
      this.#addRows(notedOf(values), rows, place, (row) => (present?.[row] === 0 ? -1 : index++));
      return;
    }
    if (this.#dictionary?.values !== values) this.#dictionary = dictionaryOf(values);
    this.#addCodes(this.#dictionary, codes, rows, present, place);
  }

  /** Counts the texts of a dictionary whose places are noted. */
  count(values: TypedValues, counts: Float64Array): void {
    const { noted, classes, any } = this.#dictionary ?? NO_DICTIONARY;
    if (this.#dictionary?.values !== values || any.length === 0) return;
    for (const [code, text] of noted.texts.entries()) {
      if (text !== undefined && counts[code]! > 0)
        this.#notes.addCount(classes[code] as TextClass, text, counts[code]!);
    }
  }

  /** Notes the first places of texts, and whether numbers rise. */
  #addCodes(
    { noted, classes, any }: Dictionary,
    codes: Int32Array,
    rows: number,
    present: Uint8Array | undefined,
    { file, field, line }: NotesPlace,
  ): void {
    const notes = this.#notes;
    for (const of of any) {
      for (let index = 0, row = 0; notes.wants(of) && index < codes.length; index++, row++) {
        while (present !== undefined && present[row] === 0) row++;
        if (classes[codes[index]!] === of) notes.locate(of, { file, line: line + row, column: field + 1 });
      }
    }
    // A few at a time: most columns are soon seen not to rise.
    if (codes.length < rows) notes.addNumbers(found, 0, rows);
    for (let from = 0; notes.rises && from < codes.length; from += found.length) {
      const taken = Math.min(found.length, codes.length - from);
      let size = 0;
      for (let index = from; index < from + taken; index++) {
        const number = noted.numbers[codes[index]!]!;
        if (!Number.isNaN(number)) found[size++] = number;
      }
      notes.addNumbers(found, size, taken);
    }
  }

  addCells(cells: readonly Cell[], place: NotesPlace): void {
    const noted = {
      numbers: new Float64Array(cells.length),
      texts: new Array<Buffer | undefined>(cells.length),
    };
    for (const [row, cell] of cells.entries()) noteCell(cell, noted, row);
    this.#addRows(noted, cells.length, place, (row) => row);
  }

  #addRows(
    { numbers, texts }: Noted,
    rows: number,
    { file, field, line }: NotesPlace,
    indexOf: (row: number) => number,
  ): void {
    if (rows === 0) return;
    const found = new Float64Array(rows);
    let size = 0;
    for (let row = 0; row < rows; row++) {
      const index = indexOf(row);
      if (index < 0) continue;
      const number = numbers[index]!;
      const text = texts[index];
      if (text !== undefined) {
        const of = this.#notes.addText(text, 0, text.length);
        if (this.#notes.wants(of)) this.#notes.locate(of, { file, line: line + row, column: field + 1 });
      } else if (!Number.isNaN(number)) found[size++] = number;
    }
    this.#notes.addNumbers(found, size, rows);
  }
}

function dictionaryOf(values: TypedValues): Dictionary {
  const noted = notedOf(values);
  const classes = Uint8Array.from(noted.texts, (text) =>
    text === undefined ? NO_TEXT_CLASS : classOf(text, 0, text.length),
  );
  return { values, noted, classes, any: [WORD, MISSING].filter((one) => classes.includes(one)) };
}

function notedOf(values: TypedValues): Noted {
  const { count, kind, others, bytes, starts, ends } = values;
  if (kind === 'number' && !others) return { numbers: values.numbers, texts: [] };
  const noted = {
    numbers: new Float64Array(count).fill(Number.NaN),
    texts: new Array<Buffer | undefined>(count),
  };
  for (let i = 0; i < count; i++) {
    const value = kind === 'text' || kind === 'cell' ? Number.NaN : values.numbers[i]!;
    if (kind === 'text') noteText(bytes.subarray(starts[i]!, ends[i]!), noted, i);
    else if (Number.isNaN(value)) noteCell(values.cellAt(i), noted, i);
    else if (kind === 'number') noted.numbers[i] = value;
  }
  return noted;
}

interface Noting {
  readonly numbers: Float64Array;
  readonly texts: (Buffer | undefined)[];
}

function noteCell(cell: Cell, noted: Noting, at: number): void {
  noted.numbers[at] = typeof cell === 'number' ? cell : Number.NaN;
  if (typeof cell === 'string') noteText(Buffer.from(cell), noted, at);
}

function noteText(text: Buffer, noted: Noting, at: number): void {
  const { length } = text;
  noted.numbers[at] = length === 0 ? Number.NaN : numberOfText(text, 0, length);
  if (!Number.isNaN(noted.numbers[at])) return;
  const isInstant = isDateLike(text, 0, length) && !Number.isNaN(instantOf(text, 0, length));
  if (!isInstant && booleanOf(text, 0, length) < 0) noted.texts[at] = text;
}
