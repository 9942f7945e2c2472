import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { modelVerdict, newVersion } from '../support/models.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const VERSIONS = 'registry/demand/versions';
const bytesOf = (model: string) => ({
  'weights.bin': `bytes of ${model}`.repeat(50_000),
  'deep/config.json': '{}',
});
const digestOf = (model: string) => newVersion(bytesOf(model)).bundle.digest;

/** Writes a model with a verdict that lets it be registered. */
function judged(model: string): void {
  for (const [path, content] of Object.entries(bytesOf(model))) space.write(`${model}/${path}`, content);
  space.write(`${model}.json`, JSON.stringify(modelVerdict(digestOf(model))));
}

/** A process of its own; it is killed after so many milliseconds, if any are given. */
function register(model: string, run: number, killedAfter?: number) {
  const inputs = {
    ...{ name: 'demand', model, verdicts: `${model}.json`, registry: 'dir:registry', state: 'dir:state' },
    'report-id': `${run}`,
  };
  return space.step('register-model', inputs, {
    onStart: (child) => {
      if (killedAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killedAfter);
    },
  });
}

/** One whole version for each digest, none besides, and an alias that names one of them. */
async function expectWhole(models: readonly string[]): Promise<void> {
  const versions = readdirSync(join(space.folder, VERSIONS)).filter((name) => !name.startsWith('.'));
  const manifests = versions.map((version) =>
    space.json<{ digest: string; version: string }>(`${VERSIONS}/${version}/manifest.json`),
  );
  expect(manifests.map(({ digest }) => digest).sort()).toEqual(models.map(digestOf).sort());
  for (const { digest, version } of manifests) {
    const files = Object.keys(bytesOf('')).map((path) => [
      path,
      readFileSync(join(space.folder, VERSIONS, version, 'files', path), 'utf8'),
    ]);
    expect(newVersion(Object.fromEntries(files)).bundle.digest).toBe(digest);
  }
  const named = space.json<{ value: { version: string } }>('registry/demand/aliases/candidate.json');
  expect(versions).toContain(named.value.version);
  const verified = await space.step('register-model', {
    ...{ name: 'demand', operation: 'verify', registry: 'dir:registry', state: 'dir:state' },
  });
  expect(verified).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
}

test.each([2, 16])('%i processes at once that register the same bytes make one version', async (count) => {
  judged('same');
  const runs = await Promise.all(Array.from({ length: count }, (_, run) => register('same', run)));
  for (const { exit, stdout } of runs) expect({ exit, stdout }).toMatchObject({ exit: 0 });
  expect(runs.filter(({ outputs }) => outputs.created === 'true')).toHaveLength(1);
  expect(new Set(runs.map(({ outputs }) => outputs.version))).toEqual(new Set(['1.0.0']));
  await expectWhole(['same']);
  expect(readdirSync(join(space.folder, VERSIONS))).toEqual(['1.0.0']);
});

test.each([2, 16])('%i processes at once that register other bytes make a version each', async (count) => {
  const models = Array.from({ length: count }, (_, number) => `model-${number}`);
  for (const model of models) judged(model);
  const runs = await Promise.all(models.map((model, run) => register(model, run)));
  for (const { exit, stdout } of runs) expect({ exit, stdout }).toMatchObject({ exit: 0 });
  expect(new Set(runs.map(({ outputs }) => outputs.version)).size).toBe(count);
  await expectWhole(models);
  expect(readdirSync(join(space.folder, VERSIONS))).toHaveLength(count);
});

test('of sixteen processes at once with four models, those that are killed do no harm', async () => {
  const models = ['a', 'b', 'c', 'd'];
  for (const model of models) judged(model);
  const all = Array.from({ length: 16 }, (_, run) => run);
  // Over the time that a run takes here, whatever that is.
  const started = Date.now();
  await register('a', 16);
  const takes = Date.now() - started;
  await Promise.all(
    all.map((run) => register(models[run % 4] ?? '', run, run % 3 === 0 ? undefined : (run / 4) * takes)),
  );
  for (const name of readdirSync(join(space.folder, VERSIONS)))
    if (!name.startsWith('.')) space.json(`${VERSIONS}/${name}/manifest.json`);
  for (const model of models) expect(await register(model, 17)).toMatchObject({ exit: 0 });
  await expectWhole(models);
  // What the killed ones have left goes when the next version is made.
  judged('e');
  expect(await register('e', 18)).toMatchObject({ exit: 0 });
  await expectWhole([...models, 'e']);
  expect(readdirSync(join(space.folder, VERSIONS))).toHaveLength(5);
});
