import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificateFor } from './certificate.ts';

export interface TlsFront {
  readonly port: number;
  /** The certificate to trust, PEM. */
  readonly cert: string;
  close(): void;
}

/** HTTPS under a host's name in front of a loopback server that speaks HTTP. */
export async function startTlsFront(host: string, port: number): Promise<TlsFront> {
  const { key, cert } = certificateFor(host);
  const server = createServer({ key, cert }, (asked, response) => {
    const { method, url: path, headers } = asked;
    asked.pipe(
      request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, cert, close };
}
