import { UserError } from '../problem/problem.ts';
import { type Verdict, verdictText, withoutValues } from '../verdict/verdict.ts';
import type { Attachment, ModelVersion } from './registry.ts';
import type { VerdictFile } from './verdicts.ts';

/**
 * The verdicts as attachments of a version: `verdicts/ACTION.json`, further ones of the same action numbered.
 *
 * @param samples `hide` leaves cell values out.
 */
export function verdictAttachments(
  verdicts: readonly VerdictFile[],
  samples: 'hide' | 'show',
): (Attachment & { readonly verdict: Verdict })[] {
  const counts = new Map<string, number>();
  return verdicts.map(({ verdict }) => {
    const count = (counts.get(verdict.action) ?? 0) + 1;
    counts.set(verdict.action, count);
    const kept = samples === 'show' ? verdict : withoutValues(verdict);
    return {
      name: `verdicts/${verdict.action}${count === 1 ? '' : `-${count}`}.json`,
      content: verdictText(kept),
      verdict: kept,
    };
  });
}

/** The name that the record of a version's first container image has among its evidence. */
export const IMAGE_FILE = 'image.json';

export function isImageFile(name: string): boolean {
  return /^image(-\d+)?\.json$/.test(name);
}

/** The name; or if it is taken, the first of `verdicts/validate-model.json`, `verdicts/validate-model-2.json`, … that is not. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const [, stem = name, ending = ''] = /^(.*?)(?:-\d+)?(\.[^./]+)$/.exec(name) ?? [];
  for (let number = 1; ; number++) {
    const path = number === 1 ? `${stem}${ending}` : `${stem}-${number}${ending}`;
    if (!taken.includes(path)) return path;
  }
}

/** What is said of evidence that a version does not have. */
export function missingEvidence(
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
  file: string,
): UserError {
  return new UserError({
    what: `has no evidence ${JSON.stringify(file)}`,
    where: `${name} ${version}`,
    fix: 'register the model with it',
  });
}
