import type { ByteSource } from '../ports/ports.ts';
import type { Block } from './block.ts';
import { type TextOptions, utf8Of } from './bytes.ts';
import type { Dialect } from './dialect.ts';
import { emptyFault, type OnFault, watched } from './fault.ts';
import { isParquet, isWanted, refuseName } from './names.ts';
import { type Partition, PartitionColumns } from './partitions.ts';
import { type Scanner, scannerOf, scans, separatorOf, textFormatOf } from './read-file.ts';

export interface BlockOptions {
  /** By default a tab for `.tsv`, else what the header line shows most of. */
  readonly delimiter?: string | undefined;
  /** How delimited files are written, if it is not RFC 4180. */
  readonly dialect?: Dialect | undefined;
  readonly text?: TextOptions | undefined;
  /** What the file's folders say of each row. */
  readonly partition?: Partition | undefined;
  /** The only columns that are needed: Parquet reads no others. A struct's name stands for its members. */
  readonly wanted?: readonly string[] | undefined;
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

/** Reads a file in blocks of rows; gives its columns, or undefined for a file without any. @throws UserError */
export async function readBlocks(
  source: ByteSource,
  options: BlockOptions,
): Promise<readonly string[] | undefined> {
  let columns: readonly string[] | undefined;
  for await (const known of blocksOf(source, options)) columns = known;
  return columns;
}

/** As `readBlocks`, a piece of the file at a time: yields the columns that are known after each. */
export async function* blocksOf(
  source: ByteSource,
  options: BlockOptions,
): AsyncGenerator<readonly string[] | undefined> {
  refuseName(source.name);
  const added = options.partition && new PartitionColumns(options.partition);
  const blocks = isParquet(source.name) ? parquetPieces : textPieces;
  if (added === undefined) {
    yield* blocks(source, options);
    return;
  }
  const { onBlock } = options;
  const widened: BlockOptions = {
    ...options,
    onBlock: (block, columns) => onBlock(added.widened(block, columns), added.names(columns), undefined),
  };
  for await (const columns of blocks(source, widened)) yield columns && added.names(columns);
}

async function* textPieces(
  source: ByteSource,
  options: BlockOptions,
): AsyncGenerator<readonly string[] | undefined> {
  const { canonical, text, delimiter, dialect } = options;
  let hasRows = false;
  const faults = watched(options.onFault);
  const { report } = faults;
  const format = textFormatOf(source.name, delimiter, dialect);
  const scanners = scans(utf8Of(source, text), format, (syntax, line) => {
    const separator = separatorOf(syntax);
    let enough = false;
    const onBlock = (block: Block, columns: readonly string[]): void => {
      if (enough) return;
      if (block.rows > 0) hasRows = true;
      enough = options.onBlock(block, columns, separator) === 'enough';
      if (enough) made.stopped = true;
    };
    const made: Scanner = scannerOf(syntax, {
      ...{ file: source.name, report, canonical, line, onBlock },
      missing: dialect,
    });
    return made;
  });
  let columns: readonly string[] | undefined;
  for await (const scanner of scanners) {
    columns = scanner.columns;
    yield columns;
  }
  if (!hasRows && !faults.explained) report(emptyFault(source.name, columns !== undefined));
}

async function* parquetPieces(
  source: ByteSource,
  { wanted, text, onBlock, onFault }: BlockOptions,
): AsyncGenerator<readonly string[] | undefined> {
  const { parquetBlocks } = await import('./parquet-blocks.ts');
  const { all, columns, blocks } = await parquetBlocks(
    source,
    (name) => isWanted(name, wanted),
    text?.limits,
  );
  yield all;
  let rows = 0;
  for await (const block of blocks) {
    rows += block.rows;
    if (onBlock(block, columns, undefined) === 'enough') return;
    yield all;
  }
  if (rows > 0) return;
  const message = 'the file has columns and no rows';
  const fix = 'write the rows, or leave the file out';
  onFault({ kind: 'no-rows', file: source.name, line: 1, message, fix });
}
