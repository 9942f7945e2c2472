import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CRANE, DISTRIBUTION } from '../../scripts/service-tools.ts';
import { crane, describeWith } from '../support/crane.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';

describeWith(DISTRIBUTION, CRANE)('the distribution registry', () => {
  let server: Distribution;
  let folder: string;
  beforeAll(async () => {
    server = await startDistribution();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oci-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('keeps what crane pushes, in files whose names are their digests, and gives it back', async () => {
    writeFileSync(join(folder, 'model'), 'bytes');
    execFileSync('tar', ['-C', folder, '-cf', join(folder, 'layer.tar'), 'model']);
    const image = `${server.host}/smoke/model:1.0.0`;
    await crane('append', '--oci-empty-base', '-f', join(folder, 'layer.tar'), '-t', image);
    expect(await crane('ls', `${server.host}/smoke/model`)).toBe('1.0.0');
    const { layers } = JSON.parse(await crane('manifest', image)) as { layers: { digest: string }[] };
    const sha256 = layers[0]?.digest.slice('sha256:'.length) ?? '';
    expect(
      createHash('sha256')
        .update(readFileSync(server.blob(sha256)))
        .digest('hex'),
    ).toBe(sha256);
    await crane('pull', '--format=oci', image, join(folder, 'layout'));
    const index = readFileSync(join(folder, 'layout/index.json'), 'utf8');
    expect(index).toContain(await crane('digest', image));
  });
});
