import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { registryBeside } from '../../../shared/registry/directory-place.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'place-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the registry that was probably meant lies beside the path', async () => {
  mkdirSync(join(root, 'registry/demand/versions/1.0.0'), { recursive: true });
  expect(await registryBeside(join(root, 'regstry'))).toBe(join(root, 'registry'));
  expect(await registryBeside(join(root, 'registry'))).toBeUndefined();
});

test('a registry that another run makes meanwhile is not taken for another one', async () => {
  // So deep that the way up to the first folder that is there takes longer than making it.
  const place = join(root, ...Array.from({ length: 60 }, () => 'd'), 'registry');
  const looking = registryBeside(place);
  for (let turn = 0; turn < 5; turn++) await stat(root);
  mkdirSync(join(place, 'demand/versions/1.0.0'), { recursive: true });
  expect(await looking).toBeUndefined();
});
