/** The model's files: kept, read back, verified and fetched, byte for byte. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import type { NewVersion } from '../../../shared/registry/registry.ts';
import { digestOf } from '../../../shared/verdict/digest.ts';
import { newVersion, sourceOf } from '../models.ts';
import type { Current } from '../registry-contract.ts';

const MODEL = { 'model.json': '{"w":1}', 'sub/weights.bin': 'abc', empty: '' };

export function bytesContract({ open, damage, folder }: Current): void {
  test('a model is fetched byte for byte, and nothing else with it', async () => {
    const evidence = [{ name: 'profile.json', content: '{}' }];
    const made = await (await open()).create(newVersion(MODEL, { evidence, metadata: { a: 'b' } }));
    await (await open()).verify(made);
    await (await open()).fetch(made, folder('out/below'));
    expect(contents(folder('out/below'))).toEqual(MODEL);
  });

  test('it is fetched into a folder that is there only if that is empty', async () => {
    const made = await (await open()).create(newVersion(MODEL));
    mkdirSync(folder('empty'));
    await (await open()).fetch(made, folder('empty'));
    expect(contents(folder('empty'))).toEqual(MODEL);
    mkdirSync(folder('full'));
    writeFileSync(join(folder('full'), 'old'), 'mine');
    await expect((await open()).fetch(made, folder('full'))).rejects.toThrow(UserError);
    expect(contents(folder('full'))).toEqual({ old: 'mine' });
  });

  test.each([
    ['spaces', 'a b/ c d .txt'],
    ['other scripts', 'モデル/наш/ünï.bin'],
    ['one letter in two spellings', 'e\u0301/x'],
    ['what shells and URLs read', `it's "x" $HOME & ; #a?b=%2F+~*.txt`],
    ['names that begin with dots and dashes', '.hidden/-rf/..a'],
    ['a deep folder', Array.from({ length: 30 }, (_, depth) => `d${depth}`).join('/')],
    ['a long name', `${'n'.repeat(200)}.bin`],
    ['what the registry calls its own', 'manifest.json'],
    ['what JavaScript calls its own', '__proto__'],
  ])('a path with %s is kept', async (_, path) => {
    // The same bytes at two paths, and the composed spelling beside the decomposed one.
    const files = Object.fromEntries([
      [path, 'bytes'],
      ['same', 'bytes'],
      ['\u00e9/x', 'composed'],
    ]);
    const made = await (await open()).create(newVersion(files));
    expect(made.files.map((file) => file.path).sort()).toEqual(Object.keys(files).sort());
    await (await open()).verify(made);
    await (await open()).fetch(made, folder('out'));
    expect(Object.entries(contents(folder('out'))).sort()).toEqual(Object.entries(files).sort());
  });

  test.each(['../x', '/x', 'a/../../x', 'a//b', './a', '', 'a\\b', 'C:/x', 'a\u0000b', 'a\nb'])(
    'the path %j is refused before anything is written',
    async (path) => {
      await expect((await open()).create(newVersion({ [path]: 'x' }))).rejects.toThrow(UserError);
      expect(await (await open()).names()).toEqual([]);
    },
  );

  test('many files, empty ones and equal ones', async () => {
    const files: Record<string, string> = { 'empty-1': '', 'empty-2': '' };
    for (let number = 0; number < 200; number++) files[`part/${number % 7}/${number}`] = `${number % 150}`;
    const made = await (await open()).create(newVersion(files));
    await (await open()).verify(made);
    await (await open()).fetch(made, folder('out'));
    expect(contents(folder('out'))).toEqual(files);
  });

  test('a file of 50 MB goes through in pieces', async () => {
    const version = large(50);
    const made = await (await open()).create(version);
    expect(made.files).toEqual(version.bundle.files);
    await (await open()).verify(made);
    await (await open()).fetch(made, folder('out'));
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder('out'), 'weights.bin')))
      hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(version.bundle.files[0]?.sha256);
  });

  test.each([
    ['changes', 'xyz'],
    ['grows', 'abcd'],
    ['shrinks', 'ab'],
  ])('a file that %s between hashing and copying is caught, and no version shows', async (_, content) => {
    const file = (path: string) => sourceOf(path, path === 'sub/weights.bin' ? content : textOf(path));
    const registering = (await open()).create(newVersion(MODEL, { file }));
    await expect(registering).rejects.toThrow(UserError);
    await expect(registering).rejects.toThrow(/sub\/weights\.bin/);
    await expectUnregistered(open);
  });

  test.each([0, 1])('a file that breaks off after %i chunks leaves no version', async (chunks) => {
    const file = (path: string): ByteSource => ({
      name: path,
      async *open() {
        if (chunks > 0) yield Buffer.from(textOf(path).slice(0, 1));
        throw new UserError({ what: 'there is no such file', where: path });
      },
    });
    await expect((await open()).create(newVersion(MODEL, { file }))).rejects.toThrow(/no such file/);
    await expectUnregistered(open);
  });

  test('a digest that is not that of the files is refused', async () => {
    const version = newVersion(MODEL);
    const { digest } = newVersion({ other: '' }).bundle;
    const lying = { ...version, bundle: { ...version.bundle, digest } };
    await expect((await open()).create(lying)).rejects.toThrow(UserError);
    await expectUnregistered(open);
  });

  test('stored bytes that were changed do not verify and are not fetched', async () => {
    const made = await (await open()).create(newVersion(MODEL));
    await damage(made, 'model.json', '{"w":9}');
    await expect((await open()).verify(made)).rejects.toThrow(UserError);
    await expect((await open()).verify(made)).rejects.toThrow(/model\.json/);
    await expect((await open()).fetch(made, folder('out'))).rejects.toThrow(UserError);
    expect(existsSync(folder('out')) ? readdirSync(folder('out')) : []).toEqual([]);
  });

  test('a version does not verify as another digest, nor one that is not there', async () => {
    const made = await (await open()).create(newVersion(MODEL));
    const { digest } = newVersion({ other: '' }).bundle;
    await expect((await open()).verify({ ...made, digest })).rejects.toThrow(UserError);
    await expect((await open()).verify({ ...made, version: '9.0.0' })).rejects.toThrow(UserError);
    await expect((await open()).fetch({ ...made, version: '9.0.0' }, folder('out'))).rejects.toThrow(
      UserError,
    );
  });
}

function textOf(path: string): string {
  return MODEL[path as keyof typeof MODEL];
}

/** No version shows, and the same model can be registered afterwards. */
async function expectUnregistered(open: Current['open']): Promise<void> {
  expect(await (await open()).versions('demand')).toEqual([]);
  expect(await (await open()).names()).toEqual([]);
  const made = await (await open()).create(newVersion(MODEL));
  await (await open()).verify(made);
}

/** The texts of all files below a folder. */
function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(root.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

/** A model of one file of so many MiB, which is never whole in memory here. */
function large(mebibytes: number): NewVersion {
  const chunk = (number: number) => Buffer.alloc(2 ** 20, `${number} `);
  const hash = createHash('sha256');
  for (let number = 0; number < mebibytes; number++) hash.update(chunk(number));
  const files = [{ path: 'weights.bin', size: mebibytes * 2 ** 20, sha256: hash.digest('hex') }];
  return {
    ...newVersion({}),
    bundle: { digest: digestOf(files), files },
    file: (name) => ({
      name,
      async *open() {
        for (let number = 0; number < mebibytes; number++) yield chunk(number);
      },
    }),
  };
}
