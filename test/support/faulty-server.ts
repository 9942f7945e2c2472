/** A server on the loopback interface whose answers are a function, with faults on demand. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './oci-registry.ts';

export interface Asked {
  readonly method: string;
  /** As it was sent: escaped, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Given {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What happens instead of an answer; a read has nothing that could be done and lost. */
export type ReadFault = Exclude<Fault, 'lost' | 'torn'>;

export interface FaultyServer {
  readonly url: string;
  readonly requests: readonly Asked[];
  /** The fault of each request, by its number from 1. */
  fault(at: (number: number) => ReadFault | undefined): void;
  close(): Promise<void>;
}

export const PAGE = '<!doctype html><title>Sign in</title><script>alert(1)</script>';

export async function startFaultyServer(answer: (asked: Asked) => Given): Promise<FaultyServer> {
  const requests: Asked[] = [];
  let faultAt: (number: number) => ReadFault | undefined = () => undefined;
  const server = createServer((message, response) => {
    const { pathname: path, searchParams: query } = new URL(message.url ?? '/', 'http://localhost');
    const asked = { method: message.method ?? '', path, query, headers: message.headers as Asked['headers'] };
    requests.push(asked);
    const fault = faultAt(requests.length);
    if (fault === 'cut') message.socket.destroy();
    else if (fault === 'html')
      send(response, { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE });
    else if (typeof fault === 'number') send(response, { status: fault, body: 'no' });
    else send(response, answer(asked), fault === 'half');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault(at) {
      const before = requests.length;
      faultAt = (number) => at(number - before);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Half of a body is sent, and the connection cut; a body of one byte or none is cut before it. */
function send(response: ServerResponse, { status, headers = {}, body = '' }: Given, half = false): void {
  const bytes = Buffer.from(body as Uint8Array);
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  if (!half) {
    response.end(bytes);
    return;
  }
  response.flushHeaders();
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
