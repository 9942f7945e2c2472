/**
 * A loopback server that answers as the cache service of GitHub's runners does (its version 2): entries are reserved,
 * put to a signed address and finished; they never change, and are found by the beginning of their key.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const CACHE_METHODS = {
  find: 'GetCacheEntryDownloadURL',
  reserve: 'CreateCacheEntry',
  finish: 'FinalizeCacheEntryUpload',
} as const;

/** What is answered in place of the right answer: a status with a body, or nothing at all. */
export type Fault = { readonly status: number; readonly body: string } | 'hang';

export interface CacheServer {
  readonly url: string;
  readonly token: string;
  /** What a runner gives an action. */
  readonly env: Readonly<Record<string, string>>;
  /** Finished entries by key. */
  readonly entries: Map<string, Buffer>;
  /** `find`, `reserve`, `finish`, `upload` and `download`, in order. */
  readonly requests: readonly string[];
  /** By the name of the request. */
  readonly faults: Map<string, Fault>;
  close(): Promise<void>;
}

const SIGNATURE = 'sig=c2lnbmVk';

export async function startCacheServer(): Promise<CacheServer> {
  const token = 'runtime-token';
  const entries = new Map<string, Buffer>();
  const versions = new Map<string, string>();
  const uploads = new Map<string, Buffer>();
  const requests: string[] = [];
  const faults = new Map<string, Fault>();
  let url = '';

  const answer = (
    name: string,
    request: IncomingMessage,
    body: Buffer,
  ): { status: number; body: unknown } => {
    const asked = new URL(request.url ?? '/', url);
    if (name === 'upload' || name === 'download') {
      const key = decodeURIComponent(asked.pathname.slice('/blob/'.length));
      if (request.headers.authorization !== undefined || asked.search !== `?${SIGNATURE}`)
        return { status: 400, body: 'a signed address takes no token' };
      if (name === 'download') return { status: entries.has(key) ? 200 : 404, body: entries.get(key) };
      if (request.headers['x-ms-blob-type'] !== 'BlockBlob')
        return { status: 400, body: 'InvalidHeaderValue' };
      if (Number(request.headers['content-length']) !== body.length) return { status: 411, body: 'length' };
      uploads.set(key, body);
      return { status: 201, body: '' };
    }
    if (request.headers.authorization !== `Bearer ${token}`)
      return { status: 401, body: { code: 'unauthenticated', msg: 'bad token' } };
    const { key, version, size_bytes } = JSON.parse(body.toString('utf8')) as Record<string, string>;
    if (key === undefined || !/^[0-9a-f]{64}$/.test(version ?? ''))
      return { status: 400, body: { code: 'malformed', msg: 'key and version' } };
    if (name === 'find') {
      const matched = [...entries.keys()].find(
        (other) => other.startsWith(key) && versions.get(other) === version,
      );
      if (matched === undefined) return { status: 200, body: { ok: false } };
      return { status: 200, body: { ok: true, matched_key: matched, signed_download_url: blob(matched) } };
    }
    if (entries.has(key))
      return { status: 409, body: { code: 'already_exists', msg: 'cache entry already exists' } };
    if (name === 'reserve') return { status: 200, body: { ok: true, signed_upload_url: blob(key) } };
    const uploaded = uploads.get(key);
    if (uploaded === undefined || String(uploaded.length) !== size_bytes)
      return { status: 200, body: { ok: false, message: 'size mismatch' } };
    entries.set(key, uploaded);
    versions.set(key, version ?? '');
    return { status: 200, body: { ok: true, entry_id: String(entries.size) } };
  };
  const blob = (key: string) => `${url}/blob/${encodeURIComponent(key)}?${SIGNATURE}`;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = nameOf(request);
      requests.push(name);
      const fault = faults.get(name);
      if (fault === 'hang') return;
      if (fault !== undefined) response.writeHead(fault.status).end(fault.body);
      else send(response, answer(name, request, Buffer.concat(chunks)));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    env: { ACTIONS_RESULTS_URL: `${url}/`, ACTIONS_RUNTIME_TOKEN: token, ACTIONS_CACHE_SERVICE_V2: 'True' },
    entries,
    requests,
    faults,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function nameOf({ method, url = '' }: IncomingMessage): string {
  if (url.startsWith('/blob/')) return method === 'PUT' ? 'upload' : 'download';
  const [, called] = /^\/twirp\/github\.actions\.results\.api\.v1\.CacheService\/(\w+)$/.exec(url) ?? [];
  return Object.entries(CACHE_METHODS).find(([, name]) => name === called)?.[0] ?? url;
}

function send(response: ServerResponse, { status, body }: { status: number; body: unknown }): void {
  const plain = Buffer.isBuffer(body) || typeof body === 'string';
  response.writeHead(status, { 'content-type': plain ? 'application/octet-stream' : 'application/json' });
  response.end(plain ? body : JSON.stringify(body));
}
