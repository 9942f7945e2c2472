import type { IncomingMessage } from 'node:http';
import type { Http, HttpRequest, HttpResponse } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** HTTP by `@actions/http-client`, which honours a runner's proxy settings; loaded when first used. */
export class ClientHttp implements Http {
  async request(
    url: string,
    { method = 'GET', body, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS }: HttpRequest = {},
  ): Promise<HttpResponse> {
    const { HttpClient } = await import('@actions/http-client');
    const client = new HttpClient('ml-loop', [], { socketTimeout: timeoutMs, allowRetries: false });
    try {
      const response = await client.request(method, url, body ?? null, { ...headers });
      const { message } = response;
      return { status: message.statusCode ?? 0, body: await bodyOf(message, timeoutMs) };
    } catch (error) {
      const { origin, pathname } = new URL(url);
      throw new UserError({ what: `cannot be reached (${messageOf(error)})`, where: `${origin}${pathname}` });
    } finally {
      client.dispose();
    }
  }
}

/** The client's own `readBody` waits forever for an answer that is broken off. */
async function bodyOf(message: IncomingMessage, timeoutMs: number): Promise<string> {
  const late = () => message.destroy(new Error(`no whole answer within ${timeoutMs / 1000} s`));
  const timer = setTimeout(late, timeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    clearTimeout(timer);
  }
}
