import { NumberList } from '../number-list.ts';
import { K as BATCH } from './kll.ts';
import { type Runs, runsOfSorted } from './runs.ts';
import { sortNumbers } from './sort.ts';

/** Takes different values in ascending order with their counts; `sorted` are the single values, if each came by itself. */
type OnRuns = (runs: Runs, sorted?: Float64Array) => void;

/** Gathers numbers until there are enough to be sorted together, wherever the pieces end that they come in. */
export class NumberBatch {
  readonly #onRuns: OnRuns;
  readonly #values = new NumberList();
  /** Values that came with a count, and these. */
  readonly #counted = new NumberList();
  readonly #counts = new NumberList();

  constructor(onRuns: OnRuns) {
    this.#onRuns = onRuns;
  }

  addAll(values: Float64Array, count: number): void {
    for (let at = 0; at < count; ) {
      const taken = Math.min(count - at, BATCH - this.#values.length);
      this.#values.addAll(values.subarray(at, at + taken));
      at += taken;
      if (this.#values.length === BATCH) this.#flushValues();
    }
  }

  push(value: number): void {
    this.#values.push(value);
    if (this.#values.length === BATCH) this.#flushValues();
  }

  add(value: number, count: number): void {
    this.#counted.push(value + 0);
    this.#counts.push(count);
    if (this.#counted.length === BATCH) this.#flushCounted();
  }

  /** Hands out what has been gathered. */
  flush(): void {
    if (this.#values.length > 0) this.#flushValues();
    if (this.#counted.length > 0) this.#flushCounted();
  }

  #flushValues(): void {
    const sorted = this.#values.items();
    this.#values.length = 0;
    sortNumbers(sorted, sorted.length);
    this.#onRuns(runsOfSorted(sorted), sorted);
  }

  #flushCounted(): void {
    const [own, times] = [this.#counted.items(), this.#counts.items()];
    this.#counted.length = 0;
    this.#counts.length = 0;
    const sorted = own.slice();
    sortNumbers(sorted, sorted.length);
    const { values } = runsOfSorted(sorted);
    const counts = new Float64Array(values.length);
    for (let i = 0; i < own.length; i++) counts[placeOf(own[i]!, values)]! += times[i]!;
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
