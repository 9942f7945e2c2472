import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DiskFiles } from '../../../shared/host/files.ts';
import { Links } from '../../../shared/host/links.ts';
import { MissingFile, UserError } from '../../../shared/problem/problem.ts';

let root: string;
let elsewhere: string;
const place = (path: string) => join(root, path);
const opened = (followed: string[] = []) => new DiskFiles(root, place('report'), followed);

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'links-')));
  elsewhere = await realpath(await mkdtemp(join(tmpdir(), 'elsewhere-')));
  for (const folder of ['data', 'cache/deep', 'model']) await mkdir(place(folder), { recursive: true });
  await writeFile(place('cache/1'), 'x\n1\n');
  await writeFile(place('cache/deep/2'), 'x\n2\n');
  await writeFile(join(elsewhere, 'secret'), 'x\n42\n');
});
afterEach(async () => {
  for (const folder of [root, elsewhere]) await rm(folder, { recursive: true, force: true });
});

/** What each way of reading makes of a path: its text, or the first problem. */
async function readings(files: DiskFiles, path: string): Promise<string[]> {
  const ways = [
    () => files.readText(path),
    async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.source(path).open()) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
    async () => Buffer.from((await files.source(path).slice?.(0, 100)) ?? []).toString(),
    async () => {
      const { files: named, source } = await files.bundle([path]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of source(named[0]?.path ?? '').open()) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
  ];
  return Promise.all(ways.map((way) => way().catch((error: Error) => `${error.name}: ${error.message}`)));
}

describe('a link is followed', () => {
  test.each([
    ['to a file in the working directory', 'cache/1', () => '../cache/1'],
    ['by its absolute path', 'cache/1', () => place('cache/1')],
    ['by way of others', 'cache/1', () => '../cache/chain'],
    ['that leaves the working directory and comes back', 'cache/1', () => join(elsewhere, 'back')],
  ])('%s', async (_, __, target) => {
    await symlink('1', place('cache/chain'));
    await symlink(place('cache/1'), join(elsewhere, 'back'));
    await symlink(target(), place('data/a.csv'));
    expect(await readings(opened(), 'data/a.csv')).toEqual(Array(4).fill('x\n1\n'));
  });

  test('to a folder that is listed, by any spelling of it', async () => {
    await symlink(join(elsewhere, 'secret'), place('data/a.csv'));
    await symlink(elsewhere, place('alias'));
    for (const listed of [elsewhere, `${elsewhere}/`, join('..', elsewhere.split('/').at(-1) ?? ''), 'alias'])
      expect(await readings(opened([listed]), 'data/a.csv')).toEqual(Array(4).fill('x\n42\n'));
  });

  test('and the digest is that of the files themselves', async () => {
    await writeFile(place('model/a.bin'), 'weights');
    await mkdir(place('model/sub'));
    await cp(place('cache/1'), place('model/sub/1'));
    await cp(place('cache/deep'), place('model/deep'), { recursive: true });
    await mkdir(place('linked'));
    await writeFile(place('linked/a.bin'), 'weights');
    await mkdir(place('linked/sub'));
    await symlink('../../cache/1', place('linked/sub/1'));
    await symlink('../cache/deep', place('linked/deep'));
    await symlink('linked', place('current'));
    const [plain, linked, current] = await Promise.all(
      ['model', 'linked', 'current'].map((path) => opened().bundle([path])),
    );
    expect(plain?.files.map(({ path }) => path)).toEqual(['a.bin', 'deep/2', 'sub/1']);
    expect(linked?.digest).toBe(plain?.digest);
    expect(current?.digest).toBe(plain?.digest);
    await symlink('../cache/1', place('data/a.csv'));
    await cp(place('cache/1'), place('a.csv'));
    expect((await opened().bundle(['data/a.csv'])).digest).toBe((await opened().bundle(['a.csv'])).digest);
  });
});

describe('a link is refused', () => {
  const REFUSED = /data\/a\.csv: is a symbolic link to .*outside of the working directory.*follow-links: /;

  test.each([
    ['to a file elsewhere', () => join(elsewhere, 'secret')],
    ['to a file elsewhere by way of one here', () => 'chain'],
    ['that looks as if it stayed here', () => 'dir/secret'],
  ])('%s', async (_, target) => {
    await symlink(join(elsewhere, 'secret'), place('data/chain'));
    await symlink(elsewhere, place('data/dir'));
    await symlink(target(), place('data/a.csv'));
    for (const reading of await readings(opened(), 'data/a.csv')) expect(reading).toMatch(REFUSED);
    expect(await readings(opened([elsewhere]), 'data/a.csv')).toEqual(Array(4).fill('x\n42\n'));
  });

  test('in a folder on the way, and in one that is walked', async () => {
    await symlink(elsewhere, place('data/dir'));
    for (const reading of await readings(opened(), 'data/dir/secret'))
      expect(reading).toMatch(/symbolic link/);
    await expect(opened().bundle(['data'])).rejects.toThrow(/data\/dir: is a symbolic link to/);
    await expect(opened().glob(['data/**'])).rejects.toThrow(/data\/dir: is a symbolic link to/);
    expect(await opened([elsewhere]).glob(['data/**'])).toEqual(['data/dir/secret']);
  });

  test('to git’s own folder, which holds the token of the checkout', async () => {
    await mkdir(place('.git'));
    await writeFile(place('.git/config'), 'token');
    await symlink('../.git/config', place('data/a.csv'));
    for (const reading of await readings(opened(), 'data/a.csv')) expect(reading).toMatch(/symbolic link/);
  });

  test('to nothing, as a missing file, also if others match', async () => {
    await symlink('../cache/1', place('data/a.csv'));
    await symlink('../nowhere', place('data/b.csv'));
    expect(await opened().glob(['data/*.csv'])).toEqual(['data/a.csv', 'data/b.csv']);
    await expect(opened().bundle(['data/b.csv'])).rejects.toThrow(MissingFile);
    for (const reading of await readings(opened(), 'data/b.csv'))
      expect(reading).toMatch(/data\/b\.csv: is a symbolic link to \.\.\/nowhere, which does not exist/);
    await writeFile(place('data/b.csv.dvc'), '');
    await expect(opened().readText('data/b.csv')).rejects.toThrow(/dvc pull/);
  });

  test('to itself, and to a folder that holds it', async () => {
    await symlink('b.csv', place('data/a.csv'));
    await symlink('a.csv', place('data/b.csv'));
    for (const reading of await readings(opened(), 'data/a.csv')) expect(reading).toMatch(/back to itself/);
    await symlink('..', place('model/up'));
    await expect(opened().bundle(['model'])).rejects.toThrow(
      /model\/up: .*folder that holds it|back to itself/,
    );
    await writeFile(place('model/a.csv'), '');
    expect(await opened().glob(['model/**/*.csv'])).toEqual(['model/a.csv']);
  });

  test('if links to folders fan out without end', async () => {
    for (let level = 0; level < 40; level++) {
      await mkdir(place(`fan/${level}`), { recursive: true });
      for (const name of ['a', 'b']) await symlink(`../${level + 1}`, place(`fan/${level}/${name}`));
    }
    await mkdir(place('fan/40'));
    await expect(opened().bundle(['fan/0'])).rejects.toThrow(/is reached by more than 16 symbolic links/);
  });

  test('if it is named outside of the working directory, if a file itself is read', async () => {
    await symlink('secret', join(elsewhere, 'link'));
    expect(await readings(opened(), join(elsewhere, 'secret'))).toEqual(Array(4).fill('x\n42\n'));
    for (const reading of await readings(opened(), join(elsewhere, 'link')))
      expect(reading).toMatch(/symbolic link/);
  });
});

test('a link that is changed all the time never leads elsewhere', async () => {
  await symlink('../cache/1', place('data/a.csv'));
  const script = `
    import { renameSync, symlinkSync } from 'node:fs';
    for (;;) for (const target of ${JSON.stringify([join(elsewhere, 'secret'), place('cache/1')])}) {
      symlinkSync(target, ${JSON.stringify(place('data/next'))});
      renameSync(${JSON.stringify(place('data/next'))}, ${JSON.stringify(place('data/a.csv'))});
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  try {
    for (let n = 0; n < 300; n++)
      for (const reading of await readings(opened(), 'data/a.csv'))
        expect(reading).toMatch(/^x\n1\n$|^UserError: /);
  } finally {
    child.kill('SIGKILL');
  }
});

test.each(['/', '~', '~/.ssh', '~/.cache/huggingface', '/etc', '/proc/self', '~/.config/gh'])(
  'follow-links takes no folder of credentials or of the system: %s',
  (listed) => {
    expect(() => new Links(root, [listed])).toThrow(UserError);
    expect(() => new Links(root, [listed])).toThrow(/input follow-links.*list only the cache/);
  },
);

test.each([
  ['.dvc/cache/files/md5/ab/cdef', '.dvc/cache'],
  ['huggingface/hub/models--a--b/blobs/0f', 'huggingface/hub'],
  ['store/v1/data.csv', 'store/v1'],
])('what is to be listed for %s is %s', async (file, folder) => {
  await mkdir(dirname(join(elsewhere, file)), { recursive: true });
  await writeFile(join(elsewhere, file), 'x\n3\n');
  await symlink(join(elsewhere, file), place('data/a.csv'));
  await expect(opened().readText('data/a.csv')).rejects.toThrow(`follow-links: ${join(elsewhere, folder)}`);
  expect(await opened([join(elsewhere, folder)]).readText('data/a.csv')).toBe('x\n3\n');
});

test('follow-links takes caches, also ones that are not there yet', () => {
  for (const listed of ['~/.cache/huggingface/hub', '/mnt/dvc-cache', elsewhere, '../cache'])
    expect(() => new Links(root, [listed])).not.toThrow();
});
