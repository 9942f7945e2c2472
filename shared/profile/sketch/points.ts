const RANGES = 1024;

/** The points of a reference's cells (`Cells` of kind `values` or `cuts`), in which values are counted exactly. */
export class Points {
  readonly #kind: 'values' | 'cuts';
  readonly #points: Float64Array;
  readonly #min: number;
  /** Ranges for a unit of value; 0 if the points do not span any. */
  readonly #scale: number;
  /** How many points lie in the ranges before each one. */
  readonly #before = new Int32Array(RANGES + 1);

  constructor(kind: 'values' | 'cuts', points: readonly number[]) {
    this.#kind = kind;
    this.#points = Float64Array.from(points);
    this.#min = points[0] ?? 0;
    const scale = (RANGES - 1) / ((points.at(-1) ?? 0) - this.#min);
    this.#scale = scale > 0 && scale < Number.POSITIVE_INFINITY ? scale : 0;
    for (const point of points) this.#before[this.#rangeOf(point) + 1]!++;
    for (let range = 0; range < RANGES; range++) this.#before[range + 1]! += this.#before[range]!;
  }

  /** How many cells there are. */
  get cells(): number {
    return this.#kind === 'values' ? 2 * this.#points.length + 1 : this.#points.length + 1;
  }

  /** Never falls as the value rises, so that only points of the value's own range are to be compared with it. */
  #rangeOf(value: number): number {
    const at = (value - this.#min) * this.#scale;
    return at > 0 ? (at < RANGES - 1 ? at | 0 : RANGES - 1) : 0;
  }

  cellOf(value: number): number {
    const points = this.#points;
    const range = this.#rangeOf(value);
    let low = this.#before[range]!;
    let high = this.#before[range + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (points[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return this.#kind === 'cuts' ? low : 2 * low + (points[low] === value ? 1 : 0);
  }

  count(cells: Float64Array, values: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const cell = this.cellOf(values[i]!);
      cells[cell] = cells[cell]! + 1;
    }
  }
}
