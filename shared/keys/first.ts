/** The first of what is found out of order, by the number of its row. */
export class First<T> {
  count = 0;
  readonly #most: number;
  readonly #found: { readonly row: number; readonly what: T }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(row: number, what: T): void {
    this.count++;
    if (this.#most === 0) return;
    this.#found.push({ row, what });
    if (this.#found.length > 4 * this.#most + 100) this.#cut();
  }

  /** In the order of rows. */
  get list(): T[] {
    this.#cut();
    return this.#found.map(({ what }) => what);
  }

  #cut(): void {
    this.#found.sort((a, b) => a.row - b.row);
    this.#found.length = Math.min(this.#found.length, this.#most);
  }
}
