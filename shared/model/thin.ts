/** Metrics that are resampled, and rest on cells of which the rows hold too few to show how they vary. */
import { grouped } from '../problem/numbers.ts';
import type { Ends, Part } from './question.ts';
import { rarestLabel } from './rows.ts';

/** Fewer rows than this, on either side, and resamples do not see what the others would hold. */
const MIN_ROWS = 10;

/**
 * No bounds if a class has fewer than 10 rows, or if a cell that the metric is a function of has fewer than
 * 10 on either side (found, missed and named wrongly): undefined if resampling may go on.
 */
export function thinCells(parts: readonly Pick<Part, 'metric' | 'rows'>[]): Ends | undefined {
  for (const { metric, rows } of parts) {
    if (rows.task !== 'classification' && rows.task !== 'multilabel') continue;
    if (metric.kind !== 'cells' && metric.kind !== 'rows') continue;
    const fewest = Math.min(metric.fewest?.(rows) ?? Infinity, rarestLabel(rows) ?? Infinity);
    if (fewest >= MIN_ROWS) continue;
    const none = `${metric.name} rests on a class with ${grouped(fewest)} rows on one side, and resamples of fewer than ${MIN_ROWS} do not show how it varies`;
    return { method: 'none', lower: null, upper: null, none };
  }
  return undefined;
}
