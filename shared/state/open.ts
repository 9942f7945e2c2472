import type { CommonValues } from '../inputs/common.ts';
import type { Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { PermissionError, type StateStore } from './state.ts';

export type StateInputs = Pick<CommonValues, 'state' | 'state-persistent'>;

/**
 * The store that the input `state` names; `auto` is a git ref on GitHub and `dir:.ml-loop` elsewhere.
 * On a pull request it can be read and not written.
 *
 * @throws UserError for a folder on a hosted runner, which vanishes with the job, unless it is declared
 * persistent; for an unknown scheme; and where GitHub is needed and there is no repository or token.
 */
export async function openState(
  inputs: StateInputs,
  ports: Pick<Ports, 'runner' | 'files' | 'github'>,
): Promise<StateStore> {
  const store = await storeOf(inputs, ports);
  return { read: store.read, write: pullRequestsOnlyRead('state', ports, store.write) };
}

async function storeOf(
  inputs: StateInputs,
  ports: Pick<Ports, 'runner' | 'files' | 'github'>,
): Promise<StateStore> {
  const where =
    inputs.state === 'auto' ? (ports.runner.github ? 'git:refs/ml-loop' : 'dir:.ml-loop') : inputs.state;
  if (where.startsWith('git:')) {
    const { gitState } = await import('./git.ts');
    return gitState(await ports.github(), where.slice('git:'.length));
  }
  if (!where.startsWith('dir:')) {
    throw new UserError({
      what: `${where} is not a state store`,
      where: 'input state',
      fix: 'use auto, git:REF-PREFIX or dir:PATH',
    });
  }
  refuseVanishing(
    'state',
    where,
    inputs['state-persistent'],
    ports,
    'use state: auto, which keeps it in the repository',
  );
  const { directoryState } = await import('./directory.ts');
  return directoryState(ports.files.resolve(where.slice('dir:'.length)));
}

/** @throws UserError for a folder that vanishes with the job. */
export function refuseVanishing(
  input: string,
  where: string,
  persistent: boolean,
  { runner }: Pick<Ports, 'runner'>,
  instead: string,
): void {
  if (!runner.hosted || persistent) return;
  throw new UserError({
    what: `${where} is on a hosted runner’s disk and vanishes with the job`,
    where: `input ${input}`,
    fix: `${instead}; or, if the folder outlives the job (a mounted or restored one), say state-persistent: true`,
  });
}

/**
 * Refuses on a pull request: what must be recorded is recorded by a job that runs none of its code.
 *
 * @throws NotPermitted
 */
export function refusePullRequests(input: string, { runner }: Pick<Ports, 'runner'>): void {
  const { event = '' } = runner;
  if (!event.startsWith('pull_request')) return;
  throw new PermissionError({
    what: `pull requests only read, so on the event ${event} nothing is written there`,
    where: `input ${input}`,
    fix: 'run this action on push, schedule or workflow_dispatch',
  });
}

/** A write that refuses on a pull request. */
export function pullRequestsOnlyRead<A extends unknown[], R>(
  input: string,
  ports: Pick<Ports, 'runner'>,
  write: (...given: A) => Promise<R>,
): (...given: A) => Promise<R> {
  return async (...given) => {
    refusePullRequests(input, ports);
    return write(...given);
  };
}
