/** Packages of PyPI, each at a pinned version in an environment of its own, in `.cache/venv/`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const folder = resolve('.cache/venv');

export interface PythonTool {
  readonly package: string;
  readonly version: string;
  /** What it does not work without, and does not say. */
  readonly also?: readonly string[];
}

/** The interpreter that has the package, once it is installed. */
export function pythonOf(tool: PythonTool): string {
  return join(placeOf(tool), 'bin/python');
}

/** Is the package there, whole? */
export function hasPythonTool(tool: PythonTool): boolean {
  return existsSync(join(placeOf(tool), 'installed'));
}

/** Installs the package from wheels if it is not there; false if Python is not there or pip could not install it. */
export function installPythonTool(tool: PythonTool): boolean {
  if (hasPythonTool(tool)) return true;
  const place = placeOf(tool);
  mkdirSync(dirname(place), { recursive: true });
  const run = (program: string, ...args: string[]) =>
    spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const wanted = [`${tool.package}==${tool.version}`, ...(tool.also ?? [])];
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:', ...wanted];
  if (!run('python3', '-m', 'venv', place) || !run(pythonOf(tool), ...pip)) return false;
  writeFileSync(join(place, 'installed'), '');
  return true;
}

function placeOf(tool: PythonTool): string {
  return join(folder, `${tool.package}-${tool.version}`);
}
