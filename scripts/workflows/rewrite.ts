/**
 * Writes copies of workflows in which this repository is named in another way. `$/PATH` means "this repository, at this
 * commit", which needs GitHub.com and a runner of version 2.336.0 or later. Elsewhere it has to be spelled out:
 *
 *     node scripts/workflows/rewrite.ts --to acme/ml-loop@v0 OUT   GitHub Enterprise Server, older runners
 *     node scripts/workflows/rewrite.ts --to ./ OUT                act, actionlint: everything in one checkout
 *
 * Node 22.18 or later runs it as it is.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../shared/problem/problem.ts';

/** The reusable workflows and the templates. */
export const FOLDERS: readonly string[] = ['.github/workflows', 'workflows-templates'];

const OURS = 'ml-loop/ml-loop';
const USES = /^(\s*(?:-\s+)?uses:\s*)(["']?)(\S+?)\2(\s*(?:#.*)?)$/;
const QUEUE = /^\s+queue:\s*\S+\s*(?:#.*)?$/;

/** How the copies name this repository: `./`, or `OWNER/REPO@REF`. */
export type Target = (path: string) => string;

/** @throws Error if the text is neither `./` nor `OWNER/REPO@REF`. */
export function targetOf(text: string): Target {
  if (text === './') return (path) => `./${path}`;
  const [, repository, ref] = /^([\w.-]+\/[\w.-]+)@([\w./-]+)$/.exec(text) ?? [];
  if (repository === undefined)
    throw new Error(`--to ${text}: write ./ or OWNER/REPO@REF, such as acme/ml-loop@v0`);
  return (path) => `${repository}${path === '' ? '' : `/${path}`}@${ref}`;
}

/** The workflow with this repository named by `target`, and without `queue:`, which only GitHub.com knows. */
export function rewritten(workflow: string, target: Target): string {
  return workflow
    .split('\n')
    .filter((line) => !QUEUE.test(line))
    .map((line) => {
      const [, before, , uses, after] = USES.exec(line) ?? [];
      const path = uses === undefined ? undefined : pathIn(uses);
      return path === undefined ? line : `${before}${target(path)}${after}`;
    })
    .join('\n');
}

/** The path in this repository that a `uses:` names; undefined if it names another one. */
export function pathIn(uses: string): string | undefined {
  if (uses.startsWith('$/')) return uses.slice(2);
  const [name = '', ref] = uses.split('@');
  if (ref === undefined || (name !== OURS && !name.startsWith(`${OURS}/`))) return undefined;
  return name.slice(OURS.length + 1);
}

/** The files to rewrite, by their path. */
export function workflows(root = '.'): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /^ml-.*\.yml$/.test(name))
      .map((name) => join(folder, name)),
  );
}

if (import.meta.main) {
  const [flag, to = '', out] = process.argv.slice(2);
  if (flag !== '--to' || out === undefined) {
    console.error(`usage: node ${basename(process.argv[1] ?? '')} --to ./ OUT, or --to OWNER/REPO@REF OUT`);
    process.exit(2);
  }
  let target: Target;
  try {
    target = targetOf(to);
  } catch (error) {
    console.error(messageOf(error));
    process.exit(2);
  }
  for (const path of workflows()) {
    const place = join(out, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, rewritten(readFileSync(path, 'utf8'), target));
    console.log(`wrote ${place}`);
  }
}
