import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { createPorts } from '../../shared/host/ports.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { type ModelBundle, modelBundle } from '../../shared/registry/origin/model.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { MemoryClock } from './memory.ts';
import { newVersion } from './models.ts';

type Env = Readonly<Record<string, string>>;

/** A folder with a `dir:` registry, and what asks stores for the models in it, as a step with an environment does. */
export interface StoreSpace {
  readonly root: string;
  readonly logged: string[];
  readonly masked: string[];
  readonly clock: MemoryClock;
  ports(env: Env): Ports;
  /** What `model: REFERENCE` says. */
  bundle(reference: string, env: Env): Promise<ModelBundle>;
  registry(env: Env): Promise<Registry>;
  /** Registers the model as the next version. */
  register(reference: string, env: Env): Promise<ModelVersion>;
  /** The texts of what `fetch` has written; empty if there is nothing. */
  fetched(version: ModelVersion, env: Env): Promise<Record<string, string>>;
  /** What is left in the folder of the last `fetched`. */
  left(): string[];
}

export function useStoreSpace(): StoreSpace {
  let fetches = 0;
  let versions = 0;
  const folder = () => join(space.root, `out-${fetches}`);
  const space: { -readonly [K in keyof StoreSpace]: StoreSpace[K] } = {
    ...{ root: '', logged: [], masked: [], clock: new MemoryClock() },
    ports: (env) => ({
      ...createPorts({
        ...{ workingDirectory: space.root, reportFolder: 'report', env },
        log: { info: (line) => space.logged.push(line) },
        mask: (secret) => space.masked.push(secret),
      }),
      clock: space.clock,
    }),
    bundle: (reference, env) => modelBundle([reference], 'model', space.ports(env)),
    registry: (env) =>
      openRegistry(
        { registry: 'dir:registry', 'registry-timeout': 1000, 'state-persistent': false },
        space.ports(env),
      ),
    async register(reference, env) {
      const { digest, files, source, origin } = await space.bundle(reference, env);
      const parts = { version: `1.${versions++}.0`, bundle: { digest, files }, file: source };
      return (await space.registry(env)).create(
        newVersion({}, origin === undefined ? parts : { ...parts, origin }),
      );
    },
    async fetched(version, env) {
      fetches++;
      await (await space.registry(env)).fetch(version, folder());
      const files = readdirSync(folder(), { recursive: true, withFileTypes: true });
      return Object.fromEntries(
        files
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path) => [path.slice(folder().length + 1), readFileSync(path, 'utf8')]),
      );
    },
    left: () => (existsSync(folder()) ? readdirSync(folder()) : []),
  };
  beforeEach(() => {
    space.root = mkdtempSync(join(tmpdir(), 'stores-'));
    space.clock = new MemoryClock();
    space.logged.length = 0;
    space.masked.length = 0;
    versions = 0;
  });
  afterEach(() => rmSync(space.root, { recursive: true, force: true }));
  return space;
}
