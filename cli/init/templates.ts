import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../shared/problem/problem.ts';

const FOLDER = 'workflows-templates';

/** The text of a template of the checkout that this program is in. @throws UserError if the folder is not there. */
export function templateText(name: string): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, FOLDER, `${name}.yml`);
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  throw new UserError({
    what: `there is no ${FOLDER}/${name}.yml next to this program`,
    where: start,
    fix: 'run `node dist/cli.mjs` in a checkout of ml-loop, or give --workflows none',
  });
}
