/**
 * Validate, register and deploy with attestations, by the bundles of `dist/`, with Sigstore and GitHub at their real names
 * behind a runner's proxy; and what a library that is not in the bundles says of what they sign.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pullRequestInto } from '../support/base-branch.ts';
import type { StepOptions } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { at, DEPLOYMENT, NAME, STORES, validation, writeModel, writeProject } from '../support/project.ts';
import { startProxy } from '../support/proxy.ts';
import { CLAIMS, PULL_REQUEST, startSigstore } from '../support/sigstore.ts';
import { startTlsFront } from '../support/tls-front.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const BUNDLES = 'ml-loop-report/validate-model/attestations.jsonl';
const BY = `https://github.com/${CLAIMS.job_workflow_ref} at 0123456789ab, in https://github.com/acme/demand/actions/runs/4711/attempts/1`;
let world: Awaited<ReturnType<typeof startWorld>>;

beforeEach(async () => {
  world = await startWorld();
  writeProject(space);
  writeModel(space, 'model', 4);
  space.write('trusted_root.jsonl', [world.sigstore.publicRoot, world.sigstore.githubRoot]);
});
afterEach(() => world.close());

async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'ml-loop-world-'));
  const [github, sigstore] = await Promise.all([
    startGitHubServer({ repository: 'acme/demand' }),
    startSigstore(),
  ]);
  const front = (host: string, url: string) => startTlsFront(host, Number(new URL(url).port));
  const fronts = {
    'api.github.com': await front('api.github.com', github.url),
    'fulcio.sigstore.dev': await front('fulcio.sigstore.dev', sigstore.url),
    'rekor.sigstore.dev': await front('rekor.sigstore.dev', sigstore.url),
  };
  const hosts = Object.entries(fronts).map(([host, { port }]) => [`${host}:443`, port] as const);
  const proxy = await startProxy(Object.fromEntries(hosts));
  const certificates = Object.values(fronts).map(({ cert }) => cert);
  writeFileSync(join(folder, 'ca.pem'), certificates.join('\n'));
  return {
    github,
    sigstore,
    env: {
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/demand',
      https_proxy: proxy.url,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    },
    close: async () => {
      const servers = [github, sigstore, proxy, ...Object.values(fronts)];
      await Promise.all(servers.map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PAYLOAD = { repository: { default_branch: 'main' } };

/** A job on the default branch, with `id-token: write` and `attestations: write`. */
function job(more: Partial<StepOptions> = {}): Partial<StepOptions> {
  return {
    event: { name: 'push', payload: PAYLOAD },
    ...more,
    env: { ...world.env, ...world.sigstore.env, ...more.env },
  };
}

const GIVEN = {
  'github-token': 'write-token',
  'trusted-root': 'trusted_root.jsonl',
  'require-attested': 'true',
};
const validate = (options: Partial<StepOptions>, more: Record<string, string> = {}) =>
  space.step(
    'validate-model',
    { ...validation('model'), 'github-token': 'write-token', now: at(0), ...more },
    options,
  );
const register = (options: Partial<StepOptions>, more: Record<string, string> = {}) =>
  space.step(
    'register-model',
    { name: NAME, ...STORES, model: 'model', ...GIVEN, now: at(1), ...more },
    options,
  );
const deploy = (options: Partial<StepOptions>, more: Record<string, string> = {}) =>
  space.step('deploy-canary', { ...DEPLOYMENT, ...GIVEN, now: at(2), ...more }, options);

test.each([20, 24] as const)(
  'Node %i: what a workflow attests is registered and deployed, and says so',
  async (node) => {
    const validated = await validate(job({ node }));
    expect(validated).toMatchObject({
      exit: 0,
      stderr: '',
      temporary: [],
      outputs: { attestations: BUNDLES },
    });
    expect(validated.stdout).toContain(
      `attested as ${CLAIMS.job_workflow_ref}: urn:ml-loop:verdict:v1 of demand (sha256:`,
    );
    expect(space.read(BUNDLES).trim().split('\n')).toHaveLength(2);

    const registered = await register(job({ node }));
    expect(registered).toMatchObject({
      exit: 0,
      stderr: '',
      temporary: [],
      outputs: { status: 'pass', version: '1.0.0' },
    });
    expect(space.statuses('register-model')).toMatchObject({ 'register.attested': 'pass' });
    expect(registered.summary).toContain('register.attested');
    expect(space.read('registry/demand/versions/1.0.0/evidence/model-card.md')).toContain('0123456789ab');
    // Two of the verdict, one of the registration.
    expect(world.github.attestations).toHaveLength(3);

    space.write('logs/a.jsonl', []);
    const deployed = await deploy(job({ node }));
    expect(deployed).toMatchObject({ exit: 0, stderr: '', temporary: [] });
    const evidence = space.verdict('deploy-canary').checks.find(({ id }) => id === 'rollout.evidence');
    expect(evidence).toMatchObject({ status: 'pass' });
    expect(evidence?.message).toContain(BY);
  },
);

test('the command line verifies a version without a network', async () => {
  await validate(job());
  await register(job());
  const verify = (...more: string[]) =>
    space.cli(
      [
        ...['register-model', '--operation', 'verify', '--name', NAME, '--registry', 'dir:registry'],
        ...[
          '--version',
          '1.0.0',
          '--require-attested',
          'true',
          '--trusted-root',
          'trusted_root.jsonl',
          ...more,
        ],
      ],
      { env: { GITHUB_REPOSITORY: 'acme/demand', GITHUB_EVENT_PATH: join(space.folder, 'event.json') } },
    );
  space.write('event.json', JSON.stringify(PAYLOAD));
  const asked = world.sigstore.requests.length + world.github.requests.length;
  expect(await verify()).toMatchObject({ exit: 0 });
  expect(space.statuses('register-model')).toEqual({
    'register.attested': 'pass',
    'register.bytes': 'pass',
    'register.evidence': 'pass',
  });
  expect(await verify('--attested-by', '.github/workflows/other.yml@refs/heads/main')).toMatchObject({
    exit: 1,
  });
  expect(world.sigstore.requests.length + world.github.requests.length).toBe(asked);
});

describe('nothing is attested', () => {
  test('on a pull request, whatever the input says; and its verdict opens no door', async () => {
    world.sigstore.claim(PULL_REQUEST);
    const { name, payload } = pullRequestInto(space);
    const event = { name, payload: { ...PAYLOAD, ...payload } };
    const validated = await validate(job({ event }), { attest: 'true' });
    expect(validated).toMatchObject({ exit: 0, outputs: { attestations: '' } });
    expect(validated.stdout).toContain('not attested: pull requests only read');
    expect(world.sigstore.requests).toEqual([]);
    expect(await register(job())).toMatchObject({ exit: 1, outputs: { status: 'fail', version: '' } });
    expect(space.statuses('register-model')).toMatchObject({ 'register.attested': 'fail' });
  });

  test('without the permission, and the verdict is only declared', async () => {
    const validated = await validate({ env: world.env });
    expect(validated).toMatchObject({ exit: 0, outputs: { attestations: '' } });
    const registered = await register({ env: world.env }, { 'require-attested': 'false' });
    expect(registered).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    expect(registered.summary).toContain('only declared, not attested');
    expect(await deploy({ env: world.env })).toMatchObject({ exit: 1 });
    expect(space.statuses('deploy-canary')).toEqual({ 'rollout.attested': 'fail' });
  });

  test('and the run ends with an error that names the line, if it must be', async () => {
    const lacking = await validate({ env: world.env }, { attest: 'true' });
    expect(lacking).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(lacking.outputs.summary).toContain('id-token: write, attestations: write');
    const refused = await validate(job(), { attest: 'true', 'github-token': 'read-token' });
    expect(refused).toMatchObject({ exit: 2 });
    expect(refused.outputs.summary).toContain('permissions: { attestations: write }');
    expect(space.files().filter((file) => file.endsWith('verdict.json'))).toEqual([]);
  });

  test('if Sigstore fails, and the log says so', async () => {
    await world.sigstore.close();
    const validated = await validate(job());
    expect(validated).toMatchObject({ exit: 0, outputs: { attestations: '' } });
    expect(validated.stdout).toMatch(/not attested: .*gives no token of OpenID Connect/);
  });
});

test('what GitHub does not take is signed all the same, and opens the doors from the folder', async () => {
  const validated = await validate(job(), { 'github-token': 'read-token' });
  expect(validated).toMatchObject({ exit: 0, outputs: { attestations: BUNDLES } });
  expect(validated.stdout).toMatch(/signed, but not stored on GitHub: .*attestations: write/);
  expect(world.github.attestations).toEqual([]);
  expect(await register(job())).toMatchObject({ exit: 0 });
});

test('secrets of the job are in no file and no log but as masks', async () => {
  const validated = await validate(job());
  const given = space.givenOut(validated, 'ml-loop-report');
  const [token = ''] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(validated.stdout) ?? [];
  for (const [file, text] of Object.entries(given)) {
    const shown = text
      .split('\n')
      .filter((line) => !line.startsWith('::add-mask::'))
      .join('\n');
    expect([file, shown.includes('request-token'), token !== '' && shown.includes(token)]).toEqual([
      file,
      false,
      false,
    ]);
  }
});
