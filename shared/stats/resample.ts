/** Resampling of the metrics of one model, or of two on the same rows. */
import { ofCells } from './resample-cells.ts';
import { ofRows } from './resample-rows.ts';
import { additive, ofSums } from './resample-sums.ts';
import type { ResampleInput, Resamples } from './statistic.ts';

/**
 * Draws seeded resamples of the pair's metrics, both from the same rows:
 * - metrics of cells without weights and clusters: Multinomial(n, counts/n) over the joint cells of both models, which
 *   is the law of resampled rows exactly, at a cost independent of n;
 * - means and sums, and cells with weights or clusters: the sums of rows, of clusters, or beyond 1,000 of these of
 *   1,000 random blocks of them, are resampled; with 0 draws there is the jackknife alone;
 * - metrics of rows: rows (or clusters) themselves; if rows × draws exceed 2·10⁸ there are no draws but a jackknife
 *   of 50 random groups (Kott 2001).
 *
 * Raises RangeError for lengths that differ, and TypeError for two models whose metrics are of different kinds.
 */
export function resample(input: ResampleInput): Resamples {
  checkInput(input);
  const { candidate, production = candidate } = input;
  const plain = input.weights === undefined && input.clusters === undefined;
  if (candidate.kind === 'cells' && production.kind === 'cells' && plain) {
    return ofCells(input, candidate, production);
  }
  if (candidate.kind === 'rows' && production.kind === 'rows') return ofRows(input, candidate, production);
  if (candidate.kind === 'rows' || production.kind === 'rows') {
    throw new TypeError(
      `metrics of ${candidate.kind} and of ${production.kind} cannot be resampled together`,
    );
  }
  return ofSums(input, additive(candidate), additive(production));
}

function checkInput({
  n,
  candidate,
  production,
  weights,
  clusters,
  strata,
  draws = 2000,
}: ResampleInput): void {
  const least = candidate.kind === 'mean' || candidate.kind === 'sums' ? 0 : 1;
  if (!(n >= 1 && draws >= least))
    throw new RangeError(`a bootstrap needs rows and draws, not ${n} and ${draws}`);
  const lengths = [weights?.length, clusters?.of.length, strata?.length];
  for (const statistic of [candidate, production]) {
    if (statistic?.kind === 'mean') lengths.push(statistic.items.length);
    if (statistic?.kind === 'cells') lengths.push(statistic.cells.length);
    if (statistic?.kind === 'sums') lengths.push(...statistic.columns.map((column) => column.length));
  }
  for (const length of lengths) {
    if (length !== undefined && length !== n) throw new RangeError(`${length} values for ${n} rows`);
  }
}
