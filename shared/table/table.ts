import type { Source } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Batch } from './batch.ts';
import { InvalidUtf8, textOf } from './bytes.ts';
import { CsvReader, detectDelimiter } from './csv.ts';
import { faultSink, type OnFault } from './fault.ts';
import { JsonLinesReader } from './jsonl.ts';

export type { Batch, Cell } from './batch.ts';
export { jsonTypeOf, toNumber } from './batch.ts';
export type { Fault, FaultKind, OnFault } from './fault.ts';
export { problemOf } from './fault.ts';
export { jsonPlace } from './jsonl.ts';

export interface TableOptions {
  /** One character; by default a tab for `.tsv`, else what the header line shows most of: `,` `;` tab `|`. */
  readonly delimiter?: string;
  /** Is told of structural faults, which do not end the reading then. */
  readonly onFault?: OnFault;
  /** Rows of a batch, at least; 2,000 by default. */
  readonly batchRows?: number;
}

/** The longest header line that is looked at for its delimiter, in UTF-16 units. */
const MAX_HEADER = 4 * 1024 * 1024;

type Reader = CsvReader | JsonLinesReader;

/**
 * Reads a file as batches of rows: CSV and TSV (RFC 4180), or JSON Lines by `.jsonl` and `.ndjson`, plain or gzip.
 * A file with a sound header gives at least one batch, if without rows. `faults: empty-file` and `no-rows` are
 * reported for files without rows.
 *
 * @throws UserError where the file cannot be read, is of another format, or, without `onFault`, has faults.
 */
export async function* readTable(source: Source, options: TableOptions = {}): AsyncGenerator<Batch> {
  const sink = faultSink(options.onFault);
  const batchRows = options.batchRows ?? 2000;
  const name = source.name.toLowerCase().replace(/\.gz$/, '');
  refuseName(name, source.name);
  const progress = { delivered: false, faults: 0 };
  const report: OnFault = (fault) => {
    progress.faults++;
    sink.report(fault);
  };
  const readers = /\.(jsonl|ndjson)$/.test(name)
    ? jsonReaders(source, report)
    : csvReaders(source, options.delimiter ?? (name.endsWith('.tsv') ? '\t' : undefined), report);
  let last: Reader | undefined;
  for await (const reader of readers) {
    last = reader;
    if (reader.lines.length < batchRows) continue;
    yield take(source.name, reader);
    progress.delivered = true;
  }
  if (last?.columns !== undefined && (last.lines.length > 0 || !progress.delivered)) {
    const empty = last.lines.length === 0;
    yield take(source.name, last);
    if (!empty) progress.delivered = true;
  }
  if (!progress.delivered && progress.faults === 0) reportEmpty(source.name, last, report);
  sink.done();
}

/** Many files as one stream, in their order; each batch names its file. */
export async function* readTables(
  sources: readonly Source[],
  options: TableOptions = {},
): AsyncGenerator<Batch> {
  for (const source of sources) yield* readTable(source, options);
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
  given: string | undefined,
  report: OnFault,
): AsyncGenerator<Reader> {
  let reader: CsvReader | undefined;
  let head = '';
  try {
    for await (const text of textOf(source)) {
      if (reader === undefined) {
        head += text;
        if (given === undefined && !/[^\r\n][\r\n]/.test(head) && head.length < MAX_HEADER) continue;
        reader = new CsvReader(source.name, given ?? detectDelimiter(firstLine(head)), report);
        reader.push(head);
      } else {
        reader.push(text);
      }
      yield reader;
      if (reader.stopped) return;
    }
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    reportEncoding(source.name, reader?.line ?? 1, report);
    if (reader !== undefined) yield reader;
    return;
  }
  if (reader === undefined) {
    if (head === '') return;
    reader = new CsvReader(source.name, given ?? detectDelimiter(firstLine(head)), report);
    reader.push(head);
  }
  reader.end();
  yield reader;
}

async function* jsonReaders(source: Source, report: OnFault): AsyncGenerator<Reader> {
  const reader = new JsonLinesReader(source.name, report);
  try {
    for await (const text of textOf(source)) {
      reader.push(text);
      yield reader;
      if (reader.stopped) return;
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    if (error.cut) reader.endTorn();
    else reportEncoding(source.name, reader.line, report);
  }
  yield reader;
}

function firstLine(text: string): string {
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}

function reportEncoding(file: string, line: number, report: OnFault): void {
  const message = 'the row holds a byte that is not UTF-8; the file was not read beyond it';
  report({ kind: 'invalid-utf8', file, line, message, mend: 'save the file as UTF-8' });
}

function reportEmpty(file: string, reader: Reader | undefined, report: OnFault): void {
  if (reader?.columns === undefined) {
    report({
      kind: 'empty-file',
      file,
      line: 1,
      message: 'the file is empty',
      mend: 'write a header and rows',
    });
  } else {
    const message = 'the file has a header and no rows';
    report({ kind: 'no-rows', file, line: 1, message, mend: 'write the rows, or leave the file out' });
  }
}

function refuseName(name: string, shown: string): void {
  const format = /\.(parquet|json|xlsx?|arrow|feather|zst)$/.exec(name)?.[1];
  if (format === undefined) return;
  const what =
    format === 'json'
      ? 'a JSON document is not read as a table'
      : `.${format} files are not read yet; they come in a later version`;
  const mend =
    format === 'json'
      ? 'write JSON Lines (.jsonl), one object a line'
      : 'write CSV or JSON Lines, plain or gzip';
  throw new UserError({ what, where: shown, mend });
}
