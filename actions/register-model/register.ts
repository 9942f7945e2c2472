import { weakerThan } from '../../shared/model/weaker.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { together } from '../../shared/problem/parallel.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { attestedOf } from '../../shared/registry/attested.ts';
import { refuseWrongName } from '../../shared/registry/champion.ts';
import { productionNow } from '../../shared/registry/compared.ts';
import {
  attestedWords,
  type Door,
  evidenceChecks,
  expectedDigests,
  isStronger,
} from '../../shared/registry/evidence.ts';
import { isReference, type ModelBundle, modelBundle } from '../../shared/registry/origin/model.ts';
import {
  attachedProvenance,
  PROVENANCE,
  type Provenance,
  printProvenance,
} from '../../shared/registry/provenance.ts';
import { type RegisterResult, register } from '../../shared/registry/register.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { attachedVerdicts, type VerdictFile } from '../../shared/registry/verdicts.ts';
import { modelCard } from '../../shared/report/card.ts';
import { bytesIn } from '../../shared/verdict/digest.ts';
import { type Check, type JsonObject, verdictOf } from '../../shared/verdict/verdict.ts';
import type { OperationTerms } from './asked.ts';
import { attestVersion, signaturesOf } from './attested.ts';
import type { OperationCall } from './call.ts';
import { judgementsOf, profileOf, type TrainingProfile, verdictsOf } from './evidence.ts';
import { type PackagedImage, packagingOf } from './image.ts';
import type { Inputs } from './inputs.ts';
import { givenProvenance, type ProvenanceInputs, provenanceOf } from './provenance.ts';
import { versionRows } from './versions.ts';

type NamedInputs = Inputs & { readonly name: string; readonly model: readonly string[] };

/** Registers the model's bytes if the verdicts allow it, and points the alias to their version. */
export async function registerModel(
  { name, inputs: asking, registry, ports }: OperationCall,
  { model, version }: Extract<OperationTerms, { operation: 'register' }>,
): Promise<Outcome> {
  await refuseWrongName(registry, { name, given: asking.name !== undefined });
  const inputs: NamedInputs = { ...asking, name, model, version };
  const verdicts = await verdictsOf(inputs, ports);
  const door = await doorOf(name, registry, ports);
  const [profile, given] = await together(
    profileOf(inputs, ports),
    givenProvenance(inputs, { name, registry }, ports),
  );
  const asked = { inputs, registry, ports, verdicts, door, profile, given };
  const staged = model.some(isReference) ? undefined : registry.staged;
  const expected = expectedDigests(name, verdicts, door);
  const hashed = () => modelBundle(model, 'model', ports, (_path, _source, read) => read());
  if (staged === undefined || expected.length === 0) return registerBundle(asked, await hashed());
  return staged(name, async ({ store, create }) => {
    const bundle = await ports.files.bundle(model, (path, source) => store(path, source));
    // Is it the model that is another one than expected, or the copy?
    if (!expected.includes(bundle.digest) && (await hashed()).digest !== bundle.digest)
      throw otherCopy(model);
    return registerBundle({ ...asked, registry: { ...registry, create } }, bundle);
  });
}

function otherCopy(model: readonly string[]): UserError {
  return new UserError({
    what: 'was copied, and the copy does not hold the same bytes',
    where: model.join(', '),
    fix: 'register the model again when no other process writes to it; if it happens again, check the disk of the registry',
  });
}

interface Asking {
  readonly inputs: NamedInputs;
  readonly registry: Registry;
  readonly ports: Ports;
  readonly verdicts: readonly VerdictFile[];
  readonly door: Door;
  readonly profile: TrainingProfile | undefined;
  readonly given: ProvenanceInputs;
}

async function registerBundle(
  { inputs, registry, ports, verdicts, door: asked, profile, given }: Asking,
  bundle: ModelBundle,
): Promise<Outcome> {
  const { name } = inputs;
  const judgements = judgementsOf(inputs, bundle, verdicts);
  const judged = { name, digest: bundle.digest };
  const { trust, attested, attachments: signatures } = await signaturesOf(judged, verdicts, inputs, ports);
  const door = { ...asked, attested };
  const checks = evidenceChecks(judged, verdicts, door);
  if (checks.some(({ status }) => status === 'fail')) return outcome(inputs, ports, bundle, checks);

  const provenance = provenanceOf(given, {
    ...{ digest: bundle.digest, judgements, profile: profile?.profile },
    versions: door.production?.versions ?? [],
  });
  const evidence = [
    ...judgements,
    ...(profile === undefined ? [] : [profile.attachment]),
    ...given.lockFiles,
    { name: PROVENANCE, content: printProvenance(provenance) },
    ...signatures,
  ];
  const metadata = Object.fromEntries(
    Object.entries(inputs.metadata ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const createdAt = ports.clock.now();
  const told = { name, ...bundle, createdAt: createdAt.toISOString(), metadata, provenance };
  const packaging =
    inputs.image === undefined
      ? undefined
      : await packagingOf(inputs.image, bundle, { inputs, registry, ports });
  let attestations = '';
  const registered = await register(registry, {
    ...{ name, version: inputs.version, bundle, file: bundle.source, metadata, evidence, createdAt },
    ...(bundle.origin === undefined ? {} : { origin: bundle.origin }),
    alias: inputs.alias,
    card: (number) =>
      modelCard({
        ...told,
        version: number,
        verdicts: judgements.map(({ verdict }) => verdict),
        attested: attestedWords(checks),
      }),
    ...(packaging === undefined ? {} : { package: packaging.package }),
    isBetter: async (version) => {
      const { verdicts: had } = await attachedVerdicts(version, registry);
      const theirs = await attestedOf(version, had, registry, { ...trust, find: async () => [] });
      return isStronger(checks, evidenceChecks(judged, had, { ...door, attested: theirs }));
    },
    attest: async (made) => {
      const { attachments: signed, file } = await attestVersion(made, inputs, ports);
      attestations = file;
      return signed;
    },
  });
  const versions = await versionRows(registry, name);
  const packaged = packaging?.made();
  const kept = registered.created ? provenance : await keptProvenance(registered.version, registry);
  const all = [
    ...checks,
    stored(inputs, registered),
    ...(packaged === undefined ? [] : [packaged.check]),
    aliased(inputs, registered),
  ];
  return outcome(inputs, ports, bundle, all, {
    ...registered,
    ...{ versions, packaged, attestations },
    provenance: kept,
  });
}

/** Of a version that was there, what it says itself; if that is damaged, `verify` tells. */
async function keptProvenance(version: ModelVersion, registry: Registry): Promise<Provenance | undefined> {
  try {
    return await attachedProvenance(version, registry);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What the registration asks of the verdicts. */
async function doorOf(name: string, registry: Registry, { asked }: Ports): Promise<Door> {
  const settings = await asked?.('validate-model', name);
  return {
    production: await productionNow(registry, name),
    weaker: (verdict) => (settings == null ? [] : weakerThan(settings, verdict)),
  };
}

function stored(inputs: Inputs, { version, created, renewed }: RegisterResult): Check {
  const common = { id: 'register.stored', observed: version.version, expected: inputs.version };
  if (created)
    return {
      ...common,
      status: 'pass',
      message: `${version.name} ${version.version} was registered and read back${placeOf(version)}`,
    };
  const message = `these bytes are ${version.name} ${version.version} already, registered ${version.createdAt}${placeOf(version)}; ${renewed ? 'the new verdict was added to its evidence' : 'its evidence was kept'}`;
  const asked = inputs.version === 'auto' || inputs.version === version.version;
  if (asked) return { ...common, status: 'pass', message };
  return {
    ...common,
    status: 'warn',
    message: `${message}, and ${inputs.version} was not made`,
    fix: 'leave version: auto; bytes have one version',
  };
}

/** Where the bytes are, if not in the registry. */
function placeOf({ origin }: ModelVersion): string {
  return origin === undefined ? '' : `; its bytes stay in ${origin.reference}`;
}

function aliased({ name, alias }: NamedInputs, { version, previous }: RegisterResult): Check {
  const before = previous === null ? 'nothing' : previous;
  const moved = previous === version.version ? 'still points' : `points (before: to ${before})`;
  return {
    id: 'register.alias',
    status: 'pass',
    observed: version.version,
    expected: version.version,
    message: `the alias ${alias} of ${name} ${moved} to ${version.version}`,
  };
}

function outcome(
  inputs: NamedInputs,
  ports: Ports,
  bundle: LocalBundle,
  checks: readonly Check[],
  registered?: RegisterResult & {
    readonly versions: JsonObject[];
    readonly packaged: PackagedImage | undefined;
    readonly provenance: Provenance | undefined;
    readonly attestations: string;
  },
): Outcome {
  const { name, model, version, alias, registry = 'auto' } = inputs;
  const made = registered?.version;
  return {
    verdict: verdictOf({
      action: 'register-model',
      name,
      subjects: [
        { role: 'model', name: model.join(', '), digest: bundle.digest },
        ...(registered?.packaged === undefined ? [] : [registered.packaged.subject]),
      ],
      checks,
      measures: {
        model: { files: bundle.files.length, bytes: bytesIn(bundle.files) },
        ...(registered === undefined ? {} : { versions: registered.versions }),
        ...(registered?.provenance === undefined ? {} : { provenance: registered.provenance }),
      },
      configuration: { model, version, alias, registry, 'require-attested': inputs['require-attested'] },
      createdAt: ports.clock.now(),
      scope: scopeOf(name, registered),
    }),
    outputs: {
      version: made?.version ?? '',
      digest: bundle.digest,
      uri: made?.uri ?? '',
      created: String(registered?.created ?? false),
      image: registered?.packaged?.output ?? '',
      previous: registered?.previous ?? '',
      attestations: registered?.attestations ?? '',
    },
  };
}

/** The tail of "3 checks passed …". */
function scopeOf(name: string, registered: RegisterResult | undefined): string {
  if (registered === undefined) return `for ${name}, which was not registered`;
  const { version, created } = registered;
  return `for ${name} ${version.version}, ${created ? 'newly registered' : 'registered before'}`;
}
