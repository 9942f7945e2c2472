const FIRST = 64;
/** Of all lists without any. */
const NONE = new Float64Array(0);

/** Numbers in a typed array that doubles when it is full: 8 bytes each. */
export class NumberList {
  #items = NONE;
  /** A lower one forgets the last of them. */
  length = 0;

  push(value: number): void {
    if (this.length === this.#items.length) this.#grow(this.length + 1);
    this.#items[this.length++] = value;
  }

  addAll(values: Float64Array): void {
    const length = this.length + values.length;
    if (length > this.#items.length) this.#grow(length);
    this.#items.set(values, this.length);
    this.length = length;
  }

  #grow(least: number): void {
    const larger = new Float64Array(Math.max(FIRST, least, this.#items.length * 2));
    larger.set(this.#items);
    this.#items = larger;
  }

  /** All of them, in the order in which they came, until others come. */
  items(): Float64Array {
    return this.#items.subarray(0, this.length);
  }

  /** A copy in ascending order. */
  sorted(): Float64Array {
    return this.#items.slice(0, this.length).sort();
  }
}

/**
 * Linear interpolation of order statistics, type 7 of Hyndman & Fan (1996).
 *
 * @param statistic the value of a rank, counted from 0, of `count` values in ascending order.
 */
export function quantileOf(statistic: (rank: number) => number, count: number, probability: number): number {
  const at = (count - 1) * probability;
  const weight = at - Math.floor(at);
  const low = statistic(Math.floor(at));
  const high = statistic(Math.ceil(at));
  // Rounding must not carry it past the values between which it lies.
  return low === high ? low : Math.min(high, Math.max(low, low * (1 - weight) + high * weight));
}

/** The same of an ascending list. */
export function quantile(sorted: Float64Array, probability: number): number {
  return quantileOf((rank) => sorted[rank] ?? Number.NaN, sorted.length, probability);
}
