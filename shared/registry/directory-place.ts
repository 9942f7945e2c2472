/** Where the folders of `dir:` registries are. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearName } from './reference.ts';

/** The models of a registry: its folders that hold a version. None if there is no such folder. */
export async function modelsIn(root: string): Promise<string[]> {
  const folders = (await entries(root)).filter((entry) => entry.isDirectory());
  const held = await Promise.all(folders.map(({ name }) => holdsVersion(join(root, name, 'versions'))));
  return folders.flatMap(({ name }, index) => (held[index] === true ? [name] : [])).sort();
}

async function holdsVersion(versions: string): Promise<boolean> {
  return (await entries(versions)).some((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
}

/**
 * A registry that the path was probably meant to lead to: nothing is at the path, and with another folder in the place
 * of its first missing one it leads to a registry. The folder with the nearest name is taken.
 */
export async function registryBeside(root: string): Promise<string | undefined> {
  if (await isThere(root)) return undefined;
  let missing = root;
  while (!(await isThere(dirname(missing)))) missing = dirname(missing);
  const rest = root.slice(missing.length);
  // Another run may have made it just now.
  const siblings = (await entries(dirname(missing))).filter(({ name }) => name !== basename(missing));
  const led = await Promise.all(
    siblings.map(async ({ name }) => {
      const models = await modelsIn(join(dirname(missing), name) + rest);
      return models.length > 0 ? [name] : [];
    }),
  );
  const names = led.flat().sort();
  const meant = nearName(basename(missing), names) ?? names[0];
  return meant === undefined ? undefined : join(dirname(missing), meant) + rest;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What cannot be read is not a registry of this user. */
function entries(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
