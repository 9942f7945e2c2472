/**
 * Packages of PyPI, each in an environment of its own below `.cache/venv/`, with all that it needs pinned in
 * scripts/pins/. They are installed with uv, which takes seconds instead of minutes.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve('.cache/venv');

export interface PythonTool {
  readonly package: string;
  readonly version: string;
}

const UV: PythonTool = { package: 'uv', version: '0.13.8' };

/** The interpreter that has the package, once it is installed. */
export function pythonOf(tool: PythonTool): string {
  return join(placeOf(tool), 'bin/python');
}

/** Is the package there, whole? */
export function hasPythonTool(tool: PythonTool): boolean {
  return existsSync(join(placeOf(tool), 'installed'));
}

/** Installs the package from wheels if it is not there; false if Python is not there or they could not be installed. */
export function installPythonTool(tool: PythonTool): boolean {
  if (hasPythonTool(tool)) return true;
  const place = placeOf(tool);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (tool === UV) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${UV.version}`];
    if (!run('python3', '-m', 'venv', place) || !run(pythonOf(UV), ...pip)) return false;
  } else {
    const uv = join(placeOf(UV), 'bin/uv');
    const given = ['--quiet', '--no-config', '--no-cache', '--no-deps', '--only-binary', ':all:'];
    if (!installPythonTool(UV) || !run('python3', '-m', 'venv', '--without-pip', place)) return false;
    if (!run(uv, 'pip', 'install', ...given, '--python', pythonOf(tool), '-r', pinsOf(tool))) return false;
  }
  writeFileSync(join(place, 'installed'), '');
  return true;
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function pinsOf({ package: name, version }: PythonTool): string {
  return `scripts/pins/${name}-${version}.txt`;
}

/** Other pins are another environment. */
function placeOf(tool: PythonTool): string {
  const base = `${tool.package}-${tool.version}`;
  if (tool === UV) return join(folder, base);
  const pins = createHash('sha256')
    .update(readFileSync(pinsOf(tool)))
    .digest('hex');
  return join(folder, `${base}-${pins.slice(0, 12)}`);
}
