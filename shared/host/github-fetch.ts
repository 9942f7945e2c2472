/** `fetch` for octokit: through the runner's proxy, if it has one, which Node's own does not use. */
import { isLoopback } from '../ports/loopback.ts';
import type { StreamRequest, StreamResponse } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { exchange } from './exchange.ts';
import { Streams } from './stream.ts';

const TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
/** What is not a file is a short text. */
const LONGEST_TEXT = 1024 * 1024;

/** What octokit gives to `fetch`. */
interface Init {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** As much of a `Response` as octokit reads. A file's `body` is streamed; anything else was read to its end. */
interface Answered {
  readonly url: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type Fetch = (url: string, init: Init) => Promise<Answered>;

const streams = new Streams();

/** Requests to the API. The token goes to the API's own server alone. */
export function apiFetch(apiUrl: string): Fetch {
  const api = new URL(apiUrl);
  return async (url, { method, headers, body }) => {
    const { origin } = new URL(url);
    if (origin !== api.origin) throw stranger(`the next page is at ${origin}, which gets no token`, api);
    const sent = { method, url, headers, timeoutMs: TIMEOUT_MS };
    const answer = await exchange(typeof body === 'string' ? { ...sent, body } : sent);
    return whole(url, answer, answer.body.toString('utf8'));
  };
}

/** Sends a file; `body` is a function that opens it. */
export const sendFile: Fetch = async (url, { method, headers, body }) => {
  const open = body as () => AsyncIterable<Uint8Array>;
  const answer = await streams.open(url, {
    method: method as StreamRequest['method'],
    headers,
    body: open(),
  });
  return whole(url, answer, await shortText(answer.body));
};

/** Reads a file. GitHub redirects to its storage, which refuses tokens and need not know ours. */
export function readFile(apiUrl: string): Fetch {
  return async (first, { headers }) => {
    const { authorization: _, ...others } = headers;
    let url = new URL(first);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await streams.open(url.href, {
        method: 'GET',
        headers: redirects === 0 ? headers : others,
      });
      if (/^\s*text\/html\b/i.test(answer.headers['content-type'] ?? '')) throw page(first, answer.status);
      if (answer.status === 200 || answer.status === 206)
        return { ...whole(url.href, answer, ''), body: answer.body };
      // Read at once, so that its connection is free.
      const text = await shortText(answer.body);
      const to = answer.headers.location;
      if (!REDIRECTS.includes(answer.status) || to === undefined) return whole(url.href, answer, text);
      url = safeAddress(to, url, apiUrl);
    }
    throw new Error('too many redirects');
  };
}

/** An address that a server gave. @throws UserError if what is sent there could be read on the way. */
export function safeAddress(address: string, base: URL, apiUrl: string): URL {
  const url = URL.canParse(address, base.href) ? new URL(address, base) : undefined;
  const inside = url !== undefined && isLoopback(url.hostname) && isLoopback(new URL(apiUrl).hostname);
  if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && inside))) return url;
  throw stranger('GitHub leads to an address that is not reached by https', base);
}

export function stranger(what: string, { origin }: URL): UserError {
  return new UserError({
    what,
    where: origin,
    fix: 'check GITHUB_API_URL and the proxy settings of the runner',
  });
}

function page(url: string, status: number): UserError {
  return new UserError({
    what: `answered with a web page (HTML, status ${status}) instead of a file`,
    where: url,
    fix: 'check GITHUB_API_URL and the proxy settings of the runner: a login page or a proxy may stand in between',
  });
}

function whole(url: string, answer: Pick<StreamResponse, 'status' | 'headers'>, text: string): Answered {
  return {
    url,
    status: answer.status,
    headers: new Map(Object.entries(answer.headers)),
    body: undefined,
    text: async () => text,
    arrayBuffer: async () => new TextEncoder().encode(text).buffer,
  };
}

async function shortText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_TEXT) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
