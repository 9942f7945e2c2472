import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/register-model/inputs.ts';
import { run } from '../../../actions/register-model/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { modelVerdict, newVersion } from '../../support/models.ts';

let root: string;
let now: Date;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'operations-'));
  now = new Date('2026-01-01T00:00:00Z');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const registry = () =>
  directoryRegistry({ root: join(root, 'registry'), shown: 'registry', clock: { now: () => now } });

/** Registers a version whose one file holds the version's number. */
async function made(version: string, judged = true): Promise<void> {
  const files = { 'model.txt': version };
  const { digest } = newVersion(files).bundle;
  const content = JSON.stringify(modelVerdict(digest));
  const evidence = judged ? [{ name: 'verdicts/validate-model.json', content }] : [];
  await registry().create(newVersion(files, { version, evidence, createdAt: now }));
}

async function operate(values: Record<string, string>, pullRequest = false) {
  const given = { name: 'demand', registry: 'dir:registry', state: 'dir:state', ...values };
  const inputs = parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
  const ports = createPorts({
    workingDirectory: root,
    reportFolder: 'report',
    now,
    runner: { github: false, hosted: false, ...(pullRequest ? { pullRequest: true } : {}) },
  });
  try {
    return await run(inputs, ports);
  } finally {
    await ports.close();
  }
}

/** A rollout under way, as docs/files.md shows one. */
async function writeRollout({ canary, stable }: { canary: string; stable: string }): Promise<void> {
  const [, text = ''] =
    /```json\n(\{\n {2}"schema": "ml-loop\/rollout@1"[\s\S]*?)```/.exec(
      readFileSync('docs/files.md', 'utf8'),
    ) ?? [];
  const state = JSON.parse(text);
  state.canary.digest = canary;
  state.stable.digest = stable;
  await directoryState(join(root, 'state')).write('demand/rollout', state, null, 'a rollout');
}

const checks = ({ verdict }: Awaited<ReturnType<typeof operate>>) =>
  verdict.checks.map(({ id, status }) => `${id} ${status}`);
const alias = async (name: string) => (await registry().aliases('demand'))[name];

describe('promote', () => {
  test('moves an alias to a version that is whole, and says what it named', async () => {
    await made('1.0.0');
    await made('1.1.0');
    const first = await operate({ operation: 'promote', version: '1.0.0', alias: 'staging' });
    expect(checks(first)).toEqual(['register.bytes pass', 'register.evidence pass', 'register.alias pass']);
    expect(first.outputs).toMatchObject({ version: '1.0.0', previous: '', created: 'false' });
    const second = await operate({ operation: 'promote', version: '1.1.0', alias: 'staging' });
    expect(second.outputs).toMatchObject({ version: '1.1.0', previous: '1.0.0' });
    expect(await alias('staging')).toBe('1.1.0');
    const again = await operate({ operation: 'promote', version: 'staging', alias: 'eu' });
    expect(again.outputs).toMatchObject({ version: '1.1.0', previous: '' });
  });

  test('moves nothing to bytes that were changed, or that nothing judged', async () => {
    await made('1.0.0', false);
    await made('1.1.0');
    writeFileSync(join(root, 'registry/demand/versions/1.1.0/files/model.txt'), '9.9.9');
    for (const version of ['1.0.0', '1.1.0']) {
      const refused = await operate({ operation: 'promote', version, alias: 'staging' });
      expect(refused.verdict.status).toBe('fail');
      expect(refused.outputs.previous).toBe('');
    }
    expect(await alias('staging')).toBeUndefined();
  });

  test('asks for a version, and names those that there are', async () => {
    await made('1.0.0');
    await expect(operate({ operation: 'promote' })).rejects.toThrow('is required for operation: promote');
    await expect(operate({ operation: 'promote', version: '1.0.1' })).rejects.toThrow(
      /has no 1\.0\.1; it has 1\.0\.0/,
    );
    await expect(operate({ operation: 'promote', version: '1.0.0', alias: 'champion' })).rejects.toThrow(
      'must not be champion',
    );
  });
});

describe('rollback', () => {
  test('goes back, and further back, and then says that there is nothing before', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
      await made(version);
      await operate({ operation: 'promote', version, alias: 'staging' });
    }
    const back = () => operate({ operation: 'rollback', alias: 'staging' });
    expect((await back()).outputs).toMatchObject({ version: '1.1.0', previous: '1.2.0' });
    expect((await back()).outputs).toMatchObject({ version: '1.0.0', previous: '1.1.0' });
    await expect(back()).rejects.toThrow('staging of demand named no other version before');
    expect(await alias('staging')).toBe('1.0.0');
  });

  test('does not go back to bytes that were changed', async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      await made(version);
      await operate({ operation: 'promote', version, alias: 'staging' });
    }
    writeFileSync(join(root, 'registry/demand/versions/1.0.0/files/model.txt'), '9.9.9');
    const refused = await operate({ operation: 'rollback', alias: 'staging' });
    expect(checks(refused)).toContain('register.bytes fail');
    expect(await alias('staging')).toBe('1.1.0');
  });
});

describe('list', () => {
  test('shows all versions with what names them, the newest first', async () => {
    await made('1.0.0');
    now = new Date('2026-01-02T00:00:00Z');
    await made('1.1.0');
    await registry().setAlias('demand', 'champion', '1.0.0');
    await registry().setAlias('demand', 'candidate', '1.1.0');
    await registry().setAlias('demand', 'staging', '1.1.0');
    const { verdict } = await operate({ operation: 'list' });
    expect(verdict.summary).toBe('demand has 2 versions: 1.1.0 (candidate, staging), 1.0.0 (champion)');
    expect(verdict.measures.versions).toMatchObject([
      { version: '1.1.0', aliases: 'candidate, staging', bytes: 5, verdicts: 1 },
      { version: '1.0.0', aliases: 'champion', registered: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  test('says that there is none', async () => {
    const { verdict } = await operate({ operation: 'list' });
    expect(verdict).toMatchObject({ status: 'pass', summary: 'demand has no version yet' });
  });
});

describe('verify', () => {
  test('hashes all versions, or the one that is named', async () => {
    await made('1.0.0');
    await made('1.1.0');
    const all = await operate({ operation: 'verify' });
    expect(all.verdict.status).toBe('pass');
    expect(checks(all)).toHaveLength(4);
    writeFileSync(join(root, 'registry/demand/versions/1.1.0/files/model.txt'), '9.9.9');
    const damaged = await operate({ operation: 'verify' });
    expect(checks(damaged)).toEqual([
      ...['register.bytes fail', 'register.bytes pass'],
      ...['register.evidence pass', 'register.evidence pass'],
    ]);
    expect(damaged.verdict.checks[0]?.message).toMatch(/demand 1\.1\.0: .*model\.txt/);
    expect((await operate({ operation: 'verify', version: '1.0.0' })).verdict.status).toBe('pass');
  });

  test('is inconclusive without a version, and fails for evidence that was changed', async () => {
    expect((await operate({ operation: 'verify' })).verdict).toMatchObject({
      status: 'inconclusive',
      summary: 'demand has no version',
    });
    await made('1.0.0');
    const file = join(root, 'registry/demand/versions/1.0.0/evidence/verdicts/validate-model.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('not worse', 'better!!!'));
    expect(checks(await operate({ operation: 'verify' }))).toEqual([
      'register.evidence fail',
      'register.bytes pass',
    ]);
  });
});

describe.each(['profile.json', 'model-card.md', 'environment/uv.lock'])('verify, of %s', (name) => {
  test.each([
    ['lost', (file: string) => rmSync(file)],
    ['changed', (file: string) => writeFileSync(file, 'forged')],
  ])('fails if it is %s, although no check reads it', async (_, damage) => {
    await made('1.0.0');
    await registry().addEvidence({ name: 'demand', version: '1.0.0' }, [{ name, content: 'as it was' }]);
    expect((await operate({ operation: 'verify' })).verdict.status).toBe('pass');
    damage(join(root, 'registry/demand/versions/1.0.0/evidence', name));
    const { verdict } = await operate({ operation: 'verify' });
    expect(verdict.checks.find(({ id }) => id === 'register.evidence')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(name),
    });
    const promoted = await operate({ operation: 'promote', version: '1.0.0', alias: 'staging' });
    expect(promoted.verdict.status).toBe('fail');
  });
});

describe('fetch', () => {
  test('copies the champion, or the version that is named, into an empty folder', async () => {
    await made('1.0.0');
    await made('1.1.0');
    await registry().setAlias('demand', 'champion', '1.0.0');
    const fetched = await operate({ operation: 'fetch', to: 'served' });
    expect(fetched.outputs.version).toBe('1.0.0');
    expect(readFileSync(join(root, 'served/model.txt'), 'utf8')).toBe('1.0.0');
    await operate({ operation: 'fetch', to: 'other', version: '1.1.0' });
    expect(readFileSync(join(root, 'other/model.txt'), 'utf8')).toBe('1.1.0');
    await expect(operate({ operation: 'fetch', to: 'other' })).rejects.toThrow('is not empty');
    await expect(operate({ operation: 'fetch' })).rejects.toThrow('is required for operation: fetch');
    await expect(operate({ operation: 'list', to: 'x' })).rejects.toThrow('does nothing for operation: list');
  });
});

describe('gc', () => {
  beforeEach(async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await made(version);
    await registry().setAlias('demand', 'staging', '1.2.0');
    now = new Date('2026-06-01T00:00:00Z');
  });
  const versions = async () => (await registry().versions('demand')).map(({ version }) => version);

  test('only says what it would remove', async () => {
    const { verdict } = await operate({ operation: 'gc' });
    expect(verdict.checks.map(({ message }) => message)).toEqual([
      'demand 1.0.0: nothing has named it since 2026-01-01T00:00:00.000Z; would be removed',
      'demand 1.1.0: nothing has named it since 2026-01-01T00:00:00.000Z; would be removed',
    ]);
    expect(await versions()).toEqual(['1.0.0', '1.1.0', '1.2.0']);
  });

  test('removes what nothing has named for long, and keeps the way back', async () => {
    await registry().setAlias('demand', 'anchor', '1.0.0');
    await operate({ operation: 'gc', 'dry-run': 'false' });
    expect(await versions()).toEqual(['1.0.0', '1.2.0']);
    await registry().setAlias('demand', 'anchor', '1.2.0');
    const { verdict } = await operate({ operation: 'gc', 'dry-run': 'false' });
    expect(verdict.checks[0]?.message).toContain('nothing to remove');
    now = new Date('2026-10-01T00:00:00Z');
    await operate({ operation: 'gc', 'dry-run': 'false' });
    expect(await versions()).toEqual(['1.2.0']);
  });

  test('keeps what a rollout uses', async () => {
    await registry().setAlias('demand', 'champion', '1.2.0');
    const digestOf = (version: string) => newVersion({ 'model.txt': version }).bundle.digest;
    await writeRollout({ canary: digestOf('1.1.0'), stable: digestOf('1.2.0') });
    await operate({ operation: 'gc', 'dry-run': 'false' });
    expect(await versions()).toEqual(['1.1.0', '1.2.0']);
  });

  test.each(['true', 'false'])(
    'removes nothing if the state is not the one that made the champion (dry-run: %s)',
    async (dry) => {
      await registry().setAlias('demand', 'champion', '1.2.0');
      await expect(operate({ operation: 'gc', 'dry-run': dry })).rejects.toThrow(
        /input state: has no rollout of demand/,
      );
      expect(await versions()).toEqual(['1.0.0', '1.1.0', '1.2.0']);
    },
  );

  test('removes nothing if the state of the rollout cannot be read', async () => {
    mkdirSync(join(root, 'state/demand'), { recursive: true });
    writeFileSync(join(root, 'state/demand/rollout.json'), '{');
    await expect(operate({ operation: 'gc', 'dry-run': 'false' })).rejects.toThrow(/rollout\.json/);
    expect(await versions()).toHaveLength(3);
    expect(existsSync(join(root, 'state/demand/rollout.json'))).toBe(true);
  });
});
