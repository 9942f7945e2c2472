import zlib from 'node:zlib';
import type { ColumnMetaData, Compressors, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { compressors as portable } from 'hyparquet-compressors';
import type { Growth } from './decompress.ts';
import type { ColumnChunk } from './parquet-file.ts';

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
  readonly #grow: Growth;

  constructor({ bytes, meta, grow }: ColumnChunk) {
    this.#reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    this.#meta = meta;
    this.#grow = grow;
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
      verifyHeader(header, rest.length, Number(this.#meta.num_values));
      this.#grow(header.uncompressed_page_size, valuesOf(header) ?? 0);
      return unpacked(header, rest, this.#meta.codec);
    }
    return undefined;
  }
}

/**
 * Decompresses a page.
 *
 * @param bytes from the end of the page's header on.
 */
function unpacked(header: PageHeader, bytes: Uint8Array, codec: Parameters<typeof decompressPage>[2]): Page {
  const { compressed_page_size: size, uncompressed_page_size: length, crc } = header;
  const stored = bytes.subarray(0, size);
  if (crc !== undefined && typeof zlib.crc32 === 'function' && zlib.crc32(stored) !== crc >>> 0) {
    throw new Error('the checksum of a page does not fit');
  }
  const v2 = header.data_page_header_v2;
  const levels = v2 ? v2.repetition_levels_byte_length + v2.definition_levels_byte_length : 0;
  if (!(levels >= 0) || levels > Math.min(size, length)) throw new Error('the levels of a page are too long');
  const packed = stored.subarray(levels);
  // A page without values holds nothing that could be decompressed.
  const own = length === levels ? packed.subarray(0, 0) : packed;
  const isOpen = own.length === 0 || v2?.is_compressed === false;
  const open = isOpen ? own : decompressPage(own, length - levels, codec, compressors);
  return { header, levels: stored.subarray(0, levels), bytes: open };
}

function valuesOf(header: PageHeader): number | undefined {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  return v1?.num_values ?? v2?.num_values ?? dictionary?.num_values;
}

/**
 * Verifies sizes and counts, which a decoder would believe without end.
 *
 * @param chunkValues how many values the column chunk has, nulls included.
 */
function verifyHeader(header: PageHeader, available: number, chunkValues: number): void {
  const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
  const values = valuesOf(header);
  if (header.type === undefined || values === undefined) throw new Error('a page is of no known type');
  if (!(size >= 0) || size > available) throw new Error('a page ends outside of its column');
  if (!(unpacked >= 0) || unpacked > MAX_PAGE_BYTES) throw new Error(`a page claims ${unpacked} bytes`);
  if (!(values >= 0) || values > MAX_PAGE_VALUES || values > Math.max(chunkValues, unpacked)) {
    throw new Error(`a page claims ${values} values`);
  }
}
