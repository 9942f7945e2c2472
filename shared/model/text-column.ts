import { hashBytes } from '../profile/sketch/hash.ts';
import { toNumber } from '../read/batch.ts';
import { simpleNumber } from '../read/number.ts';
import { isValueText, valueText } from '../read/same-value.ts';

/** The different texts of some rows, in order of first appearance, and which of them each row has; −1 for none. */
export interface CodedTexts {
  readonly names: readonly string[];
  readonly codes: Int32Array;
}

/** One column of a file as bytes, without a string for each field. Spaces around a text are not part of it. */
export class TextColumn {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #used = 0;
  #ends = new Float64Array(1 << 12);
  #filled = new Uint8Array(1 << 12);
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Adds a field; nothing but spaces is none. */
  add(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    let to = end;
    while (from < to && bytes[from]! <= 0x20) from++;
    while (to > from && bytes[to - 1]! <= 0x20) to--;
    const size = to - from;
    if (this.#used + size > this.#bytes.length) this.#grow(size);
    const target = this.#bytes;
    let at = this.#used;
    for (let i = from; i < to; i++) target[at++] = bytes[i]!;
    this.#used = at;
    this.#end(size > 0);
  }

  addText(text: string | null): void {
    if (text === null) this.#end(false);
    else {
      const bytes = Buffer.from(text);
      this.add(bytes, 0, bytes.length);
    }
  }

  /** Makes the column as long as others; the rows that it lacks have no value. */
  pad(rows: number): void {
    while (this.#rows < rows) this.#end(false);
  }

  #end(filled: boolean): void {
    if (this.#rows === this.#ends.length) {
      this.#ends = grown(this.#ends, new Float64Array(2 * this.#rows));
      this.#filled = grown(this.#filled, new Uint8Array(2 * this.#rows));
    }
    this.#filled[this.#rows] = filled ? 1 : 0;
    this.#ends[this.#rows++] = this.#used;
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(2 * (this.#used + size));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }

  #start(row: number): number {
    return row === 0 ? 0 : this.#ends[row - 1]!;
  }

  has(row: number): boolean {
    return this.#filled[row] === 1;
  }

  /** The text of a row; null if it has none. */
  text(row: number): string | null {
    return this.has(row) ? this.#bytes.toString('utf8', this.#start(row), this.#ends[row]!) : null;
  }

  /** The number of a row; NaN if it has none, or a text that is not a finite number. */
  number(row: number): number {
    if (!this.has(row)) return Number.NaN;
    const value = simpleNumber(this.#bytes, this.#start(row), this.#ends[row]!);
    return Number.isNaN(value) ? toNumber(this.text(row)) : value;
  }

  hash(row: number): number {
    return hashBytes(this.#bytes, this.#start(row), this.#ends[row]!);
  }

  /** Do both rows have the same text? Rows without one are equal to each other. */
  same(row: number, other: TextColumn, otherRow: number): boolean {
    const [from, to] = [this.#start(row), this.#ends[row]!];
    const [from2, to2] = [other.#start(otherRow), other.#ends[otherRow]!];
    if (to - from !== to2 - from2) return false;
    const [mine, theirs] = [this.#bytes, other.#bytes];
    for (let i = from, j = from2; i < to; i++, j++) if (mine[i] !== theirs[j]) return false;
    return true;
  }

  /** The column with one spelling for each value, by `valueText`: itself if it has no other. */
  byValue(): TextColumn {
    for (let row = 0; row < this.#rows; row++) {
      if (!this.has(row) || isValueText(this.#bytes, this.#start(row), this.#ends[row]!)) continue;
      const text = this.text(row) ?? '';
      if (valueText(text) !== text) return this.#respelled();
    }
    return this;
  }

  #respelled(): TextColumn {
    const column = new TextColumn();
    for (let row = 0; row < this.#rows; row++) {
      const [start, end] = [this.#start(row), this.#ends[row]!];
      if (!this.has(row) || isValueText(this.#bytes, start, end)) column.add(this.#bytes, start, end);
      else column.addText(valueText(this.text(row) ?? ''));
    }
    return column;
  }

  /** The different texts, and each row's. */
  coded(): CodedTexts {
    const index = new TextIndex();
    const codes = new Int32Array(this.#rows);
    const firsts: number[] = [];
    for (let row = 0; row < this.#rows; row++) {
      if (!this.has(row)) {
        codes[row] = -1;
        continue;
      }
      const first = index.add(this, row);
      if (first === row) {
        codes[row] = firsts.length;
        firsts.push(row);
      } else codes[row] = codes[first]!;
    }
    return { names: firsts.map((row) => this.text(row) ?? ''), codes };
  }
}

function grown<A extends Float64Array | Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Rows of one column by their text, by a hash whose hits are compared byte by byte. */
export class TextIndex {
  #slots = new Int32Array(1 << 10);
  #hashes = new Int32Array(1 << 10);
  #size = 0;

  /** The first row that was added with the same text: this one, if it is new. */
  add(column: TextColumn, row: number): number {
    const hash = column.hash(row);
    const slot = this.#slotOf(column, column, row, hash);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    this.#slots[slot] = row + 1;
    this.#hashes[slot] = hash;
    if (++this.#size * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  /** The row of `column` that has the text of `other`'s row; −1 if none has. */
  find(column: TextColumn, other: TextColumn, row: number): number {
    return this.#slots[this.#slotOf(column, other, row, other.hash(row))]! - 1;
  }

  #slotOf(column: TextColumn, other: TextColumn, row: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let known = this.#slots[slot]!; known !== 0; known = this.#slots[slot]!) {
      if (this.#hashes[slot] === hash && column.same(known - 1, other, row)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #rehash(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    this.#slots = new Int32Array(2 * slots.length);
    this.#hashes = new Int32Array(2 * slots.length);
    const mask = this.#slots.length - 1;
    slots.forEach((row, at) => {
      if (row === 0) return;
      let slot = hashes[at]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row;
      this.#hashes[slot] = hashes[at]!;
    });
  }
}
