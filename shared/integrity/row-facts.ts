import { First } from '../keys/first.ts';
import {
  KeyLog,
  type KeyPart,
  type KeyRecord,
  type RowPlace,
  recordAt,
  visitRecords,
} from '../keys/key-log.ts';
import { type Memory, PARTITIONS } from '../keys/memory.ts';
import { RowSet } from '../keys/row-set.ts';
import type { Location } from '../verdict/verdict.ts';

/** Some rows, counted, and the places of the first of them. */
export interface CountedPlaces {
  readonly count: number;
  readonly locations: readonly Location[];
}

/** What rows beside each other show. */
export interface RowFacts {
  /** Rows that repeat an earlier one in all columns. */
  readonly duplicates: CountedPlaces;
  /** Only if there is a key: other rows that repeat an earlier one in all columns but it. */
  readonly copies?: CountedPlaces & {
    /** Rows with a value beside the key that are not duplicates. */
    readonly rows: number;
  };
  /** Only if there is a label: rows with the features of an earlier one, the first of which has another label. */
  readonly conflicts?: CountedPlaces & {
    /** Rows with a label and a feature. */
    readonly labelled: number;
  };
  readonly unlabelled?: CountedPlaces;
  /** Only if there was no room for all rows: how many of them, from the first on, were compared. */
  readonly compared?: number | undefined;
}

/** What of a row is to be compared. */
export interface Parts {
  readonly all: boolean;
  readonly copies: boolean;
  readonly features: boolean;
}

/** A row as `RowSpelling` writes it: first the features, then other columns beside the key, then the key. */
export interface SpelledRow {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** Rows compared with each other byte by byte, in the memory that is given; beyond it they are spilled. */
export class RowComparison {
  readonly #memory: Memory;
  readonly #all: KeyLog;
  readonly #copies: KeyLog;
  readonly #features: KeyLog;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#all = new KeyLog(memory);
    this.#copies = new KeyLog(memory);
    this.#features = new KeyLog(memory);
  }

  /** @param label the row's, if its features are to be compared. */
  add({ bytes, ends }: SpelledRow, parts: Parts, place: RowPlace, label: Uint8Array | undefined): void {
    const [features = 0, beside = 0] = ends;
    if (parts.all) this.#all.append(bytes, 0, ends.at(-1) ?? 0, place);
    if (parts.copies && beside > 0) this.#copies.append(bytes, 0, beside, place);
    if (parts.features && features > 0) this.#features.append(bytes, 0, features, place, label);
  }

  /**
   * @param valued rows with a value beside the key.
   * @param locate where the row of a place is.
   */
  facts(
    valued: number,
    maxLocations: number,
    locate: (place: RowPlace) => Location,
  ): Required<Pick<RowFacts, 'duplicates' | 'copies'>> & { readonly conflicts: CountedPlaces } {
    const repeated = new RowSet();
    const duplicates = new First<Location>(maxLocations);
    this.#each(this.#all, (own, first, read) => {
      if (first === own) return;
      const record = read();
      repeated.add(record.row);
      duplicates.add(record.row, locate(record));
    });
    // A duplicate is told as such, and is not a copy besides.
    const copies = new First<Location>(maxLocations);
    let other = valued;
    this.#each(this.#copies, (own, first, read) => {
      if (repeated.size === 0 && first === own) return;
      const record = read();
      if (repeated.has(record.row)) other--;
      else if (first !== own) copies.add(record.row, locate(record));
    });
    return {
      duplicates: placedOf(duplicates),
      copies: { ...placedOf(copies), rows: other },
      conflicts: this.#conflicts(maxLocations, locate),
    };
  }

  #conflicts(maxLocations: number, locate: (place: RowPlace) => Location): CountedPlaces {
    interface Labelled {
      readonly label: Buffer;
      readonly row: number;
      readonly at: Location;
    }
    const found = new First<{ readonly first: Labelled; readonly at: Location }>(maxLocations);
    const firsts = new Map<number, Labelled>();
    this.#each(this.#features, (own, first, read, bytes) => {
      if (own === 0) firsts.clear();
      const record = read();
      const label = bytes.subarray(record.end, record.restEnd);
      const known = firsts.get(first);
      if (known === undefined) firsts.set(first, { label, row: record.row, at: locate(record) });
      else if (!known.label.equals(label)) found.add(record.row, { first: known, at: locate(record) });
    });
    const shown = new Set<number>();
    const locations: Location[] = [];
    for (const { first, at } of found.list) {
      // The row that the first conflict is with is shown, too.
      const pair = shown.has(first.row) ? [at] : [first.at, at];
      if (locations.length + pair.length > maxLocations) continue;
      shown.add(first.row);
      locations.push(...pair);
    }
    return { count: found.count, locations };
  }

  #each(log: KeyLog, take: (own: number, first: number, read: () => KeyRecord, bytes: Buffer) => void): void {
    const parts: KeyPart[] = [{ log: log.state, spill: this.#memory.spill, before: 0, linesBefore: 0 }];
    const room = { bytes: Buffer.alloc(0) };
    for (let partition = 0; partition < PARTITIONS; partition++) {
      visitRecords(parts, partition, room, (at, own, first, part) => {
        take(own, first, () => recordAt(room.bytes, at, part), room.bytes);
      });
    }
  }
}

export function placedOf(found: First<Location>): CountedPlaces {
  return { count: found.count, locations: found.list };
}
