/** Git's objects and refs as GitHub's API keeps them, in memory, with the names that git itself would give them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** A list in place of a body: the server cuts the page out of it that was asked for. */
  readonly list?: readonly unknown[];
  /** GitHub wraps the pages of this list: the name that they have there. */
  readonly wrapped?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What GitHub refuses, with its answer. */
export class Refused extends Error {
  readonly status: number;
  readonly errors: readonly Json[];

  constructor(status: number, message: string, errors: readonly Json[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date?: string;
}

/** An annotated tag. */
export interface Tag {
  readonly name: string;
  readonly object: string;
  readonly message: string;
}

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
}

export class Repository {
  readonly blobs = new Map<string, Buffer>();
  readonly trees = new Map<string, readonly TreeEntry[]>();
  readonly commits = new Map<string, Commit>();
  readonly tags = new Map<string, Tag>();
  readonly refs = new Map<string, string>();
  /** All objects by name, as git keeps them: type and content. */
  readonly objects = new Map<string, { readonly type: string; readonly content: Buffer }>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  #store(type: string, content: Buffer): string {
    const sha = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
    this.objects.set(sha, { type, content });
    return sha;
  }

  addBlob(content: Buffer): string {
    const sha = this.#store('blob', content);
    this.blobs.set(sha, content);
    return sha;
  }

  /** Entries may lie deeper than one folder; folders are trees of their own. */
  addTree(entries: readonly TreeEntry[]): string {
    const folders = new Map<string, TreeEntry[]>();
    const here: TreeEntry[] = [];
    for (const entry of entries) {
      const [, folder, rest] = /^([^/]+)\/(.+)$/.exec(entry.path) ?? [];
      if (folder === undefined || rest === undefined) here.push(entry);
      else folders.set(folder, [...(folders.get(folder) ?? []), { ...entry, path: rest }]);
    }
    for (const [path, inner] of folders) {
      // A folder that was there before keeps its other files.
      const at = here.findIndex((entry) => entry.path === path && entry.type === 'tree');
      const [before] = at < 0 ? [] : here.splice(at, 1);
      const kept = (this.trees.get(before?.sha ?? '') ?? []).filter(
        (entry) => !inner.some((changed) => changed.path === entry.path),
      );
      const sha = this.addTree([...kept, ...inner]);
      here.push({ path, mode: '40000', type: 'tree', sha });
    }
    // Git sorts a folder as if its name ended in a slash.
    const key = ({ path, type }: TreeEntry) => Buffer.from(type === 'tree' ? `${path}/` : path);
    const sorted = here.sort((a, b) => Buffer.compare(key(a), key(b)));
    const parts = sorted.map(({ mode, path, sha }) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0+/, '')} ${path}\0`), Buffer.from(sha, 'hex')]),
    );
    const sha = this.#store('tree', Buffer.concat(parts));
    this.trees.set(sha, sorted);
    return sha;
  }

  addCommit(commit: Commit, author?: Signature): string {
    const who = this.#signed(author);
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${who}`,
      `committer ${who}`,
      '',
      commit.message,
    ];
    const sha = this.#store('commit', Buffer.from(lines.join('\n')));
    this.commits.set(sha, commit);
    return sha;
  }

  addTag(tag: Tag, tagger?: Signature): string {
    const lines = [
      `object ${tag.object}`,
      'type commit',
      `tag ${tag.name}`,
      `tagger ${this.#signed(tagger)}`,
      '',
      tag.message,
    ];
    const sha = this.#store('tag', Buffer.from(`${lines.join('\n')}\n`));
    this.tags.set(sha, tag);
    return sha;
  }

  /** Takes over the objects and branches of a repository on the disk, under the names that they have there. */
  adopt(folder: string): void {
    const git = (argv: readonly string[], input = '') =>
      execFileSync('git', ['-C', folder, ...argv], { input, stdio: 'pipe', maxBuffer: 2 ** 30 });
    const lines = (argv: readonly string[]) => git(argv).toString().trim().split('\n');
    const all = lines(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']);
    const unknown = all.filter((sha) => !this.objects.has(sha));
    let rest = git(['cat-file', '--batch'], unknown.map((sha) => `${sha}\n`).join(''));
    while (rest.length > 0) {
      // A line `SHA TYPE SIZE`, the content, and the end of a line.
      const start = rest.indexOf('\n') + 1;
      const [, type = '', size = ''] = rest
        .subarray(0, start - 1)
        .toString()
        .split(' ');
      const end = start + Number(size);
      this.#adopt(type, rest.subarray(start, end));
      rest = rest.subarray(end + 1);
    }
    for (const line of lines(['show-ref', '--heads'])) {
      const [sha = '', ref = ''] = line.split(' ');
      this.refs.set(ref, sha);
    }
  }

  #adopt(type: string, content: Buffer): void {
    const sha = this.#store(type, content);
    if (type === 'blob') this.blobs.set(sha, content);
    if (type === 'tree') this.trees.set(sha, entriesOf(content));
    if (type === 'commit') this.commits.set(sha, commitOf(content.toString()));
  }

  #signed({ name, email, date }: Partial<Signature> = {}): string {
    const seconds = Math.floor((date === undefined ? this.#now().getTime() : Date.parse(date)) / 1000);
    const who = `${name ?? 'github-actions[bot]'} <${email ?? 'actions@users.noreply.github.com'}>`;
    return `${who} ${seconds} +0000`;
  }

  /** Is `ancestor` the commit or among its forebears? */
  descends(commit: string, ancestor: string): boolean {
    const seen = new Set<string>();
    const rest = [commit];
    for (let sha = rest.pop(); sha !== undefined; sha = rest.pop()) {
      if (sha === ancestor) return true;
      if (seen.has(sha)) continue;
      seen.add(sha);
      rest.push(...(this.commits.get(sha)?.parents ?? []));
    }
    return false;
  }

  /** The messages of a ref's commits, the newest first. */
  log(ref: string): string[] {
    const messages: string[] = [];
    for (let sha = this.refs.get(ref); sha !== undefined; sha = this.commits.get(sha)?.parents[0]) {
      messages.push(this.commits.get(sha)?.message ?? '');
    }
    return messages;
  }
}

/** What the bytes of a tree say: `MODE NAME\0` and 20 bytes of the object's name, again and again. */
function entriesOf(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const [mode = '', path = ''] = content.toString('utf8', at, end).split(/ (.*)/s);
    const sha = content.toString('hex', end + 1, end + 21);
    entries.push({ path, mode, type: mode === '40000' ? 'tree' : 'blob', sha });
    at = end + 21;
  }
  return entries;
}

function commitOf(text: string): Commit {
  const [head = '', message = ''] = text.split(/\n\n(.*)/s);
  const named = (name: string) =>
    head.split('\n').flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  return { tree: named('tree')[0] ?? '', parents: named('parent'), message };
}

/** Makes a repository of git's own in an empty folder, with all objects and refs; git checks them. */
export function cloneTo({ objects, refs }: Repository, folder: string): string {
  const git = (...argv: string[]) => execFileSync('git', ['-C', folder, ...argv], { stdio: 'pipe' });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  git('init', '--quiet', '.');
  for (const [sha, { type, content }] of objects) {
    const place = join(folder, '.git/objects', sha.slice(0, 2));
    mkdirSync(place, { recursive: true });
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    writeFileSync(join(place, sha.slice(2)), deflateSync(bytes));
  }
  const lines = [...refs].sort().map(([ref, sha]) => `${sha} ${ref}\n`);
  writeFileSync(join(folder, '.git/packed-refs'), lines.join(''));
  git('fsck', '--strict', '--no-dangling', '--no-progress');
  return folder;
}

/** What an API of git is asked for beside the repository itself. */
export interface GitRules {
  /** Are the entries of a tree's folders to be listed, too? */
  readonly isRecursive?: boolean;
  /** Why a tag must stay as it is, if it must. */
  locked?(ref: string): string | undefined;
}

/** GitHub's answer to `METHOD /git/…`; undefined if that is not a route. */
export function gitRoute(git: Repository, request: string, body: Json, rules: GitRules): Answer | undefined {
  const routes: readonly [RegExp, (name: string) => Answer][] = [
    [/^GET \/git\/blobs\/([0-9a-f]+)$/, (sha) => getBlob(git, sha)],
    [/^POST \/git\/trees$/, () => createTree(git, body)],
    [/^GET \/git\/trees\/([0-9a-f]+)$/, (sha) => getTree(git, sha, rules)],
    [/^POST \/git\/commits$/, () => createCommit(git, body)],
    [/^GET \/git\/commits\/([0-9a-f]+)$/, (sha) => getCommit(git, sha)],
    [/^POST \/git\/tags$/, () => createTag(git, body)],
    [/^GET \/git\/matching-refs\/(.+)$/, (name) => matchingRefs(git, name)],
    [/^POST \/git\/refs$/, () => createRef(git, body)],
    [/^PATCH \/git\/refs\/(.+)$/, (name) => updateRef(git, `refs/${name}`, body)],
    [/^DELETE \/git\/refs\/(.+)$/, (name) => deleteRef(git, `refs/${name}`, rules)],
  ];
  for (const [pattern, handle] of routes) {
    const match = pattern.exec(request);
    if (match) return handle(match[1] ?? '');
  }
  return undefined;
}

function getBlob(git: Repository, sha: string): Answer {
  const content = git.blobs.get(sha);
  if (content === undefined) throw new Refused(404, 'Not Found');
  // GitHub breaks base64 into lines of 60 characters.
  const lines = content.toString('base64').replace(/.{60}/g, '$&\n');
  return { status: 200, body: { sha, size: content.length, encoding: 'base64', content: `${lines}\n` } };
}

function createTree(git: Repository, { tree, base_tree }: Json): Answer {
  if (!Array.isArray(tree)) throw new Refused(422, 'Invalid tree info');
  const entries = (tree as Json[]).map(({ path, mode, type, sha, content }) => {
    if (typeof path !== 'string' || typeof mode !== 'string')
      throw new Refused(422, 'tree.path and tree.mode must be given');
    if (path.split('/').some((part) => part === '' || /^(\.{1,2}|\.git)$/i.test(part)))
      throw new Refused(422, 'tree.path contains a malformed path component');
    const blob = typeof content === 'string' ? git.addBlob(Buffer.from(content)) : String(sha);
    if (!git.blobs.has(blob) && !git.trees.has(blob))
      throw new Refused(422, `tree.sha ${blob} is not a valid object`);
    return { path, mode, type: typeof type === 'string' ? type : 'blob', sha: blob };
  });
  const base = typeof base_tree === 'string' ? (git.trees.get(base_tree) ?? []) : [];
  const kept = base.filter((entry) => !entries.some(({ path }) => path === entry.path));
  const sha = git.addTree([...kept, ...entries]);
  return { status: 201, body: { sha, tree: git.trees.get(sha) } };
}

/** GitHub takes a commit for its tree. */
function getTree(git: Repository, sha: string, { isRecursive = false }: GitRules): Answer {
  const tree = git.commits.get(sha)?.tree ?? sha;
  const entries = git.trees.get(tree);
  if (entries === undefined) throw new Refused(404, 'Not Found');
  return {
    status: 200,
    body: { sha: tree, tree: isRecursive ? below(git, tree) : entries, truncated: false },
  };
}

function below(git: Repository, tree: string, folder = ''): TreeEntry[] {
  return (git.trees.get(tree) ?? []).flatMap((entry) => {
    const found = { ...entry, path: `${folder}${entry.path}` };
    return entry.type === 'tree' ? [found, ...below(git, entry.sha, `${found.path}/`)] : [found];
  });
}

function createCommit(git: Repository, { message, tree, parents = [], author }: Json): Answer {
  if (typeof message !== 'string' || message === '')
    throw new Refused(422, 'Invalid request.\n\n"message" wasn\'t supplied.');
  if (typeof tree !== 'string' || !git.trees.has(tree)) throw new Refused(422, 'Tree SHA does not exist');
  const forebears = parents as string[];
  if (!forebears.every((parent) => git.commits.has(parent))) {
    throw new Refused(422, 'Parent SHA does not exist or is not a commit object');
  }
  const sha = git.addCommit({ tree, parents: forebears, message }, author as Signature | undefined);
  return { status: 201, body: { sha, message } };
}

function getCommit(git: Repository, sha: string): Answer {
  const commit = git.commits.get(sha);
  if (commit === undefined) throw new Refused(404, 'Not Found');
  const { tree, parents, message } = commit;
  return {
    status: 200,
    body: { sha, message, tree: { sha: tree }, parents: parents.map((parent) => ({ sha: parent })) },
  };
}

/** The object alone: a ref is made of it in a request of its own. */
function createTag(git: Repository, { tag, message, object, type, tagger }: Json): Answer {
  if (type !== 'commit' || !git.commits.has(String(object))) throw new Refused(422, 'Object does not exist');
  const made = { name: String(tag), message: String(message), object: String(object) };
  const sha = git.addTag(made, tagger as Signature | undefined);
  return { status: 201, body: { sha, tag, message, object: { type, sha: object } } };
}

function isObject(git: Repository, sha: unknown): sha is string {
  return typeof sha === 'string' && (git.commits.has(sha) || git.tags.has(sha));
}

function refBody(git: Repository, ref: string) {
  const sha = git.refs.get(ref) ?? '';
  return { ref, object: { type: git.tags.has(sha) ? 'tag' : 'commit', sha } };
}

function matchingRefs(git: Repository, name: string): Answer {
  const found = [...git.refs.keys()].filter((ref) => ref.startsWith(`refs/${name}`)).sort();
  return { status: 200, body: found.map((ref) => refBody(git, ref)) };
}

function createRef(git: Repository, { ref, sha }: Json): Answer {
  if (typeof ref !== 'string' || !/^refs\/[^/]+\/.+/.test(ref))
    throw new Refused(422, "Reference name must start with 'refs/' and contain at least three components.");
  if (!isRefName(ref)) throw new Refused(422, `${ref} is not a valid ref name.`);
  if (git.refs.has(ref)) throw new Refused(422, 'Reference already exists');
  if (!isObject(git, sha)) throw new Refused(422, 'Object does not exist');
  for (const other of git.refs.keys()) {
    if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`))
      throw new Refused(422, 'Reference update failed');
  }
  git.refs.set(ref, sha);
  return { status: 201, body: refBody(git, ref) };
}

/** What `git check-ref-format` takes. */
function isRefName(ref: string): boolean {
  return (
    // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses them
    !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref) &&
    ref.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  );
}

function updateRef(git: Repository, ref: string, { sha, force = false }: Json): Answer {
  const head = git.refs.get(ref);
  if (head === undefined) throw new Refused(422, 'Reference does not exist');
  if (!isObject(git, sha)) throw new Refused(422, 'Object does not exist');
  if (force !== true && !git.descends(sha, head)) throw new Refused(422, 'Update is not a fast forward');
  git.refs.set(ref, sha);
  return { status: 200, body: refBody(git, ref) };
}

function deleteRef(git: Repository, ref: string, { locked }: GitRules): Answer {
  if (!git.refs.has(ref)) throw new Refused(422, 'Reference does not exist');
  const reason = locked?.(ref);
  if (reason !== undefined) throw new Refused(422, reason);
  git.refs.delete(ref);
  return { status: 204 };
}
