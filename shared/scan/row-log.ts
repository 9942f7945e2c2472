import type { Spill } from '../ports/ports.ts';
import type { Block } from './block.ts';
import { KeyLog, type KeyLogState, PARTITIONS } from './keys.ts';

/** What rows are compared by. */
export interface RowOptions {
  /** The column whose values conflict where all features are the same. */
  readonly label?: string | undefined;
  /** Columns that are no features, beside the label: keys, times. */
  readonly ignored?: readonly string[] | undefined;
}

export interface RowLogState {
  readonly rows: KeyLogState;
  /** Where there is a label. */
  readonly features: KeyLogState | undefined;
}

interface Place {
  readonly fileIndex: number;
  readonly before: number;
}

/** Bytes of a record of features before its label: a hash (8), and is there a label (1)? */
export const FEATURES = 9;

/**
 * Hashes of 64 bits of all rows, and of their features beside their labels, in whatever order files have their
 * columns; a null counts as a column that is not there. Rows whose hash no other has differ from all others.
 */
export class RowLog {
  readonly #options: RowOptions;
  readonly #rows: KeyLog;
  readonly #features: KeyLog | undefined;
  #sums = new Int32Array(0);
  #scratch = Buffer.alloc(256);

  constructor(options: RowOptions, room: { readonly memory: number; readonly spill?: Spill | undefined }) {
    this.#options = options;
    const half = { memory: room.memory / 2, spill: room.spill, maxLocations: 0 };
    this.#rows = new KeyLog({ ...half, first: PARTITIONS });
    if (options.label !== undefined) this.#features = new KeyLog({ ...half, first: 2 * PARTITIONS });
  }

  get state(): RowLogState {
    return { rows: this.#rows.state, features: this.#features?.state };
  }

  add(block: Block, columns: readonly string[], place: Place): void {
    const { rows } = block;
    if (this.#sums.length < 4 * rows) this.#sums = new Int32Array(4 * rows);
    const sums = this.#sums.fill(0, 0, 4 * rows);
    const { label, ignored = [] } = this.#options;
    columns.forEach((name, field) => {
      addHashes(block, field, name, sums, name !== label && !ignored.includes(name));
    });
    const scratch = this.#scratch;
    for (let row = 0; row < rows; row++) {
      putHash(scratch, sums[4 * row]!, sums[4 * row + 1]!);
      this.#rows.append(
        scratch,
        0,
        8,
        scratch[0]! >>> 2,
        block.lines[row]!,
        place.before + row,
        place.fileIndex,
        0,
      );
    }
    if (this.#features !== undefined && label !== undefined) {
      this.#addFeatures(this.#features, block, columns.indexOf(label), place);
    }
  }

  #addFeatures(log: KeyLog, block: Block, label: number, place: Place): void {
    const sums = this.#sums;
    for (let row = 0; row < block.rows; row++) {
      const at = row * block.width + label;
      const start = label < 0 ? -1 : block.starts[at]!;
      const length = start < 0 ? 0 : block.ends[at]! - start;
      if (FEATURES + length > this.#scratch.length) this.#scratch = Buffer.alloc(2 * (FEATURES + length));
      const scratch = this.#scratch;
      putHash(scratch, sums[4 * row + 2]!, sums[4 * row + 3]!);
      scratch[8] = start < 0 ? 0 : 1;
      if (length > 0) block.bytes.copy(scratch, FEATURES, start, start + length);
      const order = place.before + row;
      log.append(
        scratch,
        0,
        FEATURES + length,
        scratch[0]! >>> 2,
        block.lines[row]!,
        order,
        place.fileIndex,
        0,
      );
    }
  }
}

function putHash(scratch: Uint8Array, low: number, high: number): void {
  for (let i = 0; i < 4; i++) {
    scratch[i] = low >>> (8 * i);
    scratch[4 + i] = high >>> (8 * i);
  }
}

/** Adds the hashes of a field of all rows to `sums`: two words of the row, two of its features. */
function addHashes(block: Block, field: number, name: string, sums: Int32Array, isFeature: boolean): void {
  const { bytes, width, rows, starts, ends } = block;
  const own = Buffer.from(name);
  const seed = hash64(own, 0, own.length, 0x9747b28c, 0x3c6ef372);
  const seedHigh = high;
  for (let row = 0, at = field; row < rows; row++, at += width) {
    const start = starts[at]!;
    if (start < 0) continue;
    const low = hash64(bytes, start, ends[at]!, seed, seedHigh);
    const to = 4 * row;
    sums[to] = sums[to]! + low;
    sums[to + 1] = sums[to + 1]! + high;
    if (!isFeature) continue;
    sums[to + 2] = sums[to + 2]! + low;
    sums[to + 3] = sums[to + 3]! + high;
  }
}

/** The upper word of the last `hash64`. */
let high = 0;

/** Two words of 32 bits, mixed as by MurmurHash3 (Appleby 2011) with other constants for the second one. */
function hash64(bytes: Uint8Array, start: number, end: number, seedLow: number, seedHigh: number): number {
  let a = seedLow ^ (end - start);
  let b = seedHigh ^ (end - start);
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    a ^= k;
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    b = Math.imul(b ^ word, 0x9e3779b1);
    b = ((b << 11) | (b >>> 21)) + k;
  }
  let rest = 1;
  for (; at < end; at++) rest = (rest << 8) | bytes[at]!;
  a = Math.imul(a ^ rest, 0x85ebca6b);
  b = Math.imul(b ^ rest, 0x27d4eb2f);
  a ^= b >>> 15;
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (a >>> 16), 0x165667b1);
  high = b ^ (b >>> 15);
  return a ^ (a >>> 16);
}
