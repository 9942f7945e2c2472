import { nearest } from '../problem/nearest.ts';
import { grouped } from '../problem/numbers.ts';
import type { Check, Location } from '../verdict/verdict.ts';
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
