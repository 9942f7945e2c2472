/** Requests to one registry: who asks is made known, failures are repeated, redirects are followed, pages are refused. */
import type { Clock, Http, Log, Logins, StreamRequest, StreamResponse } from '../../ports/ports.ts';
import type { AliasLock } from '../alias-lock.ts';
import { readWhole, refuseHtml, type TextAnswer } from '../remote/answer.ts';
import { followed, safeUrl } from '../remote/redirects.ts';
import { isServerFailure, repeated, type Tries } from '../remote/repeat.ts';
import type { OciAddress } from './address.ts';
import { Authorization } from './auth.ts';
import { faultsOf, OCI_SERVER, type OciQuestion, ociRefusal } from './refusal.ts';

export interface OciPorts {
  readonly http: Pick<Http, 'stream'>;
  readonly logins?: Pick<Logins, 'of' | 'mask'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** The host that takes the job's token. */
  readonly containers?: string | undefined;
  /** Lets one run at a time move aliases; without it the last writer wins. */
  readonly lock?: AliasLock | undefined;
  /** Of a chunk of a large upload, instead of what is usual. */
  readonly chunkBytes?: number | undefined;
}

export interface Ask {
  readonly method: StreamRequest['method'];
  /** A path from the registry's root, or an address that the registry gave. */
  readonly url: string;
  readonly repository: string;
  readonly push?: boolean;
  /** Another repository that is read from. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made again for each try. */
  readonly body?: string | (() => AsyncIterable<Uint8Array>);
  /** Is it to be sent once only? */
  readonly once?: boolean;
}

export class Requests {
  readonly address: OciAddress;
  readonly #ports: OciPorts;
  readonly #authorization: Authorization;
  #time: number | undefined;

  constructor(address: OciAddress, ports: OciPorts) {
    this.address = address;
    this.#ports = ports;
    this.#authorization = new Authorization(address, {
      logins: ports.logins,
      get: (url, headers) =>
        repeated({ clock: ports.clock, where: url, server: serverOf(address) }, async () =>
          readWhole(await ports.http.stream(url, { method: 'GET', headers })),
        ),
    });
  }

  /** The registry's clock as of its last answer, in milliseconds: all runs see the same one. */
  get time(): number {
    return this.#time ?? this.#ports.clock.now().getTime();
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  get chunkBytes(): number | undefined {
    return this.#ports.chunkBytes;
  }

  /** The whole answer, whatever its status; failures of the server are repeated. @throws UserError if they stay. */
  ask(ask: Ask): Promise<TextAnswer> {
    return this.#repeated(ask, async () => {
      const answer = await readWhole(await this.#sent(ask));
      if (!isServerFailure(answer.status))
        refuseHtml(answer, this.#where(ask.url), OCI_SERVER, this.address.input);
      return answer;
    });
  }

  /** An answer whose body is read by the caller, who expects breaks. */
  open(ask: Ask): Promise<StreamResponse> {
    return this.#repeated(ask, async () => {
      const answer = await this.#sent(ask);
      if (isServerFailure(answer.status)) await readWhole(answer);
      return answer;
    });
  }

  /**
   * All items of a list that comes in pages; none if the registry says that there is no such thing.
   *
   * @throws Refused if the list is refused, and for a server that is not a registry, which answers 404 to everything.
   */
  async pages(
    first: Ask,
    doing: string,
    itemsOf: (text: string, where: string) => readonly string[],
  ): Promise<string[]> {
    const found: string[] = [];
    const seen = new Set<string>();
    for (let url: string | undefined = first.url; url !== undefined && !seen.has(url); ) {
      seen.add(url);
      const answer: TextAnswer = await this.ask({ ...first, url });
      if (answer.status === 404 && faultsOf(answer) !== undefined) return found;
      if (answer.status !== 200) return this.refuse(answer, doing, first);
      found.push(...itemsOf(answer.text, this.#where(url)));
      const [, next] = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers.link ?? '') ?? [];
      url = next === undefined ? undefined : this.#samePlace(next, url);
    }
    return found;
  }

  /** The next page, which is on the same server. */
  #samePlace(next: string, current: string): string {
    const url = this.safe(next, new URL(current, this.address.origin));
    return `${url.pathname}${url.search}`;
  }

  /** @throws Refused */
  async refuse(answer: TextAnswer, doing: string, { repository, push = false }: Ask): Promise<never> {
    const asked: OciQuestion = {
      host: this.address.host,
      ofGitHub: this.address.host === this.#ports.containers,
      repository,
      push,
      known: (await this.#ports.logins?.of(this.address.host)) !== undefined,
    };
    throw ociRefusal(answer, doing, asked);
  }

  /** With the header that the scope asks for, if any; once more with a new one if that was refused. */
  async #sent(ask: Ask): Promise<StreamResponse> {
    const scope = scopeOf(ask);
    const header = await this.#authorization.header(scope);
    const answer = await this.#followed(ask, header);
    if (answer.status !== 401) return answer;
    const renewed = await this.#authorization.renewed(
      scope,
      header,
      answer.headers['www-authenticate'] ?? '',
    );
    if (renewed === undefined) return answer;
    await readWhole(answer);
    return this.#followed(ask, renewed);
  }

  async #followed(ask: Ask, authorization: string | undefined): Promise<StreamResponse> {
    const send = async (url: URL) => {
      const known = url.origin === this.address.origin && authorization !== undefined;
      const answer = await this.#ports.http.stream(url.href, {
        method: ask.method,
        headers: { ...ask.headers, ...(known ? { authorization } : {}) },
        ...bodyOf(ask),
      });
      if (url.origin === this.address.origin) this.#time = timeOf(answer) ?? this.#time;
      return answer;
    };
    const start = new URL(ask.url, this.address.origin);
    const isRead = ask.method === 'GET' || ask.method === 'HEAD';
    return isRead ? followed(start, send, (to, from) => this.safe(to, from)) : send(start);
  }

  /** An address that the registry gave. @throws UserError if it leaves TLS. */
  safe(address: string, base: URL = new URL(this.address.origin)): URL {
    return safeUrl(address, base, this.address.host, {
      what: 'the registry leads to an address that is not reached by https',
      where: this.#where(base.href),
      fix: `check the address in the ${this.address.input}`,
    });
  }

  #repeated<T extends Pick<TextAnswer, 'status' | 'headers'>>(
    ask: Ask,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const server = serverOf(this.address);
    return repeated({ clock: this.clock, where: this.#where(ask.url), server, once: ask.once }, attempt);
  }

  /** Without the query, which may be signed. */
  #where(url: string): string {
    const { host, pathname } = new URL(url, this.address.origin);
    return `${host}${pathname}`;
  }
}

/** What does not answer, and what to check then. */
function serverOf({ input }: OciAddress): Tries['server'] & object {
  return {
    noun: 'the registry',
    fix: `check the address in the ${input} and the proxy settings of the runner`,
  };
}

/** What is asked for, by the names of a registry's tokens; scopes are separated by spaces. */
function scopeOf({ repository, push = false, from }: Ask): string {
  if (repository === '') return 'registry:catalog:*';
  const scope = `repository:${repository}:${push ? 'pull,push' : 'pull'}`;
  return from === undefined ? scope : `${scope} repository:${from}:pull`;
}

function bodyOf({ body }: Ask): Pick<StreamRequest, 'body'> {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : body() };
}

function timeOf({ headers }: Pick<TextAnswer, 'headers'>): number | undefined {
  const time = Date.parse(headers.date ?? '');
  return Number.isNaN(time) ? undefined : time;
}
