import type { Spill } from '../ports/ports.ts';
import { type Memory, PARTITIONS, type Spillable } from './memory.ts';

/** Words of a spilled record: the hash's two, and the row's two. */
const WORDS = 4;
const NONE = new Int32Array(0);
/** Rows after which the memory is told of them. */
const STEP = 256;

export interface HashLogState {
  readonly first: number;
  readonly rows: number;
  /** Two words for each row from row `from` on; the rows before are spilled. */
  readonly hashes: Int32Array;
  readonly from: number;
}

/** 64 bits for each row in turn; both words 0 for a row that is not to be compared. 8 bytes a row, then spilled. */
export class HashLog implements Spillable {
  readonly #memory: Memory;
  readonly #first: number;
  #hashes = new Int32Array(2048);
  #from = 0;
  #rows = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#first = memory.register(this);
  }

  /** As far as it was told to the memory. */
  get held(): number {
    return 8 * ((this.#rows & ~(STEP - 1)) - (this.#from & ~(STEP - 1)));
  }

  /** Adds rows that are all to be compared: every `step` words, two are a row's. */
  addAll(words: Int32Array, step: number, rows: number): void {
    for (let row = 0; row < rows; row++) this.add(words[step * row]!, words[step * row + 1]!, true);
  }

  /** @param compared is the row to be compared? Its hash is given then. */
  add(low: number, high: number, compared: boolean): void {
    const at = 2 * (this.#rows - this.#from);
    if (at >= this.#hashes.length) {
      const larger = new Int32Array(2 * this.#hashes.length);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[at] = compared && low === 0 && high === 0 ? 1 : low;
    this.#hashes[at + 1] = high;
    this.#rows++;
    if ((this.#rows & (STEP - 1)) === 0) this.#memory.take(8 * STEP);
  }

  spillTo(spill: Spill): void {
    const rows = this.#rows - this.#from;
    const { order, ends } = orderOf(this.#hashes.subarray(0, 2 * rows));
    let most = 0;
    for (let p = 0; p < PARTITIONS; p++) most = Math.max(most, ends[p + 1]! - ends[p]!);
    const records = new Int32Array(WORDS * most);
    for (let p = 0; p < PARTITIONS; p++) {
      let to = 0;
      for (let at = ends[p]!; at < ends[p + 1]!; at++, to += WORDS) {
        const own = order[at]!;
        const row = this.#from + own;
        records[to] = this.#hashes[2 * own]!;
        records[to + 1] = this.#hashes[2 * own + 1]!;
        records[to + 2] = row | 0;
        records[to + 3] = Math.floor(row / 4294967296);
      }
      if (to > 0) spill.append(this.#first + p, new Uint8Array(records.buffer, 0, 4 * to));
    }
    this.#from = this.#rows;
  }

  /** Lets go of all of it. */
  release(): void {
    this.#memory.release(this);
    this.#hashes = new Int32Array(0);
    this.#from = this.#rows;
  }

  /** To be read, or cloned, before the next row is added. */
  get state(): HashLogState {
    const hashes = this.#hashes.subarray(0, 2 * (this.#rows - this.#from));
    return { first: this.#first, rows: this.#rows, hashes, from: this.#from };
  }
}

function partitionOf(hashes: Int32Array, i: number): number {
  return hashes[2 * i + 1]! >>> 26;
}

/** The hashes of some rows of the table. */
export interface HashPart {
  readonly log: HashLogState;
  readonly spill: Spill | undefined;
  /** Rows of the table before the part's. */
  readonly before: number;
}

/** The hashes of one partition, with their rows; overwritten by the next one's. */
export class Hashes {
  size = 0;
  low = NONE;
  high = NONE;
  rows = new Float64Array(0);
  #slots = NONE;

  clear(): void {
    this.size = 0;
  }

  #grow(): void {
    const length = Math.max(1024, 2 * this.size);
    const [low, high, rows] = [new Int32Array(length), new Int32Array(length), new Float64Array(length)];
    low.set(this.low);
    high.set(this.high);
    rows.set(this.rows);
    this.low = low;
    this.high = high;
    this.rows = rows;
  }

  /** Rows that are not to be compared are left out. */
  add(low: number, high: number, row: number): void {
    if (low === 0 && high === 0) return;
    if (this.size === this.low.length) this.#grow();
    this.low[this.size] = low;
    this.high[this.size] = high;
    this.rows[this.size++] = row;
  }

  /** An empty hash table for them. */
  slots(): Int32Array {
    const length = slotsFor(this.size);
    if (this.#slots.length < length) this.#slots = new Int32Array(length);
    return this.#slots.subarray(0, length).fill(0);
  }
}

/** Each partition's hashes in turn. */
export function* hashPartitions(parts: readonly HashPart[]): Generator<Hashes> {
  const orders = parts.map(({ log }) => orderOf(log.hashes));
  const hashes = new Hashes();
  for (let p = 0; p < PARTITIONS; p++) {
    const spilled = parts.map(({ log, spill }) => spilledOf(log.first + p, spill));
    hashes.clear();
    parts.forEach(({ log, before }, i) => {
      const words = spilled[i]!;
      for (let at = 0; at < words.length; at += WORDS) {
        const row = (words[at + 2]! >>> 0) + words[at + 3]! * 4294967296;
        hashes.add(words[at]!, words[at + 1]!, row + before);
      }
      const { order, ends } = orders[i]!;
      const from = log.from + before;
      for (let at = ends[p]!; at < ends[p + 1]!; at++) {
        const own = order[at]!;
        hashes.add(log.hashes[2 * own]!, log.hashes[2 * own + 1]!, own + from);
      }
    });
    yield hashes;
  }
}

/** The places of hashes in the order of their partitions; where each partition's start and the last one's end. */
function orderOf(hashes: Int32Array): { readonly order: Int32Array; readonly ends: Int32Array } {
  const rows = hashes.length / 2;
  const ends = new Int32Array(PARTITIONS + 1);
  for (let i = 0; i < rows; i++) ends[partitionOf(hashes, i) + 1]!++;
  for (let p = 0; p < PARTITIONS; p++) ends[p + 1]! += ends[p]!;
  const next = ends.slice();
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i++) order[next[partitionOf(hashes, i)]!++] = i;
  return { order, ends };
}

function spilledOf(partition: number, spill: Spill | undefined): Int32Array {
  const size = spill?.size(partition) ?? 0;
  if (size === 0) return NONE;
  const words = new Int32Array(size / 4);
  spill?.read(partition, new Uint8Array(words.buffer), 0);
  return words;
}

/** The slots of a hash table of that many things: a power of two, at least twice as many. */
export function slotsFor(size: number): number {
  let length = 256;
  while (length < 2 * size) length *= 2;
  return length;
}
