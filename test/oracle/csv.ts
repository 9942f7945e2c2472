import type { Cell } from '../../shared/read/batch.ts';
import { CsvFaults, type HeaderLayout } from '../../shared/read/csv-faults.ts';
import type { Dialect } from '../../shared/read/dialect.ts';
import type { FaultKind, OnFault } from '../../shared/read/fault.ts';
import { fieldAt, type Syntax, syntaxOf } from './fields.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
/** A field longer than this, in UTF-16 units, is taken for a quote left open. */
const MAX_FIELD = 16 * 1024 * 1024;
/** A record longer than this, in UTF-16 units, is taken for a file without line ends. */
const MAX_RECORD = 64 * 1024 * 1024;
/** A field longer than this, in UTF-16 units, is not looked at again before half as much has come. */
const LONG_FIELD = 1024 * 1024;
const MAX_FIELDS = 1024 * 1024;
const QUOTE_MEND = 'close the quote, and double every quote inside a quoted field';

/**
 * Splits text into records by RFC 4180, with any delimiter and LF, CRLF or CR: text comes in pieces of any size,
 * rows of texts and nulls collect in `rows` with their lines in `lines`. An empty field is null, quoted or not; an empty line is not a record, except in a table of one column, where it is a null.
 */
export class CsvReader {
  readonly #file: string;
  readonly #delimiter: number;
  readonly #report: OnFault;
  #columns: readonly string[] | undefined;
  rows: Cell[][] = [];
  lines: number[] = [];
  /** Is the rest of the file not worth reading? */
  stopped = false;

  #rest = '';
  /** Text that has not been looked at. */
  #held = '';
  #record: Cell[] = [];
  #fields = 0;
  #line = 1;
  #recordLine = 1;
  #skipLineFeed = false;
  /** The first field of this record, from 1, with text after its closing quote; 0 if there is none. */
  #strayField = 0;
  /** Where in the file the text that is scanned starts, and the record, in UTF-16 units. */
  #textStart = 0;
  #recordStart = 0;
  readonly #layout: HeaderLayout;
  readonly #faults: CsvFaults;
  /** Of a dialect other than RFC 4180. */
  readonly #dialect: Dialect | undefined;
  readonly #syntax: Syntax | undefined;
  /** By column, the texts that stand for null. */
  #missing: readonly (readonly string[] | undefined)[] | undefined;
  /** Records that are still to come before the header. */
  #before: number;

  /** @param dialect beside the delimiter, if it is not RFC 4180; a slower path reads it. */
  constructor(
    file: string,
    delimiter: string,
    report: OnFault,
    dialect?: Dialect,
    layout: HeaderLayout = {},
  ) {
    this.#file = file;
    this.#layout = layout;
    this.#faults = new CsvFaults(file, report);
    this.#delimiter = delimiter.charCodeAt(0);
    this.#report = report;
    this.#dialect = dialect;
    this.#before = (dialect?.headerRow ?? 1) - 1;
    this.#syntax = dialect && syntaxOf(dialect, delimiter);
    if (dialect?.header === false && dialect.columns !== undefined) this.#header(dialect.columns, 1);
  }

  /** The header's names, once it has been read and is sound. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** The line of what is read next. */
  get line(): number {
    return this.#recordLine;
  }

  push(text: string): void {
    if (this.stopped) return;
    // A long field is read again from its start: not for every piece, so that the time grows with its length only.
    this.#held += text;
    if (this.#rest.length > LONG_FIELD && this.#held.length < this.#rest.length / 2) return;
    this.settle();
  }

  /** Reads all that has been pushed. */
  settle(): void {
    if (this.stopped) return;
    const text = this.#rest + this.#held;
    this.#held = '';
    this.#scan(text, false);
    if (this.stopped) return;
    if (this.#rest.length > MAX_FIELD) this.#tooLong('a field of this row', MAX_FIELD);
    else this.#refuseLong(this.#rest.length);
  }

  end(): void {
    this.settle();
    if (this.stopped) return;
    this.#scan(this.#rest, true);
    // After a delimiter at the very end there is one more field, an empty one.
    if (!this.stopped && this.#fields > 0) {
      this.#record[this.#fields++] = null;
      this.#endRecord(0);
    }
  }

  #scan(text: string, last: boolean): void {
    let at = 0;
    if (this.#skipLineFeed && text.length > 0) {
      this.#skipLineFeed = false;
      if (text.charCodeAt(0) === LF) at = 1;
    }
    if (this.#syntax === undefined) this.#scanPlain(text, at, last);
    else this.#scanDialect(text, at, last, this.#syntax);
    this.#textStart += text.length - this.#rest.length;
  }

  #scanPlain(text: string, from: number, last: boolean): void {
    const delimiter = this.#delimiter;
    const end = text.length;
    let at = from;
    while (at < end && !this.stopped) {
      const start = at;
      let code = text.charCodeAt(at);
      let close = -1;
      if (code === QUOTE) {
        close = closingQuote(text, at + 1, last);
        at = close === -1 ? end : close + 1;
        code = at < end ? text.charCodeAt(at) : 0;
      }
      while (at < end && code !== delimiter && code !== LF && code !== CR) code = text.charCodeAt(++at);
      if (at >= end && !last) {
        // The field may go on in the next piece of text; it is read again from its start then.
        this.#rest = text.slice(start);
        return;
      }
      const quoted = text.charCodeAt(start) === QUOTE;
      if (quoted && close === -1) {
        this.#unterminated();
        return;
      }
      if (!quoted) this.#record[this.#fields++] = at === start ? null : text.slice(start, at);
      else this.#quotedField(text.slice(start + 1, close), at > close + 1);
      if (code === delimiter && at < end) {
        at++;
        continue;
      }
      at = this.#afterLineEnd(text, at);
      this.#endRecord(at);
    }
    this.#rest = '';
  }

  #scanDialect(text: string, from: number, last: boolean, syntax: Syntax): void {
    const { comment } = this.#dialect ?? {};
    let at = from;
    while (at < text.length && !this.stopped) {
      if (comment !== undefined && this.#fields === 0) {
        const end = commentEnd(text, at, comment, last);
        if (end === text.length && !last) break;
        if (end !== undefined) {
          at = end < text.length ? this.#afterLineEnd(text, end) : end;
          this.#recordLine = this.#line;
          this.#recordStart = this.#textStart + at;
          continue;
        }
      }
      const field = fieldAt(text, at, last, syntax);
      if (field === 'more') break;
      if (field === 'open') {
        this.#unterminated();
        return;
      }
      this.#record[this.#fields++] = field.cell;
      if (field.stray) this.#strayField ||= this.#fields;
      this.#line += field.lines;
      at = field.end;
      if (at < text.length && text.charCodeAt(at) === syntax.delimiter) {
        at++;
        continue;
      }
      at = this.#afterLineEnd(text, at);
      this.#endRecord(at);
    }
    this.#rest = this.stopped ? '' : text.slice(at);
  }

  /** The index after the line end at `at`, LF, CRLF or CR; or after the text. */
  #afterLineEnd(text: string, at: number): number {
    this.#line++;
    if (text.charCodeAt(at) !== CR) return at + 1;
    if (at + 1 === text.length) this.#skipLineFeed = true;
    return text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
  }

  #quotedField(inner: string, stray: boolean): void {
    if (stray) this.#strayField ||= this.#fields + 1;
    this.#record[this.#fields++] = inner.includes('"') ? inner.replaceAll('""', '"') : inner;
    if (inner.includes('\n') || inner.includes('\r')) this.#line += lineEnds(inner);
  }

  /** @param end of the record in the text that is scanned. */
  #endRecord(end: number): void {
    if (this.#refuseLong(end)) return;
    this.#recordStart = this.#textStart + end;
    const line = this.#recordLine;
    const record = this.#record;
    const fields = this.#fields;
    const stray = this.#strayField;
    this.#recordLine = this.#line;
    this.#fields = 0;
    this.#strayField = 0;
    if (fields === 1 && record[0] === null && this.#columns?.length !== 1) return;
    const isEmpty = fields > 1 && record.slice(0, fields).every((cell) => cell === null);
    // Quotes around nothing hold nothing.
    for (let i = 0; i < fields; i++) if (record[i] === '') record[i] = null;
    if (this.#before > 0) {
      this.#before--;
      this.#record = [];
      return;
    }
    if (this.#columns === undefined && this.#dialect?.header === false) {
      this.#header(
        Array.from({ length: fields }, (_, i) => `c${i + 1}`),
        line,
      );
    }
    const width = this.#columns?.length ?? 0;
    this.#record = new Array(width);
    if (stray > 0) {
      this.#faults.stray(line, stray);
      if (this.#columns === undefined) this.stopped = true;
    } else if (this.#columns === undefined) {
      const names = record.slice(0, fields).map((cell) => (cell === null ? '' : String(cell)));
      this.#header(names, line);
    } else if (fields !== width && !this.#isTrailing(record, fields, width)) {
      this.#faults.ragged(line, fields, width);
    } else if (isEmpty) {
      this.#faults.empty(line);
    } else {
      record.length = width;
      if (this.#missing !== undefined) setMissing(record, this.#missing);
      this.rows.push(record);
      this.lines.push(line);
    }
  }

  /** Does the record end with a delimiter, as every line does? */
  #isTrailing(record: readonly Cell[], fields: number, width: number): boolean {
    return this.#layout.trailing === true && fields === width + 1 && record[width] === null;
  }

  #header(names: readonly string[], line: number): void {
    const columns = this.#faults.columnsOf(names, line, this.#layout);
    this.stopped = columns === undefined;
    if (columns === undefined) return;
    this.#columns = columns;
    const missing = this.#dialect?.missingValues;
    if (missing === undefined || Object.keys(missing).length === 0) return;
    this.#missing = columns.map((name) => (Object.hasOwn(missing, name) ? missing[name] : undefined));
  }

  #unterminated(): void {
    const message = 'a quote opened in this row is never closed; the file was not read beyond it';
    this.#stop('unterminated-quote', message, QUOTE_MEND);
  }

  #tooLong(what: string, most: number, unit = 'characters'): void {
    const message = `${what} is longer than ${most / 2 ** 20} Mi ${unit}; the file was not read beyond it`;
    this.#stop('too-long', message, 'look for a quote left open, or for a file that is not a table');
  }

  /** @param end of what is read of the record, in the text that is scanned. */
  #refuseLong(end: number): boolean {
    if (this.#fields > MAX_FIELDS) this.#tooLong('this row', MAX_FIELDS, 'fields');
    else if (this.#textStart + end - this.#recordStart > MAX_RECORD) this.#tooLong('this row', MAX_RECORD);
    else return false;
    return true;
  }

  #stop(kind: FaultKind, message: string, fix: string): void {
    this.#fault(kind, this.#recordLine, message, fix);
    this.stopped = true;
    this.#rest = '';
    this.#fields = 0;
  }

  #fault(kind: FaultKind, line: number, message: string, fix: string, column?: number): void {
    const place = column === undefined ? {} : { column };
    this.#report({ kind, file: this.#file, line, ...place, message, fix });
  }
}

/** Where the quoted text that starts at `from` ends, or -1 if the text does not tell yet. */
function closingQuote(text: string, from: number, last: boolean): number {
  let at = text.indexOf('"', from);
  while (at !== -1) {
    if (at + 1 === text.length) return last ? at : -1;
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
    at = text.indexOf('"', at + 2);
  }
  return -1;
}

/** The end of the comment that starts at `at`, without its line end; undefined if none starts there. */
function commentEnd(text: string, at: number, comment: string, last: boolean): number | undefined {
  if (!text.startsWith(comment, at)) {
    // The prefix may go on in the next piece of text.
    return !last && comment.startsWith(text.slice(at)) ? text.length : undefined;
  }
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === LF || code === CR) return i;
  }
  return text.length;
}

function setMissing(record: Cell[], missing: readonly (readonly string[] | undefined)[]): void {
  missing.forEach((texts, i) => {
    const cell = record[i];
    if (typeof cell === 'string' && texts?.includes(cell)) record[i] = null;
  });
}

/** LF, CRLF and CR each end one line. */
function lineEnds(text: string): number {
  let ends = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === LF || (code === CR && text.charCodeAt(i + 1) !== LF)) ends++;
  }
  return ends;
}
