import { type Problem, UserError } from '../problem/problem.ts';

/** What may stand between the thousands of a number; a space also for those that do not break a line. */
export const THOUSANDS = ['.', ',', ' ', "'"] as const;
export type Thousands = (typeof THOUSANDS)[number];

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
  /** The name of the first column if the header leaves it out; `index` by default. */
  readonly indexColumn?: string;
  /** What stands before the decimals of numbers, `.` by default, and between thousands, nothing by default. */
  readonly decimal?: ',' | '.';
  readonly thousands?: Thousands;
  /** Such as `windows-1252`; UTF-8 by default. */
  readonly encoding?: string;
  /** Texts that stand for null, by column, quoted or not. */
  readonly missingValues?: Readonly<Record<string, readonly string[]>>;
  /** Those of all other columns. */
  readonly missingElsewhere?: readonly string[];
}

/** What stands for null beside the empty field. */
export type NamedMissing = Pick<Dialect, 'missingValues' | 'missingElsewhere'>;

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
export function isPlainDialect(dialect: Dialect): boolean {
  const { quote = '"', doubleQuote = true, escape: escaping, comment, ...rest } = dialect;
  const { skipInitialSpace = false, header = true, headerRow = 1 } = rest;
  const isQuoted = quote === '"' && doubleQuote && (escaping === undefined || escaping === quote);
  return isQuoted && comment === undefined && !skipInitialSpace && header && headerRow === 1;
}
