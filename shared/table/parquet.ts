import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import type { Source } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import type { Batch, Cell } from './batch.ts';
import { LeafReader } from './parquet-leaf.ts';
import { type TopColumn, tableColumns, topColumns } from './parquet-schema.ts';
import { refusePointer } from './pointer.ts';

const AGAIN = 'write or transfer the file again';

export interface ParquetOptions {
  /** The only columns to be read, by name; a struct's name stands for all its members. All by default. */
  readonly columns?: readonly string[] | undefined;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
}

/** Bytes that can be read at any place. */
interface RandomAccess {
  readonly size: number;
  slice(start: number, end: number): Promise<ArrayBuffer>;
}

/**
 * Reads a Parquet file row group by row group, at least one batch, if without rows. Members of structs are columns
 * named by their path; lists, maps and variants are JSON texts. Dates and times are ISO 8601 texts, NaN and infinities
 * the texts `NaN`, `Infinity` and `-Infinity`.
 *
 * Memory holds the compressed bytes of one row group's wanted columns and one page of each.
 *
 * @throws UserError naming the file, and the row group and column where one is damaged or cannot be read.
 */
export async function* readParquet(source: Source, options: ParquetOptions): AsyncGenerator<Batch> {
  const file = source.name;
  const bytes = await randomAccess(source);
  const { metadata, root } = await footerOf(file, bytes);
  const all = tableColumns(root).map(({ name }) => name);
  refuseRepeated(file, all);
  const wanted = new Set(all.filter((name) => isWanted(name, options.columns)));
  const tops = topColumns(root, wanted);
  const columns = tops.flatMap((top) => top.columns.map(({ name }) => name));
  const unread = all.filter((name) => !wanted.has(name));
  const common = { file, columns, ...(unread.length > 0 ? { unread } : {}) };
  let before = 0;
  for (const [rowGroup, group] of metadata.row_groups.entries()) {
    const count = Number(group.num_rows);
    if (count === 0) continue;
    const readers = await openGroup(file, bytes, root, tops, group, rowGroup);
    for (let from = 0; from < count; from += options.batchRows) {
      const size = Math.min(options.batchRows, count - from);
      const cells = tops.flatMap((top, index) => takeTop(file, rowGroup, top, readers[index] ?? [], size));
      const rows = transposed(cells, size);
      const lines = Array.from(rows, (_, row) => before + from + row + 1);
      yield { ...common, rows, lines, rowGroup };
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

function isWanted(name: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.some((one) => name === one || name.startsWith(`${one}.`));
}

function refuseRepeated(file: string, names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new UserError({
    what: `two columns are named ${JSON.stringify(repeated)}`,
    where: file,
    mend: 'give each column a name of its own',
  });
}

async function randomAccess(source: Source): Promise<RandomAccess> {
  if (source.size !== undefined && source.slice !== undefined) {
    const slice = source.slice.bind(source);
    return { size: await source.size(), slice: async (start, end) => ownBuffer(await slice(start, end)) };
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open()) chunks.push(chunk);
  const whole = ownBuffer(Buffer.concat(chunks));
  return { size: whole.byteLength, slice: async (start, end) => whole.slice(start, end) };
}

function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
    ? buffer
    : new Uint8Array(bytes).buffer;
}

async function footerOf(
  file: string,
  bytes: RandomAccess,
): Promise<{ metadata: FileMetaData; root: SchemaTree }> {
  const head = Buffer.from(await bytes.slice(0, Math.min(bytes.size, 256)));
  const tail = Buffer.from(await bytes.slice(Math.max(0, bytes.size - 4), bytes.size)).toString('latin1');
  refusePointer(file, head);
  if (bytes.size === 0) throw new UserError({ what: 'the file is empty', where: file, mend: AGAIN });
  if (tail === 'PARE') {
    throw new UserError({ what: 'this Parquet file is encrypted', where: file, mend: 'write it without' });
  }
  if (head.toString('latin1', 0, 4) !== 'PAR1') {
    throw new UserError({
      what: 'this is not a Parquet file: it does not begin with PAR1',
      where: file,
      mend: AGAIN,
    });
  }
  if (tail !== 'PAR1' || bytes.size < 12) {
    throw new UserError({
      what: 'the Parquet file is truncated: it has no footer',
      where: file,
      mend: AGAIN,
    });
  }
  const buffer = {
    byteLength: bytes.size,
    slice: (start: number, end?: number) => bytes.slice(start, end ?? bytes.size),
  };
  try {
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    const root = parquetSchema(metadata);
    verify(metadata);
    return { metadata, root };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      what: `the footer of the Parquet file is damaged${reason(error)}`,
      where: file,
      mend: AGAIN,
    });
  }
}

function verify({ num_rows: rows, row_groups: groups }: FileMetaData): void {
  let sum = 0n;
  for (const { num_rows: count } of groups) {
    if (count < 0n) throw new Error(`a row group has ${count} rows`);
    sum += count;
  }
  if (sum !== rows || sum > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Error(`it counts ${rows} rows and its row groups ${sum}`);
  }
}

async function openGroup(
  file: string,
  bytes: RandomAccess,
  root: SchemaTree,
  tops: readonly TopColumn[],
  group: RowGroup,
  index: number,
): Promise<LeafReader[][]> {
  const open = async (path: readonly string[]): Promise<LeafReader> => {
    try {
      const found = group.columns.find(({ meta_data: meta }) => samePath(meta?.path_in_schema, path));
      const meta = found?.meta_data;
      if (meta === undefined) throw new Error('the row group does not have it, or it is encrypted');
      if (found?.file_path) throw new Error('it is in another file, which is not supported');
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
      const end = start + Number(meta.total_compressed_size);
      if (!(start >= 4) || !(end >= start) || end > bytes.size)
        throw new Error('it lies outside of the file');
      return new LeafReader(await bytes.slice(start, end), meta, getTreePath(root, [...path]));
    } catch (error) {
      throw damaged(file, index, path, error);
    }
  };
  const readers: LeafReader[][] = [];
  for (const { leaves } of tops) readers.push(await Promise.all(leaves.map(open)));
  return readers;
}

function samePath(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one !== undefined && one.length === other.length && one.every((name, i) => name === other[i]);
}

/** The next rows of the columns below one of the schema's top, column by column. */
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
  if (typeof found === 'number') return Number.isFinite(found) ? found : String(found);
  if (typeof found === 'string' || typeof found === 'boolean') return found;
  return JSON.stringify(found, jsonValue);
}

/** What JSON has no number for is a text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value === undefined ? null : value;
}

function damaged(file: string, rowGroup: number, path: readonly string[], error: unknown): UserError {
  if (error instanceof UserError) return error;
  const unsupported = /not supported|unsupported/.test(messageOf(error));
  const place = `row group ${rowGroup}, column ${JSON.stringify(path.join('.'))}`;
  return new UserError({
    what: `${place} ${unsupported ? 'cannot be read' : 'is damaged'}${reason(error)}`,
    where: file,
    mend: unsupported ? 'write the column in a plainer form' : AGAIN,
  });
}

/** Errors of the language say nothing to whom the file belongs. */
function reason(error: unknown): string {
  return error instanceof TypeError || error instanceof RangeError ? '' : ` (${messageOf(error)})`;
}
