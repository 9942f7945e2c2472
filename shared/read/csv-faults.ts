import { grouped } from '../problem/numbers.ts';
import { MAX_COLUMNS } from './block.ts';
import type { Fault, FaultKind, OnFault } from './fault.ts';
import type { RecordLayout } from './layout.ts';

export const QUOTE_FIX = 'close the quote, and double every quote inside a quoted field';
/** A field longer than this, in UTF-16 units, is taken for a quote left open. */
export const MAX_FIELD = 16 * 1024 * 1024;
/** A row longer than this, in UTF-16 units, is not held. */
export const MAX_ROW = 64 * 1024 * 1024;
export const MAX_FIELDS = 1024 * 1024;

/** How the header is laid out, and what a first column without a name is called. */
export interface HeaderLayout extends RecordLayout {
  readonly indexColumn?: string | undefined;
}

/** Tells the faults of one file of delimited text. */
export class CsvFaults {
  readonly #file: string;
  readonly #report: OnFault;

  constructor(file: string, report: OnFault) {
    this.#file = file;
    this.#report = report;
  }

  fault(kind: FaultKind, line: number, message: string, fix: string, column?: number): void {
    const place = column === undefined ? {} : { column };
    const fault: Fault = { kind, file: this.#file, line, ...place, message, fix };
    this.#report(fault);
  }

  /** @param field the first of the row, from 1, that text follows. */
  stray(line: number, field: number): void {
    this.fault('stray-quote', line, 'text follows the closing quote of a field', QUOTE_FIX, field);
  }

  unterminated(line: number): void {
    const message = 'a quote opened in this row is never closed; the file was not read beyond it';
    this.fault('unterminated-quote', line, message, QUOTE_FIX);
  }

  ragged(line: number, fields: number, width: number): void {
    const message = `the row has ${grouped(fields)} ${fields === 1 ? 'field' : 'fields'} but the header has ${width}`;
    const named =
      fields === width + 1 ? '; or set index-column, if the header leaves out the first name' : '';
    const fix = `write one field for each column, and quote fields that hold the delimiter${named}`;
    this.fault('ragged-row', line, message, fix);
  }

  tooLong(line: number, what: string, most: number, unit = 'characters'): void {
    const message = `${what} is longer than ${most / 2 ** 20} Mi ${unit}; the file was not read beyond it`;
    this.fault('too-long', line, message, 'look for a quote left open, or for a file that is not a table');
  }

  /** The columns by the names of a header; undefined, and told, if these are not sound. */
  columnsOf(names: readonly string[], line: number, layout: HeaderLayout): readonly string[] | undefined {
    const { doubt, trailing = false } = layout;
    if (doubt !== undefined) {
      this.fault('no-header', line, doubt.message, doubt.fix);
      return undefined;
    }
    const named = trailing && names.length > 1 && names.at(-1) === '' ? names.slice(0, -1) : names;
    const columns = withIndex(named, layout);
    return this.#isHeader(columns, line) ? columns : undefined;
  }

  /** The row holds nothing but delimiters. */
  empty(line: number): void {
    const fix = 'delete such rows; spreadsheets leave them below a table';
    this.fault('empty-row', line, 'the row holds nothing but delimiters, and is left out', fix);
  }

  #isHeader(names: readonly string[], line: number): boolean {
    if (names.length > MAX_COLUMNS) {
      const message = `the header has more than ${MAX_COLUMNS / 2 ** 10} Ki columns; the file was not read beyond it`;
      const fix = 'look for a file without line ends, or write some of the columns as rows';
      this.fault('too-long', line, message, fix);
      return false;
    }
    let sound = true;
    const seen = new Set<string>();
    names.forEach((name, i) => {
      if (name.trim() === '') {
        const fix =
          i === 0 ? 'name every column; or set index-column to the name of this one' : 'name every column';
        this.fault('empty-header', line, `column ${i + 1} has no name`, fix, i + 1);
        sound = false;
      } else if (seen.has(name)) {
        const message = `two columns are named ${JSON.stringify(name)}`;
        this.fault('duplicate-header', line, message, 'give each column a name of its own', i + 1);
        sound = false;
      }
      seen.add(name);
    });
    return sound;
  }
}

/** With a name for a first column that has none. */
function withIndex(names: readonly string[], { index, indexColumn }: HeaderLayout): readonly string[] {
  const absent = index === 'absent';
  if (!absent && (names[0] !== '' || (index === undefined && indexColumn === undefined))) return names;
  const others = absent ? names : names.slice(1);
  let own = indexColumn ?? 'index';
  if (indexColumn === undefined) while (others.includes(own)) own += '_';
  return [own, ...others];
}
