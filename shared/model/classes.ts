import { UserError } from '../problem/problem.ts';
import { classOf } from './task.ts';
import type { Coded } from './text-column.ts';

/** Pairs of classes of which the second is positive by habit. */
const HABITS: readonly (readonly [string, string])[] = [
  ['0', '1'],
  ['-1', '1'],
  ['false', 'true'],
];

/** Numbers the classes as they are met. */
export class Classes {
  readonly #indices = new Map<string, number>();

  get names(): readonly string[] {
    return [...this.#indices.keys()];
  }

  /** The class's number, new ones included. */
  index(text: string): number {
    const name = classOf(text);
    const known = this.#indices.get(name) ?? this.#indices.size;
    this.#indices.set(name, known);
    return known;
  }

  /** The numbers of a column's classes; −1 for an empty cell. */
  encode({ names, codes }: Coded): Int32Array {
    const numbers = names.map((name) => this.index(name));
    return codes.map((code) => numbers[code] ?? -1);
  }

  /**
   * The positive class among those met so far: as named, or `1` or `true` where nothing but 0 and 1, −1 and 1, or
   * false and true was met. A class of its own where only one class was met and it is not the positive one.
   *
   * @throws UserError where several classes were met and none is the one named.
   */
  positive(named: string | undefined): number | undefined {
    const { names } = this;
    if (named === undefined) {
      const habit = HABITS.find((pair) => names.every((name) => pair.includes(name)));
      return habit === undefined ? undefined : this.index(habit[1]);
    }
    if (names.includes(classOf(named)) || names.length < 2) return this.index(named);
    throw new UserError({
      what: `none of the ${names.length} classes of the labels is the positive label`,
      where: 'input positive-label',
      fix: 'give it as the labels spell it',
    });
  }
}
