/** The former reader of rows, from texts: what the scan of bytes is compared with. */
import type { ByteSource } from '../../shared/ports/ports.ts';
import type { Batch } from '../../shared/read/batch.ts';
import { InvalidUtf8, type TextOptions, utf8Of } from '../../shared/read/bytes.ts';
import { type Dialect, isPlainDialect } from '../../shared/read/dialect.ts';
import { decoded } from '../../shared/read/encoding.ts';
import { emptyFault, encodingFault, faultSink, type OnFault } from '../../shared/read/fault.ts';
import { openingOf } from '../../shared/read/opening.ts';
import { folderPartitions } from '../../shared/read/partitions.ts';
import type { TableOptions } from '../../shared/read/tables.ts';
import { CsvReader } from './csv.ts';
import { JsonLinesReader } from './jsonl.ts';

type Reader = CsvReader | JsonLinesReader;

export async function* readTable(source: ByteSource, options: TableOptions = {}): AsyncGenerator<Batch> {
  const sink = faultSink(options.onFault);
  const name = source.name.toLowerCase();
  const progress = { delivered: false, faults: 0 };
  const report: OnFault = (fault) => {
    progress.faults++;
    sink.report(fault);
  };
  if (/\.(parquet|pq)$/.test(name)) yield* parquetBatches(source, options, report);
  else yield* textBatches(source, name.replace(/\.(gz|zst)$/, ''), options, report, progress);
  sink.done();
}

export async function* readTables(
  sources: readonly ByteSource[],
  options: TableOptions = {},
): AsyncGenerator<Batch> {
  const partitions = folderPartitions(sources.map(({ name }) => name));
  for (const [index, source] of sources.entries()) {
    const added = partitions?.[index];
    for await (const batch of readTable(source, options)) {
      const taken = new Set(batch.columns);
      const extra = [...(added ?? [])].filter(([key]) => !taken.has(key));
      const fields = Object.fromEntries(extra);
      yield extra.length === 0
        ? batch
        : {
            ...batch,
            columns: [...batch.columns, ...extra.map(([key]) => key)],
            rows: batch.rows.map((row) => [...row, ...extra.map(([, cell]) => cell)]),
            ...(batch.records && { records: batch.records.map((record) => ({ ...record, ...fields })) }),
          };
    }
  }
}

async function* parquetBatches(
  source: ByteSource,
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
  source: ByteSource,
  name: string,
  options: TableOptions,
  report: OnFault,
  progress: { delivered: boolean; readonly faults: number },
): AsyncGenerator<Batch> {
  const { delimiter, encoding, ...said } = options.dialect ?? {};
  const text: TextOptions = {
    ...orNothing('encoding', options.encoding ?? encoding),
    ...orNothing('limits', options.limits),
  };
  const given = options.delimiter ?? delimiter ?? (name.endsWith('.tsv') ? '\t' : undefined);
  const readers = /\.(jsonl|ndjson)$/.test(name)
    ? jsonReaders(source, { ...options, ...text }, report)
    : csvReaders(source, text, given, said, report);
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

async function* csvReaders(
  source: ByteSource,
  options: TextOptions,
  given: string | undefined,
  dialect: Dialect,
  report: OnFault,
): AsyncGenerator<Reader> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of utf8Of(source, options)) pieces.push(Buffer.from(piece));
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    const all = Buffer.concat(pieces);
    const reader = readerOf(source.name, all, given, dialect, report);
    if (reader === undefined) return;
    reader.push(all.toString('utf8'));
    reader.settle();
    if (!reader.stopped) report(encodingFault(source.name, reader.line, error.encoding));
    yield reader;
    return;
  }
  const all = Buffer.concat(pieces);
  if (all.length === 0) return;
  const reader = readerOf(source.name, all, given, dialect, report);
  if (reader === undefined) return;
  try {
    for await (const text of decoded(piecesOf(all), 'utf-8')) reader.push(text);
    reader.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    reader.settle();
    if (!reader.stopped) report(encodingFault(source.name, reader.line, error.encoding));
  }
  yield reader;
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Comments before the header become comments of the whole text, which tables of tests do not have. */
function readerOf(
  name: string,
  all: Buffer,
  given: string | undefined,
  dialect: Dialect,
  report: OnFault,
): CsvReader | undefined {
  const opening = openingOf(all, { ...dialect, ...orNothing('delimiter', given) }, true);
  if (opening === undefined) return undefined;
  const isRfc = isPlainDialect(dialect) && dialect.missingValues === undefined;
  const layout = { ...opening.layout, indexColumn: dialect.indexColumn };
  return new CsvReader(name, opening.delimiter, report, isRfc ? undefined : dialect, layout);
}

async function* jsonReaders(
  source: ByteSource,
  options: TableOptions & TextOptions,
  report: OnFault,
): AsyncGenerator<Reader> {
  const reader = new JsonLinesReader(source.name, report, options.exactIntegers);
  try {
    for await (const text of decoded(utf8Of(source, options), 'utf-8')) {
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
