/** Models by reference: their files as their store tells of them. */
import type { LocalBundle, Log } from '../../ports/ports.ts';
import { digestOf } from '../../verdict/digest.ts';
import type { ModelOrigin } from '../registry.ts';
import { copyFrom } from './copy.ts';
import { openStore } from './open.ts';
import type { StoredFile, StorePorts } from './store.ts';

/** @param where the reference was read from. @throws UserError as `modelBundle`. */
export async function referencedModel(
  reference: string,
  where: string,
  ports: StorePorts,
): Promise<LocalBundle & { readonly origin: ModelOrigin }> {
  const store = await openStore(reference, where, ports);
  const stored = await store.list();
  const files = [...stored].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const byPath = new Map(files.map((file) => [file.path, file]));
  return {
    digest: digestOf(files),
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    origin: originOf(store.pinned, files),
    source: (path) => ({
      name: `${store.pinned} ${path}`,
      open: () => store.bytes(byPath.get(path) ?? { path, size: 0, sha256: '' }),
    }),
  };
}

function originOf(reference: string, files: readonly StoredFile[]): ModelOrigin {
  const pins = files.flatMap(({ path, pin }) => (pin === undefined ? [] : [[path, pin] as const]));
  return { reference, ...(pins.length === 0 ? {} : { pins: Object.fromEntries(pins) }) };
}

/** Copies a model into an empty folder; returns the path of the one file that was named, or the folder. */
export async function fetchModel(
  { digest, files, source }: LocalBundle,
  { reference }: ModelOrigin,
  folder: string,
  log: Log,
): Promise<string> {
  const model = { name: reference, version: '', digest, files };
  await copyFrom(model, folder, ({ path }) => source(path).open(), log);
  const [file] = files;
  const isAlone = files.length === 1 && file !== undefined && reference.endsWith(`/${file.path}`);
  return isAlone ? `${folder}/${file.path}` : folder;
}
