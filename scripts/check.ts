/**
 * `npm run check`: types, lint, layers, plain words, generated files, lockfile, dist, size budgets, workflows. Every part runs; all
 * failures are listed at the end.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOOL } from '../shared/verdict/tool.ts';
import { buildDist } from './build.ts';
import { gateProblems } from './ci-gate.ts';
import { generated } from './generate.ts';
import { nameProblems } from './house.ts';
import { styleProblems } from './style.ts';
import { lintProblems } from './workflows/lint.ts';

const DIST_BUDGET = 4_000_000;
const ARCHIVE_BUDGET = 1_300_000;

/** Runs a program; its output is shown when it fails. */
function runs(program: string, ...args: string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return [];
  return [
    `${[program, ...args].join(' ')} ${error ? error.message : `ended with ${status}`}\n${stdout}${stderr}`,
  ];
}

function layers(...paths: string[]): string[] {
  return runs(
    process.execPath,
    'node_modules/.bin/depcruise',
    '--config',
    '.dependency-cruiser.json',
    '--output-type',
    'err',
    ...paths,
  );
}

/** A rule that nothing can break is not a rule: a planted violation must be found. */
function plantedViolation(): string[] {
  return layers('test/fixtures/layers/shared/verdict/planted.ts').length > 0
    ? []
    : ['the planted violation of the layers was not found'];
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

function generatedFiles(): string[] {
  return [...generated()]
    .filter(([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content)
    .map(([path]) => `${path} differs from what the input tables say: npm run generate`);
}

function versions(): string[] {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return version === TOOL.version
    ? []
    : [`package.json says ${version}, shared/verdict/tool.ts ${TOOL.version}`];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function dist(): Promise<string[]> {
  const fresh = mkdtempSync(join(tmpdir(), 'ml-loop-dist-'));
  try {
    await buildDist(fresh);
    const [ours, built] = [filesBelow('dist'), filesBelow(fresh)];
    const names = [...new Set([...ours, ...built])];
    const differ = names.filter((name) => {
      if (!ours.includes(name) || !built.includes(name)) return true;
      return !readFileSync(join('dist', name)).equals(readFileSync(join(fresh, name)));
    });
    return differ.map((name) => `dist/${name} differs from a fresh build: npm run build`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function sizes(): string[] {
  const bytes = filesBelow('dist').reduce((sum, name) => sum + statSync(join('dist', name)).size, 0);
  const archive = spawnSync('git', ['archive', '--format=tar.gz', 'HEAD'], { maxBuffer: 2 ** 28 }).stdout
    .length;
  console.log(`  dist ${bytes} bytes, archive ${archive} bytes compressed`);
  return [
    ...(bytes > DIST_BUDGET ? [`dist has ${bytes} bytes, the budget is ${DIST_BUDGET}`] : []),
    ...(archive > ARCHIVE_BUDGET
      ? [`git archive has ${archive} bytes, the budget is ${ARCHIVE_BUDGET}`]
      : []),
    ...(archive === 0 ? ['git archive wrote nothing'] : []),
  ];
}

const PARTS: readonly (readonly [string, () => string[] | Promise<string[]>])[] = [
  ['types', () => runs('tsc', '-p', '.')],
  ['format and lint', () => runs('biome', 'ci', '--colors=off', '--error-on-warnings', '.')],
  ['layers', () => layers('shared', 'actions', 'cli')],
  ['layers find a planted violation', plantedViolation],
  ['one name for one thing', () => nameProblems('.')],
  ['plain words', styleProblems],
  ['generated files', generatedFiles],
  ['versions', versions],
  ['lockfile', () => runs(process.execPath, 'scripts/lockfile.mjs', '--check')],
  ['dist is a fresh build', dist],
  ['size budgets', sizes],
  ['the gate of ci.yml', () => gateProblems(text('.github/workflows/ci.yml'), text('.ci/run'))],
  ['workflows', lintProblems],
];

const failures: string[] = [];
for (const [name, part] of PARTS) {
  const found = await part();
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  failures.push(...found.map((failure) => `${name}: ${failure}`));
}
for (const failure of failures) console.error(`\n${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
