import type { Dialect } from '../../shared/read/dialect.ts';

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
