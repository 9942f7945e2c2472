import { UserError } from '../problem/problem.ts';
import { nearName, resolveModel } from './reference.ts';
import type { ModelVersion, Registry } from './registry.ts';

/** The alias that names production. */
export const CHAMPION = 'champion';

/** The model that a run is about. */
export interface ModelName {
  readonly name: string;
  /** Did the user name it? Otherwise it is a default, which may be another model's than the user thinks. */
  readonly given: boolean;
  /** What to do before its first release, if the name is right. */
  readonly ifNew: string;
  /** The models of the configuration file: of two that it names, none is the other misspelled. */
  readonly models?: readonly string[] | undefined;
}

/**
 * The version in production, or null before the model's first release.
 *
 * @throws UserError if `champion` names a version that is not there; or if the registry does not know the model, and its
 * name is missing or probably misspelled: then "no production model" would be said of the wrong model.
 */
export async function championOf(registry: Registry, named: ModelName): Promise<ModelVersion | null> {
  const found = await resolveModel(registry, { name: named.name, which: CHAMPION });
  if (found === null) await refuseSlip(registry, named);
  return found;
}

/**
 * Before a model is registered under a name that the registry does not have.
 *
 * @throws UserError if the name is missing and the registry has others, or if it differs from one only in case.
 */
export async function refuseWrongName(registry: Registry, named: Omit<ModelName, 'ifNew'>): Promise<void> {
  const names = await registry.names();
  const { name, given } = named;
  const twin = names.find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
  if (!given || twin !== undefined) await refuseSlip(registry, { ...named, ifNew: 'give it another name' });
}

/** @throws UserError as `championOf` does for a name. */
export async function refuseSlip(registry: Registry, named: ModelName): Promise<void> {
  const { name, given, ifNew, models = [] } = named;
  const names = await registry.names();
  if (names.length === 0 || names.includes(name)) return;
  const strangers = models.includes(name) ? names.filter((other) => !models.includes(other)) : names;
  const near = nearName(name, strangers);
  if (given && near === undefined) return;
  const what = given
    ? `the registry does not have the model ${JSON.stringify(name)}, but it has ${near}`
    : `is required: without it the model is ${JSON.stringify(name)}, but the registry has ${names.join(', ')}`;
  const meant = near ?? names[0] ?? name;
  throw new UserError({
    what,
    where: 'input name',
    fix: given
      ? `write name: ${meant}; or if ${name} is a new model, ${ifNew}`
      : `write name: ${meant}, or the name of another model that you mean`,
  });
}
