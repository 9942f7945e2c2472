import { nearest } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { ModelVersion, Registry } from './registry.ts';

/** `model:NAME@VERSION-or-ALIAS`. */
export interface ModelReference {
  readonly name: string;
  /** A version such as `1.2.0`, a digest, or an alias such as `champion`. */
  readonly which: string;
}

export function isModelReference(text: string): boolean {
  return text.startsWith('model:');
}

/** @throws UserError if the text is not a model reference. */
export function parseModelReference(text: string, input: string): ModelReference {
  const match = /^model:([A-Za-z0-9][A-Za-z0-9._-]*)@([A-Za-z0-9][A-Za-z0-9._:+-]*)$/.exec(text);
  if (!match) {
    throw new UserError({
      what: `${JSON.stringify(text)} is not a model reference`,
      where: `input ${input}`,
      fix: 'write model:NAME@VERSION or model:NAME@ALIAS, such as model:demand@champion',
    });
  }
  return { name: match[1] ?? '', which: match[2] ?? '' };
}

/**
 * The version that the reference names, or null if there is none.
 *
 * @throws UserError if an alias names a version that is not there: something was lost, which is not the same as none.
 */
export async function resolveModel(
  registry: Registry,
  reference: ModelReference,
): Promise<ModelVersion | null> {
  // Before the versions: what an alias named then is among them.
  const aliases = await registry.aliases(reference.name);
  return resolveAmong(reference, aliases, await registry.versions(reference.name));
}

/** The same of versions and aliases that are read already. */
export function resolveAmong(
  { name, which }: ModelReference,
  aliases: Readonly<Record<string, string>>,
  versions: readonly ModelVersion[],
): ModelVersion | null {
  const target = aliases[which];
  const wanted = target ?? which;
  const found = versions.find((version) => version.version === wanted || version.digest === wanted);
  if (found === undefined && target !== undefined) {
    throw new UserError({
      what: `the alias ${which} of ${name} names ${target}, which is not in the registry`,
      where: `model ${name}`,
      fix: `restore the folder of ${name} ${target} from its last good copy`,
    });
  }
  return found ?? null;
}

/**
 * The version that the reference names.
 *
 * @param missing what to say if there is none; the names that the registry has instead are added.
 * @throws UserError if there is none.
 */
export async function requireModel(
  registry: Registry,
  reference: ModelReference,
  missing: Problem,
): Promise<ModelVersion> {
  const found = await resolveModel(registry, reference);
  if (found !== null) return found;
  const { name, which } = reference;
  const known = await namesOf(registry, name);
  if (known.length > 0) throw new UserError(hinted(missing, known, nearest(which, known)));
  const others = (await registry.names()).filter((other) => other !== name);
  throw new UserError(hinted(missing, others, nearName(name, others)));
}

/** The aliases and versions of a model. */
async function namesOf(registry: Registry, name: string): Promise<string[]> {
  const versions = await registry.versions(name);
  return [...Object.keys(await registry.aliases(name)), ...versions.map(({ version }) => version)];
}

function hinted(
  { what, fix = '', ...rest }: Problem,
  known: readonly string[],
  near: string | undefined,
): Problem {
  const has = known.length === 0 ? '' : `; it has ${known.join(', ')}`;
  return {
    ...rest,
    what: `${what}${has}`,
    fix: near === undefined ? fix : `did you mean ${near}? Otherwise ${fix}`,
  };
}

/** The known name that was probably meant: the same except case and separators, a part of it, or a slip of the pen. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[._-]/g, '');
  const [wanted, parts] = [bare(name), known.map((other) => ({ other, text: bare(other) }))];
  const same = parts.find(({ text }) => text === wanted);
  if (same !== undefined) return same.other;
  const slip = nearest(
    wanted,
    parts.map(({ text }) => text),
  );
  // Of names of one or two letters any other is near.
  if (slip !== undefined && Math.min(slip.length, wanted.length) > 2)
    return parts.find(({ text }) => text === slip)?.other;
  const within = (a: string, b: string) => a.length > 2 && b.includes(a);
  return parts.find(({ text }) => within(text, wanted) || within(wanted, text))?.other;
}
