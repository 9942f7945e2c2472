import type { Cell } from './batch.ts';
import type { FaultKind, OnFault } from './fault.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
/** A field longer than this, in UTF-16 units, is taken for a quote left open. */
const MAX_FIELD = 16 * 1024 * 1024;
const QUOTE_MEND = 'close the quote, and double every quote inside a quoted field';
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The one of `,` `;` tab `|` that is most frequent outside quotes in the header line; `,` where none is there. */
export function detectDelimiter(headerLine: string): string {
  const bare = headerLine.replaceAll(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? ',' : (DELIMITERS[counts.indexOf(most)] ?? ',');
}

/**
 * Splits text into records by RFC 4180, with any delimiter and LF, CRLF or CR: text comes in pieces of any size,
 * rows of texts and nulls collect in `rows` with their lines in `lines`. An unquoted empty field is null, `""` is
 * the empty text; an empty line is no record, except in a table of one column, where it is a null.
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
  #record: Cell[] = [];
  #fields = 0;
  #line = 1;
  #recordLine = 1;
  #skipLineFeed = false;
  /** The first field of this record, from 1, with text after its closing quote; 0 where there is none. */
  #strayField = 0;

  constructor(file: string, delimiter: string, report: OnFault) {
    this.#file = file;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#report = report;
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
    this.#scan(this.#rest === '' ? text : this.#rest + text, false);
    if (this.#rest.length > MAX_FIELD) this.#tooLong();
  }

  end(): void {
    if (this.stopped) return;
    this.#scan(this.#rest, true);
    // After a delimiter at the very end there is one more field, an empty one.
    if (!this.stopped && this.#fields > 0) {
      this.#record[this.#fields++] = null;
      this.#endRecord();
    }
  }

  #scan(text: string, last: boolean): void {
    const delimiter = this.#delimiter;
    const end = text.length;
    let at = 0;
    if (this.#skipLineFeed && end > 0) {
      this.#skipLineFeed = false;
      if (text.charCodeAt(0) === LF) at = 1;
    }
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
      if (code === CR && ++at < end && text.charCodeAt(at) !== LF) at--;
      else if (code === CR && at === end) this.#skipLineFeed = true;
      at++;
      this.#line++;
      this.#endRecord();
    }
    this.#rest = '';
  }

  #quotedField(inner: string, stray: boolean): void {
    if (stray) this.#strayField ||= this.#fields + 1;
    this.#record[this.#fields++] = inner.includes('"') ? inner.replaceAll('""', '"') : inner;
    if (inner.includes('\n') || inner.includes('\r')) this.#line += lineEnds(inner);
  }

  #endRecord(): void {
    const line = this.#recordLine;
    const record = this.#record;
    const fields = this.#fields;
    const stray = this.#strayField;
    this.#recordLine = this.#line;
    this.#fields = 0;
    this.#strayField = 0;
    const width = this.#columns?.length ?? 0;
    if (fields === 1 && record[0] === null && width !== 1) return;
    this.#record = new Array(width);
    if (stray > 0) {
      this.#fault('stray-quote', line, 'text follows the closing quote of a field', QUOTE_MEND, stray);
      if (this.#columns === undefined) this.stopped = true;
    } else if (this.#columns === undefined) {
      this.#header(record, line);
    } else if (fields !== width) {
      const message = `the row has ${count(fields, 'field')} where the header has ${width}`;
      this.#fault(
        'ragged-row',
        line,
        message,
        'write one field for each column, and quote fields that hold the delimiter',
      );
    } else {
      this.rows.push(record);
      this.lines.push(line);
    }
  }

  #header(record: readonly Cell[], line: number): void {
    const names = record.map((cell) => (cell === null ? '' : String(cell)));
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
    if (!this.stopped) this.#columns = names;
  }

  #unterminated(): void {
    const message = 'a quote opened in this row is never closed; the file was not read beyond it';
    this.#stop('unterminated-quote', message, QUOTE_MEND);
  }

  #tooLong(): void {
    const message = `a field of this row is longer than ${MAX_FIELD / 2 ** 20} Mi characters; the file was not read beyond it`;
    this.#stop('too-long', message, 'look for a quote left open, or for a file that is not a table');
  }

  #stop(kind: FaultKind, message: string, mend: string): void {
    this.#fault(kind, this.#recordLine, message, mend);
    this.stopped = true;
    this.#rest = '';
    this.#fields = 0;
  }

  #fault(kind: FaultKind, line: number, message: string, mend: string, column?: number): void {
    const place = column === undefined ? {} : { column };
    this.#report({ kind, file: this.#file, line, ...place, message, mend });
  }
}

/** Where the quoted text that starts at `from` ends, or -1 where the text does not tell yet. */
function closingQuote(text: string, from: number, last: boolean): number {
  let at = text.indexOf('"', from);
  while (at !== -1) {
    if (at + 1 === text.length) return last ? at : -1;
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
    at = text.indexOf('"', at + 2);
  }
  return -1;
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

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
