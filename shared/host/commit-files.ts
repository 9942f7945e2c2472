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
  file(commit: string, path: string): Promise<CommitFile | null>;
  /**
   * The paths of all files below a folder, from the repository's root; links are not followed.
   *
   * @param folder as `path`; empty for the root.
   * @throws UserError if the commit cannot be read, or GitHub does not list all of them.
   */
  list(commit: string, folder: string): Promise<string[]>;
}

export interface CommitFile {
  /** The name of the blob, a digest of its bytes. */
  readonly id: string;
  /** @throws UserError if it is too large, or cannot be read. */
  bytes(): Promise<Uint8Array>;
}

/** GitHub takes no larger ones into git. */
const LARGEST_FILE = 100 * 1024 * 1024;
/** Links on links: more than these go in circles. */
const MOST_LINKS = 10;

/** What a commit has at a path. */
type Entry =
  | ({ readonly kind: 'file' } & CommitFile)
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' | 'nothing' };

/** The file at a path, through the links on the way to it; null if there is none within the repository. */
async function fileAt(look: (path: string) => Promise<Entry>, path: string): Promise<CommitFile | null> {
  let place: string | null = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const entry = await look(place);
    if (entry.kind === 'file') return entry;
    if (entry.kind === 'folder') throw new UserError({ what: 'is a folder, not a file', where: path });
    place = entry.kind === 'link' ? behind(place, entry.target) : await throughFolder(look, place);
    if (place === null) return null;
  }
  throw new UserError({ what: 'goes through links that lead in a circle', where: path });
}

/** Where a path leads if one of its folders is a link. */
async function throughFolder(look: (path: string) => Promise<Entry>, path: string): Promise<string | null> {
  const parts = path.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    const folder = parts.slice(0, length).join('/');
    const entry = await look(folder);
    if (entry.kind === 'link') return behind(folder, entry.target, parts.slice(length));
    if (entry.kind !== 'folder') return null;
  }
  return null;
}

/** The place that a link and the parts after it name; null if it is not in the repository. */
function behind(link: string, target: string, after: readonly string[] = []): string | null {
  const place = posix.join(posix.dirname(link), target, ...after);
  return target.startsWith('/') || place === '..' || place.startsWith('../') ? null : place;
}

/** Reads from GitHub's API, with a token that has `contents: read`. */
export function gitHubCommits(open: () => Promise<GitHub>): CommitFiles {
  return {
    async file(commit, path) {
      const github = await open();
      const found = await fileAt((place) => gitHubEntry(github, commit, place), path);
      return found ?? isThere(github, commit);
    },
    async list(commit, folder) {
      const github = await open();
      const { status, data } = await github.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
        tree_sha: commit,
        recursive: 1,
      });
      const { tree, truncated } = Object(data) as { tree?: unknown; truncated?: unknown };
      if (status !== 200 || !Array.isArray(tree)) throw refused(status, commit);
      if (truncated === true)
        throw new UserError({ what: `GitHub does not list all files of the commit ${commit}` });
      return tree
        .filter(({ type }) => type === 'blob')
        .map(({ path }) => String(path))
        .filter((path) => folder === '' || path.startsWith(`${folder}/`));
    },
  };
}

async function gitHubEntry(github: GitHub, commit: string, path: string): Promise<Entry> {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const { status, data } = await github.request(`GET /repos/{owner}/{repo}/contents/${encoded}`, {
    ref: commit,
  });
  if (status === 404) return { kind: 'nothing' };
  if (status !== 200) throw refused(status, commit);
  if (Array.isArray(data)) return { kind: 'folder' };
  const file = (data ?? {}) as Record<string, unknown>;
  // Links to files of the repository are followed there.
  if (file.type === 'symlink' && typeof file.target === 'string')
    return { kind: 'link', target: file.target };
  if (file.type !== 'file') return { kind: 'nothing' };
  return { kind: 'file', id: String(file.sha), bytes: () => contentOf(github, file, path) };
}

/** GitHub sends files of up to 1 MB in base64. Of larger ones it names the blob. */
async function contentOf(github: GitHub, file: Record<string, unknown>, path: string): Promise<Uint8Array> {
  const { data } =
    file.encoding === 'none'
      ? await github.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: file.sha })
      : { data: file };
  const { encoding, content } = (data ?? {}) as Record<string, unknown>;
  if (encoding !== 'base64' || typeof content !== 'string')
    throw new UserError({ what: 'is not a file that GitHub can send', where: path });
  return Buffer.from(content, 'base64');
}

/** Null for a commit that can be seen: GitHub also answers 404 if the token may not see the repository. */
async function isThere(github: GitHub, commit: string): Promise<null> {
  const { status } = await github.request('GET /repos/{owner}/{repo}/git/commits/{commit}', { commit });
  if (status === 200) return null;
  throw refused(status, commit);
}

function refused(status: number, commit: string): UserError {
  return new UserError({ what: `GitHub answers ${status} for the commit ${commit}` });
}

/** Reads from the repository on this disk. */
export function localCommits(root: string): CommitFiles {
  return {
    async file(commit, path) {
      await requireCommit(root, commit);
      return fileAt((place) => localEntry(root, commit, place), path);
    },
    async list(commit, folder) {
      await requireCommit(root, commit);
      const below = folder === '' ? [] : [`:(literal)${folder}/`];
      const argv = ['ls-tree', '--full-tree', '-r', '-z', '--name-only', commit, '--', ...below];
      const said = (await git(root, argv)).toString('utf8');
      return said.split('\0').filter((name) => name !== '');
    },
  };
}

async function requireCommit(root: string, commit: string): Promise<void> {
  const type = await git(root, ['cat-file', '-t', commit]);
  if (type.toString('utf8').trim() !== 'commit') throw unreadable(`${commit} is not a commit`);
}

async function localEntry(root: string, commit: string, path: string): Promise<Entry> {
  const argv = ['ls-tree', '--full-tree', '-lz', commit, '--', `:(literal)${path}`];
  const listed = (await git(root, argv)).toString('utf8');
  const [, mode, blob, size] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t/.exec(listed) ?? [];
  if (blob === undefined || mode === '160000') return { kind: 'nothing' };
  if (mode === '040000') return { kind: 'folder' };
  const bytes = async () => {
    if (!(Number(size) <= LARGEST_FILE)) throw new UserError({ what: 'is larger than 100 MB', where: path });
    return git(root, ['cat-file', 'blob', blob]);
  };
  return mode === '120000'
    ? { kind: 'link', target: (await bytes()).toString('utf8') }
    : { kind: 'file', id: blob, bytes };
}

/** What git prints. @throws UserError if it cannot be run, or ends with an error. */
export async function git(cwd: string, argv: readonly string[]): Promise<Buffer> {
  const { exec } = await import('@actions/exec');
  const [said, errors]: [Buffer[], Buffer[]] = [[], []];
  const exitCode = await exec('git', [...argv], {
    ...{ cwd, env: gitEnvironment(), silent: true, ignoreReturnCode: true },
    // `getExecOutput` would read bytes as UTF-8.
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
