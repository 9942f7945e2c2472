import type { Spill } from '../ports/ports.ts';
import { hashBytes } from '../profile/sketch/hash.ts';
import { slotsFor } from './hash-log.ts';
import { type Memory, PARTITIONS, type Spillable } from './memory.ts';

/** Bytes of a record before its key: row (6), line (4), file (4), length of the key (4) and of the rest (4). */
const HEAD = 22;
const NOTHING = new Uint8Array(0);

export interface KeyLogState {
  readonly first: number;
  /** What is not spilled, by partition. */
  readonly memory: readonly Uint8Array[];
}

/** Where a row is. */
export interface RowPlace {
  /** The row's number in the table, or in the part that is read. */
  readonly row: number;
  readonly line: number;
  /** The file's number. */
  readonly file: number;
}

/**
 * A key of each row as bytes, and what else is to be known of the row, in partitions by the key's hash. Keys are
 * compared only at the end, partition by partition, so that memory is bounded and parts of a table can be read side by
 * side.
 */
export class KeyLog implements Spillable {
  readonly #memory: Memory;
  readonly #first: number;
  readonly #partitions: Buffer[] = Array.from({ length: PARTITIONS }, () => Buffer.alloc(0));
  readonly #used = new Float64Array(PARTITIONS);
  held = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#first = memory.register(this);
  }

  /**
   * Notes a row.
   *
   * @param rest is kept and not compared.
   */
  append(
    bytes: Uint8Array,
    start: number,
    end: number,
    { row, line, file }: RowPlace,
    rest: Uint8Array = NOTHING,
  ): void {
    const partition = hashBytes(bytes, start, end, 1) >>> 26;
    const used = this.#used[partition]!;
    const size = HEAD + end - start + rest.length;
    let buffer = this.#partitions[partition]!;
    if (used + size > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(1024, Math.ceil(buffer.length * 1.5), used + size));
      buffer.copy(larger, 0, 0, used);
      this.#partitions[partition] = larger;
      buffer = larger;
    }
    let at = put32(buffer, used, row);
    const upper = Math.floor(row / 4294967296);
    buffer[at++] = upper;
    buffer[at++] = upper >>> 8;
    at = put32(buffer, at, line);
    at = put32(buffer, at, file);
    at = put32(buffer, at, end - start);
    at = put32(buffer, at, rest.length);
    if (end - start > 64) {
      buffer.set(bytes.subarray(start, end), at);
      at += end - start;
    } else for (let from = start; from < end; from++) buffer[at++] = bytes[from]!;
    if (rest.length > 0) buffer.set(rest, at);
    this.#used[partition] = used + size;
    this.held += size;
    this.#memory.take(size);
  }

  spillTo(spill: Spill): void {
    this.#partitions.forEach((buffer, partition) => {
      const used = this.#used[partition]!;
      if (used > 0) spill.append(this.#first + partition, buffer.subarray(0, used));
      this.#used[partition] = 0;
    });
    this.held = 0;
  }

  /** Lets go of all of it. */
  release(): void {
    this.#memory.release(this);
    this.#partitions.fill(Buffer.alloc(0));
    this.#used.fill(0);
    this.held = 0;
  }

  get state(): KeyLogState {
    const memory = this.#partitions.map((buffer, i) => buffer.subarray(0, this.#used[i]!));
    return { first: this.#first, memory };
  }
}

/** The keys of some rows of the table: those spilled come before those in memory. */
export interface KeyPart {
  readonly log: KeyLogState;
  readonly spill: Spill | undefined;
  /** Rows of the table before the part's, and lines of its file before its first one. */
  readonly before: number;
  readonly linesBefore: number;
}

/** One row of a log. */
export interface KeyRecord extends RowPlace {
  /** Where its key starts and ends, and the rest after it. */
  readonly start: number;
  readonly end: number;
  readonly restEnd: number;
}

/** What is used again for each partition. */
export interface Room {
  bytes: Buffer;
}

/** @param own the record's number in the partition, and `first` that of the first one with the same key. */
export type Visit<P extends KeyPart> = (at: number, own: number, first: number, part: P) => void;

/**
 * Visits the records of a partition in the order of the parts, and of their rows; their bytes are in `room.bytes`, at
 * `at`, until the next call. Keys of equal hash are compared byte by byte.
 */
export function visitRecords<P extends KeyPart>(
  parts: readonly P[],
  partition: number,
  room: Room,
  visit: Visit<P>,
): void {
  const ends = gathered(parts, partition, room);
  const { bytes } = room;
  const count = countOf(bytes, ends.at(-1) ?? 0);
  if (count === 0) return;
  const slots = new Int32Array(slotsFor(count));
  const mask = slots.length - 1;
  const [places, hashes] = [new Float64Array(count), new Int32Array(count)];
  let at = 0;
  let own = 0;
  for (const [index, part] of parts.entries()) {
    for (; at < ends[index]!; own++) {
      const start = at + HEAD;
      const end = start + read32(bytes, at + 14);
      const hash = hashBytes(bytes, start, end, 2);
      let slot = hash & mask;
      while (slots[slot] !== 0) {
        const other = slots[slot]! - 1;
        if (hashes[other] === hash && isSame(bytes, places[other]!, start, end)) break;
        slot = (slot + 1) & mask;
      }
      if (slots[slot] === 0) slots[slot] = own + 1;
      places[own] = at;
      hashes[own] = hash;
      visit(at, own, slots[slot]! - 1, part);
      at = end + read32(bytes, at + 18);
    }
  }
}

/** The record of which `visitRecords` told the place. */
export function recordAt(bytes: Buffer, at: number, { before, linesBefore }: KeyPart): KeyRecord {
  const start = at + HEAD;
  const end = start + bytes.readUInt32LE(at + 14);
  return {
    row: bytes.readUIntLE(at, 6) + before,
    line: bytes.readUInt32LE(at + 6) + linesBefore,
    file: bytes.readUInt32LE(at + 10),
    start,
    end,
    restEnd: end + bytes.readUInt32LE(at + 18),
  };
}

/** Puts the records of all parts one behind the other; where each part's end. */
function gathered(parts: readonly KeyPart[], partition: number, room: Room): number[] {
  const sizes = parts.map(({ log, spill }) => {
    const spilled = spill?.size(log.first + partition) ?? 0;
    return { spilled, all: spilled + (log.memory[partition]?.length ?? 0) };
  });
  const total = sizes.reduce((sum, { all }) => sum + all, 0);
  if (room.bytes.length < total) room.bytes = Buffer.allocUnsafe(Math.ceil(total * 1.2));
  let at = 0;
  return parts.map(({ log, spill }, index) => {
    const { spilled, all } = sizes[index] ?? { spilled: 0, all: 0 };
    if (spilled > 0) spill?.read(log.first + partition, room.bytes, at);
    const memory = log.memory[partition];
    if (memory !== undefined) room.bytes.set(memory, at + spilled);
    at += all;
    return at;
  });
}

function countOf(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = 0; at < end; count++) at += HEAD + read32(bytes, at + 14) + read32(bytes, at + 18);
  return count;
}

function isSame(bytes: Buffer, record: number, start: number, end: number): boolean {
  const other = record + HEAD;
  const length = end - start;
  if (read32(bytes, record + 14) !== length) return false;
  if (length > 64) return bytes.compare(bytes, other, other + length, start, end) === 0;
  for (let i = 0; i < length; i++) if (bytes[other + i] !== bytes[start + i]) return false;
  return true;
}

function read32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function put32(buffer: Uint8Array, at: number, value: number): number {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
  return at + 4;
}
