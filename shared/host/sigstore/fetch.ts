import { Readable } from 'node:stream';
import { exchange } from '../exchange.ts';

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeout?: number;
  readonly retry?: boolean | number | { readonly retries?: number };
}

/** The longest answer of Sigstore's that is taken. */
const LIMIT = 32 * 1024 * 1024;

/**
 * Stands for `make-fetch-happen` in the bundles (scripts/build/plugins.ts), with what Sigstore's packages use of it: one
 * request by `exchange`, which honours a runner's proxy. The package would add 0.87 MB: a cache on disk, proxies, and the
 * encodings of iconv-lite.
 */
export default async function fetch(url: string, options: Options = {}) {
  const { method = 'GET', headers = {}, body, timeout = 30_000, retry } = options;
  const send = () =>
    exchange({
      method,
      url,
      headers,
      timeoutMs: timeout,
      limit: LIMIT,
      ...(body === undefined ? {} : { body }),
    });
  let answer = await send().catch((error: unknown) => error as Error);
  for (let left = retriesOf(retry); left > 0 && (answer instanceof Error || answer.status >= 500); left--)
    answer = await send().catch((error: unknown) => error as Error);
  if (answer instanceof Error) throw answer;
  const { status, body: bytes } = answer;
  return {
    status,
    statusText: `it answers ${status}`,
    ok: status >= 200 && status < 300,
    // Sigstore asks only what an error's body is, and where it moved: one of JSON says more than its status.
    headers: new Headers({ 'content-type': isJson(bytes) ? 'application/json' : 'text/plain' }),
    body: Readable.from([bytes]),
    json: async () => JSON.parse(bytes.toString('utf8')),
    buffer: async () => bytes,
  };
}

function retriesOf(retry: Options['retry']): number {
  if (typeof retry === 'object') return retry.retries ?? 0;
  return Number(retry ?? 0);
}

function isJson(bytes: Buffer): boolean {
  return /^\s*\{/.test(bytes.subarray(0, 100).toString('utf8'));
}
