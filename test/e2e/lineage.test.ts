/** The whole loop on one disk, by the real bundles: drift, dispatch, retrain, release; and what `ml-loop lineage` tells of it. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import type { Lineage } from '../../shared/lineage/lineage.ts';
import { sha256Text } from '../../shared/verdict/digest.ts';
import { type GitHubServer, startGitHubServer } from '../support/github-server.ts';
import {
  at,
  DEPLOYMENT,
  logLines,
  NAME,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const ROWS = 400;
let server: GitHubServer;
beforeEach(async () => {
  server = await startGitHubServer();
});
afterEach(() => server.close());

function writeData(file: string, warmer: number): void {
  const rows = Array.from(
    { length: ROWS },
    (_, i) => `${file}-${i},${((i * 7919) % 101) / 10 + warmer},${i % 7}`,
  );
  space.write(file, ['id,temp,day', ...rows]);
}

/** Judges data and model, and registers it. */
async function registered(data: string, off: number, minute: number, payload?: unknown) {
  const event =
    payload === undefined
      ? {}
      : { event: { name: 'repository_dispatch', payload: { client_payload: payload } } };
  const now = at(minute);
  writeModel(space, 'model', off);
  const judged = await space.step('validate-data', { name: NAME, data, now }, event);
  expect(judged).toMatchObject({ stderr: '' });
  const { 'report-id': _, ...asked } = { ...validation('model'), 'report-id': '' };
  expect(await space.step('validate-model', { ...asked, now }, event)).toMatchObject({ exit: 0, stderr: '' });
  const profile = judged.outputs.profile ?? '';
  const step = await space.step(
    'register-model',
    { name: NAME, ...STORES, model: 'model', profile, now },
    event,
  );
  expect(step).toMatchObject({ exit: 0, stderr: '' });
  return step.outputs;
}

/** Releases a version: a minute in which both are served follows each step. */
async function promoted(start: number, version: string, stable?: string): Promise<void> {
  const one = { requests: 4000, errors: 40 };
  for (const [index, operation] of ['start', 'advance', 'advance', 'advance'].entries()) {
    const now = at(start + 6 * index);
    const inputs = { ...DEPLOYMENT, operation, 'first-release': 'allow', now };
    const { stderr, outputs } = await space.step('deploy-canary', inputs);
    expect(stderr).toBe('');
    if (outputs.phase === 'promoted') return;
    const served = stable === undefined ? { [version]: one } : { [version]: one, [stable]: one };
    space.write(`logs/${start + index}.jsonl`, logLines(start + 6 * index + 1, served));
  }
  throw new Error(`${version} was not promoted`);
}

async function looked(current: string, minute: number) {
  const { url: GITHUB_API_URL, repository: GITHUB_REPOSITORY } = server;
  const step = await space.step(
    'check-drift',
    {
      name: NAME,
      ...STORES,
      current,
      dispatch: 'ml-retrain',
      ignore: 'id',
      now: at(minute),
      'github-token': 'write-token',
    },
    { env: { GITHUB_API_URL, GITHUB_REPOSITORY } },
  );
  expect(step.stderr).toBe('');
  return step.outputs;
}

const flags = ['--name', NAME, '--registry', STORES.registry, '--state', STORES.state];
async function lineage(...more: string[]) {
  const run = await space.cli(['lineage', ...flags, ...more]);
  return { ...run, told: () => JSON.parse(run.stdout) as Lineage };
}

test('every link from drift to the next champion carries its digests, and lineage shows them', async () => {
  writeProject(space);
  writeData('train-1.csv', 0);
  const first = await registered('train-1.csv', 6, 0);
  const none = await lineage();
  expect(none).toMatchObject({ exit: 2, stdout: '' });
  expect(none.stderr).toMatch(/there is no champion of demand.*1\.0\.0/);

  await promoted(10, '1.0.0');
  writeData('today.csv', 3);
  expect((await looked('today.csv', 100)).retrain).toBe('true');
  const [dispatch] = server.dispatches;
  const payload = dispatch?.client_payload ?? {};

  writeData('train-2.csv', 3);
  const second = await registered('train-2.csv', 2, 110, payload);
  await promoted(120, second.version ?? '', '1.0.0');
  writeData('tomorrow.csv', 3);
  expect((await looked('tomorrow.csv', 200)).retrain).toBe('false');
  const { told, exit } = await lineage('--json', '--html', 'lineage.html');
  const found = told();
  expectSchema('lineage', found);
  expect(found.gaps).toEqual([
    expect.objectContaining({ link: 'provenance', what: 'the commit is not recorded' }),
  ]);
  expect(exit).toBe(0);
  const evidence = (version: string, file: string) =>
    space.read(`registry/${NAME}/versions/${version}/evidence/${file}`);
  const profileOf = (version: string) => JSON.parse(evidence(version, 'profile.json')).digest as string;
  expect(found).toMatchObject({
    version: { version: second.version, digest: second.digest },
    isChampion: true,
    provenance: {
      trainingData: [{ digest: profileOf(second.version ?? '') }],
      retrain: { dedupeKey: payload['dedupe-key'], champion: { version: '1.0.0', digest: first.digest } },
    },
    ancestors: [{ version: '1.0.0', digest: first.digest }],
    request: { status: 'dispatched', compared: { reference: profileOf('1.0.0') } },
    rollouts: [{ phase: 'promoted', canary: { digest: second.digest }, stable: { digest: first.digest } }],
    drift: {
      looks: [
        { champion: { digest: second.digest }, reference: profileOf(second.version ?? ''), retrain: null },
      ],
      retrains: [],
    },
  });
  const judged = found.verdicts.find(({ action }) => action === 'validate-model');
  expect(judged?.digest).toBe(sha256Text(evidence(second.version ?? '', judged?.file ?? '')));

  const before = (await lineage('--which', '1.0.0', '--json')).told();
  expect(before.isChampion).toBe(false);
  expect(before.rollouts).toMatchObject([{ phase: 'promoted', canary: { digest: first.digest } }]);
  expect(before.drift.retrains).toMatchObject([{ dedupeKey: payload['dedupe-key'] }]);

  const { stdout } = await lineage();
  const page = space.read('lineage.html');
  const digests = [second.digest, first.digest, payload['dedupe-key'], profileOf('1.0.0'), judged?.digest];
  for (const digest of digests) {
    expect(stdout).toContain(digest);
    expect(page).toContain(digest);
  }
  const { document } = parseHTML(page);
  expect(document.querySelectorAll('script, link, img').length).toBe(0);
  expect([...document.querySelectorAll('h2')].map((title) => title.textContent)).toContain(
    'Why it was trained',
  );
});
