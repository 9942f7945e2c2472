const { imul } = Math;

const FIRST_CHUNK = 64 * 1024;
const CHUNK = 1024 * 1024;

/** Bytes that indexes may still keep, together. */
export interface Budget {
  left: number;
}

/**
 * Different texts, numbered as they come, exactly: found by 64-bit hashes, and compared byte by byte on a hit. Each is
 * kept once, so long as the budget lasts; `full` says that it did not.
 */
export class RowIndex {
  size = 0;
  full = false;
  /** Did the last `add` keep a text that was not there before? */
  isNew = false;
  readonly #budget: Budget;
  #slots = new Int32Array(256);
  #low = new Int32Array(128);
  #high = new Int32Array(128);
  #chunks: Buffer[] = [];
  #used = 0;
  #chunkOf = new Int32Array(128);
  #start = new Int32Array(128);
  #length = new Int32Array(128);
  #scratch = Buffer.allocUnsafe(4096);

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The number of the text, from 0; −1 where it is new and there is no room for it. */
  add(text: string): number {
    const found = this.#find(text);
    this.isNew = false;
    if (found.id >= 0) return found.id;
    if (this.full || found.length + 40 > this.#budget.left) {
      this.full = true;
      return -1;
    }
    this.#budget.left -= found.length + 40;
    this.isNew = true;
    return this.#keep(found);
  }

  /** The number of a text that is there, else −1. */
  find(text: string): number {
    return this.#find(text).id;
  }

  #find(text: string): { id: number; low: number; high: number; length: number; slot: number } {
    if (this.#scratch.length < text.length * 3) this.#scratch = Buffer.allocUnsafe(text.length * 6);
    const scratch = this.#scratch;
    const length = scratch.write(text);
    let low = 0x811c9dc5 | 0;
    let high = 0x9747b28c | 0;
    for (let i = 0; i < length; i++) {
      const byte = scratch[i]!;
      low = imul(low ^ byte, 0x01000193);
      high = imul(high ^ byte, 0x5bd1e995);
      high ^= high >>> 15;
    }
    low = finished(low ^ length);
    high = finished(high);
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (let kept = this.#slots[slot]!; kept !== 0; slot = (slot + 1) & mask, kept = this.#slots[slot]!) {
      const id = kept - 1;
      if (this.#low[id] === low && this.#high[id] === high && this.#equals(id, length))
        return { id, low, high, length, slot };
    }
    return { id: -1, low, high, length, slot };
  }

  #equals(id: number, length: number): boolean {
    if (this.#length[id] !== length) return false;
    const start = this.#start[id]!;
    const chunk = this.#chunks[this.#chunkOf[id]!]!;
    return chunk.compare(this.#scratch, 0, length, start, start + length) === 0;
  }

  #keep({ low, high, length, slot }: { low: number; high: number; length: number; slot: number }): number {
    const id = this.size++;
    if (id === this.#low.length) this.#grow();
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.#used + length > chunk.length) {
      const size = Math.min(CHUNK, chunk === undefined ? FIRST_CHUNK : chunk.length * 2);
      chunk = Buffer.allocUnsafe(Math.max(size, length));
      this.#chunks.push(chunk);
      this.#used = 0;
    }
    this.#scratch.copy(chunk, this.#used, 0, length);
    this.#low[id] = low;
    this.#high[id] = high;
    this.#chunkOf[id] = this.#chunks.length - 1;
    this.#start[id] = this.#used;
    this.#length[id] = length;
    this.#used += length;
    this.#slots[slot] = id + 1;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #grow(): void {
    const larger = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(old.length * 2);
      made.set(old);
      return made;
    };
    this.#low = larger(this.#low);
    this.#high = larger(this.#high);
    this.#chunkOf = larger(this.#chunkOf);
    this.#start = larger(this.#start);
    this.#length = larger(this.#length);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#low[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** Spreads every bit over all others (the end of MurmurHash3, Appleby 2011). */
function finished(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = imul(h, 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
