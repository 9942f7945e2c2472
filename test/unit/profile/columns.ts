import type { ColumnProfile, Profile } from '../../../shared/profile/profile.ts';
import { profileTable } from '../../../shared/profile/profiler.ts';
import type { Batch, Cell } from '../../../shared/read/batch.ts';

/** The profile of a table of one column, `x`, whose rows come `size` at a time. */
export async function tableOf(cells: readonly Cell[], size = Math.max(1, cells.length)): Promise<Profile> {
  const batches: Batch[] = [];
  for (let at = 0; at < Math.max(1, cells.length); at += size) {
    const rows = cells.slice(at, at + size).map((cell) => [cell]);
    batches.push({ file: 'a.csv', columns: ['x'], rows, lines: rows.map((_row, i) => at + i + 2) });
  }
  return (await profileTable(batches)).profile;
}

export async function columnOf(cells: readonly Cell[], size?: number): Promise<ColumnProfile> {
  return onlyColumn(await tableOf(cells, size));
}

export function onlyColumn({ columns }: Profile): ColumnProfile {
  const [column] = columns;
  if (column === undefined) throw new Error('there is no column');
  return column;
}

/** Marsaglia's xorshift (2003), as a share in (0, 1). */
export function randomOf(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return ((x >>> 0) + 0.5) / 2 ** 32;
  };
}
