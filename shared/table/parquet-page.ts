import zlib from 'node:zlib';
import type { ColumnMetaData, Compressors, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { compressors as portable } from 'hyparquet-compressors';
import { prefixedLengths, verifyDelta } from './parquet-decode.ts';
import { readHybrid } from './parquet-runs.ts';

/** Values and bytes that one page may claim to hold: far more than writers put there, and what memory bears. */
const MAX_PAGE_VALUES = 2 ** 25;
const MAX_PAGE_BYTES = 2 ** 29;

/** Node's own decompressors if it has them: they are faster, bounded, and verify checksums. */
const compressors: Compressors = {
  ...portable,
  GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
  ...(typeof zlib.zstdDecompressSync === 'function' && {
    ZSTD: (input, length) => zlib.zstdDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
  }),
};

/** A page whose bytes are no longer compressed. */
export interface Page {
  readonly header: PageHeader;
  /** Of a data page of version 2: repetition and definition levels; empty otherwise. */
  readonly levels: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The pages of a column chunk, one by one, except for those of an index. */
export class PageReader {
  readonly #reader: { readonly view: DataView<ArrayBuffer>; offset: number };
  readonly #meta: ColumnMetaData;

  constructor(chunk: Uint8Array<ArrayBuffer>, meta: ColumnMetaData) {
    this.#reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 };
    this.#meta = meta;
  }

  /** Undefined after the last one. @throws Error if the page is damaged. */
  next(): Page | undefined {
    const reader = this.#reader;
    while (reader.offset < reader.view.byteLength - 1) {
      const header = parquetHeader(reader);
      const { view, offset } = reader;
      if (!(header.compressed_page_size >= 0)) throw new Error('a page is shorter than nothing');
      reader.offset += header.compressed_page_size;
      if (header.type === 'INDEX_PAGE') continue;
      const rest = new Uint8Array(view.buffer, view.byteOffset + offset, view.byteLength - offset);
      return unpacked(header, rest, this.#meta.codec, Number(this.#meta.num_values));
    }
    return undefined;
  }
}

/**
 * Decompresses a page, and verifies sizes and counts, which a decoder would believe without end.
 *
 * @param bytes from the end of the page's header on.
 * @param chunkValues how many values the column chunk has, nulls included.
 */
function unpacked(
  header: PageHeader,
  bytes: Uint8Array,
  codec: Parameters<typeof decompressPage>[2],
  chunkValues: number,
): Page {
  verifyHeader(header, bytes.length, chunkValues);
  const { compressed_page_size: size, uncompressed_page_size: length, crc } = header;
  const stored = bytes.subarray(0, size);
  if (crc !== undefined && typeof zlib.crc32 === 'function' && zlib.crc32(stored) !== crc >>> 0) {
    throw new Error('the checksum of a page does not fit');
  }
  const v2 = header.data_page_header_v2;
  const levels = v2 ? v2.repetition_levels_byte_length + v2.definition_levels_byte_length : 0;
  if (!(levels >= 0) || levels > Math.min(size, length)) throw new Error('the levels of a page are too long');
  const packed = stored.subarray(levels);
  const open =
    v2?.is_compressed === false ? packed : decompressPage(packed, length - levels, codec, compressors);
  return { header, levels: stored.subarray(0, levels), bytes: open };
}

/** A page as hyparquet takes it, not compressed. @throws Error if lengths of runs would make it read without end. */
export function plainPage({ header, levels, bytes }: Page, path: SchemaTree[]): Omit<Page, 'levels'> {
  const open = levels.length === 0 ? bytes : Buffer.concat([levels, bytes]);
  verifyRuns(header, open, path);
  const v2 = header.data_page_header_v2;
  return {
    header: {
      ...header,
      compressed_page_size: open.length,
      uncompressed_page_size: open.length,
      ...(v2 && { data_page_header_v2: { ...v2, is_compressed: false } }),
    },
    bytes: open,
  };
}

function verifyHeader(header: PageHeader, available: number, chunkValues: number): void {
  const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
  const values =
    header.data_page_header?.num_values ??
    header.data_page_header_v2?.num_values ??
    header.dictionary_page_header?.num_values;
  if (header.type === undefined || values === undefined) throw new Error('a page is of no known type');
  if (!(size >= 0) || size > available) throw new Error('a page ends outside of its column');
  if (!(unpacked >= 0) || unpacked > MAX_PAGE_BYTES) throw new Error(`a page claims ${unpacked} bytes`);
  if (!(values >= 0) || values > MAX_PAGE_VALUES || values > Math.max(chunkValues, unpacked)) {
    throw new Error(`a page claims ${values} values`);
  }
}

function verifyRuns(
  { data_page_header: v1, data_page_header_v2: v2 }: PageHeader,
  bytes: Uint8Array,
  path: SchemaTree[],
): void {
  const header = v1 ?? v2;
  if (header === undefined) return;
  const { num_values: values, encoding } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  if (v2 !== undefined) at = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
  const rep = getMaxRepetitionLevel(path);
  const def = getMaxDefinitionLevel(path);
  let levels: readonly [number, number] = [0, 0];
  if (v2 !== undefined) {
    const middle = v2.repetition_levels_byte_length;
    levels = [middle, at];
    if (rep > 0) verifyHybrid(view, 0, middle, widthOf(rep), values);
    if (def > 0) verifyHybrid(view, middle, at, widthOf(def), values);
  } else {
    for (const level of [rep, def]) {
      if (level === 0) continue;
      const end = at + 4 + view.getUint32(at, true);
      levels = [at + 4, end];
      verifyHybrid(view, at + 4, end, widthOf(level), values);
      at = end;
    }
  }
  if (encoding === 'DELTA_BYTE_ARRAY') {
    const count = def > 0 ? presentOf(bytes, levels, def, values) : values;
    prefixedLengths({ bytes, at, count });
  } else if (encoding.startsWith('DELTA_')) verifyDelta(view, at);
  else if (encoding === 'RLE') verifyHybrid(view, v2 ? at : at + 4, view.byteLength, 1, values);
  else if (encoding.endsWith('_DICTIONARY') && at < view.byteLength) {
    const width = view.getUint8(at);
    if (width > 32) throw new Error(`indices of ${width} bits`);
    if (width > 0) verifyHybrid(view, at + 1, view.byteLength, width, values);
  }
}

/** How many values are not null, told by their definition levels. */
function presentOf(
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  most: number,
  values: number,
): number {
  const levels = new Int32Array(values);
  readHybrid(bytes, start, end, widthOf(most), values, levels);
  return levels.reduce((sum, level) => sum + (level === most ? 1 : 0), 0);
}

/** No run of the RLE and bit-packing hybrid may be longer than the page, by more than bit-packing rounds up. */
function verifyHybrid(view: DataView, start: number, end: number, width: number, values: number): void {
  if (end > view.byteLength) throw new Error('levels or indices end outside of their page');
  const reader = { view: view as DataView<ArrayBuffer>, offset: start };
  let seen = 0;
  while (seen < values && reader.offset < end) {
    const header = readVarInt(reader) >>> 0;
    const packed = (header & 1) === 1;
    const count = packed ? (header >>> 1) * 8 : header >>> 1;
    if (count > values + 512) throw new Error(`a run of ${count} values in a page of ${values}`);
    seen += count;
    reader.offset += packed ? (count / 8) * width : Math.ceil(width / 8);
  }
}

function widthOf(maximum: number): number {
  return 32 - Math.clz32(maximum);
}
