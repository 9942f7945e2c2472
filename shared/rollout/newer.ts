import { UserError } from '../problem/problem.ts';
import type { Registry } from '../registry/registry.ts';
import type { Check } from '../verdict/verdict.ts';
import { isOver, type RolloutState } from './state.ts';

/** The alias that register-model gives a new version. */
const CANDIDATE = 'candidate';

/** The check `rollout.newer`: another version was registered during the rollout, and waits; null if there is none. */
export async function newerCandidate(state: RolloutState | null, registry: Registry): Promise<Check | null> {
  if (state === null || isOver(state)) return null;
  const { canary } = state;
  const candidate = await registeredSince(registry, state);
  if (candidate === null) return null;
  return {
    id: 'rollout.newer',
    status: 'warn',
    observed: { candidate, underWay: canary.version },
    message: `${canary.name} ${candidate} was registered meanwhile, and waits until the rollout of ${canary.version} has ended`,
    fix: `let the rollout end, or abort it; then start the rollout of ${candidate}`,
  };
}

/** The candidate, if it was registered after the rollout began. A registry that cannot be read is told by `rollout.evidence`. */
async function registeredSince(
  registry: Registry,
  { canary, startedAt }: RolloutState,
): Promise<string | null> {
  try {
    const candidate = (await registry.aliases(canary.name))[CANDIDATE];
    if (candidate === undefined || candidate === canary.version) return null;
    const found = (await registry.versions(canary.name)).find(({ version }) => version === candidate);
    return found !== undefined && Date.parse(found.createdAt) > Date.parse(startedAt) ? candidate : null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
