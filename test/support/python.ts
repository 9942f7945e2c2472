import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/**
 * The example program of a registry, as what follows `exec:`; undefined without Python, except in CI, which skips nothing.
 * It is run by the interpreter alone: a version manager's script before it costs more than the program itself, and so do
 * site packages.
 */
export function exampleProgram(): string | undefined {
  const found = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  if (found.status !== 0 && !process.env.CI) return undefined;
  const python = found.status === 0 ? found.stdout.trim() : 'python3';
  return JSON.stringify([python, '-I', '-S', resolve('examples/registry-program/registry.py')]);
}
