/**
 * Installs the peers, pinned, outside the repository: two Python environments, and qsv by cargo. What is there already
 * is kept. The folder is ML_LOOP_BENCH_CACHE, else ml-loop-bench in the temporary folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const cache = process.env.ML_LOOP_BENCH_CACHE ?? join(tmpdir(), 'ml-loop-bench');
/** The newest version found to build from the registry alone: 16.1.0 needs a change of another crate that is not there. */
const QSV = '4.0.0';
const QSV_MINUTES = 12;

/** The interpreter of an environment with the packages of `requirements<suffix>.txt`. */
export function python(suffix: '' | '-validators' = ''): string {
  const requirements = join(import.meta.dirname, `requirements${suffix}.txt`);
  const folder = join(cache, `python${suffix}`);
  const installed = join(folder, 'installed.txt');
  const interpreter = join(folder, 'bin/python');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  console.log(`installing ${requirements} into ${folder}`);
  call('python3', ['-m', 'venv', folder]);
  call(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  writeFileSync(installed, wanted);
  return interpreter;
}

/** qsv's program, or why there is none. */
export function qsv(): { readonly program: string } | { readonly reason: string } {
  const folder = join(cache, `qsv-${QSV}`);
  const program = join(folder, 'bin/qsvlite');
  if (existsSync(program)) return { program };
  const failed = join(cache, `qsv-${QSV}-failed.txt`);
  if (existsSync(failed)) return { reason: readFileSync(failed, 'utf8') };
  mkdirSync(cache, { recursive: true });
  console.log(`building qsv ${QSV} into ${folder}`);
  const { status, error } = spawnSync(
    'cargo',
    [
      ...['install', 'qsv', '--version', QSV, '--locked', '--quiet', '--bin', 'qsvlite'],
      ...['--features', 'lite', '--root', folder, '--target-dir', join(folder, 'target')],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], timeout: QSV_MINUTES * 60_000 },
  );
  rmSync(join(folder, 'target'), { recursive: true, force: true });
  if (status === 0) return { program };
  const late = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT';
  const reason = late
    ? `it was not built in ${QSV_MINUTES} minutes`
    : 'cargo is not there or could not build it';
  writeFileSync(failed, reason);
  return { reason };
}

function call(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}`);
}
