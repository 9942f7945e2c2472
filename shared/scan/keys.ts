import type { KeyFindings } from '../contract/key.ts';
import type { KeyPlaces } from '../contract/keys.ts';
import { shownText } from '../contract/tally.ts';
import { placed } from '../contract/texts.ts';
import { First } from '../keys/first.ts';
import { KeyLog, type KeyLogState, type KeyPart, recordAt, visitRecords } from '../keys/key-log.ts';
import { type Memory, PARTITIONS } from '../keys/memory.ts';
import type { RowSet } from '../keys/row-set.ts';
import { toNumber } from '../read/batch.ts';
import type { Block } from '../read/block.ts';
import { KINDS } from '../read/json-kinds.ts';
import { isNumberText, numberText } from '../read/number-text.ts';
import type { Location } from '../verdict/verdict.ts';

export interface BlockKeysState {
  readonly log: KeyLogState;
  readonly nulls: number;
  readonly nullRows: readonly { readonly row: number; readonly at: Location }[];
  /** By the file's number, where its column is, from 1, if the key is one column. */
  readonly fields: ReadonlyMap<number, number>;
}

/** What a key is made of. */
export interface KeyForm {
  readonly columns: readonly string[];
  /** For each of the columns, are texts that spell numbers compared by value? */
  readonly numeric: readonly boolean[];
  /** Are those rounded to doubles? Otherwise all of their digits are compared. */
  readonly doubles?: boolean | undefined;
  /** Do rows break a rule by having no key? */
  readonly needed?: boolean | undefined;
}

/** The keys of all rows of blocks, to be compared at the end. */
export class BlockKeys {
  readonly #log: KeyLog;
  readonly #maxLocations: number;
  readonly #form: KeyForm;
  readonly #numeric: readonly boolean[];
  #scratch = Buffer.allocUnsafe(256);
  #nulls = 0;
  readonly #nullRows: { row: number; at: Location }[] = [];
  readonly #fields = new Map<number, number>();
  /** Filled again for each row. */
  readonly #place = { row: 0, line: 0, file: 0 };

  constructor(memory: Memory, maxLocations: number, form: KeyForm) {
    this.#form = form;
    this.#numeric = form.numeric;
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
    const numeric = single && this.#numeric[0] === true;
    const at = this.#place;
    at.file = place.fileIndex;
    if (single && only >= 0) this.#fields.set(place.fileIndex, only + 1);
    for (let row = 0; row < block.rows; row++) {
      const base = row * width;
      at.row = place.before + row;
      at.line = block.lines[row]!;
      const lacks = single
        ? only < 0 || starts[base + only]! < 0
        : fields.some((field) => field < 0 || starts[base + field]! < 0);
      if (lacks) {
        if (this.#form.needed !== true) continue;
        this.#addNull(at.line, at.row, place.file);
        place.broken[row] = 1;
      } else if (numeric && !this.#isSpelt(block, base + only)) {
        const end = this.#respell(block, base + only, 0);
        this.#log.append(this.#scratch, 0, end, at);
      } else if (single) {
        this.#log.append(bytes, starts[base + only]!, ends[base + only]!, at);
      } else {
        const end = this.#compound(block, base, fields);
        this.#log.append(this.#scratch, 0, end, at);
      }
    }
  }

  #compound(block: Block, base: number, fields: readonly number[]): number {
    let length = 0;
    for (let part = 0; part < fields.length; part++) {
      const at = base + fields[part]!;
      const asIs = this.#numeric[part] !== true || this.#isSpelt(block, at);
      const end = asIs ? this.#copy(block, at, length + 4) : this.#respell(block, at, length + 4);
      // A length before each part keeps ("a", "bc") and ("ab", "c") apart.
      this.#scratch.writeUInt32LE(end - length - 4, length);
      length = end;
    }
    return length;
  }

  /** Puts a field as it is written into the scratch; returns where it ends there. */
  #copy({ bytes, starts, ends }: Block, field: number, to: number): number {
    const [start, end] = [starts[field]!, ends[field]!];
    this.#reserve(to + end - start);
    const scratch = this.#scratch;
    if (end - start > 64) bytes.copy(scratch, to, start, end);
    else for (let from = start, at = to; from < end; from++) scratch[at++] = bytes[from]!;
    return to + end - start;
  }

  /** Has a field no other spelling of the same value to be compared with? */
  #isSpelt({ bytes, starts, ends, kinds }: Block, field: number): boolean {
    // A text of a JSON record is not a number.
    if (kinds !== undefined && kinds[field] !== KINDS.NUMBER) return true;
    const [start, end] = [starts[field]!, ends[field]!];
    // Fifteen digits are those of a double.
    if (this.#form.doubles === true && end - start > 15) return false;
    return isNumberText(bytes, start, end);
  }

  /** Puts a field into the scratch as all texts of its number are spelt; returns where it ends there. */
  #respell({ bytes, starts, ends }: Block, field: number, to: number): number {
    const text = this.#numberText(bytes.toString('utf8', starts[field]!, ends[field]!));
    const size = Buffer.byteLength(text);
    this.#reserve(to + size);
    this.#scratch.write(text, to);
    return to + size;
  }

  #numberText(text: string): string {
    const exact = numberText(text);
    if (this.#form.doubles !== true) return exact;
    const double = toNumber(exact);
    return Number.isNaN(double) ? exact : numberText(String(double));
  }

  #reserve(size: number): void {
    if (size > this.#scratch.length) this.#scratch = Buffer.concat([this.#scratch], 2 * size);
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
    return { log: this.#log.state, nulls: this.#nulls, nullRows: this.#nullRows, fields: this.#fields };
  }
}

/** The keys of some rows of the table. */
export interface BlockKeysPart extends Omit<KeyPart, 'log'> {
  readonly keys: BlockKeysState;
  /** Where the key's column is, from 1, if the part may have taken it for another. */
  readonly field?: number | undefined;
}

/** What is to be told of rows that are found by their keys. */
export interface FoundOptions {
  /** The names of the table's files. */
  readonly files: readonly string[];
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** Where the rows are added. */
  readonly broken: RowSet;
}

/** Finds the rows whose key an earlier row has, exactly, and the rows without one. */
export function repeatedKeys(given: readonly BlockKeysPart[], options: FoundOptions): KeyFindings {
  const { files, maxLocations, broken } = options;
  let repeated = 0;
  let nulls = 0;
  const found = new First<Location>(maxLocations);
  for (const { keys, before, linesBefore } of given) {
    nulls += keys.nulls;
    for (const { row, at } of keys.nullRows)
      found.add(row + before, { ...at, line: (at.line ?? 0) + linesBefore });
  }
  const parts = given.map((part) => ({ ...part, log: part.keys.log }));
  const room = { bytes: Buffer.alloc(0) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    visitRecords(parts, partition, room, (at, own, first, part) => {
      if (own === first) return;
      repeated++;
      const { row, line, file } = recordAt(room.bytes, at, part);
      broken.add(row);
      found.add(row, { file: files[file] ?? '', line });
    });
  }
  return { repeated, nulls, locations: found.list };
}

/** Finds the rows whose key an earlier row has; or, if there are others, those whose key is none of these. */
export function wrongKeys(
  given: readonly BlockKeysPart[],
  others: BlockKeysPart | undefined,
  options: FoundOptions,
): KeyPlaces {
  const found = new First<Location>(options.maxLocations);
  const parts = [...(others === undefined ? [] : [others]), ...given].map((part) => ({
    ...part,
    log: part.keys.log,
  }));
  const room = { bytes: Buffer.alloc(0) };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let known = 0;
    visitRecords(parts, partition, room, (at, own, first, part) => {
      if (others !== undefined && part === parts[0]) {
        known++;
        return;
      }
      if (others === undefined ? own === first : first < known) return;
      const record = recordAt(room.bytes, at, part);
      options.broken.add(record.row);
      const { keys, field = keys.fields.get(record.file) } = part;
      const shown = options.samples === 'show' && field !== undefined;
      found.add(record.row, {
        ...{ file: options.files[record.file] ?? '', line: record.line },
        ...(field === undefined ? {} : { column: field }),
        ...(shown ? { value: shownText(room.bytes.toString('utf8', record.start, record.end)) } : {}),
      });
    });
  }
  return { count: found.count, placed: placed(found.list, found.count) };
}
