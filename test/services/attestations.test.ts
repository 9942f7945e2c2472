/** What ml-loop signs, as a verifier of bundles sees it that is not ours (sigstore-go, as GitHub's command line). */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { programOf } from '../../scripts/go-tool.ts';
import { SIGSTORE_GO } from '../../scripts/service-tools.ts';
import { claimsOf } from '../../shared/attest/claims.ts';
import {
  hexOf,
  provenanceStatement,
  type Statement,
  verdictDigest,
  verdictStatement,
} from '../../shared/attest/statement.ts';
import { openSigstore } from '../../shared/host/sigstore/sigstore.ts';
import type { SigstoreInstance } from '../../shared/ports/ports.ts';
import { canonicalJson } from '../../shared/verdict/digest.ts';
import { verdictText } from '../../shared/verdict/verdict.ts';
import { describeWith } from '../support/clients.ts';
import { modelVerdict, newVersion } from '../support/models.ts';
import { CLAIMS, type FakeSigstore, ISSUER, startSigstore } from '../support/sigstore.ts';

/** Paths that sort by bytes as no locale does, in a manifest as a registry keeps it. */
const { bundle: MODEL } = newVersion({ 'model.json': '{"w":1}', 'Ünïcode – "x".bin': 'a', 'A/b': 'c' });
const VERDICT = modelVerdict(MODEL.digest);
const sigstore = openSigstore(async () => '');

/** What the verifier prints of a bundle. */
interface Verified {
  readonly statement: Statement;
  readonly signature: { readonly certificate: Readonly<Record<string, string>> };
}

describeWith(SIGSTORE_GO)('sigstore-go verifies', () => {
  let fake: FakeSigstore;
  let folder: string;
  beforeAll(async () => {
    fake = await startSigstore();
  });
  afterAll(() => fake.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attested-'));
    put('verdict.json', verdictText(VERDICT));
    put('public.json', fake.publicRoot);
    put('github.json', fake.githubRoot);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(name: string, text: string): void {
    writeFileSync(join(folder, name), text);
  }

  /** @throws Error with what the verifier says, if it refuses. */
  async function verified(
    statement: Statement,
    instance: SigstoreInstance,
    artifact: string,
  ): Promise<Verified> {
    put('bundle.json', await sigstore.sign(JSON.stringify(statement), fake.token(), fake.services[instance]));
    const logged = instance === 'public';
    const { stdout } = await promisify(execFile)(programOf(SIGSTORE_GO), [
      ...[`-requireTlog=${logged}`, `-requireCTlog=${logged}`, `-expectedIssuer=${ISSUER}`],
      `-expectedSAN=https://github.com/${CLAIMS.job_workflow_ref}`,
      `-trustedrootJSONpath=${join(folder, `${instance}.json`)}`,
      ...['-minBundleVersion=0.3', `-artifact=${join(folder, artifact)}`],
      join(folder, 'bundle.json'),
    ]);
    return JSON.parse(stdout) as Verified;
  }

  test.each<SigstoreInstance>(['public', 'github'])(
    'provenance of verdict.json, of the %s instance',
    async (instance) => {
      const subject = [{ name: 'verdict.json', digest: { sha256: hexOf(verdictDigest(VERDICT)) } }];
      const statement = provenanceStatement(subject, claimsOf(fake.token()), 'https://github.com');
      const found = await verified(statement, instance, 'verdict.json');
      expect(found.statement).toEqual(statement);
      expect(found.signature.certificate).toMatchObject({
        issuer: ISSUER,
        sourceRepositoryURI: 'https://github.com/acme/demand',
        sourceRepositoryRef: 'refs/heads/main',
        sourceRepositoryDigest: CLAIMS.sha,
        buildTrigger: 'push',
        buildConfigURI: `https://github.com/${CLAIMS.workflow_ref}`,
        runInvocationURI: 'https://github.com/acme/demand/actions/runs/4711/attempts/1',
      });
    },
  );

  test('the verdict, by the list of the model’s files as the docs say to make it', async () => {
    put('manifest.json', JSON.stringify({ files: [...MODEL.files].reverse() }));
    const program = '[.files[] | {path, sha256, size}] | sort_by(.path)';
    const { stdout } = await promisify(execFile)('jq', ['-cj', program, join(folder, 'manifest.json')]);
    put('model.json', stdout);
    const found = await verified(verdictStatement(VERDICT), 'public', 'model.json');
    expect(found.statement).toEqual(JSON.parse(JSON.stringify(verdictStatement(VERDICT))));
  });

  test('nothing else: not another file, and not another instance', async () => {
    put('other.json', canonicalJson([]));
    await expect(verified(verdictStatement(VERDICT), 'public', 'other.json')).rejects.toThrow(/digest/i);
    put('public.json', fake.githubRoot);
    await expect(verified(verdictStatement(VERDICT), 'public', 'verdict.json')).rejects.toThrow();
  });
});
