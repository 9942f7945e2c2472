import type { DecodedArray, SchemaTree } from 'hyparquet';
import { assembleLists } from 'hyparquet/src/assemble.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { grouped } from '../problem/numbers.ts';
import type { ColumnChunk } from './parquet-file.ts';
import { type Levels, levelsOf } from './parquet-levels.ts';
import { type Page, PageReader } from './parquet-page.ts';
import { PageValues, RAW } from './parquet-page-values.ts';
import { readHybrid } from './parquet-runs.ts';
import { Typer } from './parquet-typed.ts';

/** Bytes of lists, eight an item, that a page may become whatever its own size, and for each of its own bytes. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_RATIO = 1000;

/** Reads one leaf of a nested column of one row group page by page. */
export class LeafReader {
  readonly #pages: PageReader;
  readonly #values: PageValues;
  readonly #path: SchemaTree[];
  readonly #most: { readonly repetition: number; readonly definition: number };
  #page: DecodedArray = [];
  #at = 0;
  /** Rows of lists; the last of them may go on in the next page. */
  #lists: unknown[] = [];

  constructor(chunk: ColumnChunk) {
    const { path } = chunk;
    const { element } = path.at(-1) as SchemaTree;
    this.#pages = new PageReader(chunk);
    this.#path = path;
    this.#values = new PageValues(chunk, isVariantPart(path) ? RAW : new Typer(element));
    this.#most = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
  }

  /** The next `count` rows: values, or nested arrays if a part of the path is optional or repeated. @throws Error */
  take(count: number): DecodedArray {
    return this.#most.repetition > 0 ? this.#takeLists(count) : this.#takeValues(count);
  }

  #takeValues(count: number): DecodedArray {
    const taken: unknown[] = [];
    while (taken.length < count) {
      if (this.#at === this.#page.length && !this.#nextPage()) throw new Error('it ends before its last row');
      const end = Math.min(this.#page.length, this.#at + count - taken.length);
      for (; this.#at < end; this.#at++) taken.push(this.#page[this.#at]);
    }
    return taken;
  }

  #takeLists(count: number): unknown[] {
    let open = true;
    while (open && this.#lists.length <= count) open = this.#nextPage();
    if (this.#lists.length < count) throw new Error('it ends before its last row');
    return this.#lists.splice(0, count);
  }

  #nextPage(): boolean {
    for (let page = this.#pages.next(); page !== undefined; page = this.#pages.next()) {
      const { type } = page.header;
      if (type === 'DICTIONARY_PAGE') {
        this.#values.takeDictionary(page);
        continue;
      }
      if (type !== 'DATA_PAGE' && type !== 'DATA_PAGE_V2') throw new Error(`unsupported page: ${type}`);
      this.#take(page);
      return true;
    }
    return false;
  }

  #take(page: Page): void {
    const own = page.header.data_page_header_v2 ?? page.header.data_page_header;
    if (own === undefined) throw new Error('a page is of no known type');
    const { num_values: count, encoding } = own;
    const size = page.bytes.length + page.levels.length;
    if (8 * count > Math.max(MOST_BYTES, MOST_RATIO * size))
      throw new Error(`unsupported: lists of ${grouped(count)} values in a page of ${grouped(size)} bytes`);
    const { repetition, definition, at } = levelsOf(page, this.#most);
    const repetitions = levelsIn(repetition, this.#most.repetition, count);
    const definitions = levelsIn(definition, this.#most.definition, count);
    const present = definitions?.filter((level) => level === this.#most.definition).length ?? count;
    const cells = this.#cells(page.bytes, at, present, encoding);
    const before = this.#most.repetition > 0 ? this.#lists : [];
    const rows = assembleLists(before, definitions, repetitions ?? [], cells, this.#path);
    if (this.#most.repetition > 0) this.#lists = rows as unknown[];
    else {
      this.#page = rows;
      this.#at = 0;
    }
  }

  #cells(bytes: Uint8Array, at: number, count: number, encoding: string): unknown[] {
    const { codes, values } = this.#values.read(bytes, at, count, encoding);
    const from = values ?? this.#values.dictionary;
    if (codes === undefined) return Array.from({ length: count }, (_value, index) => from?.cellAt(index));
    return Array.from(codes, (code) => from?.cellAt(code));
  }
}

/** @throws Error if a level is higher than the column is nested. */
function levelsIn(levels: Levels | undefined, most: number, count: number): number[] | undefined {
  if (levels === undefined) return undefined;
  const found = new Int32Array(count);
  readHybrid(levels, 32 - Math.clz32(most), count, found);
  if (found.some((level) => level < 0 || level > most))
    throw new Error('a level is higher than its column is nested');
  return Array.from(found);
}

/** Are the values bytes that a VARIANT is decoded from? */
function isVariantPart(path: readonly SchemaTree[]): boolean {
  const isIn = path.some(({ element }) => element.logical_type?.type === 'VARIANT');
  const { type, logical_type, converted_type } = path.at(-1)?.element ?? {};
  const isAnnotated = logical_type !== undefined || converted_type !== undefined;
  return isIn && type === 'BYTE_ARRAY' && !isAnnotated;
}
