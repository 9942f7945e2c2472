import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/register-model/inputs.ts';
import { run } from '../../../actions/register-model/run.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { Outcome } from '../../../shared/ports/outcome.ts';
import type { Ports } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { readProvenance } from '../../../shared/registry/provenance.ts';
import { summaryMarkdown } from '../../../shared/report/summary.ts';
import { sha256Text } from '../../../shared/verdict/digest.ts';
import { modelVerdict } from '../../support/models.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'register-model-'));
  put('model/model.json', '{"w":1}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function inputsOf(values: Record<string, unknown>) {
  const given = { name: 'demand', model: 'model', registry: 'dir:registry', ...values };
  return parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
}

async function register(
  values: Record<string, unknown> = {},
  hosted = false,
  asked?: Ports['asked'],
): Promise<Outcome> {
  const ports = createPorts({
    workingDirectory: root,
    reportFolder: 'ml-loop-report/register-model',
    now: new Date('2026-03-01T00:00:00Z'),
    runner: { github: hosted, hosted, repository: 'acme/demand' },
    asked,
  });
  try {
    return await run(inputsOf(values), ports);
  } finally {
    await ports.close();
  }
}

const digestNow = async () =>
  (await createPorts({ workingDirectory: root, reportFolder: 'r' }).files.bundle(['model'])).digest;

/** validate-model has passed the bytes that are there. */
async function judge(path = 'ml-loop-report/validate-model/verdict.json', parts = {}): Promise<void> {
  put(path, modelVerdict(await digestNow(), parts));
}

const checksOf = ({ verdict }: Outcome) =>
  Object.fromEntries(verdict.checks.map(({ id, status }) => [id, status]));

test('judged bytes become a version with their evidence, and candidate points to it', async () => {
  await judge();
  const { verdict, outputs } = await register({ metadata: '{commit: abc, epochs: 3}' });
  expect(verdict.status).toBe('pass');
  expect(checksOf({ verdict, outputs })).toEqual({
    'register.evidence': 'pass',
    'register.stored': 'pass',
    'register.alias': 'pass',
  });
  expect(verdict.summary).toBe('3 checks passed for demand 1.0.0, newly registered');
  expect(verdict.subjects).toEqual([{ role: 'model', name: 'model', digest: await digestNow() }]);
  expect(outputs).toEqual({
    version: '1.0.0',
    digest: await digestNow(),
    uri: 'dir:registry/demand/versions/1.0.0',
    created: 'true',
    image: '',
    previous: '',
    attestations: '',
  });
  const manifest = JSON.parse(
    readFileSync(join(root, 'registry/demand/versions/1.0.0/manifest.json'), 'utf8'),
  );
  expect(manifest).toMatchObject({
    metadata: { commit: 'abc', epochs: '3' },
    evidence: [
      { path: 'verdicts/validate-model.json' },
      { path: 'provenance.json' },
      { path: 'model-card.md' },
    ],
  });
  expect(
    JSON.parse(readFileSync(join(root, 'registry/demand/aliases/candidate.json'), 'utf8')),
  ).toMatchObject({ value: { version: '1.0.0' } });
});

test('a second run with the same bytes returns the same version; other bytes make the next one', async () => {
  await judge();
  const first = await register();
  const second = await register();
  expect(second.outputs).toEqual({ ...first.outputs, created: 'false', previous: '1.0.0' });
  expect(second.verdict.status).toBe('pass');
  put('model/model.json', '{"w":2}');
  await judge();
  expect((await register()).outputs).toMatchObject({ version: '1.1.0', created: 'true', previous: '1.0.0' });
});

test('bytes that were changed after they were judged are refused, with nothing written', async () => {
  await judge();
  put('model/model.json', '{"w":2}');
  const { verdict, outputs } = await register();
  expect(verdict.status).toBe('fail');
  expect(checksOf({ verdict, outputs })).toEqual({ 'register.evidence': 'fail' });
  expect(outputs).toEqual({
    version: '',
    digest: await digestNow(),
    uri: '',
    created: 'false',
    image: '',
    previous: '',
    attestations: '',
  });
  expect(existsSync(join(root, 'registry'))).toBe(false);
});

test('bytes that were never judged are refused: a failing check, not an error', async () => {
  expect(checksOf(await register())).toEqual({ 'register.evidence': 'fail' });
  await expect(register({ verdicts: 'nowhere/*.json' })).rejects.toThrow(UserError);
});

test('one failing verdict among passing ones refuses', async () => {
  await judge();
  await judge('ml-loop-report/validate-model-eu/verdict.json', {
    checks: [{ id: 'fairness.gap', status: 'fail', message: 'm' }],
  });
  expect(checksOf(await register())).toEqual({
    'register.evidence': 'pass',
    'register.contradicted': 'fail',
  });
  expect(existsSync(join(root, 'registry'))).toBe(false);
});

test('verdict files that are none are told with all their problems', async () => {
  put('ml-loop-report/validate-model/verdict.json', {
    schema: 'ml-loop/verdict@1',
    action: 'validate-model',
  });
  put('ml-loop-report/validate-data/verdict.json', '{');
  await expect(register()).rejects.toThrow(/validate-data\/verdict\.json: is not JSON/);
  await expect(register()).rejects.toThrow(/validate-model\/verdict\.json#\/status: is missing/);
});

test('a file that changes while it is copied or hashed is an error, with nothing written', async () => {
  const restore = async () => {
    put('model/model.json', Buffer.alloc(32 << 20).toString('latin1'));
    await judge();
  };
  const changing = async () => {
    await restore();
    const place = join(root, 'model/model.json');
    const ports = createPorts({ workingDirectory: root, reportFolder: 'r' });
    const bundle = ports.files.bundle.bind(ports.files);
    // From when the first file is opened on.
    ports.files.bundle = (...given) => {
      const writing = setInterval(() => appendFileSync(place, 'x'), 0);
      return bundle(...given).finally(() => clearInterval(writing));
    };
    return run(inputsOf({}), ports);
  };
  const told = /model\/model\.json: changed while it was being read/;
  await expect(changing()).rejects.toThrow(told);
  expect(existsSync(join(root, 'registry'))).toBe(false);
  // Bytes of which no copy is made, because a version has those that the verdicts expect.
  await restore();
  await register();
  await expect(changing()).rejects.toThrow(told);
  expect(readdirSync(join(root, 'registry/demand/versions'))).toEqual(['1.0.0']);
});

test('bytes are copied once for a new version, and not at all for one that is there or that nothing allows', async () => {
  const copies = async () => {
    const ports = createPorts({ workingDirectory: root, reportFolder: 'r' });
    const bundle = ports.files.bundle.bind(ports.files);
    let count = 0;
    ports.files.bundle = (paths, hash) =>
      bundle(paths, async (path, source, read) => {
        const { copyTo } = source;
        const counted = copyTo && {
          copyTo: (place: string) => {
            count += 1;
            return copyTo(place);
          },
        };
        return hash?.(path, { ...source, ...counted }, read) ?? read();
      });
    await run(inputsOf({}), ports);
    return count;
  };
  expect(await copies()).toBe(0);
  await judge();
  expect(await copies()).toBe(1);
  expect(await copies()).toBe(0);
  put('model/model.json', '{"w":2}');
  await judge(undefined, { checks: [{ id: 'comparison.mae', status: 'fail', message: 'worse' }] });
  expect(await copies()).toBe(0);
});

test('a copy that is not the original is told as such, not as bytes that were never judged', async () => {
  await judge();
  const ports = createPorts({ workingDirectory: root, reportFolder: 'r' });
  const bundle = ports.files.bundle.bind(ports.files);
  ports.files.bundle = (paths, hash) =>
    bundle(paths, async (path, source, read) => {
      const copyTo = async (place: string) => writeFileSync(place, 'torn');
      return hash?.(path, { ...source, copyTo }, read) ?? read();
    });
  await expect(run(inputsOf({}), ports)).rejects.toThrow(
    /model: was copied, and the copy does not hold the same/,
  );
  expect(existsSync(join(root, 'registry'))).toBe(false);
});

test('the training profile travels with the version; a file that is none does not', async () => {
  await judge();
  put('not-a-profile.json', { rows: 1 });
  await expect(register({ profile: 'not-a-profile.json' })).rejects.toThrow(
    /not-a-profile\.json#\/schema: is missing/,
  );
  expect(existsSync(join(root, 'registry'))).toBe(false);
  put('profile.json', { schema: 'ml-loop/profile@1', rows: 0, samples: 'hide', columns: [] });
  await register({ profile: 'profile.json' });
  const stored = readFileSync(join(root, 'registry/demand/versions/1.0.0/evidence/profile.json'), 'utf8');
  expect(JSON.parse(stored)).toMatchObject({ schema: 'ml-loop/profile@1' });
});

test('a version that was asked for is made; the same bytes under another number are not made twice', async () => {
  await judge();
  expect((await register({ version: '3.1.0', alias: 'staging' })).outputs).toMatchObject({
    version: '3.1.0',
  });
  const again = await register({ version: '4.0.0' });
  expect(again.outputs).toMatchObject({ version: '3.1.0', created: 'false' });
  expect(checksOf(again)).toMatchObject({ 'register.stored': 'warn' });
  put('model/model.json', '{"w":2}');
  await judge();
  await expect(register({ version: '3.1.0' })).rejects.toThrow(/demand 3\.1\.0 holds other bytes/);
});

test('inputs that cannot be are told all at once', async () => {
  const parsing = () => inputsOf({ name: '../x', version: 'v1', alias: 'champion' });
  for (const message of [
    /input name.*letters/,
    /input version.*SemVer/,
    /input alias.*deploy-canary moves it/,
  ])
    expect(parsing).toThrow(message);
  const without = register({ model: '', version: 'candidate' });
  await expect(without).rejects.toThrow(/input version: .*SemVer[\s\S]*input model: is required/);
});

test('a registry must outlive the job; without one it is that of the place', async () => {
  await judge();
  const found = await register({ registry: '' });
  expect(found.outputs.uri).toBe('dir:.ml-loop/registry/demand/versions/1.0.0');
  expect(found.verdict.configuration.registry).toBe('auto');
  await expect(register({}, true)).rejects.toThrow(/input registry: dir:registry is on a hosted runner/);
  expect((await register({ 'state-persistent': 'true' }, true)).outputs).toMatchObject({ created: 'true' });
});

test('a registry that cannot be written is the user’s to fix', async () => {
  await judge();
  put('registry', 'a file');
  await expect(register()).rejects.toThrow(UserError);
  expect(readFileSync(join(root, 'registry'), 'utf8')).toBe('a file');
});

describe('a verdict opens only the door that it was made for', () => {
  /** 1.0.0 is the champion; other bytes are there now. Returns the digest of 1.0.0. */
  async function released(): Promise<string> {
    await judge();
    const { outputs } = await register();
    const ports = createPorts({ workingDirectory: root, reportFolder: 'r' });
    const registry = await openRegistry(
      { registry: 'dir:registry', 'registry-timeout': 60_000, 'state-persistent': false },
      ports,
    );
    await registry.setAlias('demand', 'champion', '1.0.0');
    put('model/model.json', '{"w":2}');
    return outputs.digest ?? '';
  }
  const against = (digest: string | null, binding = 'bound') => ({
    compared: {
      binding,
      production: digest === null ? null : { name: 'model:demand@1.0.0', digest },
      anchor: null,
    },
  });
  const attached = () => readdirSync(join(root, 'registry/demand/versions/1.1.0/evidence/verdicts')).sort();
  const checkOf = ({ verdict }: Outcome, wanted: string) => verdict.checks.find(({ id }) => id === wanted);

  test('one of a first release is registered with a warning if there is a champion; a new one is added', async () => {
    const champion = await released();
    await judge(undefined, against(null));
    const first = await register();
    expect(first.verdict.status).toBe('warn');
    expect(checksOf(first)).toMatchObject({ 'register.compared': 'warn', 'register.stored': 'pass' });
    await judge(undefined, against(champion));
    const second = await register();
    expect(second.outputs).toMatchObject({ version: '1.1.0', created: 'false' });
    expect(second.verdict.status).toBe('pass');
    expect(checkOf(second, 'register.stored')?.message).toContain(
      'the new verdict was added to its evidence',
    );
    expect(attached()).toEqual(['validate-model-2.json', 'validate-model.json']);
    // A third time nothing is missing.
    await register();
    expect(attached()).toHaveLength(2);
  });

  test('declared evidence is told; bound evidence that comes later is added', async () => {
    const champion = await released();
    await judge(undefined, against(champion, 'declared'));
    expect(checkOf(await register(), 'register.evidence')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('the evidence is only declared'),
      evidence: { binding: 'declared' },
    });
    await judge(undefined, against(champion));
    expect(checkOf(await register(), 'register.evidence')).toMatchObject({ evidence: { binding: 'bound' } });
    expect(attached()).toHaveLength(2);
  });

  test('of weaker settings than the base branch asks for, nothing is registered', async () => {
    await judge(undefined, { configuration: { metric: 'mae', margin: 0.05 } });
    const asked: Ports['asked'] = async () => ({
      values: { metric: 'mae', margin: { kind: 'absolute', value: 0.02 } },
      parse: (name, value) => (name === 'margin' ? { kind: 'absolute', value } : value),
    });
    const refused = await register({}, false, asked);
    expect(checksOf(refused)).toEqual({ 'register.evidence': 'pass', 'register.weaker': 'fail' });
    expect(existsSync(join(root, 'registry'))).toBe(false);
    await judge(undefined, { configuration: { metric: 'mae', margin: 0.02, 'first-release': 'refuse' } });
    expect((await register({}, false, asked)).outputs.created).toBe('true');
  });

  test.each(['default', 'Demand', 'churn'])('a verdict on %s does not register demand', async (name) => {
    await judge(undefined, { name });
    const refused = await register();
    expect(checksOf(refused)).toEqual({ 'register.evidence': 'fail' });
    expect(refused.verdict.checks[0]?.fix).toContain('name: demand');
  });

  test('a name that differs in case only is refused, and one that is missing is the repository’s', async () => {
    await judge();
    expect((await register({ name: '' })).outputs.uri).toBe('dir:registry/demand/versions/1.0.0');
    await judge(undefined, { name: 'DEMAND' });
    await expect(register({ name: 'DEMAND' })).rejects.toThrow(/input name: .* it has demand/);
  });

  test('an older version’s verdict is refused, with the fix', async () => {
    const { compared: _, ...old } = modelVerdict(await digestNow());
    put('ml-loop-report/validate-model/verdict.json', old);
    const refusal = /older version of ml-loop.*run validate-model again/;
    await expect(register()).rejects.toThrow(refusal);
    const checks = [{ id: 'comparison.mae', status: 'pass', message: 'm', mend: 'x' }];
    put('ml-loop-report/validate-model/verdict.json', { ...modelVerdict(await digestNow()), checks });
    await expect(register()).rejects.toThrow(refusal);
  });

  test('an alias that names a version that is not there is an error', async () => {
    await released();
    await judge();
    rmSync(join(root, 'registry/demand/versions/1.0.0'), { recursive: true });
    await expect(register()).rejects.toThrow(/the alias champion of demand names 1\.0\.0/);
  });
});

describe('where a version comes from', () => {
  const kept = (path: string, version = '1.0.0') =>
    readFileSync(join(root, `registry/demand/versions/${version}/evidence`, path), 'utf8');
  const provenance = (version = '1.0.0') =>
    readProvenance(kept('provenance.json', version), 'provenance.json');

  test('is kept with it, shown, and no part of its identity', async () => {
    await judge();
    put('data/train.csv', 'x\n1\n');
    const elsewhere = `../${basename(root)}-elsewhere`;
    put('uv.lock', 'version = 1\n');
    put('train/requirements.txt', 'numpy==2.0\n');
    put(`${elsewhere}/requirements.txt`, 'pandas\n');
    try {
      const { outputs, verdict } = await register({
        'training-data': 'data/*.csv',
        environment: `[uv.lock, train/requirements.txt, ${elsewhere}/requirements.txt]`,
        parameters: '{optimizer: {name: "adam|@x", lr: 0.0001234567}, layers: [1, 2]}',
      });
      expect(outputs.digest).toBe(await digestNow());
      expect(provenance()).toEqual({
        schema: 'ml-loop/provenance@1',
        trainingData: [
          {
            name: 'data/*.csv',
            digest: (
              await createPorts({ workingDirectory: root, reportFolder: 'r' }).files.bundle([
                'data/train.csv',
              ])
            ).digest,
            from: 'training-data',
          },
        ],
        environment: [
          {
            name: `${elsewhere}/requirements.txt`,
            file: 'environment/requirements.txt',
            digest: sha256Text('pandas\n'),
          },
          {
            name: 'train/requirements.txt',
            file: 'environment/train/requirements.txt',
            digest: sha256Text('numpy==2.0\n'),
          },
          { name: 'uv.lock', file: 'environment/uv.lock', digest: sha256Text('version = 1\n') },
        ],
        parameters: { optimizer: { name: 'adam|@x', lr: 0.0001234567 }, layers: [1, 2] },
        parent: null,
      });
      expect(verdict.measures.provenance).toEqual(provenance());
      expect(kept('environment/uv.lock')).toBe('version = 1\n');
      const card = kept('model-card.md');
      expect(card).toContain('| `optimizer.lr` | 0.0001234567 |');
      expect(card).toContain('| `optimizer.name` | adam&#124;@&#8203;x |');
      expect(summaryMarkdown(verdict)).toContain('| Environment | `environment/uv.lock`, `sha256:');
    } finally {
      rmSync(join(root, elsewhere), { recursive: true });
    }
  });

  test('is that of the first registration, whatever a later one of the same bytes says', async () => {
    await judge();
    await register({ parameters: '{lr: 1}' });
    const before = kept('provenance.json');
    const again = await register({ parameters: '{lr: 2}' });
    expect(again.outputs.created).toBe('false');
    expect(kept('provenance.json')).toBe(before);
    expect(again.verdict.measures.provenance).toMatchObject({ parameters: { lr: 1 } });
  });

  test('names its parent: the version it was compared with, another one, or none', async () => {
    await judge();
    const first = await register();
    const next = async (parent?: string) => {
      put('model/model.json', `{"w":${Math.random()}}`);
      const production = { name: 'model:demand@1.0.0', digest: first.outputs.digest };
      await judge(undefined, { compared: { binding: 'bound', production, anchor: null } });
      const { outputs } = await register(parent === undefined ? {} : { parent });
      return provenance(outputs.version).parent;
    };
    const { digest } = first.outputs;
    expect(await next()).toEqual({ version: '1.0.0', digest, from: 'compared' });
    expect(await next('candidate')).toMatchObject({ version: '1.1.0', from: 'input' });
    expect(await next('none')).toBeNull();
    await expect(next('2.0.0')).rejects.toThrow(/input parent: demand has no 2\.0\.0; it has candidate/);
  });

  test('comes from a file of parameters, from the runner, or from git if nothing was changed', async () => {
    await judge();
    put('params.yml', 'lr: 0.1\nseed: 7\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: root,
        stdio: 'pipe',
      });
    git('init', '--quiet');
    git('add', 'params.yml');
    git('commit', '--quiet', '--message', 'x');
    await register({ parameters: 'params.yml' });
    const commit = git('rev-parse', 'HEAD').toString().trim();
    expect(provenance()).toMatchObject({ commit, parameters: { lr: 0.1, seed: 7 } });
    put('params.yml', '{lr: 0.2}');
    put('model/model.json', '{"w":2}');
    await judge();
    await register({ parameters: 'params.yml' });
    expect(provenance('1.1.0')).not.toHaveProperty('commit');
    put('model/model.json', '{"w":3}');
    await judge();
    const source = {
      repository: 'https://github.com/acme/demand',
      commit: 'b'.repeat(40),
      run: 'https://github.com/acme/demand/actions/runs/7',
    };
    await run(inputsOf({}), createPorts({ workingDirectory: root, reportFolder: 'r', source }));
    expect(provenance('1.2.0')).toMatchObject(source);
    expect(kept('model-card.md', '1.2.0')).toContain('[7](https://github.com/acme/demand/actions/runs/7)');
  });

  test('all that is wrong with it is told at once, and nothing is registered', async () => {
    await judge();
    put('requirements.txt', 'numpy\n--index-url https://me:secret@pypi.example/simple\n');
    put('list.yml', '- 1');
    const refused = register({
      environment: 'requirements.txt',
      parameters: 'list.yml',
      'training-data': 'gone.csv',
      parent: '9.0.0',
    });
    await expect(refused).rejects.toThrow(/requirements\.txt:2: holds a URL with a password/);
    await expect(refused).rejects.toThrow(/list\.yml: must be a map of names to values/);
    await expect(refused).rejects.toThrow(/gone\.csv: there is no such file/);
    await expect(refused).rejects.toThrow(/input parent: demand has no 9\.0\.0/);
    await expect(refused).rejects.not.toThrow(/secret/);
    writeFileSync(join(root, 'requirements.txt'), Buffer.from([0xff, 0xfe, 0x41]));
    await expect(register({ environment: 'requirements.txt' })).rejects.toThrow(/is not a text in UTF-8/);
    expect(existsSync(join(root, 'registry'))).toBe(false);
  });

  test('is verified with the version', async () => {
    await judge();
    put('uv.lock', 'version = 1\n');
    await register({ environment: 'uv.lock' });
    expect((await register({ operation: 'verify' })).verdict.status).toBe('pass');
    const evidence = join(root, 'registry/demand/versions/1.0.0/evidence/environment/uv.lock');
    writeFileSync(evidence, 'version = 2\n');
    const damaged = await register({ operation: 'verify' });
    expect(checksOf(damaged)).toMatchObject({ 'register.bytes': 'pass', 'register.evidence': 'fail' });
  });
});
