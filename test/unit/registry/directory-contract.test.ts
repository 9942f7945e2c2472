import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { registryContract } from '../../support/registry-contract.ts';

registryContract('dir:', {
  comparesAndSets: true,
  async fresh() {
    const root = mkdtempSync(join(tmpdir(), 'registry-'));
    const clock = { now: () => new Date('2026-02-01T00:00:00Z') };
    return {
      open: () => directoryRegistry({ root: join(root, 'new'), shown: 'registry', clock }),
      damage: ({ name, version }, path, content) =>
        writeFileSync(join(root, 'new', name, 'versions', version, 'files', path), content),
      remove: () => rmSync(root, { recursive: true, force: true }),
    };
  },
});
