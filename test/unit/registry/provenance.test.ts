import { expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import {
  attachedProvenance,
  comparedParent,
  type EnvironmentFile,
  knownData,
  PROVENANCE,
  PROVENANCE_SCHEMA,
  type Provenance,
  printProvenance,
  readProvenance,
  verifyProvenance,
} from '../../../shared/registry/provenance.ts';
import type { ModelVersion } from '../../../shared/registry/registry.ts';
import { sha256Text } from '../../../shared/verdict/digest.ts';
import { verdictOf } from '../../../shared/verdict/verdict.ts';
import { modelVerdict } from '../../support/models.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const version = (number: string, letter: string, evidence: readonly string[] = []): ModelVersion => ({
  ...{ name: 'demand', version: number, digest: digest(letter), uri: '', createdAt: '' },
  ...{ files: [], metadata: {}, evidence },
});
const data = (letter: string, name = 'train.csv', rows = 10) => ({
  name: `verdicts/validate-data-${letter}.json`,
  verdict: verdictOf({
    action: 'validate-data',
    name: 'demand',
    subjects: [
      { role: 'data', name, digest: digest(letter), rows },
      { role: 'reference', name: 'old.csv', digest: digest('9') },
    ],
    checks: [],
    createdAt: new Date('2026-01-01T00:00:00Z'),
  }),
});
const model = (production: string | null, day = 1) => ({
  name: 'verdicts/validate-model.json',
  verdict: modelVerdict(digest('0'), {
    subjects: [
      { role: 'model', name: 'model', digest: digest('0') },
      { role: 'data', name: 'test.csv', digest: digest('8') },
    ],
    compared: {
      binding: 'bound',
      production: production === null ? null : { name: 'x', digest: digest(production) },
      anchor: null,
    },
    createdAt: new Date(Date.UTC(2026, 0, day)),
  }),
});

test('training data are what validate-data judged, never what a model was tested on', () => {
  const [first, second] = [data('1'), data('2', 'more.csv', 20)];
  expect(knownData(undefined, [first, model(null), second, data('1')])).toEqual([
    {
      name: 'train.csv',
      digest: digest('1'),
      rows: 10,
      from: 'verdicts/validate-data-1.json',
      verdict: 'verdicts/validate-data-1.json',
    },
    expect.objectContaining({ digest: digest('2'), rows: 20 }),
  ]);
  expect(knownData(undefined, [model(null)])).toEqual([]);
});

test('a profile that names its data says which they are, with the verdict on them if there is one', () => {
  const profile = { digest: digest('2'), rows: 30 };
  expect(knownData(profile, [data('1'), data('2', 'more.csv', 20)])).toEqual([
    {
      name: 'more.csv',
      digest: digest('2'),
      rows: 20,
      from: 'profile.json',
      verdict: 'verdicts/validate-data-2.json',
    },
  ]);
  expect(knownData(profile, [])).toEqual([
    { name: 'training data', digest: digest('2'), rows: 30, from: 'profile.json' },
  ]);
  expect(knownData({ rows: 30 }, [data('1')])).toHaveLength(1);
});

test('the parent is the version that the model was compared with last', () => {
  const versions = [version('1.0.0', '1'), version('1.1.0', '2')];
  expect(comparedParent(digest('0'), [model('2', 1), model('1', 2), data('3')], versions)).toEqual({
    version: '1.0.0',
    digest: digest('1'),
    from: 'compared',
  });
  expect(comparedParent(digest('0'), [model(null)], versions)).toBeNull();
  expect(comparedParent(digest('0'), [model('7')], versions)).toBeNull();
  expect(comparedParent(digest('2'), [model('2')], versions)).toBeNull();
  expect(comparedParent(digest('0'), [], versions)).toBeNull();
});

const PROVEN: Provenance = {
  schema: PROVENANCE_SCHEMA,
  commit: 'a'.repeat(40),
  trainingData: [{ name: 'a', digest: digest('1'), from: 'x', verdict: 'verdicts/validate-data.json' }],
  environment: [{ name: 'uv.lock', file: 'environment/uv.lock', digest: digest('2') }],
  parameters: { a: [1, { b: null }] },
  parent: null,
};

test('what is written is read, and nothing else', () => {
  expect(readProvenance(printProvenance(PROVEN), PROVENANCE)).toEqual(PROVEN);
  const wrong = JSON.stringify({ ...PROVEN, commit: 'HEAD', extra: 1 });
  expect(() => readProvenance(wrong, PROVENANCE)).toThrow(
    /provenance\.json#\/extra[\s\S]*provenance\.json#\/commit/,
  );
});

test('it is read with the evidence that it names', async () => {
  const registry = { readEvidence: async () => printProvenance(PROVEN) };
  const named = [PROVENANCE, 'verdicts/validate-data.json', 'environment/uv.lock'];
  expect(await attachedProvenance(version('1.0.0', '1', named), registry)).toEqual(PROVEN);
  expect(await attachedProvenance(version('1.0.0', '1'), registry)).toBeUndefined();
  const without = attachedProvenance(version('1.0.0', '1', named.slice(0, 2)), registry);
  await expect(without).rejects.toThrow(UserError);
  await expect(without).rejects.toThrow(/names environment\/uv\.lock, which is not in the evidence/);
});

test('a lock file that is not the one that was listed is found', async () => {
  const named = version('1.0.0', '1', [PROVENANCE, 'verdicts/validate-data.json', 'environment/uv.lock']);
  const kept = (lock: string) => ({
    readEvidence: async (_: ModelVersion, name: string) =>
      name === PROVENANCE
        ? printProvenance({
            ...PROVEN,
            environment: [{ ...PROVEN.environment[0], digest: sha256Text('numpy==2.0') } as EnvironmentFile],
          })
        : lock,
  });
  await verifyProvenance(named, kept('numpy==2.0'));
  await expect(verifyProvenance(named, kept('numpy==1.0'))).rejects.toThrow(/lists environment\/uv\.lock as/);
  await verifyProvenance(version('1.0.0', '1'), kept(''));
});
