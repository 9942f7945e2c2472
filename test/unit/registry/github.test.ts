import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Unreachable, UserError } from '../../../shared/problem/problem.ts';
import { parseGitHubAddress } from '../../../shared/registry/github/address.ts';
import { refuseTooLarge } from '../../../shared/registry/github/limits.ts';
import { assetNames, evidencePath } from '../../../shared/registry/github/names.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { register } from '../../../shared/registry/register.ts';
import { useGitHubSpace } from '../../support/github-space.ts';
import { memoryPorts } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';

const space = useGitHubSpace();
const open = () => space.open();
const MODEL = { 'weights.bin': 'abc', 'sub dir/ü.json': '{}', empty: '' };
const EVIDENCE = [
  { name: 'verdicts/validate-model.json', content: '{"status":"pass"}' },
  { name: 'model-card.md', content: '# demand 1.0.0\n' },
];
const run = (files: Readonly<Record<string, string>> = MODEL, version = 'auto') =>
  register(open(), { ...newVersion(files, { evidence: EVIDENCE }), version, alias: 'candidate' });

test('a version of a server that fails is not said to be damaged: it could not be asked', async () => {
  let isFailing = false;
  const fault = (_: number, { path }: { path: string }) =>
    isFailing && path.includes('/assets/') ? 503 : undefined;
  await space.start({ fault });
  const made = await open().create(newVersion(MODEL));
  isFailing = true;
  await expect(open().verify(made)).rejects.toBeInstanceOf(Unreachable);
});

describe('what is where', () => {
  test('a version is a release with safe asset names, an annotated tag, and a commit with its record', async () => {
    const source = space.server.push('refs/heads/main', 'train.py', 'print()');
    const version = newVersion(MODEL, {
      evidence: [...EVIDENCE, { name: 'provenance.json', content: JSON.stringify({ commit: source }) }],
    });
    const made = await open().create(version);
    expect(made.uri).toBe('github:acme/models#demand@v1.0.0');
    const [release, ...others] = space.server.releases.all;
    expect(others).toEqual([]);
    expect(release).toMatchObject({
      tag_name: 'demand@v1.0.0',
      name: 'demand 1.0.0',
      draft: false,
      make_latest: 'false',
    });
    expect(release?.body).toMatch(/^# demand 1\.0\.0\n/);
    expect(release?.body).toContain(version.bundle.digest);
    expect(release?.assets.map(({ name }) => name).sort()).toEqual(['sub.dir.json', 'weights.bin']);
    const { git } = space.server;
    const tag = git.tags.get(git.refs.get('refs/tags/demand@v1.0.0') ?? '');
    expect(tag).toMatchObject({ name: 'demand@v1.0.0', message: `demand 1.0.0\n\n${version.bundle.digest}` });
    const commit = git.commits.get(tag?.object ?? '');
    expect(commit?.parents).toEqual([source]);
    const top = git.trees.get(commit?.tree ?? '') ?? [];
    expect(top.map(({ path }) => path)).toEqual(['ml-loop-record', 'train.py']);
  });

  test('git itself reads the record', async () => {
    await open().create(newVersion(MODEL, { evidence: EVIDENCE }));
    const repository = space.server.clone(join(space.folder, 'clone'));
    const git = (...argv: string[]) => execFileSync('git', ['-C', repository, ...argv], { encoding: 'utf8' });
    expect(git('cat-file', '-t', 'demand@v1.0.0').trim()).toBe('tag');
    expect(git('show', 'demand@v1.0.0:ml-loop-record/evidence/verdicts/validate-model.json')).toBe(
      '{"status":"pass"}',
    );
    const manifest = JSON.parse(git('show', 'demand@v1.0.0:ml-loop-record/manifest.json'));
    expect(manifest).toMatchObject({ name: 'demand', version: '1.0.0' });
  });

  test('an alias is told to GTO: the stage is taken from the version before', async () => {
    await run();
    await run({ model: '2' });
    await open().setAlias('demand', 'champion', '1.1.0');
    await open().setAlias('demand', 'champion', null);
    expect(space.tags()).toEqual([
      'demand#candidate!#2',
      'demand#candidate#1',
      'demand#candidate#3',
      'demand#champion!#5',
      'demand#champion#4',
      'demand@v1.0.0',
      'demand@v1.1.0',
    ]);
    expect(space.server.log('refs/ml-loop-registry/demand').slice(0, 2)).toEqual([
      'champion of demand: nothing',
      'champion of demand: 1.1.0',
    ]);
  });

  test('evidence that comes later is in a commit of its own, and goes with the version', async () => {
    const made = await open().create(newVersion(MODEL));
    await open().addEvidence(made, [{ name: 'later.json', content: '{}' }]);
    const refs = () =>
      [...space.server.git.refs.keys()].filter((ref) => ref.startsWith('refs/ml-loop-evidence/'));
    expect(refs()).toEqual([
      expect.stringMatching(/^refs\/ml-loop-evidence\/demand\/1\.0\.0\/[0-9a-f]{40}$/),
    ]);
    await open().remove(made);
    expect(refs()).toEqual([]);
    expect(space.server.releases.all).toEqual([]);
    expect(space.tags()).toEqual([]);
  });
});

describe('requests are few', () => {
  const counted = async (work: () => Promise<unknown>) => {
    const start = space.server.requests.length;
    await work();
    return space.server.requests.length - start;
  };

  test('as docs/registries.md says', async () => {
    expect(await counted(() => run({ one: '1' }))).toBe(29);
    for (let number = 2; number <= 12; number++) await run({ one: String(number) });
    const registry = open();
    expect(await counted(() => registry.versions('demand'))).toBe(3);
    expect(await counted(() => registry.aliases('demand'))).toBe(1);
    expect(await counted(() => registry.setAlias('demand', 'champion', '1.1.0'))).toBe(7);
  });
});

describe('tokens', () => {
  test('a reader reads all, sees no draft, and writes nothing', async () => {
    await run();
    await open().addEvidence({ name: 'demand', version: '1.0.0' }, [{ name: 'x', content: 'x' }]);
    const reader = space.open({ token: 'read-token' });
    const [version] = await reader.versions('demand');
    expect(version?.evidence).toContain('x');
    if (version === undefined) throw new Error('no version');
    await reader.verify(version);
    await reader.fetch(version, join(space.folder, 'out'));
    expect(readFileSync(join(space.folder, 'out/sub dir/ü.json'), 'utf8')).toBe('{}');
    expect(await reader.readEvidence(version, 'x')).toBe('x');
    await reader.setAlias('demand', 'candidate', '1.0.0');
    expect(space.logged).toEqual([]);
    await expect(reader.setAlias('demand', 'champion', '1.0.0')).rejects.toThrow(
      /permissions: \{ contents: write \}/,
    );
    const refused = reader.create(newVersion({ other: 'x' }, { version: '2.0.0' }));
    await expect(refused).rejects.toThrow(/permissions: \{ contents: write \}/);
  });

  test('one without the permission to read says which line to add', async () => {
    await space.start({ tokens: { 'write-token': 'none' } });
    await expect(open().versions('demand')).rejects.toThrow(/permissions: \{ contents: read \}/);
    await expect(run()).rejects.toThrow(/permissions: \{ contents: read \}/);
  });

  test('one that has expired says so', async () => {
    await expect(space.open({ token: 'old' }).versions('demand')).rejects.toThrow(
      /give a valid token as github-token/,
    );
  });

  test('a job’s own does not know another repository', async () => {
    await space.start({ tokens: { 'write-token': 'none' } });
    await expect(space.open({ isForeign: true }).versions('demand')).rejects.toThrow(
      /give the input github-token one that may do this in acme\/models/,
    );
  });
});

describe('immutable releases', () => {
  test('are filled before they are published, and take evidence later', async () => {
    await space.start({ immutable: true });
    const { version } = await run();
    await run({ model: '2' });
    await open().addEvidence(version, [{ name: 'later.json', content: '{}' }]);
    expect((await run()).created).toBe(false);
    expect(space.server.releases.all.map(({ immutable }) => immutable)).toEqual([true, true]);
    await open().verify(version);
  });

  test('keep their tags for ever: another number is asked for, and nothing is left of the attempt', async () => {
    await space.start({ immutable: true });
    const made = await open().create(newVersion(MODEL));
    await open().remove(made);
    await expect(run({ model: '2' })).rejects.toThrow(
      /demand@v1\.0\.0 was the tag of an immutable release.*such as 1\.1\.0/s,
    );
    expect(space.server.releases.all).toEqual([]);
    expect(space.tags()).toEqual([]);
    expect((await run({ model: '2' }, '1.1.0')).version.version).toBe('1.1.0');
    expect((await run({ model: '3' })).version.version).toBe('1.2.0');
  });
});

describe('what stands in the way', () => {
  test('a tag of the version that something else made', async () => {
    const sha = space.server.push('refs/heads/main', 'a', 'b');
    for (const tag of ['demand@v1.0.0', 'demand@v1.7.0']) space.server.git.refs.set(`refs/tags/${tag}`, sha);
    await expect(run()).rejects.toThrow(/the tag demand@v1\.0\.0 is there already.*such as 1\.8\.0/s);
    expect(space.server.releases.all).toEqual([]);
    expect(space.tags()).toEqual(['demand@v1.0.0', 'demand@v1.7.0']);
    expect((await run(MODEL, '1.8.0')).version.version).toBe('1.8.0');
  });

  test('a rule of the repository that forbids the tag', async () => {
    const body = { message: 'Cannot create ref due to creations being restricted.' };
    space.server.before(/POST .*git\/refs/, () => undefined);
    space.server.before(/POST .*git\/refs/, () => ({ status: 422, body }));
    await expect(run()).rejects.toThrow(
      /create refs\/tags\/demand@v1\.0\.0: 422 Cannot create ref due to creations/,
    );
    expect(space.server.releases.all).toEqual([]);
    expect(await open().versions('demand')).toEqual([]);
    expect((await run()).version.version).toBe('1.0.0');
  });

  test('a rule that forbids the tags of stages keeps no alias from moving', async () => {
    await open().create(newVersion(MODEL));
    const body = { message: 'Cannot create ref due to creations being restricted.' };
    space.server.before(/POST .*git\/refs/, () => ({ status: 422, body }));
    await open().setAlias('demand', 'champion', '1.0.0');
    expect(await open().aliases('demand')).toEqual({ champion: '1.0.0' });
    expect(space.logged).toEqual([
      expect.stringMatching(/^GTO does not know of this move of champion: .*restricted/),
    ]);
  });

  test('a repository without a commit', async () => {
    await space.start({ empty: true });
    await expect(run()).rejects.toThrow(/push a first one/);
  });

  test('an index that is damaged is not "no models"', async () => {
    await run();
    space.server.push('refs/ml-loop-registry/demand', 'state.json', '{}');
    await expect(open().versions('demand')).rejects.toThrow(/refs\/ml-loop-registry\/demand/);
    await expect(open().names()).rejects.toThrow(UserError);
  });
});

describe('what an earlier run left', () => {
  test('a draft is filled up, and what it has is not sent again', async () => {
    space.server.before(/POST .*git\/trees/, () => ({ status: 500, body: {} }));
    for (let tries = 0; tries < 4; tries++)
      space.server.before(/POST .*git\/trees/, () => ({ status: 500, body: {} }));
    await expect(run()).rejects.toThrow(/failed with 500/);
    expect(space.server.releases.all).toMatchObject([{ draft: true }]);
    expect(await space.open({ token: 'read-token' }).versions('demand')).toEqual([]);
    const start = space.server.requests.length;
    await run();
    const uploads = space.server.requests
      .slice(start)
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/assets'));
    expect(uploads).toEqual([]);
    expect(space.server.releases.all).toMatchObject([{ draft: false }]);
  });

  test('an asset that was broken off is waited for, since another run may be sending it, and then sent again', async () => {
    let cut = true;
    await space.start({ fault: (_, { path }) => (cut && path.endsWith('/assets') ? 'cut' : undefined) });
    await expect(run()).rejects.toThrow(UserError);
    cut = false;
    const [release] = space.server.releases.all;
    expect(release?.assets.length).toBeGreaterThan(0);
    const start = space.clock.now().getTime();
    await run();
    expect(space.clock.now().getTime() - start).toBeGreaterThanOrEqual(60_000);
    await open().verify((await run()).version);
  });

  test('an asset with other bytes is replaced, on servers that measure and on those that do not', async () => {
    for (const digests of [true, false]) {
      await space.start({ digests });
      for (let tries = 0; tries < 5; tries++)
        space.server.before(/POST .*git\/trees/, () => ({ status: 500, body: {} }));
      await expect(run()).rejects.toThrow(/failed with 500/);
      const [asset] = space.server.releases.all[0]?.assets ?? [];
      if (asset !== undefined) asset.bytes = Buffer.alloc(asset.bytes.length, 'z');
      await open().verify((await run()).version);
    }
  });
});

describe('names and limits', () => {
  test.each([
    ['github:acme/models', 'acme/models'],
    ['github:a-b/c.d_e-f', 'a-b/c.d_e-f'],
  ])('%s', (text, repository) => expect(parseGitHubAddress(text)).toBe(repository));

  test.each([
    'github:',
    'github:acme',
    'github:acme/',
    'github:acme/models/x',
    'github:a_b/c',
    'github:a/..',
    'github:-a/b',
    'github://acme/models',
    'github:a/b?x',
  ])('%s is refused', (text) =>
    expect(() => parseGitHubAddress(text)).toThrow(/is not the address of a repository on GitHub/),
  );

  test('assets have names that GitHub keeps as they are, one for each content', () => {
    const paths = [
      'a b.bin',
      'a.b.bin',
      'A.B.BIN',
      '.hidden',
      'x/..y',
      'ü',
      '日本',
      'n'.repeat(300),
      'same',
      'empty',
      '-rf',
    ];
    const { bundle } = newVersion(
      Object.fromEntries(paths.map((path) => [path, path === 'empty' ? '' : path])),
    );
    const same = {
      path: 'same-too',
      size: 4,
      sha256: bundle.files.find(({ path }) => path === 'same')?.sha256 ?? '',
    };
    const names = assetNames([...bundle.files, same]);
    expect(names.size).toBe(paths.length - 1);
    const all = [...names.values()];
    expect(new Set(all.map((name) => name.toLowerCase())).size).toBe(all.length);
    for (const name of all) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,160}(?<!\.)$/);
    expect(names.get(same.sha256)).toBe('same');
  });

  test('evidence has paths that git takes', () => {
    expect(evidencePath('verdicts/a.json', 'f0', [])).toBe('evidence/verdicts/a.json');
    for (const path of ['.git/config', 'a/../b', 'ü', 'a:b'])
      expect(evidencePath(path, 'f0', [])).toBe('evidence/f0');
    expect(evidencePath('verdicts', 'f0', ['verdicts/a.json'])).toBe('evidence/f0');
  });

  test('files that no release can hold are refused at once, each of them', () => {
    const file = (path: string, size: number) => ({ path, size, sha256: path });
    expect(() => refuseTooLarge([file('a', 2 ** 31), file('b', 2 ** 31 - 1), file('c', 2 ** 40)])).toThrow(
      /a: has 2147483648 bytes.*less than 2 GiB.*\nc: has/s,
    );
    const many = (count: number) => Array.from({ length: count }, (_, number) => file(`f${number}`, 1));
    expect(() => refuseTooLarge(many(1000))).not.toThrow();
    expect(() => refuseTooLarge(many(1001))).toThrow(/1001 files, and GitHub takes 1000/);
  });

  test('many files, and many releases, come in pages', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 230 }, (_, number) => [`f${number}`, `content ${number}`]),
    );
    for (let tries = 0; tries < 5; tries++)
      space.server.before(/POST .*git\/trees/, () => ({ status: 500, body: {} }));
    await expect(run(files)).rejects.toThrow(/failed with 500/);
    for (let number = 0; number < 130; number++)
      space.server.releases.route('POST', '/releases', { tag_name: `v${number}`, draft: true }, true);
    const start = space.server.requests.length;
    await open().verify((await run(files)).version);
    const uploads = space.server.requests
      .slice(start)
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/assets'));
    expect(uploads).toEqual([]);
  });
});

test('the input registry opens it, and on a pull request it is only read', async () => {
  const asked: string[] = [];
  const ports = memoryPorts({
    runner: { github: true, hosted: true, repository: 'Acme/Models', event: 'pull_request' },
    repository: async (name) => {
      asked.push(name);
      throw new UserError({ what: 'not in a test' });
    },
  });
  const inputs = { 'registry-timeout': 1, 'state-persistent': false };
  await expect(openRegistry({ ...inputs, registry: 'github:acme/models' }, ports)).rejects.toThrow(
    /not in a test/,
  );
  expect(asked).toEqual(['acme/models']);
  await expect(openRegistry({ ...inputs, registry: 'github:acme' }, ports)).rejects.toThrow(
    /github:OWNER\/REPO/,
  );
});
