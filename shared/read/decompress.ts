import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';
import { frames } from './zstd.ts';

/** What a compressed file may become; a file beyond either is refused. */
export interface DecompressionLimits {
  /** Bytes, 20 GiB by default. */
  readonly maxDecompressed?: number;
  /** Bytes for each compressed byte, from the first 64 MiB on; 1,000 by default. */
  readonly maxRatio?: number;
}

type Bytes = AsyncIterable<Uint8Array>;

const MAX_DECOMPRESSED = 20 * 2 ** 30;
const MAX_RATIO = 1000;
const RATIO_FROM = 64 * 2 ** 20;
/** Values without bytes of their own that a file may have whatever its size: some seconds of work. */
const VALUES_FROM = 2 ** 31;
const CHUNK = 256 * 1024;

/** @throws UserError if the file is truncated, damaged or beyond the limits. */
export async function* gunzipped(name: string, chunks: Bytes, limits: DecompressionLimits): Bytes {
  yield* bounded(name, chunks, limits, (input) =>
    through(name, input, zlib.createGunzip({ chunkSize: CHUNK }), 'gzip'),
  );
}

/** @throws UserError as `gunzipped`, and where this Node.js has no Zstandard. */
export async function* unzstandard(name: string, chunks: Bytes, limits: DecompressionLimits): Bytes {
  if (typeof zlib.createZstdDecompress !== 'function') {
    throw new UserError({
      what: `Node.js ${process.versions.node} does not read Zstandard`,
      where: name,
      fix: 'run on Node.js 24, or compress with gzip instead',
    });
  }
  yield* bounded(name, chunks, limits, async function* (input) {
    // Node's own stream ends silently after the first of several frames.
    for await (const frame of frames(input, (what) => damaged(name, 'zstd', what))) {
      yield* through(name, frame, zlib.createZstdDecompress({ chunkSize: CHUNK }), 'zstd');
    }
  });
}

/**
 * Is told bytes that a part of a file becomes, and values that need none of their own: some billions of those may be in
 * a file of any size, for a column of one value may have many rows.
 *
 * @throws UserError if the file becomes more than it may.
 */
export type Growth = (bytes: number, values?: number) => void;

/** What counts the bytes of each part of a file of that size; those of a part that is read again count once. */
export function growthOf(
  name: string,
  size: number,
  limits: DecompressionLimits = {},
): (part: string) => Growth {
  const counted = new Map<string, number>();
  const fix = {
    dense: 'check where the file comes from; if it is meant to be so, write long texts without a dictionary',
    much: 'check where the file comes from; if it is meant to be so large, raise `max-decompressed`',
  };
  let written = 0;
  let valued = 0;
  return (part) => {
    let own = 0;
    return (bytes, values = 0) => {
      own += bytes + values;
      if (own <= (counted.get(part) ?? 0)) return;
      counted.set(part, own);
      written += bytes;
      valued += values;
      refuseGrown({ name, fix }, { read: size, written, values: valued }, limits);
    };
  };
}

interface Grown {
  readonly read: number;
  readonly written: number;
  readonly values?: number;
}

function refuseGrown(
  { name, fix }: { readonly name: string; readonly fix: { readonly dense: string; readonly much: string } },
  { read, written, values = 0 }: Grown,
  { maxDecompressed = MAX_DECOMPRESSED, maxRatio = MAX_RATIO }: DecompressionLimits,
): void {
  const isMuch = written + values > maxDecompressed;
  const isDense = (count: number, from: number) => count > from && count > read * maxRatio;
  if (!isMuch && !isDense(written, RATIO_FROM) && !isDense(values, VALUES_FROM)) return;
  const than = isMuch ? sizeText(maxDecompressed) : `${maxRatio} times its size`;
  throw new UserError({
    what: `the file decompresses to more than ${than}; it was not read beyond that`,
    ...{ where: name, fix: isMuch ? fix.much : fix.dense },
  });
}

async function* bounded(
  name: string,
  chunks: Bytes,
  limits: DecompressionLimits,
  decompress: (input: Bytes) => Bytes,
): Bytes {
  let read = 0;
  let written = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      read += chunk.length;
      yield chunk;
    }
  }
  for await (const chunk of decompress(counted())) {
    written += chunk.length;
    const dense = 'check where the file comes from; decompress it beforehand if it is meant to be so large';
    refuseGrown({ name, fix: { dense, much: dense } }, { read, written }, limits);
    yield chunk;
  }
}

async function* through(name: string, input: Bytes, decompress: Transform, format: 'gzip' | 'zstd'): Bytes {
  let failed: unknown;
  const guarded = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* input;
    } catch (error) {
      failed = error;
      throw error;
    }
  };
  // Errors of either end reach the loop below through the destroyed stream.
  pipeline(Readable.from(guarded(), { objectMode: true }), decompress, () => {});
  try {
    for await (const chunk of decompress) yield chunk as Uint8Array;
  } catch (error) {
    if (failed !== undefined) throw failed;
    const code = systemCode(error) ?? '';
    if (!/^(Z_|ZSTD_|ERR_ZSTD)/.test(code)) throw error;
    throw damaged(name, format, code === 'Z_BUF_ERROR' ? undefined : messageOf(error));
  } finally {
    decompress.destroy();
  }
}

/** @param what is wrong with it; undefined if it ends too soon. */
function damaged(name: string, format: 'gzip' | 'zstd', what: string | undefined): UserError {
  const shown = format === 'gzip' ? 'gzip' : 'Zstandard';
  return new UserError({
    what: what === undefined ? `the ${shown} file is truncated` : `the ${shown} file is damaged (${what})`,
    where: name,
    fix: `write or transfer the file again; \`${format} -t\` tests it`,
  });
}

function sizeText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${bytes} bytes`;
}
