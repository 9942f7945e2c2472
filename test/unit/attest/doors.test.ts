/** What register-model, its operation verify and deploy-canary make of attestations, genuine and forged. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/register-model/inputs.ts';
import { run } from '../../../actions/register-model/run.ts';
import { PERMISSIONS } from '../../../shared/attest/signer.ts';
import { provenanceStatement, type Statement, verdictStatement } from '../../../shared/attest/statement.ts';
import { trustOf } from '../../../shared/attest/trust.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { openSigstore } from '../../../shared/host/sigstore/sigstore.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { Outcome } from '../../../shared/ports/outcome.ts';
import type { Ports, SigstoreInstance } from '../../../shared/ports/ports.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { checkJudged } from '../../../shared/rollout/judged.ts';
import { type Verdict, verdictText } from '../../../shared/verdict/verdict.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';
import { modelVerdict } from '../../support/models.ts';
import { CLAIMS, type FakeSigstore, PULL_REQUEST, startSigstore } from '../../support/sigstore.ts';

const VERDICT = 'ml-loop-report/validate-model/verdict.json';
const BUNDLES = 'ml-loop-report/validate-model/attestations.jsonl';
const sigstore = openSigstore(async () => '');

let fake: FakeSigstore;
let other: FakeSigstore;
let github: GitHubServer;
let root: string;

beforeAll(async () => {
  [fake, other] = await Promise.all([startSigstore(), startSigstore()]);
});
afterAll(() => Promise.all([fake.close(), other.close()]));
beforeEach(async () => {
  github = await startGitHubServer({ repository: 'acme/demand' });
  root = mkdtempSync(join(tmpdir(), 'attested-'));
  put('model/model.json', '{"w":1}');
  put('trusted_root.jsonl', `${fake.publicRoot}\n${fake.githubRoot}\n`);
  put('event.json', '{"repository":{"default_branch":"main"}}');
});
afterEach(async () => {
  rmSync(root, { recursive: true, force: true });
  await github.close();
});

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const get = (path: string) => readFileSync(join(root, path), 'utf8');

interface Job {
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: string;
  readonly asked?: Ports['asked'];
  readonly token?: string;
}

function portsOf({ env = {}, event = 'push', asked, token = 'write-token' }: Job) {
  return createPorts({
    workingDirectory: root,
    reportFolder: 'ml-loop-report/register-model',
    now: new Date('2026-03-01T00:00:00Z'),
    env: {
      GITHUB_REPOSITORY: 'acme/demand',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: join(root, 'event.json'),
      ...env,
    },
    token,
    runner: { github: true, hosted: false, event },
    asked,
  });
}

async function register(values: Record<string, unknown> = {}, job: Job = {}): Promise<Outcome> {
  const given = {
    ...{ name: 'demand', model: 'model', registry: 'dir:registry', 'trusted-root': 'trusted_root.jsonl' },
    ...{ sigstore: JSON.stringify(fake.services.public), 'require-attested': true },
    ...values,
  };
  const inputs = parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
  const ports = portsOf(job);
  try {
    return await run(inputs, ports);
  } finally {
    await ports.close();
  }
}

const digestNow = async () => (await portsOf({}).files.bundle(['model'])).digest;

/** validate-model has found this, and wrote it. */
async function judged(parts: Parameters<typeof modelVerdict>[1] = {}): Promise<Verdict> {
  const verdict = modelVerdict(await digestNow(), { configuration: { samples: 'hide' }, ...parts });
  put(VERDICT, verdictText(verdict));
  return verdict;
}

async function sign(
  statement: Statement,
  {
    claims = {},
    by = fake,
    instance = 'public',
  }: { claims?: object; by?: FakeSigstore; instance?: SigstoreInstance } = {},
): Promise<string> {
  return sigstore.sign(JSON.stringify(statement), by.token(claims), by.services[instance]);
}

async function attestedVerdict(how: Parameters<typeof sign>[1] = {}): Promise<Verdict> {
  const verdict = await judged();
  put(BUNDLES, `${await sign(verdictStatement(verdict), how)}\n`);
  return verdict;
}

const checksOf = ({ verdict }: Outcome) =>
  Object.fromEntries(verdict.checks.map(({ id, status }) => [id, status]));
const checkOf = ({ verdict }: Outcome, id: string) => verdict.checks.find((check) => check.id === id);
const REFUSED = { 'register.attested': 'fail', 'register.evidence': 'pass' };

/** deploy-canary's door to version 1.0.0. */
async function deployable(values: Record<string, unknown> = {}, job: Job = {}) {
  const ports = portsOf(job);
  const given = {
    'require-attested': true,
    'attested-by': [],
    'trusted-root': 'trusted_root.jsonl',
    ...values,
  };
  const trust = await trustOf(given, { action: 'deploy-canary', name: 'demand' }, ports);
  const registry = await openRegistry(
    { registry: 'dir:registry', 'registry-timeout': 1000, 'state-persistent': true },
    ports,
  );
  const [version] = await registry.versions('demand');
  if (version === undefined) throw new Error('there is no version');
  return checkJudged(version, registry, { weaker: () => [], trust }, 'any');
}

describe('an attested verdict opens the doors', () => {
  test.each<SigstoreInstance>(['public', 'github'])(
    'of the %s instance, and says who judged',
    async (instance) => {
      await attestedVerdict({ instance });
      const outcome = await register();
      expect(checksOf(outcome)).toEqual({
        'register.attested': 'pass',
        'register.evidence': 'pass',
        'register.stored': 'pass',
        'register.alias': 'pass',
      });
      const by = `is attested by https://github.com/${CLAIMS.job_workflow_ref} at 0123456789ab, in https://github.com/acme/demand/actions/runs/4711/attempts/1`;
      expect(checkOf(outcome, 'register.attested')?.message).toBe(`who judged is shown: ${VERDICT} ${by}`);
      expect(checkOf(outcome, 'register.evidence')?.message).toBe(`the model was judged: ${VERDICT}`);
      const door = await deployable();
      expect(door).toMatchObject({ id: 'rollout.evidence', status: 'pass' });
      expect(door.message).toContain(by);
      expect(get('registry/demand/versions/1.0.0/evidence/attestations/validate-model.jsonl')).toBe(
        get(BUNDLES),
      );
    },
  );

  test('without a network, from the registry alone', async () => {
    await attestedVerdict();
    await register();
    const asked = github.requests.length + fake.requests.length;
    rmSync(join(root, 'ml-loop-report'), { recursive: true });
    const outcome = await register({ operation: 'verify', model: undefined, version: '1.0.0' });
    expect(checksOf(outcome)).toEqual({
      'register.bytes': 'pass',
      'register.evidence': 'pass',
      'register.attested': 'pass',
    });
    expect(await deployable()).toMatchObject({ status: 'pass' });
    expect(github.requests.length + fake.requests.length).toBe(asked);
  });

  test('if only GitHub keeps the attestation; it travels with the version from then on', async () => {
    const verdict = await attestedVerdict();
    const bundle = get(BUNDLES).trim();
    rmSync(join(root, BUNDLES));
    const stranger = await sign(verdictStatement(verdict), { claims: PULL_REQUEST });
    const store = portsOf({});
    for (const each of [bundle, stranger])
      await (await store.github()).request('POST /repos/{owner}/{repo}/attestations', {
        bundle: JSON.parse(each),
      });
    expect(checksOf(await register())).toMatchObject({
      'register.attested': 'pass',
      'register.stored': 'pass',
    });
    expect(get('registry/demand/versions/1.0.0/evidence/attestations/validate-model.jsonl')).toBe(
      `${bundle}\n`,
    );
    await github.close();
    github = await startGitHubServer({ repository: 'acme/demand' });
    expect(await deployable()).toMatchObject({ status: 'pass' });
  });

  test('although the registry gets the verdict without cell values', async () => {
    const shown = await judged({
      configuration: { samples: 'show' },
      checks: [{ id: 'comparison.mae', status: 'pass', message: 'the worst row is of Ada Lovelace' }],
    });
    put(BUNDLES, await sign(verdictStatement(shown)));
    expect(checksOf(await register())).toMatchObject({ 'register.attested': 'pass' });
    expect(get('registry/demand/versions/1.0.0/evidence/verdicts/validate-model.json')).not.toContain(
      'Lovelace',
    );
    expect(await deployable()).toMatchObject({ status: 'pass' });
  });

  test('of bytes that were registered without one, which is added', async () => {
    const verdict = await judged();
    await register({ 'require-attested': false });
    expect(await deployable()).toMatchObject({ id: 'rollout.attested', status: 'fail' });
    put(BUNDLES, await sign(verdictStatement(verdict)));
    const outcome = await register({ 'require-attested': false });
    expect(checkOf(outcome, 'register.stored')?.message).toMatch(
      /the new verdict was added to its evidence$/,
    );
    expect(await deployable()).toMatchObject({ status: 'pass' });
  });
});

describe('what is not attested', () => {
  test('is refused if it must be, with what to do first', async () => {
    await judged();
    const outcome = await register();
    expect(checksOf(outcome)).toEqual(REFUSED);
    expect(checkOf(outcome, 'register.attested')).toMatchObject({
      message: `no trusted workflow has attested the verdict: ${VERDICT} is not attested, but only declared by whoever wrote its file`,
      fix: `run validate-model on the default branch, and ${PERMISSIONS}; then go on with its verdict.json and its attestations.jsonl, unchanged`,
    });
    expect(outcome.outputs).toMatchObject({ created: 'false', version: '' });
  });

  test('is registered otherwise, and said to be only declared', async () => {
    await judged();
    const outcome = await register({ 'require-attested': false });
    expect(outcome.verdict.status).toBe('pass');
    expect(checksOf(outcome)).not.toHaveProperty('register.attested');
    expect(checkOf(outcome, 'register.evidence')?.message).toBe(
      `the model was judged: ${VERDICT}; the verdict is only declared, not attested: it is not shown who wrote it`,
    );
    expect(github.requests).toEqual([]);
    expect(get('registry/demand/versions/1.0.0/evidence/model-card.md')).toMatch(
      /\| Attested \| no: .*only declared/,
    );
    const door = await deployable({ 'require-attested': false });
    expect(door).toMatchObject({ id: 'rollout.evidence', status: 'pass' });
    expect(door.message).toMatch(/only declared, not attested/);
  });

  test('is refused too if the base branch’s configuration asks for it and the step does not', async () => {
    await judged();
    const asked: Ports['asked'] = async (action) =>
      action === 'validate-model'
        ? null
        : { values: { 'require-attested': true, 'attested-by': [] }, parse: () => undefined };
    expect(checksOf(await register({ 'require-attested': false }, { asked }))).toEqual(REFUSED);
    await register({ 'require-attested': false });
    expect(await deployable({ 'require-attested': false }, { asked })).toMatchObject({
      id: 'rollout.attested',
    });
  });

  test('the step cannot trust more workflows than the base branch’s configuration', async () => {
    const evil = {
      ref: 'refs/heads/evil',
      job_workflow_ref: 'acme/demand/.github/workflows/x.yml@refs/heads/evil',
    };
    await attestedVerdict({ claims: evil });
    const wide = { 'attested-by': '[.github/workflows/**@**]' };
    const asked: Ports['asked'] = async () => ({
      values: { 'require-attested': true, 'attested-by': [] },
      parse: () => undefined,
    });
    expect(checksOf(await register(wide))).toMatchObject({ 'register.attested': 'pass' });
    expect(checksOf(await register(wide, { asked }))).toEqual(REFUSED);
  });
});

describe('a forgery is refused', () => {
  const refusal = async (values: Record<string, unknown> = {}) => {
    const outcome = await register(values);
    expect(checksOf(outcome)).toEqual(REFUSED);
    return checkOf(outcome, 'register.attested')?.message;
  };
  /** The same evidence, put into the registry by somebody who can write there. */
  const deployRefusal = async () => {
    await register({ 'require-attested': false });
    const door = await deployable();
    expect(door).toMatchObject({ id: 'rollout.attested', status: 'fail' });
    return door.message;
  };
  const both = async (reason: RegExp) => {
    expect(await refusal()).toMatch(reason);
    expect(await deployRefusal()).toMatch(reason);
  };

  test('the signature is over another verdict', async () => {
    const digest = await digestNow();
    const statement = verdictStatement(modelVerdict(digest, { createdAt: new Date('2025-12-31T00:00:00Z') }));
    await judged();
    put(BUNDLES, await sign(statement));
    await both(
      /it is about another verdict on these bytes, or the verdict was changed after it was signed \(/,
    );
  });

  test('a failing verdict was attested, and then changed into a passing one', async () => {
    const failing = await judged({ checks: [{ id: 'comparison.mae', status: 'fail', message: 'worse' }] });
    put(BUNDLES, await sign(verdictStatement(failing)));
    await judged();
    await both(/the verdict was changed after it was signed/);
  });

  test('a failing verdict is attested', async () => {
    const failing = await judged({ checks: [{ id: 'comparison.mae', status: 'fail', message: 'worse' }] });
    put(BUNDLES, await sign(verdictStatement(failing)));
    expect(checksOf(await register())).toEqual({
      'register.evidence': 'fail',
      'register.contradicted': 'fail',
    });
  });

  test('the model is another one than the attestation is about', async () => {
    await attestedVerdict();
    put('model/model.json', '{"w":2}');
    expect(checksOf(await register())).toEqual({ 'register.evidence': 'fail' });
    await judged();
    await both(/it is about other bytes \(sha256:[0-9a-f]{64}\)/);
  });

  test.each<[string, object, RegExp]>([
    [
      'another repository',
      { repository: 'evil/demand' },
      /it was signed in the repository https:\/\/github\.com\/evil\/demand, not in https:\/\/github\.com\/acme\/demand/,
    ],
    [
      'a pull request',
      PULL_REQUEST,
      /it was signed in a run that the event pull_request started, and a pull request may attest nothing/,
    ],
    [
      'a pull request on the default branch',
      { event_name: 'pull_request_target' },
      /the event pull_request_target started/,
    ],
    [
      'another branch',
      { ref: 'refs/heads/evil', workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/heads/evil' },
      /it was signed in a run of refs\/heads\/evil, not of refs\/heads\/main/,
    ],
    [
      'a workflow file of another branch',
      { workflow_ref: 'acme/demand/.github/workflows/train.yml@refs/heads/evil' },
      /which is not a workflow of refs\/heads\/main/,
    ],
    [
      'another issuer',
      { iss: 'https://accounts.google.com' },
      /it was signed for https:\/\/accounts\.google\.com, not for the workflows of https:\/\/github\.com/,
    ],
  ])('the signer is of %s', async (_, claims, reason) => {
    await attestedVerdict({ claims });
    await both(reason);
  });

  test('the signer is a workflow that attested-by does not list', async () => {
    await attestedVerdict();
    const message = await refusal({ 'attested-by': '[.github/workflows/release.yml@refs/heads/main]' });
    expect(message).toMatch(/by https:.*train\.yml@refs\/heads\/main, which attested-by does not list/);
  });

  test('the bundle is of another trust root', async () => {
    await attestedVerdict({ by: other });
    await both(/its certificate is not of the trusted root, or was not valid when it signed/);
  });

  test('nothing shows when a certificate that has expired signed', async () => {
    await attestedVerdict({ instance: 'github' });
    const bundle = JSON.parse(get(BUNDLES));
    delete bundle.verificationMaterial.timestampVerificationData;
    put(BUNDLES, JSON.stringify(bundle));
    await both(/no trusted time stamp shows when it was signed/);
  });

  test('the bundle is damaged', async () => {
    await attestedVerdict();
    const bundle = JSON.parse(get(BUNDLES));
    bundle.dsseEnvelope.signatures[0].sig = `MEUC${bundle.dsseEnvelope.signatures[0].sig.slice(4).toUpperCase()}`;
    put(BUNDLES, JSON.stringify(bundle));
    await both(/the entry in the transparency log is of something else|it is damaged/);
  });

  test.each(['{', 'null\n[]\n', '{"mediaType":"x"}', '\u0000\u0001', '"text"'])(
    'the file is garbage: %j',
    async (text) => {
      await judged();
      put(BUNDLES, text);
      await both(/it is not a Sigstore bundle/);
    },
  );

  test('an empty file says nothing', async () => {
    await judged();
    put(BUNDLES, '\n');
    await both(/is not attested, but only declared/);
  });

  test('the attestation is of another kind', async () => {
    const verdict = await judged();
    const { subject } = verdictStatement(verdict);
    const { sub: _, ...claims } = JSON.parse(
      Buffer.from(fake.token().split('.')[1] ?? '', 'base64url').toString(),
    );
    put(BUNDLES, await sign(provenanceStatement(subject, claims, 'https://github.com')));
    await both(/is not attested, but only declared/);
  });

  test('an attestation that does not hold is a warning if none is required', async () => {
    await attestedVerdict({ claims: PULL_REQUEST });
    const outcome = await register({ 'require-attested': false });
    expect(checksOf(outcome)).toMatchObject({ 'register.attested': 'warn', 'register.stored': 'pass' });
    expect(await deployable({ 'require-attested': false })).toMatchObject({
      id: 'rollout.evidence',
      status: 'pass',
    });
  });

  test('a genuine attestation beside a forged one counts', async () => {
    const verdict = await attestedVerdict({ claims: PULL_REQUEST });
    put(BUNDLES, `{}\n${get(BUNDLES)}${await sign(verdictStatement(verdict))}\n`);
    expect(checksOf(await register())).toMatchObject({ 'register.attested': 'pass' });
  });
});

describe('what is missing is an error that says what to do', () => {
  const problem = async (values: Record<string, unknown>, job: Job = {}) => {
    const error = await register(values, job).then(
      () => new Error('it was registered'),
      (reason: Error) => reason,
    );
    return error.message;
  };

  test('a trusted root that is none, or is not there', async () => {
    await attestedVerdict();
    put('broken.json', '{"certificateAuthorities": 7}');
    expect(await problem({ 'trusted-root': 'broken.json' })).toMatch(
      /broken\.json: is not a trusted root of Sigstore’s/,
    );
    expect(await problem({ 'trusted-root': 'none.json' })).toMatch(/none\.json/);
  });

  test('the default branch, without an event that tells it and without GitHub’s word', async () => {
    await attestedVerdict();
    put('event.json', '{}');
    github.before(/^GET \/repos\/acme\/demand$/, () => ({ status: 403, body: { message: 'no' } }));
    expect(await problem({})).toMatch(/the default branch is not known.*403.*contents: read/);
    github.before(/^GET \/repos\/acme\/demand$/, () => ({ status: 200, body: { default_branch: 'main' } }));
    expect(checksOf(await register())).toMatchObject({ 'register.attested': 'pass' });
  });

  test('the right to read attestations', async () => {
    await judged();
    github.before(/^GET .*\/attestations\//, () => ({ status: 403, body: { message: 'no' } }));
    expect(await problem({})).toMatch(/GitHub does not show attestations \(403\).*attestations: read/);
  });

  test('attested-by and sigstore that are wrong', async () => {
    expect(await problem({ 'attested-by': '[train.yml]' })).toMatch(/must be \.github\/workflows\/FILE@REF/);
    expect(await problem({ sigstore: '{fulcio: "https://f.example"}' })).toMatch(
      /must say where rekor or timestamp is/,
    );
    expect(await problem({ sigstore: '{fulcio: "ftp://f.example", rekor: "https://r.example"}' })).toMatch(
      /see fulcio/,
    );
    expect(await problem({ sigstore: '{rekor: "https://r.example"}' })).toMatch(/must say where fulcio is/);
  });
});

describe('a registration is attested', () => {
  test('as provenance of the version’s digest, on GitHub and with the version; once', async () => {
    await attestedVerdict();
    const outcome = await register({}, { env: fake.env });
    expect(outcome.outputs.attestations).toBe('ml-loop-report/register-model/attestations.jsonl');
    const [stored] = github.attestations as { dsseEnvelope: { payload: string } }[];
    const statement = JSON.parse(Buffer.from(stored?.dsseEnvelope.payload ?? '', 'base64').toString('utf8'));
    expect(statement).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [{ name: 'demand@1.0.0', digest: { sha256: (await digestNow()).slice(7) } }],
    });
    const attached = get('registry/demand/versions/1.0.0/evidence/attestations/register-model.jsonl');
    expect(JSON.parse(attached)).toEqual(stored);
    await register({}, { env: fake.env });
    expect(github.attestations).toHaveLength(1);
  });

  test('never on a pull request: nothing is registered there at all', async () => {
    await attestedVerdict();
    await expect(register({}, { env: fake.env, event: 'pull_request' })).rejects.toThrow(
      /pull requests only read/,
    );
  });

  test('or else the run ends, if it must be: the version waits for its alias', async () => {
    await attestedVerdict();
    const run = register({ attest: 'true' }, { env: fake.env, token: 'read-token' });
    await expect(run).rejects.toThrow(
      /GitHub does not take the attestation \(403.*permissions: \{ attestations: write \}/,
    );
    await expect(register({ attest: 'true' })).rejects.toThrow(
      /id-token: write.*permissions: \{ id-token: write/,
    );
    const again = await register({ attest: 'true' }, { env: fake.env });
    expect(again.outputs).toMatchObject({ version: '1.0.0', created: 'false', previous: '' });
    expect(github.attestations).toHaveLength(1);
  });
});
