import { isAbsolute, relative } from 'node:path';
import type { CommonValues } from '../inputs/common.ts';
import type { Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { pullRequestsOnlyRead, refuseVanishing } from '../state/open.ts';
import type { Registry } from './registry.ts';

export type RegistryInputs = Pick<CommonValues, 'registry' | 'state-persistent'>;

/**
 * The registry that the input `registry` names. Nothing is made by opening it. On a pull request it can be read only.
 *
 * @throws UserError if the input is missing, its scheme is unknown, or its folder vanishes with the job, or is probably
 * misspelled: there is none, and there is a registry beside it.
 */
export async function openRegistry(
  inputs: RegistryInputs,
  ports: Pick<Ports, 'runner' | 'files' | 'clock'>,
): Promise<Registry> {
  const where = inputs.registry;
  if (where === undefined) {
    throw new UserError({
      what: 'is required: it says where the models are',
      where: 'input registry',
      fix: 'give a place, such as registry: dir:registry',
    });
  }
  if (!where.startsWith('dir:')) {
    throw new UserError({ what: `${where} is not a registry`, where: 'input registry', fix: 'use dir:PATH' });
  }
  refuseVanishing(
    'registry',
    where,
    inputs['state-persistent'],
    ports,
    'use a registry that outlives the job',
  );
  const { directoryRegistry } = await import('./directory.ts');
  const shown = where.slice('dir:'.length);
  await refuseMisspelled(shown, ports.files);
  const registry = directoryRegistry({
    root: ports.files.resolve(shown),
    shown: shown.replace(/(?<=.)\/+$/, ''),
    clock: ports.clock,
  });
  return {
    ...registry,
    create: pullRequestsOnlyRead('registry', ports, registry.create),
    addEvidence: pullRequestsOnlyRead('registry', ports, registry.addEvidence),
    setAlias: pullRequestsOnlyRead('registry', ports, registry.setAlias),
    remove: pullRequestsOnlyRead('registry', ports, registry.remove),
  };
}

/** A registry that is not there yet has no models, and one that is misspelled must not be taken for it. */
async function refuseMisspelled(shown: string, files: Pick<Ports['files'], 'resolve'>): Promise<void> {
  const { registryBeside } = await import('./directory-place.ts');
  const beside = await registryBeside(files.resolve(shown));
  if (beside === undefined) return;
  const meant = isAbsolute(shown) ? beside : relative(files.resolve('.'), beside);
  throw new UserError({
    what: `there is no folder ${shown}, but next to it there is a registry, ${meant}`,
    where: 'input registry',
    fix: `write registry: dir:${meant}; only for a new registry, make its folder first`,
  });
}
