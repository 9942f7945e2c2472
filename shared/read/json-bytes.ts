import { isUtf8 } from 'node:buffer';
import { isInexact } from '../profile/read.ts';
import { unitsOf } from '../profile/sketch/text-counts.ts';
import { jsonPlace } from '../schema/shape.ts';
import { type Block, FIELDS, MAX_COLUMNS, PIECE } from './block.ts';
import { encodingFault, type FaultKind, type OnFault } from './fault.ts';
import { type JsonKind, KINDS } from './json-kinds.ts';
import { numberEnd, skipString, skipValue } from './json-skip.ts';
import { isNumberText } from './number-text.ts';
import { completeEnd, firstWrongByte } from './utf8.ts';

const QUOTE = 0x22;
const LF = 0x0a;
/** A line longer than this, in UTF-16 units, is not held. */
const MAX_LINE = 64 * 1024 * 1024;
const MEND = 'write one JSON object a line';
/** Rows of a block of records however wide, so that names that each record adds are told for many at a time. */
const LEAST_ROWS = 64;
/** Columns beyond which most records may lack most of them. */
const MANY = 256;
const { ABSENT, NULL, TEXT, NUMBER, TRUE, FALSE, NESTED } = KINDS;

export interface JsonBytesOptions {
  readonly file: string;
  readonly report: OnFault;
  readonly onBlock: (block: Block, columns: readonly string[]) => void;
  /** Is told the names met so far, before a block whose records have new ones. */
  readonly onColumns?: ((columns: readonly string[]) => void) | undefined;
  /** Columns whose numbers are to be spelled as JavaScript prints them, so that equal ones have equal bytes; or all. */
  readonly canonical: readonly string[] | undefined;
}

/**
 * Finds the members of JSON Lines as places in a buffer, as `JsonLinesReader` reads them from text: the same records,
 * lines and faults, however the bytes come in pieces. A line that is not plainly a flat record of known members goes
 * through JSON.parse; so do nested values, and texts with escapes.
 */
export class JsonBytes {
  readonly #options: JsonBytesOptions;
  readonly #index = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #keys: Buffer[] = [];
  readonly #canonical: boolean[] = [];
  /** The column of the member that follows that of each column, as the last record had it; of the first at `next[0]`. */
  #next = new Int32Array(64);
  #seen = false;
  stopped = false;

  #bytes = Buffer.allocUnsafe(PIECE * 2);
  #end = 0;
  #valid = 0;
  #at = 0;
  /** Where the end of the line at hand has not been looked for yet. */
  #seekFrom = 0;
  /** UTF-16 units of a long line, and how many of its bytes they are. */
  #units = 0;
  #counted = 0;
  #line = 1;
  /** Where texts that are not in the file as they stand are put: behind `#end`, until the next flush. */
  #spare = 0;

  #starts = new Int32Array(FIELDS);
  #ends = new Int32Array(FIELDS);
  #kinds = new Uint8Array(FIELDS);
  #lines = new Int32Array(FIELDS);
  #rows = 0;
  #rowsMost = FIELDS;
  /** Fields of a row of the block: those of the names so far, and room for some more. */
  #width = 0;
  /** How many names have been told. */
  #told = -1;
  readonly #reals = new Set<number>();
  /** Fields of the record at hand that hold escapes. */
  readonly #escaped: number[] = [];

  constructor(options: JsonBytesOptions) {
    this.#options = options;
  }

  /** The names met so far, in order of first appearance, once there is a record. */
  get columns(): readonly string[] | undefined {
    return this.#seen ? this.#names : undefined;
  }

  get line(): number {
    return this.#line;
  }

  get pending(): boolean {
    return this.#at < this.#end;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.stopped; at += PIECE) {
      this.#take(chunk.subarray(at, at + PIECE));
      if (!this.stopped) this.#scan(false);
      this.#flush();
      if (!this.stopped && this.#isTooLong(this.#end)) this.#tooLong();
    }
  }

  end(): void {
    if (this.stopped) return;
    if (this.#valid < this.#end) this.invalid(true);
    else this.#scan(true);
    this.#flush();
  }

  /** Ends the reading: the line at hand holds a byte that is not UTF-8, or the file ends inside a character. */
  invalid(cut: boolean, encoding?: string): void {
    if (cut) this.#torn();
    else this.#options.report(encodingFault(this.#options.file, this.#line, encoding));
    this.stopped = true;
  }

  #take(piece: Uint8Array): void {
    const left = this.#end - this.#at;
    if (left + piece.length + 1 > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, left + piece.length + 1));
      this.#bytes.copy(larger, 0, this.#at, this.#end);
      this.#bytes = larger;
    } else if (this.#at > 0) this.#bytes.copyWithin(0, this.#at, this.#end);
    if (this.#at > 0) {
      this.#valid -= this.#at;
      this.#seekFrom -= this.#at;
      this.#at = 0;
      this.#units = 0;
      this.#counted = 0;
    }
    this.#bytes.set(piece, left);
    this.#end = left + piece.length;
    this.#spare = this.#end + 1;
    const complete = completeEnd(this.#bytes, this.#valid, this.#end);
    if (isUtf8(this.#bytes.subarray(this.#valid, complete))) {
      this.#valid = complete;
      this.#bytes[this.#end] = LF;
      return;
    }
    this.#end = firstWrongByte(this.#bytes, this.#valid, complete);
    this.#bytes[this.#end] = LF;
    this.#spare = this.#end + 1;
    this.#scan(false);
    this.#flush();
    this.invalid(false);
  }

  #scan(last: boolean): void {
    while (this.#at < this.#end) {
      let feed = this.#bytes.indexOf(LF, this.#seekFrom);
      const torn = feed === -1 || feed >= this.#end;
      if (torn) feed = this.#end;
      this.#seekFrom = feed;
      if (torn && !last) return;
      if (this.#isTooLong(feed)) {
        this.#tooLong();
        return;
      }
      this.#record(this.#at, feed, torn);
      this.#at = torn ? feed : feed + 1;
      this.#seekFrom = this.#at;
      if (!torn) this.#line++;
    }
  }

  #record(start: number, end: number, torn: boolean): void {
    if (this.#rows >= this.#rowsMost) this.#flush();
    if (!this.#isFlat(start, end)) this.#parsed(start, end, torn);
  }

  /** Takes a flat record of known members; is it one? */
  #isFlat(start: number, end: number): boolean {
    const base = this.#newRow();
    this.#escaped.length = 0;
    if (!this.#flat(start, end, base)) return false;
    for (const at of this.#escaped) {
      const text = JSON.parse(
        this.#bytes.toString('utf8', this.#starts[at]! - 1, this.#ends[at]! + 1),
      ) as string;
      this.#ends[at] = this.#starts[at]! + this.#bytes.write(text, this.#starts[at]!);
    }
    this.#endRow();
    return true;
  }

  #endRow(): void {
    this.#seen = true;
    this.#lines[this.#rows++] = this.#line;
  }

  /** Where the fields of the next row are, all of them absent. */
  #newRow(): number {
    const base = this.#rows * this.#width;
    this.#kinds.fill(ABSENT, base, base + this.#width);
    this.#starts.fill(-1, base, base + this.#width);
    return base;
  }

  /** Reads a flat record of known members; false for every other line. */
  #flat(start: number, end: number, base: number): boolean {
    let bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const kinds = this.#kinds;
    const next = this.#next;
    let at = blank(bytes, start);
    if (bytes[at] !== 0x7b) return false;
    at = blank(bytes, at + 1);
    for (let before = 0; ; ) {
      if (bytes[at] !== QUOTE) return false;
      let column = next[before]! - 1;
      const close = column < 0 ? -1 : this.#keyEnd(column, at + 1);
      if (close >= 0) at = close;
      else {
        const from = at + 1;
        at = plainEnd(bytes, from);
        if (at < 0) return false;
        column = this.#index.get(bytes.toString('utf8', from, at)) ?? -1;
        if (column < 0) return false;
        next[before] = column + 1;
      }
      before = column + 1;
      at = blank(bytes, at + 1);
      if (bytes[at] !== 0x3a) return false;
      at = blank(bytes, at + 1);
      const field = base + column;
      if (kinds[field] !== ABSENT) return false;
      const first = bytes[at]!;
      let kind: JsonKind;
      let to: number;
      if (first === QUOTE) {
        to = plainEnd(bytes, at + 1);
        if (to < 0) {
          to = skipString(bytes, at + 1);
          if (to < 0) return false;
          this.#escaped.push(field);
        }
        starts[field] = at + 1;
        ends[field] = to;
        kinds[field] = TEXT;
        at = to + 1;
      } else {
        if (first === 0x2d || (first >= 48 && first <= 57)) {
          kind = NUMBER;
          to = numberEnd(bytes, at);
        } else if (first === 0x74) {
          kind = TRUE;
          to = isWord(bytes, at, 0x72, 0x75, 0x65) ? at + 4 : -1;
        } else if (first === 0x66) {
          kind = FALSE;
          to = isWord(bytes, at + 1, 0x6c, 0x73, 0x65) && bytes[at + 1] === 0x61 ? at + 5 : -1;
        } else if (first === 0x6e) {
          kind = NULL;
          to = isWord(bytes, at, 0x75, 0x6c, 0x6c) ? at + 4 : -1;
        } else {
          kind = NESTED;
          to = first === 0x7b || first === 0x5b ? skipValue(bytes, at, end) : -1;
        }
        if (to < 0) return false;
        starts[field] = kind === NULL ? -1 : at;
        ends[field] = to;
        kinds[field] = kind;
        if (kind === NESTED || (kind === NUMBER && this.#canonical[column])) {
          if (!this.#respell(field)) return false;
          if (kind === NUMBER && this.#starts[field] !== at && isReal(bytes, at, to) && this.#isFinite(field))
            this.#reals.add(column);
          bytes = this.#bytes;
        }
        at = to;
      }
      at = blank(bytes, at);
      if (bytes[at] === 0x2c) at = blank(bytes, at + 1);
      else break;
    }
    return bytes[at] === 0x7d && blankTo(bytes, at + 1, end);
  }

  /** Where the name of a column that stands at `at` ends, with its quote; −1 if another stands there. */
  #keyEnd(column: number, at: number): number {
    const bytes = this.#bytes;
    const key = this.#keys[column]!;
    for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return -1;
    return bytes[at + key.length] === QUOTE ? at + key.length : -1;
  }

  /** Spells a number or a nested value as JavaScript prints it; is it one? */
  #respell(field: number): boolean {
    const [start, end] = [this.#starts[field]!, this.#ends[field]!];
    if (this.#kinds[field] === NUMBER && isPrinted(this.#bytes, start, end)) return true;
    const text = this.#bytes.toString('utf8', start, end);
    try {
      const own = this.#kinds[field] === NUMBER ? numberOf(text) : JSON.stringify(JSON.parse(text));
      if (own !== text) this.#put(field, own);
      return true;
    } catch {
      return false;
    }
  }

  /** Is a number, as it is spelled, not `Infinity`? */
  #isFinite(field: number): boolean {
    return this.#bytes[this.#ends[field]! - 1]! <= 57;
  }

  /** Puts a text that is not in the file as it stands into the buffer. */
  #put(field: number, text: string): void {
    const most = this.#spare + text.length * 3;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, most));
      this.#bytes.copy(larger, 0, 0, this.#spare);
      this.#bytes = larger;
    }
    this.#starts[field] = this.#spare;
    this.#spare += this.#bytes.write(text, this.#spare);
    this.#ends[field] = this.#spare;
  }

  /** Reads a line by JSON.parse. */
  #parsed(start: number, end: number, torn: boolean): void {
    const text = this.#bytes.toString('utf8', start, end);
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (torn) this.#torn();
      else this.#fault('invalid-json', `the line is not JSON${jsonPlace(error)}`, MEND);
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#fault('invalid-json', 'the line is JSON, but not an object', MEND);
      return;
    }
    const cells: (readonly [string, JsonKind, string])[] = [];
    try {
      const members = LONG.test(text) ? withIntegers(value, text) : Object.entries(value);
      for (const [name, cell] of members) cells.push([name, kindOf(cell), spelled(cell)]);
    } catch (error) {
      // JSON.parse nests without end, JSON.stringify as deep as the stack.
      if (!(error instanceof RangeError)) throw error;
      this.#fault('invalid-json', 'the line nests too deeply to be read', 'write flatter objects');
      return;
    }
    const names = cells.map(([name]) => name);
    const reals = REAL.test(text) ? realMembers(value, text) : NO_REALS;
    if (names.some((name) => !this.#index.has(name))) {
      this.#addColumns(names);
      // With its names known, the record may be read as it is written.
      if (this.stopped || this.#isFlat(start, end)) return;
    }
    const base = this.#newRow();
    for (const [name, kind, spelling] of cells) {
      const field = base + (this.#index.get(name) ?? 0);
      const real = reals.get(name);
      if (real !== undefined) this.#reals.add(this.#index.get(name) ?? 0);
      if (kind !== NULL) this.#put(field, real === undefined ? spelling : numberOf(real));
      this.#kinds[field] = kind;
    }
    this.#endRow();
  }

  #addColumns(names: readonly string[]): void {
    const added = names.filter((name) => !this.#index.has(name));
    const count = this.#names.length + added.length;
    if (count > MAX_COLUMNS) {
      this.#tooMany();
      return;
    }
    if (count > this.#width) {
      // Rows so far have no room for them.
      this.#flush();
      this.#widen(this.#width === 0 ? count : count + Math.floor(count / 4));
    }
    for (const name of added) {
      this.#index.set(name, this.#names.length);
      this.#names.push(name);
      // Members whose names are integers come first in an object, and escaped names are not compared as bytes.
      const plain = !/^\d/.test(name) && !JSON.stringify(name).includes('\\');
      this.#keys.push(plain ? Buffer.from(name) : Buffer.from('"'));
      this.#canonical.push(this.#options.canonical?.includes(name) ?? true);
    }
  }

  #widen(width: number): void {
    this.#width = width;
    if (this.#next.length <= width) {
      const larger = new Int32Array(2 * width);
      larger.set(this.#next);
      this.#next = larger;
    }
    this.#rowsMost = Math.max(LEAST_ROWS, Math.floor(FIELDS / width));
    const fields = this.#rowsMost * width;
    if (fields > this.#starts.length) {
      this.#starts = new Int32Array(fields);
      this.#ends = new Int32Array(fields);
      this.#kinds = new Uint8Array(fields);
    }
  }

  #flush(): void {
    const rows = this.#rows;
    this.#rows = 0;
    if (rows > 0) {
      if (this.#told < this.#names.length) {
        this.#told = this.#names.length;
        this.#options.onColumns?.(this.#names);
      }
      const [starts, ends, lines, kinds] = [this.#starts, this.#ends, this.#lines, this.#kinds];
      const met = this.#width > MANY ? metColumns(kinds, rows, this.#width) : undefined;
      const block = {
        ...{ bytes: this.#bytes, width: this.#width, rows, starts, ends, lines, kinds, met },
        reals: this.#reals,
      };
      this.#options.onBlock(block, this.#names);
    }
    this.#spare = this.#end + 1;
  }

  #tooMany(): void {
    const names = `${MAX_COLUMNS / 2 ** 10} Ki`;
    const message = `with this record there are more than ${names} names of members; the file was not read beyond it`;
    this.#fault('too-long', message, 'write what differs from record to record as values, not as names');
    this.stopped = true;
  }

  #isTooLong(end: number): boolean {
    if (end - this.#at <= MAX_LINE) return false;
    const from = Math.max(this.#at, this.#counted);
    this.#units += unitsOf(this.#bytes, from, end);
    this.#counted = end;
    return this.#units > MAX_LINE;
  }

  #tooLong(): void {
    const message = `the line is longer than ${MAX_LINE / 2 ** 20} Mi characters; the file was not read beyond it`;
    this.#fault('too-long', message, MEND);
    this.stopped = true;
  }

  #torn(): void {
    const message = 'the last line is not JSON and has no line end: it was cut, or is still being written';
    this.#fault('torn-line', message, 'write the file again, or wait until it is complete');
  }

  #fault(kind: FaultKind, message: string, fix: string): void {
    this.#options.report({ kind, file: this.#options.file, line: this.#line, message, fix });
  }
}

function metColumns(kinds: Uint8Array, rows: number, width: number): Uint8Array {
  const met = new Uint8Array(width);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let field = 0; field < width; field++, at++) if (kinds[at] !== ABSENT) met[field] = 1;
  }
  return met;
}

/** Where white space ends; a line feed ends it, too. */
function blank(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let code = bytes[at]!; code === 0x20 || code === 0x09 || code === 0x0d; code = bytes[++at]!);
  return at;
}

function blankTo(bytes: Uint8Array, from: number, end: number): boolean {
  return blank(bytes, from) === end;
}

/** The quote that ends a text without escapes; −1 if there are some, or what no text holds. */
function plainEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const code = bytes[at]!;
    if (code === QUOTE) return at;
    if (code < 0x20 || code === 0x5c) return -1;
  }
}

function isWord(bytes: Uint8Array, at: number, b: number, c: number, d: number): boolean {
  return bytes[at + 1] === b && bytes[at + 2] === c && bytes[at + 3] === d;
}

/** Digits that a double may not hold. */
const LONG = /\d{16}/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A number that is written as a real one. */
const REAL = /\d(?:\.\d|[eE])/;

/** The members of a record as it is written, those of its numbers that the pattern knows as texts. */
function quotedNumbers(text: string, pattern: RegExp): ReadonlyMap<string, unknown> {
  const quoted = text.replace(TOKEN, (token) => (pattern.test(token) ? `"${token}"` : token));
  return new Map(Object.entries(JSON.parse(quoted) as object));
}

const NO_REALS: ReadonlyMap<string, string> = new Map();

/** The members of a record that are whole numbers, and written as real ones: their texts. */
function realMembers(record: object, text: string): ReadonlyMap<string, string> {
  const quoted = quotedNumbers(text, /^-?\d+[.eE]/);
  const found = Object.entries(record).map(([name, value]) => [
    name,
    Number.isInteger(value) && quoted.get(name),
  ]);
  return new Map(found.filter((one): one is [string, string] => typeof one[1] === 'string'));
}

function isReal(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0x2e || (bytes[at]! | 32) === 0x65) return true;
  return false;
}

/** The members of a record, whole numbers that a double does not hold as bigints. */
function withIntegers(record: object, text: string): (readonly [string, unknown])[] {
  const exact = quotedNumbers(text, /^-?\d{16,}$/);
  return Object.entries(record).map(([name, value]) => {
    const inexact = Number.isInteger(value) && !Number.isSafeInteger(value);
    const own = exact.get(name);
    return [name, inexact && typeof own === 'string' ? BigInt(own) : value];
  });
}

const TINY = Buffer.from('0.000000');

/** Are the bytes surely what JavaScript prints of their number? Doubles keep 15 digits, and print no fewer. */
function isPrinted(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === 0x2d ? start + 1 : start;
  if (end - first > 15 || !isNumberText(bytes, start, end)) return false;
  // Below a millionth there is an exponent.
  return end - first <= TINY.length || TINY.some((code, i) => bytes[first + i] !== code);
}

/** A number as JavaScript prints it, one of 64 bits with all of its digits; a real one is not to look like one of those. */
function numberOf(text: string): string {
  const value = Number(text);
  if (isInexact(value, text)) return text;
  const printed = String(value);
  return isInexact(value, printed) ? text : printed;
}

function kindOf(value: unknown): JsonKind {
  if (value === null) return NULL;
  if (typeof value === 'string') return TEXT;
  if (typeof value === 'number' || typeof value === 'bigint') return NUMBER;
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  return NESTED;
}

function spelled(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
