import type { Dialect } from './dialect.ts';
import {
  areNumbered,
  fieldsOf,
  isNumberField,
  layoutOf,
  oneColumnDoubt,
  type RecordLayout,
} from './layout.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** The longest header that is looked at, in bytes. */
const MAX_HEADER = 4 * 1024 * 1024;
/** Bytes that tell comments before the header from a header that begins as one. */
const COMMENTS = 64 * 1024;
const COMMENT = '#';
/** Bytes, and records in them, that show how the records are laid out. */
const LAYOUT = 64 * 1024;
const SOME = 20;

/** What the beginning of delimited text tells of how it is written. */
export interface Opening {
  readonly delimiter: string;
  /** Of records from the header on; nothing if the dialect says where that is. */
  readonly layout: RecordLayout;
  /** Bytes before the header: `sep=`, comments and empty lines; none if the dialect says where records start. */
  readonly skipped: number;
  /** Lines of them. */
  readonly lines: number;
  /** How many of them are comments. */
  readonly comments: number;
  /** Does the first line tell the delimiter, as `sep=;` does? */
  readonly said: boolean;
}

/**
 * Finds the delimiter, if it is not given, and comments before the header; undefined if the bytes are too few to tell.
 *
 * @param last do the bytes go on to the end of the text?
 */
export function openingOf(bytes: Buffer, dialect: Dialect, last: boolean): Opening | undefined {
  // What matters is ASCII.
  const text = bytes.toString('latin1', 0, MAX_HEADER);
  const all = last || bytes.length >= MAX_HEADER;
  const { headerRow, comment } = dialect;
  const silent = comment === undefined && dialect.header !== false && headerRow === undefined;
  const line = silent ? SEPARATOR.exec(text) : null;
  if (line !== null) {
    // A line end may be cut.
    if (!all && line[0].length === text.length) return undefined;
    const given = { delimiter: line[1] ?? ',', ...dialect };
    const rest = recordsFrom(text.slice(line[0].length), given, all);
    const [skipped, lines] = [line[0].length, lineEnds(line[0], line[0].length)];
    return rest && { ...rest, said: true, skipped: rest.skipped + skipped, lines: rest.lines + lines };
  }
  return recordsFrom(text, dialect, all, silent);
}

/** The line by which spreadsheet programs tell the delimiter. */
const SEPARATOR = /^[\r\n]*"?sep=([^\w\s"]|\t| )"?(?:\r\n|\n|\r)/i;

/** @param silent does nothing say where the header is? */
function recordsFrom(text: string, dialect: Dialect, all: boolean, silent = true): Opening | undefined {
  const quote = quoteOf(dialect);
  const { delimiter: given, comment, headerRow = 1 } = dialect;
  const before = silent ? commentsOf(text, quote, given, all) : NONE;
  if (before === undefined) return undefined;
  const plain = { ...before, layout: {}, said: false };
  if (!silent && given !== undefined) return { delimiter: given, ...plain };
  const rest = text.slice(before.skipped);
  const records = silent || headerRow > 1 ? firstRecords(rest, quote, all) : [];
  if (records === undefined) return undefined;
  if (headerRow > 1) {
    // What stands before the header does not show the delimiter.
    const own = records.filter((record) => comment === undefined || !record.text.startsWith(comment));
    return { delimiter: detectDelimiter(own[headerRow - 1]?.text ?? '', quote), ...plain };
  }
  const header =
    records[0]?.text ?? headerOf(rest, quote, comment) ?? (all ? firstLine(rest, comment) : undefined);
  if (header === undefined) return given === undefined ? undefined : { delimiter: given, ...plain };
  const delimiter = given ?? detectDelimiter(header, quote);
  const [first] = records;
  if (first === undefined) return { delimiter, ...plain };
  const found = given ?? spacesOf(records, quote) ?? delimiter;
  const numbered = records.map((record) => ({ ...record, line: record.line + before.lines }));
  const doubt = given === undefined && found !== ' ' && !hasDelimiter(records) && oneColumnDoubt(records);
  if (doubt) return { ...plain, delimiter: found, layout: { doubt } };
  return { ...plain, delimiter: found, layout: layoutBy(found, numbered, dialect) };
}

/** The layout by a delimiter; by that of the last record, if it shows that the header is not the first one. */
function layoutBy(delimiter: string, records: readonly TextOfLine[], dialect: Dialect): RecordLayout {
  const quote = quoteOf(dialect);
  const isNamed = dialect.indexColumn !== undefined;
  const by = (one: string): RecordLayout =>
    layoutOf(
      records.map(({ line, text }) => ({ line, fields: fieldsOf(text, one, quote) })),
      isNamed,
    );
  const other = detectDelimiter(records.at(-1)?.text ?? '', quote);
  const otherwise = other === delimiter ? {} : by(other);
  return otherwise.doubt === undefined ? by(delimiter) : otherwise;
}

interface TextOfLine {
  readonly line: number;
  readonly text: string;
}

/** Complete records at the beginning of a text, with their lines from 1; undefined if there are more, not yet known. */
function firstRecords(text: string, quote: string | null, all: boolean): readonly TextOfLine[] | undefined {
  const window = text.slice(0, LAYOUT);
  const isWhole = all && text.length <= LAYOUT;
  const found: TextOfLine[] = [];
  for (let at = 0; at < window.length && found.length < SOME; ) {
    const end = recordEnd(window, at, quote);
    if (end === window.length && !isWhole) break;
    if (end > at) found.push({ line: 1 + lineEnds(window, at), text: window.slice(at, end) });
    at = end + 1;
  }
  return found.length < SOME && !all && text.length < LAYOUT ? undefined : found;
}

function hasDelimiter(records: readonly TextOfLine[]): boolean {
  return records.some(({ text }) => DELIMITERS.some((one) => text.includes(one)));
}

/**
 * A space, if the records have names between single ones, and as many fields of which some are numbers; or one field more
 * than names, if `write.table` of R numbered or named the rows.
 */
function spacesOf(records: readonly TextOfLine[], quote: string | null): string | undefined {
  if (hasDelimiter(records)) return undefined;
  const all = records.map(({ line, text }) => ({ line, fields: fieldsOf(text, ' ', quote) }));
  const [names = [], ...rows] = [all[0]?.fields, ...all.slice(1).map(({ fields }) => fields)];
  if (names.length < 2 || rows.length === 0 || names.some((name) => name === '' || isNumberField(name)))
    return undefined;
  const isNamed = quote !== null && records.every(({ text }) => text.startsWith(quote));
  const index = rows[0]?.length === names.length + 1 && (isNamed || areNumbered(all.slice(1))) ? 1 : 0;
  if (rows.some((row) => row.length !== names.length + index)) return undefined;
  return names.some((_, i) => rows.every((row) => isNumberField(row[i + index] ?? ''))) ? ' ' : undefined;
}

const NONE = { skipped: 0, lines: 0, comments: 0 };

type Before = typeof NONE;

/** The quote as headers are searched for it: one beyond ASCII is not looked at. */
export function quoteOf({ quote = '"' }: Dialect): string | null {
  return quote !== null && quote <= '\u007f' ? quote : null;
}

/** Comments before the header; undefined if the text is too short to tell. */
function commentsOf(
  text: string,
  quote: string | null,
  delimiter: string | undefined,
  all: boolean,
): Before | undefined {
  const first = /[^\r\n]/.exec(text)?.index;
  if (first === undefined) return all ? NONE : undefined;
  if (text[first] !== COMMENT) return NONE;
  if (!all && text.length < COMMENTS) return undefined;
  const lines = [...linesOf(text)];
  const next = lines.findIndex((line) => !line.text.startsWith(COMMENT));
  if (next === -1) return all ? NONE : undefined;
  const marked = lines.slice(0, next).map((line) => line.text);
  const header = headerAmong(marked, [...recordsOf(text.slice(lines[next]?.start), quote)], quote, delimiter);
  const at = lines[header]?.start ?? 0;
  return { skipped: at, lines: lineEnds(text, at), comments: header };
}

/**
 * Which of the lines that begin with `#` is the header; their number if the first record after them is it. A line of as
 * many fields as that record is a header, as `#id,name` is, unless it is a sentence above names.
 */
function headerAmong(
  marked: readonly string[],
  [record = '', ...rows]: readonly string[],
  quote: string | null,
  given: string | undefined,
): number {
  const delimiter = given ?? detectDelimiter(record, quote);
  const fields = (line: string): readonly string[] => unquoted(line, quote).split(delimiter);
  const width = fields(record).length;
  const other = marked.findLastIndex((line) => fields(line).length !== width);
  const header = marked[other + 1];
  if (header === undefined) return marked.length;
  const hasNumber = (line: string): boolean => fields(line).some(isNumberField);
  const isNames = !hasNumber(record) && (width === 1 || rows.some(hasNumber));
  return /^#+\s/.test(header) && isNames ? marked.length : other + 1;
}

/** Lines that are not empty, with their places. */
function* linesOf(text: string): Generator<{ readonly start: number; readonly text: string }> {
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    yield { start: line.index, text: line[0] };
    // Nothing but comments is looked at.
    if (!line[0].startsWith(COMMENT)) return;
  }
}

/** The first records of a text; the last one may be cut. */
export function* recordsOf(text: string, quote: string | null, most = SOME): Generator<string> {
  for (let at = 0, seen = 0; at < text.length && seen < most; seen++) {
    const end = recordEnd(text, at, quote);
    if (end > at) yield text.slice(at, end);
    at = end + 1;
  }
}

/** Line ends of the first `end` characters: LF, CRLF or CR. */
function lineEnds(text: string, end: number): number {
  return text.slice(0, end).match(/\r\n|\n|\r/g)?.length ?? 0;
}

/**
 * The first record that is not a comment, whose quoted names may hold line ends; undefined if its end is not in the
 * text. Quotes open where a field may start by any of the delimiters.
 */
function headerOf(text: string, quote: string | null, comment: string | undefined): string | undefined {
  const prefix = comment === undefined ? undefined : Buffer.from(comment).toString('latin1');
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    if (prefix !== undefined && line[0].startsWith(prefix)) continue;
    const end = recordEnd(text, line.index, quote);
    return end < text.length ? text.slice(line.index, end) : undefined;
  }
  return undefined;
}

/** Where the record that starts at `start` ends, or the length of the text. */
function recordEnd(text: string, start: number, quote: string | null): number {
  let opens = true;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? '';
    if (opens && character === quote) {
      // A doubled quote closes and opens again.
      const close = text.indexOf(quote, at + 1);
      if (close === -1) return text.length;
      at = close;
      opens = text[close + 1] === quote;
    } else if (character === '\n' || character === '\r') return at;
    else opens = DELIMITERS.some((delimiter) => delimiter === character);
  }
  return text.length;
}

/** The first line of a text that is not a comment, if the first record has no end. */
function firstLine(text: string, comment: string | undefined): string {
  return text.split(/[\r\n]/).find((line) => line !== '' && !(comment && line.startsWith(comment))) ?? '';
}

/** The one of `,` `;` tab `|` that is most frequent outside quotes in the header; `,` if none is there. */
export function detectDelimiter(header: string, quote: string | null = '"'): string {
  const bare = unquoted(header, quote);
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? ',' : (DELIMITERS[counts.indexOf(most)] ?? ',');
}

function unquoted(line: string, quote: string | null): string {
  if (quote === null) return line;
  if (quote === '"') return line.replaceAll(/"(?:[^"]|"")*"/g, '');
  // Every second part is inside of quotes; a doubled quote leaves an empty part.
  return line
    .split(quote)
    .filter((_, i) => i % 2 === 0)
    .join('');
}
