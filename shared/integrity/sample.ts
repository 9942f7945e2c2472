import { type Random, randomFrom } from '../stats/random.ts';

/** Rows of a sample, at most. */
const MOST = 10_000;
/** UTF-16 units of them, about: fewer rows are kept if rows are long. */
const MOST_UNITS = 32 * 1024 * 1024;
/** Fixed, so that the same data give the same verdict. */
const SEED = 20_260_101;

/** A uniform sample of rows, each as a text: reservoir sampling (Vitter 1985, algorithm R). */
export class RowSample {
  readonly rows: string[] = [];
  seen = 0;
  #most = MOST;
  #units = 0;
  #random: Random | undefined;

  /** @param textOf writes the row, if it is taken. */
  add(textOf: () => string): void {
    this.seen++;
    if (this.rows.length < this.#most) {
      const row = textOf();
      this.rows.push(row);
      this.#units += row.length;
      if (this.#units > MOST_UNITS) this.#most = this.rows.length;
      return;
    }
    this.#random ??= randomFrom(SEED);
    const at = this.#random.below(this.seen);
    if (at < this.#most) this.rows[at] = textOf();
  }
}
