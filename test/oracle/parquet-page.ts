import type { PageHeader, SchemaTree } from 'hyparquet';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import type { Page } from '../../shared/read/parquet-page.ts';

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

/** @throws Error if the head of a sequence of differences makes a decoder read without end. */
function verifyDelta(view: DataView, at: number): void {
  if (at >= view.byteLength) return;
  const reader = { view: view as DataView<ArrayBuffer>, offset: at };
  const block = readVarInt(reader);
  const miniblocks = readVarInt(reader);
  if (!(block > 0 && block <= 2 ** 20 && miniblocks > 0 && block % miniblocks === 0)) {
    throw new Error(`blocks of ${block} values in ${miniblocks} parts`);
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
  if (v2 !== undefined) {
    const middle = v2.repetition_levels_byte_length;
    if (rep > 0) verifyHybrid(view, 0, middle, widthOf(rep), values);
    if (def > 0) verifyHybrid(view, middle, at, widthOf(def), values);
  } else {
    for (const level of [rep, def]) {
      if (level === 0) continue;
      const end = at + 4 + view.getUint32(at, true);
      verifyHybrid(view, at + 4, end, widthOf(level), values);
      at = end;
    }
  }
  if (encoding.startsWith('DELTA_')) verifyDelta(view, at);
  else if (encoding === 'RLE') verifyHybrid(view, v2 ? at : at + 4, view.byteLength, 1, values);
  else if (encoding.endsWith('_DICTIONARY') && at < view.byteLength) {
    const width = view.getUint8(at);
    if (width > 32) throw new Error(`indices of ${width} bits`);
    if (width > 0) verifyHybrid(view, at + 1, view.byteLength, width, values);
  }
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
