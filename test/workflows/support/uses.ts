/** What a workflow `uses:`, and what stands for it where act runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const STAND_INS = resolve('test/workflows/stand-ins');
const OURS = 'ml-loop/ml-loop';

/**
 * `OWNER/REPO@REF=FOLDER` for every action and reusable workflow of another repository that the clone or ml-loop itself
 * uses: our own release, or a stand-in.
 *
 * @throws Error for an action that has no stand-in.
 */
export function localRepositories(clone: string, release: string): string[] {
  const found = new Map<string, string>();
  for (const [, repository = '', ref = ''] of [clone, release].flatMap(usesBelow)) {
    if (repository === OURS) found.set(`${repository}@${ref}`, release);
    else if (repository !== 'actions/checkout') found.set(`${repository}@${ref}`, standIn(repository));
  }
  return [...found].map(([name, folder]) => `${name}=${folder}`);
}

function standIn(repository: string): string {
  const folder = join(STAND_INS, basename(repository));
  if (!existsSync(join(folder, 'action.yml')))
    throw new Error(`${repository} has no stand-in in test/workflows/stand-ins`);
  return folder;
}

const USES = /^\s*-?\s*uses:\s*["']?([\w.-]+\/[\w.-]+)(?:\/[\w./-]+)?@([\w./-]+)/gm;

function usesBelow(folder: string): RegExpExecArray[] {
  const places = ['.github/workflows', '.github/actions', '.github/ml-loop', 'actions'];
  return places.flatMap((place) =>
    yamlBelow(join(folder, place)).flatMap((text) => [...text.matchAll(USES)]),
  );
}

function yamlBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
