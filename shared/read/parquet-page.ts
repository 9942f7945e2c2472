import zlib from 'node:zlib';
import type { ColumnMetaData, Compressors, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { compressors as portable } from 'hyparquet-compressors';

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
  // A page without values holds nothing that could be decompressed.
  const own = length === levels ? packed.subarray(0, 0) : packed;
  const isOpen = own.length === 0 || v2?.is_compressed === false;
  const open = isOpen ? own : decompressPage(own, length - levels, codec, compressors);
  return { header, levels: stored.subarray(0, levels), bytes: open };
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
