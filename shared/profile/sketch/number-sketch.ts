import { FREQUENT, reduction } from './frequent.ts';
import { HyperLogLog } from './hyperloglog.ts';
import { Kll, type KllState } from './kll.ts';
import { type MomentsState, RunningMoments } from './moments.ts';
import { placeOf } from './number-batch.ts';
import type { Points } from './points.ts';
import { addedRuns, integersIn, NO_RUNS, type Runs } from './runs.ts';

export interface NumberSketchState {
  readonly kll: KllState;
  readonly registers: Uint8Array<ArrayBuffer>;
  readonly moments: MomentsState;
  readonly integers: number;
  readonly cells: Float64Array | undefined;
  /** With the pinned ones. */
  readonly frequent: Runs;
  readonly lost: number;
}

/** What is kept of numbers that are too many to be held: sketches, and what can be counted without holding them. */
export class NumberSketch {
  readonly #kll = new Kll();
  readonly different = new HyperLogLog();
  readonly #moments = new RunningMoments();
  readonly #points: Points | undefined;
  /** Counts in the cells of the reference. */
  readonly cells: Float64Array | undefined;
  readonly #pinned: Runs;
  #frequent = NO_RUNS;
  integers = 0;
  /** How much counts of frequent values may be short, pinned ones aside. */
  lost = 0;

  /** @param pinned in ascending order, are counted exactly. */
  constructor(points: Points | undefined, pinned: Float64Array) {
    this.#points = points;
    this.cells = points && new Float64Array(points.cells);
    this.#pinned = { values: pinned, counts: new Float64Array(pinned.length) };
  }

  /** @param sorted the single values, if the runs are of these. */
  add(runs: Runs, sorted?: Float64Array): void {
    this.different.addNumbers(runs.values);
    this.integers += integersIn(runs);
    if (sorted === undefined) {
      this.#moments.addRuns(runs);
      this.#kll.addRuns(runs, this.#moments.count);
    } else {
      this.#moments.addAll(sorted, sorted.length);
      this.#kll.addSorted(sorted);
    }
    if (this.cells !== undefined) this.#points?.count(this.cells, runs);
    this.#addFrequent(this.#withoutPinned(runs));
  }

  /** Counts the pinned values; the runs of the others. */
  #withoutPinned(runs: Runs): Runs {
    const { values, counts } = this.#pinned;
    if (values.length === 0) return runs;
    const rest = runs.counts.slice();
    values.forEach((value, i) => {
      const at = placeOf(value, runs.values);
      if (runs.values[at] !== value) return;
      counts[i]! += rest[at]!;
      rest[at] = 0;
    });
    return reduced({ values: runs.values, counts: rest }, 0);
  }

  /** Counts frequent values (Misra & Gries 1982): the same is taken off all counts if there are too many. */
  #addFrequent(runs: Runs): void {
    const few = this.#reduced(runs);
    if (few.values.length > 0) this.#frequent = this.#reduced(addedRuns(this.#frequent, few));
  }

  #reduced(runs: Runs): Runs {
    const { length } = runs.values;
    if (length <= FREQUENT) return runs;
    const off = reduction(runs.counts, length);
    this.lost += off;
    return reduced(runs, off);
  }

  /** The values of the sketch of ranks with what each stands for, in ascending order. */
  runs(): Runs {
    return this.#kll.weighted();
  }

  /** Values with counts that are short by at most `lost`, pinned ones exact. */
  frequent(): Runs {
    return addedRuns(reduced(this.#pinned, 0), this.#frequent);
  }

  distinct(): number {
    const held = this.frequent().values.length;
    return Math.min(this.moments.count, Math.max(held, Math.round(this.different.estimate())));
  }

  get moments(): MomentsState {
    return this.#moments.state;
  }

  get state(): NumberSketchState {
    const { moments, integers, cells, lost } = this;
    return {
      ...{ moments, integers, cells, lost },
      kll: this.#kll.state,
      registers: this.different.registers,
      frequent: this.frequent(),
    };
  }

  /** Adds what another has found, with the same points. */
  merge(other: NumberSketchState): void {
    this.#kll.merge(new Kll(other.kll));
    this.different.merge(new HyperLogLog(other.registers));
    this.#moments.merge(other.moments);
    this.integers += other.integers;
    this.lost += other.lost;
    other.cells?.forEach((count, i) => {
      if (this.cells !== undefined) this.cells[i]! += count;
    });
    this.#addFrequent(this.#withoutPinned(other.frequent));
  }
}

/** The runs that are left if so much is taken off their counts. */
function reduced({ values, counts }: Runs, off: number): Runs {
  let left = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! > off) left++;
  const kept = { values: new Float64Array(left), counts: new Float64Array(left) };
  for (let i = 0, to = 0; to < left; i++) {
    if (counts[i]! <= off) continue;
    kept.values[to] = values[i]!;
    kept.counts[to++] = counts[i]! - off;
  }
  return kept;
}
