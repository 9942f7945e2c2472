import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { aliasContract } from './registry-contract/aliases.ts';
import { bytesContract } from './registry-contract/bytes.ts';
import { elsewhereContract } from './registry-contract/elsewhere.ts';
import { evidenceContract } from './registry-contract/evidence.ts';
import { raceContract } from './registry-contract/races.ts';
import { removalContract } from './registry-contract/removal.ts';
import { versionContract } from './registry-contract/versions.ts';

/** What the contract has to know of a backend. */
export interface Backend {
  /** Does the backend decide races by compare-and-set: for a version one run wins, an alias with `expected` moves once? */
  readonly comparesAndSets: boolean;
  /** A store of its own for each test, without any model. */
  fresh(): Promise<Store>;
}

export interface Store {
  /** The registry as another job opens it: nothing is shared with what was opened before but the store. */
  open(): Registry | Promise<Registry>;
  /** Puts other bytes of the same length in the place of a stored file of the model, behind the registry's back. */
  damage(version: ModelVersion, path: string, content: string): void | Promise<void>;
  remove?(): void | Promise<void>;
}

/** The store of the test that runs now, and a folder of its own for what is fetched. */
export interface Current {
  readonly backend: Backend;
  open(): Promise<Registry>;
  damage(version: ModelVersion, path: string, content: string): Promise<void>;
  /** A path below the test's folder. */
  folder(name: string): string;
}

/** Declares the tests that every backend of the port `Registry` passes. */
export function registryContract(label: string, backend: Backend): void {
  describe(`the registry contract on ${label}`, () => {
    let store: Store;
    let root: string;
    beforeEach(async () => {
      root = mkdtempSync(join(tmpdir(), 'contract-'));
      store = await backend.fresh();
    });
    afterEach(async () => {
      rmSync(root, { recursive: true, force: true });
      await store.remove?.();
    });
    const current: Current = {
      backend,
      open: async () => store.open(),
      damage: async (version, path, content) => store.damage(version, path, content),
      folder: (name) => join(root, name),
    };
    versionContract(current);
    bytesContract(current);
    elsewhereContract(current);
    evidenceContract(current);
    aliasContract(current);
    raceContract(current);
    removalContract(current);
  });
}
