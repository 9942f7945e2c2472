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

  /** The bits of all rows, to be cloned. */
  get state(): Uint8Array {
    return this.#bits;
  }

  /** Adds rows that another set has, `before` rows later. */
  merge(bits: Uint8Array, before: number): void {
    for (let at = 0; at < bits.length; at++) {
      for (let rest = bits[at]!; rest !== 0; rest &= rest - 1) this.add(before + 8 * at + bitOf(rest));
    }
  }

  has(row: number): boolean {
    const at = Math.floor(row / 8);
    return at < this.#bits.length && (this.#bits[at]! & (1 << (row % 8))) !== 0;
  }
}

/** The place of the lowest bit that is set. */
function bitOf(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
