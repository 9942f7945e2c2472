import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DiskFiles } from '../../../shared/host/files.ts';
import { MissingFile, UserError } from '../../../shared/problem/problem.ts';
import { utf8Of } from '../../../shared/read/bytes.ts';
import { digestOf } from '../../../shared/verdict/digest.ts';

let root: string;
let files: DiskFiles;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ml-loop-test-'));
  files = new DiskFiles(root, join(root, 'report'));
  await mkdir(join(root, 'data'));
  await writeFile(join(root, 'data/b.csv'), 'x\n1\n');
  await writeFile(join(root, 'data/a.csv'), 'x\n2\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('what is read of a file stays as it is, and so does what is decompressed', async () => {
  const text = Array.from({ length: 200_000 }, (_value, i) => `${i},${Math.sin(i)}\n`).join('');
  const packed = gzipSync(text, { level: 0 });
  await writeFile(join(root, 'large.csv'), text);
  await writeFile(join(root, 'large.csv.gz'), packed);
  for (const [path, whole] of [
    ['large.csv', Buffer.from(text)],
    ['large.csv.gz', packed],
  ] as const) {
    const source = files.source(path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.open()) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
    let read = '';
    for await (const chunk of utf8Of(source)) read += Buffer.from(chunk).toString();
    expect(read === text).toBe(true);
  }
});

describe('glob', () => {
  test('gives matching files, sorted, each once', async () => {
    expect(await files.glob(['data/*.csv', 'data/a.csv'])).toEqual(['data/a.csv', 'data/b.csv']);
  });

  test('names every pattern that matches nothing', async () => {
    await expect(files.glob(['data/*.csv', 'no/*.csv', 'gone.csv'])).rejects.toThrow(
      /no\/\*\.csv[\s\S]*gone\.csv/,
    );
    await expect(files.glob(['gone.csv'])).rejects.toBeInstanceOf(MissingFile);
  });

  test('a name that looks like a pattern is taken as it is when there is such a file', async () => {
    await writeFile(join(root, 'data/[x].csv'), '');
    expect(await files.glob(['data/[x].csv'])).toEqual(['data/[x].csv']);
  });
});

describe('bundle', () => {
  test('has the digest of its files’ paths, sizes and hashes', async () => {
    const bundle = await files.bundle(['data']);
    expect(bundle.files.map((file) => file.path)).toEqual(['a.csv', 'b.csv']);
    expect(bundle.digest).toBe(digestOf(bundle.files));
    expect(bundle.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('changes with a byte, a name, a file; not with the folder’s name', async () => {
    const before = (await files.bundle(['data'])).digest;
    await mkdir(join(root, 'copy'));
    for (const name of ['a.csv', 'b.csv'])
      await writeFile(join(root, 'copy', name), await readFile(join(root, 'data', name)));
    expect((await files.bundle(['copy'])).digest).toBe(before);
    await writeFile(join(root, 'copy/b.csv'), 'x\n3\n');
    expect((await files.bundle(['copy'])).digest).not.toBe(before);
  });

  test('a file alone is a list of one, wherever it lies', async () => {
    expect((await files.bundle(['data/a.csv'])).files).toMatchObject([{ path: 'a.csv', size: 4 }]);
  });

  test('of several, paths start at the deepest folder that holds them all', async () => {
    await mkdir(join(root, 'more'));
    await writeFile(join(root, 'more/a.csv'), '');
    const several = await files.bundle(['data/a.csv', 'more', 'data/a.csv']);
    expect(several.files.map((file) => file.path)).toEqual(['data/a.csv', 'more/a.csv']);
    expect((await files.bundle(['data/a.csv', 'data/b.csv'])).digest).toBe(
      (await files.bundle(['data'])).digest,
    );
  });

  test('refuses links elsewhere and missing files, all at once', async () => {
    await symlink('/dev/null', join(root, 'data/link.csv'));
    await expect(files.bundle(['data/link.csv', 'gone'])).rejects.toThrow(
      /link\.csv: is a symbolic link[\s\S]*gone: there is no such file/,
    );
  });

  test('reads the bytes it hashed by the paths it gave', async () => {
    const bundle = await files.bundle(['data/a.csv']);
    const chunks: Uint8Array[] = [];
    for await (const chunk of bundle.source('a.csv').open()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('x\n2\n');
  });
});

describe('a copy', () => {
  const copy = async (path: string, name = 'copy') => {
    await files.source(path).copyTo?.(join(root, name));
    return readFile(join(root, name), 'utf8');
  };

  test('has the bytes of the file, or of what its link leads to', async () => {
    expect(await copy('data/a.csv')).toBe('x\n2\n');
    await symlink('a.csv', join(root, 'data/link.csv'));
    expect(await copy('data/link.csv', 'other')).toBe('x\n2\n');
  });

  test('does not follow a link elsewhere, and replaces nothing', async () => {
    await symlink('/etc/hostname', join(root, 'data/link.csv'));
    // A folder of the system cannot be listed in follow-links, so it is not advised.
    await expect(copy('data/link.csv')).rejects.toThrow(
      /is a symbolic link to .* put the file itself there$/,
    );
    await writeFile(join(root, 'copy'), 'mine');
    await expect(copy('data/a.csv')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(root, 'copy'), 'utf8')).toBe('mine');
  });
});

test('a file that grows while it is hashed is refused if it must not change, as a model must not', async () => {
  const large = Buffer.alloc(8 << 20);
  await writeFile(join(root, 'data/large'), large);
  const growing = (hash?: Parameters<DiskFiles['bundle']>[1]) => {
    const hashing = files.bundle(['data/large'], hash);
    const writing = setInterval(() => appendFileSync(join(root, 'data/large'), 'x'), 0);
    return hashing.finally(() => clearInterval(writing));
  };
  await expect(growing((_path, _source, read) => read())).rejects.toThrow(
    /data\/large: changed while it was being read/,
  );
  expect((await growing()).files[0]?.size).toBeGreaterThanOrEqual(large.length);
});

describe('reading and writing', () => {
  test('a missing file and a folder are told apart', async () => {
    await expect(files.readText('gone.yml')).rejects.toThrow(/gone\.yml: there is no such file/);
    await expect(files.readText('data')).rejects.toThrow(/data: is a folder/);
    const read = async () => {
      for await (const _ of files.source('gone.csv').open());
    };
    await expect(read()).rejects.toBeInstanceOf(UserError);
  });

  test('reports go into the report folder, whole', async () => {
    expect(await files.writeReport('stages.json', '{}')).toBe('report/stages.json');
    expect(await readdir(join(root, 'report'))).toEqual(['stages.json']);
  });

  test('a report folder that cannot be written is the user’s to fix', async () => {
    await writeFile(join(root, 'report'), 'a file where the folder should be');
    await expect(files.writeReport('stages.json', '{}')).rejects.toThrow(
      /cannot be written .*report-directory/,
    );
  });
});

describe('random access', () => {
  test('gives the size and any part of a file, and less only at its end', async () => {
    const source = files.source('data/a.csv');
    expect(await source.size?.()).toBe(4);
    expect(Buffer.from((await source.slice?.(2, 3)) ?? []).toString()).toBe('2');
    expect(Buffer.from((await source.slice?.(2, 99)) ?? []).toString()).toBe('2\n');
    expect(await source.slice?.(3, 3)).toHaveLength(0);
    await expect(files.source('gone.parquet').size?.()).rejects.toBeInstanceOf(MissingFile);
    await expect(files.source('gone.parquet').slice?.(0, 1)).rejects.toBeInstanceOf(MissingFile);
  });
});

describe('what is not there', () => {
  test('is a missing file, however it is read', async () => {
    await mkdir(join(root, 'empty/deep'), { recursive: true });
    for (const path of ['gone.csv', 'gone/a.csv', 'data/a.csv/below.csv']) {
      const read = async () => {
        for await (const _ of files.source(path).open());
      };
      for (const reading of [
        read,
        () => files.readText(path),
        () => files.glob([path]),
        () => files.bundle([path]),
      ])
        await expect(reading()).rejects.toBeInstanceOf(MissingFile);
    }
    await expect(files.bundle(['empty'])).rejects.toThrow(/empty: holds no file/);
    await expect(files.bundle(['empty'])).rejects.toBeInstanceOf(MissingFile);
  });
});

describe('data kept elsewhere', () => {
  test('a missing file with a DVC pointer beside it, or beside its folder, has the fix', async () => {
    await writeFile(join(root, 'data/big.csv.dvc'), 'outs:\n');
    await writeFile(join(root, 'raw.dvc'), 'outs:\n');
    await expect(files.glob(['data/big.csv'])).rejects.toThrow(/dvc pull.*data\/big\.csv\.dvc/);
    await expect(files.glob(['raw/*.parquet'])).rejects.toThrow(/dvc pull.*raw\.dvc/);
    await expect(files.glob(['gone.csv'])).rejects.toThrow(/paths start at/);
  });
});
