import { UserError } from '../problem/problem.ts';
import type { ModelVersion, Registry } from './registry.ts';

/** `model:NAME@VERSION-or-ALIAS`; NAME may be left out where the run has a name. */
export interface ModelReference {
  readonly name: string;
  /** A version such as `1.2.0`, a digest, or an alias such as `champion`. */
  readonly which: string;
}

export function isModelReference(text: string): boolean {
  return text.startsWith('model:');
}

/** @throws UserError where the text is no model reference. */
export function parseModelReference(text: string, input: string): ModelReference {
  const match = /^model:([A-Za-z0-9][A-Za-z0-9._-]*)@([A-Za-z0-9][A-Za-z0-9._:+-]*)$/.exec(text);
  if (!match) {
    throw new UserError({
      what: `${JSON.stringify(text)} is no model reference`,
      where: `input ${input}`,
      fix: 'write model:NAME@VERSION or model:NAME@ALIAS, such as model:demand@champion',
    });
  }
  return { name: match[1] ?? '', which: match[2] ?? '' };
}

/** The version that the reference names, or null where there is none. */
export async function resolveModel(
  registry: Registry,
  { name, which }: ModelReference,
): Promise<ModelVersion | null> {
  const versions = await registry.versions(name);
  const wanted = (await registry.aliases(name))[which] ?? which;
  return versions.find((version) => version.version === wanted || version.digest === wanted) ?? null;
}
