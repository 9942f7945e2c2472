import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import { AliasConflict, type Staging, VersionTakenError } from '../../../shared/registry/registry.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { temporaryBeside } from '../../../shared/state/durable.ts';
import { HERE } from '../../../shared/state/owner.ts';
import { canonicalJson } from '../../../shared/verdict/digest.ts';
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

test('a version is a folder, and its URI says which', async () => {
  const created = await open().create(newVersion(MODEL));
  expect(created.uri).toBe('dir:registry/demand/versions/1.0.0');
  expect(readdirSync(at('versions/1.0.0')).sort()).toEqual(['files', 'manifest.json']);
});

test('nothing is left beside the versions, whether a run wins, loses or fails', async () => {
  await Promise.allSettled(Array.from({ length: 8 }, (_, i) => open().create(newVersion({ model: `${i}` }))));
  const changed = newVersion(MODEL, { version: '1.1.0', file: (path) => sourceOf(path, 'other') });
  await expect(open().create(changed)).rejects.toThrow(/model\.json: changed while it was being registered/);
  const version = { name: 'demand', version: '1.0.0' };
  await Promise.all(['a', 'b'].map((content) => open().addEvidence(version, [{ name: 'x', content }])));
  expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
});

test.each([
  ['a model name', newVersion(MODEL, { name: '../x' })],
  ['a version', newVersion(MODEL, { version: '../1.0.0' })],
  ['an evidence name', newVersion(MODEL, { evidence: [{ name: '../../x', content: '' }] })],
  ['a path', newVersion({ '../x': 'x' })],
])('%s that leaves its folder is refused before a folder is made', async (_, version) => {
  await expect(open().create(version)).rejects.toThrow(UserError);
  expect(readdirSync(root)).toEqual([]);
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

test('stored bytes that were changed, replaced by a link, or lost are named by their place', async () => {
  const version = await open().create(
    newVersion(MODEL, { evidence: [{ name: 'profile.json', content: '{}' }] }),
  );
  const folder = join(root, 'out');
  const refused = async () => {
    const named = /versions\/1\.0\.0\/files\/model\.json: is missing or does not hold/;
    await expect(open().verify(version)).rejects.toThrow(named);
    await expect(open().fetch(version, folder)).rejects.toThrow(named);
  };
  writeFileSync(at('versions/1.0.0/files/model.json'), '{"w":9}');
  await refused();
  rmSync(at('versions/1.0.0/files/model.json'));
  await refused();
  // The name that the link holds is as long as the file.
  writeFileSync(at('versions/1.0.0/files/7 bytes'), MODEL['model.json']);
  symlinkSync('7 bytes', at('versions/1.0.0/files/model.json'));
  await refused();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(at('versions/1.0.0/evidence/profile.json'), '{"x":1}');
  await expect(open().readEvidence(version, 'profile.json')).rejects.toThrow(/does not hold the bytes/);
});

test('the moves of an alias are kept as its history', async () => {
  const registry = open();
  await registry.create(newVersion({ model: '1' }));
  await registry.create(newVersion({ model: '2' }, { version: '1.1.0' }));
  for (const version of ['1.0.0', '1.1.0', null, '1.0.0']) await registry.setAlias('demand', 'a', version);
  const history = readFileSync(at('aliases/a.log.jsonl'), 'utf8').trim().split('\n');
  expect(history.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
    '2026-02-01T00:00:00.000Z a: nothing → 1.0.0',
    '2026-02-01T00:00:00.000Z a: 1.0.0 → 1.1.0',
    '2026-02-01T00:00:00.000Z a: 1.1.0 → nothing',
    '2026-02-01T00:00:00.000Z a: nothing → 1.0.0',
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

test('later evidence of a run that was killed before the manifest is no one’s', async () => {
  const created = await open().create(newVersion(MODEL));
  mkdirSync(at('versions/1.0.0/evidence/verdicts'), { recursive: true });
  writeFileSync(at('versions/1.0.0/evidence/verdicts/validate-model.json'), 'half');
  await open().verify(created);
  const whole = { name: 'verdicts/validate-model.json', content: 'whole' };
  const added = await open().addEvidence(created, [whole]);
  expect(await open().readEvidence(added, whole.name)).toBe('whole');
});

test('an alias that was written without its history has the move that it tells of', async () => {
  await open().create(newVersion(MODEL));
  await open().setAlias('demand', 'champion', '1.0.0');
  const file = at('aliases/champion.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  const value = { version: '1.0.0', at: '2025-12-01T00:00:00Z' };
  const hash = createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
  writeFileSync(file, JSON.stringify({ ...state, value, revision: `1-${hash}` }));
  expect((await open().history('demand')).champion).toEqual([value]);
});

describe('a place for bytes whose digest is not known yet', () => {
  const store = (staging: Staging, files: Readonly<Record<string, string>>) =>
    Promise.all(Object.entries(files).map(([path, text]) => staging.store(path, sourceOf(path, text))));

  test('tells what is stored, and makes it a version', async () => {
    const version = newVersion(MODEL, { evidence: [{ name: 'profile.json', content: '{}' }] });
    const made = await open().staged?.('demand', async (staging) => {
      const stored = await store(staging, MODEL);
      expect(stored).toEqual(version.bundle.files.map(({ size, sha256 }) => ({ size, sha256 })));
      return staging.create(version);
    });
    expect(await open().versions('demand')).toEqual([made]);
    await open().verify({ ...version, digest: version.bundle.digest });
    expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
  });

  test('may become another version than the one that was taken, with its own evidence', async () => {
    await open().create(newVersion({ model: 'other' }));
    const evidence = (name: string) => [{ name, content: name }];
    await open().staged?.('demand', async (staging) => {
      await store(staging, MODEL);
      const first = newVersion(MODEL, { evidence: evidence('a') });
      await expect(staging.create(first)).rejects.toThrow(VersionTakenError);
      return staging.create(newVersion(MODEL, { version: '1.1.0', evidence: evidence('b') }));
    });
    expect(readdirSync(at('versions')).sort()).toEqual(['1.0.0', '1.1.0']);
    expect(readdirSync(at('versions/1.1.0/evidence'))).toEqual(['b']);
  });

  test.each([
    ['a file that was not stored', { model: 'x', more: 'y' }, /more: changed while it was being registered/],
    ['other bytes', { model: 'z' }, /model: changed while it was being registered/],
    ['fewer files', {}, /the digest is not the digest of the files/],
  ])('does not become a version with %s, and nothing is left', async (_, files, message) => {
    const making = open().staged?.('demand', async (staging) => {
      await store(staging, { model: 'x' });
      return staging.create(newVersion(files));
    });
    await expect(making).rejects.toThrow(message);
    expect(readdirSync(root)).toEqual([]);
  });

  test('refuses a path that leaves it', async () => {
    const making = open().staged?.('demand', (staging) => store(staging, { '../../x': 'x' }));
    await expect(making).rejects.toThrow(/leaves its folder/);
    expect(readdirSync(root)).toEqual([]);
  });

  test('is gone with the folders made for it, and no other, if nothing was registered', async () => {
    await open().staged?.('demand', (staging) => store(staging, MODEL));
    expect(readdirSync(root)).toEqual([]);
    await open().create(newVersion({ model: 'other' }));
    await open().staged?.('demand', (staging) => store(staging, MODEL));
    expect(readdirSync(at('versions'))).toEqual(['1.0.0']);
  });

  test('a disk that is full is told once, and nothing is left', async () => {
    const full = async () => {
      throw Object.assign(new Error('ENOSPC when it was copied'), { code: 'ENOSPC' });
    };
    const file = (path: string) => ({ ...sourceOf(path, ''), copyTo: full });
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}`, '']));
    const registering = open().create(newVersion(files, { file }));
    await expect(registering).rejects.toThrow(
      /^[^\n]*: cannot register the model: ENOSPC[^\n]*free space[^\n]*$/,
    );
    expect(readdirSync(root)).toEqual([]);
  });
});
