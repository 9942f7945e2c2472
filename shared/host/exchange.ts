import type { IncomingHttpHeaders } from 'node:http';

/** One request. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Until the whole answer is there. */
  readonly timeoutMs: number;
  /** The longest answer that is taken, in bytes. */
  readonly limit?: number;
}

export interface ExchangeResult {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * One request by `@actions/http-client`, which honours a runner's proxy settings; it is loaded when first used.
 *
 * @throws Error if the server cannot be reached, the answer is broken off or too long, or is not whole in time.
 */
export async function exchange(request: Exchange): Promise<ExchangeResult> {
  const { HttpClient } = await import('@actions/http-client');
  const { timeoutMs } = request;
  const client = new HttpClient('ml-loop', [], { socketTimeout: timeoutMs, allowRetries: false });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const tooLate = new Promise<never>((_, reject) => {
    const error = new Error(`the answer was not complete within ${timeoutMs / 1000} s`);
    late.signal.addEventListener('abort', () => reject(error));
  });
  try {
    return await Promise.race([answered(client, request, late.signal), tooLate]);
  } finally {
    clearTimeout(timer);
    client.dispose();
  }
}

async function answered(
  client: InstanceType<typeof import('@actions/http-client').HttpClient>,
  { method, url, headers = {}, body, limit = Number.POSITIVE_INFINITY }: Exchange,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const { message } = await client.request(method, url, body ?? null, { ...headers });
  // The client's own `readBody` waits forever for an answer that is broken off.
  const chunks: Uint8Array[] = [];
  let size = 0;
  signal.addEventListener('abort', () => message.destroy());
  for await (const chunk of message) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size > limit) throw new Error(`its answer is longer than ${limit} bytes`);
  }
  return {
    status: message.statusCode ?? 0,
    headers: plainHeaders(message.headers),
    body: Buffer.concat(chunks),
  };
}

/** Headers that come more than once are joined. */
export function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
