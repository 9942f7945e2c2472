import { StateConflict, type StateEntry, type StateStore } from '../../../shared/state/state.ts';
import type { Json } from '../../../shared/verdict/verdict.ts';

/** The run is killed at this call. */
export class Killed extends Error {}

/** A state store in memory; `hook` sees each call before and after it takes effect, and may throw or write in between. */
export class MemoryState implements StateStore {
  readonly values = new Map<string, StateEntry>();
  hook: (call: 'read' | 'write', when: 'before' | 'after') => void = () => {};
  #revision = 0;

  async read(key: string): Promise<StateEntry | null> {
    this.hook('read', 'before');
    const value = this.values.get(key) ?? null;
    this.hook('read', 'after');
    return value;
  }

  async write(key: string, value: Json, expected: string | null): Promise<string> {
    this.hook('write', 'before');
    if ((this.values.get(key)?.revision ?? null) !== expected) throw new StateConflict(key);
    const revision = this.put(key, value);
    this.hook('write', 'after');
    return revision;
  }

  put(key: string, value: Json): string {
    this.#revision += 1;
    const revision = `r${this.#revision}`;
    this.values.set(key, { value: structuredClone(value) as Json, revision });
    return revision;
  }
}
