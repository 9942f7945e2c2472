import { inc, rcompare } from 'semver';
import { UserError } from '../problem/problem.ts';
import { isAttestation } from './attested.ts';
import { aliasProblem } from './names.ts';
import {
  type Attachment,
  type ModelVersion,
  type NewVersion,
  type Registry,
  VersionTakenError,
} from './registry.ts';

export interface Registration extends Omit<NewVersion, 'version'> {
  /** `auto`, or a SemVer version. */
  readonly version: string;
  readonly alias: string;
  /** The content of `model-card.md`, which a new version gets beside its evidence. */
  card?(version: string): string;
  /** Makes what is deployed of the version, which is there; what comes of it is attached before the alias names it. */
  package?(version: ModelVersion): Promise<readonly Attachment[]>;
  /** Attests the version, which is there; what comes of it is attached before the alias names it. */
  attest?(version: ModelVersion): Promise<readonly Attachment[]>;
  /** Is the new evidence to be added to that of a version that has these bytes? */
  isBetter?(version: ModelVersion): Promise<boolean>;
}

export interface RegisterResult {
  readonly version: ModelVersion;
  /** False if these bytes were registered before. */
  readonly created: boolean;
  /** Was evidence added to a version that was there? */
  readonly renewed: boolean;
  /** The version the alias pointed to before. */
  readonly previous: string | null;
}

export const MODEL_CARD = 'model-card.md';

/** Every lost race means that another run has won one; so many are not accident. */
const ATTEMPTS = 20;

/**
 * Registers bytes once: a version that has their digest is returned, with the new evidence added if that opens a door that
 * its own does not; otherwise a new version is made. The alias is set last, so that it never names what is not there.
 *
 * @throws UserError if the registry reserves the alias, if the version that was asked for holds other bytes, or if the
 * stored ones were changed since.
 */
export async function register(registry: Registry, registration: Registration): Promise<RegisterResult> {
  refuseReserved(registry, registration.alias);
  const found = await findOrCreate(registry, registration);
  const made = [
    ...((await registration.package?.(found.version)) ?? []),
    ...((await registration.attest?.(found.version)) ?? []),
  ];
  const version = made.length === 0 ? found.version : await registry.addEvidence(found.version, made);
  const previous = (await registry.aliases(registration.name))[registration.alias] ?? null;
  await registry.setAlias(registration.name, registration.alias, version.version);
  return { ...found, version, previous };
}

/** Before a version is made, which the alias could not name. */
function refuseReserved(registry: Pick<Registry, 'aliasFault'>, alias: string): void {
  const what = aliasProblem(alias) ?? registry.aliasFault?.(alias);
  if (what === undefined) return;
  const fix = 'choose another alias; nothing was registered';
  throw new UserError({ what: `${JSON.stringify(alias)} ${what}`, where: 'input alias', fix });
}

async function findOrCreate(
  registry: Registry,
  registration: Registration,
): Promise<Omit<RegisterResult, 'previous'>> {
  const { name, bundle } = registration;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const versions = await registry.versions(name);
    const same = versions.find(({ digest }) => digest === bundle.digest);
    if (same !== undefined) {
      await registry.verify(same);
      return renew(registry, same, registration);
    }
    const version =
      registration.version === 'auto'
        ? nextVersion(versions.map((known) => known.version))
        : registration.version;
    const other = versions.find((known) => known.version === version);
    if (other !== undefined) throw otherBytes(other, bundle.digest);
    try {
      const card = registration.card?.(version);
      const evidence = [
        ...registration.evidence,
        ...(card === undefined ? [] : [{ name: MODEL_CARD, content: card }]),
      ];
      const made = await registry.create({ ...registration, version, evidence });
      return { version: made, created: true, renewed: false };
    } catch (error) {
      if (!(error instanceof VersionTakenError)) throw error;
    }
  }
  throw new UserError({
    what: `${ATTEMPTS} versions in a row were registered by other runs at the same time`,
    where: `model ${name}`,
    fix: 'give the jobs a concurrency group, so that one run at a time registers this model',
  });
}

/** A version keeps its evidence; what it lacks is added, the same model judged against a newer champion for example. */
async function renew(
  registry: Registry,
  version: ModelVersion,
  { evidence, isBetter }: Registration,
): Promise<Omit<RegisterResult, 'previous'>> {
  if (!(await isBetter?.(version))) return { version, created: false, renewed: false };
  const added = evidence.filter(
    ({ name }) => name.startsWith('verdicts/') || isAttestation(name) || !version.evidence.includes(name),
  );
  return { version: await registry.addEvidence(version, added), created: false, renewed: true };
}

/** `auto`: 1.0.0 first, then the next minor version after the highest one: bytes that replace others and keep the interface. */
export function nextVersion(versions: readonly string[]): string {
  const highest = [...versions].sort(rcompare)[0];
  return highest === undefined ? '1.0.0' : (inc(highest, 'minor') ?? '1.0.0');
}

function otherBytes({ name, version, digest }: ModelVersion, wanted: string): UserError {
  return new UserError({
    what: `${name} ${version} holds other bytes (${digest}, not ${wanted})`,
    where: 'input version',
    fix: 'give another version, or version: auto: a version must not change',
  });
}
