import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { resolveModel } from '../../../shared/registry/reference.ts';
import { AliasConflict, VersionTaken } from '../../../shared/registry/registry.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { temporaryBeside } from '../../../shared/state/durable.ts';
import { HERE } from '../../../shared/state/owner.ts';
import { newVersion, sourceOf } from '../../support/models.ts';

let root: string;
const clock = { now: () => new Date('2026-02-01T00:00:00Z') };
const open = () => directoryRegistry({ root, shown: 'registry', clock });
const at = (...path: string[]) => join(root, 'demand', ...path);
const MODEL = { 'model.json': '{"w":1}', 'sub/weights.bin': 'abc', empty: '' };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'registry-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what is registered is there for another run: bytes, manifest, evidence', async () => {
  expect(await open().versions('demand')).toEqual([]);
  const evidence = [{ name: 'verdicts/validate-model.json', content: '{"é":1}' }];
  const created = await open().create(newVersion(MODEL, { evidence, metadata: { commit: 'abc' } }));
  expect(created).toMatchObject({
    name: 'demand',
    version: '1.0.0',
    uri: 'dir:registry/demand/versions/1.0.0',
    createdAt: '2026-01-01T00:00:00.000Z',
    metadata: { commit: 'abc' },
    evidence: ['verdicts/validate-model.json'],
    digest: newVersion(MODEL).bundle.digest,
  });
  expect(await open().versions('demand')).toEqual([created]);
  expect(await open().readEvidence(created, 'verdicts/validate-model.json')).toBe('{"é":1}');
  await expect(open().readEvidence(created, 'profile.json')).rejects.toThrow(
    /has no evidence "profile\.json"/,
  );
  const folder = join(root, 'out');
  await open().fetch(created, folder);
  for (const [path, content] of Object.entries(MODEL))
    expect(readFileSync(join(folder, path), 'utf8')).toBe(content);
  expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
});

test('a version is made once, by one of many', async () => {
  const runs = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => open().create(newVersion({ model: `${i}` }))),
  );
  expect(runs.filter((run) => run.status === 'fulfilled')).toHaveLength(1);
  for (const run of runs) if (run.status === 'rejected') expect(run.reason).toBeInstanceOf(VersionTaken);
  expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
  expect(await open().versions('demand')).toHaveLength(1);
});

test('versions come oldest first', async () => {
  const dated = (version: string, day: number) =>
    open().create(newVersion({ model: version }, { version, createdAt: new Date(Date.UTC(2026, 0, day)) }));
  await dated('1.10.0', 2);
  await dated('1.9.0', 2);
  await dated('2.0.0', 1);
  expect((await open().versions('demand')).map(({ version }) => version)).toEqual([
    '2.0.0',
    '1.9.0',
    '1.10.0',
  ]);
});

test('a file that changes between hashing and copying is caught, and nothing is left', async () => {
  const changed = newVersion(MODEL, {
    file: (path) => sourceOf(path, path === 'model.json' ? '{"w":2}' : MODEL[path as keyof typeof MODEL]),
  });
  await expect(open().create(changed)).rejects.toThrow(/model\.json: changed while it was being registered/);
  const vanished = newVersion(MODEL, {
    file: (path) => ({
      name: path,
      // biome-ignore lint/correctness/useYield: the file is gone before its first byte
      async *open() {
        throw new UserError({ what: 'there is no such file', where: path });
      },
    }),
  });
  await expect(open().create(vanished)).rejects.toThrow(/no such file/);
  expect(await open().versions('demand')).toEqual([]);
  expect(readdirSync(at('versions'))).toEqual([]);
});

test('a digest that is not that of the files is refused', async () => {
  const version = newVersion(MODEL);
  const other = newVersion({ other: '' }).bundle.digest;
  await expect(open().create({ ...version, bundle: { ...version.bundle, digest: other } })).rejects.toThrow(
    /digest/,
  );
  expect(readdirSync(at('versions'))).toEqual([]);
});

test('temporary folders of killed runs are removed, those of living ones are not', async () => {
  const own = basename(temporaryBeside(at('versions', '1.0.0')));
  const killed = own.replace(`-${process.pid}-`, `-${spawnSync('true').pid}-`);
  // The number was given again to a process that runs.
  const reused = own.replace(/-\d+-([0-9a-f]{8}\.tmp)$/, '-1-$1');
  const dead = `.new-${HERE.host}-${spawnSync('true').pid}-0badcafe`;
  const living = `.new-${HERE.host}-${process.pid}-0badcafe`;
  const elsewhere = `.new-0123456789ab-${spawnSync('true').pid}-0badcafe`;
  for (const name of [own, killed, reused, dead, living, elsewhere])
    mkdirSync(at('versions', name, 'files'), { recursive: true });
  expect(await open().versions('demand')).toEqual([]);
  await open().create(newVersion(MODEL));
  expect(readdirSync(at('versions')).sort()).toEqual([elsewhere, living, own, '1.0.0'].sort());
});

test.each([
  ['a model name', { name: '../x' }],
  ['a model name that is absolute', { name: '/x' }],
  ['a version', { version: '../1.0.0' }],
  ['a version that is none', { version: '1.0' }],
  ['a version with build metadata', { version: '1.0.0+x' }],
  ['an evidence name', { evidence: [{ name: '../../x', content: '' }] }],
  [
    'an evidence name twice',
    {
      evidence: [
        { name: 'a', content: '' },
        { name: 'a', content: '' },
      ],
    },
  ],
])('%s that would leave its folder or clash is refused before anything is written', async (_, parts) => {
  await expect(open().create(newVersion(MODEL, parts))).rejects.toThrow(UserError);
  expect(readdirSync(root)).toEqual([]);
});

test.each(['../x', '/x', 'a/../../x', 'a//b', './a', '', 'a\\b', 'C:/x', 'a\u0000b', 'a\nb'])(
  'the file path %j is refused',
  async (path) => {
    await expect(open().create(newVersion({ [path]: 'x' }))).rejects.toThrow(UserError);
    expect(readdirSync(root)).toEqual([]);
  },
);

test('names are checked on reading too', async () => {
  await expect(open().versions('../x')).rejects.toThrow(/model name/);
  await expect(open().aliases('..')).rejects.toThrow(UserError);
  const version = await open().create(newVersion(MODEL));
  await expect(open().fetch({ ...version, version: '../../x' }, join(root, 'out'))).rejects.toThrow(
    /model version/,
  );
  await expect(open().readEvidence(version, '../manifest.json')).rejects.toThrow(UserError);
  await expect(open().setAlias('demand', '../x', '1.0.0')).rejects.toThrow(/alias/);
  await expect(open().setAlias('demand', 'latest', '1.0.0')).rejects.toThrow(/latest/);
});

test.each([
  ['half written', (text: string) => text.slice(0, 40), /is not JSON/],
  ['empty', () => '', /is not JSON/],
  ['foreign', () => '{"schema":"x"}', /manifest\.json#\/schema.*ml-loop\/model-manifest@1/s],
  [
    'of another version',
    (text: string) => text.replace('"version": "1.0.0"', '"version": "1.0.1"'),
    /not of demand 1\.0\.0/,
  ],
  [
    'with other files',
    (text: string) => text.replace('"size": 7', '"size": 8'),
    /digest that is not that of its files/,
  ],
  ['that leaves its folder', (text: string) => text.replace('model.json', '../../../x'), /leaves its folder/],
])('a manifest that is %s is refused by name', async (_, damage, message) => {
  const version = await open().create(newVersion(MODEL));
  const path = at('versions/1.0.0/manifest.json');
  writeFileSync(path, damage(readFileSync(path, 'utf8')));
  for (const reading of [() => open().versions('demand'), () => open().fetch(version, join(root, 'out'))]) {
    await expect(reading()).rejects.toThrow(UserError);
    await expect(reading()).rejects.toThrow(message);
    await expect(reading()).rejects.toThrow(/manifest\.json/);
  }
  expect(existsSync(join(root, 'out'))).toBe(false);
});

test('all corrupt versions are told at once; what is not a version is named', async () => {
  await open().create(newVersion({ model: '1' }));
  await open().create(newVersion({ model: '2' }, { version: '1.1.0' }));
  for (const version of ['1.0.0', '1.1.0']) writeFileSync(at('versions', version, 'manifest.json'), '{');
  await expect(open().versions('demand')).rejects.toThrow(/1\.0\.0.*1\.1\.0/s);
  mkdirSync(at('versions/copy of 1'));
  await expect(open().versions('demand')).rejects.toThrow(/copy of 1: is not a version/);
});

test('stored bytes that were changed, replaced by a link, or lost are not fetched, and do not verify', async () => {
  const version = await open().create(
    newVersion(MODEL, { evidence: [{ name: 'profile.json', content: '{}' }] }),
  );
  const folder = join(root, 'out');
  await open().verify(version);
  await expect(open().verify({ ...version, digest: `sha256:${'0'.repeat(64)}` })).rejects.toThrow(
    /holds sha256/,
  );
  writeFileSync(at('versions/1.0.0/files/model.json'), '{"w":9}');
  await expect(open().verify(version)).rejects.toThrow(/files\/model\.json: is missing or does not hold/);
  await expect(open().fetch(version, folder)).rejects.toThrow(
    /files\/model\.json: is missing or does not hold/,
  );
  rmSync(at('versions/1.0.0/files/model.json'));
  await expect(open().fetch(version, folder)).rejects.toThrow(/files\/model\.json/);
  // The name that the link holds is as long as the file.
  writeFileSync(at('versions/1.0.0/files/7 bytes'), MODEL['model.json']);
  symlinkSync('7 bytes', at('versions/1.0.0/files/model.json'));
  await expect(open().fetch(version, folder)).rejects.toThrow(/files\/model\.json/);
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(at('versions/1.0.0/evidence/profile.json'), '{"x":1}');
  await expect(open().readEvidence(version, 'profile.json')).rejects.toThrow(/does not hold the bytes/);
});

test('a model is fetched into an empty folder only, so that nothing else is in it', async () => {
  const version = await open().create(newVersion(MODEL));
  const folder = join(root, 'out');
  mkdirSync(folder);
  writeFileSync(join(folder, 'old'), '');
  await expect(open().fetch(version, folder)).rejects.toThrow(/not empty/);
  expect(readdirSync(folder)).toEqual(['old']);
});

test('aliases move by compare-and-set, keep a history, and name what exists', async () => {
  const registry = open();
  await registry.create(newVersion({ model: '1' }));
  await registry.create(newVersion({ model: '2' }, { version: '1.1.0' }));
  await registry.setAlias('demand', 'champion', '1.0.0', null);
  await registry.setAlias('demand', 'champion', '1.1.0', '1.0.0');
  await expect(registry.setAlias('demand', 'champion', '1.0.0', '1.0.0')).rejects.toThrow(AliasConflict);
  await expect(registry.setAlias('demand', 'champion', '1.0.0', null)).rejects.toThrow(
    /points to 1\.1\.0, not to nothing/,
  );
  await expect(registry.setAlias('demand', 'champion', '9.9.9')).rejects.toThrow(
    /demand has no version 9\.9\.9/,
  );
  await registry.setAlias('demand', 'candidate', '1.0.0');
  expect(await open().aliases('demand')).toEqual({ champion: '1.1.0', candidate: '1.0.0' });
  expect(await resolveModel(open(), { name: 'demand', which: 'champion' })).toMatchObject({
    version: '1.1.0',
  });
  await registry.setAlias('demand', 'champion', null, '1.1.0');
  expect(await open().aliases('demand')).toEqual({ candidate: '1.0.0' });
  await registry.setAlias('demand', 'champion', '1.0.0', null);
  const history = readFileSync(at('aliases/champion.log.jsonl'), 'utf8').trim().split('\n');
  expect(history.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
    '2026-02-01T00:00:00.000Z champion: nothing → 1.0.0',
    '2026-02-01T00:00:00.000Z champion: 1.0.0 → 1.1.0',
    '2026-02-01T00:00:00.000Z champion: 1.1.0 → nothing',
    '2026-02-01T00:00:00.000Z champion: nothing → 1.0.0',
  ]);
});

test('an alias that another run moves in between is a conflict, or is moved again if any place will do', async () => {
  await open().create(newVersion({ model: '1' }));
  await open().create(newVersion({ model: '2' }, { version: '1.1.0' }));
  let others = 0;
  const interrupted = () => {
    let done = false;
    // The clock is read between reading and writing the alias: there another run writes.
    const now = () => {
      if (!done)
        void directoryState(root).write(
          'demand/aliases/a',
          { version: '1.1.0', at: `2026-02-01T00:00:0${++others}Z` },
          revision(),
          'other',
        );
      done = true;
      return new Date('2026-02-01T00:00:00Z');
    };
    return directoryRegistry({ root, shown: 'registry', clock: { now } });
  };
  const revision = () => {
    const path = at('aliases/a.json');
    return existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as { revision: string }).revision
      : null;
  };
  await expect(interrupted().setAlias('demand', 'a', '1.0.0', null)).rejects.toThrow(AliasConflict);
  expect(await open().aliases('demand')).toEqual({ a: '1.1.0' });
  await interrupted().setAlias('demand', 'a', '1.0.0');
  expect(await open().aliases('demand')).toEqual({ a: '1.0.0' });
  expect(others).toBe(2);
});

test('a folder that cannot be written is the user’s to fix, and nothing is half done', async () => {
  writeFileSync(join(root, 'occupied'), '');
  const registry = directoryRegistry({ root: join(root, 'occupied'), shown: 'occupied', clock });
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(/cannot register the model.*writable/s);
  await expect(registry.versions('demand')).rejects.toThrow(UserError);
  expect(readFileSync(join(root, 'occupied'), 'utf8')).toBe('');
});

test.each([
  ['files/extra.py', 'print(1)'],
  ['files/sub/.hidden', ''],
  ['extra.py', 'print(1)'],
])('a file %s that was never registered is refused, and taken out it is gone', async (path, content) => {
  const created = await open().create(newVersion(MODEL));
  writeFileSync(at('versions/1.0.0', path), content);
  const refused = /was not registered with this version/;
  await expect(open().verify(created)).rejects.toThrow(refused);
  await expect(open().verify(created)).rejects.toThrow(path);
  await expect(open().fetch(created, join(root, 'out'))).rejects.toThrow(refused);
  rmSync(at('versions/1.0.0', path));
  await open().verify(created);
});

test('a link among the files is refused, also to a folder', async () => {
  const created = await open().create(newVersion(MODEL));
  symlinkSync(root, at('versions/1.0.0/files/more'));
  await expect(open().verify(created)).rejects.toThrow(/more: was not registered/);
});

describe('evidence that comes later', () => {
  const verdict = (content: string) => ({ name: 'verdicts/validate-model.json', content });

  test('is added beside what is there, once', async () => {
    const created = await open().create(newVersion(MODEL, { evidence: [verdict('one')] }));
    const added = await open().addEvidence(created, [verdict('one'), verdict('two')]);
    expect(added.evidence).toEqual(['verdicts/validate-model.json', 'verdicts/validate-model-2.json']);
    expect(await open().addEvidence(created, [verdict('two')])).toEqual(added);
    expect(await open().readEvidence(added, 'verdicts/validate-model.json')).toBe('one');
    expect(await open().readEvidence(added, 'verdicts/validate-model-2.json')).toBe('two');
    await open().verify(added);
    expect(added.digest).toBe(created.digest);
  });

  test('of two runs at once is all kept', async () => {
    const created = await open().create(newVersion(MODEL));
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => open().addEvidence(created, [verdict(text)])));
    const [version] = await open().versions('demand');
    const texts = await Promise.all(
      (version?.evidence ?? []).map((name) => open().readEvidence(created, name)),
    );
    expect(texts.sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
  });

  test('of a run that was killed before the manifest is no one’s', async () => {
    const created = await open().create(newVersion(MODEL));
    mkdirSync(at('versions/1.0.0/evidence/verdicts'), { recursive: true });
    writeFileSync(at('versions/1.0.0/evidence/verdicts/validate-model.json'), 'half');
    await open().verify(created);
    const added = await open().addEvidence(created, [verdict('whole')]);
    expect(await open().readEvidence(added, 'verdicts/validate-model.json')).toBe('whole');
  });

  test('of a version that is not there is an error', async () => {
    await expect(open().addEvidence({ name: 'demand', version: '9.0.0' }, [])).rejects.toThrow(
      /demand has no version 9\.0\.0/,
    );
  });
});

test('when an alias was set is known; of one that names nothing it is not', async () => {
  await open().create(newVersion(MODEL));
  expect(await open().aliasedAt('demand', 'champion')).toBeNull();
  await open().setAlias('demand', 'champion', '1.0.0');
  expect(await open().aliasedAt('demand', 'champion')).toBe('2026-02-01T00:00:00.000Z');
  await open().setAlias('demand', 'champion', null);
  expect(await open().aliasedAt('demand', 'champion')).toBeNull();
});
