/** An MLflow server that fails, or a run that is killed, at every request: one whole version, or none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { register } from '../../../shared/registry/register.ts';
import type { Registry } from '../../../shared/registry/registry.ts';
import type { MlflowMemoryOptions } from '../../support/mlflow-memory.ts';
import { useMlflowSpace } from '../../support/mlflow-space.ts';
import { newVersion } from '../../support/models.ts';

const space = useMlflowSpace();
const MODEL = { 'model.json': '{"w":1}', 'page.html': '<p>', empty: '' };
const evidence = [{ name: 'verdicts/validate-model.json', content: '{"status":"pass"}' }];
const LATER = { name: 'note.json', content: '{}' };

async function use(registry: Registry): Promise<void> {
  const given = { ...newVersion(MODEL, { evidence }), version: 'auto', alias: 'champion' };
  const { version } = await register(registry, given);
  await registry.addEvidence(version, [LATER]);
}

/** How many requests it takes if nothing fails. */
async function requestsOf(options: MlflowMemoryOptions): Promise<number> {
  await space.start(options);
  await use(space.open());
  return space.server.requests.length;
}

async function expectWhole(name: string): Promise<void> {
  const registry = space.open();
  const [version, ...more] = await registry.versions('demand');
  expect(more).toEqual([]);
  if (version === undefined) throw new Error('there is no version');
  expect(version).toMatchObject({ version: '1.0.0', digest: newVersion(MODEL).bundle.digest });
  expect(version.evidence).toEqual([...evidence, LATER].map((each) => each.name));
  await registry.verify(version);
  await registry.fetch(version, join(space.folder, name));
  for (const [path, content] of Object.entries(MODEL))
    expect(readFileSync(join(space.folder, name, path), 'utf8')).toBe(content);
  expect(await registry.aliases('demand')).toEqual({ champion: '1.0.0' });
  const { champion = [] } = await registry.history('demand');
  expect(champion.map(({ version: to }) => to)).toEqual(['1.0.0']);
}

const FAULTS = ['cut', 'lost', 'half', 500, 503, 429] as const;

describe.each([2, 3] as const)('MLflow %i', (major) => {
  test('each request fails once, in each way, and the version is whole', async () => {
    const count = await requestsOf({ major });
    expect(count).toBeGreaterThan(25);
    let cases = 0;
    for (const fault of FAULTS) {
      for (let at = 1; at <= count; at++) {
        await space.start({ major, fault: (number) => (number === at ? fault : undefined) });
        await use(space.open());
        await expectWhole(`${fault}-${at}`);
        cases++;
      }
    }
    expect(cases).toBe(FAULTS.length * count);
  });

  test('a page in the way, at each request, is told, and the next run makes the version whole', async () => {
    const count = await requestsOf({ major });
    for (let at = 1; at <= count; at++) {
      let isAway = false;
      await space.start({ major, fault: (number) => (number === at && !isAway ? 'html' : undefined) });
      // An artifact may be a page itself; then its bytes are not what they should be.
      const used = await use(space.open()).catch((error: unknown) => error);
      if (used instanceof Error) expect(used).toBeInstanceOf(UserError);
      isAway = true;
      await use(space.open());
      await expectWhole(`page-${at}`);
    }
  });

  test('a run that is cut off for good, at each request, leaves a whole version or none; the next run ends it', async () => {
    const count = await requestsOf({ major });
    for (const fault of ['cut', 'lost'] as const) {
      for (let at = 1; at <= count; at++) {
        let isAway = false;
        await space.start({ major, fault: (number) => (number >= at && !isAway ? fault : undefined) });
        await expect(use(space.open())).rejects.toThrow(UserError);
        isAway = true;
        const left = await space.open().versions('demand');
        for (const version of left) await space.open().verify(version);
        await use(space.open());
        await expectWhole(`${fault}-${at}`);
      }
    }
  });
});
