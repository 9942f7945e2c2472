import type { Source } from '../ports/ports.ts';
import type { TextOptions } from '../table/bytes.ts';
import type { Dialect } from '../table/dialect.ts';
import { type Batch, readTables } from '../table/table.ts';
import type { Block } from './block.ts';
import { readBlocks } from './blocks.ts';
import { isParquet } from './names.ts';
import { isScannable } from './scannable.ts';
import type { Again } from './second-pass.ts';

export interface ReadOptions {
  readonly delimiter?: string | undefined;
  readonly dialect?: Dialect | undefined;
  readonly text?: TextOptions | undefined;
}

/** Reads the rows of tables as blocks, without counting them; faults are passed over. */
export function readerOf(sources: readonly Source[], options: ReadOptions): Again {
  const names = sources.map(({ name }) => name);
  return isScannable(names, undefined)
    ? (onBlock) => readBytes(sources, options, onBlock)
    : (onBlock) => readRows(sources, options, onBlock);
}

async function readBytes(
  sources: readonly Source[],
  { delimiter, dialect, text }: ReadOptions,
  onBlock: Parameters<Again>[0],
): Promise<void> {
  let before = 0;
  let enough = false;
  for (const [fileIndex, source] of sources.entries()) {
    const file = source.name;
    if (isParquet(file)) {
      const { parquetBlocks } = await import('./parquet-blocks.ts');
      for await (const { block, columns } of parquetBlocks(source)) {
        if (onBlock({ block, columns, file, fileIndex, before, separator: undefined }) === 'enough') return;
        before += block.rows;
      }
      continue;
    }
    await readBlocks(source, {
      ...{ delimiter, dialect, text, onFault: () => {} },
      onBlock: (block, columns, separator) => {
        const answer = onBlock({ block, columns, file, fileIndex, before, separator });
        before += block.rows;
        enough = answer === 'enough';
        return answer;
      },
    });
    if (enough) return;
  }
}

/** What the scanner of bytes does not read, by way of rows. */
async function readRows(
  sources: readonly Source[],
  { delimiter, text }: ReadOptions,
  onBlock: Parameters<Again>[0],
): Promise<void> {
  const files = sources.map(({ name }) => name);
  const blocks = new BatchBlocks();
  const options = { ...text, ...(delimiter === undefined ? {} : { delimiter }), onFault: () => {} };
  let before = 0;
  for await (const batch of readTables(sources, options)) {
    const { file, columns, rows } = batch;
    const place = { file, fileIndex: files.indexOf(file), before, separator: undefined };
    if (onBlock({ ...place, block: blocks.of(batch), columns }) === 'enough') return;
    before += rows.length;
  }
}

/** Rows as places in a buffer, which is used again for the next ones. */
class BatchBlocks {
  #bytes = Buffer.allocUnsafe(64 * 1024);

  of({ columns, rows, lines }: Batch): Block {
    const width = columns.length;
    const [starts, ends] = [
      new Int32Array(rows.length * width).fill(-1),
      new Int32Array(rows.length * width),
    ];
    let at = 0;
    rows.forEach((row, index) => {
      for (let field = 0; field < width; field++) {
        const cell = row[field] ?? null;
        if (cell === null) continue;
        const text = typeof cell === 'string' ? cell : String(cell);
        if (at + 3 * text.length > this.#bytes.length)
          this.#bytes = Buffer.concat([this.#bytes], 2 * (at + 3 * text.length));
        starts[index * width + field] = at;
        at += this.#bytes.write(text, at);
        ends[index * width + field] = at;
      }
    });
    return { bytes: this.#bytes, width, rows: rows.length, starts, ends, lines: Int32Array.from(lines) };
  }
}
