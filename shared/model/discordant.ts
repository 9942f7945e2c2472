import type { Location } from '../verdict/verdict.ts';
import type { Metric } from './metric.ts';
import type { JudgedRows } from './predictions.ts';
import type { ScoredRows } from './rows.ts';

/** Places that a check lists. */
const SHOWN = 20;

export interface Discordant {
  /** The rows on which the candidate loses most, in the order of their loss. */
  readonly locations: readonly Location[];
  /** How many rows it loses on. */
  readonly places: number;
}

/** The rows on which the candidate does worse than the baseline, by the metric's items; none of a metric without items. */
export function discordantRows(
  judged: Pick<JudgedRows, 'n' | 'place' | 'id'>,
  metric: Metric,
  candidate: ScoredRows,
  baseline: ScoredRows,
  showValues: boolean,
): Discordant | undefined {
  const ours = metric.items?.(candidate);
  const theirs = metric.items?.(baseline);
  if (ours === undefined || theirs === undefined) return undefined;
  const sign = metric.better === 'higher' ? 1 : -1;
  let lost = 0;
  const worst: { row: number; loss: number }[] = [];
  for (let row = 0; row < judged.n; row++) {
    const loss = sign * (theirs[row]! - ours[row]!);
    if (!(loss > 0)) continue;
    lost++;
    const last = worst[SHOWN - 1];
    if (last !== undefined && loss <= last.loss) continue;
    // Few are kept, so that a sort of these is as good as a heap.
    worst.splice(SHOWN - 1, 1);
    worst.push({ row, loss });
    worst.sort((a, b) => b.loss - a.loss || a.row - b.row);
  }
  if (lost === 0) return undefined;
  const locations = worst.map(({ row }): Location => {
    const place = judged.place(row);
    return showValues ? { ...place, value: judged.id(row) } : place;
  });
  return { locations, places: lost };
}
