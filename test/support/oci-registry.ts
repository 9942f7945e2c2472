/** An OCI registry on the loopback interface: a strict store behind logins, with faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OciAnswer, type OciRequest, OciStore, type OciStoreOptions, ranged } from './oci-store.ts';

/**
 * What happens instead of an answer: a status, a web page, a cut before anything is done (`cut`), after it is done
 * (`lost`), when half of what was sent is kept (`torn`), or in the middle of the answer (`half`).
 */
export type Fault = number | 'html' | 'cut' | 'lost' | 'torn' | 'half';

export interface OciLogin {
  readonly user: string;
  readonly password: string;
  readonly scheme: 'bearer' | 'basic';
  /** What tokens allow; `pull,push` if left out. */
  readonly grants?: 'pull' | 'pull,push' | 'none';
  /** So many requests are taken with one token. */
  readonly uses?: number;
}

export interface OciRegistryOptions extends OciStoreOptions {
  readonly login?: OciLogin;
  readonly clock?: { now(): Date };
  /** Faults by the number of the request, from 1. */
  fault?(number: number, request: Pick<OciRequest, 'method' | 'path'>): Fault | undefined;
}

export interface OciRegistryServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly store: OciStore;
  /** `METHOD /path`, in order; tokens are not among them. */
  readonly requests: readonly string[];
  /** Logins that were asked for, by scope. */
  readonly scopes: readonly string[];
  readonly options: OciRegistryOptions;
  close(): Promise<void>;
}

const PAGE = '<!doctype html><title>Sign in</title><script>alert(1)</script>';

export async function startOciRegistry(options: OciRegistryOptions = {}): Promise<OciRegistryServer> {
  const store = new OciStore(options);
  const requests: string[] = [];
  const scopes: string[] = [];
  const uses = new Map<string, number>();
  let host = '';
  let tokens = 0;

  const send = (response: ServerResponse, { status, headers = {}, body = '' }: OciAnswer, half = false) => {
    const bytes = Buffer.from(body);
    response.sendDate = options.clock === undefined;
    if (options.clock !== undefined) response.setHeader('date', options.clock.now().toUTCString());
    response.writeHead(status, { 'content-length': bytes.length, ...headers });
    if (!half) return response.end(bytes);
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  };

  const giveToken = (request: OciRequest): OciAnswer => {
    const scope = request.query.getAll('scope').join(' ');
    scopes.push(scope);
    const { user, password, grants = 'pull,push' } = options.login ?? { user: '', password: '' };
    const given = request.headers.authorization;
    if (given !== `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` || grants === 'none')
      return { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: 'denied' }] }) };
    const token = `token-${++tokens}.${grants}.${Buffer.from(scope).toString('base64url')}`;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) };
  };

  /** Undefined if the request is allowed. */
  const refused = ({ method, headers, path }: OciRequest): OciAnswer | undefined => {
    const { login } = options;
    if (login === undefined) return undefined;
    const challenge =
      login.scheme === 'basic'
        ? 'Basic realm="registry"'
        : `Bearer realm="http://${host}/token",service="registry.test",scope="x"`;
    const no: OciAnswer = {
      status: 401,
      headers: { 'www-authenticate': challenge, 'content-type': 'application/json' },
      body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }),
    };
    const given = headers.authorization ?? '';
    if (login.scheme === 'basic')
      return given === `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`
        ? undefined
        : no;
    const [, token = '', grants = '', scope = ''] =
      /^Bearer ((?:token-\d+)\.([^.]*)\.([^.]*))$/.exec(given) ?? [];
    const used = (uses.get(token) ?? 0) + 1;
    uses.set(token, used);
    const asked = Buffer.from(scope, 'base64url').toString();
    const name = /^\/v2\/(.+?)\/(tags|manifests|blobs|referrers)\b/.exec(path)?.[1];
    const isWrite = method !== 'GET' && method !== 'HEAD';
    const fits =
      name === undefined ||
      asked
        .split(' ')
        .some((each) => [`repository:${name}:pull`, `repository:${name}:pull,push`].includes(each));
    if (token === '' || used > (login.uses ?? Number.POSITIVE_INFINITY) || !fits) return no;
    if (isWrite && !(asked.split(' ').includes(`repository:${name}:pull,push`) && grants === 'pull,push'))
      return {
        status: 403,
        body: JSON.stringify({ errors: [{ code: 'DENIED', message: 'permission_denied: write_package' }] }),
      };
    return undefined;
  };

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const { method = '' } = message;
    const isToken = url.pathname === '/token';
    if (!isToken) requests.push(`${method} ${url.pathname}`);
    const fault = isToken ? undefined : options.fault?.(requests.length, { method, path: url.pathname });
    if (fault === 'cut') return message.socket.destroy();
    const chunks: Buffer[] = [];
    let missing =
      fault === 'torn' ? Math.floor(Number(message.headers['content-length'] ?? 0) / 2) : Infinity;
    for await (const chunk of message) {
      chunks.push((chunk as Buffer).subarray(0, missing));
      missing -= (chunk as Buffer).length;
      if (missing <= 0) break;
    }
    const request: OciRequest = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers as OciRequest['headers'],
      body: Buffer.concat(chunks),
    };
    if (isToken) return send(response, giveToken(request));
    if (fault === 'html')
      return send(response, { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE });
    if (typeof fault === 'number')
      return send(response, {
        status: fault,
        headers: fault === 429 ? { 'retry-after': '7' } : {},
        body: 'no',
      });
    const answer = url.pathname.startsWith('/storage/')
      ? stored(request)
      : (refused(request) ?? store.answer(request));
    if (fault === 'lost' || fault === 'torn') return message.socket.destroy();
    send(response, answer, fault === 'half');
  };

  /** Storage refuses the registry's tokens, as that of clouds does; here it is on the same host, so it takes them. */
  const stored = (request: OciRequest): OciAnswer => {
    const digest = request.query.get('digest') ?? '';
    const found = store.repo(request.path.slice('/storage/'.length)).blobs.get(digest);
    return found === undefined ? { status: 404 } : ranged(found, request.headers.range);
  };

  const server = createServer((message, response) => {
    // A client that is cut off has ended its own request.
    handle(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    store,
    requests,
    scopes,
    options,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
