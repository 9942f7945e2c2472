import { grouped } from '../problem/numbers.ts';
import type { Dialect } from './dialect.ts';

/** What the first records of delimited text show that a header and rows of RFC 4180 do not have. */
export interface RecordLayout {
  /**
   * The first column has no name. `empty`: its name in the header is empty, as pandas and R write an index; `absent`: the
   * header has one name less than the rows have fields, as `write.table` of R does, and the rows are numbered, or it is
   * said so.
   */
  readonly index?: 'empty' | 'absent';
  /** Every line ends with a delimiter, after which nothing comes. */
  readonly trailing?: true;
  /** Why the first record is not taken for the header. */
  readonly doubt?: LayoutDoubt;
}

export interface LayoutDoubt {
  readonly message: string;
  readonly fix: string;
}

/** Records that may stand above the header. */
const MOST_TITLES = 15;

/**
 * Looks at the first records, the header among them.
 *
 * @param records the fields of each, with the line that it starts on.
 * @param isNamed is it said what the first column is called, which has no name?
 */
export function layoutOf(records: readonly FieldsOfLine[], isNamed: boolean): RecordLayout {
  const [header, ...rows] = records;
  if (header === undefined) return {};
  const titles = titlesAbove(records);
  if (titles > 0) return { doubt: titleDoubt(header.line, titles, records[titles]) };
  const names = header.fields;
  if (isNumbers(names, rows)) return { doubt: headerDoubt(header.line, names.length) };
  const width = rows[0]?.fields.length ?? names.length;
  const same = rows.every(({ fields }) => fields.length === width);
  const ends = rows.length > 0 && same && rows.every(({ fields }) => fields.at(-1) === '');
  const isLonger = same && width === names.length + 1;
  const own = names.length > 1 && names.at(-1) === '' ? names.slice(0, -1) : names;
  const trailing = ends && own.length < names.length;
  const empty = own.length > 1 && own[0] === '' && own.slice(1).every((name) => name !== '');
  const isIndex = isNamed || areNumbered(rows);
  const absent = isLonger && !ends && isIndex && names.every((name) => name !== '');
  return {
    ...(trailing ? { trailing } : {}),
    ...(empty ? { index: 'empty' as const } : absent ? { index: 'absent' as const } : {}),
  };
}

/** Do the rows begin with 0, 1, 2 and so on, or 1, 2, 3? */
export function areNumbered(rows: readonly FieldsOfLine[]): boolean {
  const first = rows[0]?.fields[0];
  const from = first === '0' || first === '1' ? Number(first) : undefined;
  return (
    rows.length > 1 && from !== undefined && rows.every(({ fields }, i) => fields[0] === String(from + i))
  );
}

export interface FieldsOfLine {
  readonly line: number;
  readonly fields: readonly string[];
}

const isFilled = (field: string): boolean => field.trim() !== '';
export const isNumberField = (field: string): boolean => isFilled(field) && Number.isFinite(Number(field));

/** How many records come before names that all rows below have fields for, each with less in it than names. */
function titlesAbove(records: readonly FieldsOfLine[]): number {
  const widths = records.map(({ fields }) => fields.length);
  for (let at = 1; at <= MOST_TITLES && at < records.length - 1; at++) {
    const width = widths[at] ?? 0;
    const names = records[at]?.fields ?? [];
    const isHeader = width > 1 && names.every((name) => isFilled(name) && !isNumberField(name));
    if (!isHeader || widths.slice(at).some((other) => other !== width)) continue;
    const isTitle = ({ fields }: FieldsOfLine): boolean =>
      fields.length <= width && fields.filter(isFilled).length <= width / 2;
    // Rows of texts alone look like names.
    const rows = records.slice(at + 1);
    const hasNumbers = names.some((_name, i) => rows.every(({ fields }) => isNumberField(fields[i] ?? '')));
    return hasNumbers && rows.length > 1 && records.slice(0, at).every(isTitle) ? at : 0;
  }
  return 0;
}

/** Is the first record one of numbers, as the rows are? Names may be numbers that rise, such as years. */
function isNumbers(names: readonly string[], rows: readonly FieldsOfLine[]): boolean {
  const numbers = names.filter(isNumberField).map(Number);
  const rises = numbers.every((value, i) => i === 0 || value > (numbers[i - 1] ?? value));
  if (numbers.length * 2 < names.length || numbers.length === 0) return false;
  if (rises && (numbers.length > 1 || Number.isInteger(numbers[0]))) return false;
  const alike = ({ fields }: FieldsOfLine): boolean =>
    fields.length === names.length &&
    fields.every((field, i) => !isFilled(field) || isNumberField(field) === isNumberField(names[i] ?? ''));
  return rows.length > 0 && rows.every(alike);
}

function titleDoubt(line: number, titles: number, header: FieldsOfLine | undefined): LayoutDoubt {
  const above = titles === 1 ? `line ${line} is a title` : `the first ${titles} lines are titles`;
  return {
    message: `${above}, and no header: line ${header?.line} has ${grouped(header?.fields.length ?? 0)} names, and the rows below it as many fields`,
    fix: `set header-row: ${titles + 1}, or delete what stands above the header`,
  };
}

function headerDoubt(line: number, width: number): LayoutDoubt {
  const fields = width === 1 ? 'its field is a number' : 'its fields are like those of the rows';
  return {
    message: `line ${line} looks like data, and not like a header: ${fields}`,
    fix: 'write a header; or set header-row: none if there is none, or header-row: 1 if these are the names',
  };
}

/** What separates fields now and then, beside the usual characters and single spaces. */
const RARE = [':', '^', '~', '\u0001', '\u001f'];

/**
 * Why records that have no usual delimiter are surely not of one column: by another character, or by spaces that align
 * them, they are names above rows of as many fields.
 */
export function oneColumnDoubt(records: readonly { readonly text: string }[]): LayoutDoubt | undefined {
  const isTable = (split: (text: string) => readonly string[]): boolean => {
    const [names = [], ...rows] = records.map(({ text }) => split(text));
    const areNames = names.length > 1 && names.every((name) => isFilled(name) && !isNumberField(name));
    return (
      areNames &&
      rows.length > 0 &&
      rows.every((row) => row.length === names.length) &&
      names.some((_name, i) => rows.every((row) => isNumberField(row[i] ?? '')))
    );
  };
  const other = RARE.find((one) => isTable((text) => text.split(one)));
  const message =
    'the header would be one name, but its fields and those of the rows seem to be separated by ';
  const only = 'only if the file has a single column, set header-row: 1';
  if (other !== undefined)
    return {
      message: message + JSON.stringify(other),
      fix: `set delimiter: ${JSON.stringify(other)}; ${only}`,
    };
  if (!isTable((text) => text.trim().split(/ +/))) return undefined;
  return {
    message: `${message}several spaces`,
    fix: `write one delimiter between fields, such as a comma; ${only}`,
  };
}

/** The fields of a record, without their quotes. */
export function fieldsOf(record: string, delimiter: string, quote: Dialect['quote']): readonly string[] {
  if (quote === null || quote === undefined || !record.includes(quote)) return record.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  while (at <= record.length) {
    let field = '';
    if (record[at] === quote) {
      let close = record.indexOf(quote, at + 1);
      while (close !== -1 && record[close + 1] === quote) close = record.indexOf(quote, close + 2);
      const end = close === -1 ? record.length : close;
      field = record.slice(at + 1, end);
      at = end;
    }
    const next = record.indexOf(delimiter, at);
    if (field === '') field = record[at] === quote ? '' : record.slice(at, next === -1 ? undefined : next);
    fields.push(field);
    if (next === -1) return fields;
    at = next + delimiter.length;
  }
  return fields;
}
