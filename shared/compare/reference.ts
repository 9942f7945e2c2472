import type { Files, Ports } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { parseProfile } from '../profile/file.ts';
import type { Profile } from '../profile/profile.ts';
import { dataFiles } from '../read/lake.ts';
import { isModelReference, parseModelReference, requireModel } from '../registry/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { type ProfileOptions, profileFiles } from '../scan/profile-files.ts';
import { sha256Text } from '../verdict/digest.ts';
import { type Subject, subjectIdentity } from '../verdict/verdict.ts';

/** What current data are compared with. */
export interface Reference {
  readonly profile: Profile;
  readonly subject: Subject;
}

const PROFILE = 'profile.json';

/**
 * Reads a reference: data files, profile files (`.json`; several are merged), or `model:NAME@ALIAS`, whose attached profile it is.
 *
 * @param given the input's items.
 * @param openRegistry is called for a model only.
 * @param reading how the data files are written.
 * @throws UserError if there is no such model, it has no profile, or a file cannot be read or has no rows.
 */
export async function readReference(
  given: readonly string[],
  files: Files,
  openRegistry: () => Promise<Registry>,
  { threads }: Partial<Pick<Ports, 'threads'>> = {},
  reading: Omit<ProfileOptions, 'threads'> = {},
): Promise<Reference> {
  const models = given.filter(isModelReference);
  const [model] = models;
  if (model !== undefined) {
    if (given.length > 1) {
      const fix = 'name one model, or files only';
      throw new UserError({ what: 'a model cannot be mixed with others', where: 'input reference', fix });
    }
    return withRows(await ofModel(model, await openRegistry()));
  }
  const { paths } = await dataFiles(given, files);
  const profiles = paths.filter((path) => path.toLowerCase().endsWith('.json'));
  if (profiles.length > 0 && profiles.length === paths.length) {
    return withRows(await ofProfiles(profiles, given.join(', '), files));
  }
  if (profiles.length > 0) {
    throw new UserError({
      what: `profiles (${profiles.slice(0, 5).join(', ')}) cannot be mixed with data files`,
      where: 'input reference',
      fix: 'profile the data with validate-data and give profiles only, or give data only',
    });
  }
  const bundle = await files.bundle(paths);
  const sources = paths.map((path) => files.source(path));
  const { profile } = await profileFiles(sources, { ...reading, threads });
  return withRows({
    profile: { ...profile, digest: bundle.digest },
    subject: { role: 'reference', name: given.join(', '), ...subjectIdentity(bundle), rows: profile.rows },
  });
}

/** One profile as it is; several as that of all their rows. */
async function ofProfiles(paths: readonly string[], name: string, files: Files): Promise<Reference> {
  const [first, ...rest] = paths;
  if (first !== undefined && rest.length === 0) return ofText(await files.readText(first), first);
  const profiles: Profile[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    try {
      profiles.push(parseProfile(await files.readText(path), path));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  const { mergeProfiles } = await import('../profile/merge.ts');
  const profile = mergeProfiles(profiles);
  const bundle = await files.bundle(paths);
  return { profile, subject: { role: 'reference', name, ...subjectIdentity(bundle), rows: profile.rows } };
}

async function ofModel(text: string, registry: Registry): Promise<Reference> {
  const named = parseModelReference(text, 'reference');
  const fix =
    named.which === 'champion'
      ? 'release a version with deploy-canary first, or give the training data as reference'
      : 'name a version or an alias that is registered';
  const version = await requireModel(registry, named, {
    what: `there is no ${named.which} of ${named.name} in the registry`,
    where: 'input reference',
    fix,
  });
  if (!version.evidence.includes(PROFILE)) {
    throw new UserError({
      what: `${version.name} ${version.version} has no ${PROFILE}, so its training data are not known`,
      where: 'input reference',
      fix: 'give register-model the profile that validate-data wrote, or give the training data as reference',
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
    fix: 'give data with rows, or their profile',
  });
}
