import { cutCells } from './cells.ts';
import { type Cells, COMMON, type ColumnProfile, GROUP_ROWS, type Profile } from './profile.ts';

/** Categories that a profile file lists, most frequent first. */
const MAX_CATEGORIES = 256;
/** Where rarer values than this share would be left between the common ones, quantile cuts tell more. */
const RARE_SHARE = 0.05;

/**
 * The profile as it may be written. With `hide` it holds no value of a single row: no extremes, only quantiles with
 * at least `GROUP_ROWS` rows on either side, and only values that at least `COMMON` rows have.
 */
export function disclosed(profile: Profile, samples: 'hide' | 'show'): Profile {
  const columns = profile.columns.map((column) => trimmed(samples === 'show' ? column : hidden(column)));
  return { ...profile, samples: profile.samples === 'hide' ? 'hide' : samples, columns };
}

function hidden({ min: _min, max: _max, mean, sd, ...column }: ColumnProfile): ColumnProfile {
  const many = column.count >= GROUP_ROWS;
  const { quantiles } = column;
  const inner = Object.entries(quantiles ?? {}).filter(([p]) => {
    return Math.min(Number(p), 1 - Number(p)) * column.count >= GROUP_ROWS;
  });
  return {
    ...column,
    ...(many && mean !== undefined ? { mean } : {}),
    ...(many && sd !== undefined ? { sd } : {}),
    ...(quantiles === undefined ? {} : { quantiles: Object.fromEntries(inner) }),
    top: column.top.filter(({ count }) => count >= COMMON),
    cells: commonCells(column.cells),
  };
}

function commonCells(cells: Cells): Cells {
  if (cells.kind === 'cuts') return cells;
  if (cells.kind === 'categories') return listed(cells, (_index, count) => count >= COMMON);
  const all = cells.values.map((value, i) => ({ value, count: cells.counts[2 * i + 1] ?? 0 }));
  const rows = cells.counts.reduce((sum, count) => sum + count, 0);
  const common = all.filter(({ count }) => count >= COMMON);
  const commonRows = common.reduce((sum, { count }) => sum + count, 0);
  const between = rows - all.reduce((sum, { count }) => sum + count, 0);
  if (between > 0 || common.length === all.length) return cells;
  if (rows - commonRows > RARE_SHARE * rows) return cutCells(all);
  const counts = [0];
  for (const { value, count } of all) {
    if (common.some((entry) => entry.value === value)) counts.push(count, 0);
    else counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
  }
  return { kind: 'values', values: common.map(({ value }) => value), counts };
}

function trimmed(column: ColumnProfile): ColumnProfile {
  const { cells } = column;
  return cells.kind === 'categories'
    ? { ...column, cells: listed(cells, (index) => index < MAX_CATEGORIES) }
    : column;
}

type Categories = Extract<Cells, { kind: 'categories' }>;

/** Lists only the categories that are kept; the rest are others. */
function listed(cells: Categories, keep: (index: number, count: number) => boolean): Categories {
  const kept = cells.counts.map((count, index) => keep(index, count));
  const counts = cells.counts.filter((_count, index) => kept[index]);
  const left = cells.counts.reduce((sum, count, index) => sum + (kept[index] ? 0 : count), 0);
  return {
    ...cells,
    categories: cells.categories.filter((_category, index) => kept[index]),
    counts,
    other: cells.other + left,
    complete: cells.complete && kept.every(Boolean),
  };
}
