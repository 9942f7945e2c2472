import type { Block } from './block.ts';
import { InvalidUtf8 } from './bytes.ts';
import { CsvBytes } from './csv-bytes.ts';
import { type Dialect, isPlainDialect, type NamedMissing, verifyDialect } from './dialect.ts';
import { DialectBytes } from './dialect-bytes.ts';
import type { OnFault } from './fault.ts';
import { JsonBytes } from './json-bytes.ts';
import type { RecordLayout } from './layout.ts';
import { LocalNumbers } from './local-numbers.ts';
import { MissingValues } from './missing-values.ts';
import { isJson } from './names.ts';
import { openingOf } from './opening.ts';

/** What reads the bytes of one file: delimited text or JSON Lines. */
export type Scanner = Pick<
  CsvBytes | DialectBytes | JsonBytes,
  'push' | 'end' | 'invalid' | 'stopped' | 'columns' | 'line' | 'pending'
>;

/** How a text file is written, as far as that is known before it is read: JSON Lines, or delimited text. */
export type Format = 'json' | Dialect;
/** How it is written once its beginning has been seen. */
export type Syntax = 'json' | (Dialect & { readonly delimiter: string; readonly layout: RecordLayout });

/** How a file is written, by its name and by what is said. @throws UserError with all that cannot be followed. */
export function textFormatOf(name: string, delimiter?: string, dialect: Dialect = {}): Format {
  if (isJson(name)) return 'json';
  const given = delimiter ?? dialect.delimiter ?? (/\.tsv(\.gz|\.zst)?$/i.test(name) ? '\t' : undefined);
  const asked = given === undefined ? dialect : { ...dialect, delimiter: given };
  verifyDialect(asked, name);
  return asked;
}

/** The byte between the fields of a row, if they stand in the file as they are; undefined otherwise. */
export function separatorOf(syntax: Syntax): number | undefined {
  if (syntax === 'json' || MissingValues.of(syntax) !== undefined) return undefined;
  if (LocalNumbers.of(syntax) !== undefined || syntax.layout.trailing === true) return undefined;
  return isPlainDialect(syntax) && isByte(syntax.delimiter) ? syntax.delimiter.charCodeAt(0) : undefined;
}

function isByte(delimiter: string): boolean {
  return delimiter.length === 1 && delimiter <= '\u007f';
}

export interface ScannerOptions {
  readonly file: string;
  readonly report: OnFault;
  readonly onBlock: (block: Block, columns: readonly string[]) => void;
  /** Is told the names so far, before a block with new ones; of delimited text once, when the header is sound. */
  readonly onColumns?: ((columns: readonly string[]) => void) | undefined;
  /** For JSON Lines: the columns whose numbers are spelled as JavaScript prints them; all if left out. */
  readonly canonical?: readonly string[] | undefined;
  /** For a part of delimited text that is not its first: its columns. */
  readonly columns?: readonly string[] | undefined;
  /** The line that the bytes start on; 1 by default. */
  readonly line?: number | undefined;
  /** For JSON Lines: what stands for null in them. */
  readonly missing?: NamedMissing | undefined;
}

/** Makes the fastest scanner that reads the syntax. */
export function scannerOf(syntax: Syntax, options: ScannerOptions): Scanner {
  const { file, report, onColumns, canonical, columns, line } = options;
  const missing = MissingValues.of((syntax === 'json' ? options.missing : syntax) ?? {});
  if (syntax === 'json') {
    const onBlock: ScannerOptions['onBlock'] = (block, names) =>
      options.onBlock(missing?.cleared(block, names) ?? block, names);
    return new JsonBytes({ file, report, canonical, onColumns, onBlock });
  }
  const numbers = LocalNumbers.of(syntax);
  let names: readonly string[] = columns ?? [];
  const onHeader = (found: readonly string[]): void => {
    names = found;
    onColumns?.(found);
  };
  const onBlock = (block: Block): void => {
    const cleared = missing?.cleared(block, names) ?? block;
    options.onBlock(numbers?.rewritten(cleared) ?? cleared, names);
  };
  const { layout, indexColumn } = syntax;
  const header = { ...layout, indexColumn };
  const common = { file, report, onHeader, onBlock, line, header };
  if (!isPlainDialect(syntax) || !isByte(syntax.delimiter))
    return new DialectBytes({ ...common, dialect: syntax });
  return new CsvBytes({ ...common, delimiter: syntax.delimiter.charCodeAt(0), columns });
}

/**
 * Gives a file's bytes to a scanner, which is made once its syntax is known, a piece at a time; yields it after each, and
 * at the end. There is none for an empty file.
 *
 * @param make gets the line on which the bytes that the scanner is given start.
 */
export async function* scans(
  chunks: AsyncIterable<Uint8Array>,
  format: Format,
  make: (syntax: Syntax, line: number) => Scanner,
): AsyncGenerator<Scanner> {
  let scanner: Scanner | undefined;
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      if (scanner === undefined) {
        head = Buffer.concat([head, chunk]);
        scanner = begun(head, format, make, false);
      } else scanner.push(chunk);
      if (scanner !== undefined) yield scanner;
      if (scanner?.stopped === true) break;
    }
    if (scanner === undefined && head.length > 0) scanner = begun(head, format, make, true);
    scanner?.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    scanner ??= begun(head, format, make, true);
    if (scanner?.stopped === false) scanner.invalid(error.cut, error.encoding);
  }
  if (scanner !== undefined) yield scanner;
}

/** A scanner that has read the head; undefined if that is too short to tell the syntax. */
function begun(
  head: Buffer,
  format: Format,
  make: (syntax: Syntax, line: number) => Scanner,
  last: boolean,
): Scanner | undefined {
  const opening =
    format === 'json' ? { lines: 0, skipped: 0, delimiter: '', layout: {} } : openingOf(head, format, last);
  if (opening === undefined) return undefined;
  const { lines, skipped, delimiter, layout } = opening;
  const scanner = make(format === 'json' ? format : { ...format, delimiter, layout }, 1 + lines);
  scanner.push(head.subarray(skipped));
  return scanner;
}
