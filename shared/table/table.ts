import type { Source } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Batch } from './batch.ts';
import { InvalidUtf8, type TextOptions, textOf } from './bytes.ts';
import { CsvReader, detectDelimiter, firstLine, headerOf } from './csv.ts';
import type { DecompressionLimits } from './decompress.ts';
import { type Dialect, isPlain, verifyDialect } from './dialect.ts';
import { emptyFault, encodingFault, faultSink, type OnFault } from './fault.ts';
import { type ExactIntegers, JsonLinesReader } from './jsonl.ts';
import { partitionsOf, withPartitions } from './partitions.ts';
import { refusePointer } from './pointer.ts';

export type { Batch, Cell } from './batch.ts';
export { jsonTypeOf, toNumber } from './batch.ts';
export type { DecompressionLimits } from './decompress.ts';
export type { Dialect } from './dialect.ts';
export type { Fault, FaultKind, OnFault } from './fault.ts';
export { problemOf } from './fault.ts';

export interface TableOptions {
  /** One character; by default a tab for `.tsv`, else what the header line shows most of: `,` `;` tab `|`. */
  readonly delimiter?: string;
  /** How delimited files are written, if it is not RFC 4180; what else is given here goes before it. */
  readonly dialect?: Dialect;
  /** Of texts without a byte order mark, such as `windows-1252`; UTF-8 by default. */
  readonly encoding?: string;
  /** The only columns that are needed: Parquet reads no others, text formats give all. */
  readonly columns?: readonly string[];
  /** What compressed files may become. */
  readonly limits?: DecompressionLimits;
  /** For `readTables`: are folders named `key=value` columns? By default if all files have the same keys. */
  readonly partitions?: boolean;
  /** Is told of structural faults, which do not end the reading then. */
  readonly onFault?: OnFault;
  /** The columns of JSON Lines whose whole numbers beyond 2^53 are the texts that they were written as, as ids need them. */
  readonly exactIntegers?: ExactIntegers;
  /** Rows of a batch, at least; 2,000 by default. */
  readonly batchRows?: number;
}

/** The longest header line that is looked at for its delimiter, in UTF-16 units. */
const MAX_HEADER = 4 * 1024 * 1024;

type Reader = CsvReader | JsonLinesReader;

/**
 * Reads a file as batches of rows, by the end of its name: JSON Lines (`.jsonl`, `.ndjson`), Parquet (`.parquet`,
 * `.pq`), and CSV (RFC 4180, or as the dialect says). Text may be compressed by gzip or Zstandard, told by its bytes.
 * A file with a sound header gives at least one batch, if without rows. `faults: empty-file` and `no-rows` are
 * reported for files without rows.
 *
 * @throws UserError if the file or the dialect cannot be read, or, without `onFault`, the file has faults.
 */
export async function* readTable(source: Source, options: TableOptions = {}): AsyncGenerator<Batch> {
  const sink = faultSink(options.onFault);
  const name = source.name.toLowerCase();
  refuseName(name.replace(/\.(gz|zst)$/, ''), source.name);
  const progress = { delivered: false, faults: 0 };
  const report: OnFault = (fault) => {
    progress.faults++;
    sink.report(fault);
  };
  if (/\.(parquet|pq)$/.test(name)) yield* parquetBatches(source, options, report);
  else yield* textBatches(source, name.replace(/\.(gz|zst)$/, ''), options, report, progress);
  sink.done();
}

/**
 * Many files as one stream, in their order; each batch names its file. Folders of the files' paths that are named
 * `key=value`, as Hive and Spark write them, are further columns.
 */
export async function* readTables(
  sources: readonly Source[],
  options: TableOptions = {},
): AsyncGenerator<Batch> {
  const names = sources.map((source) => source.name);
  const partitions =
    options.partitions === false ? undefined : partitionsOf(names, options.partitions === true);
  for (const [index, source] of sources.entries()) {
    const batches = readTable(source, options);
    const constants = partitions?.[index];
    yield* constants === undefined ? batches : withPartitions(batches, constants);
  }
}

async function* parquetBatches(
  source: Source,
  { columns, batchRows = 2000 }: TableOptions,
  report: OnFault,
): AsyncGenerator<Batch> {
  const { readParquet } = await import('./parquet.ts');
  let rows = 0;
  for await (const batch of readParquet(source, { columns, batchRows })) {
    rows += batch.rows.length;
    yield batch;
  }
  if (rows > 0) return;
  const message = 'the file has columns and no rows';
  const fix = 'write the rows, or leave the file out';
  report({ kind: 'no-rows', file: source.name, line: 1, message, fix });
}

async function* textBatches(
  source: Source,
  name: string,
  options: TableOptions,
  report: OnFault,
  progress: { delivered: boolean; readonly faults: number },
): AsyncGenerator<Batch> {
  const { delimiter, encoding, ...said } = options.dialect ?? {};
  if (options.dialect !== undefined) verifyDialect(options.dialect, source.name);
  const text: TextOptions = {
    ...orNothing('encoding', options.encoding ?? encoding),
    ...orNothing('limits', options.limits),
  };
  const given = options.delimiter ?? delimiter ?? (name.endsWith('.tsv') ? '\t' : undefined);
  const readers = /\.(jsonl|ndjson)$/.test(name)
    ? jsonReaders(source, { ...options, ...text }, report)
    : csvReaders(
        source,
        text,
        given,
        isPlain(said) && said.missingValues === undefined ? undefined : said,
        report,
      );
  let last: Reader | undefined;
  for await (const reader of readers) {
    last = reader;
    if (reader.lines.length < (options.batchRows ?? 2000)) continue;
    yield take(source.name, reader);
    progress.delivered = true;
  }
  if (last?.columns !== undefined && (last.lines.length > 0 || !progress.delivered)) {
    const empty = last.lines.length === 0;
    yield take(source.name, last);
    if (!empty) progress.delivered = true;
  }
  if (!progress.delivered && progress.faults === 0)
    report(emptyFault(source.name, last?.columns !== undefined));
}

function orNothing<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function take(file: string, reader: Reader): Batch {
  const columns = reader.columns ?? [];
  const { rows, lines } = reader;
  reader.lines = [];
  if (reader instanceof CsvReader) {
    reader.rows = [];
    return { file, columns, rows, lines };
  }
  const { records } = reader;
  reader.records = [];
  reader.cells = [];
  return { file, columns, rows, lines, records };
}

/** Yields the same reader after each piece of text and at the end. */
async function* csvReaders(
  source: Source,
  options: TextOptions,
  said: string | undefined,
  dialect: Dialect | undefined,
  report: OnFault,
): AsyncGenerator<Reader> {
  // What stands before the header does not show the delimiter.
  const given = said ?? ((dialect?.headerRow ?? 1) > 1 ? ',' : undefined);
  let reader: CsvReader | undefined;
  let head = '';
  const header = () => headerOf(head, dialect?.quote, dialect?.comment);
  const begin = (): CsvReader => {
    const delimiter = given ?? detectDelimiter(header() ?? firstLine(head, dialect?.comment), dialect?.quote);
    const made = new CsvReader(source.name, delimiter, report, dialect);
    made.push(head);
    return made;
  };
  try {
    for await (const text of textOf(source, options)) {
      if (reader === undefined) {
        head += text;
        if (given === undefined && head.length < MAX_HEADER && header() === undefined) continue;
        reader = begin();
      } else {
        reader.push(text);
      }
      yield reader;
      if (reader.stopped) return;
    }
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    reader ??= begin();
    reader.settle();
    if (!reader.stopped) report(encodingFault(source.name, reader.line, error.encoding));
    yield reader;
    return;
  }
  if (reader === undefined) {
    if (head === '') return;
    reader = begin();
  }
  reader.end();
  yield reader;
}

async function* jsonReaders(
  source: Source,
  options: TableOptions & TextOptions,
  report: OnFault,
): AsyncGenerator<Reader> {
  const reader = new JsonLinesReader(source.name, report, options.exactIntegers);
  try {
    for await (const text of textOf(source, options)) {
      reader.push(text);
      yield reader;
      if (reader.stopped) return;
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    if (error.cut) reader.endTorn();
    else report(encodingFault(source.name, reader.line, error.encoding));
  }
  yield reader;
}

function refuseName(name: string, shown: string): void {
  if (name.endsWith('.dvc')) refusePointer(shown, new Uint8Array(0));
  const format = /\.(json|xlsx?|arrow|feather)$/.exec(name)?.[1];
  if (format === undefined) return;
  const what =
    format === 'json' ? 'a JSON document is not read as a table' : `.${format} files are not read as tables`;
  const fix =
    format === 'json' ? 'write JSON Lines (.jsonl), one object a line' : 'write CSV, JSON Lines or Parquet';
  throw new UserError({ what, where: shown, fix });
}
