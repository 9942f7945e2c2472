import type { CommonValues } from '../inputs/common.ts';
import type { Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { pullRequestsOnlyRead, refuseVanishing } from '../state/open.ts';
import type { Registry } from './registry.ts';

export type RegistryInputs = Pick<CommonValues, 'registry' | 'state-persistent'>;

/**
 * The registry that the input `registry` names. Nothing is made by opening it. On a pull request it can be read only.
 *
 * @throws UserError where the input is missing, its scheme is unknown, or its folder vanishes with the job.
 */
export async function openRegistry(
  inputs: RegistryInputs,
  ports: Pick<Ports, 'runner' | 'files' | 'clock'>,
): Promise<Registry> {
  const where = inputs.registry;
  if (where === undefined) {
    throw new UserError({
      what: 'is required to find the models',
      where: 'input registry',
      fix: 'say where they are kept, such as registry: dir:registry',
    });
  }
  if (!where.startsWith('dir:')) {
    throw new UserError({ what: `${where} is no registry`, where: 'input registry', fix: 'use dir:PATH' });
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
  const registry = directoryRegistry({
    root: ports.files.resolve(shown),
    shown: shown.replace(/(?<=.)\/+$/, ''),
    clock: ports.clock,
  });
  return {
    ...registry,
    create: pullRequestsOnlyRead('registry', ports, registry.create),
    setAlias: pullRequestsOnlyRead('registry', ports, registry.setAlias),
  };
}
