/** The Hugging Face Hub on the loopback interface: a repository with commits, large files at another server, pages of lists. */
import { createHash } from 'node:crypto';
import { type Asked, type FaultyServer, type Given, startFaultyServer } from './faulty-server.ts';

export interface HubFile {
  readonly content: string;
  /** Kept by LFS, at the other server. */
  readonly large?: boolean;
}

export interface FakeHubOptions {
  /** Required for all requests. */
  readonly token?: string;
  /** Entries of a page of a list. */
  readonly page?: number;
  /** Instead of any other answer. */
  readonly answer?: (asked: Asked) => Given | undefined;
}

export interface FakeHub extends FaultyServer {
  /** Files of a commit, by path. */
  commit(sha: string, files: Readonly<Record<string, HubFile | string>>): void;
  /** Where a branch points. */
  branch(name: string, sha: string): void;
  /** The server of large files. */
  readonly storage: FaultyServer;
}

export const REPO = 'acme/demand';

export async function startFakeHub({ token, page = 1000, answer }: FakeHubOptions = {}): Promise<FakeHub> {
  const commits = new Map<string, Map<string, HubFile>>();
  const branches = new Map<string, string>();
  const blobs = new Map<string, string>();
  const storage = await startFaultyServer((asked) => {
    if (asked.headers.authorization !== undefined)
      return { status: 400, body: 'a token was sent to the storage' };
    const content = blobs.get(asked.path.slice(1));
    return content === undefined ? { status: 404 } : ranged(content, asked);
  });

  const tree = (sha: string, query: URLSearchParams): Given => {
    if (query.get('recursive') !== 'true') return { status: 400 };
    const files = commits.get(sha);
    if (files === undefined) return refusal(404, 'RevisionNotFound');
    const folders = new Set(
      [...files.keys()].flatMap((path) => (path.includes('/') ? [path.split('/')[0] ?? ''] : [])),
    );
    const entries = [
      ...[...folders].map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })),
      ...[...files].map(([path, { content, large = false }]) => ({
        ...{ type: 'file', oid: gitHash(content), size: Buffer.byteLength(content), path },
        ...(large
          ? { lfs: { oid: sha256(content), size: Buffer.byteLength(content), pointerSize: 134 } }
          : {}),
      })),
    ];
    const from = Number(query.get('cursor') ?? 0);
    const next = from + page < entries.length;
    const link = `<${server.url}/api/models/${REPO}/tree/${sha}?recursive=true&cursor=${from + page}>; rel="next"`;
    return json(entries.slice(from, from + page), next ? { link } : {});
  };

  const resolve = (asked: Asked, sha: string, path: string): Given => {
    const file = commits.get(sha)?.get(path);
    if (file === undefined) return refusal(404, 'EntryNotFound');
    if (!file.large) return ranged(file.content, asked);
    return { status: 302, headers: { location: `${storage.url}/${sha256(file.content)}?signed=secret` } };
  };

  const server = await startFaultyServer((asked) => {
    const special = answer?.(asked);
    if (special !== undefined) return special;
    if (token !== undefined && asked.headers.authorization !== `Bearer ${token}`)
      return refusal(401, 'RepoNotFound');
    const [, revision] = new RegExp(`^/api/models/${REPO}/revision/(.+)$`).exec(asked.path) ?? [];
    if (revision !== undefined) {
      const sha =
        branches.get(decodeURIComponent(revision)) ?? (commits.has(revision) ? revision : undefined);
      return sha === undefined ? refusal(404, 'RevisionNotFound') : json({ id: REPO, sha });
    }
    const [, listed] = new RegExp(`^/api/models/${REPO}/tree/([^/]+)$`).exec(asked.path) ?? [];
    if (listed !== undefined) return tree(listed, asked.query);
    const [, sha, path] = new RegExp(`^/${REPO}/resolve/([^/]+)/(.+)$`).exec(asked.path) ?? [];
    if (sha !== undefined && path !== undefined) return resolve(asked, sha, decodeURIComponent(path));
    return refusal(404, 'RepoNotFound');
  });
  return Object.assign(server, {
    storage,
    commit(sha: string, files: Readonly<Record<string, HubFile | string>>) {
      const whole = Object.entries(files).map(
        ([path, file]) => [path, typeof file === 'string' ? { content: file } : file] as const,
      );
      commits.set(sha, new Map(whole));
      for (const [, { content }] of whole) blobs.set(sha256(content), content);
    },
    branch: (name: string, sha: string) => void branches.set(name, sha),
    close: ((close) => async () => {
      await storage.close();
      await close();
    })(server.close),
  });
}

function ranged(content: string, { headers }: Asked): Given {
  const bytes = Buffer.from(content);
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  return { status: start > 0 ? 206 : 200, body: bytes.subarray(start) };
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Given {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

export function refusal(status: number, code: string): Given {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-error-code': code,
      'x-error-message': `The message of ${code}`,
    },
    body: JSON.stringify({ error: `The message of ${code}` }),
  };
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitHash(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}
