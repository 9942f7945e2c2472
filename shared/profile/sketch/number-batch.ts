import { K as BATCH } from './kll.ts';
import { NO_RUNS, type Runs, runsOfSorted } from './runs.ts';
import { sortNumbers } from './sort.ts';

const FIRST = 64;

/** Takes different values in ascending order with their counts; `sorted` has them as they came, if each came by itself. */
type OnRuns = (runs: Runs, sorted?: Float64Array) => void;

/** Gathers numbers until there are enough to be sorted together, wherever the pieces end that they come in. */
export class NumberBatch {
  readonly #onRuns: OnRuns;
  #values = NO_RUNS.values;
  #size = 0;
  /** Values that came with a count. */
  #counted = NO_RUNS;
  #countedSize = 0;

  constructor(onRuns: OnRuns) {
    this.#onRuns = onRuns;
  }

  addAll(values: Float64Array, count: number): void {
    for (let at = 0; at < count; ) {
      const taken = Math.min(count - at, BATCH - this.#size);
      if (this.#size + taken > this.#values.length) this.#values = grown(this.#values, this.#size + taken);
      this.#values.set(values.subarray(at, at + taken), this.#size);
      this.#size += taken;
      at += taken;
      if (this.#size === BATCH) this.#flushValues();
    }
  }

  push(value: number): void {
    if (this.#size === this.#values.length) this.#values = grown(this.#values, this.#size + 1);
    this.#values[this.#size++] = value;
    if (this.#size === BATCH) this.#flushValues();
  }

  add(value: number, count: number): void {
    if (this.#countedSize === this.#counted.values.length) {
      const { values, counts } = this.#counted;
      const least = this.#countedSize + 1;
      this.#counted = { values: grown(values, least), counts: grown(counts, least) };
    }
    this.#counted.values[this.#countedSize] = value + 0;
    this.#counted.counts[this.#countedSize++] = count;
    if (this.#countedSize === BATCH) this.#flushCounted();
  }

  /** Hands out what has been gathered. */
  flush(): void {
    if (this.#size > 0) this.#flushValues();
    if (this.#countedSize > 0) this.#flushCounted();
  }

  #flushValues(): void {
    const sorted = this.#values.subarray(0, this.#size);
    this.#size = 0;
    sortNumbers(sorted, sorted.length);
    this.#onRuns(runsOfSorted(sorted), sorted);
  }

  #flushCounted(): void {
    const size = this.#countedSize;
    this.#countedSize = 0;
    const sorted = this.#counted.values.slice(0, size);
    sortNumbers(sorted, size);
    const { values } = runsOfSorted(sorted);
    const counts = new Float64Array(values.length);
    for (let i = 0; i < size; i++)
      counts[placeOf(this.#counted.values[i]!, values)]! += this.#counted.counts[i]!;
    this.#onRuns({ values, counts });
  }
}

/** Where a value is, or would be, among ascending ones. */
export function placeOf(value: number, values: Float64Array): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function grown(items: Float64Array, least: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.min(BATCH, Math.max(FIRST, least, items.length * 2)));
  larger.set(items);
  return larger;
}
