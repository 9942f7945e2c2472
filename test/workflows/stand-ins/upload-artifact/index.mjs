import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const { STAND_IN_ARTIFACTS = '', GITHUB_RUN_ID = '', GITHUB_OUTPUT = '' } = process.env;
const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const name = input('name');
const artifact = join(STAND_IN_ARTIFACTS, GITHUB_RUN_ID, name);
const found = input('path')
  .split('\n')
  .map((path) => resolve(path.trim()))
  .filter(existsSync);

if (/["<>|*?\r\n:\\/]/.test(name)) fail(`The artifact name is not valid: ${name}`);
else if (found.length === 0) missing();
else if (existsSync(artifact) && input('overwrite') !== 'true')
  fail(
    'Failed to CreateArtifact: Received non-retryable error: (409) Conflict: an artifact with this name already exists on the workflow run',
  );
else keep();

function missing() {
  const text = `No files were found with the provided path: ${input('path')}. No artifacts will be uploaded.`;
  const kind = input('if-no-files-found');
  if (kind === 'error') fail(text);
  else console.log(kind === 'warn' ? `::warning::${text}` : text);
}

/** Of one folder what is in it; of several paths what their common folder would hold, which here are their own names. */
function keep() {
  rmSync(artifact, { recursive: true, force: true });
  mkdirSync(artifact, { recursive: true });
  const hidden = (path) => basename(path).startsWith('.') && input('include-hidden-files') !== 'true';
  const [only] = found;
  for (const path of found) {
    const isWhole = found.length === 1 && statSync(only).isDirectory();
    const to = isWhole ? artifact : join(artifact, basename(path));
    cpSync(path, to, { recursive: true, filter: (source) => source === path || !hidden(source) });
  }
  appendFileSync(GITHUB_OUTPUT, 'artifact-id=1\n');
  console.log(`kept ${name} in ${artifact}`);
}

function fail(text) {
  console.log(`::error::${text}`);
  process.exitCode = 1;
}
