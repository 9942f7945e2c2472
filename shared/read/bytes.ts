import type { ByteSource } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { type DecompressionLimits, gunzipped, unzstandard } from './decompress.ts';
import { decoded, type Encoding, encodingOf } from './encoding.ts';
import { refusePointer } from './pointer.ts';

export { InvalidUtf8 } from './encoding.ts';

const HEAD = 256;

export interface TextOptions {
  /** Of the text, such as `windows-1252`; by default UTF-8. A byte order mark goes before it. */
  readonly encoding?: string;
  readonly limits?: DecompressionLimits;
}

/**
 * The text of a file, plain, gzip or Zstandard (told by its first bytes), without a byte order mark.
 *
 * @throws UserError for formats and encodings that are not read, pointers to data elsewhere, damaged compression, and
 *   files that decompress beyond the limits.
 * @throws InvalidUtf8 at the first line with bytes that are not of the encoding.
 */
export async function* decodedText(source: ByteSource, options: TextOptions = {}): AsyncGenerator<string> {
  const { encoding, bytes } = await opened(source, options);
  yield* decoded(bytes, encoding);
}

/**
 * The bytes of a file as UTF-8, decompressed, without a byte order mark, each piece until the next is asked for; UTF-8 is
 * not verified.
 *
 * @throws as `textOf`; InvalidUtf8 for other encodings only.
 */
export async function* utf8Of(source: ByteSource, options: TextOptions = {}): AsyncGenerator<Uint8Array> {
  const { encoding, bytes } = await opened(source, options);
  if (encoding === 'utf-8') yield* bytes;
  else for await (const text of decoded(bytes, encoding)) yield Buffer.from(text);
}

/** The first bytes of the text, decompressed, without a byte order mark. @throws as `textOf`. */
export async function headOf(source: ByteSource, options: TextOptions, size: number): Promise<Uint8Array> {
  const { bytes } = await opened(source, options);
  const taken: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    taken.push(Buffer.from(chunk));
    length += chunk.length;
    if (length >= size) break;
  }
  return Buffer.concat(taken).subarray(0, size);
}

async function opened(
  source: ByteSource,
  { encoding, limits = {} }: TextOptions,
): Promise<{ encoding: Encoding; bytes: AsyncIterable<Uint8Array> }> {
  const { name } = source;
  const given = encoding === undefined ? undefined : encodingOf(encoding, name);
  let file = await peeked(source.stream?.() ?? source.open());
  // What decompresses reads ahead.
  if (begins(file.head, [0x1f, 0x8b])) file = await peeked(gunzipped(name, copied(file.all()), limits));
  else if (begins(file.head, [0x28, 0xb5, 0x2f, 0xfd]) || isSkippable(file.head))
    file = await peeked(unzstandard(name, copied(file.all()), limits));
  refuseOther(name, file.head);
  const mark = MARKS.find(({ bytes }) => begins(file.head, bytes));
  if (mark === undefined && given === undefined) refuseUtf16(name, file.head);
  return { encoding: mark?.encoding ?? given ?? 'utf-8', bytes: file.all(mark?.bytes.length) };
}

const MARKS: readonly { readonly bytes: readonly number[]; readonly encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

function begins(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

/** A Zstandard file may begin with a frame that is to be skipped. */
function isSkippable(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && begins(head.subarray(1), [0x2a, 0x4d, 0x18]);
}

async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** The first bytes, and all of them again, without so many at the start. */
async function peeked(chunks: AsyncIterable<Uint8Array>): Promise<{
  readonly head: Uint8Array;
  readonly all: (without?: number) => AsyncGenerator<Uint8Array>;
}> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let size = 0;
  while (size < HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    size += next.value.length;
    taken.push(size < HEAD ? Buffer.from(next.value) : next.value);
  }
  async function* all(without = 0): AsyncGenerator<Uint8Array> {
    try {
      let skip = without;
      for (const chunk of taken) {
        if (chunk.length > skip) yield chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
      }
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(taken).subarray(0, HEAD), all };
}

const OTHERS: readonly { readonly bytes: readonly number[]; readonly what: string; readonly fix: string }[] =
  [
    {
      bytes: [0x50, 0x41, 0x52, 0x31],
      what: 'this is a Parquet file under another name, or compressed as a whole',
      fix: 'name it .parquet; Parquet compresses its columns itself',
    },
    {
      bytes: [0x50, 0x4b, 0x03, 0x04],
      what: 'this is a ZIP archive (a spreadsheet, perhaps), not a table in text',
      fix: 'save it as CSV in UTF-8',
    },
  ];

function refuseOther(name: string, head: Uint8Array): void {
  const other = OTHERS.find(({ bytes }) => begins(head, bytes));
  if (other !== undefined) throw new UserError({ what: other.what, where: name, fix: other.fix });
  refusePointer(name, head);
}

/** Refuses UTF-16 without a byte order mark: Latin letters of two bytes, one of which is zero. */
function refuseUtf16(name: string, head: Uint8Array): void {
  const zeros = [0, 0];
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const many = head.length / 4;
  const found =
    head.length < 8 ? undefined : odd > many && even === 0 ? 'le' : even > many && odd === 0 ? 'be' : '';
  if (!found) return;
  throw new UserError({
    what: 'this looks like UTF-16 text without a byte order mark: every other byte is zero',
    where: name,
    fix: `save the file as UTF-8, or name its encoding: utf-16${found}`,
  });
}
