/** The evidence that a registration is given. */
import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { MissingFile } from '../../shared/problem/problem.ts';
import { parseProfile, printProfile } from '../../shared/profile/file.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { verdictAttachments } from '../../shared/registry/attachments.ts';
import { isAbout, judges } from '../../shared/registry/evidence.ts';
import type { Attachment } from '../../shared/registry/registry.ts';
import { readVerdicts, type VerdictFile } from '../../shared/registry/verdicts.ts';
import type { Verdict } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** The verdicts that the input names; by default those of the report folder, where there may be none. */
export async function verdictsOf(inputs: Inputs, { files }: Ports): Promise<VerdictFile[]> {
  const paths = await globbed(inputs.verdicts, inputs['report-directory'], files);
  return readVerdicts(
    await Promise.all(paths.map(async (file) => ({ file, text: await files.readText(file) }))),
  );
}

async function globbed(given: Inputs['verdicts'], reports: string, files: Ports['files']): Promise<string[]> {
  if (given !== undefined) return files.glob(given);
  try {
    return await files.glob([`${reports}/*/verdict.json`]);
  } catch (error) {
    // No verdict is not a fault of the configuration: the evidence is missing, which a check says.
    if (error instanceof MissingFile) return [];
    throw error;
  }
}

/** The verdicts that travel with the version: those on its bytes and on its data. */
export function judgementsOf(
  { name, samples }: Pick<Inputs, 'samples'> & { readonly name: string },
  { digest }: Pick<LocalBundle, 'digest'>,
  verdicts: readonly VerdictFile[],
): (Attachment & { readonly verdict: Verdict })[] {
  const kept = verdicts.filter(
    ({ verdict }) =>
      isAbout(verdict, name) && (judges(verdict, digest) || verdict.action === 'validate-data'),
  );
  return verdictAttachments(kept, samples);
}

export interface TrainingProfile {
  readonly profile: Profile;
  readonly attachment: Attachment;
}

/** The training profile, if there is one. */
export async function profileOf(
  { profile, samples }: Pick<Inputs, 'profile' | 'samples'>,
  { files }: Ports,
): Promise<TrainingProfile | undefined> {
  if (profile === undefined) return undefined;
  const content = await files.readText(profile);
  const parsed = parseProfile(content, profile);
  const discreet = samples === 'show' || parsed.samples === 'hide';
  const kept = discreet ? content : printProfile(parsed, 'hide');
  return { profile: parsed, attachment: { name: 'profile.json', content: kept } };
}
