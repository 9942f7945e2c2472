/**
 * A loopback server that answers as GitHub's REST API does, for the calls ml-loop makes: git blobs, trees, commits
 * and refs with real object names, and repository dispatches. One private repository, in memory.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitHubServerOptions {
  /** `OWNER/REPO`. */
  readonly repository?: string;
  /** What each token may do; any other is refused with 401. */
  readonly tokens?: Readonly<Record<string, 'write' | 'read'>>;
  /** A repository without a commit takes no git objects. */
  readonly empty?: boolean;
  /** The time of commits; git keeps whole seconds. */
  readonly now?: () => Date;
}

export interface RecordedRequest {
  readonly method: string;
  /** Decoded, without the address. */
  readonly path: string;
  readonly body: Json;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Called before a request is answered; what it returns is answered in the request's place. */
export type Hook = (request: RecordedRequest) => Answer | undefined | Promise<Answer | undefined>;

export interface Dispatch {
  readonly event_type: string;
  readonly client_payload: Record<string, unknown>;
}

type Json = Record<string, unknown>;

interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

export interface GitHubServer {
  readonly url: string;
  readonly repository: string;
  readonly requests: readonly RecordedRequest[];
  readonly dispatches: readonly Dispatch[];
  /** Sigstore bundles, as they were stored. */
  readonly attestations: readonly Json[];
  /** Commits by ref: the newest first, as `git log` shows them. */
  log(ref: string): string[];
  ref(name: string): string | undefined;
  /** Writes a file as a commit onto a ref, as somebody else's push would; returns the commit. */
  push(ref: string, path: string, content: string, message?: string): string;
  deleteRef(name: string): void;
  /** Once, before the next request whose `METHOD path` matches. */
  before(pattern: RegExp, hook: Hook): void;
  close(): Promise<void>;
}

/** Answers of GitHub's for what it refuses. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Git's objects and refs. */
class Repository {
  readonly blobs = new Map<string, Buffer>();
  readonly trees = new Map<string, readonly TreeEntry[]>();
  readonly commits = new Map<string, Commit>();
  readonly refs = new Map<string, string>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  addBlob(content: Buffer): string {
    const sha = objectName('blob', content);
    this.blobs.set(sha, content);
    return sha;
  }

  addTree(entries: readonly TreeEntry[]): string {
    const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
    const parts = sorted.map(({ mode, path, sha }) =>
      Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(sha, 'hex')]),
    );
    const sha = objectName('tree', Buffer.concat(parts));
    this.trees.set(sha, sorted);
    return sha;
  }

  addCommit(commit: Commit): string {
    const seconds = Math.floor(this.#now().getTime() / 1000);
    const who = `github-actions[bot] <actions@users.noreply.github.com> ${seconds} +0000`;
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${who}`,
      `committer ${who}`,
      '',
      commit.message,
    ];
    const sha = objectName('commit', Buffer.from(lines.join('\n')));
    this.commits.set(sha, commit);
    return sha;
  }

  /** Is `ancestor` the commit or among its forebears? */
  descends(commit: string, ancestor: string): boolean {
    if (commit === ancestor) return true;
    return this.commits.get(commit)?.parents.some((parent) => this.descends(parent, ancestor)) ?? false;
  }
}

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
}

function objectName(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** Starts the server on a free port of the loopback interface. */
export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const { repository = 'acme/models', tokens = { 'write-token': 'write', 'read-token': 'read' } } = options;
  const git = new Repository(options.now ?? (() => new Date()));
  const requests: RecordedRequest[] = [];
  const dispatches: Dispatch[] = [];
  const attestations: Json[] = [];
  const hooks: { pattern: RegExp; hook: Hook }[] = [];

  const answer = async (request: IncomingMessage, bodyText: string): Promise<Answer> => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const recorded: RecordedRequest = { method: request.method ?? 'GET', path, body: parseBody(bodyText) };
    requests.push(recorded);
    const index = hooks.findIndex(({ pattern }) => pattern.test(`${recorded.method} ${path}`));
    const instead = index < 0 ? undefined : await hooks.splice(index, 1)[0]?.hook(recorded);
    if (instead !== undefined) return instead;
    const rights = rightsOf(request.headers.authorization, tokens);
    const inRepository = path.startsWith(`/repos/${repository}/`)
      ? path.slice(`/repos/${repository}`.length)
      : '';
    if (inRepository === '' || rights === undefined) throw new Refused(404, 'Not Found');
    if (recorded.method !== 'GET' && rights !== 'write')
      throw new Refused(403, 'Resource not accessible by integration');
    if (inRepository.startsWith('/attestations'))
      return attestation(attestations, `${recorded.method} ${inRepository}`, recorded.body);
    if (inRepository === '/dispatches') return dispatch(recorded.body, bodyText, dispatches);
    if (options.empty && inRepository.startsWith('/git/')) throw new Refused(409, 'Git Repository is empty.');
    return route(git, `${recorded.method} ${inRepository}`, recorded.body);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(request, Buffer.concat(chunks).toString('utf8')).then(
        ({ status, body }) => send(response, status, body),
        (error: unknown) => {
          const [status, message] =
            error instanceof Refused ? [error.status, error.message] : [500, String(error)];
          send(response, status, {
            message,
            documentation_url: 'https://docs.github.com/rest',
            status: String(status),
          });
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    repository,
    requests,
    dispatches,
    attestations,
    ref: (name) => git.refs.get(name),
    log: (ref) => historyOf(git, git.refs.get(ref)),
    push: (ref, path, content, message = 'pushed by somebody else') => {
      const blob = git.addBlob(Buffer.from(content));
      const tree = git.addTree([{ path, mode: '100644', type: 'blob', sha: blob }]);
      const parent = git.refs.get(ref);
      const sha = git.addCommit({ tree, parents: parent === undefined ? [] : [parent], message });
      git.refs.set(ref, sha);
      return sha;
    },
    deleteRef: (name) => {
      git.refs.delete(name);
    },
    before: (pattern, hook) => {
      hooks.push({ pattern, hook });
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parseBody(text: string): Json {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Refused(400, 'Problems parsing JSON');
  }
}

function rightsOf(header: string | undefined, tokens: Readonly<Record<string, 'write' | 'read'>>) {
  if (header === undefined) return undefined;
  const token = /^(?:token|bearer) (.+)$/i.exec(header)?.[1] ?? '';
  const rights = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (rights === undefined) throw new Refused(401, 'Bad credentials');
  return rights;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (status === 204 || body === undefined) response.writeHead(status).end();
  else
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body));
}

function historyOf(git: Repository, head: string | undefined): string[] {
  const messages: string[] = [];
  for (let sha = head; sha !== undefined; sha = git.commits.get(sha)?.parents[0]) {
    messages.push(git.commits.get(sha)?.message ?? '');
  }
  return messages;
}

function route(git: Repository, request: string, body: Json): Answer {
  const routes: readonly [RegExp, (name: string) => Answer][] = [
    [/^POST \/git\/blobs$/, () => createBlob(git, body)],
    [/^GET \/git\/blobs\/([0-9a-f]+)$/, (sha) => getBlob(git, sha)],
    [/^POST \/git\/trees$/, () => createTree(git, body)],
    [/^GET \/git\/trees\/([0-9a-f]+)$/, (sha) => getTree(git, sha)],
    [/^POST \/git\/commits$/, () => createCommit(git, body)],
    [/^GET \/git\/commits\/([0-9a-f]+)$/, (sha) => getCommit(git, sha)],
    [/^GET \/git\/matching-refs\/(.+)$/, (name) => matchingRefs(git, name)],
    [/^GET \/git\/ref\/(.+)$/, (name) => getRef(git, `refs/${name}`)],
    [/^POST \/git\/refs$/, () => createRef(git, body)],
    [/^PATCH \/git\/refs\/(.+)$/, (name) => updateRef(git, `refs/${name}`, body)],
  ];
  for (const [pattern, handle] of routes) {
    const match = pattern.exec(request);
    if (match) return handle(match[1] ?? '');
  }
  throw new Refused(404, 'Not Found');
}

function createBlob(git: Repository, { content, encoding = 'utf-8' }: Json): Answer {
  if (typeof content !== 'string') throw new Refused(422, 'Invalid request.\n\n"content" wasn\'t supplied.');
  return {
    status: 201,
    body: { sha: git.addBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8')) },
  };
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
function getTree(git: Repository, sha: string): Answer {
  const tree = git.commits.get(sha)?.tree ?? sha;
  const entries = git.trees.get(tree);
  if (entries === undefined) throw new Refused(404, 'Not Found');
  return { status: 200, body: { sha: tree, tree: entries, truncated: false } };
}

function createCommit(git: Repository, { message, tree, parents = [] }: Json): Answer {
  if (typeof message !== 'string' || message === '')
    throw new Refused(422, 'Invalid request.\n\n"message" wasn\'t supplied.');
  if (typeof tree !== 'string' || !git.trees.has(tree)) throw new Refused(422, 'Tree SHA does not exist');
  const forebears = parents as string[];
  if (!forebears.every((parent) => git.commits.has(parent))) {
    throw new Refused(422, 'Parent SHA does not exist or is not a commit object');
  }
  return { status: 201, body: { sha: git.addCommit({ tree, parents: forebears, message }), message } };
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

function refBody(git: Repository, ref: string) {
  return { ref, object: { type: 'commit', sha: git.refs.get(ref) } };
}

function matchingRefs(git: Repository, name: string): Answer {
  const found = [...git.refs.keys()].filter((ref) => ref.startsWith(`refs/${name}`)).sort();
  return { status: 200, body: found.map((ref) => refBody(git, ref)) };
}

function getRef(git: Repository, ref: string): Answer {
  if (!git.refs.has(ref)) throw new Refused(404, 'Not Found');
  return { status: 200, body: refBody(git, ref) };
}

function createRef(git: Repository, { ref, sha }: Json): Answer {
  if (typeof ref !== 'string' || !/^refs\/[^/]+\/.+/.test(ref))
    throw new Refused(422, "Reference name must start with 'refs/' and contain at least three components.");
  if (git.refs.has(ref)) throw new Refused(422, 'Reference already exists');
  if (typeof sha !== 'string' || !git.commits.has(sha)) throw new Refused(422, 'Object does not exist');
  for (const other of git.refs.keys()) {
    if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`))
      throw new Refused(422, 'Reference update failed');
  }
  git.refs.set(ref, sha);
  return { status: 201, body: refBody(git, ref) };
}

function updateRef(git: Repository, ref: string, { sha, force = false }: Json): Answer {
  const head = git.refs.get(ref);
  if (head === undefined) throw new Refused(422, 'Reference does not exist');
  if (typeof sha !== 'string' || !git.commits.has(sha)) throw new Refused(422, 'Object does not exist');
  if (force !== true && !git.descends(sha, head)) throw new Refused(422, 'Update is not a fast forward');
  git.refs.set(ref, sha);
  return { status: 200, body: refBody(git, ref) };
}

/** Stores a bundle, or finds those of which some subject has the digest, the newest first. */
function attestation(stored: Json[], request: string, { bundle }: Json): Answer {
  if (request === 'POST /attestations') {
    if (bundle === null || typeof bundle !== 'object') throw new Refused(422, 'Invalid request.');
    stored.push(bundle as Json);
    return { status: 201, body: { id: stored.length } };
  }
  const [, digest] = /^GET \/attestations\/sha256:([0-9a-f]{64})$/.exec(request) ?? [];
  if (digest === undefined) throw new Refused(404, 'Not Found');
  const found = stored.filter((each) => subjectsOf(each).includes(digest)).reverse();
  if (found.length === 0) throw new Refused(404, 'Not Found');
  return { status: 200, body: { attestations: found.map((each) => ({ bundle: each, repository_id: 1 })) } };
}

function subjectsOf({ dsseEnvelope }: Json): string[] {
  const { payload } = dsseEnvelope as { payload: string };
  const { subject } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  return (subject as { digest: { sha256: string } }[]).map((each) => each.digest.sha256);
}

const EVENT_TYPE_LENGTH = 100;
const PAYLOAD_KEYS = 10;
const PAYLOAD_BYTES = 65_535;

function dispatch(
  { event_type, client_payload = {} }: Json,
  bodyText: string,
  dispatches: Dispatch[],
): Answer {
  if (typeof event_type !== 'string' || event_type === '') {
    throw new Refused(422, 'Invalid request.\n\n"event_type" wasn\'t supplied.');
  }
  if (event_type.length > EVENT_TYPE_LENGTH) {
    throw new Refused(
      422,
      `Invalid request.\n\nevent_type is too long (maximum is ${EVENT_TYPE_LENGTH} characters).`,
    );
  }
  if (client_payload === null || typeof client_payload !== 'object' || Array.isArray(client_payload)) {
    throw new Refused(422, "Invalid request.\n\nFor 'properties/client_payload', it is not an object.");
  }
  const keys = Object.keys(client_payload).length;
  if (keys > PAYLOAD_KEYS) {
    throw new Refused(
      422,
      `Invalid request.\n\nNo more than ${PAYLOAD_KEYS} properties are allowed; ${keys} were supplied.`,
    );
  }
  if (Buffer.byteLength(bodyText) > PAYLOAD_BYTES) throw new Refused(422, 'client_payload is too large.');
  dispatches.push({ event_type, client_payload: client_payload as Record<string, unknown> });
  return { status: 204 };
}
