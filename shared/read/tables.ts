import type { ByteSource } from '../ports/ports.ts';
import type { Batch, Cell } from './batch.ts';
import type { Block } from './block.ts';
import { blocksOf } from './blocks.ts';
import type { DecompressionLimits } from './decompress.ts';
import type { Dialect } from './dialect.ts';
import { faultSink, type OnFault } from './fault.ts';
import { KINDS } from './json-kinds.ts';
import { isWanted } from './names.ts';
import { folderPartitions, type Partition } from './partitions.ts';

/** Bytes of a batch, about, whatever the number of its rows. */
const BATCH_BYTES = 64 * 1024 * 1024;

/** Columns whose whole numbers beyond 2^53 are read as the texts that they were written as; others are doubles. */
export type ExactIntegers = 'all' | readonly string[];

export interface TableOptions {
  /** By default a tab for `.tsv`, else what the header line shows most of: `,` `;` tab `|`. */
  readonly delimiter?: string;
  /** How delimited files are written, if it is not RFC 4180; what else is given here goes before it. */
  readonly dialect?: Dialect;
  /** Of texts without a byte order mark, such as `windows-1252`; UTF-8 by default. */
  readonly encoding?: string;
  /** The only columns that are needed; a struct's name stands for all its members. */
  readonly columns?: readonly string[];
  /** What compressed files may become. */
  readonly limits?: DecompressionLimits;
  /** For `readTables`: are folders named `key=value` columns? By default if all files have the same keys. */
  readonly partitions?: boolean;
  /** Is told of structural faults, which do not end the reading then. */
  readonly onFault?: OnFault;
  /** For JSON Lines: whose whole numbers are exact, as those of ids have to be. */
  readonly exactIntegers?: ExactIntegers;
  /** Rows of a batch, at least; 2,000 by default. */
  readonly batchRows?: number;
}

/**
 * Reads a file as batches of rows. A file with a sound header gives at least one batch, if without rows. `faults:
 * empty-file` and `no-rows` are reported for files without rows.
 *
 * @throws UserError if the file or the dialect cannot be read, or, without `onFault`, the file has faults.
 */
export function readTable(source: ByteSource, options: TableOptions = {}): AsyncGenerator<Batch> {
  return batchesOf(source, options, undefined);
}

/**
 * Many files as one stream, in their order; each batch names its file. Folders of the files' paths that are named
 * `key=value`, as Hive and Spark write them, are further columns.
 */
export async function* readTables(
  sources: readonly ByteSource[],
  options: TableOptions = {},
): AsyncGenerator<Batch> {
  const names = sources.map((source) => source.name);
  const partitions =
    options.partitions === false ? undefined : folderPartitions(names, options.partitions === true);
  for (const [index, source] of sources.entries()) yield* batchesOf(source, options, partitions?.[index]);
}

async function* batchesOf(
  source: ByteSource,
  options: TableOptions,
  partition: Partition | undefined,
): AsyncGenerator<Batch> {
  const { delimiter, dialect, limits, encoding = dialect?.encoding, batchRows = 2000 } = options;
  const sink = faultSink(options.onFault);
  const rows = new BlockRows(source.name, options);
  const pieces = blocksOf(source, {
    ...{ delimiter, dialect, partition, wanted: options.columns, onFault: sink.report, canonical: [] },
    text: { ...(encoding === undefined ? {} : { encoding }), ...(limits === undefined ? {} : { limits }) },
    onBlock: (block, columns) => rows.add(block, columns),
  });
  let delivered = false;
  let columns: readonly string[] | undefined;
  for await (const known of pieces) {
    columns = known;
    if (rows.size === 0 || (rows.size < batchRows && rows.bytes < BATCH_BYTES)) continue;
    yield rows.take(known ?? []);
    delivered = true;
  }
  if (columns !== undefined && (rows.size > 0 || !delivered)) yield rows.take(columns);
  sink.done();
}

/** Rows of blocks as cells, until they are taken. */
class BlockRows {
  readonly #file: string;
  readonly #wanted: readonly string[] | undefined;
  readonly #exact: ExactIntegers;
  #columns: readonly string[] = [];
  #known = -1;
  /** Fields of the columns that are wanted. */
  #kept: readonly { readonly name: string; readonly field: number; readonly exact: boolean }[] = [];
  #rows: Cell[][] = [];
  #lines: number[] = [];
  #records: Record<string, unknown>[] | undefined;
  #typed = false;

  constructor(file: string, { columns, exactIntegers = [] }: TableOptions) {
    this.#file = file;
    this.#wanted = columns;
    this.#exact = exactIntegers;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Of the contents of the rows. */
  bytes = 0;

  add(block: Block, columns: readonly string[]): void {
    this.#plan(columns);
    this.bytes += contentOf(block);
    for (let row = 0; row < block.rows; row++) {
      const base = row * block.width;
      this.#rows.push(this.#kept.map(({ field, exact }) => cellOf(block, base + field, exact)));
      this.#lines.push(block.lines[row]!);
    }
    if (block.types !== undefined) this.#typed = true;
    if (block.kinds === undefined) return;
    this.#records ??= [];
    for (let row = 0; row < block.rows; row++) this.#records.push(this.#recordOf(block, row * block.width));
  }

  #recordOf(block: Block, base: number): Record<string, unknown> {
    const members = this.#kept.flatMap(({ name, field }) => {
      const value = memberOf(block, base + field);
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(members);
  }

  #plan(columns: readonly string[]): void {
    if (columns === this.#columns && columns.length === this.#known) return;
    this.#columns = columns;
    this.#known = columns.length;
    this.#kept = columns.flatMap((name, field) => {
      const exact = this.#exact === 'all' || this.#exact.includes(name);
      return isWanted(name, this.#wanted) ? [{ name, field, exact }] : [];
    });
  }

  /** @param columns all that are known of the file. */
  take(columns: readonly string[]): Batch {
    this.#plan(columns);
    const names = this.#kept.map(({ name }) => name);
    const [rows, lines, records] = [this.#rows, this.#lines, this.#records];
    for (const row of rows) while (row.length < names.length) row.push(null);
    this.#rows = [];
    this.#lines = [];
    this.bytes = 0;
    this.#records = undefined;
    const unread = columns.filter((name) => !isWanted(name, this.#wanted));
    return {
      ...{ file: this.#file, columns: names, rows, lines },
      ...(this.#typed ? { typed: true } : {}),
      ...(unread.length === 0 ? {} : { unread }),
      ...(records === undefined ? {} : { records }),
    };
  }
}

function contentOf({ starts, ends, rows, width }: Block): number {
  let size = 0;
  for (let at = 0; at < rows * width; at++) if (starts[at]! >= 0) size += ends[at]! - starts[at]!;
  return size;
}

/** @param exact is a whole number beyond 2^53 the text that it was written as? */
function cellOf({ bytes, starts, ends, kinds, types }: Block, at: number, exact: boolean): Cell {
  const start = starts[at]!;
  if (start < 0) return null;
  const kind = kinds?.[at] ?? types?.[at] ?? KINDS.TEXT;
  if (kind === KINDS.ABSENT && kinds !== undefined) return null;
  if (kind === KINDS.TRUE || kind === KINDS.FALSE) return kind === KINDS.TRUE;
  const text = bytes.toString('utf8', start, ends[at]!);
  if (kind !== KINDS.NUMBER) return text;
  const number = Number(text);
  // Of Parquet, what its double does not spell is an integer or a decimal that has more digits than one holds.
  if (types !== undefined) return String(number) === text ? number : text;
  // 1e999 is valid JSON, and no number that can be counted with.
  if (!Number.isFinite(number)) return String(number);
  return exact && !Number.isSafeInteger(number) && Number.isInteger(number) && /^-?\d+$/.test(text)
    ? text
    : number;
}

/** The value of a JSON record's member; undefined if it lacks it. */
function memberOf({ bytes, starts, ends, kinds }: Block, at: number): unknown {
  const kind = kinds?.[at] ?? KINDS.ABSENT;
  if (kind === KINDS.ABSENT) return undefined;
  if (kind === KINDS.NULL) return null;
  if (kind === KINDS.TRUE || kind === KINDS.FALSE) return kind === KINDS.TRUE;
  const text = bytes.toString('utf8', starts[at]!, ends[at]!);
  if (kind === KINDS.TEXT) return text;
  return kind === KINDS.NUMBER ? Number(text) : JSON.parse(text);
}
