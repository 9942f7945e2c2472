import { InvalidUtf8 } from '../table/bytes.ts';
import { detectDelimiter, firstLine, headerOf } from '../table/csv.ts';
import type { CsvBytes } from './csv-bytes.ts';
import type { JsonBytes } from './json-bytes.ts';

/** What reads the bytes of one file: CSV or JSON Lines. */
export type Scanner = Pick<
  CsvBytes | JsonBytes,
  'push' | 'end' | 'invalid' | 'stopped' | 'columns' | 'line' | 'pending'
>;

/** Are the bytes JSON Lines? One byte that delimits fields of CSV; undefined if the header is to tell it. */
export type Format = 'json' | number | undefined;

/** The longest header line that is looked at for its delimiter, in bytes. */
const MAX_HEADER = 4 * 1024 * 1024;

/** Gives a file's bytes to a scanner, which is made once its format is known; undefined for an empty file. */
export async function scanFile(
  chunks: AsyncIterable<Uint8Array>,
  given: Format,
  make: (format: 'json' | number) => Scanner,
): Promise<Scanner | undefined> {
  let scanner: Scanner | undefined;
  const begin = (head: Buffer): Scanner => {
    const made = make(given ?? delimiterOf(head));
    made.push(head);
    return made;
  };
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      if (scanner === undefined) {
        head = Buffer.concat([head, chunk]);
        if (given !== undefined || hasLine(head) || head.length >= MAX_HEADER) scanner = begin(head);
      } else scanner.push(chunk);
      if (scanner?.stopped === true) break;
    }
    if (scanner === undefined && head.length > 0) scanner = begin(head);
    scanner?.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    scanner ??= begin(head);
    if (!scanner.stopped) scanner.invalid(error.cut, error.encoding);
  }
  return scanner;
}

export function hasLine(head: Buffer): boolean {
  return headerOf(head.toString('latin1')) !== undefined;
}

export function delimiterOf(head: Buffer): number {
  const text = head.toString('latin1', 0, MAX_HEADER);
  return detectDelimiter(headerOf(text) ?? firstLine(text)).charCodeAt(0);
}
