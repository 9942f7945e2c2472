import type { SchemaTree } from 'hyparquet';
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import type { ColumnChunk } from './parquet-file.ts';
import { type Levels, levelsOf } from './parquet-levels.ts';
import { codesWithoutNans, dropRows, nansOf, withoutNans } from './parquet-nan.ts';
import { type Page, PageReader } from './parquet-page.ts';
import { PageValues } from './parquet-page-values.ts';
import { countOnes, readBits, readHybrid } from './parquet-runs.ts';
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

/** Levels of one page, shared by all columns. */
let scratchLevels = new Int32Array(4096);

function readLevels(bytes: Uint8Array, start: number, end: number, width: number, rows: number): Int32Array {
  if (scratchLevels.length < rows) scratchLevels = new Int32Array(Math.max(rows, 2 * scratchLevels.length));
  readHybrid({ bytes, start, end }, width, rows, scratchLevels);
  return scratchLevels;
}

/** Reads a column of one value or null a row page by page, as typed values or as places in its dictionary. */
export class ColumnReader {
  readonly #pages: PageReader;
  readonly #typer: Typer;
  readonly #values: PageValues;
  readonly #maxLevel: number;
  /** 1 for each value of the dictionary that is NaN. */
  #dictionaryNans: Uint8Array | undefined;

  constructor(chunk: ColumnChunk) {
    this.#typer = new Typer((chunk.path.at(-1) as SchemaTree).element);
    this.#values = new PageValues(chunk, this.#typer);
    this.#pages = new PageReader(chunk);
    this.#maxLevel = getMaxDefinitionLevel(chunk.path);
  }

  /** What codes stand for. */
  get dictionary(): TypedValues | undefined {
    return this.#values.dictionary;
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

  #readDictionary(page: Page): void {
    this.#values.takeDictionary(page);
    const { dictionary } = this;
    this.#dictionaryNans = dictionary && this.#typer.mayBeNan ? nansOf(dictionary) : undefined;
  }

  #dataPage(page: Page): ColumnPage {
    const { data_page_header: v1, data_page_header_v2: v2 } = page.header;
    const own = v2 ?? v1;
    if (own === undefined) throw new Error('a page is of no known type');
    const rows = own.num_values;
    const { definition, at } = levelsOf(page, { repetition: 0, definition: this.#maxLevel });
    const { nulls, present } = this.#presence(rows, definition);
    if (v2 !== undefined && v2.num_nulls !== nulls) throw new Error('a page counts its nulls wrong');
    const values = this.#values.read(page.bytes, at, rows - nulls, own.encoding);
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
    const all = readLevels(bytes, start, end, width, rows);
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
}
