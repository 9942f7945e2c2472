/** Programs of npm's registry that tests alone run, each at a pinned version, into `.cache/npm/`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve('.cache/npm');

export interface NpmTool {
  readonly name: string;
  readonly version: string;
  /** The script that starts it, within its package. */
  readonly script: string;
}

/** The script of the program, once it is installed. */
export function scriptOf(tool: NpmTool): string {
  return join(placeOf(tool), 'node_modules', tool.name, tool.script);
}

/** Is it there, whole? */
export function hasNpmTool(tool: NpmTool): boolean {
  return existsSync(join(placeOf(tool), 'installed'));
}

/** Installs the program if it is not there, without running scripts of packages; false if that failed. */
export function installNpmTool(tool: NpmTool): boolean {
  if (hasNpmTool(tool)) return true;
  const place = placeOf(tool);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawnSync('npm', [...args, `${tool.name}@${tool.version}`], { cwd: place, stdio: 'inherit' });
  if (npm.status !== 0 || !existsSync(scriptOf(tool))) return false;
  writeFileSync(join(place, 'installed'), '');
  return true;
}

function placeOf({ name, version }: NpmTool): string {
  return join(folder, `${name}-${version}`);
}
