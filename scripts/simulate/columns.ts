import { type ColumnComparison, compareProfiles } from '../../shared/compare/counts.ts';
import { parseProfile, printProfile } from '../../shared/profile/file.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { createProfiler, type ProfiledRows } from '../../shared/profile/profiler.ts';
import type { Cell } from '../../shared/read/batch.ts';
import { type Draw, indexOf, zipf } from './draw.ts';

/** The cells of one column. */
export type Generator = (draw: Draw, rows: number) => readonly Cell[];

export interface Sizes {
  readonly m: number;
  readonly n: number;
}

export const sizeText = ({ m, n }: Sizes) => `${m.toLocaleString('en')} / ${n.toLocaleString('en')}`;

/** Independent rows, each drawn alike. */
export function each(cell: (draw: Draw) => Cell): Generator {
  return (draw, rows) => Array.from({ length: rows }, () => cell(draw));
}

export function categories(count: number): Generator {
  const shares = zipf(count);
  return each((draw) => `c${indexOf(shares, draw.uniform())}`);
}

/** Three categories with these shares. */
export function three(shares: readonly [number, number, number]): Generator {
  const cumulated = Float64Array.of(shares[0], shares[0] + shares[1], 1);
  return each((draw) => `c${indexOf(cumulated, draw.uniform())}`);
}

export function normal(shift = 0, nulls = 0): Generator {
  return each((draw) => (nulls > 0 && draw.uniform() < nulls ? null : shift + draw.normal()));
}

const FIVE = Float64Array.of(0.4, 0.7, 0.85, 0.95, 1);

/** The kinds of columns of a mixed table. */
export const KINDS: Readonly<Record<string, Generator>> = {
  normal: normal(),
  'log-normal': each((draw) => Math.exp(draw.normal())),
  'normal, 30 % nulls': normal(0, 0.3),
  '5 integers': each((draw) => indexOf(FIVE, draw.uniform())),
  binary: each((draw) => (draw.uniform() < 0.3 ? 1 : 0)),
  '10 categories': categories(10),
  '50 categories': categories(50),
  '500 categories': categories(500),
};

/** A profile of one column a generator, and where a reference is given, its cells counted. */
export function profiled(columns: readonly (readonly Cell[])[], reference?: Profile): ProfiledRows {
  const profiler = createProfiler(reference === undefined ? {} : { reference });
  const names = columns.map((_, i) => `column ${i + 1}`);
  const rows = (columns[0] ?? []).map((_, row) => columns.map((cells) => cells[row] ?? null));
  profiler.add({ file: 'simulated', columns: names, rows, lines: [] });
  return profiler.finish();
}

/** Two samples as the actions compare them: two tables, or a table with the profile file of another. */
export interface Compared {
  readonly tables: ColumnComparison[];
  readonly withFile: ColumnComparison[];
}

export function compareSamples(
  before: readonly (readonly Cell[])[],
  after: readonly (readonly Cell[])[],
): Compared {
  const reference = profiled(before).profile;
  const file = parseProfile(printProfile(reference, 'hide'), 'profile.json');
  return {
    tables: compareProfiles(reference, profiled(after, reference)),
    withFile: compareProfiles(file, profiled(after, file)),
  };
}

/** Two tables only. */
export function compareTables(
  before: readonly (readonly Cell[])[],
  after: readonly (readonly Cell[])[],
): ColumnComparison[] {
  const reference = profiled(before).profile;
  return compareProfiles(reference, profiled(after, reference));
}
