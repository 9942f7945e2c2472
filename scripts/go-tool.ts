/** Programs that are built through Go's module proxy, each at a pinned version, into `.cache/go-bin/`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const folder = resolve('.cache/go-bin');

export interface GoTool {
  /** The package of its command, such as `github.com/rhysd/actionlint/cmd/actionlint`. */
  readonly path: string;
  readonly version: string;
}

/** Where the program is once it is installed; the version is in the path, so that a new pin is a new build. */
export function programOf({ path, version }: GoTool): string {
  return join(folder, version, basename(path));
}

/** Builds the program if it is not there; false if Go is not there or could not build it. */
export function installGoTool(tool: GoTool): boolean {
  const program = programOf(tool);
  if (existsSync(program)) return true;
  const place = join(folder, tool.version);
  mkdirSync(place, { recursive: true });
  const go = spawnSync('go', ['install', `${tool.path}@${tool.version}`], {
    env: { ...process.env, GOBIN: place },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return go.status === 0 && existsSync(program);
}
