import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import type { Cell } from './batch.ts';
import { damaged, type ParquetFile } from './parquet-file.ts';
import { LeafReader } from './parquet-leaf.ts';
import type { TopColumn } from './parquet-schema.ts';
import { floatCell } from './parquet-values.ts';

/** Gives the next rows of the columns below one of the schema's top, column by column. @throws UserError */
export type TopReader = (count: number) => Cell[][];

/** Reads the chunks of a column of the schema's top. @throws UserError if they are damaged. */
export async function openTop(file: ParquetFile, rowGroup: number, top: TopColumn): Promise<TopReader> {
  const chunks = await Promise.all(top.leaves.map((path) => file.chunk(rowGroup, path)));
  const readers = chunks.map((chunk) => {
    try {
      return new LeafReader(chunk);
    } catch (error) {
      throw damaged(file.name, rowGroup, chunk.meta.path_in_schema, error);
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
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return floatCell(value);
  return value === undefined ? null : value;
}
