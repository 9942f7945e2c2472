import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ImageLayer,
  layerBytes,
  layerDigest,
  layerOf,
  refuseOtherLayer,
} from '../../../../shared/registry/image/layer.ts';
import { newVersion } from '../../../support/models.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LONG = `${'d'.repeat(120)}/${'e'.repeat(120)}/${'ü'.repeat(60)}.bin`;
const FILES = {
  'weights.bin': 'w'.repeat(2000),
  'a/b/c.txt': 'c',
  'a.b': 'dot sorts before slash',
  'größe und 模型.json': '{}',
  empty: '',
  block: 'x'.repeat(512),
  [LONG]: 'long',
};

function layer(files: Readonly<Record<string, string>>, path = '/models') {
  const { bundle, file } = newVersion(files);
  return { layer: layerOf(bundle.files, path), files: bundle.files, file };
}

async function bytesOf(files: Readonly<Record<string, string>>, path?: string): Promise<Buffer> {
  const made = layer(files, path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of layerBytes(made.layer, ({ path: each }) => made.file(each).open()))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunked(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a layer', () => {
  test('is read by GNU tar: folders, long and foreign names, owners, rights and times', async () => {
    const bytes = await bytesOf(FILES);
    expect(bytes.length).toBe(layer(FILES).layer.size);
    execFileSync('tar', ['-xf', '-', '-C', folder], { input: bytes });
    const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const read = found.map(({ parentPath, name }) => {
      const place = join(parentPath, name);
      expect(statSync(place).mtimeMs).toBe(0);
      return [place.slice(join(folder, 'models/').length), readFileSync(place, 'utf8')];
    });
    expect(Object.fromEntries(read)).toEqual(FILES);
    const listed = execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--quoting-style=literal'], {
      input: bytes,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    });
    const lines = listed.trimEnd().split('\n');
    for (const line of lines)
      expect(line).toMatch(/^(drwxr-xr-x|-rw-r--r--) 0\/0 +\d+ 1970-01-01 00:00 models\//);
    const names = lines.map((line) => line.replace(/^.* 00:00 /, ''));
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(names).toEqual(sorted);
    expect(names).toEqual(expect.arrayContaining(['models/', 'models/a/', 'models/a/b/', 'models/a.b']));
    expect(names).toHaveLength(Object.keys(FILES).length + 5);
  });

  test('is the same whatever the order of the files, and on each machine: a layer that was pushed is compared with it', async () => {
    const { layer: made, file } = layer(FILES);
    const digest = await layerDigest(made, file);
    expect(digest).toBe(
      `sha256:${createHash('sha256')
        .update(await bytesOf(FILES))
        .digest('hex')}`,
    );
    const turned = Object.fromEntries(Object.entries(FILES).reverse());
    expect(await layerDigest(layer(turned).layer, layer(turned).file)).toBe(digest);
    expect(digest).toBe('sha256:51c0bf8bdcfe31a260ccb56b40205d9340cc0268ec21f17a9313f63e4f9fb21e');
    expect(await layerDigest(layer(FILES, '/m').layer, file)).not.toBe(digest);
  });

  test('has no entry for the folders above its own, whose rights are those of the base', async () => {
    const bytes = await bytesOf({ model: 'm' }, '/opt/app/model');
    const listed = execFileSync('tar', ['-tf', '-'], { input: bytes, encoding: 'utf8' });
    expect(listed).toBe('opt/app/model/\nopt/app/model/model\n');
  });

  test('holds files of more than 8 GiB by a header of PAX', () => {
    const size = 9 * 2 ** 30 + 1;
    const made = layerOf([{ path: 'big', size, sha256: '0'.repeat(64) }], '/models');
    const header = Buffer.from(made.entries[1]?.header ?? []);
    expect(header.toString('latin1')).toContain(` size=${size}\n`);
    expect(made.size).toBe(512 + header.length + 9 * 2 ** 30 + 512 + 1024);
  });

  test('is not made of names that take files of the base away', () => {
    for (const path of ['.wh.bin', 'a/.wh..wh..opq', '.wh.a/b'])
      expect(() => layerOf([{ path, size: 0, sha256: '' }], '/models')).toThrow(
        /begins with \.wh\., which takes files away/,
      );
  });

  test('is not made of files that changed since they were judged', async () => {
    const { layer: made } = layer({ model: 'judged' });
    for (const now of ['judge', 'judged!', 'JUDGED'])
      await expect(layerDigest(made, newVersion({ model: now }).file)).rejects.toThrow(
        /model: changed while it was being registered/,
      );
  });
});

describe('a layer that is read back', () => {
  const compare = (made: ImageLayer, bytes: Uint8Array) => refuseOtherLayer(made, chunked(bytes), 'image');

  test('is the model', async () => {
    await compare(layer(FILES).layer, await bytesOf(FILES));
  });

  test('is found out by each byte that is another, missing or more', async () => {
    const files = { model: 'm'.repeat(600), ü: 'u' };
    const bytes = await bytesOf(files);
    const { layer: made } = layer(files);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(compare(made, changed)).rejects.toThrow(/^image: /);
    }
    for (const length of [0, 1, 511, 512, 1500, bytes.length - 1])
      await expect(compare(made, bytes.subarray(0, length))).rejects.toThrow(/^image: /);
    await expect(compare(made, Buffer.concat([bytes, Buffer.alloc(1)]))).rejects.toThrow(
      /more than the model/,
    );
  });

  test('names the file that is another', async () => {
    const bytes = await bytesOf({ a: '1', b: '2' });
    const { layer: made } = layer({ a: '1', b: '3' });
    await expect(compare(made, bytes)).rejects.toThrow(/\/models\/b does not hold the model’s bytes/);
  });
});
