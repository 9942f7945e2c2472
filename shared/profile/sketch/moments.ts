import type { Runs } from './runs.ts';

/** Values whose moments are taken at a time, wherever the pieces end that they come in. */
const PIECE = 1024;

export interface MomentsState {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
}

export const NO_MOMENTS: MomentsState = {
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  mean: 0,
  squares: 0,
};

/** The moments of two samples together (Chan, Golub & LeVeque 1983, equation 2.1). */
export function joined(one: MomentsState, other: MomentsState): MomentsState {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  const count = one.count + other.count;
  const apart = other.mean - one.mean;
  return {
    count,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    mean: one.mean + apart * (other.count / count),
    squares: one.squares + other.squares + apart * apart * ((one.count * other.count) / count),
  };
}

/** The moments of the `count` values from `start` on, in two passes over values that are few and in the cache. */
function momentsOf(values: Float64Array, start: number, count: number): MomentsState {
  if (count === 0) return NO_MOMENTS;
  const end = start + count;
  let sum = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  let mean = sum / count;
  if (!Number.isFinite(sum)) {
    mean = 0;
    for (let i = start; i < end; i++) mean += values[i]! / count;
  }
  let squares = 0;
  for (let i = start; i < end; i++) {
    const deviation = values[i]! - mean;
    squares += deviation * deviation;
  }
  return { count, min, max, mean, squares };
}

/** The moments of ascending values with their counts. */
export function momentsOfRuns({ values, counts }: Runs): MomentsState {
  const count = counts.reduce((sum, own) => sum + own, 0);
  if (count === 0) return NO_MOMENTS;
  const mean = meanOf(values, counts, count);
  return { count, min: values[0]!, max: values.at(-1)!, mean, squares: squaresOf(values, counts, mean) };
}

function meanOf(values: Float64Array, counts: Float64Array, count: number): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i]! * (counts[i]! / count);
  return mean;
}

function squaresOf(values: Float64Array, counts: Float64Array, mean: number): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2 * counts[i]!;
  return squares;
}

/** Count, extremes, mean and sum of squared deviations of values that come in pieces. */
export class RunningMoments {
  #state = NO_MOMENTS;
  readonly #waiting = new Float64Array(PIECE);
  #waits = 0;

  addAll(values: Float64Array, count: number): void {
    for (let at = 0; at < count; ) {
      if (this.#waits === 0 && count - at >= PIECE) {
        this.#state = joined(this.#state, momentsOf(values, at, PIECE));
        at += PIECE;
        continue;
      }
      const taken = Math.min(count - at, PIECE - this.#waits);
      this.#waiting.set(values.subarray(at, at + taken), this.#waits);
      this.#waits += taken;
      at += taken;
      if (this.#waits === PIECE) this.#take();
    }
  }

  #take(): void {
    this.#state = joined(this.#state, momentsOf(this.#waiting, 0, this.#waits));
    this.#waits = 0;
  }

  addRuns(runs: Runs): void {
    this.merge(momentsOfRuns(runs));
  }

  get count(): number {
    return this.#state.count + this.#waits;
  }

  merge(other: MomentsState): void {
    this.#take();
    this.#state = joined(this.#state, other);
  }

  get state(): MomentsState {
    this.#take();
    return this.#state;
  }
}
