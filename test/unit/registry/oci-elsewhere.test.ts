/** Versions without bytes in a container registry: the artifact, and what its damage is told as. */
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { useOciSpace } from '../../support/oci-space.ts';
import { sha256 } from '../../support/oci-store.ts';
import { elsewhere } from '../../support/registry-contract/elsewhere.ts';

const space = useOciSpace();

interface Manifest {
  artifactType: string;
  layers: { mediaType: string }[];
  annotations: Record<string, string>;
}

async function stored(): Promise<Manifest> {
  await space.open().create(elsewhere());
  const { manifests, tags } = space.server.store.repo('acme/models/demand');
  return JSON.parse(manifests.get(tags.get('1.0.0') ?? '')?.text ?? '') as Manifest;
}

function damage(change: (manifest: Manifest) => void, manifest: Manifest): void {
  const { manifests, tags } = space.server.store.repo('acme/models/demand');
  const type = manifests.get(tags.get('1.0.0') ?? '')?.type ?? '';
  change(manifest);
  const text = JSON.stringify(manifest);
  manifests.set(sha256(text), { text, type });
  tags.set('1.0.0', sha256(text));
}

test('the artifact has a type of its own, no layer to pull, and says where the bytes are', async () => {
  const { artifactType, layers, annotations } = await stored();
  expect(artifactType).toBe('application/vnd.ml-loop.model-reference.v1+json');
  expect(layers.map(({ mediaType }) => mediaType)).toEqual(['application/vnd.oci.empty.v1+json']);
  const { origin, bundle } = elsewhere();
  expect(JSON.parse(annotations['dev.ml-loop.origin'] ?? '')).toEqual(origin);
  expect(JSON.parse(annotations['dev.ml-loop.files'] ?? '')).toEqual(
    [...bundle.files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
  );
});

describe('is refused if', () => {
  const annotate = (name: string, value: string | undefined) => (manifest: Manifest) => {
    if (value === undefined) delete manifest.annotations[name];
    else manifest.annotations[name] = value;
  };
  const ORIGIN = 'dev.ml-loop.origin';
  const FILES = 'dev.ml-loop.files';
  const file = (path: string) => JSON.stringify([{ path, size: 1, sha256: '0'.repeat(64) }]);
  test.each<[string, (manifest: Manifest) => void, RegExp]>([
    ['its origin is missing', annotate(ORIGIN, undefined), /dev\.ml-loop\.origin: is not JSON/],
    ['its origin is no JSON', annotate(ORIGIN, '{'), /dev\.ml-loop\.origin: is not JSON/],
    ['its origin names nothing', annotate(ORIGIN, '{}'), /dev\.ml-loop\.origin#/],
    ['its origin is a path', annotate(ORIGIN, '{"reference":"/etc"}'), /dev\.ml-loop\.origin#\/reference/],
    [
      'its origin says more',
      annotate(ORIGIN, '{"reference":"s3://x/","command":"x"}'),
      /dev\.ml-loop\.origin#/,
    ],
    [
      'its pins are of other files',
      annotate(ORIGIN, '{"reference":"s3://x/","pins":{"y":"etag=1"}}'),
      /is not a file of the model/,
    ],
    ['its files are missing', annotate(FILES, undefined), /dev\.ml-loop\.files: is not JSON/],
    ['it has no files', annotate(FILES, '[]'), /dev\.ml-loop\.files#/],
    ['its files are others', annotate(FILES, file('x')), /has a digest that is not that of its files/],
    ['a file leaves its folder', annotate(FILES, file('../x')), /"\.\.\/x" leaves its folder/],
    [
      'its digest is missing',
      annotate('dev.ml-loop.digest', undefined),
      /has a digest that is not that of its files/,
    ],
    [
      'it says that it is a model with its bytes',
      (manifest) => {
        manifest.artifactType = 'application/vnd.cncf.model.manifest.v1+json';
      },
      /"" leaves its folder or is absolute/,
    ],
  ])('%s', async (_, change, message) => {
    damage(change, await stored());
    const error = await space
      .open()
      .versions('demand')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toMatch(/push its last good copy/);
  });
});
