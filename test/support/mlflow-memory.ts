/** An MLflow server in memory on the loopback interface, behind a login if it has one, with faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type MlflowAnswer,
  type MlflowRequest,
  MlflowStore,
  type MlflowStoreOptions,
  REFUSED_ROW,
} from './mlflow-store.ts';
import type { Fault } from './oci-registry.ts';

export interface MlflowMemoryOptions extends MlflowStoreOptions {
  /** The header `authorization` that it takes. */
  readonly authorization?: string;
  /** May a known user only read? */
  readonly readOnly?: boolean;
  /** Does the database refuse the second of two writes at once that both make one row, as SQLite and others do? */
  readonly racy?: boolean;
  /** Where the server is below its host. */
  readonly prefix?: string;
  /** Faults by the number of the request, from 1; or an answer instead. */
  fault?(
    number: number,
    request: { readonly method: string; readonly route: string },
  ): Fault | MlflowAnswer | undefined;
  /** What is answered in place of what was done. */
  after?(request: { readonly method: string; readonly route: string }): MlflowAnswer | undefined;
}

export interface MlflowMemory {
  /** `http://127.0.0.1:PORT`, with the prefix. */
  readonly url: string;
  readonly store: MlflowStore;
  /** `METHOD route`, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Long enough that a second write can come meanwhile. */
const MEANWHILE_MS = 3;

const PAGE = '<!doctype html><title>Sign in</title><script>alert(1)</script>';

export async function startMlflowMemory(options: MlflowMemoryOptions = {}): Promise<MlflowMemory> {
  const { prefix = '' } = options;
  const store = new MlflowStore(options);
  const requests: string[] = [];
  const underWay = new Map<string, Promise<void>>();

  const send = (
    response: ServerResponse,
    { status, type, headers, body = '' }: MlflowAnswer,
    half = false,
  ) => {
    const bytes = Buffer.from(body);
    const kind = type === undefined ? {} : { 'content-type': type };
    response.writeHead(status, { 'content-length': bytes.length, ...kind, ...headers });
    if (!half) return response.end(bytes);
    if (bytes.length < 2) return response.destroy();
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  };

  const refused = (message: IncomingMessage): MlflowAnswer | undefined => {
    if (options.authorization !== undefined && message.headers.authorization !== options.authorization)
      return { status: 401, type: 'text/html', body: 'You are not authenticated.' };
    const isRead = message.method === 'GET';
    return options.readOnly === true && !isRead ? { status: 403, body: 'Permission denied' } : undefined;
  };

  /** The answer to a write, or of two at once that make one row, a refusal of the second when the first is done. */
  const written = async (request: MlflowRequest): Promise<MlflowAnswer> => {
    const row = options.racy === true ? store.newRow(request) : undefined;
    if (row === undefined) return store.answer(request);
    const first = underWay.get(row);
    if (first !== undefined) return first.then(() => REFUSED_ROW);
    const done = sleep(MEANWHILE_MS);
    underWay.set(row, done);
    await done;
    underWay.delete(row);
    return store.answer(request);
  };

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const { method = '' } = message;
    const start = `${prefix}/api/2.0/`;
    const route = decodeURIComponent(url.pathname.slice(start.length));
    requests.push(`${method} ${route}`);
    const fault = options.fault?.(requests.length, { method, route });
    if (fault === 'cut') return message.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    if (fault === 'html') return send(response, { status: 200, type: 'text/html', body: PAGE });
    if (typeof fault === 'number') return send(response, { status: fault, body: 'no' });
    if (typeof fault === 'object') return send(response, fault);
    const answer = url.pathname.startsWith(start)
      ? (refused(message) ??
        (await written({
          ...{ method, route, query: url.searchParams, body: Buffer.concat(chunks) },
          headers: message.headers as Record<string, string | undefined>,
        })))
      : { status: 404, type: 'text/html', body: PAGE };
    if (fault === 'lost') return response.destroy();
    send(response, options.after?.({ method, route }) ?? answer, fault === 'half');
  };

  const server = createServer((message, response) => {
    // A client that is cut off has ended its own request.
    handle(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    store,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
