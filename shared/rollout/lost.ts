import { UserError } from '../problem/problem.ts';
import { CHAMPION } from '../registry/champion.ts';
import type { StateStore } from '../state/state.ts';
import { parseState, type RolloutState } from './state.ts';

/** The state's key of a model's rollout. */
export function rolloutKey(name: string): string {
  return `${name}/rollout`;
}

/** The registry has no champion, so the last rollout must not say that it made one. */
export function refuseLost({ phase, canary }: Pick<RolloutState, 'phase' | 'canary'>): void {
  if (phase !== 'promoted') return;
  const { name, version } = canary;
  throw new UserError({
    what: `the last rollout made ${name} ${version} the ${CHAMPION}, but the registry has none`,
    where: 'input registry',
    fix: `name the registry that the rollout used, or restore its alias ${CHAMPION} from the last good copy. Only to start without a past, remove the state ${rolloutKey(name)}`,
  });
}

/** The same for a run that has no rollout's state in its hands; what cannot be read is not held against it. */
export async function refuseLostBy(open: () => Promise<StateStore>, name: string): Promise<void> {
  const key = rolloutKey(name);
  let state: RolloutState;
  try {
    const stored = await (await open()).read(key);
    if (stored === null) return;
    state = parseState(stored.value, key);
  } catch (error) {
    if (error instanceof UserError) return;
    throw error;
  }
  refuseLost(state);
}
