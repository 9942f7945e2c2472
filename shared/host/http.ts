import type { Http, HttpRequest, HttpResponse, StreamRequest, StreamResponse } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { type Exchange, exchange } from './exchange.ts';
import { Streams } from './stream.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** HTTP for texts, of which an answer that is not whole within the time limit is an error; and for streams. */
export class ClientHttp implements Http {
  readonly #streams = new Streams();

  stream(url: string, request: StreamRequest): Promise<StreamResponse> {
    return this.#streams.open(url, request);
  }

  async request(
    url: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS, ...request }: HttpRequest = {},
  ): Promise<HttpResponse> {
    try {
      const { status, body } = await exchange({
        method: 'GET',
        ...request,
        url,
        timeoutMs,
      } satisfies Exchange);
      return { status, body: body.toString('utf8') };
    } catch (error) {
      const { origin, pathname } = new URL(url);
      throw new UserError({ what: `cannot be reached (${messageOf(error)})`, where: `${origin}${pathname}` });
    }
  }
}
