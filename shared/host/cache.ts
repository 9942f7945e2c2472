import { createHash } from 'node:crypto';
import type { Cache } from '../ports/ports.ts';
import { messageOf } from '../problem/problem.ts';
import { type Exchange, exchange } from './exchange.ts';

const SERVICE = 'twirp/github.actions.results.api.v1.CacheService';

/** Stands for what `@actions/cache` makes of paths and compression: entries of other versions are not found. */
const VERSION = createHash('sha256').update('ml-loop/cache@1').digest('hex');

/** For all that a `get` or a `put` asks of the service. */
const TIME_LIMIT_MS = 5_000;
const LONGEST_ANSWER = 64 * 1024;
const LONGEST_ENTRY = 64 * 1024 * 1024;
const LONGEST_MESSAGE = 200;

export interface RunnerCacheOptions {
  /** `ACTIONS_RESULTS_URL`. */
  readonly url: string;
  /** `ACTIONS_RUNTIME_TOKEN`. */
  readonly token: string;
  readonly timeLimitMs?: number;
}

/**
 * The cache of GitHub's runners, version 2 of its service: an entry is reserved, its bytes are put to a signed address,
 * and it is finished; another signed address gives them back. `@actions/cache` speaks the same, but of archives, which
 * it unpacks to wherever their entries say, with repeats that outlast any limit of ours and annotations of its own.
 */
export class RunnerCache implements Cache {
  readonly #url: string;
  readonly #token: string;
  readonly #timeLimitMs: number;

  constructor({ url, token, timeLimitMs = TIME_LIMIT_MS }: RunnerCacheOptions) {
    this.#url = url;
    this.#token = token;
    this.#timeLimitMs = timeLimitMs;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const left = countdown(this.#timeLimitMs);
    const found = await this.#ask('GetCacheEntryDownloadURL', { key }, left());
    // The service answers with an entry whose key begins with the one asked for, too.
    if (found.ok !== true || found.matched_key !== key) return undefined;
    const url = addressOf(found.signed_download_url);
    const what = 'the download';
    const { body } = await sent(what, { method: 'GET', url, timeoutMs: left(), limit: LONGEST_ENTRY });
    return body;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const left = countdown(this.#timeLimitMs);
    const reserved = await this.#ask('CreateCacheEntry', { key }, left());
    if (reserved.ok !== true) throw new Error(`the cache did not reserve room${said(reserved)}`);
    await sent('the upload', {
      method: 'PUT',
      url: addressOf(reserved.signed_upload_url),
      headers: { 'content-type': 'application/octet-stream', 'x-ms-blob-type': 'BlockBlob' },
      body: bytes,
      timeoutMs: left(),
    });
    const size = String(bytes.length);
    const finished = await this.#ask('FinalizeCacheEntryUpload', { key, size_bytes: size }, left());
    if (finished.ok !== true) throw new Error(`the entry could not be finished${said(finished)}`);
  }

  async #ask(
    method: string,
    request: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<Record<string, unknown>> {
    const { body } = await sent(method, {
      method: 'POST',
      url: new URL(`${SERVICE}/${method}`, withSlash(this.#url)).href,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, version: VERSION }),
      timeoutMs,
      limit: LONGEST_ANSWER,
    });
    const answer = objectOf(body);
    if (answer === undefined) throw new Error(`${method} was not answered with a JSON object`);
    return answer;
  }
}

/** What is left of the time; at least a millisecond, with which the request that is next ends at once. */
function countdown(milliseconds: number): () => number {
  const end = performance.now() + milliseconds;
  return () => Math.max(1, Math.round(end - performance.now()));
}

/** Errors name what was asked and never the address, which is signed. */
async function sent(what: string, request: Exchange): Promise<{ readonly body: Buffer }> {
  const { status, body } = await exchange(request).catch((error: unknown) => {
    throw new Error(`${what} failed: ${messageOf(error)}`);
  });
  if (status < 200 || status > 299)
    throw new Error(`${what} was answered with ${status}${said(objectOf(body))}`);
  return { body };
}

function objectOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function addressOf(value: unknown): string {
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new Error('the cache service did not give an address');
}

/** The service's own words, on one line. */
function said(answer: Record<string, unknown> | undefined): string {
  const words = answer?.msg ?? answer?.message;
  if (typeof words !== 'string' || words === '') return '';
  return `: ${words.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_MESSAGE)}`;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
