import type { Runs } from './runs.ts';

/** The points of a reference's cells (`Cells` of kind `values` or `cuts`), in which values are counted exactly. */
export class Points {
  readonly #kind: 'values' | 'cuts';
  readonly #points: Float64Array;

  /** @param points in ascending order. */
  constructor(kind: 'values' | 'cuts', points: readonly number[]) {
    this.#kind = kind;
    this.#points = Float64Array.from(points);
  }

  /** How many cells there are. */
  get cells(): number {
    return this.#kind === 'values' ? 2 * this.#points.length + 1 : this.#points.length + 1;
  }

  /** Adds the counts of ascending values to those of their cells. */
  count(cells: Float64Array, { values, counts }: Runs): void {
    const points = this.#points;
    const both = this.#kind === 'values';
    let point = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      while (point < points.length && points[point]! < value) point++;
      const cell = both ? 2 * point + (points[point] === value ? 1 : 0) : point;
      cells[cell] = cells[cell]! + counts[i]!;
    }
  }
}
