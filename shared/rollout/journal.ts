import type { Clock } from '../ports/ports.ts';
import { checkNow } from '../state/now.ts';
import type { StateStore } from '../state/state.ts';
import type { Weights } from './router.ts';
import {
  KEPT_ROLLOUTS,
  parseState,
  type RolloutState,
  rolloutsOf,
  wantedWeights,
  withPassage,
} from './state.ts';

const WAY_OUT =
  'if a run whose clock was ahead wrote that, run the operation abort, which takes any time, and start again';

/** The state that is stored, and its next transition: written by compare-and-set before anything is done about it. */
export class Journal {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #key: string;
  #state: RolloutState;
  #revision: string;
  #setsClock = false;
  /** The weights last seen in force; stored with the next transition. */
  routed: Weights | null;
  /** The weights that the stored state asked for: the last run may have put them in force without storing that it had. */
  readonly put: Weights | null;

  private constructor(store: StateStore, clock: Clock, key: string, state: RolloutState, revision: string) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
    this.#state = state;
    this.#revision = revision;
    this.routed = state.routed;
    this.put = wantedWeights(state);
  }

  get state(): RolloutState {
    return this.#state;
  }

  /** The stored rollout, or null if there is none. @throws UserError if the stored value is not a rollout state. */
  static async open(store: StateStore, clock: Clock, key: string): Promise<Journal | null> {
    const stored = await store.read(key);
    if (stored === null) return null;
    return new Journal(store, clock, key, parseState(stored.value, key), stored.revision);
  }

  /**
   * Begins another rollout in place of the one that has ended.
   *
   * @param before the one that has ended, or null.
   * @throws StateConflict if another run began one at the same time.
   */
  static async begin(
    store: StateStore,
    clock: Clock,
    key: string,
    state: RolloutState,
    before: Journal | null,
  ): Promise<Journal> {
    const message = `rollout of ${state.canary.name} ${state.canary.version}: planned`;
    const past = before === null ? {} : { past: rolloutsOf(before.#state).slice(-KEPT_ROLLOUTS) };
    const first = withPassage({ ...state, ...past });
    const revision = await store.write(key, first, before === null ? null : before.#revision, message);
    return new Journal(store, clock, key, first, revision);
  }

  /** The time now, never before what the state has seen. @throws UserError if the clock is more than a minute behind. */
  now(): Date {
    if (this.#setsClock) return this.#clock.now();
    return new Date(checkNow(this.#clock.now(), this.#state.updatedAt, this.#key, WAY_OUT));
  }

  /** Takes the time as it is from here on: a run whose clock was ahead must not keep a rollout from being ended. */
  setClock(): void {
    this.#setsClock = true;
  }

  /** @throws StateConflict if another run wrote in between. */
  async move(changes: Partial<RolloutState>, message: string): Promise<void> {
    const next = withPassage({
      ...this.#state,
      routed: this.routed,
      ...changes,
      updatedAt: this.now().toISOString(),
    });
    const { name, version } = next.canary;
    this.#revision = await this.#store.write(
      this.#key,
      next,
      this.#revision,
      `rollout of ${name} ${version}: ${message}`,
    );
    this.#state = next;
  }
}
