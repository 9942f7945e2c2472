import { type Problem, UserError } from '../problem/problem.ts';

/** How a delimited file is written, as far as it is said; what is left out is RFC 4180. */
export interface Dialect {
  /** Found in the header if it is left out. */
  readonly delimiter?: string;
  /** One character, `"` by default; null if fields are never quoted. */
  readonly quote?: string | null;
  /** Does a quote twice, inside of quotes, stand for one? True by default. */
  readonly doubleQuote?: boolean;
  /** One character, after which any other stands for itself, inside and outside of quotes. */
  readonly escape?: string;
  /** What a line begins with that is not a record. */
  readonly comment?: string;
  /** LF, CRLF or CR; each of them ends a line, whichever is said. */
  readonly lineTerminator?: string;
  /** Are spaces before a field no part of it? */
  readonly skipInitialSpace?: boolean;
  /** False if the first record is data; columns are named `columns` then, or `c1`, `c2` and so on. */
  readonly header?: boolean;
  /** Which record is the header, from 1; those before it are passed over. */
  readonly headerRow?: number;
  readonly columns?: readonly string[];
  /** Such as `windows-1252`; UTF-8 by default. */
  readonly encoding?: string;
  /** Texts that stand for null, by column, quoted or not. */
  readonly missingValues?: Readonly<Record<string, readonly string[]>>;
}

/** @throws UserError with all that cannot be followed. */
export function verifyDialect(dialect: Dialect, where: string): void {
  const problems: Problem[] = [];
  const { delimiter, quote, escape: escaping, comment, lineTerminator } = dialect;
  const refuse = (what: string, fix: string): number => problems.push({ what, where, fix });
  if (delimiter === '') refuse('the delimiter is empty', 'give one character or more');
  if (/[\r\n]/.test(delimiter ?? '')) refuse('the delimiter is a line end', 'give another character');
  for (const [name, value] of Object.entries({ quote, escape: escaping })) {
    if (value === undefined || value === null) continue;
    if ([...value].length !== 1)
      refuse(`the ${name} ${JSON.stringify(value)} is not one character`, 'give one character');
    else if (/[\r\n]/.test(value)) refuse(`the ${name} is a line end`, 'give another character');
  }
  if (quote !== null && delimiter !== undefined && delimiter === (quote ?? '"')) {
    refuse('the delimiter and the quote are the same', 'give two characters, or no quote');
  }
  if (delimiter !== undefined && delimiter === escaping) {
    refuse('the delimiter and the escape character are the same', 'give two characters');
  }
  if (comment === '') refuse('the comment prefix is empty', 'leave it out if there are no comments');
  if (lineTerminator !== undefined && !['\n', '\r\n', '\r'].includes(lineTerminator)) {
    refuse(`lines that end with ${JSON.stringify(lineTerminator)} are not read`, 'end lines with LF or CRLF');
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** Are records told apart by RFC 4180, whatever the delimiter, and is the first of them the header? */
export function isPlain(dialect: Dialect): boolean {
  const { quote = '"', doubleQuote = true, escape: escaping, comment, ...rest } = dialect;
  const { skipInitialSpace = false, header = true, headerRow = 1 } = rest;
  const isQuoted = quote === '"' && doubleQuote && (escaping === undefined || escaping === quote);
  return isQuoted && comment === undefined && !skipInitialSpace && header && headerRow === 1;
}

/** What a field is read by, as UTF-16 codes; -1 is not a character. */
export interface Syntax {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly doubleQuote: boolean;
  readonly skipSpace: boolean;
}

export function syntaxOf(dialect: Dialect, delimiter: string): Syntax {
  const { quote = '"', escape: escaping, doubleQuote = true, skipInitialSpace = false } = dialect;
  const code = (character: string | null | undefined): number => character?.charCodeAt(0) ?? -1;
  const same = quote !== null && escaping === quote;
  return {
    delimiter: code(delimiter),
    quote: code(quote),
    escape: same ? -1 : code(escaping),
    doubleQuote: doubleQuote || same,
    skipSpace: skipInitialSpace && delimiter !== ' ',
  };
}

export interface Field {
  /** Null for an unquoted field without characters. */
  readonly cell: string | null;
  /** The index of the delimiter or line end after it, or the length of the text. */
  readonly end: number;
  /** Does text follow the closing quote? */
  readonly stray: boolean;
  /** How many lines end inside of it. */
  readonly lines: number;
}

const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;

/**
 * The field that starts at `at`; `more` if its end is not in the text yet, `open` if a quote is never closed.
 *
 * @param last does the text go on to the end of the file?
 */
export function fieldAt(text: string, at: number, last: boolean, syntax: Syntax): Field | 'more' | 'open' {
  const { delimiter, quote, escape: escaping, doubleQuote } = syntax;
  const size = text.length;
  let i = at;
  if (syntax.skipSpace) while (i < size && text.charCodeAt(i) === SPACE) i++;
  const quoted = i < size && text.charCodeAt(i) === quote;
  if (quoted) i++;
  let value = '';
  let from = i;
  let lines = 0;
  let escaped = false;
  let close = -1;
  for (; i < size; i++) {
    const code = text.charCodeAt(i);
    if (code === escaping) {
      // An escaped CR takes its LF along: both are one line end.
      const two = text.charCodeAt(i + 1) === CR;
      if (i + (two ? 2 : 1) >= size && !last) return 'more';
      if (i + 1 >= size) break;
      value += text.slice(from, i);
      from = i + 1;
      i += two && text.charCodeAt(i + 2) === LF ? 2 : 1;
      escaped = true;
      if (two || text.charCodeAt(i) === LF) lines++;
    } else if (quoted && code === quote) {
      if (doubleQuote && i + 1 >= size && !last) return 'more';
      if (!doubleQuote || text.charCodeAt(i + 1) !== quote) {
        close = i;
        break;
      }
      value += text.slice(from, ++i);
      from = i + 1;
    } else if (quoted) {
      if (code === CR && i + 1 >= size && !last) return 'more';
      if (code === LF || (code === CR && text.charCodeAt(i + 1) !== LF)) lines++;
    } else if (code === delimiter || code === LF || code === CR) break;
  }
  if (!quoted) {
    if (i >= size && !last) return 'more';
    value += text.slice(from, i);
    return { cell: value === '' && !escaped ? null : value, end: i, stray: false, lines };
  }
  if (close === -1) return last ? 'open' : 'more';
  value += text.slice(from, close);
  for (i++; i < size; i++) {
    const code = text.charCodeAt(i);
    if (code === delimiter || code === LF || code === CR) break;
  }
  if (i >= size && !last) return 'more';
  return { cell: value, end: i, stray: i > close + 1, lines };
}
