/** Requests to one MLflow server: who asks is made known, failures are repeated, pages and redirects are refused. */
import type { Clock, Http, Log, Logins, StreamRequest, StreamResponse } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { shapeReader, type Validator } from '../../schema/shape.ts';
import { readWhole, refuseHtml, type TextAnswer } from '../remote/answer.ts';
import { isServerFailure, repeated } from '../remote/repeat.ts';
import type { MlflowAddress } from './address.ts';
import { isNotFound, MLFLOW_SERVER, refuseAnswer } from './refusal.ts';

export interface MlflowPorts {
  readonly http: Pick<Http, 'stream'>;
  readonly logins?: Pick<Logins, 'mlflow'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A question to the API. */
export interface MlflowCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** What follows `/api/2.0/`. */
  readonly route: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What a refusal is of, such as `list the versions of demand`. */
  readonly doing: string;
  /** Is it to be sent once only? */
  readonly once?: boolean;
}

export interface Download extends Pick<MlflowCall, 'route' | 'doing'> {
  readonly headers: Readonly<Record<string, string>>;
}

export interface ArtifactUpload extends Download {
  /** Made again for each try. */
  readonly body: () => AsyncIterable<Uint8Array>;
}

/** MLflow's own default. Pages begin at a number of an item, so that one may be missed if another is removed meanwhile. */
const PAGE = '10000';

export class MlflowServer {
  readonly address: MlflowAddress;
  readonly #ports: MlflowPorts;
  #authorization: string | undefined | null = null;

  constructor(address: MlflowAddress, ports: MlflowPorts) {
    this.address = address;
    this.#ports = ports;
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  get log(): Log {
    return this.#ports.log;
  }

  /** @throws Refused, or UserError for an answer of another shape. */
  async ask<T>(call: MlflowCall, isAnswer: Validator): Promise<T> {
    return this.read<T>(await this.answer(call), call, isAnswer);
  }

  /** Null if MLflow says that there is no such thing. @throws as `ask`. */
  async find<T>(call: MlflowCall, isAnswer: Validator): Promise<T | null> {
    const answer = await this.answer(call);
    return isNotFound(answer) ? null : this.read<T>(answer, call, isAnswer);
  }

  /** All items of a list that comes in pages. @throws as `ask`. */
  async pages<A extends { readonly next_page_token?: string }, T>(
    call: MlflowCall,
    isAnswer: Validator,
    itemsOf: (answer: A) => readonly T[] | undefined,
  ): Promise<T[]> {
    const found: T[] = [];
    const seen = new Set<string>();
    for (let token: string | undefined = ''; token !== undefined && !seen.has(token); ) {
      seen.add(token);
      const page: Record<string, string> = token === '' ? {} : { page_token: token };
      const query = { ...call.query, max_results: PAGE, ...page };
      const answer: A = await this.ask<A>({ ...call, query }, isAnswer);
      found.push(...(itemsOf(answer) ?? []));
      token = answer.next_page_token || undefined;
    }
    return found;
  }

  /** The whole answer, whatever its status; failures of the server are repeated. @throws Unreachable if they stay. */
  async answer({ method, route, query = {}, body, once }: MlflowCall): Promise<TextAnswer> {
    const search = new URLSearchParams(query).toString();
    const url = `${this.#url(route)}${search === '' ? '' : `?${search}`}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const json: Record<string, string> =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    return this.#repeated(
      route,
      async () =>
        readWhole(
          await this.#sent(url, { method, headers: json, ...(text === undefined ? {} : { body: text }) }),
        ),
      once,
    );
  }

  /** Sends a file. @throws Unreachable; Refused; what its body throws. */
  async upload({ route, doing, headers, body }: ArtifactUpload): Promise<void> {
    const answer = await this.#repeated(route, async () =>
      readWhole(await this.#sent(this.#url(route), { method: 'PUT', headers, body: body() })),
    );
    if (answer.status !== 200) this.refuse(answer, { route, doing });
  }

  /** A file whose bytes the caller reads, who expects breaks. @throws Unreachable; Refused. */
  async open({ route, doing, headers }: Download): Promise<StreamResponse> {
    const answer = await this.#repeated(route, async () => {
      const given = await this.#sent(this.#url(route), { method: 'GET', headers });
      if (isServerFailure(given.status)) await readWhole(given);
      return given;
    });
    if (answer.status === 200 || answer.status === 206) return answer;
    return this.refuse(await readWhole(answer), { route, doing });
  }

  /** A file that is a text. @throws Unreachable; Refused. */
  async text({ route, doing }: Omit<Download, 'headers'>): Promise<string> {
    const answer = await this.#repeated(route, async () =>
      readWhole(await this.#sent(this.#url(route), { method: 'GET' })),
    );
    return answer.status === 200 ? answer.text : this.refuse(answer, { route, doing });
  }

  /** @throws Refused */
  refuse(answer: TextAnswer, { route, doing }: Pick<MlflowCall, 'route' | 'doing'>): never {
    const { status } = answer;
    const where = this.where(route);
    // A refusal to let someone in may be a page, too.
    if (status >= 400 && ![401, 403, 413].includes(status)) refuseHtml(answer, where, MLFLOW_SERVER);
    return refuseAnswer(answer, { doing, where, known: this.#authorization !== undefined });
  }

  where(route: string): string {
    return `${this.address.base}/api/2.0/${route}`;
  }

  /** What an answer says. @throws as `ask`. */
  read<T>(answer: TextAnswer, call: MlflowCall, isAnswer: Validator): T {
    if (answer.status !== 200) return this.refuse(answer, call);
    const where = this.where(call.route);
    refuseHtml(answer, where, MLFLOW_SERVER);
    const shaped = shapeReader<T>(isAnswer)(answer.text, where);
    if ('value' in shaped) return shaped.value;
    const fix = `check the address in the input registry: this is not what ${MLFLOW_SERVER} answers`;
    throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
  }

  #repeated<T extends Pick<TextAnswer, 'status' | 'headers'>>(
    route: string,
    attempt: () => Promise<T>,
    once?: boolean,
  ): Promise<T> {
    return repeated({ clock: this.clock, where: this.where(route), once }, attempt);
  }

  #url(route: string): string {
    return `${this.address.base}/api/2.0/${route.split('/').map(encodeURIComponent).join('/')}`;
  }

  async #sent(url: string, request: StreamRequest): Promise<StreamResponse> {
    const authorization = this.#login();
    const login: Record<string, string> = authorization === undefined ? {} : { authorization };
    return this.#ports.http.stream(url, { ...request, headers: { ...request.headers, ...login } });
  }

  /** The header that makes known who asks, if anyone. @throws UserError before a login is sent that can be read on the way. */
  #login(): string | undefined {
    if (this.#authorization !== null) return this.#authorization;
    const login = this.#ports.logins?.mlflow();
    if (login !== undefined && this.address.isOpen) {
      throw new UserError({
        what: `${this.address.base} is not reached by https, and the login for MLflow would be read on the way`,
        where: 'input registry',
        fix: 'write mlflow:https://…; if the server has no https and asks for no login, leave MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD and MLFLOW_TRACKING_TOKEN out of the step’s env',
      });
    }
    this.#authorization =
      login === undefined
        ? undefined
        : 'token' in login
          ? `Bearer ${login.token}`
          : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    return this.#authorization;
  }
}
