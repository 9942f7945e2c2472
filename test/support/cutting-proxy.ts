import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server of the loopback interface that is cut once, when so many bytes were sent. */
export interface CuttingProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** How many bytes were sent to the server, and how often the way was cut. */
  readonly sent: { bytes: number; cuts: number };
  close(): void;
}

export async function startCuttingProxy(target: string, cutAt: readonly number[]): Promise<CuttingProxy> {
  const sent = { bytes: 0, cuts: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.split(':')[1]), '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    upstream.pipe(client);
    client.on('data', (chunk) => {
      sent.bytes += chunk.length;
      if (sent.bytes >= (cutAt[sent.cuts] ?? Number.POSITIVE_INFINITY)) {
        sent.cuts++;
        // What came until then goes on to the server, as it does on a real way.
        upstream.end(chunk);
        client.destroy();
      } else if (!upstream.write(chunk)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
