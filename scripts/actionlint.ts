/**
 * Lints all workflows, the templates too, with actionlint. Without Go it is said plainly and skipped, except in CI, which
 * skips nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installGoTool, programOf } from './go-tool.ts';

const ACTIONLINT = { path: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' };

if (!installGoTool(ACTIONLINT)) {
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
const lint = spawnSync(programOf(ACTIONLINT), ['-no-color', ...workflows], { stdio: 'inherit' });
process.exit(lint.status ?? 1);
