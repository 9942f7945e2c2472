import { dirname, join } from 'node:path';
import { attest } from '../../shared/attest/attest.ts';
import type { Bundles } from '../../shared/attest/github.ts';
import { hexOf, provenanceStatement } from '../../shared/attest/statement.ts';
import { type Trust, trustOf } from '../../shared/attest/trust.ts';
import { type AttestedVerdicts, attestedVerdicts } from '../../shared/attest/verdicts.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { attestationsOf, isAttestationOf } from '../../shared/registry/attested.ts';
import { isAbout, type JudgedModel, judges } from '../../shared/registry/evidence.ts';
import type { Attachment, ModelVersion } from '../../shared/registry/registry.ts';
import type { VerdictFile } from '../../shared/registry/verdicts.ts';
import type { Inputs } from './inputs.ts';

/** What a registration knows of attestations. */
export interface Signatures {
  readonly trust: Trust;
  readonly attested: AttestedVerdicts;
  /** What is to travel with the version. */
  readonly attachments: readonly Attachment[];
}

/** The file of a report folder, which lies beside the verdict that it attests. */
const FILE = 'attestations.jsonl';

/** Who attested the verdicts on these bytes: the files beside them tell, or if it must be attested, GitHub. */
export async function signaturesOf(
  { name, digest }: JudgedModel,
  verdicts: readonly VerdictFile[],
  inputs: Inputs,
  ports: Ports,
): Promise<Signatures> {
  const trust = await trustOf(inputs, { action: 'register-model', name }, ports);
  const judging = verdicts.filter(
    ({ verdict }) => verdict.action === 'validate-model' && isAbout(verdict, name) && judges(verdict, digest),
  );
  const beside = await filesBeside(judging, ports);
  const attested = await attestedVerdicts(
    { digest, verdicts: judging.map(({ verdict }) => verdict) },
    beside,
    trust,
  );
  const lines = [...beside.map(({ text }) => text.trim()), ...attested.fetched].filter((line) => line !== '');
  const attachments = lines.length === 0 ? [] : [attestationsOf('validate-model', `${lines.join('\n')}\n`)];
  return { trust, attested, attachments };
}

async function filesBeside(verdicts: readonly VerdictFile[], { files }: Ports): Promise<Bundles[]> {
  const paths = [...new Set(verdicts.map(({ file }) => join(dirname(file), FILE)))];
  const found = await Promise.all(
    paths.map(async (file) =>
      (await files.exists(file)) ? [{ file, text: await files.readText(file) }] : [],
    ),
  );
  return found.flat();
}

/** Attests that this workflow has registered the version, if no one has; and writes it into the report folder. */
export async function attestVersion(
  { name, version, digest, evidence }: ModelVersion,
  inputs: Inputs,
  ports: Ports,
): Promise<{ readonly attachments: readonly Attachment[]; readonly file: string }> {
  if (evidence.some((file) => isAttestationOf(file, 'register-model'))) return { attachments: [], file: '' };
  const subject = { name: `${name}@${version}`, digest: { sha256: hexOf(digest) } };
  const bundles = await attest(
    (claims, server) => [provenanceStatement([subject], claims, server)],
    inputs,
    ports,
  );
  if (bundles === undefined) return { attachments: [], file: '' };
  const file = await ports.files.writeReport(FILE, bundles);
  return { attachments: [attestationsOf('register-model', bundles)], file };
}
