import { isUtf8 } from 'node:buffer';
import type { Fault, FaultKind, OnFault } from '../table/table.ts';
import { type Block, FIELDS, PIECE } from './block.ts';
import { completeEnd, firstWrongLine } from './utf8.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
/** A field longer than this, in UTF-16 units, is taken for a quote left open. */
const MAX_FIELD = 16 * 1024 * 1024;
/** A row longer than this, in bytes, is not held. */
const MAX_ROW = 64 * 1024 * 1024;
const QUOTE_MEND = 'close the quote, and double every quote inside a quoted field';
export interface CsvBytesOptions {
  readonly file: string;
  /** One byte. */
  readonly delimiter: number;
  readonly report: OnFault;
  readonly onBlock: (block: Block) => void;
  /** Is told the header's names once they have been read and are sound. */
  readonly onHeader?: (columns: readonly string[]) => void;
  /** For a part of a file that is not its first: the columns of its rows, and the line it starts on. */
  readonly part?: { readonly columns: readonly string[]; readonly line: number };
}

/**
 * Splits bytes into records by RFC 4180 as `CsvReader` splits text: the same rows, nulls, lines and faults, however
 * the bytes come in pieces. Bytes that are not UTF-8 end the reading with a fault.
 */
export class CsvBytes {
  readonly #options: CsvBytesOptions;
  readonly #report: OnFault;
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
    this.#report = options.report;
    this.#delimiter = options.delimiter;
    if (options.part !== undefined) {
      this.#line = options.part.line;
      this.#setColumns(options.part.columns);
    }
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
      if (!this.stopped) this.#scan(false);
      this.#flush();
      if (!this.stopped) this.#refuseLong();
    }
  }

  end(): void {
    if (this.stopped) return;
    if (this.#valid < this.#end) {
      this.invalid();
      return;
    }
    this.#scan(true);
    this.#flush();
  }

  /** Ends the reading: the record at hand holds a byte that is not UTF-8. */
  invalid(): void {
    const message = 'the row holds a byte that is not UTF-8; the file was not read beyond it';
    this.#stop(
      'invalid-utf8',
      message,
      'save the file as UTF-8, or name its encoding; older Windows programs write windows-1252',
    );
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
    this.#valid -= this.#at;
    this.#at = 0;
    this.#bytes.set(piece, left);
    this.#end = left + piece.length;
    this.#checkEncoding();
    this.#bytes[this.#end] = LF;
  }

  #checkEncoding(): void {
    const bytes = this.#bytes;
    const complete = completeEnd(bytes, this.#valid, this.#end);
    if (isUtf8(bytes.subarray(this.#valid, complete))) {
      this.#valid = complete;
      return;
    }
    // Everything before the line of the first wrong byte is still read.
    const start = firstWrongLine(bytes, this.#valid, complete);
    bytes[start] = LF;
    this.#end = start;
    this.#scan(false);
    this.#flush();
    if (!this.stopped) this.invalid();
  }

  #scan(last: boolean): void {
    const bytes = this.#bytes;
    const end = this.#end;
    const delimiter = this.#delimiter;
    const most = Math.max(delimiter, CR);
    let starts = this.#starts;
    let ends = this.#ends;
    let width = this.#columns?.length ?? Number.MAX_SAFE_INTEGER;
    let at = this.#at;
    let base = this.#rows * width;
    if (this.#columns === undefined) base = 0;
    if (this.#skipLineFeed && at < end) {
      this.#skipLineFeed = false;
      if (bytes[at] === LF) at++;
    }
    this.#at = at;
    while (at < end) {
      let fields = 0;
      let stray = 0;
      let lines = 0;
      let quoted = 0;
      let code: number;
      for (;;) {
        const start = at;
        code = bytes[at]!;
        if (code === QUOTE && at < end) {
          const close = this.#closingQuote(at + 1, last);
          if (close === -1) {
            if (last) this.#unterminated();
            return;
          }
          quoted = 1;
          at = close + 1;
          code = bytes[at]!;
          if (at < end && code !== delimiter && code !== LF && code !== CR) {
            stray ||= fields + 1;
            while (code > most || (code !== delimiter && code !== LF && code !== CR)) code = bytes[++at]!;
          }
          if (this.#hasLines) lines += lineEnds(bytes, start + 1, close);
          if (fields < width) {
            if (base + fields >= starts.length) {
              this.#growFields();
              starts = this.#starts;
              ends = this.#ends;
            }
            starts[base + fields] = start + 1;
            ends[base + fields] = close;
            if (this.#hasDoubled) this.#escaped.push(fields);
          }
        } else {
          while (code > most || (code !== delimiter && code !== LF && code !== CR)) code = bytes[++at]!;
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
        if (at >= end) {
          if (last) break;
          this.#escaped.length = 0;
          return;
        }
        if (code !== delimiter) break;
        at++;
      }
      if (at < end) {
        at++;
        if (code === CR) {
          if (at === end) this.#skipLineFeed = true;
          else if (bytes[at] === LF) at++;
        }
      }
      this.#at = at;
      const line = this.#line;
      this.#line += lines + 1;
      if (fields === 1 && starts[base] === -1 && width !== 1) continue;
      if (stray === 0 && fields === width) {
        if (this.#escaped.length > 0) this.#undouble(base);
        this.#quoted[this.#rows] = quoted;
        this.#lines[this.#rows++] = line;
        base += width;
        if (this.#rows === this.#rowsMost) {
          this.#flush();
          base = 0;
        }
        continue;
      }
      this.#fallen(fields, stray, line, base);
      if (this.stopped) return;
      width = this.#columns?.length ?? width;
      starts = this.#starts;
      ends = this.#ends;
      base = this.#rows * width;
    }
  }

  #hasLines = false;
  #hasDoubled = false;

  /** Where the quoted field that starts at `from` ends, or −1 where the bytes do not tell yet. */
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
    this.#escaped.length = 0;
    return -1;
  }

  /** Undoes doubled quotes in place; only once a record is complete, for an incomplete one is read again. */
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

  /** A header, or a record that is no row. */
  #fallen(fields: number, stray: number, line: number, base: number): void {
    const header = this.#columns === undefined;
    if (stray > 0) {
      this.#fault('stray-quote', line, 'text follows the closing quote of a field', QUOTE_MEND, stray);
      if (header) this.stopped = true;
    } else if (header) {
      this.#undouble(base);
      this.#header(fields, line);
    } else {
      const message = `the row has ${fields} ${fields === 1 ? 'field' : 'fields'} where the header has ${this.#columns?.length}`;
      const mend = 'write one field for each column, and quote fields that hold the delimiter';
      this.#fault('ragged-row', line, message, mend);
    }
    this.#escaped.length = 0;
  }

  #header(fields: number, line: number): void {
    const names = Array.from({ length: fields }, (_value, i) =>
      this.#bytes.toString('utf8', Math.max(0, this.#starts[i]!), this.#starts[i]! < 0 ? 0 : this.#ends[i]!),
    );
    const seen = new Set<string>();
    names.forEach((name, i) => {
      if (name.trim() === '') {
        const mend =
          'name every column; pandas writes an unnamed one for the index, which `index=False` leaves out';
        this.#fault('empty-header', line, `column ${i + 1} has no name`, mend, i + 1);
        this.stopped = true;
      } else if (seen.has(name)) {
        const message = `two columns are named ${JSON.stringify(name)}`;
        this.#fault('duplicate-header', line, message, 'give each column a name of its own', i + 1);
        this.stopped = true;
      }
      seen.add(name);
    });
    if (this.stopped) return;
    this.#setColumns(names);
    this.#options.onHeader?.(names);
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
    const message = 'a quote opened in this row is never closed; the file was not read beyond it';
    this.#stop('unterminated-quote', message, QUOTE_MEND);
  }

  /** Only what is not complete yet is in the buffer: a long field, or a long row. */
  #refuseLong(): void {
    const size = this.#end - this.#at;
    if (size <= MAX_FIELD) return;
    const mend = 'look for a quote left open, or for a file that is not a table';
    const beyond = 'the file was not read beyond it';
    if (unfinishedField(this.#bytes.subarray(this.#at, this.#end), this.#delimiter) > MAX_FIELD) {
      const message = `a field of this row is longer than ${MAX_FIELD / 2 ** 20} Mi characters; ${beyond}`;
      this.#stop('too-long', message, mend);
    } else if (size > MAX_ROW) {
      this.#stop('too-long', `this row is longer than ${MAX_ROW / 2 ** 20} MiB; ${beyond}`, mend);
    }
  }

  #stop(kind: FaultKind, message: string, mend: string): void {
    this.#fault(kind, this.#line, message, mend);
    this.stopped = true;
  }

  #fault(kind: FaultKind, line: number, message: string, mend: string, column?: number): void {
    const place = column === undefined ? {} : { column };
    const fault: Fault = { kind, file: this.#options.file, line, ...place, message, mend };
    this.#report(fault);
  }
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

/** UTF-16 units of the last field of an incomplete record, with its quote. */
function unfinishedField(record: Buffer, delimiter: number): number {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < record.length; at++) {
    const code = record[at]!;
    if (code === QUOTE && (quoted || at === start)) quoted = !quoted;
    else if (code === delimiter && !quoted) start = at + 1;
  }
  let units = 0;
  for (let at = start; at < record.length; at++) {
    const code = record[at]!;
    if (code < 0x80 || code >= 0xc0) units += code >= 0xf0 ? 2 : 1;
  }
  return units;
}
