import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { ClientHttp } from '../../shared/host/http.ts';
import type { Clock, Login } from '../../shared/ports/ports.ts';
import { parseOciAddress } from '../../shared/registry/oci/address.ts';
import { ociRegistry } from '../../shared/registry/oci/registry.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { MemoryClock } from './memory.ts';
import { type OciRegistryOptions, type OciRegistryServer, startOciRegistry } from './oci-registry.ts';

interface ClientParts {
  readonly login?: Login | undefined;
  readonly clock?: Clock;
  /** The host that takes the job's token. */
  readonly containers?: string;
  readonly chunkBytes?: number;
}

/** A registry server for each test, and clients of it. */
export interface OciSpace {
  readonly server: OciRegistryServer;
  /** The server's and the clients' clock. */
  readonly clock: MemoryClock;
  readonly folder: string;
  readonly logged: string[];
  readonly masked: string[];
  /** Starts another server in its place. */
  start(options?: OciRegistryOptions): Promise<void>;
  /** A registry as a new run opens it. */
  open(parts?: ClientParts): Registry;
  /** All tags of the model demand. */
  tags(): string[];
}

export function useOciSpace(): OciSpace {
  const space: { -readonly [K in keyof OciSpace]: OciSpace[K] } = {
    clock: new MemoryClock(),
    logged: [],
    masked: [],
    folder: '',
    server: undefined as unknown as OciRegistryServer,
    async start(options: OciRegistryOptions = {}) {
      await space.server?.close();
      space.server = await startOciRegistry({ clock: space.clock, ...options });
    },
    open({ login, clock = space.clock, containers = 'ghcr.io', chunkBytes }: ClientParts = {}): Registry {
      return ociRegistry(parseOciAddress(`oci://${space.server.host}/Acme/models`), {
        http: new ClientHttp(),
        clock,
        log: { info: (line) => space.logged.push(line) },
        containers,
        chunkBytes,
        logins: { of: async () => login, mask: (secret: string) => space.masked.push(secret) },
      });
    },
    tags: () => [...space.server.store.repo('acme/models/demand').tags.keys()].sort(),
  };
  beforeEach(async () => {
    space.clock = new MemoryClock();
    space.folder = mkdtempSync(join(tmpdir(), 'oci-'));
    space.logged.length = 0;
    space.masked.length = 0;
    await space.start();
  });
  afterEach(async () => {
    rmSync(space.folder, { recursive: true, force: true });
    await space.server.close();
  });
  return space;
}

/** The machine's own time, which real waits need. */
export const REAL_CLOCK: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
