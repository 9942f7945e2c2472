import { isAbsolute, relative } from 'node:path';
import type { CommonValues } from '../inputs/common.ts';
import type { Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { pullRequestsOnlyRead, refuseVanishing } from '../state/open.ts';
import type { Registry } from './registry.ts';

export type RegistryInputs = Pick<CommonValues, 'registry' | 'registry-timeout' | 'state-persistent'>;

type OpenPorts = Pick<
  Ports,
  'runner' | 'files' | 'clock' | 'http' | 'logins' | 'log' | 'commands' | 'stores' | 'github' | 'repository'
>;

/**
 * The registry that the input `registry` names; without it, `auto`. Nothing is made by opening it. On a pull request it can
 * be read only. What it does not keep itself is verified and fetched by asking its store.
 *
 * @throws UserError if the scheme is unknown or the address is none, or if the folder vanishes with the job, or is probably
 * misspelled: there is none, and there is a registry beside it.
 */
export async function openRegistry(inputs: RegistryInputs, ports: OpenPorts): Promise<Registry> {
  const registry = await registryAt(inputs, ports);
  const { askingStores } = await import('./origin/asking.ts');
  return {
    ...registry,
    ...askingStores(registry, ports),
    create: pullRequestsOnlyRead('registry', ports, registry.create),
    ...(registry.staged && { staged: pullRequestsOnlyRead('registry', ports, registry.staged) }),
    addEvidence: pullRequestsOnlyRead('registry', ports, registry.addEvidence),
    setAlias: pullRequestsOnlyRead('registry', ports, registry.setAlias),
    remove: pullRequestsOnlyRead('registry', ports, registry.remove),
  };
}

async function registryAt(inputs: RegistryInputs, ports: OpenPorts): Promise<Registry> {
  const { registry = 'auto' } = inputs;
  const where = registry === 'auto' ? automatic(ports.runner) : registry;
  if (where.startsWith('oci:')) return ociRegistryAt(where, ports);
  if (/^mlflow[:+]/.test(where)) return mlflowRegistryAt(where, ports);
  if (where.startsWith('github:')) return gitHubRegistryAt(where, ports);
  if (where.startsWith('exec:')) return execRegistryAt(where, inputs['registry-timeout'], ports);
  if (!where.startsWith('dir:')) {
    throw new UserError({
      what: `${where} is not a registry`,
      where: 'input registry',
      fix: 'use auto, oci://HOST/PATH, mlflow:https://HOST, github:OWNER/REPO, dir:PATH or exec:PROGRAM',
    });
  }
  refuseVanishing(
    'registry',
    where,
    inputs['state-persistent'],
    ports,
    'use registry: auto, which outlives the job',
  );
  const { directoryRegistry } = await import('./directory.ts');
  const shown = where.slice('dir:'.length);
  if (registry !== 'auto') await refuseMisspelled(shown, ports.files);
  return directoryRegistry({
    root: ports.files.resolve(shown),
    shown: shown.replace(/(?<=.)\/+$/, ''),
    clock: ports.clock,
  });
}

/** GitHub's container registry under the repository's name, or a folder outside of GitHub. */
function automatic({ github, repository, containers = 'ghcr.io' }: Ports['runner']): string {
  if (!github) return 'dir:.ml-loop/registry';
  if (repository !== undefined) return `oci://${containers}/${repository}`;
  throw new UserError({
    what: 'the repository’s name is not known here, and auto needs it',
    where: 'GITHUB_REPOSITORY',
    fix: 'say where the models are, such as registry: oci://ghcr.io/OWNER/REPO',
  });
}

/** `HOST/PATH/NAME`, where a container registry keeps the model; undefined if another kind of registry does. */
export async function repositoryOfModel(
  { registry = 'auto' }: Pick<RegistryInputs, 'registry'>,
  name: string,
  runner: Ports['runner'],
): Promise<string | undefined> {
  const where = registry === 'auto' ? automatic(runner) : registry;
  if (!where.startsWith('oci:')) return undefined;
  const { parseOciAddress, repositoryOf } = await import('./oci/address.ts');
  const address = parseOciAddress(where);
  return `${address.host}/${repositoryOf(address, name)}`;
}

async function ociRegistryAt(where: string, ports: OpenPorts): Promise<Registry> {
  const [{ parseOciAddress }, { ociRegistry }] = await Promise.all([
    import('./oci/address.ts'),
    import('./oci/registry.ts'),
  ]);
  const { http, logins, clock, log, runner } = ports;
  const lock = runner.github ? (await import('./alias-lock.ts')).aliasLock(ports) : undefined;
  const { containers } = runner;
  return ociRegistry(parseOciAddress(where), { http, logins, clock, log, lock, containers });
}

async function mlflowRegistryAt(where: string, ports: OpenPorts): Promise<Registry> {
  const [{ parseMlflowAddress }, { mlflowRegistry }] = await Promise.all([
    import('./mlflow/address.ts'),
    import('./mlflow/registry.ts'),
  ]);
  return mlflowRegistry(parseMlflowAddress(where), ports);
}

async function gitHubRegistryAt(where: string, ports: OpenPorts): Promise<Registry> {
  const [{ parseGitHubAddress }, { gitHubRegistry }] = await Promise.all([
    import('./github/address.ts'),
    import('./github/registry.ts'),
  ]);
  const { clock, log } = ports;
  return gitHubRegistry({ github: await ports.repository(parseGitHubAddress(where)), clock, log });
}

async function execRegistryAt(where: string, timeoutMs: number, ports: OpenPorts): Promise<Registry> {
  const [{ openProgram }, { execRegistry }] = await Promise.all([
    import('./exec/program.ts'),
    import('./exec/registry.ts'),
  ]);
  return execRegistry(openProgram({ shown: where.slice('exec:'.length), timeoutMs }, ports), ports);
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
