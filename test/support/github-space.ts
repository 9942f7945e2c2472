import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { openGitHub } from '../../shared/host/github.ts';
import type { Clock } from '../../shared/ports/ports.ts';
import { gitHubRegistry } from '../../shared/registry/github/registry.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { type GitHubServer, type GitHubServerOptions, startGitHubServer } from './github-server.ts';
import { MemoryClock } from './memory.ts';
import { usePromptTimers } from './prompt-timers.ts';

export interface GitHubClient {
  readonly token?: string;
  readonly clock?: Clock;
  readonly isForeign?: boolean;
  readonly logged?: string[];
}

/** The registry in the server's repository, as a new run opens it. */
export function gitHubRegistryOn(server: GitHubServer, client: GitHubClient = {}): Registry {
  const { token = 'write-token', clock = new MemoryClock(), isForeign = false, logged = [] } = client;
  const { url: apiUrl, repository } = server;
  return gitHubRegistry({
    github: openGitHub({
      apiUrl,
      repository,
      token,
      isForeign,
      secondMs: 1,
    }),
    clock,
    log: { info: (line) => logged.push(line) },
  });
}

/** A server for each test, and clients of it. */
export interface GitHubSpace {
  readonly server: GitHubServer;
  /** The server's and the clients' clock. */
  readonly clock: MemoryClock;
  readonly folder: string;
  readonly logged: string[];
  /** Starts another server in its place. */
  start(options?: GitHubServerOptions): Promise<void>;
  open(client?: GitHubClient): Registry;
  /** The tags of the repository. */
  tags(): string[];
}

export function useGitHubSpace(): GitHubSpace {
  const space: { -readonly [K in keyof GitHubSpace]: GitHubSpace[K] } = {
    clock: new MemoryClock(),
    logged: [],
    folder: '',
    server: undefined as unknown as GitHubServer,
    async start(options: GitHubServerOptions = {}) {
      await space.server?.close();
      space.server = await startGitHubServer({ now: () => space.clock.now(), ...options });
    },
    open: (client = {}) =>
      gitHubRegistryOn(space.server, { clock: space.clock, logged: space.logged, ...client }),
    tags: () =>
      [...space.server.git.refs.keys()]
        .filter((ref) => ref.startsWith('refs/tags/'))
        .map((ref) => ref.slice('refs/tags/'.length))
        .sort(),
  };
  usePromptTimers();
  beforeEach(async () => {
    space.clock = new MemoryClock();
    space.folder = mkdtempSync(join(tmpdir(), 'github-'));
    space.logged.length = 0;
    await space.start();
  });
  afterEach(async () => {
    rmSync(space.folder, { recursive: true, force: true });
    await space.server.close();
  });
  return space;
}
