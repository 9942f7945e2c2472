import type { Cell } from './batch.ts';
import type { Growth } from './decompress.ts';
import { type PageBytes, storedOf } from './parquet-decode.ts';
import type { ColumnChunk } from './parquet-file.ts';
import type { Page } from './parquet-page.ts';
import { ended, readHybrid, unpack } from './parquet-runs.ts';
import type { TypedValues, Typer } from './parquet-typed.ts';

/** Values of a page as they are, or as places in a dictionary; good until the next page. */
export type DecodedValues =
  | { readonly values: TypedValues; readonly codes: undefined }
  | { readonly values: undefined; readonly codes: Int32Array };

/** Bytes of a text that a dictionary repeats, beyond which it counts as often as it is meant. */
const LONG_TEXT = 64;
const NO_PLACES = new Int32Array(0);
const NO_TEXT = {
  ...{ utc: false, numbers: new Float64Array(0), others: false, whole: false, real: false },
  ...{ bytes: Buffer.alloc(0), starts: NO_PLACES, ends: NO_PLACES },
};

/** Booleans as a dictionary. */
const BOOLEANS: TypedValues = { ...NO_TEXT, count: 2, kind: 'cell', cellAt: (index) => index === 1 };

/** Makes bytes of stored bytes, as what decodes them takes them for cells. */
export const RAW: Pick<Typer, 'typed'> = {
  typed: ({ count, bytes, starts, ends }: PageBytes): TypedValues => ({
    ...{ ...NO_TEXT, count, kind: 'cell', starts, ends },
    cellAt: (index) => bytes.subarray(starts[index]!, ends[index]!) as unknown as Cell,
  }),
};

/** Codes and numbers of one page, shared by all columns. */
let scratch = new Int32Array(4096);
let scratchNumbers = new Float64Array(4096);

/** Reads the values of the pages of one column. */
export class PageValues {
  readonly #type: string;
  readonly #typeLength: number | undefined;
  readonly #typer: Pick<Typer, 'typed'>;
  readonly #grow: Growth;
  /** Has the dictionary long texts? */
  #long = false;
  /** What codes stand for. */
  dictionary: TypedValues | undefined;

  constructor({ path, meta, grow }: ColumnChunk, typer: Pick<Typer, 'typed'>) {
    const element = path.at(-1)?.element;
    if (element?.type === undefined) throw new Error('it has no type');
    if (element.type !== meta.type) throw new Error('its type is not that of the schema');
    this.#type = element.type;
    this.#typeLength = element.type_length;
    this.#typer = typer;
    this.#grow = grow;
    if (element.type === 'BOOLEAN') this.dictionary = BOOLEANS;
  }

  takeDictionary({ header, bytes }: Page): void {
    const count = header.dictionary_page_header?.num_values;
    if (count === undefined || this.#type === 'BOOLEAN') throw new Error('a dictionary that is none');
    const dictionary = this.#typer.typed(this.#stored(bytes, 0, count, 'PLAIN'), new Float64Array(count));
    const { starts, ends } = dictionary;
    this.#long = starts.some((start, index) => ends[index]! - start > LONG_TEXT);
    this.dictionary = dictionary;
  }

  /** The next `count` values, which start at `at`. */
  read(bytes: Uint8Array, at: number, count: number, encoding: string): DecodedValues {
    if (this.#type === 'BOOLEAN' || encoding.endsWith('_DICTIONARY'))
      return { codes: this.#codes(bytes, at, count, encoding), values: undefined };
    if (scratchNumbers.length < count)
      scratchNumbers = new Float64Array(Math.max(count, 2 * scratchNumbers.length));
    const stored = this.#stored(bytes, at, count, encoding);
    return { codes: undefined, values: this.#typer.typed(stored, scratchNumbers.subarray(0, count)) };
  }

  #stored(bytes: Uint8Array, at: number, count: number, encoding: string): PageBytes {
    return storedOf({ type: this.#type, typeLength: this.#typeLength, encoding, bytes, at, count });
  }

  #codes(bytes: Uint8Array, start: number, count: number, encoding: string): Int32Array {
    const size = this.dictionary?.count;
    if (size === undefined) throw new Error('the dictionary of a page is missing');
    if (scratch.length < count) scratch = new Int32Array(Math.max(count, 2 * scratch.length));
    const codes = scratch.subarray(0, count);
    if (count === 0) return codes;
    if (this.#type !== 'BOOLEAN') {
      const width = bytes[start];
      if (width === undefined) throw ended();
      readHybrid({ bytes, start: start + 1, end: bytes.length }, width, count, codes);
    } else if (encoding === 'PLAIN') {
      if (start + Math.ceil(count / 8) > bytes.length) throw ended();
      unpack(bytes, start, 1, codes);
    } else if (encoding === 'RLE') {
      readHybrid({ bytes, start: start + 4, end: bytes.length }, 1, count, codes);
    } else throw new Error(`unsupported encoding: ${encoding} of ${this.#type}`);
    let most = 0;
    for (let i = 0; i < count; i++) if (codes[i]! >>> 0 > most) most = codes[i]! >>> 0;
    if (most >= size) throw new Error('a page has an index beyond its dictionary');
    if (this.#long) this.#repeat(codes);
    return codes;
  }

  #repeat(codes: Int32Array): void {
    const { starts = NO_PLACES, ends = NO_PLACES } = this.dictionary ?? {};
    let bytes = 0;
    for (const code of codes) {
      const length = ends[code]! - starts[code]!;
      if (length > LONG_TEXT) bytes += length;
    }
    this.#grow(bytes);
  }
}
