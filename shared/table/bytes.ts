import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Source } from '../ports/ports.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';

const HEAD = 64;
const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A byte that is not UTF-8. All text of the lines before its own has been delivered. */
export class InvalidUtf8 extends Error {
  /** Does the file end inside a character? All text before that character has been delivered then. */
  readonly cut: boolean;

  constructor(cut: boolean) {
    super('not UTF-8');
    this.cut = cut;
  }
}

/**
 * The text of a file, plain or gzip (told by its first bytes), without a byte order mark.
 *
 * @throws UserError for formats that are not read, Git LFS pointers and damaged gzip.
 * @throws InvalidUtf8 at the first line with a byte that is not UTF-8.
 */
export async function* textOf(source: Source): AsyncGenerator<string> {
  let carried: Uint8Array = new Uint8Array(0);
  for await (const chunk of plainBytes(source)) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const end = completeEnd(bytes);
    carried = bytes.subarray(end);
    if (end > 0) yield* decoded(bytes.subarray(0, end));
  }
  if (carried.length > 0) throw new InvalidUtf8(true);
}

function* decoded(bytes: Uint8Array): Generator<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

/** How many of the bytes end with a whole character: at most three are held back. */
function completeEnd(bytes: Uint8Array): number {
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

async function* plainBytes(source: Source): AsyncGenerator<Uint8Array> {
  const { head, all } = await peeked(source.open());
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const inner = await peeked(gunzipped(source.name, all));
    refuseOther(source.name, inner.head);
    yield* inner.all;
    return;
  }
  refuseOther(source.name, head);
  yield* all;
}

/** The first bytes, and all of them again, without a byte order mark. */
async function peeked(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let size = 0;
  while (size < HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    size += next.value.length;
  }
  const start = Buffer.concat(taken);
  const marked = BYTE_ORDER_MARK.every((byte, i) => start[i] === byte);
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield marked ? start.subarray(BYTE_ORDER_MARK.length) : start;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head: start.subarray(0, HEAD), all: all() };
}

async function* gunzipped(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // Errors of either end reach the loop below through the destroyed stream.
  pipeline(Readable.from(chunks, { objectMode: true }), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    if (!(systemCode(error) ?? '').startsWith('Z_')) throw error;
    const cut = systemCode(error) === 'Z_BUF_ERROR';
    throw new UserError({
      what: cut ? 'the gzip file is truncated' : `the gzip file is damaged (${messageOf(error)})`,
      where: name,
      mend: 'write or transfer the file again; `gzip -t` tests it',
    });
  } finally {
    gunzip.destroy();
  }
}

const SIGNATURES: readonly {
  readonly bytes: readonly number[];
  readonly what: string;
  readonly mend: string;
}[] = [
  {
    bytes: [0x50, 0x41, 0x52, 0x31],
    what: 'Parquet is not read yet; it comes in a later version',
    mend: 'write the table as CSV or JSON Lines (.csv.gz is read as well)',
  },
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    what: 'Zstandard compression is not read yet; it comes in a later version',
    mend: 'compress with gzip instead',
  },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'this is a ZIP archive (a spreadsheet, perhaps), not a table in text',
    mend: 'save it as CSV in UTF-8',
  },
  { bytes: [0xff, 0xfe], what: 'this is UTF-16 text', mend: 'save the file as UTF-8' },
  { bytes: [0xfe, 0xff], what: 'this is UTF-16 text', mend: 'save the file as UTF-8' },
];

function refuseOther(name: string, head: Uint8Array): void {
  const signature = SIGNATURES.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  if (signature !== undefined)
    throw new UserError({ what: signature.what, where: name, mend: signature.mend });
  if (Buffer.from(head).toString('latin1').startsWith('version https://git-lfs.github.com/spec/')) {
    throw new UserError({
      what: 'this is a Git LFS pointer, not the data',
      where: name,
      mend: 'set `lfs: true` on actions/checkout, or run `git lfs pull`',
    });
  }
}
