/**
 * Lints every workflow, template and action: actionlint, zizmor at its strictest, and what only this repository knows
 * (metadata.ts). If Go or Python is missing, what could not run is said plainly and skipped, except in CI.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { installGoTool, programOf } from '../go-tool.ts';
import { installPythonTool, pythonOf } from '../python-tool.ts';
import { metadataProblems } from './metadata.ts';
import { rewritten, targetOf } from './rewrite.ts';

const ACTIONLINT = { path: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' };
const ZIZMOR = { package: 'zizmor', version: '1.32.0' };

const ACTIONS = ['action.yml', 'actions/*/action.yml', 'examples/*/.github/ml-loop/setup/action.yml'];
const PLANTED = 'test/fixtures/workflows/planted.yml';
const WORKFLOWS = [
  '.github/workflows/*.yml',
  'workflows-templates/*.yml',
  'examples/*/.github/workflows/*.yml',
];

/**
 * actionlint does not know `$/`, nor actions that it would have to download. It reads a copy in which both are paths of
 * the checkout, so that it also compares the inputs of our own actions and workflows.
 */
function actionlint(workflows: readonly string[]): string[] {
  const copy = mkdtempSync(join(tmpdir(), 'ml-loop-lint-'));
  try {
    for (const folder of ['.git', '.github/workflows']) mkdirSync(join(copy, folder), { recursive: true });
    for (const path of ['action.yml', 'actions', 'dist']) symlinkSync(resolve(path), join(copy, path));
    for (const path of workflows) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), rewritten(readFileSync(path, 'utf8'), targetOf('./')));
    }
    return run(copy, programOf(ACTIONLINT), '-no-color', '-oneline', ...workflows);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function zizmor(files: readonly string[]): string[] {
  const options = ['--offline', '--no-progress', '--persona', 'pedantic', '--config', '.github/zizmor.yml'];
  return run('.', join(dirname(pythonOf(ZIZMOR)), 'zizmor'), ...options, ...files);
}

function run(cwd: string, program: string, ...args: string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  return status === 0 ? [] : [`${error?.message ?? ''}${stdout}${stderr}`.trim()];
}

/** Why a linter did not run; a problem in CI alone. */
function missing(tool: string, needs: string): string[] {
  const text = `${tool} could not be installed (it needs ${needs}), so the workflows were not linted with it`;
  if (process.env.CI) return [text];
  console.error(`skipped: ${text}`);
  return [];
}

/** A linter that finds nothing may not have looked: it must find what was planted. */
function planted(name: string, linter: (files: readonly string[]) => string[]): string[] {
  return linter([PLANTED]).length > 0 ? [] : [`${name} did not find what is wrong in ${PLANTED}`];
}

/** All problems; what was skipped is told on standard error. */
export function lintProblems(): string[] {
  const workflows = globSync(WORKFLOWS, { dot: true }).sort();
  const actions = globSync(ACTIONS, { dot: true }).sort();
  const others = globSync('.github/dependabot.yml', { dot: true });
  return [
    ...(workflows.length === 0 || actions.length === 0 ? ['there are no workflows or no actions'] : []),
    ...(installGoTool(ACTIONLINT)
      ? [...actionlint(workflows), ...planted('actionlint', actionlint)]
      : missing('actionlint', 'Go and its module proxy')),
    ...(installPythonTool(ZIZMOR)
      ? [...zizmor([...workflows, ...actions, ...others]), ...planted('zizmor', zizmor)]
      : missing('zizmor', 'Python and PyPI')),
    ...metadataProblems(),
  ];
}

if (import.meta.main) {
  const problems = lintProblems();
  for (const problem of problems) console.error(problem);
  process.exit(problems.length === 0 ? 0 : 1);
}
