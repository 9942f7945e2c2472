import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { ClientHttp } from '../../shared/host/http.ts';
import type { MlflowLogin } from '../../shared/ports/ports.ts';
import { parseMlflowAddress } from '../../shared/registry/mlflow/address.ts';
import { mlflowRegistry } from '../../shared/registry/mlflow/registry.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { MemoryClock } from './memory.ts';
import { type MlflowMemory, type MlflowMemoryOptions, startMlflowMemory } from './mlflow-memory.ts';

/** An MLflow server in memory for each test, and clients of it. */
export interface MlflowSpace {
  readonly server: MlflowMemory;
  readonly clock: MemoryClock;
  readonly folder: string;
  /** Starts another server in its place. */
  start(options?: MlflowMemoryOptions): Promise<void>;
  /** A registry as a new run opens it. */
  open(login?: MlflowLogin): Registry;
}

export function useMlflowSpace(): MlflowSpace {
  const space: { -readonly [K in keyof MlflowSpace]: MlflowSpace[K] } = {
    clock: new MemoryClock(),
    folder: '',
    server: undefined as unknown as MlflowMemory,
    async start(options: MlflowMemoryOptions = {}) {
      await space.server?.close();
      space.server = await startMlflowMemory(options);
    },
    open: (login) =>
      mlflowRegistry(parseMlflowAddress(`mlflow:${space.server.url}`), {
        http: new ClientHttp(),
        clock: space.clock,
        log: { info: () => {} },
        logins: { mlflow: () => login },
      }),
  };
  beforeEach(async () => {
    space.clock = new MemoryClock();
    space.folder = mkdtempSync(join(tmpdir(), 'mlflow-'));
    await space.start();
  });
  afterEach(async () => {
    rmSync(space.folder, { recursive: true, force: true });
    await space.server.close();
  });
  return space;
}
