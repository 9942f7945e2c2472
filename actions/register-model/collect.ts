import type { Outcome } from '../../shared/ports/outcome.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { CHAMPION } from '../../shared/registry/champion.ts';
import { type Garbage, garbageOf } from '../../shared/registry/garbage.ts';
import { rolloutKey } from '../../shared/rollout/lost.ts';
import { isOver, parseState } from '../../shared/rollout/state.ts';
import { openState } from '../../shared/state/open.ts';
import { bytesIn } from '../../shared/verdict/digest.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { OperationCall } from './call.ts';
import { outcomeOf } from './versions.ts';

/** Finds the versions that nothing has named for `older-than`, and removes them if `dry-run` is false. */
export async function collectGarbage(call: OperationCall): Promise<Outcome> {
  const { name, inputs, registry, ports } = call;
  const versions = await registry.versions(name);
  const moves = Object.values(await registry.history(name));
  const before = new Date(ports.clock.now().getTime() - inputs['older-than']);
  const garbage = garbageOf(versions, moves, await inRollout(call), before);
  const dry = inputs['dry-run'];
  if (!dry) for (const { version } of garbage) await registry.remove(version);
  const checks = garbage.map((each) => checkOf(each, dry));
  const kept = versions.length - garbage.length;
  const none: Check = {
    id: 'register.garbage',
    status: 'pass',
    observed: 0,
    message: `nothing to remove: each of the ${versions.length} versions of ${name} is named, or was not long ago`,
  };
  return outcomeOf(call, checks.length === 0 ? [none] : checks, {
    measures: { garbage: { versions: garbage.length, kept } },
  });
}

/**
 * The digests that a rollout under way, or the last one, names.
 *
 * @throws UserError if there is a champion, which only a rollout makes, and the state has no rollout: it is another state,
 * and what the rollout names is not known.
 */
async function inRollout({ name, inputs, registry, ports }: OperationCall): Promise<string[]> {
  const stored = await (await openState(inputs, ports)).read(rolloutKey(name));
  if (stored === null) {
    if ((await registry.aliases(name))[CHAMPION] === undefined) return [];
    throw new UserError({
      what: `has no rollout of ${name}, but the registry has a ${CHAMPION}: so it is not known which versions a rollout uses`,
      where: 'input state',
      fix: 'name the state that deploy-canary uses, such as state: git:refs/ml-loop; nothing was removed',
    });
  }
  const state = parseState(stored.value, rolloutKey(name));
  const named = [state.canary, ...(state.stable === null ? [] : [state.stable])];
  return isOver(state) && state.phase !== 'promoted'
    ? named.slice(1).map(({ digest }) => digest)
    : named.map(({ digest }) => digest);
}

function checkOf({ version, since }: Garbage, dry: boolean): Check {
  return {
    id: 'register.garbage',
    status: 'pass',
    observed: bytesIn(version.files),
    message: `${version.name} ${version.version}: nothing has named it since ${since}; ${dry ? 'would be removed' : 'removed'}`,
  };
}
