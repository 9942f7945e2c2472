import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBundle, parseRoot, type SignedStatement } from '../../../shared/attest/bundle.ts';
import { claimsOf } from '../../../shared/attest/claims.ts';
import { strangerBecause } from '../../../shared/attest/signer.ts';
import {
  provenanceStatement,
  type Statement,
  UntrustedAttestation,
  verdictStatement,
} from '../../../shared/attest/statement.ts';
import { openSigstore } from '../../../shared/host/sigstore/sigstore.ts';
import type { SigstoreInstance } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { modelVerdict, newVersion } from '../../support/models.ts';
import { CLAIMS, type FakeSigstore, ISSUER, startSigstore } from '../../support/sigstore.ts';

const DIGEST = newVersion({ model: 'a' }).bundle.digest;
const STATEMENT = verdictStatement(modelVerdict(DIGEST));
const sigstore = openSigstore(async () => '');

let fake: FakeSigstore;
let other: FakeSigstore;
/** Signed with the log, as in a public repository; and with a time stamp only, as in a private one. */
let logged: string;
let stamped: string;

const sign = (by: FakeSigstore, statement: Statement | string, instance: SigstoreInstance) =>
  sigstore.sign(
    typeof statement === 'string' ? statement : JSON.stringify(statement),
    by.token(),
    by.services[instance],
  );

beforeAll(async () => {
  [fake, other] = await Promise.all([startSigstore(), startSigstore()]);
  [logged, stamped] = await Promise.all([sign(fake, STATEMENT, 'public'), sign(fake, STATEMENT, 'github')]);
});
afterAll(() => Promise.all([fake.close(), other.close()]));

const publicly = () => [parseRoot(fake.publicRoot, 'root')];
const privately = () => [parseRoot(fake.githubRoot, 'root')];

/** Why the bundle is not trusted. */
function reason(text: string, roots = publicly()): string {
  try {
    openBundle(text, roots);
  } catch (error) {
    if (error instanceof UntrustedAttestation) return error.message;
    throw error;
  }
  return 'trusted';
}

/** A bundle with another value at a place, or without one. */
function changed(text: string, path: string, value?: unknown): string {
  const bundle = JSON.parse(text);
  const keys = path.split('.');
  const parent = keys.slice(0, -1).reduce((each, key) => each[key], bundle);
  parent[keys.at(-1) as string] = value;
  return JSON.stringify(bundle);
}

function at(text: string, path: string): unknown {
  return path.split('.').reduce((each, key) => each[key], JSON.parse(text));
}

describe('a bundle is opened', () => {
  const expected: SignedStatement = {
    statement: STATEMENT,
    signer: {
      issuer: ISSUER,
      workflow: `https://github.com/${CLAIMS.job_workflow_ref}`,
      started: `https://github.com/${CLAIMS.workflow_ref}`,
      repository: 'https://github.com/acme/demand',
      ref: 'refs/heads/main',
      commit: CLAIMS.sha,
      event: 'push',
      run: 'https://github.com/acme/demand/actions/runs/4711/attempts/1',
    },
  };

  test('with the statement and the workflow that signed it, of either instance', () => {
    expect(openBundle(logged, publicly())).toEqual(expected);
    expect(openBundle(stamped, privately())).toEqual(expected);
  });

  test('by whichever root vouches for it', () => {
    const roots = [...privately(), parseRoot(other.publicRoot, 'other'), ...publicly()];
    expect(openBundle(logged, roots)).toEqual(expected);
    expect(openBundle(stamped, roots)).toEqual(expected);
  });
});

describe('a bundle that GitHub’s own action made is opened', () => {
  const seeds = JSON.parse(readFileSync('node_modules/@sigstore/tuf/seeds.json', 'utf8'));
  const { targets } = seeds['https://tuf-repo-cdn.sigstore.dev'];
  const roots = [parseRoot(Buffer.from(targets['trusted_root.json'], 'base64').toString('utf8'), 'seed')];
  const opened = (name: string) =>
    openBundle(readFileSync(`test/fixtures/attestations/${name}.sigstore.json`, 'utf8'), roots);

  test('of a reusable workflow: who signed is not who was started', () => {
    const { signer, statement } = opened('reusable-workflow');
    expect(signer).toEqual({
      issuer: ISSUER,
      workflow:
        'https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d',
      started: 'https://github.com/malancas/attest-demo/.github/workflows/shared.yml@refs/heads/main',
      repository: 'https://github.com/malancas/attest-demo',
      ref: 'refs/heads/main',
      commit: '95baf27389e83e6a5c48f42e190d48d7abcea19e',
      event: 'workflow_dispatch',
      run: 'https://github.com/malancas/attest-demo/actions/runs/9228858953/attempts/1',
    });
    expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
  });

  test('of an enterprise with an issuer of its own; and our provenance has the shape of its', () => {
    const { signer, statement } = opened('enterprise-issuer');
    expect(signer.issuer).toBe(`${ISSUER}/hammer-time`);
    expect(
      strangerBecause(signer, {
        server: 'https://github.com',
        repository: 'too-legit/attest',
        defaultBranch: 'main',
        workflows: [],
      }),
    ).toBeUndefined();
    const ours = provenanceStatement(statement.subject, claimsOf(fake.token()), 'https://github.com');
    const shape = (value: unknown) =>
      leaves(value)
        .map((path) => path.join('.'))
        .sort();
    expect(shape(ours)).toEqual(shape(statement));
  });
});

describe('a bundle is not trusted', () => {
  test('if it is of another Sigstore', () => {
    const foreign = [parseRoot(other.publicRoot, 'root')];
    expect(reason(logged, foreign)).toMatch(/^its certificate is not of the trusted root/);
    expect(reason(stamped, [parseRoot(other.githubRoot, 'root')])).toMatch(
      /^no trusted time stamp shows when it was signed/,
    );
  });

  test('if no root is there whose authority issued its certificate', () => {
    expect(reason(logged, [])).toBe('its certificate was not issued by an authority of the trusted root');
  });

  test('if it was not logged, but the instance has a log', () => {
    expect(reason(changed(logged, 'verificationMaterial.tlogEntries'))).toMatch(/^no trusted time stamp/);
    expect(reason(stamped)).toMatch(/^no trusted time stamp/);
  });

  test('if nothing shows when it was signed: its certificate may have expired before', () => {
    const bare = changed(stamped, 'verificationMaterial.timestampVerificationData');
    expect(reason(bare, privately())).toMatch(/^no trusted time stamp shows when it was signed/);
  });

  test('if it was signed after its certificate had expired', async () => {
    const late = await startSigstore(new Date(Date.now() + 3_600_000));
    try {
      const text = await sign(late, STATEMENT, 'public');
      expect(reason(text, [parseRoot(late.publicRoot, 'root')])).toMatch(/was not valid when it signed/);
    } finally {
      await late.close();
    }
  });

  test('if its payload was changed', () => {
    const forged = { ...STATEMENT, subject: [{ name: 'demand', digest: { sha256: 'f'.repeat(64) } }] };
    const payload = Buffer.from(JSON.stringify(forged)).toString('base64');
    const change = (text: string) => changed(text, 'dsseEnvelope.payload', payload);
    expect(reason(change(logged))).toMatch(/^the entry in the transparency log is of something else/);
    expect(reason(change(stamped), privately())).toMatch(/^its signature does not fit what it says/);
  });

  test('if its certificate was replaced by another signer’s', async () => {
    const place = 'verificationMaterial.certificate';
    const stranger = await sign(fake, STATEMENT, 'github');
    const mixed = changed(stranger, place, at(stamped, place));
    expect(reason(mixed, privately())).toMatch(/^its signature does not fit what it says/);
  });

  test('if it signs something else than an in-toto statement', async () => {
    const texts = ['{}', 'no JSON', JSON.stringify({ ...STATEMENT, subject: [{ name: 'x', digest: {} }] })];
    const reasons = [];
    for (const text of texts) reasons.push(reason(await sign(fake, text, 'public')));
    expect(reasons).toEqual([
      'what it signs is not an in-toto statement v1',
      'what it signs is not JSON',
      'what it signs names bytes without a SHA-256',
    ]);
  });

  test.each([
    ['no JSON', 'certificate'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['a number', '7'],
  ])('if it is garbage: %s', (_, text) => {
    expect(reason(text)).toMatch(/^it is not a Sigstore bundle/);
  });

  test('if any field of it is damaged', () => {
    const trusted: string[] = [];
    for (const [text, roots] of [
      [logged, publicly()],
      [stamped, privately()],
    ] as const) {
      for (const path of leaves(JSON.parse(text))) {
        const place = path.join('.');
        const damaged = changed(text, place, damage(String(at(text, place))));
        if (reason(damaged, roots) === 'trusted') trusted.push(place);
      }
    }
    expect(trusted).toEqual(HARMLESS);
  });
});

/** What is not read: the checkpoint, which the log has signed, says the same; a note may end with anything. */
const HARMLESS: readonly string[] = [
  'mediaType',
  'verificationMaterial.tlogEntries.0.inclusionProof.rootHash',
  'verificationMaterial.tlogEntries.0.inclusionProof.treeSize',
  'verificationMaterial.tlogEntries.0.inclusionProof.checkpoint.envelope',
  'mediaType',
];

function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [[...path]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

/** Another byte where base64 holds bytes, or another text or number. */
function damage(text: string): string {
  return /^[A-Za-z0-9+/=]{24,}$/.test(text)
    ? `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`
    : `${text}9`;
}

describe('a trusted root', () => {
  test.each([
    ['no JSON', 'x'],
    ['without an authority', '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'],
    ['null', 'null'],
    [
      'with a certificate that is none',
      '{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
    ],
  ])('is refused if it is %s', (_, text) => {
    expect(() => parseRoot(text, 'root.json')).toThrow(UserError);
    expect(() => parseRoot(text, 'root.json')).toThrow(/root\.json: is not a trusted root of Sigstore’s/);
  });
});

describe('Sigstore’s refusals are told', () => {
  test('with the server, and what to do', async () => {
    await expect(sigstore.sign(JSON.stringify(STATEMENT), 'no token', fake.services.public)).rejects.toThrow(
      /Sigstore did not sign/,
    );
    await expect(
      sigstore.sign(JSON.stringify(STATEMENT), fake.token(), {
        ...fake.services.public,
        fulcio: `${fake.url}/nowhere`,
      }),
    ).rejects.toThrow(/Sigstore did not sign \(.*404/);
  });
});

test('the predicate is as the docs show it', () => {
  const [, example = ''] =
    /### The predicate\n\n```json\n(.*?)```/s.exec(readFileSync('docs/attestations.md', 'utf8')) ?? [];
  const shape = (value: unknown) => leaves(value).map((path) => path.join('.'));
  expect(shape(JSON.parse(example))).toEqual(shape(STATEMENT.predicate));
});

test('provenance says what GitHub’s own attestations say', () => {
  const claims = claimsOf(fake.token());
  const subject = [{ name: 'verdict.json', digest: { sha256: 'a'.repeat(64) } }];
  expect(provenanceStatement(subject, claims, 'https://github.com')).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: {
          workflow: {
            ref: 'refs/heads/main',
            repository: 'https://github.com/acme/demand',
            path: '.github/workflows/train.yml',
          },
        },
        internalParameters: {
          github: {
            event_name: 'push',
            repository_id: '17',
            repository_owner_id: '4',
            runner_environment: 'github-hosted',
          },
        },
        resolvedDependencies: [
          { uri: 'git+https://github.com/acme/demand@refs/heads/main', digest: { gitCommit: CLAIMS.sha } },
        ],
      },
      runDetails: {
        builder: { id: `https://github.com/${CLAIMS.job_workflow_ref}` },
        metadata: { invocationId: 'https://github.com/acme/demand/actions/runs/4711/attempts/1' },
      },
    },
  });
});
