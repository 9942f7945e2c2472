import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  readonly url: string;
  /** What was asked for, in order: path with query. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A server on a free port of the loopback interface that answers JSON; `answer` is given the URL and the body. */
export async function startLoopback(
  answer: (url: URL, body: string) => { readonly status?: number; readonly body: unknown },
): Promise<Loopback> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let sent = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      sent += chunk;
    });
    request.on('end', () => {
      requests.push(request.url ?? '');
      const { status = 200, body } = answer(new URL(request.url ?? '/', 'http://localhost'), sent);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Prometheus' `/api/v1/query`: the counters by query text; a query without one has no series. */
export function startPrometheus(counters: Readonly<Record<string, number>>): Promise<Loopback> {
  return startLoopback((url) => {
    if (url.pathname !== '/api/v1/query') return { status: 404, body: { status: 'error' } };
    const value = counters[url.searchParams.get('query') ?? ''];
    const time = Number(url.searchParams.get('time'));
    const result = value === undefined ? [] : [{ metric: {}, value: [time, String(value)] }];
    return { body: { status: 'success', data: { resultType: 'vector', result } } };
  });
}
