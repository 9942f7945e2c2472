import { instantMs } from '../inputs/kinds.ts';
import { variantsOf } from '../integrity/columns.ts';
import { Join, sharedSpelling } from '../integrity/leakage.ts';
import type { IntegrityOptions } from '../integrity/options.ts';
import { RowComparison } from '../integrity/row-facts.ts';
import { type RowSpelling, rowSpelling } from '../integrity/row-spelling.ts';
import { RowText } from '../integrity/row-text.ts';
import { RowSample } from '../integrity/sample.ts';
import { isWord } from '../integrity/spelling.ts';
import { Times } from '../integrity/times.ts';
import type { Memory } from '../keys/memory.ts';
import type { RowSet } from '../keys/row-set.ts';
import type { Profile } from '../profile/profile.ts';
import type { Block } from '../read/block.ts';
import { KINDS } from '../read/json-kinds.ts';
import { instantOf, isDateLike } from '../read/number.ts';
import type { Location } from '../verdict/verdict.ts';
import type { RowOptions } from './row-log.ts';

/** Where a block is. */
export interface BlockReading {
  readonly block: Block;
  readonly columns: readonly string[];
  readonly file: string;
  readonly fileIndex: number;
  /** The number of the block's first row in the table. */
  readonly before: number;
  /** The byte between its fields, if they are as in the file. */
  readonly separator: number | undefined;
}

/** Reads all rows of a table again, until it is told that it is enough. */
export type Again = (onBlock: (reading: BlockReading) => 'enough' | undefined) => Promise<void>;

/** Rows that are looked for in the other table. */
export interface Sides {
  readonly byRow: RowSet;
  readonly byKey: RowSet;
}

/** Rows whose hashes others have, by what is compared. */
export interface Sets extends Sides {
  readonly all: RowSet;
  readonly copies: RowSet;
  readonly features: RowSet;
}

export interface SecondOptions {
  readonly integrity: IntegrityOptions;
  readonly compare: RowOptions;
  readonly profile: Profile;
  readonly memory: Memory;
}

/** What the rows are read again for. */
export class SecondPass {
  readonly rows: RowComparison;
  readonly join: Join;
  readonly times: Times | undefined;
  readonly sample: RowSample | undefined;
  readonly #sets: Sets;
  readonly #label: string | undefined;
  readonly #timestamp: string | undefined;
  readonly #spelling: RowSpelling;
  readonly #shared: RowSpelling;
  readonly #text = new RowText();
  readonly #wanted: Wanted;
  /** Are all rows read, whatever is found? */
  readonly #whole: boolean;
  /** Rows that are still to come. */
  #left: number;

  /** @param columns of the data. */
  constructor(
    columns: readonly string[],
    { integrity, compare, profile, memory }: SecondOptions,
    sets: Sets,
  ) {
    const { label, timestamp } = integrity;
    this.rows = new RowComparison(memory);
    this.join = new Join(memory);
    const has = (name: string | undefined): name is string => name !== undefined && columns.includes(name);
    this.times = has(timestamp) ? new Times(integrity) : undefined;
    this.sample = has(label) ? new RowSample() : undefined;
    this.#sets = sets;
    this.#label = label;
    this.#timestamp = timestamp;
    this.#spelling = rowSpelling(integrity);
    this.#shared = sharedSpelling(compare.shared ?? { columns: [], keyed: false }, integrity);
    this.#wanted = new Wanted(variantsOf(profile, integrity));
    this.#whole = this.times !== undefined || this.sample !== undefined;
    this.#left = Object.values(sets).reduce((sum, { size }) => sum + size, 0);
  }

  get isNeeded(): boolean {
    return this.#whole || this.#left > 0 || !this.#wanted.done;
  }

  firstPlace(column: string, text: string): Location | undefined {
    return this.#wanted.places.get(column)?.get(text);
  }

  take(reading: BlockReading): 'enough' | undefined {
    this.#wanted.look(reading);
    this.#addTimes(reading);
    this.#addSample(reading);
    if (this.#left > 0) this.#addRows(reading);
    return this.isNeeded ? undefined : 'enough';
  }

  #addRows({ block, columns, fileIndex, before }: BlockReading): void {
    const { all, copies, features, byRow, byKey } = this.#sets;
    const label = columns.indexOf(this.#label ?? '');
    for (let row = 0; row < block.rows; row++) {
      const order = before + row;
      const of = { all: all.has(order), copies: copies.has(order), features: features.has(order) };
      const by = { row: byRow.has(order), key: byKey.has(order) };
      for (const asked of [of.all, of.copies, of.features, by.row, by.key]) if (asked) this.#left--;
      const place = { row: order, line: block.lines[row]!, file: fileIndex };
      if (of.all || of.copies || of.features) {
        this.#spelling.ofBlock(block, columns, row);
        const at = row * block.width + label;
        const own = of.features ? block.bytes.subarray(block.starts[at]!, block.ends[at]!) : undefined;
        this.rows.add(this.#spelling, of, place, own);
      }
      if (by.row || by.key) {
        this.#shared.ofBlock(block, columns, row);
        this.join.add(this.#shared, 'data', by, place);
      }
    }
  }

  takeReference({ block, columns, before }: BlockReading, { byRow, byKey }: Sides): undefined {
    this.#shared.freeze();
    for (let row = 0; row < block.rows; row++) {
      const by = { row: byRow.has(before + row), key: byKey.has(before + row) };
      if (!by.row && !by.key) continue;
      this.#shared.ofBlock(block, columns, row);
      this.join.add(this.#shared, 'reference', by, { row: before + row, line: 0, file: 0 });
    }
  }

  #addTimes({ block, columns, file }: BlockReading): void {
    const { times } = this;
    if (times === undefined) return;
    const field = columns.indexOf(this.#timestamp ?? '');
    // A file of delimited rows that lacks the column has no times; a record that lacks it has a row without one.
    if (field < 0 && block.kinds === undefined) return;
    for (let row = 0; row < block.rows; row++) {
      const at = row * block.width + field;
      times.add(file, timeAt(block, row, field), () => ({
        ...{ file, line: block.lines[row]! },
        ...(field < 0 || block.kinds?.[at] === KINDS.ABSENT ? {} : { column: field + 1 }),
      }));
    }
  }

  #addSample({ block, columns }: BlockReading): void {
    this.#text.plan(columns);
    for (let row = 0; this.sample !== undefined && row < block.rows; row++) {
      this.sample.add(() => {
        const cells = columns.map((_name, field) => textAt(block, row, field));
        return this.#text.of({ columns, rows: [cells] }, 0);
      });
    }
  }
}

/** What `instantMs` says of a field. */
function timeAt(block: Block, row: number, field: number): number {
  const at = row * block.width + field;
  const start = field < 0 ? -1 : block.starts[at]!;
  if (start < 0) return Number.NaN;
  const end = block.ends[at]!;
  const time = isDateLike(block.bytes, start, end) ? instantOf(block.bytes, start, end) : Number.NaN;
  return Number.isNaN(time) ? instantMs(block.bytes.toString('utf8', start, end)) : time;
}

/** The text of a field; null if there is none. */
function textAt({ bytes, width, starts, ends }: Block, row: number, field: number): string | null {
  const at = row * width + field;
  return field < 0 || starts[at]! < 0 ? null : bytes.toString('utf8', starts[at]!, ends[at]!);
}

/** The first places of some texts of some columns. */
class Wanted {
  readonly places = new Map<string, Map<string, Location>>();
  readonly #wanted: Map<string, { readonly text: string; readonly bytes: Buffer }[]>;

  constructor(texts: ReadonlyMap<string, readonly string[]>) {
    this.#wanted = new Map(
      [...texts].map(([column, own]) => {
        return [column, own.filter(isWord).map((text) => ({ text, bytes: Buffer.from(text) }))];
      }),
    );
    this.#forget();
  }

  get done(): boolean {
    return this.#wanted.size === 0;
  }

  look({ block, columns, file }: BlockReading): void {
    for (const [column, wanted] of this.#wanted) {
      const field = columns.indexOf(column);
      for (let row = 0; field >= 0 && row < block.rows && wanted.length > 0; row++) {
        const at = row * block.width + field;
        const [start, end] = [block.starts[at]!, block.ends[at]!];
        if (start < 0) continue;
        const met = wanted.findIndex(
          ({ bytes }) => bytes.length === end - start && bytes.compare(block.bytes, start, end) === 0,
        );
        const [found] = met < 0 ? [] : wanted.splice(met, 1);
        if (found === undefined) continue;
        const own = this.places.get(column) ?? new Map<string, Location>();
        this.places.set(column, own.set(found.text, { file, line: block.lines[row]!, column: field + 1 }));
      }
    }
    this.#forget();
  }

  #forget(): void {
    for (const [column, wanted] of this.#wanted) if (wanted.length === 0) this.#wanted.delete(column);
  }
}
