/** Requests to a store: failures are repeated, redirects are followed with secrets left behind, pages are refused. */
import type { Clock, Http, StreamResponse } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { readWhole, refuseHtml, type TextAnswer } from '../remote/answer.ts';
import { followed, safeUrl } from '../remote/redirects.ts';
import { isServerFailure, repeated } from '../remote/repeat.ts';

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
  /** What nothing is left half of; `registered` if it is left out. */
  readonly half?: string;
}

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
  ask(request: StoreRequest): Promise<TextAnswer> {
    return this.#repeated(request, async () => {
      const answer = await readWhole(await this.#followed(request));
      // What is asked for by HEAD may be a page itself.
      if (!isServerFailure(answer.status) && request.method === 'GET') {
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
      if (isServerFailure(answer.status)) await readWhole(answer);
      return answer;
    });
  }

  #repeated<T extends Pick<TextAnswer, 'status' | 'headers'>>(
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
    const send = async (url: URL) => {
      const secret = url.origin === start.origin ? await own?.(url) : {};
      return this.#ports.http.stream(url.href, { method, headers: { ...headers, ...secret } });
    };
    if (!this.#server.redirects) return send(start);
    return followed(start, send, (to, from) => {
      const where = shownUrl(from.href);
      const { noun, fix } = this.#server;
      const what = `${noun} leads to an address that is not reached by https`;
      const url = safeUrl(to, from, from.host, { what, where, fix });
      if (!isPrivate(url) || isPrivate(start)) return url;
      throw new UserError({ what: `${noun} leads into a private network`, where, fix });
    });
  }
}

/** Is it this machine or a private network by its name? Only the user may say that something there is to be read. */
function isPrivate({ hostname }: URL): boolean {
  return (
    /^(localhost|.*\.(localhost|local|internal))\.?$/.test(hostname) ||
    /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(
      hostname,
    ) ||
    /^\[(::1?|::ffff:.*|f[cd].*|fe[89ab].*)\]$/.test(hostname)
  );
}

/** Without the query, which may be signed. */
export function shownUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
