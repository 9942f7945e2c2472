/** Requests to a store: failures are repeated, redirects are followed with secrets left behind, pages are refused. */
import type { Clock, Http, StreamResponse } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { isLoopback } from '../oci/address.ts';
import { type Answer, refuseHtml, textOf } from '../remote/answer.ts';
import { isFailure, repeated } from '../remote/repeat.ts';

export interface StoreRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  /** Sent to every host. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Made for the store's own host alone: what is secret, or signed for it. */
  readonly own?: (url: URL) => Promise<Readonly<Record<string, string>>>;
}

export interface StoreServer {
  /** What it is, such as `Hugging Face`. */
  readonly noun: string;
  /** What to look at if it does not answer. */
  readonly fix: string;
  /** What names its address, such as `variable HF_ENDPOINT`. */
  readonly input: string;
  /** Are its redirects to be followed? */
  readonly redirects: boolean;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export class StoreRequests {
  readonly #server: StoreServer;
  readonly #ports: { readonly http: Pick<Http, 'stream'>; readonly clock: Pick<Clock, 'sleep'> };

  constructor(
    server: StoreServer,
    ports: { readonly http: Pick<Http, 'stream'>; readonly clock: Pick<Clock, 'sleep'> },
  ) {
    this.#server = server;
    this.#ports = ports;
  }

  /** The whole answer, whatever its status. @throws UserError if the server fails also when it is asked again. */
  ask(request: StoreRequest): Promise<Answer> {
    return this.#repeated(request, async () => {
      const answer = await textOf(await this.#followed(request));
      // What is asked for by HEAD may be a page itself.
      if (!isFailure(answer.status) && request.method === 'GET') {
        const { noun, input } = this.#server;
        refuseHtml(answer, shownUrl(request.url), noun, input);
      }
      return answer;
    });
  }

  /** An answer whose body is read by the caller. */
  open(request: StoreRequest): Promise<StreamResponse> {
    return this.#repeated(request, async () => {
      const answer = await this.#followed(request);
      if (isFailure(answer.status)) await textOf(answer);
      return answer;
    });
  }

  #repeated<T extends Pick<Answer, 'status' | 'headers'>>(
    request: StoreRequest,
    attempt: () => Promise<T>,
  ): Promise<T> {
    return repeated(
      { clock: this.#ports.clock, where: shownUrl(request.url), server: this.#server },
      attempt,
    );
  }

  async #followed({ method, url: first, headers = {}, own }: StoreRequest): Promise<StreamResponse> {
    const start = new URL(first);
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const secret = url.origin === start.origin ? await own?.(url) : {};
      const answer = await this.#ports.http.stream(url.href, { method, headers: { ...headers, ...secret } });
      const to = answer.headers.location;
      if (!this.#server.redirects || to === undefined || !REDIRECTS.includes(answer.status)) return answer;
      if (redirects === MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects`);
      await textOf(answer);
      url = this.#safe(to, url);
    }
  }

  /** @throws UserError if a redirect leaves TLS. */
  #safe(address: string, base: URL): URL {
    const url = URL.canParse(address, base.href) ? new URL(address, base) : undefined;
    const inside = url !== undefined && isLoopback(url.host) && isLoopback(base.host);
    if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && inside))) return url;
    throw new UserError({
      what: `${this.#server.noun} leads to an address that is not reached by https`,
      where: shownUrl(base.href),
      fix: this.#server.fix,
    });
  }
}

/** Without the query, which may be signed. */
export function shownUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
