import { EXACT_TEXTS, FREQUENT, reduction } from './frequent.ts';
import { hashBytes, wordsOf } from './hash.ts';
import { HyperLogLog } from './hyperloglog.ts';

/** Bytes of texts that are held before a sketch takes over. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Of columns without a text, which share them. */
const NO_SLOTS: Int32Array = new Int32Array(64);
const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_WORDS = new DataView(new ArrayBuffer(0));
const NO_INTEGERS: Int32Array = new Int32Array(1);

export interface TextCountsState {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
  readonly counts: Float64Array;
  readonly pinned: number;
  readonly lost: number;
  readonly registers: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Texts as bytes with their counts. Exact up to `EXACT_TEXTS` different texts or 4 MiB of them; beyond it the frequent ones
 * are held with counts that are short by at most 0.1 % of all texts, and their number is estimated. Pinned texts
 * (those of a reference) are always held and exact.
 */
export class TextCounts {
  #slots: Int32Array = NO_SLOTS;
  #bytes = NO_BYTES;
  #words = NO_WORDS;
  #used = 0;
  #hashes = NO_INTEGERS;
  #starts = NO_INTEGERS;
  #counts = new Float64Array(0);
  /** UTF-16 units of each text. */
  #units = NO_INTEGERS;
  /** A mark that users may set for a text: 0 until then. */
  #marks = new Uint8Array(0);
  size = 0;
  #pinned = 0;
  /** How much counts of texts that are not pinned may be short. */
  #lost = 0;
  #sketch: HyperLogLog | undefined;

  constructor(pinned: readonly string[] = []) {
    for (const text of pinned) {
      const bytes = Buffer.from(text);
      this.add(bytes, 0, bytes.length, 0);
    }
    this.#pinned = this.size;
  }

  /** Counts a text; its place among the texts held, which holds until the next call, or −1. */
  add(bytes: Uint8Array, start: number, end: number, count = 1): number {
    const hash = hashBytes(bytes, start, end);
    this.#sketch?.add(hash);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let id = this.#slots[slot]!; id !== 0; id = this.#slots[slot]!) {
      if (this.#hashes[id - 1] === hash && this.#isAt(id - 1, bytes, start, end)) {
        this.#counts[id - 1] = this.#counts[id - 1]! + count;
        return id - 1;
      }
      slot = (slot + 1) & mask;
    }
    if (count > 0 && this.#isFull(end - start)) return this.#crowd(hash, bytes, start, end, count);
    const id = this.#put(slot, hash, bytes, start, end);
    this.#counts[id] = count;
    return id;
  }

  /** The place of a text that is held, or −1. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let id = this.#slots[slot]!; id !== 0; id = this.#slots[slot]!) {
      if (this.#hashes[id - 1] === hash && this.#isAt(id - 1, bytes, start, end)) return id - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #isAt(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    let at = this.#starts[id]!;
    if (this.#starts[id + 1]! - at !== end - start) return false;
    const own = this.#words;
    const words = wordsOf(bytes);
    let from = start;
    for (const last = end - 3; from < last; from += 4, at += 4)
      if (own.getInt32(at) !== words.getInt32(from)) return false;
    for (; from < end; from++, at++) if (own.getUint8(at) !== bytes[from]) return false;
    return true;
  }

  #isFull(length: number): boolean {
    const most = this.#pinned + (this.#sketch === undefined ? EXACT_TEXTS : FREQUENT);
    return this.size >= most || this.#used + length > MAX_BYTES;
  }

  /** Counts a text for which there is no room: others are forgotten for it, or it is not held. */
  #crowd(hash: number, bytes: Uint8Array, start: number, end: number, count: number): number {
    const hasOthers = this.size > this.#pinned;
    if (hasOthers) this.#reduce();
    else this.#startSketch();
    this.#sketch?.add(hash);
    if (!hasOthers || this.#used + end - start > MAX_BYTES) {
      this.#lost += count;
      return -1;
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    const id = this.#put(slot, hash, bytes, start, end);
    this.#counts[id] = count;
    return id;
  }

  /** Holds a text, of which none is counted yet. */
  #put(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    this.#reserve(end - start);
    const id = this.size++;
    this.#slots[slot] = id + 1;
    this.#hashes[id] = hash;
    this.#counts[id] = 0;
    this.#marks[id] = 0;
    this.#starts[id + 1] = this.#used + end - start;
    this.#units[id] = copied(bytes, start, end, this.#bytes, this.#used);
    this.#used += end - start;
    if (this.size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    return id;
  }

  /** Takes the same off all counts but the pinned ones, and forgets the texts that are left without any. */
  #reduce(): void {
    this.#startSketch();
    const pinned = this.#pinned;
    const off = reduction(this.#counts.subarray(pinned, this.size), this.size - pinned);
    this.#lost += off;
    this.size = this.#keepAbove(off);
    let slots = 256;
    while (slots < 2 * (pinned + FREQUENT)) slots *= 2;
    this.#rehash(slots);
  }

  /** Takes so much off all counts but the pinned ones; how many texts are left. */
  #keepAbove(off: number): number {
    const pinned = this.#pinned;
    let kept = pinned;
    this.#used = this.#starts[pinned]!;
    for (let id = pinned; id < this.size; id++) {
      const count = this.#counts[id]! - off;
      if (count <= 0) continue;
      const start = this.#starts[id]!;
      const end = this.#starts[id + 1]!;
      this.#bytes.copyWithin(this.#used, start, end);
      this.#used += end - start;
      this.#starts[kept + 1] = this.#used;
      this.#hashes[kept] = this.#hashes[id]!;
      this.#units[kept] = this.#units[id]!;
      this.#marks[kept] = this.#marks[id]!;
      this.#counts[kept++] = count;
    }
    return kept;
  }

  #rehash(slots: number): void {
    this.#slots = slots === this.#slots.length ? this.#slots.fill(0) : new Int32Array(slots);
    const mask = slots - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#hashes[id]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }

  #reserve(length: number): void {
    if (this.#used + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, this.#bytes.length * 2, this.#used + length));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
      this.#words = new DataView(larger.buffer, larger.byteOffset, larger.length);
    }
    if (this.size < this.#counts.length) return;
    if (this.#slots === NO_SLOTS) this.#slots = new Int32Array(NO_SLOTS.length);
    const most = Math.max(16, this.size * 2);
    const copy = <T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#hashes = copy(this.#hashes, new Int32Array(most));
    this.#starts = copy(this.#starts, new Int32Array(most + 1));
    this.#units = copy(this.#units, new Int32Array(most));
    this.#counts = copy(this.#counts, new Float64Array(most));
    this.#marks = copy(this.#marks, new Uint8Array(most));
  }

  unitsAt(id: number): number {
    return this.#units[id]!;
  }

  markAt(id: number): number {
    return this.#marks[id]!;
  }

  setMark(id: number, mark: number): void {
    this.#marks[id] = mark;
  }

  /** Are all different texts held? */
  get complete(): boolean {
    return this.#sketch === undefined && this.#lost === 0;
  }

  /** How much counts of texts that are not pinned may be short; 0 if `complete`. */
  get lost(): number {
    return this.#lost;
  }

  /** How many different texts there were: exact if `complete`, else with a standard error of 0.81 %. */
  distinct(): number {
    let held = 0;
    for (let id = 0; id < this.size; id++) if (this.#counts[id]! > 0) held++;
    return this.#sketch === undefined ? held : Math.max(held, Math.round(this.#sketch.estimate()));
  }

  /** The hashes of all different texts. */
  different(precision: number): HyperLogLog {
    if (this.#sketch !== undefined) return this.#sketch.folded(precision);
    const different = new HyperLogLog(new Uint8Array(1 << precision));
    for (let id = 0; id < this.size; id++) if (this.#counts[id]! > 0) different.add(this.#hashes[id]!);
    return different;
  }

  /** The texts held, with their counts. */
  *entries(): Generator<readonly [string, number]> {
    for (let id = 0; id < this.size; id++) {
      if (this.#counts[id]! > 0) {
        yield [this.#bytes.toString('utf8', this.#starts[id]!, this.#starts[id + 1]!), this.#counts[id]!];
      }
    }
  }

  get state(): TextCountsState {
    return {
      bytes: this.#bytes.subarray(0, this.#used),
      ends: this.#starts.subarray(1, this.size + 1),
      counts: this.#counts.subarray(0, this.size),
      pinned: this.#pinned,
      lost: this.#lost,
      registers: this.#sketch?.registers,
    };
  }

  /** Adds what another has counted, pinned with the same texts. */
  merge({ bytes, ends, counts, lost, registers }: TextCountsState): void {
    if (registers !== undefined) {
      this.#startSketch();
      this.#sketch?.merge(new HyperLogLog(registers));
    }
    this.#lost += lost;
    let start = 0;
    for (let id = 0; id < ends.length; id++) {
      if (counts[id]! > 0) this.add(bytes, start, ends[id]!, counts[id]!);
      start = ends[id]!;
    }
  }

  #startSketch(): void {
    if (this.#sketch !== undefined) return;
    this.#sketch = new HyperLogLog();
    for (let id = 0; id < this.size; id++) if (this.#counts[id]! > 0) this.#sketch.add(this.#hashes[id]!);
  }
}

/** Copies UTF-8; its UTF-16 units. */
function copied(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let any = 0;
  for (let i = start, j = at; i < end; i++, j++) {
    const code = from[i]!;
    any |= code;
    to[j] = code;
  }
  return any < 0x80 ? end - start : unitsOf(from, start, end);
}

/** UTF-16 units of UTF-8. */
export function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = end - start;
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    // Of two or three bytes comes one unit, of four bytes come two.
    if (code >= 0x80) units += code < 0xc0 ? -1 : code >= 0xf0 ? 1 : 0;
  }
  return units;
}
