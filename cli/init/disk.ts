/** A repository on this disk. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Commands } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { RepositoryTree } from './tree.ts';

/** What a person writes is shorter; a notebook with pictures may be this long. */
const LARGEST_TEXT = 8 * 2 ** 20;
const MOST_FILES = 50_000;
const HEAD = 64 * 1024;
const SKIPPED = new Set([
  '.git',
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  'ml-loop-report',
  '.ml-loop',
  '.dvc',
  '.tox',
]);

/** @throws UserError if the folder cannot be read. */
export async function diskTree(root: string, commands: Commands): Promise<RepositoryTree> {
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new UserError({ what: 'there is no such folder', where: '--working-directory' });
  const listed = await committed(commands);
  const all = walked(root);
  const files = listed === undefined ? all : all.filter((file) => listed.has(file));
  const text = (path: string) => {
    const place = join(root, path);
    const size = statSync(place, { throwIfNoEntry: false })?.size ?? 0;
    return size === 0 || size > LARGEST_TEXT ? '' : readFileSync(place, 'utf8');
  };
  return {
    files,
    ignored: listed === undefined ? [] : all.filter((file) => !listed.has(file)),
    git: listed !== undefined,
    text,
    head: (path) => (/\.(csv|tsv)$/i.test(path) ? headOf(join(root, path)) : ''),
  };
}

/** What git has, or would take; undefined outside of a repository. */
async function committed(commands: Commands): Promise<ReadonlySet<string> | undefined> {
  const argv = ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { exitCode, stdout } = await commands.run(argv, { keptBytes: 16 * 2 ** 20 });
  return exitCode === 0 ? new Set(stdout.split('\0')) : undefined;
}

function walked(root: string): string[] {
  const found: string[] = [];
  const folders = [''];
  for (
    let folder = folders.pop();
    folder !== undefined && found.length < MOST_FILES;
    folder = folders.pop()
  ) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
      else if (isFile(join(root, path))) found.push(path);
      else if (entry.name === '.dvc') found.push(...dvcFiles(root, path));
    }
  }
  return found.sort();
}

function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true;
}

function dvcFiles(root: string, folder: string): string[] {
  return existsSync(join(root, folder, 'config')) ? [`${folder}/config`] : [];
}

function headOf(place: string): string {
  const file = openSync(place, 'r');
  try {
    const bytes = Buffer.alloc(HEAD);
    const length = readSync(file, bytes, 0, HEAD, 0);
    return bytes.toString('utf8', 0, length).split(/\r?\n/)[0] ?? '';
  } finally {
    closeSync(file);
  }
}
