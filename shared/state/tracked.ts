/** What we write is never reached through a link that the repository's authors, or a pull request, put there. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';
import { messageOf, UserError } from '../problem/problem.ts';

/** More links on one way are a cycle; Linux gives up there too. */
const MOST_LINKS = 40;

/**
 * Refuses a path that is reached through a symbolic link that git tracks, also by way of other links. Links of the
 * machine, and those that git does not track, are the user's own. Without git's word a link below the current folder
 * is refused.
 *
 * @throws UserError naming the link.
 */
export function refuseTrackedLinks(path: string): void {
  for (const link of linksTo(resolve(path))) {
    const why = whyRefused(link);
    if (why === undefined) continue;
    throw new UserError({
      what: `${path} is reached through a symbolic link ${why}, so nothing is written or read there`,
      where: link,
      fix: 'remove the link (git rm), and name the folder itself',
    });
  }
}

/** The links on the way to a path, each by its own real place. */
function linksTo(path: string): string[] {
  const { root } = parse(path);
  const left = path
    .slice(root.length)
    .split(sep)
    .filter((part) => part !== '');
  const links: string[] = [];
  for (let at = root; left.length > 0; ) {
    const next = join(at, left.shift() ?? '');
    if (!lstatOf(next)?.isSymbolicLink()) {
      at = next;
      continue;
    }
    links.push(next);
    if (links.length > MOST_LINKS) break;
    const target = resolve(dirname(next), readlinkSync(next));
    at = parse(target).root;
    left.unshift(
      ...target
        .slice(at.length)
        .split(sep)
        .filter((part) => part !== ''),
    );
  }
  return links;
}

function whyRefused(link: string): string | undefined {
  const top = repositoryOf(dirname(link));
  if (top === undefined)
    return isBelowHere(link) ? 'of which git cannot say that it does not track it' : undefined;
  return isTracked(link, top);
}

function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder));
}

function isBelowHere(link: string): boolean {
  const here = realpathSync(process.cwd());
  return here !== parse(here).root && link.startsWith(here + sep);
}

/** By identity, not by name: file systems that ignore case have many names for one link. */
function isTracked(link: string, top: string): string | undefined {
  const quiet = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  const { status, stdout, stderr, error } = spawnSync('git', [...quiet, 'ls-files', '-s', '-z'], {
    cwd: top,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  });
  if (status !== 0) {
    const reason = error === undefined ? (stderr.trim().split('\n')[0] ?? '') : messageOf(error);
    return `of which git cannot say that it does not track it (${reason})`;
  }
  const own = lstatOf(link);
  const tracked = stdout
    .split('\0')
    .filter((entry) => entry.startsWith('120000 '))
    .map((entry) => lstatOf(join(top, entry.slice(entry.indexOf('\t') + 1))));
  return tracked.some((found) => found?.ino === own?.ino && found?.dev === own?.dev)
    ? 'that git tracks'
    : undefined;
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // What cannot be looked at cannot be written either.
    return undefined;
  }
}
