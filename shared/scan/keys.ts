import type { KeyFindings } from '../contract/key.ts';
import { First } from '../keys/first.ts';
import { KeyLog, type KeyLogState, type KeyPart, recordAt, visitRecords } from '../keys/key-log.ts';
import { type Memory, PARTITIONS } from '../keys/memory.ts';
import type { Location } from '../verdict/verdict.ts';
import type { Block } from './block.ts';

export interface BlockKeysState {
  readonly log: KeyLogState;
  readonly nulls: number;
  readonly nullRows: readonly { readonly row: number; readonly at: Location }[];
}

/** The keys of all rows of blocks, to be compared at the end. */
export class BlockKeys {
  readonly #log: KeyLog;
  readonly #maxLocations: number;
  #scratch = Buffer.allocUnsafe(256);
  #nulls = 0;
  readonly #nullRows: { row: number; at: Location }[] = [];
  /** Filled anew for each row. */
  readonly #place = { row: 0, line: 0, file: 0 };

  constructor(memory: Memory, maxLocations: number) {
    this.#log = new KeyLog(memory);
    this.#maxLocations = maxLocations;
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
    const at = this.#place;
    at.file = place.fileIndex;
    for (let row = 0; row < block.rows; row++) {
      const base = row * width;
      at.row = place.before + row;
      at.line = block.lines[row]!;
      if (fields.some((field) => field < 0 || starts[base + field]! < 0)) {
        this.#addNull(at.line, at.row, place.file);
        place.broken[row] = 1;
      } else if (single) {
        this.#log.append(bytes, starts[base + only]!, ends[base + only]!, at, place.broken[row]);
      } else {
        const end = this.#compound(block, base, fields);
        this.#log.append(this.#scratch, 0, end, at, place.broken[row]);
      }
    }
  }

  #compound({ bytes, starts, ends }: Block, base: number, fields: readonly number[]): number {
    let length = 0;
    for (const field of fields) {
      const start = starts[base + field]!;
      const size = ends[base + field]! - start;
      if (length + size + 4 > this.#scratch.length) {
        this.#scratch = Buffer.concat([this.#scratch], 2 * (length + size + 4));
      }
      // A length before each part keeps ("a", "bc") and ("ab", "c") apart.
      this.#scratch.writeUInt32LE(size, length);
      bytes.copy(this.#scratch, length + 4, start, start + size);
      length += size + 4;
    }
    return length;
  }

  #addNull(line: number, row: number, file: string): void {
    this.#nulls++;
    if (this.#nullRows.length < this.#maxLocations) this.#nullRows.push({ row, at: { file, line } });
  }

  /** Lets go of all of them. */
  release(): void {
    this.#log.release();
  }

  /** What is not spilled. */
  get state(): BlockKeysState {
    return { log: this.#log.state, nulls: this.#nulls, nullRows: this.#nullRows };
  }
}

/** The keys of some rows of the table. */
export interface BlockKeysPart extends Omit<KeyPart, 'log'> {
  readonly keys: BlockKeysState;
}

export interface BlockKeyFindings extends KeyFindings {
  /** Repeated rows that break no other rule. */
  readonly otherwiseSound: number;
}

/** Finds the rows whose key an earlier row has, exactly. */
export function repeatedKeys(
  given: readonly BlockKeysPart[],
  files: readonly string[],
  maxLocations: number,
): BlockKeyFindings {
  let repeated = 0;
  let otherwiseSound = 0;
  let nulls = 0;
  const found = new First<Location>(maxLocations);
  for (const { keys, before, linesBefore } of given) {
    nulls += keys.nulls;
    for (const { row, at } of keys.nullRows)
      found.add(row + before, { ...at, line: (at.line ?? 0) + linesBefore });
  }
  const parts = given.map((part): KeyPart => ({ ...part, log: part.keys.log }));
  const room = { bytes: Buffer.alloc(0) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    visitRecords(parts, partition, room, (at, own, first, part) => {
      if (own === first) return;
      repeated++;
      const { row, line, file, flag } = recordAt(room.bytes, at, part);
      if (!flag) otherwiseSound++;
      found.add(row, { file: files[file] ?? '', line });
    });
  }
  return { repeated, nulls, otherwiseSound, locations: found.list };
}
