import { inc, rcompare } from 'semver';
import { UserError } from '../problem/problem.ts';
import { type ModelVersion, type NewVersion, type Registry, VersionTaken } from './registry.ts';

export interface Registration extends Omit<NewVersion, 'version'> {
  /** `auto`, or a SemVer version. */
  readonly version: string;
  readonly alias: string;
}

export interface Registered {
  readonly version: ModelVersion;
  /** False where these bytes were registered before. */
  readonly created: boolean;
  /** The version the alias pointed to before. */
  readonly previous: string | null;
}

/** Every lost race means that another run has won one; so many are no accident. */
const ATTEMPTS = 20;

/**
 * Registers bytes once: a version that has their digest is returned as it is, and its evidence is left alone;
 * otherwise a new version is made. The alias is set last, so that it never names what is not there.
 *
 * @throws UserError where the version that was asked for holds other bytes, or the stored ones were changed since.
 */
export async function register(registry: Registry, registration: Registration): Promise<Registered> {
  const { version, created } = await findOrCreate(registry, registration);
  const previous = (await registry.aliases(registration.name))[registration.alias] ?? null;
  await registry.setAlias(registration.name, registration.alias, version.version);
  return { version, created, previous };
}

async function findOrCreate(
  registry: Registry,
  registration: Registration,
): Promise<Omit<Registered, 'previous'>> {
  const { name, bundle } = registration;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const versions = await registry.versions(name);
    const same = versions.find(({ digest }) => digest === bundle.digest);
    if (same !== undefined) {
      await registry.verify(same);
      return { version: same, created: false };
    }
    const version =
      registration.version === 'auto'
        ? nextVersion(versions.map((known) => known.version))
        : registration.version;
    const other = versions.find((known) => known.version === version);
    if (other !== undefined) throw otherBytes(other, bundle.digest);
    try {
      return { version: await registry.create({ ...registration, version }), created: true };
    } catch (error) {
      if (!(error instanceof VersionTaken)) throw error;
    }
  }
  throw new UserError({
    what: `${ATTEMPTS} versions in a row were taken by other runs at the same time`,
    where: `model ${name}`,
    fix: 'let one run at a time register this model (a concurrency group)',
  });
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
    fix: 'a version never changes: name another one, or say version: auto',
  });
}
