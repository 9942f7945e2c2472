import { nearest } from '../problem/nearest.ts';
import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { grouped, placed } from './texts.ts';

/** Finds rows whose key is null or was there before, exactly: all keys are kept in memory. */
export interface KeyIndex {
  /** Does the row repeat a key, or lack a part of it? `at` are the key's fields in the row. */
  add(batch: Batch, row: number, at: readonly number[]): boolean;
  check(columns: ReadonlySet<string>): Check;
}

/** One text of several; a length before each part keeps ("a", "bc") and ("ab", "c") apart. */
export function keyText(parts: readonly string[]): string {
  const [only] = parts;
  return parts.length === 1 && only !== undefined
    ? only
    : parts.map((part) => `${part.length}:${part}`).join('');
}

/** The failing check of a rule whose columns the data do not have; undefined where they do. */
export function lackingCheck(
  base: Pick<Check, 'id' | 'target' | 'expected'>,
  what: string,
  needed: readonly string[],
  columns: ReadonlySet<string>,
  mend: string,
): Check | undefined {
  const missing = needed.filter((column) => !columns.has(column));
  if (missing.length === 0) return undefined;
  const like = nearest(missing[0] ?? '', [...columns]);
  const message = `${what} needs ${missing.join(', ')}, which the data do not have`;
  return { ...base, status: 'fail', message, mend: like === undefined ? mend : `did you mean ${like}?` };
}

export function keyIndex(key: readonly string[], maxLocations: number): KeyIndex {
  const seen = new Set<string>();
  const locations: Location[] = [];
  let repeated = 0;
  let nulls = 0;
  const name = key.join(', ');
  const found = (batch: Batch, row: number): true => {
    if (locations.length < maxLocations) locations.push({ file: batch.file, line: batch.lines[row] ?? 0 });
    return true;
  };
  return {
    add: (batch, row, at) => {
      const cells = at.map((index) => batch.rows[row]?.[index] ?? null);
      if (cells.includes(null)) {
        nulls++;
        return found(batch, row);
      }
      const text = keyText(cells.map(String));
      const before = seen.size;
      seen.add(text);
      if (seen.size > before) return false;
      repeated++;
      return found(batch, row);
    },
    check: (columns) => {
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
        mend: 'drop the repeated rows, or add a column to the key that tells them apart',
      };
    },
  };
}
