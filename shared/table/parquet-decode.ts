import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { ended } from './parquet-runs.ts';

/** The longest texts that one page may make of what it holds. */
const MAX_TEXT_BYTES = 2 ** 29;

/** Values of one page as they are stored, nulls left out. */
export interface Stored {
  readonly count: number;
  readonly bytes: Buffer;
  /** Bytes of each value, one behind the other from the start on; undefined where they are between places. */
  readonly width?: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const NO_PLACES = new Int32Array(0);

export interface Encoded {
  readonly bytes: Uint8Array;
  /** Where the values start. */
  readonly at: number;
  readonly count: number;
  readonly encoding: string;
  /** `BOOLEAN` and dictionaries' indices are read by `readHybrid` and `unpack`. */
  readonly type: string;
  readonly typeLength: number | undefined;
}

/** Takes a page's values apart. @throws Error where they end too soon, or their encoding is not known. */
export function storedOf(encoded: Encoded): Stored {
  const { encoding, count, type } = encoded;
  if (count === 0) return { count, bytes: Buffer.alloc(0), width: 1, starts: NO_PLACES, ends: NO_PLACES };
  const isText = type === 'BYTE_ARRAY';
  if (encoding === 'PLAIN') return isText ? plainTexts(encoded) : fixed(encoded, widthOf(encoded));
  if (encoding === 'BYTE_STREAM_SPLIT' && !isText) return joinedStreams(encoded, widthOf(encoded));
  if (encoding === 'DELTA_BINARY_PACKED' && (type === 'INT32' || type === 'INT64')) {
    const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
    readDelta(encoded, encoded.at, values);
    const bytes = Buffer.from(values.buffer);
    return { count, bytes, width: type === 'INT32' ? 4 : 8, starts: NO_PLACES, ends: NO_PLACES };
  }
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY' && isText) return deltaLengths(encoded);
  if (encoding === 'DELTA_BYTE_ARRAY' && (isText || type === 'FIXED_LEN_BYTE_ARRAY'))
    return deltaTexts(encoded);
  throw new Error(`unsupported encoding: ${encoding} of ${type}`);
}

function widthOf({ type, typeLength }: Encoded): number {
  if (type === 'INT32' || type === 'FLOAT') return 4;
  if (type === 'INT64' || type === 'DOUBLE') return 8;
  if (type === 'INT96') return 12;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && typeLength !== undefined && typeLength > 0) return typeLength;
  throw new Error(`unsupported type: ${type}`);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function fixed({ bytes, at, count }: Encoded, width: number): Stored {
  const end = at + count * width;
  if (end > bytes.length) throw ended();
  return { count, bytes: bufferOf(bytes.subarray(at, end)), width, starts: NO_PLACES, ends: NO_PLACES };
}

function joinedStreams(encoded: Encoded, width: number): Stored {
  const { bytes, count } = fixed(encoded, width);
  const joined = Buffer.allocUnsafeSlow(count * width);
  for (let stream = 0; stream < width; stream++) {
    const from = stream * count;
    for (let i = 0; i < count; i++) joined[i * width + stream] = bytes[from + i]!;
  }
  return { count, bytes: joined, width, starts: NO_PLACES, ends: NO_PLACES };
}

function plainTexts({ bytes, at: first, count }: Encoded): Stored {
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

/** Reads numbers as differences; where they end. */
function readDelta({ bytes }: Encoded, at: number, into: Int32Array | BigInt64Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) as DataView<ArrayBuffer>;
  verifyDelta(view, at);
  const reader = { view, offset: at };
  deltaBinaryUnpack(reader, into.length, into);
  return reader.offset;
}

/** @throws Error where the head of a sequence of differences makes a decoder read without end. */
export function verifyDelta(view: DataView, at: number): void {
  if (at >= view.byteLength) return;
  const reader = { view: view as DataView<ArrayBuffer>, offset: at };
  const block = readVarInt(reader);
  const miniblocks = readVarInt(reader);
  if (!(block > 0 && block <= 2 ** 20 && miniblocks > 0 && block % miniblocks === 0)) {
    throw new Error(`blocks of ${block} values in ${miniblocks} parts`);
  }
}

function deltaLengths(encoded: Encoded): Stored {
  const { bytes, count } = encoded;
  const ends = new Int32Array(count);
  const starts = new Int32Array(count);
  let at = readDelta(encoded, encoded.at, ends);
  for (let i = 0; i < count; i++) {
    const length = ends[i]!;
    starts[i] = at;
    at += length;
    if (length < 0 || at > bytes.length) throw ended();
    ends[i] = at;
  }
  return { count, bytes: bufferOf(bytes), starts, ends };
}

/** Texts of which each tells how many bytes of the one before it starts with. */
function deltaTexts(encoded: Encoded): Stored {
  const { bytes, count } = encoded;
  const prefixes = new Int32Array(count);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = readDelta(encoded, readDelta(encoded, encoded.at, prefixes), ends);
  let total = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [prefixes[i]!, ends[i]!];
    if (prefix < 0 || suffix < 0 || prefix > before) throw ended();
    before = prefix + suffix;
    total += before;
    if (total > MAX_TEXT_BYTES) throw new Error(`a page claims more than ${MAX_TEXT_BYTES} bytes`);
  }
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
