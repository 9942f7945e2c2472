import { readDelta } from './parquet-delta.ts';
import { ended } from './parquet-runs.ts';

/** The longest texts that one page may make of what it holds. */
const MAX_TEXT_BYTES = 2 ** 29;

/** Values of one page as they are stored, nulls left out. */
export interface PageBytes {
  readonly count: number;
  readonly bytes: Buffer;
  /** Bytes of each value, one behind the other from the start on; undefined if they are between places. */
  readonly width?: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const NO_PLACES = new Int32Array(0);

export interface EncodedPage {
  readonly bytes: Uint8Array;
  /** Where the values start. */
  readonly at: number;
  readonly count: number;
  readonly encoding: string;
  /** `BOOLEAN` and dictionaries' indices are read by `readHybrid` and `unpack`. */
  readonly type: string;
  readonly typeLength: number | undefined;
}

/** Takes a page's values apart. @throws Error if they end too soon, or their encoding is not known. */
export function storedOf(encoded: EncodedPage): PageBytes {
  const { encoding, count, type } = encoded;
  if (count === 0) return { count, bytes: Buffer.alloc(0), width: 1, starts: NO_PLACES, ends: NO_PLACES };
  const isText = type === 'BYTE_ARRAY';
  if (encoding === 'PLAIN') return isText ? plainTexts(encoded) : fixed(encoded, widthOf(encoded));
  if (encoding === 'BYTE_STREAM_SPLIT' && !isText) return joinedStreams(encoded, widthOf(encoded));
  if (encoding === 'DELTA_BINARY_PACKED' && (type === 'INT32' || type === 'INT64')) {
    const size = type === 'INT32' ? 1 : 2;
    const words = new Int32Array(size * count);
    readDelta(encoded.bytes, encoded.at, count, size, words);
    const bytes = Buffer.from(words.buffer);
    return { count, bytes, width: 4 * size, starts: NO_PLACES, ends: NO_PLACES };
  }
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY' && isText) return deltaLengths(encoded);
  if (encoding === 'DELTA_BYTE_ARRAY' && (isText || type === 'FIXED_LEN_BYTE_ARRAY'))
    return deltaTexts(encoded);
  throw new Error(`unsupported encoding: ${encoding} of ${type}`);
}

function widthOf({ type, typeLength }: EncodedPage): number {
  if (type === 'INT32' || type === 'FLOAT') return 4;
  if (type === 'INT64' || type === 'DOUBLE') return 8;
  if (type === 'INT96') return 12;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && typeLength !== undefined && typeLength > 0) return typeLength;
  throw new Error(`unsupported type: ${type}`);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function fixed({ bytes, at, count }: EncodedPage, width: number): PageBytes {
  const end = at + count * width;
  if (end > bytes.length) throw ended();
  return { count, bytes: bufferOf(bytes.subarray(at, end)), width, starts: NO_PLACES, ends: NO_PLACES };
}

function joinedStreams(encoded: EncodedPage, width: number): PageBytes {
  const { bytes, count } = fixed(encoded, width);
  const joined = Buffer.allocUnsafeSlow(count * width);
  for (let stream = 0; stream < width; stream++) {
    const from = stream * count;
    for (let i = 0; i < count; i++) joined[i * width + stream] = bytes[from + i]!;
  }
  return { count, bytes: joined, width, starts: NO_PLACES, ends: NO_PLACES };
}

function plainTexts({ bytes, at: first, count }: EncodedPage): PageBytes {
  if (first + 4 * count > bytes.length) throw ended();
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = first;
  for (let i = 0; i < count; i++) {
    const start = at + 4;
    if (start > bytes.length) throw ended();
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    at = start + length;
    if (length < 0 || at > bytes.length) throw ended();
    starts[i] = start;
    ends[i] = at;
  }
  return { count, bytes: bufferOf(bytes), starts, ends };
}

function deltaLengths(encoded: EncodedPage): PageBytes {
  const { bytes, count } = encoded;
  const ends = new Int32Array(count);
  const starts = new Int32Array(count);
  let at = readDelta(bytes, encoded.at, count, 1, ends);
  for (let i = 0; i < count; i++) {
    const length = ends[i]!;
    starts[i] = at;
    at += length;
    if (length < 0 || at > bytes.length) throw ended();
    ends[i] = at;
  }
  return { count, bytes: bufferOf(bytes), starts, ends };
}

/**
 * Lengths of texts of which each tells how many bytes of the one before it starts with; `at` is where those that follow
 * begin.
 *
 * @throws Error if they do not fit, or are too long in all.
 */
function prefixedLengths({ bytes, at: start, count }: Pick<EncodedPage, 'bytes' | 'at' | 'count'>): {
  readonly prefixes: Int32Array;
  readonly suffixes: Int32Array;
  readonly total: number;
  readonly at: number;
} {
  const prefixes = new Int32Array(count);
  const suffixes = new Int32Array(count);
  const at = readDelta(bytes, readDelta(bytes, start, count, 1, prefixes), count, 1, suffixes);
  let total = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i]!, suffixes[i]!];
    if (prefix < 0 || suffix < 0 || prefix > before) throw ended();
    before = prefix + suffix;
    total += before;
    if (total > MAX_TEXT_BYTES) throw new Error(`a page claims more than ${MAX_TEXT_BYTES} bytes`);
  }
  return { prefixes, suffixes, total, at };
}

function deltaTexts(encoded: EncodedPage): PageBytes {
  const { bytes, count } = encoded;
  const { prefixes, suffixes: ends, total, at: first } = prefixedLengths(encoded);
  const starts = new Int32Array(count);
  let at = first;
  const texts = Buffer.allocUnsafeSlow(total);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i]!, ends[i]!];
    if (at + suffix > bytes.length) throw ended();
    if (prefix > 0) texts.copyWithin(to, starts[i - 1]!, starts[i - 1]! + prefix);
    texts.set(bytes.subarray(at, at + suffix), to + prefix);
    starts[i] = to;
    to += prefix + suffix;
    ends[i] = to;
    at += suffix;
  }
  return { count, bytes: texts, starts, ends };
}
