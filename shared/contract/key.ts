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
      // A length before each part keeps ("a", "bc") and ("ab", "c") apart.
      const text =
        cells.length === 1
          ? String(cells[0])
          : cells.map((cell) => `${String(cell).length}:${cell}`).join('');
      const before = seen.size;
      seen.add(text);
      if (seen.size > before) return false;
      repeated++;
      return found(batch, row);
    },
    check: (columns) => {
      const base = { id: 'table.key', expected: { key: [...key] } } as const;
      const missing = key.filter((column) => !columns.has(column));
      if (missing.length > 0) {
        const like = nearest(missing[0] ?? '', [...columns]);
        const message = `the key needs ${missing.join(', ')}, which the data do not have`;
        return {
          ...base,
          status: 'fail',
          message,
          mend: like === undefined ? 'choose other key columns' : `did you mean ${like}?`,
        };
      }
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
