import type { Spill } from '../ports/ports.ts';
import { hashBytes } from '../profile/sketch/hash.ts';
import type { Location } from '../verdict/verdict.ts';
import type { Block } from './block.ts';
import { KeyLog, type KeyPart, type LogRecord, PARTITIONS, recordsOf } from './keys.ts';
import { FEATURES, type RowLogState, type RowOptions } from './row-log.ts';

export interface RowFindings {
  /** Rows that an earlier one repeats in all columns. */
  readonly duplicates: { readonly count: number; readonly locations: readonly Location[] };
  /** Where there is a label. */
  readonly conflicts?: Conflicts;
}

export interface Conflicts {
  /** Rows with the features of an earlier one, the first of which has another label. */
  readonly count: number;
  /** Of them, each first row before the first one that conflicts with it. */
  readonly locations: readonly Location[];
  /** Rows with a label and a feature. */
  readonly labelled: number;
  readonly unlabelled: number;
  readonly unlabelledLocations: readonly Location[];
}

export interface RowPart {
  readonly log: RowLogState;
  readonly spill: Spill | undefined;
  readonly before: number;
  readonly linesBefore: number;
}

export interface RowQuestions extends RowOptions {
  readonly files: readonly string[];
  readonly rows: number;
  readonly maxLocations: number;
  readonly memory: number;
  readonly spill: Spill | undefined;
  /** Does the text of a label say that there is none? */
  readonly isMissing?: ((label: string) => boolean) | undefined;
}

/** One bit for each row of the table. */
class Rows {
  readonly #bits: Uint8Array;
  any = false;

  constructor(rows: number) {
    this.#bits = new Uint8Array(Math.ceil(rows / 8));
  }

  add(row: number): void {
    this.#bits[Math.floor(row / 8)]! |= 1 << (row % 8);
    this.any = true;
  }

  has(row: number): boolean {
    return (this.#bits[Math.floor(row / 8)]! & (1 << (row % 8))) !== 0;
  }
}

/** Reads all rows again; `row` is the number of the block's first one in the table. */
export type Again = (
  onBlock: (block: Block, columns: readonly string[], place: { row: number; fileIndex: number }) => void,
) => Promise<void>;

/**
 * Rows that repeat others, and rows whose labels conflict, exactly: rows whose hashes are equal are read again, and
 * compared byte by byte. Where no hashes are equal, nothing is read again.
 */
export async function rowFindings(
  parts: readonly RowPart[],
  names: readonly string[],
  questions: RowQuestions,
  again: Again,
): Promise<RowFindings> {
  const { label, memory, spill } = questions;
  const repeated = new Rows(questions.rows);
  const torn = new Rows(questions.rows);
  const labels = new Labels(questions);
  const room = { bytes: Buffer.alloc(0) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    markRepeated(recordsOf(partsOf(parts, 'rows'), partition, PARTITIONS, room), repeated);
    if (label !== undefined) {
      markTorn(recordsOf(partsOf(parts, 'features'), partition, 2 * PARTITIONS, room), torn, labels);
    }
  }
  const half = { memory: memory / 2, spill, maxLocations: 0 };
  const all = new KeyLog({ ...half, first: 3 * PARTITIONS });
  const features = new KeyLog({ ...half, first: 4 * PARTITIONS });
  if (repeated.any || torn.any) {
    const spelling = new RowBytes(names, questions);
    await again((block, columns, { row: before, fileIndex }) => {
      const fields = names.map((name) => columns.indexOf(name));
      for (let row = 0; row < block.rows; row++) {
        const order = before + row;
        const line = block.lines[row]!;
        if (repeated.has(order)) {
          const end = spelling.write(block, row, fields, false);
          all.append(spelling.bytes, 0, end, spelling.partition(end), line, order, fileIndex, 0);
        }
        if (torn.has(order)) {
          const end = spelling.write(block, row, fields, true);
          features.append(
            spelling.bytes,
            0,
            end,
            spelling.partition(spelling.features),
            line,
            order,
            fileIndex,
            0,
          );
        }
      }
    });
  }
  const own = { spill, before: 0, linesBefore: 0 };
  return {
    duplicates: duplicatesOf([{ ...own, log: all.state }], questions),
    ...(label === undefined ? {} : { conflicts: labels.conflicts([{ ...own, log: features.state }]) }),
  };
}

function partsOf(parts: readonly RowPart[], log: keyof RowLogState): KeyPart[] {
  return parts.flatMap((part) => {
    const state = part.log[log];
    return state === undefined ? [] : [{ ...part, log: state }];
  });
}

type Partition = ReturnType<typeof recordsOf>;

/** Marks the rows whose hash others have, too. */
function markRepeated({ bytes, records }: Partition, repeated: Rows): void {
  let length = 1024;
  while (length < 2 * records.length) length *= 2;
  const slots = new Int32Array(length);
  for (let i = 0; i < records.length; i++) {
    const { row, start } = records[i]!;
    const low = bytes.readInt32LE(start);
    const high = bytes.readInt32LE(start + 4);
    let slot = high & (length - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (length - 1)) {
      const before = records[slots[slot]! - 1]!;
      if (bytes.readInt32LE(before.start) !== low || bytes.readInt32LE(before.start + 4) !== high) continue;
      repeated.add(before.row);
      repeated.add(row);
      break;
    }
    if (slots[slot] === 0) slots[slot] = i + 1;
  }
}

/** Marks the rows whose features have a hash that rows of another label have, too. */
function markTorn({ bytes, records }: Partition, torn: Rows, labels: Labels): void {
  const groups = new Map<string, { readonly label: string; readonly rows: number[]; torn: boolean }>();
  for (const record of records) {
    const label = labels.note(bytes, record);
    if (label === undefined) continue;
    const hash = bytes.toString('latin1', record.start, record.start + 8);
    const group = groups.get(hash);
    if (group === undefined) groups.set(hash, { label, rows: [record.row], torn: false });
    else {
      group.torn ||= group.label !== label;
      group.rows.push(record.row);
    }
  }
  for (const group of groups.values()) if (group.torn) for (const row of group.rows) torn.add(row);
}

function duplicatesOf(parts: readonly KeyPart[], { files, maxLocations }: RowQuestions) {
  const found: Found[] = [];
  const room = { bytes: Buffer.alloc(0) };
  let count = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { bytes, records } = recordsOf(parts, partition, 3 * PARTITIONS, room);
    const seen = new Set<string>();
    for (const record of records) {
      const text = bytes.toString('latin1', record.start, record.end);
      if (!seen.has(text)) seen.add(text);
      else if (++count > 0) found.push({ row: record.row, at: locationOf(record, files) });
    }
    keepFirst(found, maxLocations);
  }
  return { count, locations: found.map(({ at }) => at) };
}

interface Found {
  readonly row: number;
  readonly at: Location;
  readonly first?: Omit<Found, 'first'>;
}

function keepFirst(found: Found[], most: number): void {
  found.sort((a, b) => a.row - b.row);
  found.length = Math.min(found.length, most);
}

function locationOf({ file, line }: LogRecord, files: readonly string[]): Location {
  return { file: files[file] ?? '', line };
}

/** The labels of all rows. */
class Labels {
  readonly #questions: RowQuestions;
  readonly #missing = new Map<string, boolean>();
  readonly #unlabelled: Found[] = [];
  #labelled = 0;
  #without = 0;

  constructor(questions: RowQuestions) {
    this.#questions = questions;
  }

  /** The label of a record, as bytes in Latin-1; undefined where it has none, or no feature. */
  note(bytes: Buffer, record: LogRecord): string | undefined {
    const label =
      bytes[record.start + 8] === 0
        ? undefined
        : bytes.toString('latin1', record.start + FEATURES, record.end);
    if (label === undefined || this.#isMissing(label)) {
      this.#without++;
      const { files, maxLocations } = this.#questions;
      this.#unlabelled.push({ row: record.row, at: locationOf(record, files) });
      if (this.#unlabelled.length > 4 * maxLocations + 100) keepFirst(this.#unlabelled, maxLocations);
      return undefined;
    }
    if (bytes.readInt32LE(record.start) === 0 && bytes.readInt32LE(record.start + 4) === 0) return undefined;
    this.#labelled++;
    return label;
  }

  #isMissing(label: string): boolean {
    const { isMissing } = this.#questions;
    if (isMissing === undefined) return false;
    const known = this.#missing.get(label);
    if (known !== undefined) return known;
    const missing = isMissing(Buffer.from(label, 'latin1').toString());
    if (this.#missing.size < 10_000) this.#missing.set(label, missing);
    return missing;
  }

  conflicts(parts: readonly KeyPart[]): Conflicts {
    const { files, maxLocations } = this.#questions;
    const found: Found[] = [];
    const room = { bytes: Buffer.alloc(0) };
    let count = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { bytes, records } = recordsOf(parts, partition, 4 * PARTITIONS, room);
      const firsts = new Map<string, { readonly label: string; readonly found: Found }>();
      for (const record of records) {
        const middle = record.start + 4 + bytes.readUInt32LE(record.start);
        const features = bytes.toString('latin1', record.start + 4, middle);
        const label = bytes.toString('latin1', middle, record.end);
        const own: Found = { row: record.row, at: locationOf(record, files) };
        const first = firsts.get(features);
        if (first === undefined) firsts.set(features, { label, found: own });
        else if (first.label !== label) {
          count++;
          found.push({ ...own, first: first.found });
        }
      }
      keepFirst(found, maxLocations);
    }
    keepFirst(this.#unlabelled, maxLocations);
    return {
      count,
      locations: paired(found, maxLocations),
      labelled: this.#labelled,
      unlabelled: this.#without,
      unlabelledLocations: this.#unlabelled.map(({ at }) => at),
    };
  }
}

/** Each conflicting row after the first one of its features, which is shown once. */
function paired(found: readonly Found[], most: number): Location[] {
  const shown = new Set<number>();
  const locations: Location[] = [];
  for (const { at, first } of found) {
    const pair = first === undefined || shown.has(first.row) ? [at] : [first.at, at];
    if (locations.length + pair.length > most) continue;
    if (first !== undefined) shown.add(first.row);
    locations.push(...pair);
  }
  return locations;
}

/** Spells rows as bytes that are the same for the same values, in whatever order a file has its columns. */
class RowBytes {
  readonly #isFeature: readonly boolean[];
  readonly #label: number;
  bytes = Buffer.alloc(4096);
  /** Where the features end. */
  features = 0;

  constructor(names: readonly string[], { label, ignored = [] }: RowQuestions) {
    this.#isFeature = names.map((name) => name !== label && !ignored.includes(name));
    this.#label = label === undefined ? -1 : names.indexOf(label);
  }

  /** The whole row, or the length of its features, these and the label; where it ends. */
  write(block: Block, row: number, fields: readonly number[], split: boolean): number {
    let at = split ? 4 : 0;
    for (let id = 0; id < fields.length; id++) {
      if (split && !this.#isFeature[id]) continue;
      at = this.#put(block, row, fields[id]!, id, at);
    }
    if (!split) return at;
    this.features = at;
    this.bytes.writeUInt32LE(at - 4);
    return this.#label < 0 ? at : this.#put(block, row, fields[this.#label]!, this.#label, at);
  }

  #put(block: Block, row: number, field: number, id: number, at: number): number {
    const start = field < 0 ? -1 : block.starts[row * block.width + field]!;
    if (start < 0) return at;
    const length = block.ends[row * block.width + field]! - start;
    if (at + length + 8 > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * (at + length + 8));
    this.bytes.writeUInt32LE(id, at);
    this.bytes.writeUInt32LE(length, at + 4);
    block.bytes.copy(this.bytes, at + 8, start, start + length);
    return at + 8 + length;
  }

  partition(end: number): number {
    return hashBytes(this.bytes, 0, end, 1) >>> 26;
  }
}
