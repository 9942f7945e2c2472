/** Files on their way between a registry's program and this run, in folders of their own. */
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Files } from '../../ports/ports.ts';
import { writeDurably } from '../../state/durable.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import { directoryRegistry } from '../directory.ts';
import { differences } from '../directory-copies.ts';
import { fillFolder, refuse, storage } from '../directory-files.ts';
import type { Manifest } from '../manifest.ts';
import type { NewVersion } from '../registry.ts';

/** Gives a folder of its own, which is removed afterwards. */
export async function inFolder<T>(
  files: Pick<Files, 'temporary'>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await files.temporary();
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A copy of what is to be registered, hashed and read back: `manifest.json`, `files/…`, `evidence/…`. What the program
 * stores is what was judged, even if the original changes while it works.
 */
export async function stage(version: NewVersion, folder: string, clock: Pick<Clock, 'now'>): Promise<string> {
  await directoryRegistry({ root: folder, shown: folder, clock }).create(version);
  return join(folder, version.name, 'versions', version.version);
}

/** A file of evidence for the program to read; returns its path. */
export function stageEvidence(content: string, folder: string): string {
  const path = join(folder, 'content');
  writeDurably(path, content);
  return path;
}

/** Where the program is to write files; their folders are made. */
export async function placesIn(
  folder: string,
  paths: readonly string[],
): Promise<{ path: string; to: string }[]> {
  const places = paths.map((path) => ({ path, to: join(folder, path) }));
  for (const parent of new Set(places.map(({ to }) => dirname(to)))) await mkdir(parent, { recursive: true });
  return places;
}

/** @throws UserError for each file that the program did not write, or wrote with other bytes. */
export async function refuseOthers(
  folder: string,
  files: readonly BundleFile[],
  where: string,
): Promise<void> {
  const problems = await differences(files, (path) => join(folder, path));
  refuse(
    problems.map((problem) => ({
      what: 'what the registry gives back is missing or does not hold the bytes that were registered',
      where: `${where}, ${problem.where?.slice(folder.length + 1)}`,
      fix: 'put its last good copy back into the registry; see what its program prints',
    })),
  );
}

/** Copies a model that was fetched, and proved, into an empty folder. @throws UserError as `Registry.fetch`. */
export function copyOut(folder: string, manifest: Manifest, directory: string): Promise<void> {
  return storage(directory, 'fetch the model', () =>
    fillFolder(directory, manifest, ({ path }) => createReadStream(join(folder, 'files', path))),
  );
}

/** The text of a file that was fetched. */
export function readFetched(folder: string, path: string): Promise<string> {
  return readFile(join(folder, path), 'utf8');
}
