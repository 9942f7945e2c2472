import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Commands } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Guess } from './guess.ts';

const FOLDER = 'workflows-templates';
const HERE = dirname(fileURLToPath(import.meta.url));

/**
 * The version of ml-loop that a workflow can name: `v0`, which follows the releases, or the commit of this checkout as
 * long as there is none.
 */
export async function guessRelease(commands: Commands): Promise<Guess> {
  const changelog = inCheckout('CHANGELOG.md');
  const isReleased = changelog === undefined || /^## \d+\.\d+\.\d+ - /m.test(readFileSync(changelog, 'utf8'));
  const newest = { value: 'v0', why: 'it follows the newest release' };
  if (isReleased) return newest;
  const argv = ['git', '-C', dirname(changelog), 'rev-parse', '--show-prefix', 'HEAD'];
  const { exitCode, stdout } = await commands.run(argv);
  const [prefix, commit] = stdout.split('\n');
  // A copy within another repository has no commit of its own.
  if (exitCode !== 0 || prefix !== '' || commit === undefined) return newest;
  return { value: commit, why: 'the commit of this copy of ml-loop, which has no release yet' };
}

/** A file of the checkout that this program is in. */
function inCheckout(file: string): string | undefined {
  for (let folder = HERE; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, FOLDER)) && existsSync(join(folder, file))) return join(folder, file);
  return undefined;
}

/** The text of a template of the checkout that this program is in. @throws UserError if the folder is not there. */
export function templateText(name: string): string {
  const path = inCheckout(join(FOLDER, `${name}.yml`));
  if (path !== undefined) return readFileSync(path, 'utf8');
  throw new UserError({
    what: `there is no ${FOLDER}/${name}.yml next to this program`,
    where: HERE,
    fix: 'run `node dist/cli.mjs` in a checkout of ml-loop, or give --workflows none',
  });
}
