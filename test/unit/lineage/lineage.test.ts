import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { type DriftLook, driftStateJson } from '../../../shared/drift/state.ts';
import { lineageOf } from '../../../shared/lineage/trace.ts';
import { PROVENANCE, type Provenance, printProvenance } from '../../../shared/registry/provenance.ts';
import type { ModelVersion } from '../../../shared/registry/registry.ts';
import { lineageHtml, lineageText } from '../../../shared/report/lineage.ts';
import { MemoryRegistry, MemoryState } from '../../support/memory.ts';
import { modelVerdict } from '../../support/models.ts';

const NAME = 'demand';
const digest = (character: string) => `sha256:${character.repeat(64)}`;
const [DATA, TODAY, KEY] = ['d', 'e', 'f'].map(digest) as [string, string, string];
const AT = '2026-01-05T00:00:00.000Z';
const COMMIT = 'c'.repeat(40);

let registry: MemoryRegistry;
let drift: MemoryState;
let rollouts: MemoryState;
beforeEach(() => {
  registry = new MemoryRegistry();
  drift = new MemoryState();
  rollouts = new MemoryState();
});

const BARE: Provenance = {
  schema: 'ml-loop/provenance@1',
  trainingData: [{ name: 'train.csv', digest: DATA, rows: 400, from: 'training-data' }],
  environment: [],
  parameters: {},
  parent: null,
  commit: COMMIT,
};

/** A version with its verdict and provenance. */
function add(version: string, given: Partial<Provenance> = {}): ModelVersion {
  const made = registry.add(NAME, version, { weights: version });
  registry.attach(made, 'verdicts/validate-model.json', JSON.stringify(modelVerdict(made.digest)));
  registry.attach(made, PROVENANCE, printProvenance({ ...BARE, ...given }));
  return made;
}

async function trace(which = 'champion') {
  return lineageOf(NAME, which, { registry, rollouts, drift });
}

const look = (champion: ModelVersion | null, parts: Partial<DriftLook> = {}): DriftLook => ({
  at: AT,
  champion: champion === null ? null : { version: champion.version, digest: champion.digest },
  reference: DATA,
  current: TODAY,
  status: 'pass',
  drifted: 0,
  retrain: null,
  ...parts,
});

/** What check-drift leaves: a retrain that was dispatched for a version, and looks. */
async function stored(of: ModelVersion, looks: readonly DriftLook[]): Promise<void> {
  const champion = { version: of.version, digest: of.digest };
  const compared = { reference: DATA, current: TODAY };
  const retrain = { dedupeKey: KEY, requestedAt: AT, attemptedAt: AT, champion, compared };
  const state = driftStateJson({
    schema: 'ml-loop/drift@1',
    firstRun: AT,
    lastRun: AT,
    history: {},
    looks,
    retrain: { ...retrain, reasons: ['drift'], status: 'dispatched' },
  });
  await drift.write(`${NAME}/drift`, state, null, 'test');
}

const parentOf = ({ version, digest: of }: ModelVersion) =>
  ({ version, digest: of, from: 'compared' }) as const;
const retrainOf = ({ version, digest: of }: ModelVersion) => ({
  dedupeKey: KEY,
  champion: { version, digest: of },
});

describe('a lineage', () => {
  test('follows parents, the request that was answered, and what was found since', async () => {
    const first = add('1.0.0', { commit: 'a'.repeat(40) });
    const second = add('1.1.0', { parent: parentOf(first) });
    const third = add('1.2.0', { parent: parentOf(second), retrain: retrainOf(second) });
    await registry.setAlias(NAME, 'champion', third.version);
    await stored(second, [
      look(second, { retrain: KEY, status: 'fail', drifted: 2 }),
      look(third, { at: '2026-01-12T00:00:00.000Z' }),
    ]);
    const found = await trace();
    expect(found.ancestors).toEqual([
      { ...parentOf(second), registeredAt: second.createdAt, commit: COMMIT },
      { ...parentOf(first), registeredAt: first.createdAt, commit: 'a'.repeat(40) },
    ]);
    expect(found.request).toMatchObject({ dedupeKey: KEY, status: 'dispatched' });
    expect(found.drift.looks).toEqual([look(third, { at: '2026-01-12T00:00:00.000Z' })]);
    const before = await trace('1.1.0');
    expect(before.drift.looks).toMatchObject([{ retrain: KEY }]);
    expect(before.drift.retrains).toMatchObject([{ dedupeKey: KEY }]);
  });

  test('says what is missing, and makes nothing up', async () => {
    registry.add(NAME, '1.0.0', { weights: 'x' });
    await registry.setAlias(NAME, 'champion', '1.0.0');
    const found = await trace();
    expect(found.gaps.map(({ link, kind }) => `${link}: ${kind}`)).toEqual([
      'provenance: missing',
      'verdicts: missing',
      'rollout: missing',
      'monitoring: missing',
    ]);
    const text = lineageText(found);
    expect(text).toContain('no training data are recorded');
    expect(text).toContain('not known · verdicts: the version has no verdict of validate-model');
  });

  test('names a parent that the registry does not have any more', async () => {
    add('1.1.0', { parent: { version: '1.0.0', digest: digest('1'), from: 'input' } });
    const { ancestors } = await trace('1.1.0');
    expect(ancestors).toEqual([
      { version: '1.0.0', digest: digest('1'), from: 'input', registeredAt: null, commit: null },
    ]);
  });

  test('tells records apart that contradict each other', async () => {
    const first = add('1.0.0');
    const second = add('1.1.0', {
      retrain: { dedupeKey: KEY, champion: { version: '0.9.0', digest: digest('9') } },
    });
    registry.attach(second, 'verdicts/validate-model.json', JSON.stringify(modelVerdict(first.digest)));
    await stored(first, []);
    const found = await trace('1.1.0');
    expect(found.gaps.filter(({ kind }) => kind === 'contradiction').map(({ link }) => link)).toEqual([
      'verdicts',
      'retrain',
    ]);
  });

  test('goes on beside evidence that is damaged', async () => {
    const version = add('1.0.0');
    registry.attach(version, PROVENANCE, '{"schema": "other"}');
    const found = await trace('1.0.0');
    expect(found.provenance).toBeNull();
    expect(found.verdicts).toHaveLength(1);
    expect(found.gaps[0]).toMatchObject({ link: 'provenance', kind: 'contradiction' });
  });

  test('needs a version', async () => {
    await expect(trace()).rejects.toThrow(/there is no champion of demand/);
    add('1.0.0');
    await expect(trace('champio')).rejects.toThrow(/it has.*1\.0\.0/);
  });
});

test('the page escapes what others wrote, and fetches nothing', async () => {
  const name = '<script>alert(1)</script>';
  add('1.0.0', { trainingData: [{ name, digest: DATA, from: 'training-data' }] });
  const html = lineageHtml(await trace('1.0.0'));
  const { document } = parseHTML(html);
  expect(document.querySelectorAll('script, link, img, iframe')).toHaveLength(0);
  expect(document.body?.textContent).toContain(name);
  expect(lineageText(await trace('1.0.0'))).toContain(DATA);
});
