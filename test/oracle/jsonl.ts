import type { Cell } from '../../shared/read/batch.ts';
import type { OnFault } from '../../shared/read/fault.ts';
import type { ExactIntegers } from '../../shared/read/tables.ts';
import { jsonPlace } from '../../shared/schema/shape.ts';

const MAX_LINE = 64 * 1024 * 1024;

type JsonRecord = Readonly<Record<string, unknown>>;

/** Reads JSON Lines: one object a line, in pieces of text of any size; blank lines are not records. */
export class JsonLinesReader {
  readonly #file: string;
  readonly #report: OnFault;
  readonly #exact: ExactIntegers;
  readonly #index = new Map<string, number>();
  records: JsonRecord[] = [];
  /** Cells of the columns that were known at each record; see `rows`. */
  cells: Cell[][] = [];
  lines: number[] = [];
  /** Is the rest of the file not worth reading? */
  stopped = false;
  /** The text of a line whose end has not come yet. */
  #pieces: string[] = [];
  #size = 0;
  #seen = false;
  #line = 1;

  constructor(file: string, report: OnFault, exactIntegers: ExactIntegers = []) {
    this.#file = file;
    this.#report = report;
    this.#exact = exactIntegers;
  }

  /** The names met so far, in order of first appearance, once there is a record. */
  get columns(): readonly string[] | undefined {
    return this.#seen ? [...this.#index.keys()] : undefined;
  }

  get line(): number {
    return this.#line;
  }

  /** The collected records as rows of cells, one for each column met so far. */
  get rows(): Cell[][] {
    const width = this.#index.size;
    for (const row of this.cells) while (row.length < width) row.push(null);
    return this.cells;
  }

  push(text: string): void {
    if (this.stopped) return;
    // A long line is joined once, at its end.
    this.#pieces.push(text);
    this.#size += text.length;
    if (this.#size <= MAX_LINE && !text.includes('\n')) return;
    const all = this.#pieces.join('');
    let start = 0;
    for (let at = all.indexOf('\n'); at !== -1; at = all.indexOf('\n', start)) {
      this.#read(all.slice(start, at), false);
      start = at + 1;
      this.#line++;
    }
    this.#pieces = [all.slice(start)];
    this.#size = all.length - start;
    if (this.#size > MAX_LINE) {
      this.#pieces = [];
      const message = `the line is longer than ${MAX_LINE / 2 ** 20} Mi characters; the file was not read beyond it`;
      this.#fault('too-long', message, 'write one JSON object a line');
      this.stopped = true;
    }
  }

  end(): void {
    if (!this.stopped) this.#read(this.#pieces.join(''), true);
  }

  /** The file ends inside a character: its last line is torn. */
  endTorn(): void {
    this.#torn();
  }

  #read(text: string, last: boolean): void {
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (last) this.#torn();
      else
        this.#fault(
          'invalid-json',
          `the line is not JSON${jsonPlace(error)}`,
          'write one JSON object a line',
        );
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#fault('invalid-json', 'the line is JSON, but not an object', 'write one JSON object a line');
      return;
    }
    const cells = this.#cellsOf(value as JsonRecord, text);
    if (cells === undefined) return;
    this.#seen = true;
    this.records.push(value as JsonRecord);
    this.cells.push(cells);
    this.lines.push(this.#line);
  }

  #isInexact(record: JsonRecord): boolean {
    const exact = this.#exact;
    return exact === 'all'
      ? Object.values(record).some(isInexact)
      : exact.some((column) => isInexact(record[column]));
  }

  #cellsOf(record: JsonRecord, text: string): Cell[] | undefined {
    try {
      const read = this.#isInexact(record) ? withExactNumbers(record, text, this.#exact) : record;
      const cells = Object.entries(read).map(([key, value]) => [key, cellOf(value)] as const);
      for (const [key] of cells) if (!this.#index.has(key)) this.#index.set(key, this.#index.size);
      const row = new Array<Cell>(this.#index.size).fill(null);
      for (const [key, cell] of cells) row[this.#index.get(key) ?? 0] = cell;
      return row;
    } catch (error) {
      // JSON.parse nests without end, JSON.stringify as deep as the stack.
      if (!(error instanceof RangeError)) throw error;
      this.#fault('invalid-json', 'the line nests too deeply to be read', 'write flatter objects');
      return undefined;
    }
  }

  #torn(): void {
    const message = 'the last line is not JSON and has no line end: it was cut, or is still being written';
    this.#fault('torn-line', message, 'write the file again, or wait until it is complete');
  }

  #fault(kind: 'invalid-json' | 'torn-line' | 'too-long', message: string, fix: string): void {
    this.#report({ kind, file: this.#file, line: this.#line, message, fix });
  }
}

/** A whole number that the double need not have as it was written. */
function isInexact(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG = /^-?\d{16,}$/;

/** The record with such numbers as the texts that they were written as. */
function withExactNumbers(record: JsonRecord, text: string, columns: ExactIntegers): JsonRecord {
  const quoted = text.replace(TOKEN, (token) => (LONG.test(token) ? `"${token}"` : token));
  const exact = JSON.parse(quoted) as JsonRecord;
  const isAsked = (key: string) => columns === 'all' || columns.includes(key);
  const read = Object.entries(record).map(([key, value]) => [
    key,
    isInexact(value) && isAsked(key) ? exact[key] : value,
  ]);
  return Object.fromEntries(read) as JsonRecord;
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  // 1e999 is valid JSON, and no number that can be counted with.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return JSON.stringify(value);
}
