import { cellRows, cutCells, isComplete, listedOnly, listedRuns } from './cells.ts';
import {
  COMMON_COUNT,
  type ColumnProfile,
  GROUP_ROWS,
  type Profile,
  type ReferenceCells,
} from './profile.ts';
import { runsOf } from './sketch/runs.ts';

/** If rarer values than this share would be left between the common ones, quantile cuts tell more. */
const RARE_SHARE = 0.05;

/**
 * The profile as it may be told. With `hide` it holds no value of a single row: no extremes, only quantiles with at
 * least `GROUP_ROWS` rows on either side, only values that at least `COMMON` rows have, and no HyperLogLog, whose
 * registers show of many a guessed value whether it is among the rows (Desfontaines, Lochbihler & Basin 2019).
 */
export function disclosed(profile: Profile, samples: 'hide' | 'show'): Profile {
  const columns = samples === 'show' ? profile.columns : profile.columns.map(hidden);
  return { ...profile, samples: profile.samples === 'hide' ? 'hide' : samples, columns };
}

function hidden({
  min: _min,
  max: _max,
  hyperloglog: _hyperloglog,
  mean,
  sd,
  quantiles,
  errors,
  ...column
}: ColumnProfile): ColumnProfile {
  const many = column.count >= GROUP_ROWS;
  const inner = Object.entries(quantiles ?? {}).filter(([p]) => {
    return Math.min(Number(p), 1 - Number(p)) * column.count >= GROUP_ROWS;
  });
  const { cells, top, ...rest } = column;
  return {
    ...rest,
    ...(errors === undefined ? {} : { errors: withHidden(errors) }),
    top: top.filter(({ count }) => count >= COMMON_COUNT),
    ...(many && mean !== undefined ? { mean } : {}),
    ...(many && sd !== undefined ? { sd } : {}),
    ...(quantiles === undefined ? {} : { quantiles: Object.fromEntries(inner) }),
    cells: commonCells(cells),
  };
}

/** Values are hidden that are said to be rare, and may have been undercounted. */
function withHidden(errors: NonNullable<ColumnProfile['errors']>): NonNullable<ColumnProfile['errors']> {
  if (errors.unlisted === undefined) return errors;
  return { ...errors, unlisted: Math.max(errors.unlisted, COMMON_COUNT - 1 + (errors.frequency ?? 0)) };
}

function commonCells(cells: ReferenceCells): ReferenceCells {
  if (cells.kind === 'cuts') return cells;
  if (cells.kind === 'categories') return listedOnly(cells, (_category, count) => count >= COMMON_COUNT);
  if (!isComplete(cells)) return cells;
  const all = listedRuns(cells);
  const rows = cellRows(cells);
  const common = all.filter(({ count }) => count >= COMMON_COUNT);
  const commonRows = common.reduce((sum, { count }) => sum + count, 0);
  if (common.length === all.length) return cells;
  if (rows - commonRows > RARE_SHARE * rows) return cutCells(runsOf(all));
  const counts = [0];
  for (const { count } of all) {
    if (count >= COMMON_COUNT) counts.push(count, 0);
    else counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
  }
  return { kind: 'values', values: common.map(({ value }) => value), counts };
}
