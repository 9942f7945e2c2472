import { modelName } from '../../shared/inputs/common.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { modelBundle } from '../../shared/registry/origin/model.ts';
import type { ModelReference } from '../../shared/registry/reference.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import type { Baseline, ComparedSubjects } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** What `production-model` says if there is none, so that a new model is not taken for a misspelled one. */
export const NO_PRODUCTION = 'none';

/** What the candidate is compared with: a path, or a version of the registry. */
export type BaselinePlace =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'version'; readonly version: ModelVersion; readonly registry: Registry };

/**
 * Where production's model is, or null if there is none: before the first release, or without a registry.
 *
 * @throws UserError if the registry has no such version, if a version is lost, if the name is missing or misspelled, or if
 * `production-model: none` is not true.
 */
export async function productionPlace(inputs: Inputs, ports: Ports): Promise<BaselinePlace | null> {
  const { 'production-model': given, name } = inputs;
  const { CHAMPION, championOf } = await import('../../shared/registry/champion.ts');
  const { isModelReference, parseModelReference, requireModel, resolveModel } = await reference();
  if (given !== undefined && given !== NO_PRODUCTION && !isModelReference(given))
    return { kind: 'path', path: given };
  const registry = await registryOf(inputs, ports, given !== undefined && given !== NO_PRODUCTION);
  if (registry === null) return null;
  const own = modelName(inputs, ports.runner);
  if (given === NO_PRODUCTION) {
    const champion = await resolveModel(registry, { name: own, which: CHAMPION });
    if (champion !== null) throw notNone(champion);
    return none(own, inputs, ports);
  }
  const asked =
    given === undefined ? { name: own, which: CHAMPION } : parseModelReference(given, 'production-model');
  if (asked.which !== CHAMPION) {
    const version = await requireModel(registry, asked, absent(asked, 'production-model'));
    return { kind: 'version', version, registry };
  }
  const version = await championOf(registry, {
    name: asked.name,
    given: given !== undefined || name !== undefined,
    ifNew: `set production-model: ${NO_PRODUCTION} until its first release`,
    models: ports.models,
  });
  return version === null ? none(asked.name, inputs, ports) : { kind: 'version', version, registry };
}

/** No production, unless the last rollout says otherwise. */
async function none(name: string, inputs: Inputs, ports: Ports): Promise<null> {
  const { refuseLostBy } = await import('../../shared/rollout/lost.ts');
  const { openState } = await import('../../shared/state/open.ts');
  await refuseLostBy(() => openState(inputs, ports), name);
  return null;
}

/** Where the anchor's model is, or null if there is none. @throws UserError as `productionPlace` does. */
export async function anchorPlace(inputs: Inputs, ports: Ports): Promise<BaselinePlace | null> {
  const { anchor: given } = inputs;
  const { isModelReference, parseModelReference, requireModel, resolveModel } = await reference();
  if (given !== undefined && !isModelReference(given)) return { kind: 'path', path: given };
  const registry = await registryOf(inputs, ports, given !== undefined);
  if (registry === null) return null;
  const own = { name: modelName(inputs, ports.runner), which: 'anchor' };
  const asked = given === undefined ? own : parseModelReference(given, 'anchor');
  const version =
    given === undefined
      ? await resolveModel(registry, asked)
      : await requireModel(registry, asked, absent(asked, 'anchor'));
  return version === null ? null : { kind: 'version', version, registry };
}

/**
 * What supplied predictions or numbers say that they are of. Production's are those of `production-model`, or else of the
 * registry's champion now; without both, nothing says which version made them.
 *
 * @throws UserError if production has a version and its predictions are not given: that is not a first release.
 */
export async function declaredBaselines(inputs: Inputs, ports: Ports): Promise<ComparedSubjects> {
  const { production, anchor } = inputs;
  const place = await productionPlace(inputs, ports);
  const baseline = place === null ? null : await baselineAt(place, ports);
  if (production === undefined && baseline !== null) {
    throw new UserError({
      what: `is required, because ${baseline.name} is production`,
      where: 'input production',
      fix: 'give its predictions of the same rows (or, if candidate is a metrics file, its metrics), or let predict make them',
    });
  }
  return {
    binding: 'declared',
    production: production === undefined ? null : (baseline ?? { name: production, digest: null }),
    anchor: anchor === undefined ? null : { name: anchor, digest: null },
  };
}

async function baselineAt(place: BaselinePlace, ports: Ports): Promise<Baseline> {
  if (place.kind === 'version') return { name: shownVersion(place.version), digest: place.version.digest };
  const { digest } = await modelBundle([place.path], 'production-model', ports);
  return { name: place.path, digest };
}

/** `model:demand@1.2.0`. */
export function shownVersion({ name, version }: ModelVersion): string {
  return `model:${name}@${version}`;
}

function absent({ name, which }: ModelReference, input: string): Problem {
  return {
    what: `there is no model:${name}@${which} in the registry`,
    where: `input ${input}`,
    fix: 'name a version or an alias that the registry has',
  };
}

function notNone(champion: ModelVersion): UserError {
  return new UserError({
    what: `is ${NO_PRODUCTION}, and ${shownVersion(champion)} is production`,
    where: 'input production-model',
    fix: 'leave this input out; the candidate is then compared with production',
  });
}

/** @param needed is a version of it asked for? */
async function registryOf(inputs: Inputs, ports: Ports, needed: boolean): Promise<Registry | null> {
  if (inputs.registry === undefined && !needed) return null;
  const { openRegistry } = await import('../../shared/registry/open.ts');
  return openRegistry(inputs, ports);
}

function reference() {
  return import('../../shared/registry/reference.ts');
}
