import type { ByteSource } from '../ports/ports.ts';
import type { Block } from './block.ts';
import type { DecompressionLimits } from './decompress.ts';
import type { JsonKind } from './json-kinds.ts';
import { BlockWriter } from './parquet-block-writer.ts';
import { type ColumnPage, ColumnReader } from './parquet-column.ts';
import { damaged, openParquet, type ParquetFile } from './parquet-file.ts';
import { isLeaf, tableColumns, topColumns } from './parquet-schema.ts';
import { openTop, type TopReader } from './parquet-top.ts';
import type { TypedValues } from './parquet-typed.ts';

/** Rows of a block, at most. */
const ROWS = 2000;
/** Bytes of a block, about, if its values come from dictionaries. */
const BLOCK = 4 * 1024 * 1024;
/** Bytes that are read at a time, if columns are short. */
export const AHEAD = 4 * 1024 * 1024;

/** The rows of a file in blocks, each of which is overwritten by the next one. */
export interface ParquetBlocks {
  /** The names of all columns of the file. */
  readonly all: readonly string[];
  /** The names of those that are read. */
  readonly columns: readonly string[];
  readonly blocks: AsyncIterable<Block>;
}

/** @param isWanted is the column to be read? @throws UserError as `openParquet`, and while blocks are read. */
export async function parquetBlocks(
  source: ByteSource,
  isWanted: (name: string) => boolean = () => true,
  limits?: DecompressionLimits,
): Promise<ParquetBlocks> {
  const file = await openParquet(source, { ahead: AHEAD, limits, isWanted });
  const columns = file.columns.filter(isWanted);
  return { all: file.columns, columns, blocks: fileBlocks(file, columns) };
}

async function* fileBlocks(file: ParquetFile, columns: readonly string[]): AsyncGenerator<Block> {
  let before = 0;
  for (const [rowGroup, { num_rows }] of file.groups.entries()) {
    const rows = Number(num_rows);
    if (rows > 0) yield* groupBlocks(file, rowGroup, columns, before, rows);
    before += rows;
  }
}

/**
 * Some columns of one row group in blocks of rows, each value as its text.
 *
 * @param names of columns that the file has.
 * @param before rows of the file before the row group.
 * @throws UserError if a column is damaged or cannot be read.
 */
export async function* groupBlocks(
  file: ParquetFile,
  rowGroup: number,
  names: readonly string[],
  before: number,
  count: number,
): AsyncGenerator<Block> {
  const paths = new Map(tableColumns(file.root).map(({ name, path }) => [name, path]));
  const cursors: Cursor[] = [];
  for (const name of names) {
    const path = paths.get(name) ?? [];
    const isPlain = isLeaf(file.root, path);
    const [top] = isPlain ? [] : topColumns(file.root, new Set([name]));
    if (isPlain) cursors.push(await PageCursor.open(file, rowGroup, path));
    else if (top !== undefined) cursors.push(new CellCursor(await openTop(file, rowGroup, top)));
  }
  const most = rowsOf(cursors);
  const writer = new BlockWriter(names.length, Math.min(most, count));
  for (let from = 0; from < count; from += most) {
    const rows = Math.min(most, count - from);
    writer.clear();
    for (const [field, cursor] of cursors.entries()) cursor.write(writer, field, rows);
    const { bytes, starts, ends, types, width } = writer;
    const lines = Int32Array.from({ length: rows }, (_value, row) => before + from + row + 1);
    yield { bytes, width, rows, starts, ends, lines, types };
  }
}

/** Rows of a block, so that long texts of a dictionary do not fill the memory. */
function rowsOf(cursors: readonly Cursor[]): number {
  const longest = cursors.reduce((sum, cursor) => sum + cursor.longest, 1);
  return Math.max(1, Math.min(ROWS, Math.floor(BLOCK / longest)));
}

/** Writes the next rows of one column. */
interface Cursor {
  /** Bytes of its longest value that many rows may share. */
  readonly longest: number;
  write(to: BlockWriter, field: number, rows: number): void;
}

class CellCursor implements Cursor {
  readonly longest = 0;
  readonly #read: TopReader;

  constructor(read: TopReader) {
    this.#read = read;
  }

  write(to: BlockWriter, field: number, rows: number): void {
    const [cells = []] = this.#read(rows);
    for (let row = 0; row < rows; row++) to.putCell(row * to.width + field, cells[row] ?? null);
  }
}

/** Texts of values, between places. */
interface Texts extends Pick<TypedValues, 'bytes' | 'starts' | 'ends'> {
  /** What each is; texts if it is left out. */
  readonly types?: Uint8Array;
}

const NO_TEXTS: Texts = { bytes: Buffer.alloc(0), starts: new Int32Array(0), ends: new Int32Array(0) };

type Codes = Uint8Array | Uint16Array | Int32Array;

/** A page whose values other columns' pages do not take the room of. */
interface Held extends Pick<ColumnPage, 'rows' | 'present'> {
  readonly values: TypedValues | undefined;
  readonly codes: Codes | undefined;
}

class PageCursor implements Cursor {
  readonly #reader: ColumnReader;
  readonly #fail: (error: unknown) => Error;
  #page: Held | undefined;
  #dictionary: TypedValues | undefined;
  /** Of the dictionary. */
  #texts: Texts | undefined;
  #row = 0;
  #index = 0;

  private constructor(reader: ColumnReader, fail: (error: unknown) => Error) {
    this.#reader = reader;
    this.#fail = fail;
  }

  static async open(file: ParquetFile, rowGroup: number, path: readonly string[]): Promise<PageCursor> {
    const fail = (error: unknown): Error => damaged(file.name, rowGroup, path, error);
    const chunk = await file.chunk(rowGroup, path);
    try {
      const cursor = new PageCursor(new ColumnReader(chunk), fail);
      cursor.#next();
      return cursor;
    } catch (error) {
      throw fail(error);
    }
  }

  get longest(): number {
    const { starts, ends } = this.#texts ?? NO_TEXTS;
    let longest = 0;
    for (let i = 0; i < starts.length; i++) longest = Math.max(longest, ends[i]! - starts[i]!);
    return longest;
  }

  write(to: BlockWriter, field: number, rows: number): void {
    try {
      for (let row = 0; row < rows; ) {
        let page = this.#page;
        while (page === undefined || this.#row === page.rows) page = this.#next();
        const taken = Math.min(rows - row, page.rows - this.#row);
        this.#take(page, to, row * to.width + field, taken);
        row += taken;
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Writes the next `count` rows of a page, the first of them at `first`. */
  #take({ values, codes, present }: Held, to: BlockWriter, first: number, count: number): void {
    const { width } = to;
    const own: Texts | undefined = values?.kind === 'text' ? values : undefined;
    const texts = codes === undefined ? own : this.#texts;
    let row = this.#row;
    let index = this.#index;
    const end = row + count;
    for (let at = first; row < end; row++, at += width) {
      if (present !== undefined && present[row] === 0) continue;
      if (texts !== undefined) {
        const of = codes === undefined ? index : codes[index]!;
        const type = texts.types?.[of] as JsonKind | undefined;
        to.put(at, texts.bytes, texts.starts[of]!, texts.ends[of]!, type);
      } else if (values !== undefined) to.putValue(at, values, index);
      index++;
    }
    this.#row = row;
    this.#index = index;
  }

  #next(): Held {
    const page = this.#reader.next();
    if (page === undefined) throw new Error('it ends before its last row');
    const { rows, present, codes } = page;
    const values = page.values && { ...page.values, numbers: page.values.numbers.slice() };
    this.#row = 0;
    this.#index = 0;
    if (codes !== undefined && this.#dictionary !== this.#reader.dictionary) {
      this.#dictionary = this.#reader.dictionary;
      this.#texts = this.#dictionary && textsOf(this.#dictionary);
    }
    this.#page = { rows, present, codes: codes && narrowed(codes, this.#dictionary?.count ?? 0), values };
    return this.#page;
  }
}

/** A copy with as few bytes as codes of a dictionary of that size need: pages may have a million. */
function narrowed(codes: Int32Array, size: number): Codes {
  if (size <= 2 ** 8) return new Uint8Array(codes);
  return size <= 2 ** 16 ? new Uint16Array(codes) : codes.slice();
}

function textsOf(values: TypedValues): Texts {
  if (values.kind === 'text') return values;
  const writer = new BlockWriter(1, values.count);
  for (let i = 0; i < values.count; i++) writer.putValue(i, values, i);
  return writer;
}
