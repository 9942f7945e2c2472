/**
 * Loopback servers that answer as GitHub does, for the calls ml-loop makes: git objects and refs, releases with their
 * assets, repository dispatches. One private repository, in memory. Every request is held against GitHub's own
 * description of its API; one that does not conform makes `close` throw.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PAGE } from './faulty-server.ts';
import { attestation } from './github-attestations.ts';
import { faultsOf } from './github-conformance.ts';
import { Conversations, type Permissions } from './github-conversations.ts';
import { type Answer, cloneTo, gitRoute, type Json, Refused, Repository } from './github-git.ts';
import { Pulls } from './github-pulls.ts';
import { type ReleaseOptions, Releases } from './github-releases.ts';
import { otherRepository, type Settings, settingsRoute } from './github-settings.ts';
import type { Fault } from './oci-registry.ts';
import { ranged } from './oci-store.ts';

export type { Answer } from './github-git.ts';

type Rights = 'write' | 'read' | 'none';
/** Rights to `contents` alone, or to whatever else a job is given. */
type Token = Rights | Permissions;

export interface GitHubServerOptions extends ReleaseOptions {
  /** `OWNER/REPO`. */
  readonly repository?: string;
  /** What each token may do; any other is refused with 401. */
  readonly tokens?: Readonly<Record<string, Token>>;
  /** What whoever looks at the repository's settings sees. */
  readonly settings?: Settings;
  /** A repository without a commit takes no git objects. */
  readonly empty?: boolean;
  /** A page of a list has so many items at most; 100 on GitHub. */
  readonly page?: number;
  /** The time of commits; git keeps whole seconds. */
  readonly now?: () => Date;
  /** Is told of each dispatch that was taken, as GitHub then starts workflows. */
  onDispatch?(dispatch: Dispatch): void;
  /** Faults by the number of the request, from 1. */
  fault?(number: number, request: Pick<RecordedRequest, 'method' | 'path'>): Fault | undefined;
}

export interface RecordedRequest {
  readonly method: string;
  /** Decoded, without the address. */
  readonly path: string;
  readonly body: Json;
}

/** Called before a request is answered; what it returns is answered in the request's place. */
export type Hook = (request: RecordedRequest) => Answer | undefined | Promise<Answer | undefined>;

export interface Dispatch {
  readonly event_type: string;
  readonly client_payload: Record<string, unknown>;
}

export interface GitHubServer {
  readonly url: string;
  readonly repository: string;
  readonly git: Repository;
  readonly releases: Releases;
  readonly pulls: Pulls;
  /** Comments, check runs and commit statuses. */
  readonly conversations: Conversations;
  readonly requests: readonly RecordedRequest[];
  readonly dispatches: readonly Dispatch[];
  /** Sigstore bundles, as they were stored. */
  readonly attestations: readonly Json[];
  /** The requests so far that GitHub's description does not know so; who takes them has looked at them. */
  takeNonconforming(): string[];
  /** Commits by ref: the newest first, as `git log` shows them. */
  log(ref: string): string[];
  ref(name: string): string | undefined;
  /** Writes a file as a commit onto a ref, as somebody else's push would; returns the commit. */
  push(ref: string, path: string, content: string, message?: string): string;
  deleteRef(name: string): void;
  /** Makes a repository on the disk of all objects and refs; returns the folder. */
  clone(folder: string): string;
  /** Once, before the next request whose `METHOD path` matches. */
  before(pattern: RegExp, hook: Hook): void;
  /** @throws Error with each request that does not conform to GitHub's description. */
  close(): Promise<void>;
}

/** Starts the servers on free ports of the loopback interface: the API, that for uploads, and a storage elsewhere. */
export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const { repository = 'acme/models', tokens = { 'write-token': 'write', 'read-token': 'read' } } = options;
  const git = new Repository(options.now ?? (() => new Date()));
  const releases = new Releases(git, options);
  const pulls = new Pulls(git, repository);
  const conversations = new Conversations();
  const requests: RecordedRequest[] = [];
  const dispatches: Dispatch[] = [];
  const attestations: Json[] = [];
  const nonconforming: string[] = [];
  const hooks: { pattern: RegExp; hook: Hook }[] = [];

  const locked = (ref: string) =>
    releases.all.some(({ immutable, tag_name }) => immutable && ref === `refs/tags/${tag_name}`)
      ? 'Cannot delete a tag of an immutable release'
      : undefined;

  const answer = async ({ message, url, body, recorded }: Seen): Promise<Answer> => {
    const { method, path } = recorded;
    const index = hooks.findIndex(({ pattern }) => pattern.test(`${method} ${path}`));
    const instead = index < 0 ? undefined : await hooks.splice(index, 1)[0]?.hook(recorded);
    if (instead !== undefined) return instead;
    const rights = rightsOf(message.headers.authorization, tokens);
    if (path === '/user') return userOf(message.headers.authorization, tokens);
    const elsewhere = rights && options.settings && otherRepository(options.settings, method, path);
    if (elsewhere) return elsewhere;
    const isOurs = `${path}/`.startsWith(`/repos/${repository}/`);
    const below = path.slice(`/repos/${repository}`.length);
    if (!isOurs || rights === undefined) throw new Refused(404, 'Not Found');
    const who = permissionsOf(message.headers.authorization, tokens);
    const seen = options.settings && settingsRoute(options.settings, method, below);
    if (seen !== undefined) return seen;
    const told = conversations.route(method, below, { body: recorded.body, query: url.searchParams, who });
    if (told !== undefined) return told;
    if (rights === 'none' || (method !== 'GET' && rights !== 'write'))
      throw new Refused(403, 'Resource not accessible by integration');
    if (below.startsWith('/attestations'))
      return attestation(attestations, `${method} ${below}`, recorded.body);
    if (below === '/dispatches') {
      const answered = dispatch(recorded.body, body, dispatches);
      options.onDispatch?.(dispatches.at(-1) as Dispatch);
      return answered;
    }
    if (options.empty && below.startsWith('/git/')) throw new Refused(409, 'Git Repository is empty.');
    const found =
      gitRoute(git, `${method} ${below}`, recorded.body, {
        locked,
        isRecursive: url.searchParams.has('recursive'),
      }) ??
      releases.route(method, below, recorded.body, rights === 'write') ??
      pulls.route(method, below, url.searchParams, recorded.body);
    if (found === undefined) throw new Refused(404, 'Not Found');
    return found;
  };

  const handle = async (message: IncomingMessage, response: ServerResponse, kind: 'api' | 'uploads') => {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const method = message.method ?? 'GET';
    const path = decodeURIComponent(url.pathname);
    const isUpload = kind === 'uploads';
    const seen = { method, url: message.url ?? '/', contentType: message.headers['content-type'] };
    const check = (sent: Buffer) =>
      nonconforming.push(...faultsOf({ ...seen, body: sent }).map((fault) => `${method} ${path}: ${fault}`));
    const place = requests.push({ method, path, body: {} });
    const fault = options.fault?.(place, { method, path });
    if (fault === 'cut') {
      if (isUpload) releases.begin(path.slice(`/repos/${repository}`.length), url.searchParams);
      return message.socket.destroy();
    }
    const body = isUpload ? Buffer.alloc(0) : await bytesOf(message);
    check(isUpload ? Buffer.from('bytes') : body);
    if (fault === 'html') return page(response);
    if (typeof fault === 'number') return failed(response, fault);
    const given = await settled(async () => {
      const recorded = { method, path, body: parseBody(body) };
      requests[place - 1] = recorded;
      const parsed = { message, url, body, recorded };
      return isUpload ? uploaded(parsed) : answered(parsed);
    });
    if (fault === 'lost') return message.socket.destroy();
    send(
      response,
      given.list === undefined ? given : pageOf(given, new URL(message.url ?? '/', api.url), options.page),
      fault === 'half',
    );
  };

  const uploaded = async ({ message, url, recorded }: Seen): Promise<Answer> => {
    if (rightsOf(message.headers.authorization, tokens) !== 'write')
      throw new Refused(403, 'Resource not accessible by integration');
    return releases.upload(recorded.path.slice(`/repos/${repository}`.length), url.searchParams, message);
  };

  /** An asset's bytes are elsewhere. */
  const answered = async (seen: Seen): Promise<Answer> => {
    const asset = new RegExp(`^/repos/${repository}/releases/assets/(\\d+)$`).exec(seen.recorded.path)?.[1];
    if (asset === undefined || seen.recorded.method !== 'GET') return answer(seen);
    const rights = rightsOf(seen.message.headers.authorization, tokens);
    if (rights === undefined || rights === 'none') throw new Refused(404, 'Not Found');
    return { status: 302, headers: { location: releases.locate(Number(asset), rights === 'write') } };
  };

  /** Storage knows signed addresses, and refuses the tokens of others. */
  const store = async (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const id = url.pathname.slice('/storage/'.length);
    const place = requests.push({ method: 'GET', path: url.pathname, body: {} });
    const fault = options.fault?.(place, { method: 'GET', path: url.pathname });
    if (fault === 'cut' || fault === 'lost') return message.socket.destroy();
    if (fault === 'html') return page(response);
    if (typeof fault === 'number') return failed(response, fault);
    const bytes = releases.bytes(Number(id));
    const isSigned = url.searchParams.get('signature') === `s${id}`;
    if (message.headers.authorization !== undefined || !isSigned || bytes === undefined) {
      response.writeHead(400).end('<Error><Code>InvalidArgument</Code></Error>');
      return;
    }
    const { status, headers, body } = ranged(bytes, message.headers.range);
    sendBytes(response, { status, headers: headers ?? {}, bytes: Buffer.from(body ?? '') }, fault === 'half');
  };

  const api = await listen((message, response) => handle(message, response, 'api'));
  const uploads = await listen((message, response) => handle(message, response, 'uploads'));
  const storage = await listen(store);
  releases.uploads = `${uploads.url}/repos/${repository}`;
  releases.storage = storage.url;

  return {
    url: api.url,
    repository,
    git,
    releases,
    pulls,
    conversations,
    requests,
    dispatches,
    attestations,
    takeNonconforming: () => nonconforming.splice(0),
    ref: (name) => git.refs.get(name),
    log: (ref) => git.log(ref),
    push: (ref, path, content, message = 'pushed by somebody else') => {
      const blob = git.addBlob(Buffer.from(content));
      const parent = git.refs.get(ref);
      const before = git.trees.get(git.commits.get(parent ?? '')?.tree ?? '') ?? [];
      const kept = before.filter((entry) => entry.path !== path);
      const tree = git.addTree([...kept, { path, mode: '100644', type: 'blob', sha: blob }]);
      const sha = git.addCommit({ tree, parents: parent === undefined ? [] : [parent], message });
      git.refs.set(ref, sha);
      return sha;
    },
    deleteRef: (name) => {
      git.refs.delete(name);
    },
    clone: (folder) => cloneTo(git, folder),
    before: (pattern, hook) => {
      hooks.push({ pattern, hook });
    },
    close: async () => {
      await Promise.all([api, uploads, storage].map(({ close }) => close()));
      if (nonconforming.length > 0)
        throw new Error(`GitHub's description does not know these requests so:\n${nonconforming.join('\n')}`);
    },
  };
}

interface Seen {
  readonly message: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly recorded: RecordedRequest;
}

async function listen(handle: (message: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer(async (message, response) => {
    try {
      await handle(message, response);
    } catch {
      // A client that is cut off has ended its own request.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function settled(answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    const refused = error instanceof Refused ? error : new Refused(500, String(error));
    const { status, message, errors } = refused;
    const documentation_url = 'https://docs.github.com/rest';
    const told = errors.length === 0 ? {} : { errors };
    return { status, body: { message, ...told, documentation_url, status: String(status) } };
  }
}

function parseBody(bytes: Buffer): Json {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    throw new Refused(400, 'Problems parsing JSON');
  }
}

/** What the token of a request may do; undefined without a token. */
function permissionsOf(header: string | undefined, tokens: Readonly<Record<string, Token>>): Permissions {
  const token = /^(?:token|bearer) (.+)$/i.exec(header ?? '')?.[1] ?? '';
  const found = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (found === undefined) throw new Refused(401, 'Bad credentials');
  if (typeof found === 'object') return found;
  return found === 'none' ? {} : { contents: found };
}

/** The rights to `contents`. */
function rightsOf(header: string | undefined, tokens: Readonly<Record<string, Token>>): Rights | undefined {
  return header === undefined ? undefined : (permissionsOf(header, tokens).contents ?? 'none');
}

/** A job's token is not a user's. */
function userOf(header: string | undefined, tokens: Readonly<Record<string, Token>>): Answer {
  const { user } = permissionsOf(header, tokens);
  if (user === undefined) throw new Refused(403, 'Resource not accessible by integration');
  return { status: 200, body: { login: user, type: 'User' } };
}

/** The page of a list that was asked for, and the address of the next one in the header `link`. */
function pageOf({ status, list = [], wrapped }: Answer, url: URL, most = 100): Answer {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), most);
  const page = Number(url.searchParams.get('page') ?? 1);
  const items = list.slice((page - 1) * size, page * size);
  const body = wrapped === undefined ? items : { total_count: list.length, [wrapped]: items };
  if (page * size >= list.length) return { status, body };
  url.searchParams.set('page', String(page + 1));
  return { status, body, headers: { link: `<${url.href}>; rel="next"` } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer, half: boolean): void {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  sendBytes(response, { status, headers: { ...type, ...headers }, bytes }, half);
}

function sendBytes(
  response: ServerResponse,
  { status, headers, bytes }: { status: number; headers: Readonly<Record<string, string>>; bytes: Buffer },
  half: boolean,
): void {
  response.writeHead(status, status === 204 ? headers : { 'content-length': bytes.length, ...headers });
  if (!half) response.end(bytes);
  else if (bytes.length === 0) response.destroy();
  else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}

function page(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
}

/** 429 and 403 are limits of GitHub's: it says how long they last. */
function failed(response: ServerResponse, status: number): void {
  const isLimit = status === 429 || status === 403;
  const message = isLimit ? 'You have exceeded a secondary rate limit.' : 'Server Error';
  response
    .writeHead(status, { 'content-type': 'application/json', ...(isLimit ? { 'retry-after': '7' } : {}) })
    .end(JSON.stringify({ message }));
}

const EVENT_TYPE_LENGTH = 100;
const PAYLOAD_KEYS = 10;
const PAYLOAD_BYTES = 65_535;

function dispatch({ event_type, client_payload = {} }: Json, body: Buffer, dispatches: Dispatch[]): Answer {
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
  if (body.length > PAYLOAD_BYTES) throw new Refused(422, 'client_payload is too large.');
  dispatches.push({ event_type, client_payload: client_payload as Record<string, unknown> });
  return { status: 204 };
}
