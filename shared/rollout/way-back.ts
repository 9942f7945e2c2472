import { suggestion } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { CHAMPION } from '../registry/champion.ts';
import type { Registry } from '../registry/registry.ts';
import type { RolloutOperation } from './plan.ts';
import { type Release, type RolloutState, releaseOf } from './state.ts';

/**
 * The version that gets the traffic back after a promotion: the one before, or another that has been champion.
 *
 * @param to such a version; undefined for the one before.
 * @throws UserError if there is none, if its bytes are not what was registered, or if the promoted version is not the
 * champion any more.
 */
export async function wayBack(
  state: RolloutState,
  to: string | undefined,
  registry: Registry,
): Promise<Release> {
  const { stable, canary } = state;
  const champion = (await registry.aliases(canary.name))[CHAMPION] ?? 'no version';
  if (champion !== canary.version)
    throw impossible('rollback', state, `since then another process made ${champion} the ${CHAMPION}`);
  const back = to === undefined ? stable : await championBefore(state, to, registry);
  if (back === null) throw impossible('rollback', state, 'there is no version before it to go back to');
  await registry.verify(back);
  return back;
}

/** A version that never was champion has not been released, and must not get all traffic at once. */
async function championBefore({ canary }: RolloutState, to: string, registry: Registry): Promise<Release> {
  const moves = (await registry.history(canary.name))[CHAMPION] ?? [];
  const versions = await registry.versions(canary.name);
  const released = versions.filter(
    ({ version }) => version !== canary.version && moves.some((move) => move.version === version),
  );
  const found = released.find(({ version }) => version === to);
  if (found !== undefined) return releaseOf(found);
  const names = released.map(({ version }) => version);
  throw new UserError({
    what: `${JSON.stringify(to)} is not a version of ${canary.name} that has been ${CHAMPION} before`,
    where: 'input to',
    fix: names.length === 0 ? 'there is no other one' : suggestion(to, names),
  });
}

/** An operation that the rollout’s phase does not allow. */
export function impossible(
  operation: RolloutOperation,
  { canary, phase }: RolloutState,
  why: string,
): UserError {
  return new UserError({
    what: `the rollout of ${canary.name} ${canary.version} is ${phase}: ${why}`,
    where: 'input operation',
    fix:
      operation === 'rollback'
        ? 'start a rollout of the version that you want, with model: model:NAME@VERSION'
        : `${operation} needs a rollout that is under way; run the operation status to see where this one is`,
  });
}
