import type { Location } from '../verdict/verdict.ts';

/** The first places that are added, in little memory: most differ from the one before in their line alone. */
export class PlaceList {
  readonly #most: number;
  #lines = new Float64Array(0);
  #size = 0;
  /** From which place on others are in a file and column. */
  readonly #parts: { readonly from: number; readonly file: string; readonly column: number | undefined }[] =
    [];

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#size >= this.#most;
  }

  add({ file, line = 0, column }: Location): void {
    if (this.isFull) return;
    const last = this.#parts.at(-1);
    if (last?.file !== file || last.column !== column) this.#parts.push({ from: this.#size, file, column });
    if (this.#size === this.#lines.length) {
      const larger = new Float64Array(Math.min(this.#most, Math.max(16, this.#size * 2)));
      larger.set(this.#lines);
      this.#lines = larger;
    }
    this.#lines[this.#size++] = line;
  }

  get all(): Location[] {
    return this.#parts.flatMap(({ from, file, column }, i) => {
      const lines = this.#lines.subarray(from, this.#parts[i + 1]?.from ?? this.#size);
      return Array.from(lines, (line) => ({ file, line, ...(column === undefined ? {} : { column }) }));
    });
  }
}
