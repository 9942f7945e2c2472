/** Numbers of rows, one bit each. */
export class RowSet {
  #bits = new Uint8Array(64);
  size = 0;

  add(row: number): void {
    const at = Math.floor(row / 8);
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bits.length, at + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    const bit = 1 << (row % 8);
    if ((this.#bits[at]! & bit) !== 0) return;
    this.#bits[at]! |= bit;
    this.size++;
  }

  has(row: number): boolean {
    const at = Math.floor(row / 8);
    return at < this.#bits.length && (this.#bits[at]! & (1 << (row % 8))) !== 0;
  }
}
