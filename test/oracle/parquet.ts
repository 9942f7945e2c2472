import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import type { ByteSource } from '../../shared/ports/ports.ts';
import type { Batch, Cell } from '../../shared/read/batch.ts';
import { isWanted } from '../../shared/read/names.ts';
import { damaged, openParquet, type ParquetFile } from '../../shared/read/parquet-file.ts';
import { type TopColumn, topColumns } from '../../shared/read/parquet-schema.ts';
import { floatCell } from '../../shared/read/parquet-values.ts';
import { LeafReader } from './parquet-leaf.ts';

export interface ParquetOptions {
  /** The only columns to be read, by name; a struct's name stands for all its members. All by default. */
  readonly columns?: readonly string[] | undefined;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
}

/**
 * Reads a Parquet file row group by row group, at least one batch, if without rows. Members of structs are columns
 * named by their path; lists, maps and variants are JSON texts. Dates and times are ISO 8601 texts, NaN is null,
 * and infinities are the texts `Infinity` and `-Infinity`.
 *
 * Memory holds the compressed bytes of one row group's wanted columns and one page of each.
 *
 * @throws UserError naming the file, and the row group and column if one is damaged or cannot be read.
 */
export async function* readParquet(source: ByteSource, options: ParquetOptions): AsyncGenerator<Batch> {
  const parquet = await openParquet(source);
  const { name: file, columns: all, groups } = parquet;
  const wanted = new Set(all.filter((name) => isWanted(name, options.columns)));
  const tops = topColumns(parquet.root, wanted);
  const columns = tops.flatMap((top) => top.columns.map(({ name }) => name));
  const unread = all.filter((name) => !wanted.has(name));
  const common = { file, columns, typed: true, ...(unread.length > 0 ? { unread } : {}) };
  let before = 0;
  for (const [rowGroup, group] of groups.entries()) {
    const count = Number(group.num_rows);
    if (count === 0) continue;
    const readers: TopReader[] = [];
    for (const top of tops) readers.push(await openTop(parquet, rowGroup, top));
    for (let from = 0; from < count; from += options.batchRows) {
      const size = Math.min(options.batchRows, count - from);
      const cells = readers.flatMap((reader) => reader(size));
      const rows = transposed(cells, size);
      const lines = Array.from(rows, (_, row) => before + from + row + 1);
      yield { ...common, rows, lines };
    }
    before += count;
  }
  if (before === 0) yield { ...common, rows: [], lines: [] };
}

function transposed(columns: readonly (readonly Cell[])[], count: number): Cell[][] {
  const rows: Cell[][] = [];
  for (let row = 0; row < count; row++) {
    const cells = new Array<Cell>(columns.length);
    for (let i = 0; i < columns.length; i++) cells[i] = columns[i]?.[row] ?? null;
    rows.push(cells);
  }
  return rows;
}

/** Gives the next rows of the columns below one of the schema's top, column by column. @throws UserError */
export type TopReader = (count: number) => Cell[][];

/** Reads the chunks of a column of the schema's top. @throws UserError if they are damaged. */
export async function openTop(file: ParquetFile, rowGroup: number, top: TopColumn): Promise<TopReader> {
  const chunks = await Promise.all(top.leaves.map((path) => file.chunk(rowGroup, path)));
  const readers = chunks.map(({ bytes, meta, path }) => {
    try {
      return new LeafReader(bytes, meta, path);
    } catch (error) {
      throw damaged(file.name, rowGroup, meta.path_in_schema, error);
    }
  });
  return (count) => takeTop(file.name, rowGroup, top, readers, count);
}

function takeTop(
  file: string,
  rowGroup: number,
  { tree, columns, leaves }: TopColumn,
  readers: readonly LeafReader[],
  count: number,
): Cell[][] {
  const values = new Map<string, ReturnType<LeafReader['take']>>();
  leaves.forEach((path, index) => {
    try {
      values.set(path.join('.'), readers[index]?.take(count) ?? []);
    } catch (error) {
      throw damaged(file, rowGroup, path, error);
    }
  });
  try {
    // Takes the leaves out and puts the assembled column in.
    if (tree.children.length > 0) assembleNested(values, tree, DEFAULT_PARSERS);
    const assembled = values.get(tree.path.join('.')) ?? [];
    return columns.map(({ path }) => cellsOf(assembled, path));
  } catch (error) {
    throw damaged(file, rowGroup, tree.path, error);
  }
}

function cellsOf(values: ArrayLike<unknown>, path: readonly string[]): Cell[] {
  const cells = new Array<Cell>(values.length);
  for (let i = 0; i < values.length; i++) cells[i] = cellAt(values[i], path);
  return cells;
}

function cellAt(value: unknown, path: readonly string[]): Cell {
  let found = value;
  for (let i = 1; i < path.length && found !== null && found !== undefined; i++) {
    found = (found as Record<string, unknown>)[path[i] ?? ''];
  }
  if (found === undefined || found === null) return null;
  if (typeof found === 'number') return floatCell(found);
  if (typeof found === 'string' || typeof found === 'boolean') return found;
  return JSON.stringify(found, jsonValue);
}

/** What JSON has no number for is a text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatCell(value);
  return value === undefined ? null : value;
}
