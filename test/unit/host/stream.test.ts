import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { ClientHttp } from '../../../shared/host/http.ts';
import { startTlsFront } from '../../support/tls-front.ts';

let close = () => {};
afterEach(() => close());

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

test('sends chunks and reads chunks over one connection, with headers both ways', async () => {
  const sockets = new Set<unknown>();
  const url = await serve(async (request, response) => {
    sockets.add(request.socket);
    const sent = await textOf(request);
    response.writeHead(201, { location: '/x', 'X-Length': String(request.headers['content-length']) });
    response.end(`${request.method} ${sent}`);
  });
  const http = new ClientHttp();
  for (let i = 0; i < 3; i++) {
    const body = (async function* () {
      yield Buffer.from('ab');
      yield Buffer.from('c');
    })();
    const answer = await http.stream(url, { method: 'PUT', headers: { 'content-length': '3' }, body });
    expect(answer).toMatchObject({ status: 201, headers: { location: '/x', 'x-length': '3' } });
    expect(await textOf(answer.body)).toBe('PUT abc');
  }
  expect(sockets.size).toBe(1);
});

test('an upload whose source fails is broken off, and the error is that of the source', async () => {
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let ended = (_: string) => {};
  const end = new Promise<string>((resolve) => {
    ended = resolve;
  });
  const url = await serve((request) => {
    arrived();
    textOf(request).then(
      () => ended('whole'),
      () => ended('broken off'),
    );
  });
  const body = (async function* () {
    yield Buffer.from('ab');
    await arrival;
    throw new Error('the file changed');
  })();
  const sent = new ClientHttp().stream(url, { method: 'PUT', headers: { 'content-length': '3' }, body });
  await expect(sent).rejects.toThrow('the file changed');
  expect(await end).toBe('broken off');
});

test.each([0, 1, 2])('a source that fails after %i chunks leaves no connection open', async (chunks) => {
  const server = createServer(() => {});
  const closed = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', () => resolve('closed')));
  });
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // It fails at once, before there can be a connection.
  const body = (async function* () {
    for (let i = 0; i < chunks; i++) yield Buffer.from('ab');
    throw new Error('the source failed');
  })();
  const sent = new ClientHttp().stream(url, { method: 'PUT', headers: { 'content-length': '9' }, body });
  await expect(sent).rejects.toThrow('the source failed');
  const isLeft = setTimeout(60_000, 'open', { ref: false });
  expect(await Promise.race([closed, isLeft])).toBe('closed');
});

test('follows no redirect, and says so of a server that is silent or breaks off', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/half') {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
      return;
    }
    response.writeHead(307, { location: '/else' }).end();
  });
  const http = new ClientHttp();
  const answer = await http.stream(`${url}/`, { method: 'GET' });
  expect(answer).toMatchObject({ status: 307, headers: { location: '/else' } });
  await textOf(answer.body);
  await expect(http.stream(`${url}/silent`, { method: 'GET', idleMs: 50 })).rejects.toThrow(
    /silent for 0\.05 s/,
  );
  const half = await http.stream(`${url}/half`, { method: 'GET' });
  await expect(textOf(half.body)).rejects.toThrow();
  close();
  await expect(http.stream(url, { method: 'GET' })).rejects.toThrow();
});

test('one client asks servers by http and by https', async () => {
  const url = await serve((_, response) => response.end('plain'));
  const front = await startTlsFront('127.0.0.1', Number(new URL(url).port));
  const http = new ClientHttp();
  const plain = await http.stream(url, { method: 'GET' });
  expect(await textOf(plain.body)).toBe('plain');
  // That its certificate is not trusted shows that TLS was spoken.
  const encrypted = http.stream(`https://127.0.0.1:${front.port}/`, { method: 'GET' });
  await expect(encrypted).rejects.toThrow(/self-signed certificate/);
  front.close();
});
