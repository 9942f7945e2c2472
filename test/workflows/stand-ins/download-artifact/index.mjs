import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const { STAND_IN_ARTIFACTS = '', GITHUB_RUN_ID = '', GITHUB_OUTPUT = '' } = process.env;
const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const run = join(STAND_IN_ARTIFACTS, input('run-id') || GITHUB_RUN_ID);
const to = resolve(input('path') || '.');
const all = existsSync(run) ? readdirSync(run) : [];
const name = input('name');

if (name !== '' && !all.includes(name)) {
  console.log(`::error::Unable to download artifact(s): Artifact not found for name: ${name}`);
  process.exitCode = 1;
} else if (name !== '') {
  cpSync(join(run, name), to, { recursive: true });
} else {
  const pattern = new RegExp(`^${(input('pattern') || '*').split('*').map(RegExp.escape).join('.*')}$`);
  mkdirSync(to, { recursive: true });
  for (const each of all.filter((artifact) => pattern.test(artifact)))
    cpSync(join(run, each), input('merge-multiple') === 'true' ? to : join(to, each), { recursive: true });
}
appendFileSync(GITHUB_OUTPUT, `download-path=${to}\n`);
