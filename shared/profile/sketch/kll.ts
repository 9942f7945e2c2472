import { NumberList } from '../number-list.ts';
import { addedRuns, NO_RUNS, type Runs, runsOfSorted } from './runs.ts';
import { sortNumbers } from './sort.ts';

/** Items of the highest level, and values that are best added at once. */
export const K = 4096;
/** Items of a lower level, at least: fewer would be sorted too often. */
const LEAST = 1024;

/** The rank of a value is off by no more than this share of all values, with probability 99 %. */
export const RANK_ERROR = 0.002;

export interface KllState {
  readonly levels: readonly Float64Array[];
  readonly random: number;
}

/**
 * A sketch of ranks (Karnin, Lang & Liberty 2016): full levels are sorted, and every second item, from the first or
 * the second by a seeded coin, goes one level up. With k = 4096 the rank of a value is off by at most 0.2 % of all
 * values with probability 99 %. The weights add up to the number of values.
 */
export class Kll {
  /** The items of each level, each of which stands for 2^level values. */
  readonly #levels: NumberList[] = [];
  #random: number;

  constructor(state?: KllState) {
    this.#random = state?.random ?? 0x2545f491;
    for (const [height, items] of state?.levels.entries() ?? []) this.#level(height).addAll(items);
  }

  get state(): KllState {
    return { levels: this.#levels.map((level) => level.items().slice()), random: this.#random };
  }

  /** Adds ascending values: a whole level of them is halved at once. */
  addSorted(values: Float64Array): void {
    if (values.length !== K) {
      for (let i = 0; i < values.length; i++) this.#append(0, values[i]!);
      return;
    }
    const above = this.#level(1);
    for (let i = this.#coin(); i < K; i += 2) above.push(values[i]!);
    this.#compress();
  }

  /**
   * Adds values with their counts. None goes higher than `total` values in all would rise by themselves: levels that are
   * higher than needed take room from the lower ones, whose items are the precise ones.
   */
  addRuns({ values, counts }: Runs, total: number): void {
    const top = Math.max(0, Math.ceil(Math.log2(total / K)));
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      let rest = counts[i]!;
      for (let height = 0; height < top && rest > 0; height++, rest = Math.floor(rest / 2)) {
        if (rest % 2 === 1) this.#append(height, value);
      }
      for (; rest > 0; rest--) this.#append(top, value);
    }
  }

  merge(other: Kll): void {
    other.#levels.forEach((level, height) => {
      for (const value of level.items()) this.#append(height, value);
    });
  }

  #append(height: number, value: number): void {
    const level = this.#level(height);
    level.push(value);
    if (level.length >= K) this.#compress();
  }

  #level(height: number): NumberList {
    while (this.#levels.length <= height) this.#levels.push(new NumberList());
    return this.#levels[height]!;
  }

  /** Compacts every level that is over its capacity, from below. */
  #compress(): void {
    for (let height = 0; height < this.#levels.length; height++) {
      const level = this.#levels[height]!;
      if (level.length >= this.#capacity(height)) this.#compact(height, level);
    }
  }

  #compact(height: number, level: NumberList): void {
    const above = this.#level(height + 1);
    const items = level.items();
    sortNumbers(items, items.length);
    // With an odd number the last one stays, so that the weights still add up.
    const even = level.length - (level.length % 2);
    for (let i = this.#coin(); i < even; i += 2) above.push(items[i]!);
    if (even < level.length) items[0] = items[even]!;
    level.length -= even;
  }

  #capacity(height: number): number {
    return Math.max(LEAST, Math.ceil(K * (2 / 3) ** (this.#levels.length - 1 - height)));
  }

  /** Marsaglia's xorshift (2003). */
  #coin(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 16) & 1;
  }

  /** The items in ascending order, equal ones joined, with the number of values that each stands for. */
  weighted(): Runs {
    let runs = NO_RUNS;
    this.#levels.forEach((level, height) => {
      const sorted = level.items().slice();
      sortNumbers(sorted, sorted.length);
      runs = addedRuns(runs, runsOfSorted(sorted), 2 ** height);
    });
    return runs;
  }
}
