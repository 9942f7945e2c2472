import type { Batch } from '../read/batch.ts';
import type { IntegrityOptions } from './options.ts';

/** Up to this length a loop is faster than the call that encodes a text. */
const SHORT = 64;

/** Rows whose fields are places in a buffer, −1 if there is no value. */
export interface FieldBytes {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Spells rows whole: first the features, then other columns beside the key, then the key. */
export function rowSpelling({ key = [], ignored = [], label, timestamp }: IntegrityOptions): RowSpelling {
  const left = new Set([...ignored, label, timestamp]);
  return new RowSpelling(3, (name) => (key.includes(name) ? 2 : left.has(name) ? 1 : 0));
}

/**
 * Spells rows as bytes, the same for rows with the same values in whatever order their files have the columns. Values
 * are taken as they are written: 1 and "1" are the same, 1 and 1.0 are not. A null is as a column that is not there.
 */
export class RowSpelling {
  readonly #groups: number;
  readonly #groupOf: (name: string) => number;
  /** Names of columns that are spelled, in order of first appearance. */
  readonly names: string[] = [];
  readonly #known = new Map<string, number>();
  #columns: readonly string[] | undefined;
  #width = -1;
  /** Number and field of the columns, by group. */
  #plan: readonly (readonly { readonly id: number; readonly field: number }[])[] = [];
  bytes = Buffer.allocUnsafe(4096);
  /** Where each group of columns ends in the last row; the first one starts at 0, each other where the last ended. */
  readonly ends: number[] = [];
  #frozen = false;

  /** @param groupOf the group of a column, from 0 to before `groups`; −1 for one that is left out. */
  constructor(groups: number, groupOf: (name: string) => number) {
    this.#groups = groups;
    this.#groupOf = groupOf;
  }

  ofBlock({ bytes, width, starts, ends }: FieldBytes, columns: readonly string[], row: number): void {
    this.#planFor(columns);
    let at = 0;
    for (let group = 0; group < this.#plan.length; group++) {
      for (const { id, field } of this.#plan[group]!) {
        const start = starts[row * width + field]!;
        if (start < 0) continue;
        const length = ends[row * width + field]! - start;
        this.#reserve(at, length);
        at = this.#head(at, id, length);
        this.bytes.set(bytes.subarray(start, start + length), at);
        at += length;
      }
      this.ends[group] = at;
    }
  }

  ofBatch({ columns, rows }: Batch, row: number): void {
    this.#planFor(columns);
    const cells = rows[row] ?? [];
    let at = 0;
    for (let group = 0; group < this.#plan.length; group++) {
      for (const { id, field } of this.#plan[group]!) {
        const cell = cells[field] ?? null;
        if (cell === null) continue;
        at = this.#text(at, id, typeof cell === 'string' ? cell : String(cell));
      }
      this.ends[group] = at;
    }
  }

  /** Columns that come from now on are left out. */
  freeze(): void {
    this.#frozen = true;
  }

  #text(start: number, id: number, text: string): number {
    const { length } = text;
    this.#reserve(start, 3 * length);
    const { bytes } = this;
    const at = this.#head(start, id, length);
    let ascii = length <= SHORT;
    for (let i = 0; ascii && i < length; i++) {
      const code = text.charCodeAt(i);
      bytes[at + i] = code;
      ascii = code < 0x80;
    }
    if (ascii) return at + length;
    const own = Buffer.byteLength(text);
    const begin = this.#head(start, id, own);
    return begin + bytes.write(text, begin);
  }

  /** A length before each value keeps ("a", "bc") and ("ab", "c") apart. */
  #head(at: number, id: number, length: number): number {
    return this.#put(this.#put(at, id), length);
  }

  /** Seven bits a byte, the lowest first, as LEB128 has them. */
  #put(start: number, value: number): number {
    let at = start;
    let rest = value;
    for (; rest >= 128; rest >>>= 7) this.bytes[at++] = rest | 128;
    this.bytes[at++] = rest;
    return at;
  }

  #reserve(at: number, length: number): void {
    if (at + length + 10 > this.bytes.length)
      this.bytes = Buffer.concat([this.bytes], 2 * (at + length + 10));
  }

  #planFor(columns: readonly string[]): void {
    if (this.#columns === columns && this.#width === columns.length) return;
    for (const name of columns) {
      if (this.#frozen || this.#known.has(name) || this.#groupOf(name) < 0) continue;
      this.#known.set(name, this.names.length);
      this.names.push(name);
    }
    const fields = new Map(columns.map((name, field) => [name, field]));
    const plan: { id: number; field: number }[][] = Array.from({ length: this.#groups }, () => []);
    this.names.forEach((name, id) => {
      const field = fields.get(name);
      if (field !== undefined) plan[this.#groupOf(name)]?.push({ id, field });
    });
    this.#plan = plan;
    this.#columns = columns;
    this.#width = columns.length;
  }
}
