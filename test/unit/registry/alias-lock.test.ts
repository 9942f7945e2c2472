import { expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import { ClientHttp } from '../../../shared/host/http.ts';
import type { Runner } from '../../../shared/ports/ports.ts';
import { type AliasLock, aliasLock } from '../../../shared/registry/alias-lock.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { AliasConflict } from '../../../shared/registry/registry.ts';
import { useGitHubSpace } from '../../support/github-space.ts';
import { type MemoryClock, memoryPorts } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';
import { startOciRegistry } from '../../support/oci-registry.ts';
import { REAL_CLOCK } from '../../support/oci-space.ts';

const space = useGitHubSpace();
const KEY = 'acme/models/demand';
const LOCK = `${KEY}/_lock`;
const REF = `refs/ml-loop-locks/${LOCK}`;

function lock(parts: { token?: string; clock?: MemoryClock | typeof REAL_CLOCK } = {}): AliasLock {
  const { token = 'write-token', clock = space.clock } = parts;
  const { url: apiUrl, repository } = space.server;
  return aliasLock({
    clock,
    log: { info: (line) => space.logged.push(line) },
    github: async () => openGitHub({ apiUrl, repository, token, secondMs: 1 }),
  });
}

test('one run at a time works, and the lock is given back, also if the work fails', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all(Array.from({ length: 6 }, () => lock({ clock: REAL_CLOCK })(KEY, work)));
  expect(most).toBe(1);
  const failing = lock()(KEY, async () => {
    throw new Error('in the work');
  });
  await expect(failing).rejects.toThrow('in the work');
  expect(space.server.log(REF)[0]).toBe(`${LOCK}: given back`);
  expect(await lock()(KEY, async () => 'done')).toBe('done');
});

test('what a run that was killed holds is taken over after two minutes', async () => {
  const never = new Promise<void>(() => {});
  const taken = new Promise<void>((resolve) => {
    void lock()(KEY, () => {
      resolve();
      return never;
    });
  });
  await taken;
  const start = space.clock.now().getTime();
  await lock()(KEY, async () => {});
  const waited = space.clock.now().getTime() - start;
  expect(waited).toBeGreaterThanOrEqual(120_000);
  expect(waited).toBeLessThan(130_000);
  expect(space.logged).toEqual([
    expect.stringMatching(/^Another run moves an alias \(.*demand\/_lock\); waiting for it/),
  ]);
});

test('a run that held it for too long is told, and does not take it from the next one', async () => {
  await lock()(KEY, async () => {
    space.clock.advance(130_000);
    await lock()(KEY, async () => {});
  });
  expect(space.logged).toEqual([expect.stringMatching(/was taken over: this run held it for too long/)]);
  expect(space.server.log(REF)).toEqual([`${LOCK}: given back`, `${LOCK}: taken`, `${LOCK}: taken`]);
});

test.each([
  ['without the permission', 'read-token', /403.*contents: write/],
  ['with a token that is not valid', 'old', /401/],
])('%s the work is done without it, and that is said once', async (_, token, reason) => {
  const reader = lock({ token });
  expect(await reader(KEY, async () => 1)).toBe(1);
  expect(await reader(KEY, async () => 2)).toBe(2);
  expect(space.logged).toEqual([
    expect.stringMatching(/^Aliases move without a lock, so the last of two writers/),
  ]);
  expect(space.logged[0]).toMatch(reason);
});

test('the input registry opens oci: with it on GitHub, and an alias then moves once from where it is expected', async () => {
  const server = await startOciRegistry({ clock: REAL_CLOCK });
  const runner: Runner = { github: true, hosted: true, repository: 'acme/models', containers: 'ghcr.io' };
  const { url: apiUrl, repository } = space.server;
  const ports = memoryPorts({
    runner,
    clock: REAL_CLOCK,
    http: new ClientHttp(),
    github: async () => openGitHub({ apiUrl, repository, token: 'write-token' }),
  });
  const registry = `oci://${server.host}/acme/models`;
  const open = () => openRegistry({ registry, 'registry-timeout': 1, 'state-persistent': false }, ports);
  const first = await open();
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0'])
    await first.create(newVersion({ model: version }, { version }));
  const moves = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].map(async (version) =>
    (await open()).setAlias('demand', 'champion', version, null),
  );
  const settled = await Promise.allSettled(moves);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of settled)
    if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(AliasConflict);
  expect([...space.server.git.refs.keys()]).toEqual(['refs/ml-loop-locks/acme/models/demand/_lock']);
  await server.close();
});
