import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startGitHubServer } from '../support/github-server.ts';
import { startProxy } from '../support/proxy.ts';
import { startTlsFront } from '../support/tls-front.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const HOST = 'api.github.test';

test('GitHub is reached through a proxy, by TLS from end to end', async () => {
  const github = await startGitHubServer();
  const front = await startTlsFront(HOST, Number(new URL(github.url).port));
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
