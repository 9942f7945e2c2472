import { isUtf8 } from 'node:buffer';
import type { ByteSource } from '../ports/ports.ts';
import { headOf, type TextOptions } from './bytes.ts';
import type { Dialect } from './dialect.ts';
import { detectDelimiter, openingOf } from './opening.ts';

/** What the start of a delimited file shows of how it is written, if that is not RFC 4180 in UTF-8. */
export interface DetectedForm extends Pick<Dialect, 'encoding' | 'quote'> {
  /** How many lines before the header begin with `#`; a scan passes over them in each file by itself. */
  readonly comments?: number;
}

/** Bytes that are looked at. */
const HEAD = 256 * 1024;
/** Lines that are looked at for their quotes. */
const LINES = 50;

/**
 * Detects how a delimited text file is written: comment lines before the header (`#`), fields in single quotes, and
 * Windows-1252, of which Latin-1 is all but the control characters.
 *
 * @throws UserError if the file cannot be opened as text.
 */
export async function detectFile(source: ByteSource, options: TextOptions = {}): Promise<DetectedForm> {
  const head = Buffer.from(await headOf(source, options, HEAD));
  // The ASCII characters that matter are the same in every encoding that is not told by a byte order mark.
  const text = head.toString('latin1');
  const encoding = options.encoding === undefined && isWindows1252(head) ? 'windows-1252' : undefined;
  const { skipped = 0, comments = 0 } = openingOf(head, {}, true) ?? {};
  const lines = text
    .slice(skipped)
    .split(/\r\n|\n|\r/)
    .filter((line) => line !== '');
  // Of a longer file the last line is cut.
  const whole = head.length < HEAD ? lines : lines.slice(0, -1);
  const quote = hasSingleQuotes(whole.slice(0, LINES)) ? "'" : undefined;
  return {
    ...(encoding === undefined ? {} : { encoding }),
    ...(comments === 0 ? {} : { comments }),
    ...(quote === undefined ? {} : { quote }),
  };
}

/** Is every field of the header in single quotes, or one with the delimiter in it, and no double quote about? */
function hasSingleQuotes(lines: readonly string[]): boolean {
  const [header, ...rows] = lines;
  if (header === undefined || rows.length === 0 || lines.some((line) => line.includes('"'))) return false;
  const delimiter = detectDelimiter(header, "'");
  const quoted = (field: string) => /^'[^']*'$/.test(field);
  if (header.split(delimiter).every(quoted)) return true;
  const width = header.split(delimiter).length;
  const holds = (line: string) =>
    line.split(delimiter).length > width &&
    line.replaceAll(/(^|[,;\t|])'[^']*'(?=[,;\t|]|$)/g, '$1x').split(delimiter).length === width;
  return rows.some(holds);
}

/** Bytes that are letters of Windows-1252 beyond ASCII, and those that it does not have. */
const isLetter = (byte: number) => byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7;
const UNDEFINED = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
/** Fewer than this are damage rather than an encoding. */
const LETTERS = 3;

/** Are the bytes no UTF-8, without a single character that is, and letters beside letters? */
function isWindows1252(head: Uint8Array): boolean {
  // A character may be cut at the end.
  const bytes = head.subarray(0, Math.max(0, head.lastIndexOf(0x0a) + 1) || head.length);
  if (isUtf8(bytes)) return false;
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || UNDEFINED.includes(byte)) return false;
    if (byte < 0x80) continue;
    const beside = isAsciiLetter(bytes[i - 1]) || isAsciiLetter(bytes[i + 1]);
    if (isLetter(byte) && beside) letters++;
    else if (isLetter(byte) && isLetter(bytes[i - 1] ?? 0)) letters++;
  }
  const decoded = new TextDecoder('utf-8').decode(bytes);
  const valid = [...decoded].some((character) => character > '\u007f' && character !== '\ufffd');
  return letters >= LETTERS && !valid;
}

function isAsciiLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122));
}
