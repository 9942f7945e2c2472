import { isUtf8 } from 'node:buffer';
import { unitsOf } from '../profile/sketch/text-counts.ts';
import { type Block, FIELDS, MAX_COLUMNS, PIECE } from './block.ts';
import { CsvFaults, type HeaderLayout, MAX_FIELD, MAX_FIELDS, MAX_ROW } from './csv-faults.ts';
import { encodingFault, type OnFault } from './fault.ts';
import { LongField } from './long-field.ts';
import { completeEnd, firstWrongByte } from './utf8.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
/** A field longer than this, in bytes, is not read again before all of it has come. */
const LONG_FIELD = 64 * 1024;

export interface CsvBytesOptions {
  readonly file: string;
  /** One byte. */
  readonly delimiter: number;
  readonly report: OnFault;
  readonly onBlock: (block: Block) => void;
  /** Is told the header's names once they have been read and are sound. */
  readonly onHeader?: (columns: readonly string[]) => void;
  /** The line that the bytes start on; 1 by default. */
  readonly line?: number | undefined;
  /** For a part of a file that is not its first: the columns of its rows. */
  readonly columns?: readonly string[] | undefined;
  readonly header?: HeaderLayout | undefined;
}

/** What is known of a record that is not complete yet. */
interface RecordSoFar {
  /** Where its next field begins. */
  readonly at: number;
  readonly fields: number;
  /** The field, from 1, in which something follows a closing quote; 0 if there is none. */
  readonly stray: number;
  /** Line ends within its fields. */
  readonly lines: number;
  /** 1 if a field is quoted. */
  readonly quoted: number;
}

/**
 * Splits bytes into records by RFC 4180 as `CsvReader` splits text: the same rows, nulls, lines and faults, however
 * the bytes come in pieces. Bytes that are not UTF-8 end the reading with a fault.
 */
export class CsvBytes {
  readonly #options: CsvBytesOptions;
  readonly #faults: CsvFaults;
  readonly #delimiter: number;
  #columns: readonly string[] | undefined;
  /** Is the rest of the file not worth reading? */
  stopped = false;

  #bytes = Buffer.allocUnsafe(PIECE + 4096);
  /** Bytes in the buffer; the one after them is a line feed, which ends every search. */
  #end = 0;
  /** How many of them are known to be UTF-8. */
  #valid = 0;
  /** Where the record starts that is not complete yet. */
  #at = 0;
  /** What is known of it: where the field starts that is not complete yet, and what was found before that. */
  #fieldAt = 0;
  #fields = 0;
  #stray = 0;
  #quotes = 0;
  #lineEnds = 0;
  readonly #long: LongField;
  /** UTF-16 units of a long record, and how many of its bytes they are. */
  #units = 0;
  #counted = 0;
  #line = 1;
  #skipLineFeed = false;

  #starts = new Int32Array(FIELDS);
  #ends = new Int32Array(FIELDS);
  #lines = new Int32Array(FIELDS);
  readonly #quoted = new Uint8Array(FIELDS);
  #rows = 0;
  #rowsMost = 1;
  /** Fields of the current record that hold doubled quotes. */
  readonly #escaped: number[] = [];

  constructor(options: CsvBytesOptions) {
    this.#options = options;
    this.#faults = new CsvFaults(options.file, options.report);
    this.#delimiter = options.delimiter;
    this.#long = new LongField(options.delimiter);
    this.#line = options.line ?? 1;
    if (options.columns !== undefined) this.#setColumns(options.columns);
  }

  /** The header's names, once it has been read and is sound. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** The line of what is read next. */
  get line(): number {
    return this.#line;
  }

  /** Is there a record that is not complete yet? */
  get pending(): boolean {
    return this.#at < this.#end;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.stopped; at += PIECE) {
      this.#take(chunk.subarray(at, at + PIECE));
      if (this.stopped) return;
      const long = this.#end - this.#fieldAt > LONG_FIELD;
      if (!long || this.#long.ends(this.#bytes, this.#fieldAt, this.#end)) this.#scan(false);
      this.#flush();
      if (!this.stopped) this.#refuseLong();
    }
  }

  end(): void {
    if (this.stopped) return;
    if (this.#valid < this.#end) {
      this.invalid(true);
      return;
    }
    this.#scan(true);
    this.#flush();
  }

  /** Ends the reading: the record at hand holds a byte that is not of the encoding, UTF-8 by default. */
  invalid(_cut: boolean, encoding?: string): void {
    this.#options.report(encodingFault(this.#options.file, this.#line, encoding));
    this.stopped = true;
  }

  /** Moves what is left to the front and puts the piece behind it. */
  #take(piece: Uint8Array): void {
    const left = this.#end - this.#at;
    if (left + piece.length + 1 > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, left + piece.length + 1));
      this.#bytes.copy(larger, 0, this.#at, this.#end);
      this.#bytes = larger;
    } else if (this.#at > 0) {
      this.#bytes.copyWithin(0, this.#at, this.#end);
    }
    if (this.#at > 0) this.#moved(this.#at);
    this.#bytes.set(piece, left);
    this.#end = left + piece.length;
    this.#checkEncoding();
    this.#bytes[this.#end] = LF;
  }

  /** The record that is not complete yet has been moved to the front. */
  #moved(by: number): void {
    const fields = Math.min(this.#fields, this.#columns?.length ?? this.#fields);
    for (let i = 0; i < fields; i++) {
      if (this.#starts[i]! >= 0) this.#starts[i]! -= by;
      this.#ends[i]! -= by;
    }
    this.#valid -= by;
    this.#fieldAt -= by;
    this.#long.restart();
    this.#at = 0;
    this.#counted = 0;
    this.#units = 0;
  }

  #checkEncoding(): void {
    const bytes = this.#bytes;
    const complete = completeEnd(bytes, this.#valid, this.#end);
    if (isUtf8(bytes.subarray(this.#valid, complete))) {
      this.#valid = complete;
      return;
    }
    // The records before that of the first wrong byte are still read.
    this.#end = firstWrongByte(bytes, this.#valid, complete);
    bytes[this.#end] = LF;
    this.#scan(false);
    this.#flush();
    if (!this.stopped) this.invalid(false);
  }

  #scan(last: boolean): void {
    const bytes = this.#bytes;
    const end = this.#end;
    const delimiter = this.#delimiter;
    const most = Math.max(delimiter, CR);
    const trailing = this.#options.header?.trailing === true;
    let starts = this.#starts;
    let ends = this.#ends;
    let width = this.#columns?.length ?? Number.MAX_SAFE_INTEGER;
    let base = this.#rows * width;
    if (this.#columns === undefined) base = 0;
    if (this.#skipLineFeed && this.#at < end) {
      this.#skipLineFeed = false;
      if (bytes[this.#at] === LF) this.#at = ++this.#fieldAt;
    }
    // The fields of a record that came with pieces before are not read again.
    let at = this.#fieldAt;
    let fields = this.#fields;
    let stray = this.#stray;
    let lines = this.#lineEnds;
    let quoted = this.#quotes;
    while (at < end || (last && at > this.#at)) {
      let code: number;
      for (;;) {
        const start = at;
        code = bytes[at]!;
        if (code === QUOTE && at < end) {
          const close = this.#closingQuote(at + 1, last);
          if (close === -1) {
            if (last) this.#unterminated();
            else this.#suspend({ at: start, fields, stray, lines, quoted }, base);
            return;
          }
          at = close + 1;
          code = bytes[at]!;
          let follows = 0;
          if (at < end && code !== delimiter && code !== LF && code !== CR) {
            follows = fields + 1;
            while (code > most || (code !== delimiter && code !== LF && code !== CR)) code = bytes[++at]!;
          }
          if (at >= end && !last) {
            this.#suspend({ at: start, fields, stray, lines, quoted }, base);
            return;
          }
          quoted = 1;
          stray ||= follows;
          if (this.#hasLines) lines += lineEnds(bytes, start + 1, close);
          if (fields < width) {
            if (base + fields >= starts.length) {
              this.#growFields();
              starts = this.#starts;
              ends = this.#ends;
            }
            // Quotes around nothing hold nothing.
            starts[base + fields] = close === start + 1 ? -1 : start + 1;
            ends[base + fields] = close;
            if (this.#hasDoubled) this.#escaped.push(fields);
          }
        } else {
          while (code > most || (code !== delimiter && code !== LF && code !== CR)) code = bytes[++at]!;
          if (at >= end && !last) {
            this.#suspend({ at: start, fields, stray, lines, quoted }, base);
            return;
          }
          if (fields < width) {
            if (base + fields >= starts.length) {
              this.#growFields();
              starts = this.#starts;
              ends = this.#ends;
            }
            starts[base + fields] = at === start ? -1 : start;
            ends[base + fields] = at;
          }
        }
        fields++;
        // The byte after the last one is a line feed.
        if (code !== delimiter) break;
        at++;
      }
      const stop = at;
      if (at < end) {
        at++;
        if (code === CR) {
          if (at === end) this.#skipLineFeed = true;
          else if (bytes[at] === LF) at++;
        }
      }
      if (at - this.#at > MAX_FIELD && this.#isTooLong(at, fields)) return;
      this.#at = at;
      const line = this.#line;
      this.#line += lines + 1;
      const seen = fields;
      const count = trailing && seen === width + 1 && bytes[stop - 1] === delimiter ? width : seen;
      fields = 0;
      lines = 0;
      if (count === 1 && starts[base] === -1 && width !== 1 && quoted === 0) continue;
      if (stray === 0 && count === width) {
        if (starts[base] === -1 && quoted === 0 && seen > 1 && isEmptyRow(starts, base, width)) {
          this.#faults.empty(line);
          continue;
        }
        if (this.#escaped.length > 0) this.#undouble(base);
        this.#quoted[this.#rows] = quoted;
        this.#lines[this.#rows++] = line;
        quoted = 0;
        base += width;
        if (this.#rows === this.#rowsMost) {
          this.#flush();
          base = 0;
        }
        continue;
      }
      this.#fallen(count, stray, line, base);
      if (this.stopped) return;
      quoted = 0;
      stray = 0;
      width = this.#columns?.length ?? width;
      starts = this.#starts;
      ends = this.#ends;
      base = this.#rows * width;
    }
    this.#suspend({ at, fields, stray, lines, quoted }, base);
  }

  /** Keeps what is known of the record at hand, up to a field that is not complete yet, for when more has come. */
  #suspend({ at, fields, stray, lines, quoted }: RecordSoFar, base: number): void {
    this.#fieldAt = at;
    this.#fields = fields;
    this.#stray = stray;
    this.#lineEnds = lines;
    this.#quotes = quoted;
    this.#long.restart();
    if (base === 0 || fields === 0) return;
    this.#flush();
    const width = this.#columns?.length ?? fields;
    this.#starts.copyWithin(0, base, base + Math.min(fields, width));
    this.#ends.copyWithin(0, base, base + Math.min(fields, width));
  }

  #hasLines = false;
  #hasDoubled = false;

  /** Where the quoted field that starts at `from` ends, or −1 if the bytes do not tell yet. */
  #closingQuote(from: number, last: boolean): number {
    const bytes = this.#bytes;
    const end = this.#end;
    this.#hasDoubled = false;
    let lines = false;
    for (let at = from; at < end; at++) {
      const code = bytes[at]!;
      if (code === QUOTE) {
        if (at + 1 === end && !last) break;
        if (at + 1 === end || bytes[at + 1] !== QUOTE) {
          this.#hasLines = lines;
          return at;
        }
        this.#hasDoubled = true;
        at++;
      } else if (code === LF || code === CR) lines = true;
    }
    return -1;
  }

  /** Undoes doubled quotes in place; only once a record is complete, for a field that is not is read again. */
  #undouble(base: number): void {
    const bytes = this.#bytes;
    for (const field of this.#escaped) {
      const end = this.#ends[base + field]!;
      let to = this.#starts[base + field]!;
      for (let from = to; from < end; from++) {
        const code = bytes[from]!;
        bytes[to++] = code;
        if (code === QUOTE) from++;
      }
      this.#ends[base + field] = to;
    }
    this.#escaped.length = 0;
  }

  /** A header, or a record that is not a row. */
  #fallen(fields: number, stray: number, line: number, base: number): void {
    const header = this.#columns === undefined;
    if (fields > MAX_FIELDS) {
      this.#tooLong('this row', MAX_FIELDS, 'fields', line);
    } else if (stray > 0) {
      this.#faults.stray(line, stray);
      if (header) this.stopped = true;
    } else if (header) {
      this.#undouble(base);
      this.#header(fields, line);
    } else this.#faults.ragged(line, fields, this.#columns?.length ?? 0);
    this.#escaped.length = 0;
  }

  #header(fields: number, line: number): void {
    // Beyond what a table may have, names are not made.
    const names = Array.from({ length: Math.min(fields, MAX_COLUMNS + 1) }, (_value, i) =>
      this.#bytes.toString('utf8', Math.max(0, this.#starts[i]!), this.#starts[i]! < 0 ? 0 : this.#ends[i]!),
    );
    const columns = this.#faults.columnsOf(names, line, this.#options.header ?? {});
    this.stopped = columns === undefined;
    if (columns === undefined) return;
    this.#setColumns(columns);
    this.#options.onHeader?.(columns);
  }

  #setColumns(columns: readonly string[]): void {
    this.#columns = columns;
    this.#rowsMost = Math.max(1, Math.floor(FIELDS / columns.length));
    if (this.#rowsMost * columns.length > this.#starts.length) this.#growFields(columns.length);
  }

  #growFields(least = 0): void {
    const size = Math.max(this.#starts.length * 2, least);
    const starts = new Int32Array(size);
    const ends = new Int32Array(size);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }

  #flush(): void {
    const rows = this.#rows;
    this.#rows = 0;
    if (rows === 0) return;
    this.#options.onBlock({
      bytes: this.#bytes,
      width: this.#columns?.length ?? 0,
      rows,
      starts: this.#starts,
      ends: this.#ends,
      lines: this.#lines,
      quoted: this.#quoted,
    });
  }

  #unterminated(): void {
    this.#flush();
    this.#faults.unterminated(this.#line);
    this.stopped = true;
  }

  /** Only what is not complete yet is in the buffer: a long field, or a long row. */
  #refuseLong(): void {
    if (this.#long.units > MAX_FIELD) this.#tooLong('a field of this row', MAX_FIELD);
    else if (this.#fields > MAX_FIELDS) this.#tooLong('this row', MAX_FIELDS, 'fields');
    else if (this.#isLongRow(this.#end)) this.#tooLong('this row', MAX_ROW);
  }

  /** Refuses a complete record as its pieces would have been refused; is it too long? */
  #isTooLong(end: number, fields: number): boolean {
    const bytes = this.#bytes;
    let quoted = false;
    let start = this.#at;
    for (let at = start; at <= end; at++) {
      const code = bytes[at]!;
      if (at < end && code === QUOTE && (quoted || at === start)) quoted = !quoted;
      else if (at === end || (code === this.#delimiter && !quoted)) {
        if (at - start > MAX_FIELD && unitsOf(bytes, start, at) > MAX_FIELD) {
          this.#tooLong('a field of this row', MAX_FIELD);
          return true;
        }
        start = at + 1;
      }
    }
    if (fields > MAX_FIELDS) this.#tooLong('this row', MAX_FIELDS, 'fields');
    else if (this.#isLongRow(end)) this.#tooLong('this row', MAX_ROW);
    return this.stopped;
  }

  #isLongRow(end: number): boolean {
    if (end - this.#at <= MAX_ROW) return false;
    const from = Math.max(this.#at, this.#counted);
    this.#units += unitsOf(this.#bytes, from, end);
    this.#counted = end;
    return this.#units > MAX_ROW;
  }

  #tooLong(what: string, most: number, unit = 'characters', line = this.#line): void {
    this.#faults.tooLong(line, what, most, unit);
    this.stopped = true;
  }
}

/** Are all fields of the row that starts at `base` empty? */
function isEmptyRow(starts: Int32Array, base: number, width: number): boolean {
  for (let at = base + 1; at < base + width; at++) if (starts[at] !== -1) return false;
  return true;
}

/** LF, CRLF and CR each end one line. */
function lineEnds(bytes: Uint8Array, start: number, end: number): number {
  let ends = 0;
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code === LF || (code === CR && (at + 1 === end || bytes[at + 1] !== LF))) ends++;
  }
  return ends;
}
