/** Count, extremes, mean and sum of squared deviations; merged by Chan, Golub & LeVeque (1983), equation 2.1. */
export class Moments {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  mean = 0;
  squares = 0;

  /** Two passes over values that are few and in the cache. */
  addAll(values: Float64Array, count: number): void {
    if (count === 0) return;
    let sum = 0;
    let { min, max } = this;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const mean = Number.isFinite(sum) ? sum / count : scaledMean(values, count);
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const deviation = values[i]! - mean;
      squares += deviation * deviation;
    }
    this.#join(count, min, max, mean, squares);
  }

  addRun(value: number, count: number): void {
    this.#join(count, Math.min(this.min, value), Math.max(this.max, value), value, 0);
  }

  merge(other: MomentsState): void {
    if (other.count === 0) return;
    const { count, mean, squares } = other;
    this.#join(count, Math.min(this.min, other.min), Math.max(this.max, other.max), mean, squares);
  }

  #join(count: number, min: number, max: number, mean: number, squares: number): void {
    const all = this.count + count;
    const apart = mean - this.mean;
    this.squares += squares + apart * apart * ((this.count * count) / all);
    this.mean += apart * (count / all);
    this.count = all;
    this.min = min;
    this.max = max;
  }

  get state(): MomentsState {
    const { count, min, max, mean, squares } = this;
    return { count, min, max, mean, squares };
  }
}

export type MomentsState = Pick<Moments, 'count' | 'min' | 'max' | 'mean' | 'squares'>;

function scaledMean(values: Float64Array, count: number): number {
  let mean = 0;
  for (let i = 0; i < count; i++) mean += values[i]! / count;
  return mean;
}
