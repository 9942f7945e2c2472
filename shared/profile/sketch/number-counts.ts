import { EXACT_NUMBERS } from './frequent.ts';
import { HyperLogLog } from './hyperloglog.ts';
import { type MomentsState, momentsOfRuns } from './moments.ts';
import { NumberBatch } from './number-batch.ts';
import { NumberSketch, type NumberSketchState } from './number-sketch.ts';
import type { Points } from './points.ts';
import { addedRuns, integersIn, NO_RUNS, type Runs } from './runs.ts';

export interface NumberCountsState {
  readonly total: number;
  /** All different values, or none if there is a sketch. */
  readonly held: Runs;
  readonly sketch: NumberSketchState | undefined;
}

/**
 * Numbers with their counts: all of them up to `EXACT_NUMBERS` different ones. Beyond it quantiles, the number of different
 * values and frequent values come from sketches, with the errors that they state; extremes, moments, counts of
 * integers, of pinned values and of the reference's cells stay exact. Values are sorted some thousand at a time, which
 * is what all of these need.
 */
export class NumberCounts {
  readonly #batch = new NumberBatch((runs, sorted) => this.#take(runs, sorted));
  #held = NO_RUNS;
  #sketch: NumberSketch | undefined;
  readonly #points: Points | undefined;
  readonly #pinned: Float64Array;
  #total = 0;

  /** @param pinned are counted exactly, whatever comes. */
  constructor(points?: Points, pinned: readonly number[] = []) {
    this.#points = points;
    this.#pinned = Float64Array.from(new Set(pinned.map((value) => value + 0))).sort();
  }

  /** How many numbers there were. */
  get total(): number {
    return this.#total;
  }

  /** Are all different values held with their counts? */
  get complete(): boolean {
    return this.#settled === undefined;
  }

  /** Counts the first `count` values, which must be finite; −0 counts as 0. */
  addAll(values: Float64Array, count: number): void {
    this.#total += count;
    this.#batch.addAll(values, count);
  }

  /** Counts a finite value; −0 counts as 0. */
  push(value: number): void {
    this.#total++;
    this.#batch.push(value);
  }

  /** Counts a finite value `count` times; −0 counts as 0. */
  add(value: number, count: number): void {
    this.#total += count;
    this.#batch.add(value, count);
  }

  /** @param sorted the single values, if the runs are of these. */
  #take(runs: Runs, sorted?: Float64Array): void {
    if (this.#sketch !== undefined) {
      this.#sketch.add(runs, sorted);
      return;
    }
    this.#held = addedRuns(this.#held, runs);
    if (this.#held.values.length > EXACT_NUMBERS) this.#startSketch();
  }

  #startSketch(): NumberSketch {
    if (this.#sketch === undefined) {
      this.#sketch = new NumberSketch(this.#points, this.#pinned);
      this.#sketch.add(this.#held);
      this.#held = NO_RUNS;
    }
    return this.#sketch;
  }

  /** The sketch, if there is one once the values that wait were taken. */
  get #settled(): NumberSketch | undefined {
    this.#batch.flush();
    return this.#sketch;
  }

  /** The values in ascending order: all of them, or those of the sketch of ranks with what each stands for. */
  runs(): Runs {
    return this.#settled?.runs() ?? this.#held;
  }

  /** Values with counts that are exact, or short by at most 0.1 % of all values if not `complete`. */
  frequent(): Runs {
    return this.#settled?.frequent() ?? this.#held;
  }

  /** How much counts of frequent values may be short; 0 if `complete`. */
  get lost(): number {
    return this.#settled?.lost ?? 0;
  }

  /** How many different values: exact if `complete`, else with a standard error of 0.81 %. */
  distinct(): number {
    return this.#settled?.distinct() ?? this.#held.values.length;
  }

  /** The hashes of all different values. */
  different(precision: number): HyperLogLog {
    const sketch = this.#settled;
    if (sketch !== undefined) return sketch.different.folded(precision);
    const different = new HyperLogLog(new Uint8Array(1 << precision));
    different.addNumbers(this.#held.values);
    return different;
  }

  integers(): number {
    return this.#settled?.integers ?? integersIn(this.#held);
  }

  moments(): MomentsState {
    // In ascending order, so that neither the order of rows nor the pieces they came in change the last digit.
    return this.#settled?.moments ?? momentsOfRuns(this.#held);
  }

  /** Counts in the cells of the reference, exact; all zero without one. */
  cells(): number[] {
    if (this.#points === undefined) return [];
    const sketched = this.#settled?.cells;
    if (sketched !== undefined) return [...sketched];
    const cells = new Float64Array(this.#points.cells);
    this.#points.count(cells, this.#held);
    return [...cells];
  }

  get state(): NumberCountsState {
    const sketch = this.#settled?.state;
    return { total: this.#total, held: this.#held, sketch };
  }

  /** Adds what another has counted, with the same points and pinned values. */
  merge({ total, held, sketch }: NumberCountsState): void {
    this.#batch.flush();
    this.#total += total;
    if (sketch !== undefined) this.#startSketch().merge(sketch);
    else this.#take(held);
  }
}
