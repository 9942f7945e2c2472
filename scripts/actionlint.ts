/**
 * Lints all workflows, the templates too, with actionlint, installed through Go at a pinned version into `.cache/`.
 * Without Go it is said plainly and skipped, except in CI, which skips nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSION = 'v1.7.12';
const folder = resolve('.cache/go-bin');
const binary = join(folder, 'actionlint');

function install(): boolean {
  mkdirSync(folder, { recursive: true });
  const go = spawnSync('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`], {
    env: { ...process.env, GOBIN: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return go.status === 0;
}

if (!existsSync(binary) && !install()) {
  console.error('actionlint could not be installed: Go is needed. The workflows were not linted.');
  process.exit(process.env.CI ? 1 : 0);
}
const workflows = ['.github/workflows', 'workflows-templates', 'examples/bike-demand/.github/workflows']
  .filter((path) => existsSync(path))
  .flatMap((path) =>
    readdirSync(path)
      .filter((name) => name.endsWith('.yml'))
      .map((name) => join(path, name)),
  );
if (workflows.length === 0) {
  console.error('there is no workflow to lint');
  process.exit(1);
}
const lint = spawnSync(binary, ['-no-color', ...workflows], { stdio: 'inherit' });
process.exit(lint.status ?? 1);
