import { isUtf8 } from 'node:buffer';
import { unitsOf } from '../profile/sketch/text-counts.ts';
import { type Block, FIELDS, PIECE } from './block.ts';
import { CsvFaults, type HeaderLayout, MAX_FIELD, MAX_FIELDS, MAX_ROW } from './csv-faults.ts';
import type { Dialect } from './dialect.ts';
import { encodingFault, type OnFault } from './fault.ts';
import { completeEnd, firstWrongByte } from './utf8.ts';

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20] as const;
/** Where in a record the next byte is. */
const [RECORD, FIELD, BARE, QUOTED, CLOSED, COMMENT] = [0, 1, 2, 3, 4, 5] as const;
type Where = typeof RECORD | typeof FIELD | typeof BARE | typeof QUOTED | typeof CLOSED | typeof COMMENT;
const NO_TOKEN = Buffer.alloc(0);

export interface DialectBytesOptions {
  readonly file: string;
  readonly dialect: Dialect & { readonly delimiter: string };
  readonly report: OnFault;
  readonly onBlock: (block: Block) => void;
  /** Is told the names of the columns once they are known and sound. */
  readonly onHeader?: ((columns: readonly string[]) => void) | undefined;
  /** The line that the bytes start on; 1 by default. */
  readonly line?: number | undefined;
  readonly header?: HeaderLayout | undefined;
}

/**
 * Splits bytes of any dialect into records, as `CsvBytes` does those of RFC 4180 several times faster. What a field
 * holds is copied, so that the bytes are gone through once, however they come in pieces.
 */
export class DialectBytes {
  readonly #options: DialectBytesOptions;
  readonly #faults: CsvFaults;
  readonly #delimiter: Buffer;
  /** Of no bytes if there is none. */
  readonly #quote: Buffer;
  readonly #escape: Buffer;
  readonly #comment: Buffer;
  readonly #doubles: boolean;
  readonly #skipsSpace: boolean;
  /** Bytes that tell what stands at a place. */
  readonly #ahead: number;
  /** 1 for each byte at which a field outside of quotes may end or go on otherwise, and inside of them. */
  readonly #endsBare: Uint8Array;
  readonly #endsQuoted: Uint8Array;
  #columns: readonly string[] | undefined;
  /** Records that are still to come before the header. */
  #before: number;
  stopped = false;

  #bytes = Buffer.allocUnsafe(PIECE + 64);
  #end = 0;
  #at = 0;
  #where: Where = RECORD;
  #line: number;
  #recordLine: number;
  /** Contents of the block's fields, and of those of the record at hand. */
  #out = Buffer.allocUnsafe(PIECE);
  #used = 0;
  #recordStart = 0;
  #fieldStart = 0;
  #fields = 0;
  /** The first field, from 1, with text after its closing quote. */
  #stray = 0;
  /** Is the field one even if it holds nothing: is it quoted, or escaped? */
  #filled = false;
  /** Has the record anything in it, be it quotes only? */
  #written = false;
  /** And has its last field? */
  #lastWritten = false;
  #starts = new Int32Array(FIELDS);
  #ends = new Int32Array(FIELDS);
  readonly #lines = new Int32Array(FIELDS);
  #rows = 0;
  #rowsMost = 1;

  constructor(options: DialectBytesOptions) {
    const { quote = '"', escape: escaping, comment, delimiter, ...dialect } = options.dialect;
    this.#options = options;
    this.#faults = new CsvFaults(options.file, options.report);
    this.#delimiter = Buffer.from(delimiter);
    this.#quote = Buffer.from(quote ?? '');
    // A quote that escapes itself is one that is doubled.
    this.#escape = escaping === undefined || escaping === quote ? NO_TOKEN : Buffer.from(escaping);
    this.#comment = Buffer.from(comment ?? '');
    this.#doubles = (dialect.doubleQuote ?? true) || escaping === quote;
    this.#skipsSpace = dialect.skipInitialSpace === true && delimiter !== ' ';
    const lengths = [this.#delimiter.length, 2 * this.#quote.length, this.#comment.length];
    // After the escape comes a character of up to four bytes, or CRLF.
    this.#ahead = Math.max(2, ...lengths, this.#escape.length + 4);
    this.#endsBare = marked(LF, CR, this.#delimiter[0], this.#escape[0]);
    this.#endsQuoted = marked(LF, CR, this.#quote[0], this.#escape[0]);
    this.#before = (dialect.headerRow ?? 1) - 1;
    this.#line = options.line ?? 1;
    this.#recordLine = this.#line;
    if (dialect.header === false && dialect.columns !== undefined) this.#header(dialect.columns, 1);
  }

  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** The line of the record at hand. */
  get line(): number {
    return this.#recordLine;
  }

  get pending(): boolean {
    return this.#at < this.#end || this.#where !== RECORD;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.stopped; at += PIECE) {
      this.#take(chunk.subarray(at, at + PIECE));
      this.#flush();
      if (!this.stopped) this.#refuseLong();
    }
  }

  end(): void {
    if (this.stopped) return;
    if (completeEnd(this.#bytes, this.#at, this.#end) < this.#end) {
      this.invalid(true);
      return;
    }
    this.#scan(this.#end, true);
    if (!this.stopped) this.#finish();
    this.#flush();
  }

  /** Ends the reading: the record at hand holds a byte that is not of the encoding, UTF-8 by default. */
  invalid(_cut: boolean, encoding?: string): void {
    // The records before it are still read.
    this.#scan(completeEnd(this.#bytes, this.#at, this.#end), true);
    this.#flush();
    if (!this.stopped) this.#options.report(encodingFault(this.#options.file, this.#recordLine, encoding));
    this.stopped = true;
  }

  /** Ends the last record, which has no line end. */
  #finish(): void {
    if (this.#where === QUOTED) {
      this.#faults.unterminated(this.#recordLine);
      this.stopped = true;
    } else if (this.#where !== RECORD && this.#where !== COMMENT) {
      this.#endField();
      this.#endRecord();
    }
  }

  #take(piece: Uint8Array): void {
    const left = this.#end - this.#at;
    if (left + piece.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (left + piece.length));
      this.#bytes.copy(larger, 0, this.#at, this.#end);
      this.#bytes = larger;
    } else this.#bytes.copyWithin(0, this.#at, this.#end);
    this.#bytes.set(piece, left);
    this.#at = 0;
    this.#end = left + piece.length;
    const complete = completeEnd(this.#bytes, 0, this.#end);
    if (isUtf8(this.#bytes.subarray(0, complete))) {
      this.#scan(complete, false);
      return;
    }
    this.#end = firstWrongByte(this.#bytes, 0, complete);
    this.invalid(false);
  }

  /** @param last is all known that tells what stands before `end`? */
  #scan(end: number, last: boolean): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < end && !this.stopped) {
      const where = this.#where;
      if (where === BARE || where === QUOTED) {
        const stops = where === BARE ? this.#endsBare : this.#endsQuoted;
        const from = at;
        while (at < end && stops[bytes[at]!] === 0) at++;
        if (at > from) this.#copy(from, at);
        if (at === end) break;
      }
      if (!last && end - at < this.#ahead) break;
      at = this.#step(at, end);
    }
    this.#at = at;
  }

  /** Reads what stands at a place that may tell more than a byte; returns where it ends. */
  #step(at: number, end: number): number {
    switch (this.#where) {
      case RECORD:
        this.#where = this.#isAt(this.#comment, at, end) ? COMMENT : FIELD;
        return at;
      case FIELD:
        return this.#startField(at, end);
      case BARE:
        return this.#inBare(at, end);
      case QUOTED:
        return this.#inQuotes(at, end);
      case CLOSED:
        return this.#afterQuotes(at, end);
      default:
        return this.#inComment(at, end);
    }
  }

  #startField(at: number, end: number): number {
    if (this.#skipsSpace && this.#bytes[at] === SPACE) return at + 1;
    if (!this.#isAt(this.#quote, at, end)) {
      this.#where = BARE;
      return at;
    }
    this.#where = QUOTED;
    this.#filled = true;
    return at + this.#quote.length;
  }

  #inBare(at: number, end: number): number {
    if (this.#isAt(this.#escape, at, end)) return this.#escaped(at + this.#escape.length, end);
    if (this.#isAt(this.#delimiter, at, end)) {
      this.#endField();
      return at + this.#delimiter.length;
    }
    return this.#isLineEnd(at) ? this.#endLine(at, end) : this.#copy(at, at + 1);
  }

  #inQuotes(at: number, end: number): number {
    const { length } = this.#quote;
    if (this.#isAt(this.#escape, at, end)) return this.#escaped(at + this.#escape.length, end);
    if (this.#isAt(this.#quote, at, end)) {
      if (this.#doubles && this.#isAt(this.#quote, at + length, end)) {
        this.#copy(at, at + length);
        return at + 2 * length;
      }
      this.#where = CLOSED;
      return at + length;
    }
    if (this.#isLineEnd(at)) return this.#copy(at, this.#afterLineEnd(at, end));
    return this.#copy(at, at + 1);
  }

  /** Takes the character at `at` as it is; a CR takes its LF along: both are one line end. */
  #escaped(at: number, end: number): number {
    if (at >= end) return at;
    this.#filled = true;
    if (this.#isLineEnd(at)) return this.#copy(at, this.#afterLineEnd(at, end));
    const code = this.#bytes[at]!;
    const length = code < 0xc0 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
    return this.#copy(at, at + length);
  }

  /** Passes over what follows a closing quote. */
  #afterQuotes(from: number, end: number): number {
    if (this.#isLineEnd(from)) return this.#endLine(from, end);
    if (this.#isAt(this.#delimiter, from, end)) {
      this.#endField();
      return from + this.#delimiter.length;
    }
    this.#stray ||= this.#fields + 1;
    let at = from + 1;
    while (at < end && this.#endsBare[this.#bytes[at]!] === 0) at++;
    return at;
  }

  #inComment(from: number, end: number): number {
    let at = from;
    while (at < end && !this.#isLineEnd(at)) at++;
    // A line end is looked at again once it is known whether a line feed follows.
    if (at === end || at > from) return at;
    this.#where = RECORD;
    const next = this.#afterLineEnd(at, end);
    this.#recordLine = this.#line;
    return next;
  }

  #isAt(token: Buffer, at: number, end: number): boolean {
    const { length } = token;
    if (length === 0 || at + length > end) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== token[i]) return false;
    return true;
  }

  #isLineEnd(at: number): boolean {
    const code = this.#bytes[at];
    return code === LF || code === CR;
  }

  /** Where the line end at `at` ends: LF, CRLF or CR. */
  #afterLineEnd(at: number, end: number): number {
    this.#line++;
    return this.#bytes[at] === CR && at + 1 < end && this.#bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  #copy(from: number, to: number): number {
    const size = to - from;
    if (this.#used + size > this.#out.length) this.#out = Buffer.concat([this.#out], 2 * (this.#used + size));
    const out = this.#out;
    if (size > 32) this.#bytes.copy(out, this.#used, from, to);
    else for (let i = 0; i < size; i++) out[this.#used + i] = this.#bytes[from + i]!;
    this.#used += size;
    return to;
  }

  #endField(): void {
    if (this.#used - this.#fieldStart > MAX_FIELD) this.#refuseLong();
    const width = this.#columns?.length ?? Number.MAX_SAFE_INTEGER;
    if (this.#fields < width) {
      const at = this.#columns === undefined ? this.#fields : this.#rows * width + this.#fields;
      if (at >= this.#starts.length) this.#growFields(at + 1);
      // Quotes around nothing hold nothing.
      this.#starts[at] = this.#used > this.#fieldStart ? this.#fieldStart : -1;
      this.#ends[at] = this.#used;
    }
    this.#lastWritten = this.#filled || this.#used > this.#fieldStart;
    this.#written ||= this.#lastWritten;
    this.#fields++;
    this.#fieldStart = this.#used;
    this.#filled = false;
    this.#where = FIELD;
  }

  #endLine(at: number, end: number): number {
    this.#endField();
    const next = this.#afterLineEnd(at, end);
    if (!this.stopped) this.#endRecord();
    return next;
  }

  #endRecord(): void {
    this.#refuseLong();
    if (this.stopped) return;
    const holdsNothing = !this.#written;
    const isBlank = this.#fields === 1 && holdsNothing && this.#columns?.length !== 1;
    this.#written = false;
    if (!isBlank && this.#before > 0) this.#before--;
    else if (!isBlank) this.#addRecord(this.#fields, this.#stray, this.#recordLine, holdsNothing);
    this.#recordLine = this.#line;
    if (this.#rows === 0) this.#used = 0;
    this.#recordStart = this.#used;
    this.#fieldStart = this.#used;
    this.#fields = 0;
    this.#stray = 0;
    this.#where = RECORD;
    if (this.#rows >= this.#rowsMost) this.#flush();
  }

  /** Without the empty field behind a delimiter that ends every line. */
  #widthOf(fields: number): number {
    const ends = this.#options.header?.trailing === true && fields - 1 === this.#columns?.length;
    return ends && !this.#lastWritten ? fields - 1 : fields;
  }

  #addRecord(fields: number, stray: number, line: number, isBlank: boolean): void {
    const isHeader = this.#columns === undefined && this.#options.dialect.header !== false;
    if (this.#columns === undefined && !isHeader) {
      const names = Array.from({ length: fields }, (_value, i) => `c${i + 1}`);
      this.#header(names, line);
    }
    if (stray > 0) {
      this.#faults.stray(line, stray);
      if (isHeader) this.stopped = true;
    } else if (isHeader) {
      const names = Array.from({ length: fields }, (_value, i) =>
        this.#starts[i]! < 0 ? '' : this.#out.toString('utf8', this.#starts[i], this.#ends[i]),
      );
      this.#header(names, line);
    } else if (this.#widthOf(fields) !== this.#columns?.length) {
      this.#faults.ragged(line, fields, this.#columns?.length ?? 0);
    } else if (isBlank && fields > 1) this.#faults.empty(line);
    else this.#lines[this.#rows++] = line;
  }

  #header(names: readonly string[], line: number): void {
    const columns = this.#faults.columnsOf(names, line, this.#options.header ?? {});
    this.stopped = columns === undefined;
    if (columns === undefined) return;
    this.#columns = columns;
    this.#rowsMost = Math.max(1, Math.floor(FIELDS / columns.length));
    if (this.#rowsMost * columns.length > this.#starts.length)
      this.#growFields(this.#rowsMost * columns.length);
    this.#options.onHeader?.(columns);
  }

  #growFields(least: number): void {
    const size = Math.max(2 * this.#starts.length, least);
    const [starts, ends] = [this.#starts, this.#ends];
    this.#starts = new Int32Array(size);
    this.#ends = new Int32Array(size);
    this.#starts.set(starts);
    this.#ends.set(ends);
  }

  /** Hands the complete rows over, and moves the record at hand to the front. */
  #flush(): void {
    const [rows, width] = [this.#rows, this.#columns?.length ?? 0];
    if (rows === 0) return;
    this.#rows = 0;
    const [starts, ends, lines, bytes] = [this.#starts, this.#ends, this.#lines, this.#out];
    this.#options.onBlock({ bytes, width, rows, starts, ends, lines });
    const by = this.#recordStart;
    bytes.copyWithin(0, by, this.#used);
    const fields = Math.min(this.#fields, width);
    for (let i = 0; i < fields; i++) {
      const start = starts[rows * width + i]!;
      starts[i] = start < 0 ? -1 : start - by;
      ends[i] = ends[rows * width + i]! - by;
    }
    this.#used -= by;
    this.#fieldStart -= by;
    this.#recordStart = 0;
  }

  /** Refuses a field or a record that is too long as far as it has come. */
  #refuseLong(): void {
    const [out, used] = [this.#out, this.#used];
    const isLong = (start: number, most: number) => used - start > most && unitsOf(out, start, used) > most;
    if (isLong(this.#fieldStart, MAX_FIELD)) this.#tooLong('a field of this row', MAX_FIELD);
    else if (this.#fields > MAX_FIELDS) this.#tooLong('this row', MAX_FIELDS, 'fields');
    else if (isLong(this.#recordStart, MAX_ROW)) this.#tooLong('this row', MAX_ROW);
  }

  #tooLong(what: string, most: number, unit?: string): void {
    this.#faults.tooLong(this.#recordLine, what, most, unit);
    this.stopped = true;
  }
}

function marked(...codes: readonly (number | undefined)[]): Uint8Array {
  const found = new Uint8Array(256);
  for (const code of codes) if (code !== undefined) found[code] = 1;
  return found;
}
