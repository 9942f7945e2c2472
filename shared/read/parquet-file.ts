import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { getTreePath } from 'hyparquet/src/schema.js';
import type { ByteSource } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { MAX_COLUMNS } from './block.ts';
import { type DecompressionLimits, type Growth, growthOf } from './decompress.ts';
import { tableColumns } from './parquet-schema.ts';
import { refusePointer } from './pointer.ts';

const AGAIN = 'write or transfer the file again';

/** The bytes of one leaf of the schema in one row group. */
export interface ColumnChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly meta: ColumnMetaData;
  /** From the root of the schema to the leaf. */
  readonly path: SchemaTree[];
  /**
   * Is told what its pages become: their bytes, one for each value, and long texts of a dictionary as often as they
   * are meant.
   */
  readonly grow: Growth;
}

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  readonly name: string;
  readonly root: SchemaTree;
  /** The names of the table's columns, in order. */
  readonly columns: readonly string[];
  readonly groups: readonly RowGroup[];
  /** Reads a column chunk. @throws UserError if it lies outside of the file or cannot be read. */
  chunk(rowGroup: number, path: readonly string[]): Promise<ColumnChunk>;
}

/** Bytes that can be read at any place. */
interface RandomAccess {
  readonly size: number;
  slice(start: number, end: number): Promise<ArrayBuffer>;
}

/** Bytes between two chunks that are read rather than asked for another time. */
const GAP = 64 * 1024;

/** Chunks that are read at a time, at most. */
const MOST_JOINED = 1024;

/** What is read of a file. */
export interface ParquetReading {
  /** Bytes that are read at a time if chunks are next to each other; each chunk by itself by default. */
  readonly ahead?: number;
  /** Of what its pages become. */
  readonly limits?: DecompressionLimits | undefined;
  /** Is the column to be read? All are by default. */
  readonly isWanted?: (name: string) => boolean;
}

/**
 * @throws UserError if the file is none of Parquet, or its footer is damaged.
 */
export async function openParquet(
  source: ByteSource,
  { ahead = 0, limits, isWanted }: ParquetReading = {},
): Promise<ParquetFile> {
  const { name } = source;
  const bytes = await randomAccess(source);
  const { metadata, root } = await footerOf(name, bytes);
  const columns = tableColumns(root).map((column) => column.name);
  refuseNames(name, columns);
  if (columns.length === 0 && metadata.num_rows > 0n) {
    throw new UserError({
      what: `the Parquet file counts ${metadata.num_rows} rows and has no columns`,
      where: name,
      fix: 'write the columns',
    });
  }
  const groups = metadata.row_groups;
  const growth = growthOf(name, bytes.size, limits);
  const found = chunkFinder(groups);
  const runEnd = runsOf(wantedPlaces(root, groups, isWanted), ahead);
  let window = { start: 0, bytes: new ArrayBuffer(0) };
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    let own = window;
    if (start < own.start || end > own.start + own.bytes.byteLength) {
      own = { start, bytes: await bytes.slice(start, Math.min(bytes.size, runEnd(start, end))) };
      window = own;
    }
    return new Uint8Array(own.bytes, start - own.start, end - start);
  };
  const chunk = async (rowGroup: number, path: readonly string[]): Promise<ColumnChunk> => {
    try {
      const columns = groups[rowGroup]?.columns ?? [];
      const one = found(rowGroup, path);
      const meta = one?.meta_data;
      // What says where an encrypted column is may be encrypted, too.
      if (isEncrypted(one) || (one === undefined && columns.some(isEncrypted)))
        throw encrypted(name, rowGroup, path);
      if (meta === undefined) throw new Error('the row group does not have it');
      if (one?.file_path) throw new Error('it is in another file, which is not supported');
      const { start, end } = placeOf(meta);
      if (!(start >= 4) || !(end >= start) || end > bytes.size)
        throw new Error('it lies outside of the file');
      const grow = growth(`${rowGroup}/${path.join('.')}`);
      return { bytes: await read(start, end), meta, path: getTreePath(root, [...path]), grow };
    } catch (error) {
      throw damaged(name, rowGroup, path, error);
    }
  };
  return { name, root, columns, groups, chunk };
}

function isEncrypted(column: RowGroup['columns'][number] | undefined): boolean {
  return column?.crypto_metadata !== undefined || column?.encrypted_column_metadata !== undefined;
}

function encrypted(file: string, rowGroup: number, path: readonly string[]): UserError {
  return new UserError({
    what: `row group ${rowGroup}, column ${JSON.stringify(path.join('.'))} is encrypted`,
    where: file,
    fix: 'write the column without encryption, or leave it out of the file',
  });
}

function refuseNames(file: string, names: readonly string[]): void {
  if (names.length > MAX_COLUMNS) {
    throw new UserError({
      what: `the Parquet file has more than ${MAX_COLUMNS / 2 ** 10} Ki columns`,
      where: file,
      fix: 'write what differs from row to row as values, not as columns',
    });
  }
  const met = new Set<string>();
  const repeated = names.find((name) => met.size === met.add(name).size);
  if (repeated === undefined) return;
  throw new UserError({
    what: `two columns are named ${JSON.stringify(repeated)}`,
    where: file,
    fix: 'give each column a name of its own',
  });
}

async function randomAccess(source: ByteSource): Promise<RandomAccess> {
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
  if (bytes.size === 0) throw new UserError({ what: 'the file is empty', where: file, fix: AGAIN });
  if (tail === 'PARE') {
    const fix = 'write it without encryption: keys are not read';
    throw new UserError({ what: 'this Parquet file is encrypted', where: file, fix });
  }
  if (head.toString('latin1', 0, 4) !== 'PAR1') {
    throw new UserError({
      what: 'this is not a Parquet file: it does not begin with PAR1',
      where: file,
      fix: AGAIN,
    });
  }
  if (tail !== 'PAR1' || bytes.size < 12) {
    throw new UserError({
      what: 'the Parquet file is truncated: it has no footer',
      where: file,
      fix: AGAIN,
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
      fix: AGAIN,
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

type StoredChunk = RowGroup['columns'][number];

/** Where a chunk's bytes are. */
function placeOf(meta: ColumnMetaData): { readonly start: number; readonly end: number } {
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  return { start, end: start + Number(meta.total_compressed_size) };
}

type BytePlace = ReturnType<typeof placeOf>;

/** Where the chunks of the wanted columns are, in the order of the file. */
function wantedPlaces(
  root: SchemaTree,
  groups: readonly RowGroup[],
  isWanted: ParquetReading['isWanted'],
): BytePlace[] {
  const keyOf = (path: readonly string[]): string => JSON.stringify(path);
  const named = isWanted === undefined ? [] : tableColumns(root).filter(({ name }) => isWanted(name));
  const wanted = new Set(named.map(({ path }) => keyOf(path)));
  const isOne = (path: readonly string[]) =>
    isWanted === undefined || path.some((_name, i) => wanted.has(keyOf(path.slice(0, i + 1))));
  return groups
    .flatMap(({ columns = [] }) =>
      columns.flatMap(({ meta_data: meta }) =>
        meta && isOne(meta.path_in_schema ?? []) ? [placeOf(meta)] : [],
      ),
    )
    .filter(({ start, end }) => start >= 0 && end >= start)
    .sort((a, b) => a.start - b.start);
}

/** Where to end reading a chunk: behind those that follow it, up to so many bytes. */
function runsOf(places: readonly BytePlace[], most: number): (start: number, end: number) => number {
  return (start, end) => {
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]!.start <= start) low = middle + 1;
      else high = middle;
    }
    let last = end;
    for (const place of places.slice(low, low + MOST_JOINED)) {
      if (place.start > last + GAP || place.end > start + most) break;
      last = Math.max(last, place.end);
    }
    return last;
  };
}

/** Finds the column of a row group by its path. */
function chunkFinder(
  groups: readonly RowGroup[],
): (rowGroup: number, path: readonly string[]) => StoredChunk | undefined {
  const keyOf = (path: readonly string[]): string => JSON.stringify(path);
  const known = new Map<number, Map<string, StoredChunk>>();
  return (rowGroup, path) => {
    let chunks = known.get(rowGroup);
    if (chunks === undefined) {
      chunks = new Map();
      for (const one of groups[rowGroup]?.columns ?? []) {
        const key = one.meta_data && keyOf(one.meta_data.path_in_schema);
        if (key !== undefined && !chunks.has(key)) chunks.set(key, one);
      }
      known.clear();
      known.set(rowGroup, chunks);
    }
    return chunks.get(keyOf(path));
  };
}

/** What is told of an error while a column of a row group was read. */
export function damaged(file: string, rowGroup: number, path: readonly string[], error: unknown): UserError {
  if (error instanceof UserError) return error;
  const unsupported = /not supported|unsupported/.test(messageOf(error));
  const place = `row group ${rowGroup}, column ${JSON.stringify(path.join('.'))}`;
  return new UserError({
    what: `${place} ${unsupported ? 'cannot be read' : 'is damaged'}${reason(error)}`,
    where: file,
    fix: unsupported ? 'write the column in a plainer form' : AGAIN,
  });
}

/** Errors of the language say nothing to whom the file belongs. */
function reason(error: unknown): string {
  return error instanceof TypeError || error instanceof RangeError ? '' : ` (${messageOf(error)})`;
}
