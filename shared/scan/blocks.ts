import type { Source } from '../ports/ports.ts';
import { type TextOptions, utf8Of } from '../table/bytes.ts';
import { emptyFault, type OnFault } from '../table/fault.ts';
import type { Block } from './block.ts';
import { CsvBytes } from './csv-bytes.ts';
import { JsonBytes } from './json-bytes.ts';
import { isJson } from './names.ts';
import { type Format, type Scanner, scanFile } from './scan-file.ts';

export interface BlockOptions {
  /** One byte in UTF-8; by default a tab for `.tsv`, else what the header line shows most of. */
  readonly delimiter?: string | undefined;
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

/** How a file's rows are told apart, by its name. */
export function formatOf(name: string, delimiter?: string): Format {
  const given = delimiter ?? (/\.tsv(\.gz|\.zst)?$/i.test(name) ? '\t' : undefined);
  return isJson(name) ? 'json' : given?.charCodeAt(0);
}

/** Reads a file of CSV or JSON Lines in blocks of rows; gives its columns, or undefined for a file without any. */
export async function readBlocks(
  source: Source,
  options: BlockOptions,
): Promise<readonly string[] | undefined> {
  const { canonical, text } = options;
  let silent = true;
  const report: OnFault = (fault) => {
    silent = false;
    options.onFault(fault);
  };
  const common = { file: source.name, report };
  const scanner = await scanFile(utf8Of(source, text), formatOf(source.name, options.delimiter), (format) => {
    const separator = format === 'json' ? undefined : format;
    let enough = false;
    const onBlock = (block: Block): void => {
      if (enough) return;
      if (block.rows > 0) silent = false;
      enough = options.onBlock(block, made.columns ?? [], separator) === 'enough';
      if (enough) made.stopped = true;
    };
    const made: Scanner =
      format === 'json'
        ? new JsonBytes({ ...common, canonical, onBlock })
        : new CsvBytes({ ...common, delimiter: format, onBlock });
    return made;
  });
  if (silent) report(emptyFault(source.name, scanner?.columns !== undefined));
  return scanner?.columns;
}
