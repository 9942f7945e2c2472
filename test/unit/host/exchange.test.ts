import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { exchange } from '../../../shared/host/exchange.ts';
import { type Loopback, startLoopback } from '../../support/loopback.ts';
import { type LoopbackProxy, startProxy } from '../../support/proxy.ts';

const BEFORE = { ...process.env };
let server: Loopback;
let proxy: LoopbackProxy;
let port: number;

beforeAll(async () => {
  server = await startLoopback((url, body) => ({ status: 201, body: { path: url.pathname, body } }));
  port = Number(new URL(server.url).port);
});
afterAll(() => server.close());
afterEach(async () => {
  process.env = { ...BEFORE };
  await proxy?.close();
});

/** Asks with only these settings of proxies. */
async function ask(url: string, settings: Readonly<Record<string, string>>) {
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
  Object.assign(process.env, settings);
  const { status, body } = await exchange({ method: 'PUT', url, body: '{}', timeoutMs: 60_000 });
  return { status, body: JSON.parse(body.toString('utf8')) as unknown };
}

const ANSWER = { status: 201, body: { path: '/a', body: '{}' } };

test('a request goes through the proxy that the runner is set to, with its credentials', async () => {
  proxy = await startProxy({ 'service.test:80': port });
  const http_proxy = proxy.url.replace('//', '//me:p%40ss@');
  expect(await ask('http://service.test/a', { http_proxy })).toEqual(ANSWER);
  expect(proxy.requests).toEqual(['CONNECT service.test:80']);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
});

test('hosts of no_proxy, and this machine, are asked directly', async () => {
  proxy = await startProxy({});
  // An address of this machine that no one takes for the loopback interface.
  const url = `http://0.0.0.0:${port}/a`;
  await expect(ask(url, { HTTP_PROXY: proxy.url })).rejects.toThrow(/403/);
  expect(await ask(url, { HTTP_PROXY: proxy.url, no_proxy: 'x.test, 0.0.0.0' })).toEqual(ANSWER);
  expect(await ask(`${server.url}/a`, { HTTP_PROXY: proxy.url })).toEqual(ANSWER);
  expect(proxy.requests).toEqual([`CONNECT 0.0.0.0:${port}`]);
});

test('a proxy that is not there is an error', async () => {
  proxy = await startProxy({});
  await proxy.close();
  await expect(ask('http://service.test/a', { http_proxy: proxy.url })).rejects.toThrow(/ECONNREFUSED/);
});

test('an answer that is too long is not read to its end', async () => {
  const asked = exchange({ method: 'GET', url: server.url, timeoutMs: 60_000, limit: 5 });
  await expect(asked).rejects.toThrow('its answer is longer than 5 bytes');
});
