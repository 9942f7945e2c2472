import type { Page } from './parquet-page.ts';

/** Where the levels of a page stand. */
export interface Levels {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface PageLevels {
  readonly repetition: Levels | undefined;
  readonly definition: Levels | undefined;
  /** Where the values start. */
  readonly at: number;
}

/** Finds the levels of a data page, of a column whose levels are at most so high. @throws Error */
export function levelsOf(
  page: Page,
  most: { readonly repetition: number; readonly definition: number },
): PageLevels {
  const { levels: bytes, header } = page;
  const v2 = header.data_page_header_v2;
  if (v2 !== undefined) {
    const middle = v2.repetition_levels_byte_length;
    return {
      repetition: most.repetition > 0 ? { bytes, start: 0, end: middle } : undefined,
      definition: most.definition > 0 ? { bytes, start: middle, end: bytes.length } : undefined,
      at: 0,
    };
  }
  const v1 = header.data_page_header;
  const encodings = [
    most.repetition > 0 ? v1?.repetition_level_encoding : undefined,
    most.definition > 0 ? v1?.definition_level_encoding : undefined,
  ];
  if (encodings.includes('BIT_PACKED')) throw new Error('unsupported encoding of levels: BIT_PACKED');
  const repetition = most.repetition > 0 ? lengthPrefixed(page.bytes, 0) : undefined;
  const at = repetition?.end ?? 0;
  const definition = most.definition > 0 ? lengthPrefixed(page.bytes, at) : undefined;
  return { repetition, definition, at: definition?.end ?? at };
}

function lengthPrefixed(bytes: Uint8Array, at: number): Levels {
  const outside = new Error('levels or indices end outside of their page');
  if (at + 4 > bytes.length) throw outside;
  const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  if (end > bytes.length) throw outside;
  return { bytes, start: at + 4, end };
}
