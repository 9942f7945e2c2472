/** A registry that asks the store of a model that it does not keep itself. */
import { UserError } from '../../problem/problem.ts';
import { KeptElsewhere, type Registry } from '../registry.ts';
import { copyFrom } from './copy.ts';
import type { ModelStore, StoredFile, StorePorts } from './store.ts';

type Elsewhere = KeptElsewhere['version'];

/** `verify` and `fetch` of models that stay where they are, by what their store says now: never without having asked it. */
export function askingStores(
  registry: Pick<Registry, 'verify' | 'fetch'>,
  ports: StorePorts,
): Pick<Registry, 'verify' | 'fetch'> {
  return {
    verify: (version) =>
      registry.verify(version).catch((error: unknown) => askInstead(error, (asked) => verify(asked, ports))),
    fetch: (version, directory) =>
      registry
        .fetch(version, directory)
        .catch((error: unknown) => askInstead(error, (asked) => fetch(asked, directory, ports))),
  };
}

async function askInstead(error: unknown, ask: (version: Elsewhere) => Promise<void>): Promise<void> {
  if (error instanceof KeptElsewhere) return ask(error.version);
  throw error;
}

async function verify(version: Elsewhere, ports: StorePorts): Promise<void> {
  const known = pinnedFiles(version);
  const store = await storeOf(version, ports);
  const found = new Map((await store.list(known)).map((file) => [file.path, file]));
  const changed = known.filter(({ path, size, sha256 }) => {
    const file = found.get(path);
    return file?.size !== size || file.sha256 !== sha256;
  });
  if (changed.length === 0) return;
  throw new UserError(
    changed.map(({ path }) => ({
      what: found.has(path) ? 'does not hold the bytes that were registered' : 'is not there any more',
      where: `${version.origin.reference} ${path}`,
      fix: 'put the registered file back into its store, or register the new one as a version of its own',
    })),
  );
}

async function fetch(version: Elsewhere, directory: string, ports: StorePorts): Promise<void> {
  const store = await storeOf(version, ports);
  const files = new Map(pinnedFiles(version).map((file) => [file.path, file]));
  await copyFrom(version, directory, (file) => store.bytes(files.get(file.path) ?? file), ports.log);
}

function pinnedFiles({ files, origin: { pins = {} } }: Elsewhere): StoredFile[] {
  return files.map((file) => {
    const pin = Object.hasOwn(pins, file.path) ? pins[file.path] : undefined;
    return pin === undefined ? file : { ...file, pin };
  });
}

async function storeOf({ name, version, origin }: Elsewhere, ports: StorePorts): Promise<ModelStore> {
  const { openStore } = await import('./open.ts');
  return openStore(origin.reference, `origin of ${name} ${version}`, ports);
}
