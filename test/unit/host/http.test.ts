import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { ClientHttp } from '../../../shared/host/http.ts';
import { UserError } from '../../../shared/problem/problem.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers with these headers and this part of a body; `end` says how it goes on. */
async function answering(end: 'whole' | 'broken off' | 'never'): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(200, end === 'whole' ? {} : { 'content-length': '100' });
    if (end === 'whole') return response.end('{"ü":1}');
    response.write('{"half');
    if (end === 'broken off') setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api?token=secret`;
}

test('gives the status and the body', async () => {
  expect(await new ClientHttp().request(await answering('whole'))).toEqual({ status: 200, body: '{"ü":1}' });
});

test.each(['broken off', 'never'] as const)(
  'an answer whose end is %s is an error that shows no query',
  async (end) => {
    const asked = new ClientHttp().request(await answering(end), { timeoutMs: 300 });
    await expect(asked).rejects.toThrow(UserError);
    await expect(asked).rejects.toThrow(/127\.0\.0\.1:\d+\/api: cannot be reached \(/);
    await expect(asked).rejects.not.toThrow(/secret/);
  },
);
