/** Files of any length to and from GitHub; the token goes to GitHub's own servers and to no other. */
import type { GitHubRepository, StreamResponse } from '../ports/ports.ts';
import { messageOf, type Unreachable, UserError } from '../problem/problem.ts';
import { TOOL } from '../verdict/tool.ts';
import { type Head, isFailure, type Patience, tried } from './github-tries.ts';
import { Streams } from './stream.ts';

export interface FileParts {
  readonly apiUrl: string;
  readonly token: string;
  readonly patience: Patience | undefined;
  prepared(
    route: string,
    parameters: Record<string, unknown>,
  ): { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  dataOf(text: string): unknown;
  unreachable(apiUrl: string, what: string, answer: { status: number; data: unknown }): Unreachable;
}

/** Its address comes with each release. */
const UPLOAD = 'POST /repos/{owner}/{repo}/releases/{release_id}/assets';
const MOST_REDIRECTS = 3;
/** What is not a file is a short text. */
const LONGEST_TEXT = 1024 * 1024;

export function gitHubFiles(parts: FileParts): Pick<GitHubRepository, 'upload' | 'download'> {
  const { apiUrl, token, patience, prepared, dataOf, unreachable } = parts;
  const streams = new Streams();

  /** Without an answer, status 0 and the reason as its text. */
  const sent = async (url: URL, headers: Readonly<Record<string, string>>): Promise<StreamResponse> => {
    try {
      return await streams.open(url.href, { method: 'GET', headers });
    } catch (error) {
      return { status: 0, headers: {}, body: textOf(messageOf(error)) };
    }
  };

  /** GitHub redirects to its storage, which refuses tokens and need not know ours. */
  const followed = async (first: URL, headers: Readonly<Record<string, string>>): Promise<StreamResponse> => {
    const { authorization: _, ...others } = headers;
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await sent(url, redirects === 0 ? headers : others);
      const to = answer.headers.location;
      if (![301, 302, 303, 307, 308].includes(answer.status) || to === undefined) return answer;
      if (redirects === MOST_REDIRECTS) return { ...answer, status: 0, body: textOf('too many redirects') };
      await shortText(answer);
      url = safe(to, url, apiUrl);
    }
  };

  const posted = async (
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: AsyncIterable<Uint8Array>,
  ): Promise<Head & { data: unknown }> => {
    try {
      const answer = await streams.open(url.href, { method: 'POST', headers, body });
      return { ...answer, data: dataOf(await shortText(answer)) };
    } catch (error) {
      if (error instanceof UserError) throw error;
      return { status: 0, headers: {}, data: messageOf(error) };
    }
  };

  return {
    async upload(address, { name, size, body }) {
      const url = safe(address.replace(/\{.*$/, ''), new URL(apiUrl), apiUrl);
      refuseStranger(url, apiUrl);
      url.searchParams.set('name', name);
      const headers = {
        authorization: `token ${token}`,
        accept: 'application/vnd.github+json',
        'user-agent': `${TOOL.name}/${TOOL.version}`,
        'content-type': 'application/octet-stream',
        'content-length': String(size),
      };
      const answer = await tried(() => posted(url, headers, body()), false, patience);
      if (isFailure(answer.status)) throw unreachable(url.origin, UPLOAD, answer);
      return { status: answer.status, data: answer.data };
    },

    async download(route, parameters, from) {
      const { url, headers } = prepared(route, parameters);
      const range: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
      const asked = { ...headers, ...range, accept: 'application/octet-stream' };
      const answer = await tried(() => whole(followed(new URL(url), asked)), true, patience);
      const { status } = answer;
      if (/^\s*text\/html\b/i.test(answer.headers['content-type'] ?? '')) throw page(url, status);
      if (status === 200 || status === 206)
        return { status, bytes: answer.body, at: status === 206 ? from : 0 };
      const data = dataOf(await shortText(answer));
      if (isFailure(status)) throw unreachable(apiUrl, route, { status, data });
      return { status, data };
    },
  };
}

/** An answer that is not a file is read at once, so that its connection is free. */
async function whole(answer: Promise<StreamResponse>): Promise<StreamResponse> {
  const given = await answer;
  if (given.status === 200 || given.status === 206) return given;
  return { ...given, body: textOf(await shortText(given).catch(messageOf)) };
}

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function shortText({ body }: Pick<StreamResponse, 'body'>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_TEXT) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** An address that a server gave. @throws UserError if what is sent there could be read on the way. */
function safe(address: string, base: URL, apiUrl: string): URL {
  const url = URL.canParse(address, base.href) ? new URL(address, base) : undefined;
  const inside = url !== undefined && isLoopback(url.hostname) && isLoopback(new URL(apiUrl).hostname);
  if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && inside))) return url;
  throw stranger('GitHub leads to an address that is not reached by https', base);
}

/** `api.github.com` takes files at `uploads.github.com`, and a server of one's own at the API's own host. */
function refuseStranger(url: URL, apiUrl: string): void {
  const api = new URL(apiUrl);
  if (url.host === api.host || url.host === api.host.replace(/^api\./, 'uploads.')) return;
  if (isLoopback(url.hostname) && isLoopback(api.hostname)) return;
  throw stranger(`uploads are to go to ${url.host}, which is not GitHub’s, and gets no token`, api);
}

function stranger(what: string, { origin }: URL): UserError {
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

/** This machine: no one listens in. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}
