import type { Source } from '../ports/ports.ts';
import { type TextOptions, utf8Of } from '../table/bytes.ts';
import type { Dialect } from '../table/dialect.ts';
import { emptyFault, type OnFault } from '../table/fault.ts';
import type { Block } from './block.ts';
import { formatOf, type Scanner, scanFile, scannerOf, separatorOf } from './scan-file.ts';

export interface BlockOptions {
  /** By default a tab for `.tsv`, else what the header line shows most of. */
  readonly delimiter?: string | undefined;
  /** How delimited files are written, if it is not RFC 4180. */
  readonly dialect?: Dialect | undefined;
  readonly text?: TextOptions | undefined;
  readonly onFault: OnFault;
  /** For JSON Lines: the columns whose numbers are spelled as JavaScript prints them; all if left out. */
  readonly canonical?: readonly string[] | undefined;
  /**
   * What it returns as `enough` ends the reading.
   *
   * @param columns the names of the block's fields.
   * @param separator the byte between them, if they are as in the file.
   */
  readonly onBlock: (block: Block, columns: readonly string[], separator: number | undefined) => unknown;
}

/** Reads a file of CSV or JSON Lines in blocks of rows; gives its columns, or undefined for a file without any. */
export async function readBlocks(
  source: Source,
  options: BlockOptions,
): Promise<readonly string[] | undefined> {
  const { canonical, text, delimiter, dialect } = options;
  let silent = true;
  const report: OnFault = (fault) => {
    silent = false;
    options.onFault(fault);
  };
  const format = formatOf(source.name, delimiter, dialect);
  const scanner = await scanFile(utf8Of(source, text), format, (syntax, line) => {
    const separator = separatorOf(syntax);
    let enough = false;
    const onBlock = (block: Block, columns: readonly string[]): void => {
      if (enough) return;
      if (block.rows > 0) silent = false;
      enough = options.onBlock(block, columns, separator) === 'enough';
      if (enough) made.stopped = true;
    };
    const made: Scanner = scannerOf(syntax, { file: source.name, report, canonical, line, onBlock });
    return made;
  });
  if (silent) report(emptyFault(source.name, scanner?.columns !== undefined));
  return scanner?.columns;
}
