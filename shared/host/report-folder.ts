/** The report folder holds one run: what an earlier one left there goes before anything can go wrong. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { REPORT_FILES } from '../ports/ports.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';
import { isTemporary } from '../state/durable.ts';
import { refuseTrackedLinks } from '../state/tracked.ts';

/** How these begin when we have written them: others of the same name may be anybody's. */
const OURS: Readonly<Record<string, RegExp>> = {
  'contract.yml': /^# (Proposed|Imported) by validate-data/,
  'index.html': /<p class="kicker">ml-loop</,
  'stages.json': /^\[\s*(\]|\{\s*"action")/,
};
const OF_ROOT = ['index.html', 'stages.json'];
const OF_ACTION = REPORT_FILES.filter((name) => !OF_ROOT.includes(name));

/**
 * Removes the files of earlier runs from an action's report folder; what we do not write stays.
 *
 * @param folder absolute.
 * @param given absolute paths of what the run is to read: what would go cannot be read.
 * @throws UserError if one is an input, or cannot be removed, or a link that git tracks leads there.
 */
export function emptyReportFolder(folder: string, given: readonly string[] = []): void {
  refuseTrackedLinks(folder);
  const old = oldFiles(folder, OF_ACTION);
  const read = old.filter((path) => given.includes(path));
  if (read.length > 0) {
    throw new UserError(
      read.map((path) => ({
        what: 'is an input in the report folder, which each run empties first',
        where: path,
        fix: 'copy it to another folder, and name the copy',
      })),
    );
  }
  removeAll(old);
}

/** Removes the index of an earlier run. */
export function removeOldIndex(folder: string): void {
  refuseTrackedLinks(folder);
  removeAll(oldFiles(folder, OF_ROOT));
}

/** After a run of several stages that has ended with an error: none of their verdicts holds, whichever run wrote it. */
export function withdrawAll(folder: string, actions: readonly string[]): void {
  try {
    removeOldIndex(folder);
    for (const name of entriesOf(folder)) {
      const path = join(folder, name, 'verdict.json');
      if (!actions.some((action) => name === action || name.startsWith(`${action}-`))) continue;
      refuseTrackedLinks(path);
      removeAll([path]);
    }
  } catch (error) {
    // The error that has ended the run is the one to be told.
    if (!(error instanceof UserError)) throw error;
  }
}

function oldFiles(folder: string, names: readonly string[]): string[] {
  return entriesOf(folder)
    .filter((name) => isTemporary(name) || names.includes(name.replace(/\.part$/, '')))
    .map((name) => join(folder, name))
    .filter((path) => isOurs(path));
}

function entriesOf(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch (error) {
    // A part of the path is a file: nothing is there, and what is written there will be refused.
    if (systemCode(error) === 'ENOTDIR') return [];
    throw notRemoved(folder, error);
  }
}

function isOurs(path: string): boolean {
  const beginning = OURS[basename(path)];
  try {
    return beginning === undefined || beginning.test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

function removeAll(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      if (systemCode(error) !== 'ENOTDIR') throw notRemoved(path, error);
    }
  }
}

function notRemoved(path: string, error: unknown): UserError {
  return new UserError({
    what: `the old one cannot be removed (${systemCode(error) ?? messageOf(error)})`,
    where: path,
    fix: 'remove it, or choose another folder with the input report-directory',
  });
}
