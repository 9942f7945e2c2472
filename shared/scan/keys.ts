import type { Spill } from '../ports/ports.ts';
import { hashBytes } from '../profile/sketch/hash.ts';
import type { Location } from '../verdict/verdict.ts';
import type { Block } from './block.ts';

export const PARTITIONS = 64;
/** Bytes of a record before its key: row (6), line (4), file (2), is it broken (1), length of the key (4). */
const HEAD = 17;

export interface KeyLogState {
  readonly memory: readonly Uint8Array[];
  readonly nulls: number;
  readonly nullRows: readonly { readonly row: number; readonly at: Location }[];
}

/**
 * The keys of all rows, in partitions by hash. They are compared only at the end, partition by partition, so that
 * memory is bounded by `memory` bytes and parts of a table can be read side by side.
 */
export class KeyLog {
  readonly #partitions: Buffer[] = Array.from({ length: PARTITIONS }, () => Buffer.alloc(0));
  readonly #used = new Float64Array(PARTITIONS);
  readonly #memory: number;
  readonly #spill: Spill | undefined;
  readonly #maxLocations: number;
  readonly #first: number;
  #total = 0;
  #scratch = Buffer.allocUnsafe(256);
  nulls = 0;
  readonly #nullRows: { row: number; at: Location }[] = [];

  constructor(options: {
    readonly memory: number;
    readonly maxLocations: number;
    readonly spill?: Spill | undefined;
    /** The number of the first partition in `spill`. */
    readonly first?: number;
  }) {
    this.#first = options.first ?? 0;
    this.#memory = options.memory;
    this.#spill = options.spill;
    this.#maxLocations = options.maxLocations;
  }

  /** Notes the keys of a block; `fields` are the key's, −1 for one that the file lacks. Marks rows without a key. */
  add(
    block: Block,
    fields: readonly number[],
    place: {
      readonly file: string;
      readonly fileIndex: number;
      readonly before: number;
      readonly broken: Uint8Array;
    },
  ): void {
    const { bytes, width, starts, ends } = block;
    const [only = -1] = fields;
    const single = fields.length === 1;
    for (let row = 0; row < block.rows; row++) {
      const base = row * width;
      if (fields.some((field) => field < 0 || starts[base + field]! < 0)) {
        this.#addNull(block.lines[row]!, place.before + row, place.file);
        place.broken[row] = 1;
        continue;
      }
      if (single) {
        this.#append(bytes, starts[base + only]!, ends[base + only]!, block.lines[row]!, row, place);
        continue;
      }
      let length = 0;
      for (const field of fields) {
        const start = starts[base + field]!;
        const size = ends[base + field]! - start;
        if (length + size + 4 > this.#scratch.length) {
          this.#scratch = Buffer.concat([this.#scratch, Buffer.alloc(length + size + 4)]);
        }
        // A length before each part keeps ("a", "bc") and ("ab", "c") apart.
        this.#scratch.writeUInt32LE(size, length);
        bytes.copy(this.#scratch, length + 4, start, start + size);
        length += size + 4;
      }
      this.#append(this.#scratch, 0, length, block.lines[row]!, row, place);
    }
  }

  #addNull(line: number, row: number, file: string): void {
    this.nulls++;
    if (this.#nullRows.length < this.#maxLocations) this.#nullRows.push({ row, at: { file, line } });
  }

  #append(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    row: number,
    place: { readonly fileIndex: number; readonly before: number; readonly broken: Uint8Array },
  ): void {
    const partition = hashBytes(bytes, start, end, 1) >>> 26;
    this.append(bytes, start, end, partition, line, place.before + row, place.fileIndex, place.broken[row]!);
  }

  /** Notes bytes of one row as its key. @param order the row's number in the part of the table. */
  append(
    bytes: Uint8Array,
    start: number,
    end: number,
    partition: number,
    line: number,
    order: number,
    fileIndex: number,
    broken: number,
  ): void {
    const used = this.#used[partition]!;
    const size = HEAD + end - start;
    let buffer = this.#partitions[partition]!;
    if (used + size > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(4096, Math.ceil(buffer.length * 1.5), used + size));
      buffer.copy(larger, 0, 0, used);
      this.#partitions[partition] = larger;
      buffer = larger;
    }
    let at = used;
    buffer[at] = order;
    buffer[at + 1] = order >>> 8;
    buffer[at + 2] = order >>> 16;
    buffer[at + 3] = order >>> 24;
    buffer[at + 4] = order / 4294967296;
    buffer[at + 5] = order / 1099511627776;
    at += 6;
    at = put32(buffer, at, line);
    buffer[at++] = fileIndex;
    buffer[at++] = fileIndex >>> 8;
    buffer[at++] = broken;
    at = put32(buffer, at, end - start);
    for (let from = start; from < end; from++) buffer[at++] = bytes[from]!;
    this.#used[partition] = at;
    this.#total += size;
    if (this.#total > this.#memory && this.#spill !== undefined) this.#spillAll(this.#spill);
  }

  #spillAll(spill: Spill): void {
    this.#partitions.forEach((buffer, partition) => {
      const used = this.#used[partition]!;
      if (used > 0) spill.append(this.#first + partition, buffer.subarray(0, used));
      this.#used[partition] = 0;
    });
    this.#total = 0;
  }

  /** What is still in memory; the spilled keys are read from `spill`. */
  get state(): KeyLogState {
    const memory = this.#partitions.map((buffer, i) => buffer.subarray(0, this.#used[i]!));
    return { memory, nulls: this.nulls, nullRows: this.#nullRows };
  }
}

/** One record of a log. */
export interface LogRecord {
  /** The row's number in the table. */
  readonly row: number;
  readonly line: number;
  readonly file: number;
  /** Where its bytes are. */
  readonly start: number;
  readonly end: number;
}

/** The records of one partition in the order of the table; `bytes` hold all of them, until the room is used again. */
export function recordsOf(
  parts: readonly KeyPart[],
  partition: number,
  first: number,
  room: Pick<Room, 'bytes'>,
): { readonly bytes: Buffer; readonly records: readonly LogRecord[] } {
  const ends = gathered(parts, partition, room, first);
  const { bytes } = room;
  const records: LogRecord[] = [];
  let at = 0;
  for (const [index, { before, linesBefore }] of parts.entries()) {
    while (at < (ends[index] ?? 0)) {
      const start = at + HEAD;
      const end = start + bytes.readUInt32LE(at + HEAD - 4);
      const row = bytes.readUIntLE(at, 6) + before;
      records.push({
        row,
        line: bytes.readUInt32LE(at + 6) + linesBefore,
        file: bytes.readUInt16LE(at + 10),
        start,
        end,
      });
      at = end;
    }
  }
  return { bytes, records };
}

/** The keys of some rows of the table: those spilled come before those in memory. */
export interface KeyPart {
  readonly log: KeyLogState;
  readonly spill: Spill | undefined;
  /** Rows of the table before the part's, and lines before its first one. */
  readonly before: number;
  readonly linesBefore: number;
}

export interface KeyFindings {
  readonly repeated: number;
  readonly nulls: number;
  /** Repeated rows that break no other rule. */
  readonly otherwiseSound: number;
  /** The first rows without a key of their own, in the order of the table. */
  readonly locations: readonly Location[];
}

/** Finds the rows whose key an earlier row has, exactly: keys of equal hash are compared byte by byte. */
export function repeatedKeys(
  parts: readonly KeyPart[],
  files: readonly string[],
  maxLocations: number,
): KeyFindings {
  let repeated = 0;
  let otherwiseSound = 0;
  let nulls = 0;
  const found: { row: number; at: Location }[] = [];
  for (const { log, before, linesBefore } of parts) {
    nulls += log.nulls;
    for (const { row, at } of log.nullRows) {
      found.push({ row: row + before, at: { ...at, line: (at.line ?? 0) + linesBefore } });
    }
  }
  const room: Room = { bytes: Buffer.alloc(0), slots: new Int32Array(0), hashes: new Int32Array(0) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own: { row: number; at: Location }[] = [];
    for (const record of repeatsOf(parts, partition, room)) {
      repeated++;
      if (!record.broken) otherwiseSound++;
      // Records of a partition are in the order of the table.
      if (own.length < maxLocations) {
        own.push({ row: record.row, at: { file: files[record.file] ?? '', line: record.line } });
      }
    }
    found.push(...own);
    if (found.length > 4 * maxLocations) keepFirst(found, maxLocations);
  }
  keepFirst(found, maxLocations);
  return { repeated, nulls, otherwiseSound, locations: found.map(({ at }) => at) };
}

function keepFirst(found: { row: number; at: Location }[], most: number): void {
  found.sort((a, b) => a.row - b.row);
  found.length = Math.min(found.length, most);
}

interface Repeat {
  readonly row: number;
  readonly line: number;
  readonly file: number;
  readonly broken: boolean;
}

/** What is used again for each partition: its records, and a table of those that came first. */
interface Room {
  bytes: Buffer;
  slots: Int32Array;
  hashes: Int32Array;
}

function* repeatsOf(parts: readonly KeyPart[], partition: number, room: Room): Generator<Repeat> {
  const ends = gathered(parts, partition, room);
  const end = ends.at(-1) ?? 0;
  let slotCount = 1024;
  while (slotCount * HEAD < 2 * end) slotCount *= 2;
  if (room.slots.length < slotCount) {
    room.slots = new Int32Array(slotCount);
    room.hashes = new Int32Array(slotCount);
  }
  const { bytes, slots, hashes } = room;
  slots.fill(0);
  const mask = slots.length - 1;
  let at = 0;
  for (const [index, { before, linesBefore }] of parts.entries()) {
    while (at < (ends[index] ?? 0)) {
      const length = bytes.readUInt32LE(at + HEAD - 4);
      const key = at + HEAD;
      const hash = hashBytes(bytes, key, key + length, 2);
      let slot = hash & mask;
      while (slots[slot] !== 0 && !(hashes[slot] === hash && isSame(bytes, slots[slot]! - 1, at, length))) {
        slot = (slot + 1) & mask;
      }
      if (slots[slot] === 0) {
        slots[slot] = at + 1;
        hashes[slot] = hash;
      } else {
        yield {
          row: bytes.readUIntLE(at, 6) + before,
          line: bytes.readUInt32LE(at + 6) + linesBefore,
          file: bytes.readUInt16LE(at + 10),
          broken: bytes[at + 12] === 1,
        };
      }
      at = key + length;
    }
  }
}

/** Puts the records of all parts one behind the other; where each part's end. */
function gathered(
  parts: readonly KeyPart[],
  partition: number,
  room: Pick<Room, 'bytes'>,
  first = 0,
): number[] {
  const sizes = parts.map(({ log, spill }) => {
    const spilled = spill?.size(first + partition) ?? 0;
    return { spilled, all: spilled + (log.memory[partition]?.length ?? 0) };
  });
  const total = sizes.reduce((sum, { all }) => sum + all, 0);
  if (room.bytes.length < total) room.bytes = Buffer.allocUnsafe(Math.ceil(total * 1.2));
  let at = 0;
  return parts.map(({ log, spill }, index) => {
    const { spilled, all } = sizes[index] ?? { spilled: 0, all: 0 };
    if (spilled > 0) spill?.read(first + partition, room.bytes, at);
    const memory = log.memory[partition];
    if (memory !== undefined) room.bytes.set(memory, at + spilled);
    at += all;
    return at;
  });
}

function isSame(all: Buffer, a: number, b: number, length: number): boolean {
  if (all.readUInt32LE(a + HEAD - 4) !== length) return false;
  const [x, y] = [a + HEAD, b + HEAD];
  return all.compare(all, x, x + length, y, y + length) === 0;
}

function put32(buffer: Uint8Array, at: number, value: number): number {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
  return at + 4;
}
