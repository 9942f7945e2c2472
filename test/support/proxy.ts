import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface LoopbackProxy {
  readonly url: string;
  /** What was asked for, in order: `CONNECT host:port`. */
  readonly requests: readonly string[];
  /** The proxy's own credentials, as they were sent. */
  readonly credentials: readonly (string | undefined)[];
  close(): Promise<void>;
}

/**
 * An HTTP proxy on the loopback interface, which tunnels. `hosts` are ports of the loopback interface by the `host:port`
 * that is asked for; anything else is refused with 403.
 */
export async function startProxy(hosts: Readonly<Record<string, number>>): Promise<LoopbackProxy> {
  const requests: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    sockets.add(socket);
    requests.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const port = hosts[request.url ?? ''];
    if (port === undefined) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    return socket.on('error', () => target.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    credentials,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}
