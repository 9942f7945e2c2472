import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { STAND_IN_ARTIFACTS = '', GITHUB_OUTPUT = '', GITHUB_RUN_ID: run = '' } = process.env;
const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const context = input('context') || '.';
const dockerfile = readFileSync(input('file') || join(context, 'Dockerfile'), 'utf8');
const files = readdirSync(context, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !path.includes('.git/'))
  .sort();
const hash = createHash('sha256').update(dockerfile);
for (const file of files) hash.update(file).update(readFileSync(file));
const digest = `sha256:${hash.digest('hex')}`;
const built = {
  run,
  dockerfile: input('file'),
  files,
  tags: input('tags'),
  push: input('push') === 'true',
  digest,
};
mkdirSync(STAND_IN_ARTIFACTS, { recursive: true });
appendFileSync(join(STAND_IN_ARTIFACTS, 'images.jsonl'), `${JSON.stringify(built)}\n`);
appendFileSync(GITHUB_OUTPUT, `digest=${digest}\n`);
console.log(
  `would build ${input('tags') || 'an image'} of ${files.length} files${built.push ? ', and push it' : ''}`,
);
