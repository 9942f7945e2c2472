import { EXACT_NUMBERS, FREQUENT, reduction } from './frequent.ts';
import { hashNumber } from './hash.ts';
import { HyperLogLog } from './hyperloglog.ts';
import { Kll, type KllState } from './kll.ts';
import { type MomentsState, RunningMoments } from './moments.ts';
import type { Points } from './points.ts';
import type { Runs } from './runs.ts';
import { sortNumbers } from './sort.ts';

export interface NumberCountsState {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  readonly pinned: number;
  readonly sketch:
    | {
        readonly kll: KllState;
        readonly registers: Uint8Array<ArrayBuffer>;
        readonly moments: MomentsState;
        readonly integers: number;
        readonly cells: Float64Array | undefined;
        readonly lost: number;
      }
    | undefined;
}

interface Sketch {
  readonly kll: Kll;
  readonly different: HyperLogLog;
  readonly moments: RunningMoments;
  /** Counts in the cells of the reference. */
  readonly cells: Float64Array | undefined;
  integers: number;
  lost: number;
}

/**
 * Numbers with their counts: all of them up to `EXACT_NUMBERS` different ones. Beyond it quantiles, the number of different
 * values and frequent values come from sketches, with the errors that they state; extremes, moments, counts of
 * integers, of pinned values and of the reference's cells stay exact.
 */
export class NumberCounts {
  #values = new Float64Array(16);
  #counts = new Float64Array(16);
  #slots = new Int32Array(64);
  #hashes = new Int32Array(16);
  #size = 0;
  #pinned = 0;
  #sketch: Sketch | undefined;
  readonly #points: Points | undefined;
  #total = 0;
  /** The values held, in order, until others come. */
  #runs: Runs | undefined;

  constructor(points?: Points, pinned: readonly number[] = []) {
    this.#points = points;
    for (const value of pinned) this.#count(value, 0);
    this.#pinned = this.#size;
  }

  /** How many numbers there were. */
  get total(): number {
    return this.#total;
  }

  /** Are all different values held with their counts? */
  get complete(): boolean {
    return this.#sketch === undefined;
  }

  /** Counts the first `count` values, which must be finite; −0 counts as 0. */
  addAll(values: Float64Array, count: number): void {
    if (count === 0) return;
    this.#runs = undefined;
    const exact = this.#sketch === undefined ? this.#addExact(values, count) : 0;
    this.#total += exact;
    if (exact === count) return;
    this.#addSketched(this.#startSketch(), values.subarray(exact, count), count - exact);
    this.#total += count - exact;
  }

  /** Counts a finite value `count` times; −0 counts as 0. */
  add(value: number, count: number): void {
    this.#runs = undefined;
    this.#addRun(value + 0, count);
    if (this.#sketch !== undefined && this.#size > this.#pinned + FREQUENT) this.#reduce(this.#sketch);
  }

  /** Counts values until there is no room for different ones; how many. */
  #addExact(values: Float64Array, count: number): number {
    const most = EXACT_NUMBERS + this.#pinned;
    let i = 0;
    for (; i < count && this.#size < most; i++) this.#count(values[i]! + 0, 1);
    return i;
  }

  #addSketched(sketch: Sketch, values: Float64Array, count: number): void {
    const { different, kll, moments, cells } = sketch;
    kll.addAll(values, count);
    moments.addAll(values, count);
    let { integers } = sketch;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      if (Math.floor(value) === value) integers++;
      different.add(this.#count(value + 0, 1));
      if (this.#size > this.#pinned + FREQUENT) this.#reduce(sketch);
    }
    sketch.integers = integers;
    if (cells !== undefined && this.#points !== undefined) this.#points.count(cells, values, count);
  }

  /** Counts a value in the table; its hash. */
  #count(value: number, count: number): number {
    const hash = hashNumber(value);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
      if (this.#values[id - 1] === value) {
        this.#counts[id - 1] = this.#counts[id - 1]! + count;
        return hash;
      }
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#values.length) this.#grow();
    const id = this.#size++;
    slots[slot] = id + 1;
    this.#values[id] = value;
    this.#counts[id] = count;
    this.#hashes[id] = hash;
    if (this.#size * 1.6 > slots.length) this.#rehash(slots.length * 2);
    return hash;
  }

  #startSketch(): Sketch {
    if (this.#sketch !== undefined) return this.#sketch;
    const cells = this.#points === undefined ? undefined : new Float64Array(this.#points.cells);
    const sketch: Sketch = {
      kll: new Kll(),
      different: new HyperLogLog(),
      moments: new RunningMoments(),
      cells,
      integers: 0,
      lost: 0,
    };
    for (let id = 0; id < this.#size; id++) {
      const value = this.#values[id]!;
      const count = this.#counts[id]!;
      if (count === 0) continue;
      sketch.kll.add(value, count, this.#total);
      sketch.different.add(hashNumber(value));
      sketch.moments.addRun(value, count);
      if (Number.isInteger(value)) sketch.integers += count;
      if (cells !== undefined && this.#points !== undefined) {
        const cell = this.#points.cellOf(value);
        cells[cell] = cells[cell]! + count;
      }
    }
    this.#sketch = sketch;
    this.#reduce(sketch);
    return sketch;
  }

  #reduce(sketch: Sketch): void {
    const pinned = this.#pinned;
    const off = reduction(this.#counts.subarray(pinned, this.#size), this.#size - pinned);
    sketch.lost += off;
    let kept = pinned;
    for (let id = pinned; id < this.#size; id++) {
      const count = this.#counts[id]! - off;
      if (count <= 0) continue;
      this.#values[kept] = this.#values[id]!;
      this.#hashes[kept] = this.#hashes[id]!;
      this.#counts[kept++] = count;
    }
    this.#size = kept;
    let slots = 256;
    while (slots < 2 * (pinned + FREQUENT + 2)) slots *= 2;
    this.#rehash(slots);
  }

  #rehash(length: number): void {
    this.#slots = length === this.#slots.length ? this.#slots.fill(0) : new Int32Array(length);
    const mask = length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = this.#hashes[id]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }

  #grow(): void {
    const most = this.#size * 2;
    const values = new Float64Array(most);
    const counts = new Float64Array(most);
    const hashes = new Int32Array(most);
    values.set(this.#values);
    counts.set(this.#counts);
    hashes.set(this.#hashes);
    this.#values = values;
    this.#counts = counts;
    this.#hashes = hashes;
  }

  #held(): Runs {
    if (this.#runs !== undefined) return this.#runs;
    const values = new Float64Array(this.#size);
    let size = 0;
    for (let id = 0; id < this.#size; id++) if (this.#counts[id]! > 0) values[size++] = this.#values[id]!;
    sortNumbers(values, size);
    const counts = new Float64Array(size);
    if (size === this.#total) counts.fill(1);
    else for (let i = 0; i < size; i++) counts[i] = this.#counts[this.#idOf(values[i]!)]!;
    this.#runs = { values: values.subarray(0, size), counts };
    return this.#runs;
  }

  /** The place of a value that is held. */
  #idOf(value: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashNumber(value) & mask;
    while (this.#values[slots[slot]! - 1] !== value) slot = (slot + 1) & mask;
    return slots[slot]! - 1;
  }

  /** The values in ascending order: all of them, or those of the sketch of ranks with what each stands for. */
  runs(): Runs {
    return this.#sketch === undefined ? this.#held() : this.#sketch.kll.weighted();
  }

  /** Values with counts that are exact, or short by at most 0.1 % of all values if not `complete`. */
  frequent(): Runs {
    return this.#held();
  }

  /** How much counts of frequent values may be short; 0 if `complete`. */
  get lost(): number {
    return this.#sketch?.lost ?? 0;
  }

  /** How many different values: exact if `complete`, else with a standard error of 0.81 %. */
  distinct(): number {
    let held = 0;
    for (let id = 0; id < this.#size; id++) if (this.#counts[id]! > 0) held++;
    if (this.#sketch === undefined) return held;
    return Math.min(this.#total, Math.max(held, Math.round(this.#sketch.different.estimate())));
  }

  /** The hashes of all different values. */
  different(precision: number): HyperLogLog {
    if (this.#sketch !== undefined) return this.#sketch.different.folded(precision);
    const different = new HyperLogLog(new Uint8Array(1 << precision));
    for (let id = 0; id < this.#size; id++) if (this.#counts[id]! > 0) different.add(this.#hashes[id]!);
    return different;
  }

  integers(): number {
    if (this.#sketch !== undefined) return this.#sketch.integers;
    let sum = 0;
    for (let id = 0; id < this.#size; id++) if (Number.isInteger(this.#values[id])) sum += this.#counts[id]!;
    return sum;
  }

  moments(): MomentsState {
    if (this.#sketch !== undefined) return this.#sketch.moments.state;
    // In ascending order, so that neither the order of rows nor the pieces they came in change the last digit.
    const { values, counts } = this.#held();
    let mean = 0;
    for (let i = 0; i < values.length; i++) mean += values[i]! * (counts[i]! / this.#total);
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2 * counts[i]!;
    const [min, max] = [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
    return { count: this.#total, min, max, mean, squares };
  }

  /** Counts in the cells of the reference, exact; all zero without one. */
  cells(): number[] {
    if (this.#points === undefined) return [];
    if (this.#sketch?.cells !== undefined) return [...this.#sketch.cells];
    const cells = new Array<number>(this.#points.cells).fill(0);
    const { values, counts } = this.#held();
    for (let i = 0; i < values.length; i++) cells[this.#points.cellOf(values[i]!)]! += counts[i]!;
    return cells;
  }

  get state(): NumberCountsState {
    const sketch = this.#sketch;
    return {
      values: this.#values.slice(0, this.#size),
      counts: this.#counts.slice(0, this.#size),
      pinned: this.#pinned,
      sketch: sketch && {
        kll: sketch.kll.state,
        registers: sketch.different.registers,
        moments: sketch.moments.state,
        integers: sketch.integers,
        cells: sketch.cells,
        lost: sketch.lost,
      },
    };
  }

  /** Adds what another has counted, with the same points and pinned values. */
  merge(other: NumberCountsState): void {
    this.#runs = undefined;
    if (other.sketch !== undefined) this.#mergeSketch(this.#startSketch(), other.sketch);
    for (let id = 0; id < other.values.length; id++) {
      const value = other.values[id]!;
      const count = other.counts[id]!;
      if (count === 0) continue;
      if (other.sketch !== undefined) this.#count(value, count);
      else this.#addRun(value, count);
      if (this.#sketch !== undefined && this.#size > this.#pinned + FREQUENT) this.#reduce(this.#sketch);
    }
  }

  #mergeSketch(own: Sketch, other: NonNullable<NumberCountsState['sketch']>): void {
    own.kll.merge(new Kll(other.kll));
    own.different.merge(new HyperLogLog(other.registers));
    own.moments.merge(other.moments);
    own.integers += other.integers;
    own.lost += other.lost;
    other.cells?.forEach((count, i) => {
      if (own.cells !== undefined) own.cells[i]! += count;
    });
    this.#total += other.moments.count;
  }

  #addRun(value: number, count: number): void {
    this.#total += count;
    const sketch =
      this.#sketch ?? (this.#size >= EXACT_NUMBERS + this.#pinned ? this.#startSketch() : undefined);
    const hash = this.#count(value, count);
    if (sketch === undefined) return;
    sketch.different.add(hash);
    sketch.kll.add(value, count, this.#total);
    sketch.moments.addRun(value, count);
    if (Number.isInteger(value)) sketch.integers += count;
    if (sketch.cells !== undefined && this.#points !== undefined)
      sketch.cells[this.#points.cellOf(value)]! += count;
  }
}
