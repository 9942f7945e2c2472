import type { Source } from '../ports/ports.ts';
import { textOf } from '../table/bytes.ts';

const HEAD = 64;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** First bytes of what is not plain text in UTF-8: gzip, Parquet, Zstandard, ZIP, UTF-16, a Git LFS pointer. */
const SPECIAL = [
  '\x1f\x8b',
  'PAR1',
  '\x28\xb5\x2f\xfd',
  'PK\x03\x04',
  '\xff\xfe',
  '\xfe\xff',
  'version https://git-lfs',
];

/**
 * The bytes of a table in text, without a byte order mark. Compressed files and those to be refused go by way of the
 * reader of texts.
 *
 * @throws UserError and InvalidUtf8 as `textOf`.
 */
export async function* bytesOf(source: Source): AsyncGenerator<Uint8Array> {
  const iterator = source.open()[Symbol.asyncIterator]();
  try {
    const taken: Uint8Array[] = [];
    let size = 0;
    while (size < HEAD) {
      const next = await iterator.next();
      if (next.done === true) break;
      taken.push(next.value);
      size += next.value.length;
    }
    const start = Buffer.concat(taken);
    const head = start.toString('latin1', 0, HEAD);
    if (!SPECIAL.some((signature) => head.startsWith(signature))) {
      const marked = BYTE_ORDER_MARK.every((byte, i) => start[i] === byte);
      yield marked ? start.subarray(BYTE_ORDER_MARK.length) : start;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    }
  } finally {
    await iterator.return?.();
  }
  for await (const text of textOf(source)) yield Buffer.from(text);
}
