import { placed } from '../contract/texts.ts';
import { First } from '../keys/first.ts';
import { KeyLog, type KeyPart, type RowPlace, recordAt, visitRecords } from '../keys/key-log.ts';
import { type Memory, PARTITIONS } from '../keys/memory.ts';
import { grouped } from '../problem/numbers.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { IntegrityOptions } from './options.ts';
import { type CountedPlaces, placedOf, type SpelledRow } from './row-facts.ts';
import { RowSpelling } from './row-spelling.ts';

/** Rows of the data that the reference has, too; the first place of each such row. */
export interface LeakageFacts {
  readonly rows: number;
  readonly referenceRows: number;
  readonly byKey?: CountedPlaces;
  readonly byRow: CountedPlaces;
  /** Only if there was no room for all rows: how many of them, from the first on, were looked for. */
  readonly compared?: number | undefined;
}

/** The columns by which rows are looked for in the reference: the key, and what else both have. */
export interface LeakageColumns {
  readonly columns: readonly string[];
  readonly keyed: boolean;
}

export function sharedOf({
  key = [],
  referenceColumns = [],
}: Pick<IntegrityOptions, 'key' | 'referenceColumns'>): LeakageColumns {
  return {
    columns: referenceColumns.filter((name) => !key.includes(name)),
    keyed: key.length > 0 && key.every((name) => referenceColumns.includes(name)),
  };
}

/** Spells rows by their shared columns, and then by their key. */
export function sharedSpelling(
  { columns, keyed }: LeakageColumns,
  { key = [] }: Pick<IntegrityOptions, 'key'>,
): RowSpelling {
  const shared = new Set(columns);
  return new RowSpelling(2, (name) => (keyed && key.includes(name) ? 1 : shared.has(name) ? 0 : -1));
}

/** Rows of the data looked for among those of the reference, byte by byte; in the memory that is given, then spilled. */
export class Join {
  readonly #memory: Memory;
  readonly #logs: Readonly<Record<'key' | 'row', { readonly data: KeyLog; readonly reference: KeyLog }>>;

  constructor(memory: Memory) {
    this.#memory = memory;
    const pair = () => ({ data: new KeyLog(memory), reference: new KeyLog(memory) });
    this.#logs = { key: pair(), row: pair() };
  }

  /** A row by `sharedSpelling`. */
  add(
    { bytes, ends }: SpelledRow,
    of: 'data' | 'reference',
    by: { readonly key: boolean; readonly row: boolean },
    place: RowPlace,
  ): void {
    const [row = 0, key = 0] = ends;
    if (by.row && row > 0) this.#logs.row[of].append(bytes, 0, row, place);
    if (by.key && key > row) this.#logs.key[of].append(bytes, row, key, place);
  }

  found(by: 'key' | 'row', maxLocations: number, locate: (place: RowPlace) => Location): CountedPlaces {
    const { data, reference } = this.#logs[by];
    const first = new First<Location>(maxLocations);
    const room = { bytes: Buffer.alloc(0) };
    const parts = [reference, data].map((log): KeyPart => {
      return { log: log.state, spill: this.#memory.spill, before: 0, linesBefore: 0 };
    });
    let count = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const placedGroups = new Set<number>();
      let known = 0;
      visitRecords(parts, partition, room, (at, _own, group, part) => {
        if (part === parts[0]) known++;
        else if (group < known) {
          count++;
          if (placedGroups.has(group)) return;
          placedGroups.add(group);
          const record = recordAt(room.bytes, at, part);
          first.add(record.row, locate(record));
        }
      });
    }
    return { ...placedOf(first), count };
  }
}

/** @param columns of the data. */
export function leakageChecks(
  facts: LeakageFacts,
  columns: readonly string[],
  options: IntegrityOptions,
): Check[] {
  const id = 'integrity.leakage';
  if (facts.referenceRows === 0) {
    const message = 'there are no rows of a reference to compare these rows with';
    const fix = 'give the training data as reference, because a profile or a model does not have rows';
    return [{ id, status: 'inconclusive', message, fix }];
  }
  const { key = [] } = options;
  const shared = new Set(sharedOf(options).columns);
  const width = columns.filter((name) => shared.has(name)).length;
  const keyed = key.every((name) => columns.includes(name)) ? facts.byKey : undefined;
  const what = `all ${width} columns${keyed === undefined ? '' : ' but the key'} that both have`;
  const byRow = width === 0 ? [] : [leaked(facts, facts.byRow, what, keyed !== undefined)];
  if (keyed !== undefined) return [leaked(facts, keyed, `the key ${key.join(', ')}`, false), ...byRow];
  if (byRow.length > 0) return byRow;
  const message = 'the data and the reference have no column in common';
  return [{ id, status: 'inconclusive', message, fix: 'give a reference that has columns of the data' }];
}

/** `weak`: there is a key, beside which rows may be alike by chance. */
function leaked(
  { rows, referenceRows, compared }: LeakageFacts,
  { count, locations }: CountedPlaces,
  what: string,
  weak: boolean,
): Check {
  const base = { id: 'integrity.leakage', observed: count, expected: 0 } as const;
  if (count === 0 && compared === undefined)
    return {
      ...base,
      status: 'pass',
      message: `no row is in the reference, by ${what}, of ${grouped(referenceRows)} rows there`,
    };
  const first = compared === undefined ? '' : `; only the first ${grouped(compared)} rows were compared`;
  if (count === 0)
    return {
      ...base,
      status: 'inconclusive',
      message: `no row was found in the reference, by ${what}${first}`,
      fix: 'check the files in parts',
    };
  return {
    ...base,
    status: weak ? 'warn' : 'fail',
    message: `${grouped(count)} of ${grouped(rows)} rows ${count === 1 ? 'is' : 'are'} in the reference too, by ${what}${first}`,
    ...placed(locations, count),
    fix: 'take these rows out of the data or of the reference; only if rows may overlap, leave out disjoint',
  };
}
