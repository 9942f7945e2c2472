import { First } from '../keys/first.ts';
import type { Memory } from '../keys/memory.ts';
import type { RowSet } from '../keys/row-set.ts';
import { nearest } from '../problem/nearest.ts';
import { grouped } from '../problem/numbers.ts';
import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { KeyColumns } from './key-columns.ts';
import { TextKeys } from './text-keys.ts';
import { placed } from './texts.ts';

/** Rows that lack a part of their key, or whose key was there before. */
export interface KeyFindings {
  readonly repeated: number;
  readonly nulls: number;
  /** The first of all of them, in the order of the table. */
  readonly locations: readonly Location[];
}

/** The failing check of a rule whose columns the data do not have; undefined if they do. */
export function lackingCheck(
  base: Pick<Check, 'id' | 'target' | 'expected'>,
  what: string,
  needed: readonly string[],
  columns: ReadonlySet<string>,
  fix: string,
): Check | undefined {
  const missing = needed.filter((column) => !columns.has(column));
  if (missing.length === 0) return undefined;
  const like = nearest(missing[0] ?? '', [...columns]);
  const message = `${what} needs ${missing.join(', ')}, which the data do not have`;
  return { ...base, status: 'fail', message, fix: like === undefined ? fix : `did you mean ${like}?` };
}

/** The keys of rows that are read one by one. */
export class RowKeys {
  readonly #columns: KeyColumns;
  readonly #keys: TextKeys;
  readonly #maxLocations: number;
  readonly #nullPlaces: { readonly row: number; readonly at: Location }[] = [];
  #nulls = 0;

  constructor(columns: KeyColumns, memory: Memory, maxLocations: number) {
    this.#columns = columns;
    this.#keys = new TextKeys(memory);
    this.#maxLocations = maxLocations;
  }

  /**
   * Does the row lack a part of the key? Whether it repeats one is told at the end.
   *
   * @param row the row's number in the table.
   */
  add(batch: Batch, index: number, row: number): boolean {
    const key = this.#columns.textOf(batch, index);
    if (key !== undefined) {
      this.#keys.add(key, batch, index, row);
      return false;
    }
    this.#nulls++;
    const place = { file: batch.file, line: batch.lines[index] ?? 0 };
    if (this.#nullPlaces.length < this.#maxLocations) this.#nullPlaces.push({ row, at: place });
    return true;
  }

  /** Adds the rows that repeat a key to those that are broken. */
  findings(broken: RowSet): KeyFindings {
    const found = new First<Location>(this.#maxLocations);
    let repeated = 0;
    for (const { row, at } of this.#nullPlaces) found.add(row, at);
    this.#keys.repeats(({ row, at }) => {
      repeated++;
      broken.add(row);
      found.add(row, at);
    });
    return { repeated, nulls: this.#nulls, locations: found.list };
  }
}

/** @param columns of the data. */
export function keyCheck(
  key: readonly string[],
  { repeated, nulls, locations }: KeyFindings,
  columns: ReadonlySet<string>,
): Check {
  const name = key.join(', ');
  const base = { id: 'table.key', expected: { key: [...key] } } as const;
  const lacking = lackingCheck(base, 'the key', key, columns, 'choose other key columns');
  if (lacking !== undefined) return lacking;
  const count = repeated + nulls;
  if (count === 0)
    return { ...base, status: 'pass', observed: 0, message: `no two rows have the same ${name}` };
  const parts = [
    ...(repeated > 0
      ? [
          `${grouped(repeated)} ${repeated === 1 ? 'row repeats' : 'rows repeat'} the key ${name} of an earlier row`,
        ]
      : []),
    ...(nulls > 0
      ? [`${grouped(nulls)} ${nulls === 1 ? 'row has' : 'rows have'} no value in the key ${name}`]
      : []),
  ];
  return {
    ...base,
    status: 'fail',
    observed: count,
    message: parts.join('; '),
    ...placed(locations, count),
    fix: 'drop the repeated rows; only if they are different things, add a column to the key that tells them apart',
  };
}
