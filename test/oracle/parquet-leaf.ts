import type { ColumnMetaData, DecodedArray, SchemaTree } from 'hyparquet';
import { readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { PageReader } from '../../shared/read/parquet-page.ts';
import { fromStored } from '../../shared/read/parquet-values.ts';
import { plainPage } from './parquet-page.ts';

const TWELVE_BYTES = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 12 } as const;

/** Reads one leaf of one row group page by page, from the bytes of its column chunk. */
export class LeafReader {
  readonly #pages: PageReader;
  readonly #decoder: Parameters<typeof readPage>[2];
  readonly #repeated: boolean;
  #dictionary: DecodedArray | undefined;
  #page: DecodedArray = [];
  #at = 0;
  /** Rows of lists; the last of them may go on in the next page. */
  #lists: unknown[] = [];

  constructor(chunk: Uint8Array<ArrayBuffer>, meta: ColumnMetaData, schemaPath: SchemaTree[]) {
    const { element } = schemaPath.at(-1) as SchemaTree;
    const convertStored = fromStored(element);
    // hyparquet makes one number of the two of an INT96, and loses the day if the lower one is negative.
    const physical = element.type === 'INT96' ? TWELVE_BYTES : { type: meta.type };
    this.#pages = new PageReader({ bytes: chunk, meta, path: [], grow: () => {} });
    this.#repeated = getMaxRepetitionLevel(schemaPath) > 0;
    this.#decoder = {
      ...meta,
      type: physical.type,
      pathInSchema: meta.path_in_schema,
      schemaPath,
      codec: 'UNCOMPRESSED',
      utf8: false,
      // hyparquet hands any stored value of a DATE to its parser, one by one, dictionaries before they are looked up.
      element: {
        ...plain(element),
        ...physical,
        ...(convertStored === undefined ? {} : { converted_type: 'DATE' as const }),
      },
      parsers: { ...DEFAULT_PARSERS, dateFromDays: convertStored ?? DEFAULT_PARSERS.dateFromDays },
    };
  }

  /** The next `count` rows: values, or nested arrays if a part of the path is optional or repeated. @throws Error */
  take(count: number): DecodedArray {
    return this.#repeated ? this.#takeLists(count) : this.#takeValues(count);
  }

  #takeValues(count: number): DecodedArray {
    if (this.#at + count <= this.#page.length) {
      this.#at += count;
      return this.#page.slice(this.#at - count, this.#at);
    }
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
    for (let next = this.#pages.next(); next !== undefined; next = this.#pages.next()) {
      const page = plainPage(next, this.#decoder.schemaPath);
      const { buffer, byteOffset, byteLength } = page.bytes;
      const opened = { view: new DataView(buffer as ArrayBuffer, byteOffset, byteLength), offset: 0 };
      const previous = this.#repeated ? (this.#lists as DecodedArray) : undefined;
      const { data } = readPage(opened, page.header, this.#decoder, this.#dictionary, previous, 0);
      if (data === undefined) continue;
      if (page.header.type === 'DICTIONARY_PAGE') {
        this.#dictionary = convert(data, this.#decoder);
        continue;
      }
      if (this.#repeated) this.#lists = data as unknown[];
      else this.#startPage(data);
      return true;
    }
    return false;
  }

  #startPage(data: DecodedArray): void {
    // Nulls are null: undefined is an index beyond the dictionary, or a page that ended too soon.
    if (Array.isArray(data) && data.includes(undefined))
      throw new Error('a page holds fewer values than it says');
    this.#page = data;
    this.#at = 0;
  }
}

function plain<T extends SchemaTree['element']>(element: T): Omit<T, 'logical_type' | 'converted_type'> {
  const { logical_type: _logical, converted_type: _converted, ...rest } = element;
  return rest;
}
