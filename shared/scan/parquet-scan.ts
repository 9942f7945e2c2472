import type { ByteSource, Spill, Threads } from '../ports/ports.ts';
import type { Cell } from '../read/batch.ts';
import type { OnFault } from '../read/fault.ts';
import { AHEAD, groupBlocks } from '../read/parquet-blocks.ts';
import { ColumnReader } from '../read/parquet-column.ts';
import { damaged, openParquet, type ParquetFile } from '../read/parquet-file.ts';
import { isLeaf, type TableColumn, tableColumns, topColumns } from '../read/parquet-schema.ts';
import { openTop } from '../read/parquet-top.ts';
import { type Partition, PartitionColumns } from '../read/partitions.ts';
import { type PartOptions, tasksOf } from './in-parts.ts';
import type { KeyForm } from './keys.ts';
import { type PagePlace, ParquetColumn } from './parquet-column.ts';
import { GroupHashes } from './parquet-rows.ts';
import { type PartResult, type PartTask, partScan } from './parts.ts';
import type { TableScan } from './table-scan.ts';

/** Rows that are taken at a time if they are not taken by pages. */
const BATCH = 2000;

export interface ParquetScanOptions extends PartOptions {
  readonly threads?: Threads | undefined;
  readonly onFault: OnFault;
}

/**
 * Scans a Parquet file column by column; row groups of a large one in threads, the first of them in this one. Memory
 * holds, in each thread, the bytes of one column of one row group, a page of it, and a few bytes for each row of the row
 * group.
 *
 * @throws UserError naming the file, and the row group and column if one is damaged or cannot be read.
 */
export async function scanParquet(
  source: ByteSource,
  fileIndex: number,
  options: ParquetScanOptions,
): Promise<void> {
  const { scan, keys, threads, onFault, text } = options;
  const file = await openParquet(source, { ahead: AHEAD, limits: text?.limits });
  const added = addedTo(file, options.partition);
  scan.open(file.name, [...file.columns, ...added.keys()]);
  const bounds = boundsOf(file, threads);
  const [own, ...others] = tasksOf(file.name, fileIndex, { bounds, syntax: 'parquet', columns: [] }, options);
  // A thread runs `scanGroups` of this very build. All are waited for: what one thread would meet first is told.
  const results = Promise.allSettled(others.map((task) => threads?.run(task) as Promise<PartResult>));
  const before = scan.rows;
  if (own !== undefined) await scanThese(scan, file, keys, own);
  for (const [index, result] of (await results).entries()) {
    if (result.status === 'rejected') throw result.reason;
    const task = others[index];
    scan.merge(result.value.state, task && threads?.spillOf(task), 0);
  }
  if (scan.rows > before) return;
  const message = 'the file has columns and no rows';
  const fix = 'write the rows, or leave the file out';
  onFault({ kind: 'no-rows', file: file.name, line: 1, message, fix });
}

/** Scans the row groups of a task. @throws UserError as `scanParquet`. */
export async function scanGroups(
  task: PartTask,
  source: ByteSource,
  spill: Spill | undefined,
): Promise<PartResult> {
  const file = await openParquet(source, { ahead: AHEAD, limits: task.limits });
  const scan = await partScan(task, spill);
  scan.open(file.name, [...file.columns, ...addedTo(file, task.partition).keys()]);
  await scanThese(scan, file, task.keys, task);
  return { state: scan.state, lines: 0, whole: true, stopped: false, columns: [], faults: [] };
}

/** Where the parts start, of about as many rows each, and the number of row groups. */
function boundsOf({ groups, columns }: ParquetFile, threads: Threads | undefined): number[] {
  const rows = groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  const parts = threads?.isWorth(rows * columns.length) === true ? threads.count : 1;
  const bounds = [0];
  let before = 0;
  for (const [group, { num_rows }] of groups.entries()) {
    // The group is in the part in which its middle is.
    const part = Math.floor(((before + Number(num_rows) / 2) / rows) * parts);
    if (part >= bounds.length && group > 0) bounds.push(group);
    before += Number(num_rows);
  }
  return [...bounds, groups.length];
}

/** The columns of a partition that the file itself lacks, with their values. */
function addedTo({ columns }: ParquetFile, partition: Partition = new Map()): Partition {
  return new Map([...partition].filter(([name]) => !columns.includes(name)));
}

async function scanThese(
  scan: TableScan,
  file: ParquetFile,
  keys: readonly KeyForm[],
  { fileIndex, partition, from, to }: Pick<PartTask, 'fileIndex' | 'partition' | 'from' | 'to'>,
): Promise<void> {
  const columns = tableColumns(file.root);
  const added = addedTo(file, partition);
  const log = scan.hashedRows;
  const hashes = log && new GroupHashes(log, scan.forms);
  let before = 0;
  for (const [rowGroup, { num_rows }] of file.groups.entries()) {
    const rows = Number(num_rows);
    if (rows > 0 && rowGroup >= from && rowGroup < to) {
      const group = new Group(scan, file, { rowGroup, before, rows }, hashes);
      for (const [field, column] of columns.entries()) await group.scan(column, field);
      for (const [at, [name, value]] of [...added].entries())
        group.addConstant(name, columns.length + at, value);
      if (keys.length > 0 || group.wantsRows || scan.judgedColumns?.length !== 0)
        await group.addRows(keys, fileIndex, partition);
      group.end();
    }
    before += rows;
  }
}

interface GroupPlace {
  readonly rowGroup: number;
  /** Rows of the file before it. */
  readonly before: number;
  readonly rows: number;
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
  readonly #hashes: GroupHashes | undefined;

  constructor(
    scan: TableScan,
    file: ParquetFile,
    { rowGroup, before, rows }: GroupPlace,
    hashes: GroupHashes | undefined,
  ) {
    this.#scan = scan;
    this.#file = file;
    this.#rowGroup = rowGroup;
    this.#before = before;
    this.rows = rows;
    this.#hashes = hashes;
    hashes?.start(rows);
  }

  /** Are rows compared as they stand in a delimited file? */
  get wantsRows(): boolean {
    return this.#scan.compares && this.#hashes === undefined;
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
    if (isLeaf(this.#file.root, column.path)) await this.#scanPages(column, field, to, add);
    else await this.#scanCells(column, field, to, add);
  }

  async #scanPages(
    { name, path }: TableColumn,
    field: number,
    to: ParquetColumn,
    add: (from: number, rows: number, work: (place: PagePlace) => void) => void,
  ): Promise<void> {
    const chunk = await this.#file.chunk(this.#rowGroup, path);
    try {
      const reader = new ColumnReader(chunk);
      const hashes = this.#hashes?.column(name, field, reader.kind);
      let from = 0;
      while (from < this.rows) {
        const page = reader.next();
        if (page === undefined) throw new Error('it ends before its last row');
        if (from + page.rows > this.rows) throw new Error('it has more values than its row group has rows');
        add(from, page.rows, (place) => to.add(page, reader.dictionary, place));
        hashes?.add(page, reader.dictionary, from);
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
    field: number,
    to: ParquetColumn,
    add: (from: number, rows: number, work: (place: PagePlace) => void) => void,
  ): Promise<void> {
    const [top] = topColumns(this.#file.root, new Set([name]));
    if (top === undefined) return;
    const read = await openTop(this.#file, this.#rowGroup, top);
    const hashes = this.#hashes?.column(name, field, undefined);
    for (let from = 0; from < this.rows; from += BATCH) {
      const [cells = []] = read(Math.min(BATCH, this.rows - from));
      add(from, cells.length, (place) => to.addCells(cells, place));
      hashes?.addCells(cells, from);
    }
  }

  /** Takes a column that has the same value in each row. */
  addConstant(name: string, field: number, value: Cell): void {
    const to = new ParquetColumn(this.#scan.columnOf(name));
    const hashes = this.#hashes?.column(name, field, undefined);
    const cells = new Array<Cell>(Math.min(BATCH, this.rows)).fill(value);
    for (let from = 0; from < this.rows; from += BATCH) {
      const own = cells.slice(0, Math.min(BATCH, this.rows - from));
      to.addCells(own, this.#placeOf(field, from, own.length));
      hashes?.addCells(own, from);
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

  /** Notes the keys of all rows, or the rows if they are wanted; they are read a second time for it. */
  async addRows(
    keys: readonly KeyForm[],
    fileIndex: number,
    partition: Partition | undefined,
  ): Promise<void> {
    const { name: file, columns } = this.#file;
    const added = partition && new PartitionColumns(partition);
    const judged = this.#scan.judgedColumns;
    const asked = new Set([...keys.flatMap((key) => key.columns), ...(judged ?? [])]);
    const all = this.wantsRows || judged === undefined;
    const own = all ? columns : columns.filter((name) => asked.has(name));
    const names = added?.names(own) ?? own;
    const fields = keys.map((key) => key.columns.map((name) => names.indexOf(name)));
    let from = 0;
    for await (const read of groupBlocks(this.#file, this.#rowGroup, own, this.#before, this.rows)) {
      const block = added?.widened(read, own) ?? read;
      const place = this.#placeOf(0, from, block.rows);
      this.#scan.judgeRows(block, names, place);
      this.#scan.addKeys(block, fields, { ...place, fileIndex });
      if (this.wantsRows) this.#scan.compare(block, names, file, undefined);
      from += block.rows;
    }
  }

  /** Adds the rows to the scan's. */
  end(): void {
    this.#hashes?.end(this.#file.name, this.#before);
    this.#scan.noteBroken(this.#broken, this.#broken.length);
    this.#scan.rows += this.rows;
  }
}
