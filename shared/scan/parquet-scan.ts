import type { Source } from '../ports/ports.ts';
import { openTop } from '../table/parquet.ts';
import { ColumnReader } from '../table/parquet-column.ts';
import { damaged, openParquet, type ParquetFile } from '../table/parquet-file.ts';
import { isLeaf, type TableColumn, tableColumns, topColumns } from '../table/parquet-schema.ts';
import type { OnFault } from '../table/table.ts';
import { AHEAD, groupBlocks } from './parquet-blocks.ts';
import { type PagePlace, ParquetColumn } from './parquet-column.ts';
import type { TableScan } from './table-scan.ts';

/** Rows that are taken at a time where they are not taken by pages. */
const BATCH = 2000;

export interface ParquetScanOptions {
  /** Columns that tell rows apart; may be none. */
  readonly key: readonly string[];
  readonly onFault: OnFault;
}

/**
 * Scans a Parquet file column by column. Memory holds the bytes of one column of one row group, a page of it, and a
 * byte for each row of the row group.
 *
 * @throws UserError naming the file, and the row group and column where one is damaged or cannot be read.
 */
export async function scanParquet(
  scan: TableScan,
  source: Source,
  fileIndex: number,
  { key, onFault }: ParquetScanOptions,
): Promise<void> {
  const file = await openParquet(source, AHEAD);
  scan.open(file.name, file.columns);
  const columns = tableColumns(file.root);
  let before = 0;
  for (const [rowGroup, { num_rows }] of file.groups.entries()) {
    const rows = Number(num_rows);
    if (rows === 0) continue;
    const group = new Group(scan, file, rowGroup, before, rows);
    for (const [field, column] of columns.entries()) await group.scan(column, field);
    if (key.length > 0 || scan.compares) await group.addRows(key, fileIndex);
    group.end();
    before += rows;
  }
  if (before > 0) return;
  const message = 'the file has columns and no rows';
  const mend = 'write the rows, or leave the file out';
  onFault({ kind: 'no-rows', file: file.name, line: 1, message, mend });
}

/** One row group. */
class Group {
  readonly #scan: TableScan;
  readonly #file: ParquetFile;
  readonly #rowGroup: number;
  /** Rows of the file before it. */
  readonly #before: number;
  readonly rows: number;
  #broken = new Uint8Array(0);

  constructor(scan: TableScan, file: ParquetFile, rowGroup: number, before: number, rows: number) {
    this.#scan = scan;
    this.#file = file;
    this.#rowGroup = rowGroup;
    this.#before = before;
    this.rows = rows;
  }

  async scan(column: TableColumn, field: number): Promise<void> {
    const counted = this.#scan.columnOf(column.name);
    const to = new ParquetColumn(counted);
    const judged = counted.rules?.patterned === true;
    const add = (from: number, rows: number, work: (place: PagePlace) => void): void => {
      const place = this.#placeOf(field, from, rows);
      if (judged) this.#scan.inTime(() => work(place), `${place.file}:${place.line}`);
      else work(place);
    };
    if (isLeaf(this.#file.root, column.path)) await this.#scanPages(column, to, add);
    else await this.#scanCells(column, to, add);
  }

  async #scanPages(
    { path }: TableColumn,
    to: ParquetColumn,
    add: (from: number, rows: number, work: (place: PagePlace) => void) => void,
  ): Promise<void> {
    const chunk = await this.#file.chunk(this.#rowGroup, path);
    try {
      const reader = new ColumnReader(chunk);
      let from = 0;
      while (from < this.rows) {
        const page = reader.next();
        if (page === undefined) throw new Error('it ends before its last row');
        if (from + page.rows > this.rows) throw new Error('it has more values than its row group has rows');
        add(from, page.rows, (place) => to.add(page, reader.dictionary, place));
        from += page.rows;
      }
      to.end();
    } catch (error) {
      throw damaged(this.#file.name, this.#rowGroup, path, error);
    }
  }

  /** Lists, maps and what else takes several leaves a cell. */
  async #scanCells(
    { name }: TableColumn,
    to: ParquetColumn,
    add: (from: number, rows: number, work: (place: PagePlace) => void) => void,
  ): Promise<void> {
    const [top] = topColumns(this.#file.root, new Set([name]));
    if (top === undefined) return;
    const read = await openTop(this.#file, this.#rowGroup, top);
    for (let from = 0; from < this.rows; from += BATCH) {
      const [cells = []] = read(Math.min(BATCH, this.rows - from));
      add(from, cells.length, (place) => to.addCells(cells, place));
    }
  }

  #placeOf(field: number, from: number, rows: number): PagePlace {
    if (this.#broken.length < from + rows) {
      const larger = new Uint8Array(Math.min(this.rows, Math.max(from + rows, 2 * this.#broken.length)));
      larger.set(this.#broken);
      this.#broken = larger;
    }
    return {
      file: this.#file.name,
      before: this.#scan.rows + from,
      broken: this.#broken.subarray(from, from + rows),
      field,
      line: this.#before + from + 1,
    };
  }

  /** Notes the keys of all rows, and the rows where they are compared; they are read a second time for it. */
  async addRows(key: readonly string[], fileIndex: number): Promise<void> {
    const { name: file, columns } = this.#file;
    const names = this.#scan.compares ? columns : columns.filter((name) => key.includes(name));
    const fields = key.map((name) => names.indexOf(name));
    let from = 0;
    for await (const block of groupBlocks(this.#file, this.#rowGroup, names, this.#before, this.rows)) {
      const place = this.#placeOf(0, from, block.rows);
      if (key.length > 0) this.#scan.keys.add(block, fields, { ...place, fileIndex });
      if (this.#scan.compares) this.#scan.compare(block, names, file, undefined);
      from += block.rows;
    }
  }

  /** Adds the rows to the scan's. */
  end(): void {
    for (const broken of this.#broken) this.#scan.broken += broken;
    this.#scan.rows += this.rows;
  }
}
