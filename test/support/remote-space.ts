import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { ClientHttp } from '../../shared/host/http.ts';
import { RemoteFiles } from '../../shared/host/remote-files.ts';
import { storeSettings } from '../../shared/host/stores.ts';
import type { ByteSource, Identity } from '../../shared/ports/ports.ts';
import type { CopyLimits } from '../../shared/remote/file.ts';
import { MemoryClock } from './memory.ts';

/** Files at addresses, as a step with an environment reads them. */
export interface RemoteSpace {
  readonly folder: string;
  readonly masked: string[];
  open(env?: NodeJS.ProcessEnv, options?: RemoteSpaceOptions): RemoteFiles;
  /** The copies that were made. */
  copies(): string[];
}

export interface RemoteSpaceOptions {
  readonly limits?: CopyLimits;
  readonly mostListed?: number;
  readonly identity?: Identity;
  /** On this machine, by path. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Nothing is copied if a request for a part can be made: small files are as large ones. */
export const IN_PLACE: CopyLimits = { copied: 0, proven: 0 };

export function useRemoteSpace(): RemoteSpace {
  const space = {
    folder: '',
    masked: [] as string[],
    open(env: NodeJS.ProcessEnv = {}, { identity, texts = {}, ...options }: RemoteSpaceOptions = {}) {
      const mask = (secret: string) => void space.masked.push(secret);
      return new RemoteFiles({
        ports: {
          ...{ clock: new MemoryClock(), http: new ClientHttp(), logins: { mask }, identity },
          stores: () => storeSettings(env, mask),
          readText: async (path) => texts[path] ?? '',
        },
        // As on a machine, where each has a folder of its own.
        temporary: async () => mkdtempSync(join(space.folder, 'own-')),
        ...options,
      });
    },
    copies: () =>
      readdirSync(space.folder)
        .flatMap((own) => readdirSync(join(space.folder, own)))
        .sort(),
  };
  beforeEach(() => {
    space.folder = mkdtempSync(join(tmpdir(), 'remote-'));
    space.masked.length = 0;
  });
  afterEach(() => rmSync(space.folder, { recursive: true, force: true }));
  return space;
}

export async function textOf(source: ByteSource): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export async function sliceOf(source: ByteSource, start: number, end: number): Promise<string> {
  return Buffer.from((await source.slice?.(start, end)) ?? []).toString('utf8');
}
