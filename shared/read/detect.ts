import { isUtf8 } from 'node:buffer';
import type { ByteSource } from '../ports/ports.ts';
import { headOf, type TextOptions } from './bytes.ts';
import type { Dialect } from './dialect.ts';
import { fieldsOf, type LayoutDoubt } from './layout.ts';
import { type NumberForm, numberForms } from './local-numbers.ts';
import { isMissing } from './missing-text.ts';
import { detectDelimiter, type Opening, openingOf, quoteOf, recordsOf } from './opening.ts';

/** What the start of a delimited file shows of how it is written, if that is not RFC 4180 in UTF-8. */
export interface DetectedForm {
  readonly dialect: Pick<Dialect, 'encoding' | 'quote' | 'decimal' | 'thousands'>;
  /** How the files are read for it: what each scan finds by itself, too. */
  readonly signs: readonly Sign[];
  /** Why numbers are not read as such; open: they are surely numbers. */
  readonly doubt?: NumbersDoubt;
}

export interface Sign {
  /** Such as `in windows-1252`. */
  readonly text: string;
  /** The input that says so, if the beginning of a file does not tell it for sure. */
  readonly input?: string;
}

export interface NumbersDoubt extends LayoutDoubt {
  readonly open: boolean;
}

/** Bytes that are looked at. */
const HEAD = 256 * 1024;
/** Lines that are looked at for their quotes, and records for their numbers. */
const LINES = 50;
const RECORDS = 1000;

/**
 * Detects how a delimited text file is written: `sep=` and comment lines before the header (`#`), fields in single quotes
 * or between spaces, a first column without a name, delimiters at the end of lines, decimal commas and separated
 * thousands, and Windows-1252, of which Latin-1 is all but the control characters.
 *
 * @param said what is known already.
 * @throws UserError if the file cannot be opened as text.
 */
export async function detectFile(
  source: ByteSource,
  options: TextOptions = {},
  said: Dialect = {},
): Promise<DetectedForm> {
  const head = Buffer.from(await headOf(source, options, HEAD));
  // The ASCII characters that matter are the same in every encoding that is not told by a byte order mark.
  const text = head.toString('latin1');
  const encoding = options.encoding === undefined && isWindows1252(head) ? 'windows-1252' : undefined;
  const opening = openingOf(head, said, true);
  const rest = text.slice(opening?.skipped ?? 0);
  const lines = rest.split(/\r\n|\n|\r/).filter((line) => line !== '');
  // Of a longer file the last line is cut.
  const whole = head.length < HEAD ? lines : lines.slice(0, -1);
  const quote = said.quote === undefined && hasSingleQuotes(whole.slice(0, LINES)) ? "'" : undefined;
  const asked = quote === undefined ? said : { ...said, quote };
  const numbers =
    opening === undefined
      ? {}
      : numbersIn(head.toString('utf8', opening.skipped), opening, asked, head.length === HEAD);
  return {
    dialect: {
      ...(encoding === undefined ? {} : { encoding }),
      ...(quote === undefined ? {} : { quote }),
      ...numbers.form,
    },
    signs: [
      ...(encoding === undefined ? [] : [{ text: `in ${encoding}`, input: `encoding: ${encoding}` }]),
      ...(opening === undefined ? [] : openingSigns(opening, asked)),
      ...(quote === undefined ? [] : [{ text: 'with fields in single quotes' }]),
      ...(numbers.form === undefined ? [] : [numbersSign(numbers.form)]),
    ],
    ...(numbers.doubt === undefined ? {} : { doubt: numbers.doubt }),
  };
}

function openingSigns({ comments, said, delimiter, layout }: Opening, asked: Dialect): Sign[] {
  const lines = comments === 1 ? 'the comment line' : `the ${comments} comment lines`;
  const isUnnamed = layout.index !== undefined && asked.indexColumn === undefined;
  const hasSpaces = delimiter === ' ' && asked.delimiter === undefined && !said;
  return [
    ...(said ? [{ text: 'by the delimiter that their first line tells' }] : []),
    ...(comments === 0 ? [] : [{ text: `without ${lines} before the header` }]),
    ...(hasSpaces ? [{ text: 'with spaces between fields', input: 'delimiter: space' }] : []),
    ...(isUnnamed ? [{ text: 'with the name index for the first column, which has none' }] : []),
    ...(layout.trailing === true ? [{ text: 'without the delimiter at the end of each line' }] : []),
  ];
}

function numbersSign({ decimal, thousands }: NumberForm): Sign {
  const between = { '.': 'points', ',': 'commas', ' ': 'spaces', "'": 'apostrophes' };
  const parts = [
    ...(decimal === ',' ? ['decimal commas'] : []),
    ...(thousands === undefined ? [] : [`${between[thousands]} between thousands`]),
  ];
  const said = [
    ...(decimal === ',' ? ['decimal: ","'] : []),
    ...(thousands === undefined
      ? []
      : [`thousands: ${thousands === ' ' ? 'space' : JSON.stringify(thousands)}`]),
  ];
  return { text: `with ${parts.join(' and ')}`, input: said.join(' and ') };
}

interface FoundNumbers {
  readonly form?: NumberForm;
  readonly doubt?: NumbersDoubt;
}

/** How the numbers of the first records are written, if not as usual. */
function numbersIn(text: string, { delimiter }: Opening, said: Dialect, cut: boolean): FoundNumbers {
  if (said.decimal !== undefined || said.thousands !== undefined) return {};
  const quote = quoteOf(said);
  const all = [...recordsOf(text, quote, RECORDS)];
  const records = cut && all.length < RECORDS ? all.slice(0, -1) : all;
  const header = said.header === false ? 0 : (said.headerRow ?? 1);
  const rows = records.slice(header).map((record) => fieldsOf(record, delimiter, quote));
  const columns = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, (_value, i) =>
    rows.map((row) => row[i]?.trim() ?? '').filter((field) => field !== '' && !isMissing(field)),
  );
  const forms = numberForms(columns);
  if (forms === undefined) return { doubt: MIXED };
  const [first] = forms;
  if (first === undefined || (first.decimal === '.' && first.thousands === undefined)) return {};
  const isOther = (form: NumberForm): boolean =>
    form.decimal === first.thousands || form.thousands === first.decimal;
  return forms.some(isOther) ? { doubt: OPEN } : { form: first };
}

const MIXED: NumbersDoubt = {
  open: false,
  message: 'some columns look like numbers with decimal commas, and others have decimal points',
  fix: 'set decimal to the character before decimals, or write all numbers alike',
};
const OPEN: NumbersDoubt = {
  open: true,
  message:
    'numbers such as 1,234 or 1.234.567 can be read in two ways: the character stands before decimals, or between thousands',
  fix: 'set decimal to the character before decimals',
};

/** Is every field of the header in single quotes, or one with the delimiter in it, and no double quote about? */
function hasSingleQuotes(lines: readonly string[]): boolean {
  const [header, ...rows] = lines;
  if (header === undefined || rows.length === 0 || lines.some((line) => line.includes('"'))) return false;
  const delimiter = detectDelimiter(header, "'");
  const quoted = (field: string) => /^'[^']*'$/.test(field);
  if (header.split(delimiter).every(quoted)) return true;
  const width = header.split(delimiter).length;
  const holds = (line: string) =>
    line.split(delimiter).length > width &&
    line.replaceAll(/(^|[,;\t|])'[^']*'(?=[,;\t|]|$)/g, '$1x').split(delimiter).length === width;
  return rows.some(holds);
}

/** Bytes that are letters of Windows-1252 beyond ASCII, and those that it does not have. */
const isLetter = (byte: number) => byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7;
const UNDEFINED = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
/** Fewer than this are damage rather than an encoding. */
const LETTERS = 3;

/** Are the bytes no UTF-8, without a single character that is, and letters beside letters? */
function isWindows1252(head: Uint8Array): boolean {
  // A character may be cut at the end.
  const bytes = head.subarray(0, Math.max(0, head.lastIndexOf(0x0a) + 1) || head.length);
  if (isUtf8(bytes)) return false;
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || UNDEFINED.includes(byte)) return false;
    if (byte < 0x80) continue;
    const beside = isAsciiLetter(bytes[i - 1]) || isAsciiLetter(bytes[i + 1]);
    if (isLetter(byte) && beside) letters++;
    else if (isLetter(byte) && isLetter(bytes[i - 1] ?? 0)) letters++;
  }
  const decoded = new TextDecoder('utf-8').decode(bytes);
  const valid = [...decoded].some((character) => character > '\u007f' && character !== '\ufffd');
  return letters >= LETTERS && !valid;
}

function isAsciiLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122));
}
