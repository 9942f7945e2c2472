import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../../shared/problem/problem.ts';
import { isReference, parseReference, shownReference } from '../../../../shared/registry/origin/reference.ts';

const SHA = 'a'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;
const parse = (text: string) => parseReference(text, 'input model');

test.each(['model/', './s3:/x', 'a/b.pkl', 'model.json', 'model:demand@champion', '/abs/path', 'C', 'x:y'])(
  '%s is a path or something else',
  (text) => expect(isReference(text)).toBe(false),
);

test.each([
  ['s3://models/demand/1/', { store: 's3', bucket: 'models', key: 'demand/1/' }],
  ['s3://models/demand/w b+c%41.bin', { store: 's3', bucket: 'models', key: 'demand/w b+c%41.bin' }],
  ['s3://models', { store: 's3', bucket: 'models', key: '' }],
  ['s3://my.models_x/', { store: 's3', bucket: 'my.models_x', key: '' }],
  [`hf:acme/demand-v2.1@${SHA}`, { store: 'hf', repo: 'acme/demand-v2.1', revision: SHA }],
  [`hf://acme/demand@${SHA}`, { store: 'hf', repo: 'acme/demand', revision: SHA }],
  ['hf:gpt2@main', { store: 'hf', repo: 'gpt2', revision: 'main' }],
  ['hf:gpt2@refs/pr/1', { store: 'hf', repo: 'gpt2', revision: 'refs/pr/1' }],
  ['hf:gpt2', { store: 'hf', repo: 'gpt2', revision: '' }],
])('%s is read', (text, reference) => {
  expect(isReference(text)).toBe(true);
  expect(parse(text)).toEqual(reference);
});

test.each([
  [`oci://ghcr.io/Acme/demand@${DIGEST}`, 'ghcr.io', 'acme/demand', DIGEST, ''],
  [`oci://ghcr.io/acme/demand:1.2.0@${DIGEST}`, 'ghcr.io', 'acme/demand', DIGEST, '1.2.0'],
  [`oci://127.0.0.1:5000/demand@${DIGEST}`, '127.0.0.1:5000', 'demand', DIGEST, ''],
  ['oci://localhost:5000/a/demand:latest', 'localhost:5000', 'a/demand', undefined, 'latest'],
  ['oci://ghcr.io/acme/demand', 'ghcr.io', 'acme/demand', undefined, ''],
])('%s is read', (text, host, path, digest, tag) => {
  expect(isReference(text)).toBe(true);
  expect(parse(text)).toMatchObject({ store: 'oci', address: { host, path }, digest, tag });
});

describe('what names a state is written as it is read', () => {
  test.each(['s3://models/demand/1/', `hf:acme/demand@${SHA}`, `oci://ghcr.io/acme/demand@${DIGEST}`])(
    '%s',
    (text) => expect(shownReference(parse(text))).toBe(text),
  );
});

test.each([
  ['gs://models/x', /gs: is not a store that ml-loop can ask/],
  [
    'az://account/x',
    /write a path, s3:\/\/BUCKET\/PREFIX\/, hf:REPO@COMMIT or oci:\/\/HOST\/NAME@sha256:DIGEST/,
  ],
  ['abfss://c@account.dfs.core.windows.net/x', /abfss: is not a store/],
  ['https://example.org/model.bin', /copy the model to the runner first/],
  ['file:///model', /file: is not a store/],
  ['S3://models/x', /S3: is not a store.* write a path, s3:/],
  ['HF:acme/demand', /HF: is not a store.* hf:REPO@COMMIT/],
  ['s3:', /names no bucket/],
  ['s3://', /names no bucket/],
  ['s3://-/x', /names no bucket/],
  ['s3://models//x', /leaves its folder/],
  ['s3://models/a/../b', /leaves its folder/],
  ['s3://models/a\\b', /backslash/],
  ['s3://models/a\nb', /control character/],
  ['hf:', /is not a model on Hugging Face/],
  ['hf:a/b/c@main', /is not a model on Hugging Face/],
  ['hf:../x@main', /is not a model on Hugging Face/],
  ['hf:a/b@../../x', /is not a model on Hugging Face/],
  ['hf:a/b@main?x=1', /is not a model on Hugging Face/],
  ['oci:ghcr.io/a/b', /is not an artifact in a container registry/],
  ['oci://ghcr.io', /not the address of a container registry/],
  ['oci://ghcr.io/a@sha1:0', /is not an artifact/],
  [`oci://ghcr.io/a@${DIGEST}0`, /is not an artifact/],
])('%j is refused', (text, message) => {
  expect(isReference(text)).toBe(true);
  expect(() => parse(text)).toThrow(UserError);
  expect(() => parse(text)).toThrow(message);
});

test.each([
  's3://AKIA:hunter2@models/x',
  `hf://me:hunter2@acme/demand@${SHA}`,
  'oci://me:hunter2@ghcr.io/acme/demand',
  `oci://me:hunter2@ghcr.io/acme/demand@${DIGEST}`,
  'https://me:hunter2@example.org/x',
])('a login in %s is refused and not repeated', (text) => {
  expect(() => parse(text)).toThrow(UserError);
  expect(() => parse(text)).not.toThrow(/hunter2/);
});
