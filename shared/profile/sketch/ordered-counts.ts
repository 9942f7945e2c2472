import { NumberCounts, type NumberCountsState } from './number-counts.ts';
import type { Points } from './points.ts';
import { listOf } from './runs.ts';
import { TextCounts, type TextCountsState } from './text-counts.ts';

/** How values are written that a double does not hold exactly. */
export interface Spelling {
  /** The exact text of a double. */
  textOf(value: number): string;
  /** Orders exact texts. */
  compare(a: string, b: string): number;
}

export interface OrderedCountsState extends NumberCountsState {
  readonly inexact: { readonly exact: NumberCountsState; readonly texts: TextCountsState } | undefined;
  readonly extremes: readonly [string, string] | undefined;
}

/** A value, and how often it occurred; a text if a double does not hold it exactly. */
export interface ExactRun {
  readonly value: number | string;
  readonly count: number;
}

/**
 * Numbers or instants. Those that a double does not hold exactly are counted as the nearest double for ranks and cells,
 * and as texts for how many are different, the frequent ones and the extremes.
 */
export class OrderedCounts extends NumberCounts {
  readonly #spelling: Spelling;
  /** Of the inexact ones: their texts, and the first and the last of these. */
  #texts: TextCounts | undefined;
  #extremes: [string, string] | undefined;
  /** All others, from the first inexact one on. */
  #others: NumberCounts | undefined;

  constructor(spelling: Spelling, points?: Points, pinned: readonly number[] = []) {
    super(points, pinned);
    this.#spelling = spelling;
  }

  override addAll(values: Float64Array, count: number): void {
    super.addAll(values, count);
    this.#others?.addAll(values, count);
  }

  override push(value: number): void {
    super.push(value);
    this.#others?.push(value);
  }

  override add(value: number, count: number): void {
    super.add(value, count);
    this.#others?.add(value, count);
  }

  /** Counts a value that a double does not hold exactly, by its exact text. */
  addInexact(value: number, text: string, count = 1): void {
    const { texts } = this.#start();
    super.add(value, count);
    const bytes = Buffer.from(text);
    texts.add(bytes, 0, bytes.length, count);
    this.#widen(text, text);
  }

  #start(): { readonly texts: TextCounts; readonly others: NumberCounts } {
    if (this.#others === undefined) {
      this.#others = new NumberCounts();
      this.#others.merge(super.state);
    }
    this.#texts ??= new TextCounts();
    return { texts: this.#texts, others: this.#others };
  }

  #widen(first: string, last: string): void {
    const { compare } = this.#spelling;
    const [low = first, high = last] = this.#extremes ?? [];
    this.#extremes = [compare(first, low) < 0 ? first : low, compare(last, high) > 0 ? last : high];
  }

  /** Does a double hold every value exactly? */
  get exact(): boolean {
    return this.#texts === undefined;
  }

  override get complete(): boolean {
    return super.complete && (this.#others?.complete ?? true) && (this.#texts?.complete ?? true);
  }

  override get lost(): number {
    return Math.max(super.lost, this.#others?.lost ?? 0, this.#texts?.lost ?? 0);
  }

  override distinct(): number {
    if (this.#others === undefined || this.#texts === undefined) return super.distinct();
    return Math.min(this.total, this.#others.distinct() + this.#texts.distinct());
  }

  override different(precision: number) {
    if (this.#others === undefined || this.#texts === undefined) return super.different(precision);
    const different = this.#others.different(precision);
    different.merge(this.#texts.different(precision));
    return different;
  }

  /** The smallest value and the largest one, exactly. */
  extremes(): readonly [number | string, number | string] {
    const { min, max } = (this.#others ?? this).moments();
    if (this.#extremes === undefined) return [min, max];
    const [low, high] = this.#extremes;
    if (this.#others?.total === 0) return [low, high];
    const { compare, textOf } = this.#spelling;
    return [compare(low, textOf(min)) < 0 ? low : min, compare(high, textOf(max)) > 0 ? high : max];
  }

  /** The values that are held, with counts as those of `frequent`. */
  frequentExact(): ExactRun[] {
    if (this.#others === undefined || this.#texts === undefined) return listOf(this.frequent());
    const texts = Array.from(this.#texts.entries(), ([value, count]) => ({ value, count }));
    return [...listOf(this.#others.frequent()), ...texts];
  }

  override get state(): OrderedCountsState {
    const [others, texts] = [this.#others, this.#texts];
    const inexact = others && texts && { exact: others.state, texts: texts.state };
    return { ...super.state, inexact, extremes: this.#extremes };
  }

  override merge(other: OrderedCountsState): void {
    if (other.inexact !== undefined) {
      const { texts, others } = this.#start();
      others.merge(other.inexact.exact);
      texts.merge(other.inexact.texts);
    } else this.#others?.merge(other);
    super.merge(other);
    if (other.extremes !== undefined) this.#widen(...other.extremes);
  }
}
