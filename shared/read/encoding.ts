import { isUtf8 } from 'node:buffer';
import { UserError } from '../problem/problem.ts';

const LF = 0x0a;

/** How the bytes of a text file are read. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1252';

const NAMES: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-8-sig': 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'utf-16': 'utf-16le',
  utf16: 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'iso-8859-1': 'iso-8859-1',
  'iso8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
};

/** The encoding of that name, in any case and with any dashes. @throws UserError for others, with those that are read. */
export function encodingOf(name: string, where: string): Encoding {
  const key = name.trim().toLowerCase().replaceAll('_', '-');
  const found = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  if (found !== undefined) return found;
  throw new UserError({
    what: `the encoding ${JSON.stringify(name)} is not read`,
    where,
    fix: 'save the file as UTF-8; utf-8, utf-16le, utf-16be, iso-8859-1 and windows-1252 are read',
  });
}

/** Bytes that are not of the file's encoding. All text of the lines before their own has been delivered. */
export class InvalidUtf8 extends Error {
  /** Does the file end inside a character? All text before that character has been delivered then. */
  readonly cut: boolean;
  readonly encoding: Encoding;

  constructor(cut: boolean, encoding: Encoding = 'utf-8') {
    super(`not ${encoding}`);
    this.cut = cut;
    this.encoding = encoding;
  }
}

/** Decodes chunks of any size as they come. @throws InvalidUtf8 */
export async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<string> {
  let carried: Uint8Array = new Uint8Array(0);
  const { complete, decode } = CODECS[encoding];
  for await (const chunk of chunks) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const end = complete(bytes);
    // The chunk is the caller's again once the next one is asked for.
    carried = Buffer.from(bytes.subarray(end));
    if (end > 0) yield* decode(Buffer.from(bytes.buffer, bytes.byteOffset, end));
  }
  if (carried.length > 0) throw new InvalidUtf8(true, encoding);
}

interface Codec {
  /** How many of the bytes end with a whole character; the others are held back. */
  complete(bytes: Uint8Array): number;
  decode(buffer: Buffer): Iterable<string>;
}

const CODECS: Readonly<Record<Encoding, Codec>> = {
  'utf-8': { complete: completeUtf8, decode: decodeUtf8 },
  'utf-16le': {
    complete: (bytes) => completeUtf16(bytes, 1),
    decode: (buffer) => decodeUtf16(buffer, false),
  },
  'utf-16be': { complete: (bytes) => completeUtf16(bytes, 0), decode: (buffer) => decodeUtf16(buffer, true) },
  'iso-8859-1': { complete: (bytes) => bytes.length, decode: (buffer) => [buffer.toString('latin1')] },
  'windows-1252': { complete: (bytes) => bytes.length, decode: (buffer) => [windows1252(buffer)] },
};

function completeUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
    if (byte < 0x80) break;
  }
  return bytes.length;
}

function* decodeUtf8(buffer: Buffer): Generator<string> {
  if (isUtf8(buffer)) {
    yield buffer.toString('utf8');
    return;
  }
  let start = 0;
  for (;;) {
    const at = buffer.indexOf(LF, start);
    const end = at === -1 ? buffer.length : at + 1;
    if (!isUtf8(buffer.subarray(start, end))) break;
    start = end;
  }
  if (start > 0) yield buffer.toString('utf8', 0, start);
  throw new InvalidUtf8(false);
}

/** @param high which of two bytes is the higher one. */
function completeUtf16(bytes: Uint8Array, high: 0 | 1): number {
  const even = bytes.length - (bytes.length % 2);
  const last = bytes[even - 2 + high] ?? 0;
  const halfPair = even >= 2 && (last & 0xfc) === 0xd8;
  return halfPair ? even - 2 : even;
}

function* decodeUtf16(buffer: Buffer, swapped: boolean): Generator<string> {
  const text = (swapped ? Buffer.from(buffer).swap16() : buffer).toString('utf16le');
  if (text.isWellFormed()) {
    yield text;
    return;
  }
  let start = 0;
  for (;;) {
    const at = text.indexOf('\n', start);
    const end = at === -1 ? text.length : at + 1;
    if (!text.slice(start, end).isWellFormed()) break;
    start = end;
  }
  if (start > 0) yield text.slice(0, start);
  throw new InvalidUtf8(false, swapped ? 'utf-16be' : 'utf-16le');
}

/** What windows-1252 has at 0x80 to 0x9f, where ISO 8859-1 has control characters (WHATWG Encoding, index). */
const SPECIAL =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

function windows1252(buffer: Buffer): string {
  return buffer
    .toString('latin1')
    .replaceAll(/[\x80-\x9f]/g, (character) => SPECIAL[character.charCodeAt(0) - 0x80] ?? character);
}
