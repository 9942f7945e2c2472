import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { certificateFor } from '../support/certificate.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startProxy } from '../support/proxy.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const HOST = 'api.github.test';

/** HTTPS for `HOST` in front of a server that speaks HTTP. */
async function startFront(port: number): Promise<{ port: number; cert: string; close: () => void }> {
  const { key, cert } = certificateFor(HOST);
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

test('GitHub is reached through a proxy, by TLS from end to end', async () => {
  const github = await startGitHubServer();
  const front = await startFront(Number(new URL(github.url).port));
  const proxy = await startProxy({ [`${HOST}:443`]: front.port });
  space.write('ca.pem', front.cert);
  space.write('train.csv', ['temp', ...Array.from({ length: 400 }, (_, i) => `${i % 40}`)]);
  space.write('today.csv', ['temp', ...Array.from({ length: 400 }, (_, i) => `${(i % 40) + 40}`)]);
  const drift = await space.step(
    'check-drift',
    { reference: 'train.csv', current: 'today.csv', dispatch: 'retrain', 'github-token': 'write-token' },
    {
      env: {
        GITHUB_API_URL: `https://${HOST}`,
        GITHUB_REPOSITORY: github.repository,
        https_proxy: proxy.url,
        no_proxy: 'github.test.example',
        NODE_EXTRA_CA_CERTS: join(space.folder, 'ca.pem'),
      },
    },
  );
  await Promise.all([proxy.close(), github.close()]);
  front.close();
  expect(drift).toMatchObject({ exit: 0, stderr: '', outputs: { retrain: 'true' } });
  expect(proxy.requests[0]).toBe(`CONNECT ${HOST}:443`);
  expect(new Set(proxy.requests).size).toBe(1);
  expect(github.dispatches).toHaveLength(1);
});
