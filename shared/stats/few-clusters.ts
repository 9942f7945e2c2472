/** Bounds from few clusters: Student's t of their influences, with the degrees of freedom that their sizes leave. */

import type { Contrast, ResampledBounds } from './resampled.ts';
import { MOST_TAIL_ASYMMETRY } from './resampled.ts';
import { studentQuantile } from './special.ts';
import type { Resamples } from './statistic.ts';

/** From this many clusters, resamples of them give the bounds. */
export const MANY_CLUSTERS = 40;
/** With fewer clusters, or degrees of freedom, than this there are no bounds. */
export const LEAST_CLUSTERS = 10;
const LEAST_DF = 5;
/** With fewer clusters than this a tail shows less, and less of it is tolerated. */
const USUAL = 20;
/** How much farther a bound on the side of a tail is at most (measured: docs/error-rates.md). */
const WIDEST = 4;
/** How much farther it is at least once a tail shows: fewer than that let log-normal clusters of unlike sizes pass too often. */
const WIDER = 1.5;
/** A stricter bound lies farther out in the tail, so it moves away faster. */
const USUAL_ALPHA = 0.05;

/**
 * estimate ± t·standard error, of the delete-one-cluster jackknife (Efron & Stein 1981; for a mean it is the CR3 variance
 * of MacKinnon & White 1985 up to its centre) with Satterthwaite's degrees of freedom for clusters of these sizes (Bell &
 * McCaffrey 2002; Imbens & Kolesár 2016). Assumes that the influences of clusters are about normal: on the side of a
 * visible tail the bound is farther away, one and a half times as far at first, and up to four times the more the tail exceeds what is tolerated.
 *
 * @param sizes the weight of each cluster.
 */
export function fewClusterBounds(
  { candidate, production, without, n, units }: Resamples,
  sizes: Float64Array,
  alpha: number,
  contrast: Contrast,
): ResampledBounds {
  const estimate = contrast(candidate, production);
  const values = without.candidate.map((value, i) => contrast(value, without.production[i]!));
  const df = satterthwaite(sizes);
  const common = { estimate, n, units, draws: 0, undefinedDraws: 0, df };
  const said = `Student’s t of ${units} clusters (${df.toFixed(1)} degrees of freedom)`;
  const missing = (none: string) => ({ ...common, lower: null, upper: null, method: said, none });
  if (units < LEAST_CLUSTERS)
    return missing(
      `${units} clusters are too few to show how much they vary: at least ${LEAST_CLUSTERS} are needed`,
    );
  if (values.some((value) => !Number.isFinite(value)))
    return missing('undefined without one of the clusters');
  const mean = values.reduce((sum, value) => sum + value / units, 0);
  let [squares, cubes] = [0, 0];
  for (const value of values) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  const standardError = Math.sqrt(((units - 1) / units) * squares);
  if (!(standardError > 1e-9 * Math.abs(estimate))) return missing('the clusters do not vary');
  if (df < LEAST_DF)
    return missing(
      `a few large ones of ${units} clusters decide, which leaves ${df.toFixed(1)} degrees of freedom`,
    );
  const reach = -studentQuantile(alpha, df) * standardError;
  const asymmetry = cubes / squares ** 1.5;
  const most = MOST_TAIL_ASYMMETRY * Math.min(1, units / USUAL);
  const strict = Math.max(1, Math.sqrt(USUAL_ALPHA / alpha));
  const wide = (side: number) =>
    side * asymmetry > most ? Math.min(WIDEST, (WIDER * strict * side * asymmetry) / most) : 1;
  const widest = Math.max(wide(-1), wide(1));
  return {
    ...common,
    standardError,
    method: `${said}${widest > 1 ? `, ${Number(widest.toPrecision(2))} times as far on the side of a tail` : ''}`,
    lower: estimate - wide(-1) * reach,
    upper: estimate + wide(1) * reach,
  };
}

/**
 * (tr B)²/tr(B²) of the variance as a quadratic form y′By of independent cluster means y of equal variance, as if the
 * clusters' own effects dominate: B = M′CM, M = I − 1w′, C = diag(w²/(1 − w)²), w the clusters' shares of the weight.
 */
export function satterthwaite(sizes: Float64Array): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const w = sizes.map((size) => size / total);
  const c = w.map((share) => (share / (1 - share)) ** 2);
  const all = c.reduce((sum, value) => sum + value, 0);
  let [trace, squares] = [0, 0];
  for (let i = 0; i < w.length; i++) {
    for (let j = 0; j < w.length; j++) {
      const b = (i === j ? c[i]! : 0) - c[i]! * w[j]! - w[i]! * c[j]! + all * w[i]! * w[j]!;
      if (i === j) trace += b;
      squares += b * b;
    }
  }
  return trace ** 2 / squares;
}
