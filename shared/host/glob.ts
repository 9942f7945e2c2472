/** Files that match a pattern. No link is passed over in silence: what cannot be followed is matched, and refused when it is read. */
import fs, { type Stats } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { MissingFile, UserError } from '../problem/problem.ts';
import { isWithin, type Links } from './links.ts';

/** What stands for a link that leads nowhere, or to a folder that holds it: an entry that is not entered. */
const ENTRY = { isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false } as Stats;

/**
 * Paths below `root` that match, in no order.
 *
 * @throws UserError for folders behind links that are not followed.
 */
export async function globbed(pattern: string, root: string, links: Links): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const refusals: UserError[] = [];
  const found = await glob(pattern, {
    cwd: root,
    absolute: isAbsolute(pattern),
    onlyFiles: true,
    dot: false,
    expandDirectories: false,
    fs: adapter(root, links, refusals),
  });
  if (refusals.length > 0) throw new UserError(refusals.flatMap(({ problems }) => problems));
  return found;
}

type Callback<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

/** The file system as the walker sees it: behind a link it goes on with the real path. */
function adapter(root: string, links: Links, refusals: UserError[]) {
  const linksByTarget = new Map<string, string>();
  const realpath = (path: string, done: Callback<string>) =>
    fs.realpath(path, (error, real) => {
      if (error) return done(null, path);
      linksByTarget.set(real, path);
      fs.realpath(dirname(path), (_, parent = path) => done(null, isWithin(parent, real) ? path : real));
    });
  const readdir = (path: string, options: { withFileTypes: true }, done: Callback<fs.Dirent[]>) => {
    const place = linksByTarget.get(resolve(path)) ?? resolve(path);
    links.resolve(place, shownIn(root, place)).then(
      (real) => fs.readdir(real, options, done),
      (error: unknown) => {
        if (error instanceof UserError && !(error instanceof MissingFile)) refusals.push(error);
        done(null, []);
      },
    );
  };
  const stat = (path: string, done: Callback<Stats>) =>
    fs.lstat(path, (error, found) => done(null, error || found.isSymbolicLink() ? ENTRY : found));
  return {
    ...fs,
    realpath: Object.assign(realpath, { native: realpath }),
    readdir,
    stat,
  } as unknown as typeof fs;
}

function shownIn(root: string, path: string): string {
  return isWithin(path, root) && path !== root ? path.slice(root.length + 1).replace(/\/$/, '') : path;
}
