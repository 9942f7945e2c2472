import type { Files } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { parseProfile } from '../profile/file.ts';
import type { Profile } from '../profile/profile.ts';
import { profileTable } from '../profile/profiler.ts';
import { isModelReference, parseModelReference, resolveModel } from '../registry/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { readTables } from '../table/table.ts';
import { sha256Text } from '../verdict/digest.ts';
import type { Subject } from '../verdict/verdict.ts';

/** What current data are compared with. */
export interface Reference {
  readonly profile: Profile;
  readonly subject: Subject;
}

const PROFILE = 'profile.json';

/**
 * Reads a reference: data files, one profile file (`.json`), or `model:NAME@ALIAS`, whose attached profile it is.
 *
 * @param given the input's items.
 * @param openRegistry is called for a model only.
 * @throws UserError where there is no such model, it has no profile, or a file cannot be read or has no rows.
 */
export async function readReference(
  given: readonly string[],
  files: Files,
  openRegistry: () => Promise<Registry>,
): Promise<Reference> {
  const models = given.filter(isModelReference);
  const [model] = models;
  if (model !== undefined) {
    if (given.length > 1) {
      const mend = 'name one model, or files only';
      throw new UserError({ what: 'a model cannot be mixed with others', where: 'input reference', mend });
    }
    return withRows(await ofModel(model, await openRegistry()));
  }
  const paths = await files.glob(given);
  const [only] = paths;
  if (paths.length === 1 && only !== undefined && only.toLowerCase().endsWith('.json')) {
    return withRows(ofText(await files.readText(only), only));
  }
  const { profile } = await profileTable(readTables(paths.map((path) => files.source(path))));
  const { digest } = await files.bundle(paths);
  return withRows({
    profile,
    subject: { role: 'reference', name: given.join(', '), digest, rows: profile.rows },
  });
}

async function ofModel(text: string, registry: Registry): Promise<Reference> {
  const named = parseModelReference(text, 'reference');
  const version = await resolveModel(registry, named);
  if (version === null) {
    const mend =
      named.which === 'champion'
        ? 'release a version with deploy-canary first, or give the training data as reference'
        : 'name a version or an alias that is registered';
    throw new UserError({
      what: `there is no ${named.which} of ${named.name} in the registry`,
      where: 'input reference',
      mend,
    });
  }
  if (!version.evidence.includes(PROFILE)) {
    throw new UserError({
      what: `${version.name} ${version.version} has no ${PROFILE}, so nothing says what it was trained on`,
      where: 'input reference',
      mend: 'give register-model the profile that validate-data wrote, or give the training data as reference',
    });
  }
  return ofText(
    await registry.readEvidence(version, PROFILE),
    `${version.name}@${version.version}/${PROFILE}`,
  );
}

function ofText(text: string, name: string): Reference {
  const profile = parseProfile(text, name);
  return {
    profile,
    subject: { role: 'reference', name, digest: profile.digest ?? sha256Text(text), rows: profile.rows },
  };
}

function withRows(reference: Reference): Reference {
  if (reference.profile.rows > 0) return reference;
  throw new UserError({
    what: 'it has no rows to compare with',
    where: `input reference (${reference.subject.name})`,
    mend: 'give data, or the profile of data, with rows',
  });
}
