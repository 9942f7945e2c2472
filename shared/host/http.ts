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
      return { status: response.message.statusCode ?? 0, body: await response.readBody() };
    } catch (error) {
      const { origin, pathname } = new URL(url);
      throw new UserError({ what: `cannot be reached (${messageOf(error)})`, where: `${origin}${pathname}` });
    } finally {
      client.dispose();
    }
  }
}
