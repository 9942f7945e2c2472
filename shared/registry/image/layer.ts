/**
 * A model as one layer of a container image: an uncompressed tar file that is a function of the files' paths and bytes and
 * of the folder that they are put in. Not compressed, because weights hardly become smaller; so the digest does not hang on
 * the version of a compressor, what is hashed on the way is both the layer's digest and its `diff_id`, and whoever pulls it
 * needs no time to unpack.
 */
import { createHash } from 'node:crypto';
import { Header } from 'tar/header';
import { Pax } from 'tar/pax';
import type { ByteSource } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import { checked } from '../remote/bytes.ts';
import { UnreadChunks } from './unread.ts';

interface Entry {
  /** For errors. */
  readonly path: string;
  /** One or more blocks. */
  readonly header: Uint8Array;
  /** Left out for a folder. */
  readonly file?: BundleFile;
}

export interface ImageLayer {
  readonly entries: readonly Entry[];
  /** In bytes. */
  readonly size: number;
}

const BLOCK = 512;
/** Two blocks of zeros. */
const END = new Uint8Array(2 * BLOCK);

/** A file of this name takes away another one of the layers below, and does not show itself (OCI image-spec, layer.md). */
const WHITEOUT = '.wh.';

/**
 * The layer of a model's files: the folder `path` with its subfolders, and the files in it, sorted; of root, to be written
 * by root alone and read by all, of 1 January 1970.
 *
 * @param path absolute, such as `/models`.
 * @throws UserError for names that layers cannot hold.
 */
export function layerOf(files: readonly BundleFile[], path: string): ImageLayer {
  refuseWhiteouts(files);
  const root = path.slice(1);
  const folders = new Set([`${root}/`]);
  for (const file of files) {
    for (let end = file.path.indexOf('/'); end > 0; end = file.path.indexOf('/', end + 1))
      folders.add(`${root}/${file.path.slice(0, end + 1)}`);
  }
  const all: { readonly path: string; readonly file?: BundleFile }[] = [
    ...[...folders].map((folder) => ({ path: folder })),
    ...files.map((file) => ({ path: `${root}/${file.path}`, file })),
  ];
  all.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const entries = all.map((each) => ({ ...each, header: headerOf(each.path, each.file?.size) }));
  const bytes = entries.reduce((sum, { header, file }) => sum + header.length + padded(file?.size ?? 0), 0);
  return { entries, size: bytes + END.length };
}

function refuseWhiteouts(files: readonly BundleFile[]): void {
  const found = files.filter(({ path }) => path.split('/').some((part) => part.startsWith(WHITEOUT)));
  if (found.length === 0) return;
  throw new UserError(
    found.map(({ path }) => ({
      what: `${JSON.stringify(path)} begins with ${WHITEOUT}, which takes files away in a container image`,
      where: 'input image',
      fix: 'give the file another name before you validate the model',
    })),
  );
}

/** The header of a file, or of a folder without a size; with one of PAX before it if a name or size needs it. */
function headerOf(path: string, size: number | undefined): Uint8Array {
  const isFile = size !== undefined;
  const fields = { path, mode: isFile ? 0o644 : 0o755, uid: 0, gid: 0, size: size ?? 0, mtime: new Date(0) };
  const header = new Header({ ...fields, type: isFile ? 'File' : 'Directory' });
  if (!header.encode() || header.block === undefined) return header.block ?? new Uint8Array();
  return Buffer.concat([new Pax({ path, size: fields.size, mtime: fields.mtime }).encode(), header.block]);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The layer's bytes. @param bytesOf those of a file. */
export async function* layerBytes(
  { entries }: ImageLayer,
  bytesOf: (file: BundleFile) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const { header, file } of entries) {
    yield header;
    if (file === undefined) continue;
    yield* bytesOf(file);
    const padding = padded(file.size) - file.size;
    if (padding > 0) yield END.subarray(0, padding);
  }
  yield END;
}

/**
 * The layer's digest, by one pass over the files.
 *
 * @throws UserError if a file does not hold the bytes that were judged.
 */
export async function layerDigest(layer: ImageLayer, source: (path: string) => ByteSource): Promise<string> {
  const hash = createHash('sha256');
  const bytesOf = (file: BundleFile) => {
    const opened = source(file.path);
    return checked(opened.open(), { digest: `sha256:${file.sha256}`, size: file.size, where: opened.name });
  };
  for await (const chunk of layerBytes(layer, bytesOf)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Compares a layer as it came from a registry with what it must be, byte for byte.
 *
 * @param where the image, for errors.
 * @throws UserError that names the first entry that is another.
 */
export async function refuseOtherLayer(
  layer: ImageLayer,
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): Promise<void> {
  const unread = new UnreadChunks(chunks);
  const refuse = (what: string): never => {
    throw new UserError({
      what,
      where,
      fix: 'do not deploy this image; register the model again with the input image and another tag',
    });
  };
  for (const { path, header, file } of layer.entries) {
    if (Buffer.compare(await unread.take(header.length), header) !== 0)
      refuse(
        `its layer holds another entry in the place of /${path}, or one with other rights, owner or time`,
      );
    if (file === undefined) continue;
    if ((await unread.hash(file.size)) !== file.sha256) refuse(`/${path} does not hold the model’s bytes`);
    const padding = padded(file.size) - file.size;
    if (!isZeros(await unread.take(padding), padding)) refuse(`its layer holds more than /${path}`);
  }
  const rest = await unread.take(END.length + 1);
  if (!isZeros(rest, END.length)) refuse('its layer holds more than the model');
}

function isZeros(bytes: Uint8Array, length: number): boolean {
  return bytes.length === length && bytes.every((byte) => byte === 0);
}
