import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseRoot } from '../../../shared/attest/bundle.ts';
import { REPOSITORIES, trustedRootFrom } from '../../../shared/host/sigstore/trusted-root.ts';
import { type FakeSigstore, startSigstore } from '../../support/sigstore.ts';
import { type FakeTuf, startTuf } from '../../support/tuf.ts';

let fake: FakeSigstore;
let tuf: FakeTuf;
let folder: string;

beforeEach(async () => {
  fake = await startSigstore();
  tuf = await startTuf(fake.publicRoot);
  folder = mkdtempSync(join(tmpdir(), 'tuf-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([fake.close(), tuf.close()]);
});

const got = (from: Partial<FakeTuf> = {}) => trustedRootFrom({ ...tuf, ...from }, folder);

test('the trusted root is got by TUF, from a first root that has expired to today’s', async () => {
  const root = await got();
  expect(JSON.parse(root)).toEqual(JSON.parse(fake.publicRoot));
  expect(parseRoot(root, 'tuf').material.certificateAuthorities).toHaveLength(1);
});

describe('a trusted root is refused', () => {
  const refusal = async (from: Partial<FakeTuf> = {}) => {
    const error = await got(from).then(
      () => new Error('it was taken'),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(/the trusted root of Sigstore was not got \(.*gh attestation trusted-root/);
    return error.message;
  };

  test('if it was changed', async () => {
    tuf.files.set('/targets/trusted_root.json', fake.publicRoot.replace('2021', '2022').replace('A', 'B'));
    await refusal();
  });

  test('if its metadata were changed, or signed by others', async () => {
    const other = await startTuf(fake.githubRoot);
    try {
      for (const [path, text] of other.files) tuf.files.set(path, text);
      await refusal();
      expect(await refusal({ firstRoot: other.firstRoot })).toMatch(/not got/);
    } finally {
      await other.close();
    }
  });

  test('if its metadata have expired: it may be an old one that is held back', async () => {
    const old = await startTuf(fake.publicRoot, '2020-01-01T00:00:00Z');
    try {
      expect(await refusal(old)).toMatch(/expired/i);
    } finally {
      await old.close();
    }
  });

  test('if the server is not reached, or has no root', async () => {
    const { url } = await startTuf(fake.publicRoot).then(async (gone) => {
      await gone.close();
      return gone;
    });
    await refusal({ url });
    tuf.files.clear();
    await refusal();
  });
});

test('the first root of GitHub’s own instance is one that its keys have signed', async () => {
  const { firstRoot = '' } = REPOSITORIES.github;
  tuf.files.clear();
  // TUF verifies the first root; only then it asks for a time stamp, which is not there.
  await expect(got({ firstRoot })).rejects.toThrow(
    /not got \(error refreshing TUF metadata: Failed to download\)/,
  );
  const forged = firstRoot.replace('"version":3', '"version":4');
  expect(forged).not.toBe(firstRoot);
  rmSync(join(folder, 'cache'), { recursive: true });
  await expect(got({ firstRoot: forged })).rejects.toThrow(/root was signed by 0\/\d keys/);
});
