import { posix } from 'node:path';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';

/** Reads files of commits. */
export interface CommitFiles {
  /**
   * @param commit its full name, in hexadecimal digits.
   * @param path from the repository's root, with `/`; symbolic links of the commit are followed within it.
   * @returns null if the commit exists and does not have the file.
   * @throws UserError if the commit cannot be read.
   */
  bytes(commit: string, path: string): Promise<Uint8Array | null>;
}

const LARGEST_FILE = 16 * 1024 * 1024;

/** Links on links: more than these go in circles. */
const MOST_LINKS = 10;

/** Reads from GitHub's API, with a token that has `contents: read`. */
export function gitHubCommits(open: () => Promise<GitHub>): CommitFiles {
  return {
    async bytes(commit, path) {
      const github = await open();
      const at = { github, commit };
      let place = path;
      for (let links = 0; links < MOST_LINKS; links += 1) {
        const file = await contents(at, place);
        if (file.status !== 200 && file.status !== 404) throw refused(file.status, commit);
        const target = file.status === 200 ? linkedTo(file.data, place) : await throughLink(at, place);
        if (target === null) return isThere(at);
        if (target === undefined) return contentOf(github, file.data, place);
        place = target;
      }
      throw new UserError({ what: 'goes through links that lead in a circle', where: path });
    },
  };
}

interface At {
  readonly github: GitHub;
  readonly commit: string;
}

function contents({ github, commit }: At, path: string) {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return github.request(`GET /repos/{owner}/{repo}/contents/${encoded}`, { ref: commit });
}

/** Where a path leads whose first folders may be a link: GitHub follows links to files alone. Null: to no place of the commit. */
async function throughLink(at: At, path: string): Promise<string | null> {
  const parts = path.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    const folder = parts.slice(0, length).join('/');
    const { status, data } = await contents(at, folder);
    const target = status === 200 ? linkedTo(data, folder, parts.slice(length)) : null;
    if (target !== undefined) return target;
  }
  return null;
}

/** Where the link at a path leads, and the parts after it; null: out of the repository; undefined: it is not a link. */
function linkedTo(data: unknown, path: string, after: readonly string[] = []): string | null | undefined {
  const { type, target } = (data ?? {}) as { type?: unknown; target?: unknown };
  if (type !== 'symlink' || typeof target !== 'string') return undefined;
  const place = posix.join(posix.dirname(path), target, ...after);
  return target.startsWith('/') || place.startsWith('../') ? null : place;
}

/** Null for a commit that can be seen: GitHub also answers 404 if the token may not see the repository. */
async function isThere({ github, commit }: At): Promise<null> {
  const { status } = await github.request('GET /repos/{owner}/{repo}/git/commits/{commit}', { commit });
  if (status === 200) return null;
  throw refused(status, commit);
}

function refused(status: number, commit: string): UserError {
  return new UserError({ what: `GitHub answers ${status} for the commit ${commit}` });
}

/** GitHub sends files of up to 1 MB in base64. Of larger ones it names the blob; of folders it sends a list. */
async function contentOf(github: GitHub, data: unknown, path: string): Promise<Uint8Array> {
  const file = (data ?? {}) as Record<string, unknown>;
  const isBlob = file.type === 'file' && file.encoding === 'none' && typeof file.sha === 'string';
  const blob = isBlob
    ? await github.request('GET /repos/{owner}/{repo}/git/blobs/{sha}', { sha: file.sha })
    : { data: file };
  const { encoding, content } = (blob.data ?? {}) as Record<string, unknown>;
  if (file.type !== 'file' || encoding !== 'base64' || typeof content !== 'string')
    throw new UserError({ what: 'is not a file that GitHub can send', where: path });
  return Buffer.from(content, 'base64');
}

/** Reads from the repository on this disk. */
export function localCommits(root: string): CommitFiles {
  return {
    async bytes(commit, path) {
      if (/[\n\0]/.test(path)) throw new UserError({ what: 'has a line break in its name', where: path });
      const asked = ['cat-file', '--batch-check', '--follow-symlinks'];
      const [itself, file] = objectsIn(await git(root, asked, `${commit}\n${commit}:${path}\n`));
      if (itself?.type !== 'commit') throw unreadable(`it does not have the commit ${commit}`);
      if (file === undefined) return null;
      if (file.type !== 'blob' || !(file.size <= LARGEST_FILE))
        throw new UserError({ what: 'is not a file of at most 16 MB', where: path });
      return git(root, ['cat-file', 'blob', file.name]);
    },
  };
}

/** The first two answers of `git cat-file --batch-check`: `NAME TYPE SIZE`; anything else is said of what is not there. */
function objectsIn(answers: Buffer) {
  return answers
    .toString('utf8')
    .split('\n')
    .slice(0, 2)
    .map((line) => {
      const [, name = '', type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(line) ?? [];
      return type === undefined ? undefined : { name, type, size: Number(size) };
    });
}

async function git(cwd: string, argv: readonly string[], input = ''): Promise<Buffer> {
  const { exec } = await import('@actions/exec');
  const [said, errors]: [Buffer[], Buffer[]] = [[], []];
  const exitCode = await exec('git', [...argv], {
    ...{ cwd, env: gitEnvironment(), silent: true, ignoreReturnCode: true, input: Buffer.from(input) },
    listeners: { stdout: (bytes) => said.push(bytes), stderr: (bytes) => errors.push(bytes) },
  }).catch((error) => {
    throw unreadable(messageOf(error));
  });
  if (exitCode === 0) return Buffer.concat(said);
  const [reason] = Buffer.concat(errors).toString('utf8').trim().split('\n');
  throw unreadable(reason || `exit code ${exitCode}`);
}

function unreadable(reason: string): UserError {
  return new UserError({ what: `git cannot read it (${reason})` });
}

/** Git must not ask for a password, and no variable may point it to another repository. */
function gitEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^GIT_/.test(name) ? [] : [[name, value]],
  );
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0' };
}
