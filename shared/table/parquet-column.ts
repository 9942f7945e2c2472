import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import { storedOf } from './parquet-decode.ts';
import type { ColumnChunk } from './parquet-file.ts';
import { codesWithoutNans, dropRows, nansOf, withoutNans } from './parquet-nan.ts';
import { type Page, PageReader } from './parquet-page.ts';
import { countOnes, ended, readBits, readHybrid, unpack } from './parquet-runs.ts';
import { type TypedValues, Typer } from './parquet-typed.ts';

/** One page of a column that has one value or null a row; NaN is a null. */
export interface ColumnPage {
  readonly rows: number;
  readonly nulls: number;
  /** 1 for each row that is not null; undefined if none is. Made when it is asked for. */
  readonly present: Uint8Array | undefined;
  /** The values in order, nulls left out; good until the next page. Undefined if `codes` are. */
  readonly values: TypedValues | undefined;
  /** Their places in the `dictionary` of the reader; good until the next page. */
  readonly codes: Int32Array | undefined;
}

/** Booleans as a dictionary. */
const BOOLEANS: TypedValues = {
  count: 2,
  kind: 'cell',
  utc: false,
  numbers: new Float64Array(0),
  others: false,
  whole: false,
  real: false,
  bytes: Buffer.alloc(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  cellAt: (index) => index === 1,
};

/** Codes, levels and numbers of one page, shared by all columns. */
let scratch = new Int32Array(4096);
let scratchLevels = new Int32Array(4096);
let scratchNumbers = new Float64Array(4096);

function levelsOf(bytes: Uint8Array, start: number, end: number, width: number, rows: number): Int32Array {
  if (scratchLevels.length < rows) scratchLevels = new Int32Array(Math.max(rows, 2 * scratchLevels.length));
  readHybrid(bytes, start, end, width, rows, scratchLevels);
  return scratchLevels;
}

/** Reads a column of one value or null a row page by page, as typed values or as places in its dictionary. */
export class ColumnReader {
  readonly #pages: PageReader;
  readonly #typer: Typer;
  readonly #chunk: ColumnChunk;
  readonly #maxLevel: number;
  readonly #type: string;
  /** What codes stand for. */
  dictionary: TypedValues | undefined;
  /** 1 for each value of the dictionary that is NaN. */
  #dictionaryNans: Uint8Array | undefined;

  constructor(chunk: ColumnChunk) {
    const element = chunk.path.at(-1)?.element;
    if (element?.type === undefined) throw new Error('it has no type');
    if (element.type !== chunk.meta.type) throw new Error('its type is not that of the schema');
    this.#chunk = chunk;
    this.#type = element.type;
    this.#pages = new PageReader(chunk.bytes, chunk.meta);
    this.#typer = new Typer(element);
    this.#maxLevel = getMaxDefinitionLevel(chunk.path);
    if (element.type === 'BOOLEAN') this.dictionary = BOOLEANS;
  }

  /** Undefined after the last page. @throws Error if the page is damaged or cannot be read. */
  next(): ColumnPage | undefined {
    for (let page = this.#pages.next(); page !== undefined; page = this.#pages.next()) {
      const { type } = page.header;
      if (type === 'DICTIONARY_PAGE') this.#readDictionary(page);
      else if (type === 'DATA_PAGE' || type === 'DATA_PAGE_V2') return this.#dataPage(page);
      else throw new Error(`unsupported page: ${type}`);
    }
    return undefined;
  }

  /** Of all values of the column. */
  get kind(): TypedValues['kind'] {
    return this.#typer.kind;
  }

  get #typeLength(): number | undefined {
    return this.#chunk.path.at(-1)?.element.type_length;
  }

  #readDictionary({ header, bytes }: Page): void {
    const count = header.dictionary_page_header?.num_values;
    if (count === undefined || this.#type === 'BOOLEAN') throw new Error('a dictionary that is none');
    const shape = { type: this.#type, typeLength: this.#typeLength, encoding: 'PLAIN' };
    this.dictionary = this.#typer.typed(storedOf({ ...shape, bytes, at: 0, count }), new Float64Array(count));
    this.#dictionaryNans = this.#typer.mayBeNan ? nansOf(this.dictionary) : undefined;
  }

  #dataPage({ header, levels, bytes }: Page): ColumnPage {
    const v2 = header.data_page_header_v2;
    const own = v2 ?? header.data_page_header;
    if (own === undefined) throw new Error('a page is of no known type');
    const rows = own.num_values;
    let level: Levels | undefined;
    let at = 0;
    if (this.#maxLevel > 0) {
      if (v2 !== undefined) {
        level = { bytes: levels, start: v2.repetition_levels_byte_length, end: levels.length };
      } else {
        if (header.data_page_header?.definition_level_encoding === 'BIT_PACKED') {
          throw new Error('unsupported encoding of levels: BIT_PACKED');
        }
        if (bytes.length < 4) throw new Error('levels or indices end outside of their page');
        at = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
        if (at > bytes.length) throw new Error('levels or indices end outside of their page');
        level = { bytes, start: 4, end: at };
      }
    }
    const { nulls, present } = this.#presence(rows, level);
    if (v2 !== undefined && v2.num_nulls !== nulls) throw new Error('a page counts its nulls wrong');
    const { encoding } = own;
    const count = rows - nulls;
    const isCoded = this.#type === 'BOOLEAN' || encoding.endsWith('_DICTIONARY');
    const values = isCoded
      ? { codes: this.#codes(bytes, at, count, encoding), values: undefined }
      : { codes: undefined, values: this.#values(bytes, at, count, encoding) };
    return this.#withoutNans({ rows, nulls, ...values }, present);
  }

  /** @param present makes 1 for each row that is stored with a value. */
  #withoutNans(page: Omit<ColumnPage, 'present'>, present: () => Uint8Array): ColumnPage {
    const { rows, codes, values } = page;
    const nans =
      values === undefined ? this.#dictionaryNans : this.#typer.mayBeNan ? nansOf(values) : undefined;
    let known: Uint8Array | undefined;
    let { nulls } = page;
    let rest: Pick<ColumnPage, 'codes' | 'values'> = { codes, values };
    if (nans !== undefined) {
      known = present();
      nulls += dropRows(known, (index) => nans[codes === undefined ? index : codes[index]!] === 1);
      rest = { codes: codes && codesWithoutNans(codes, nans), values: values && withoutNans(values, nans) };
    }
    return {
      ...{ rows, nulls },
      get present() {
        if (nulls > 0) known ??= present();
        return nulls > 0 ? known : undefined;
      },
      ...rest,
    };
  }

  #presence(rows: number, level: Levels | undefined): { nulls: number; present: () => Uint8Array } {
    if (level === undefined) return { nulls: 0, present: () => new Uint8Array(rows).fill(1) };
    const max = this.#maxLevel;
    const { bytes, start, end } = level;
    const width = 32 - Math.clz32(max);
    if (max === 1) {
      return {
        nulls: rows - countOnes(bytes, start, end, rows),
        present: () => readBits(bytes, start, end, rows),
      };
    }
    const all = levelsOf(bytes, start, end, width, rows);
    const known = new Uint8Array(rows);
    let nulls = rows;
    for (let row = 0; row < rows; row++) {
      if (all[row]! > max) throw new Error('a level is higher than its column is nested');
      if (all[row] !== max) continue;
      known[row] = 1;
      nulls--;
    }
    return { nulls, present: () => known };
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
      readHybrid(bytes, start + 1, bytes.length, width, count, codes);
    } else if (encoding === 'PLAIN') {
      if (start + Math.ceil(count / 8) > bytes.length) throw ended();
      unpack(bytes, start, 1, count, codes, 0);
    } else if (encoding === 'RLE') {
      readHybrid(bytes, start + 4, bytes.length, 1, count, codes);
    } else throw new Error(`unsupported encoding: ${encoding} of ${this.#type}`);
    let most = 0;
    for (let i = 0; i < count; i++) if (codes[i]! >>> 0 > most) most = codes[i]! >>> 0;
    if (most >= size) throw new Error('a page has an index beyond its dictionary');
    return codes;
  }

  #values(bytes: Uint8Array, at: number, count: number, encoding: string): TypedValues {
    const shape = { type: this.#type, typeLength: this.#typeLength, encoding };
    const stored = storedOf({ ...shape, bytes, at, count });
    if (scratchNumbers.length < count)
      scratchNumbers = new Float64Array(Math.max(count, 2 * scratchNumbers.length));
    return this.#typer.typed(stored, scratchNumbers.subarray(0, count));
  }
}

interface Levels {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}
