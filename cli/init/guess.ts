import type { Problem } from '../../shared/problem/problem.ts';

/** Something that `init` found out, or was told. */
export interface Guess<T = string> {
  readonly value: T;
  /** Why: what was seen, and where. */
  readonly why: string;
}

/** What a flag says needs no guess. */
export function said<T>(value: T): Guess<T> {
  return { value, why: 'given' };
}

/** All that is guessed, by the flag that changes it; and what could not be known. */
export class Guesses {
  readonly #told: { flag: string; value: string; why: string }[] = [];
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];

  /** Keeps what was found, to be told; returns the value. */
  take<T>(flag: string, guess: Guess<T> | undefined): T | undefined {
    if (guess === undefined) return undefined;
    const { value, why } = guess;
    this.#told.push({ flag, value: Array.isArray(value) ? value.join(' ') : String(value), why });
    return value;
  }

  /** What cannot be known; the flag says it. */
  lack(flag: string, what: string, fix: string): void {
    this.problems.push({ what, where: `--${flag}`, fix });
  }

  /** What a user must know of a choice, or of what is still missing. */
  note(text: string): void {
    this.notes.push(text);
  }

  get told(): readonly { readonly flag: string; readonly value: string; readonly why: string }[] {
    return this.#told;
  }
}
