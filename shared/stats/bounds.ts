/**
 * Bounds of the drift distances, and the rows that would decide. Lower bounds hold for all features of a run at once;
 * upper bounds hold for each feature alone ("every feature is within the margin" is an intersection-union statement,
 * Berger 1982). All assume independent rows; if rows are clustered, give counts and sizes divided by the design
 * effect.
 */
import { type DistanceCell, pooledVariance, type Sizes, sizesOf, totalVariation } from './distance.ts';
import { clopperPearson } from './proportions.ts';
import { normalQuantile } from './special.ts';

export interface BoundOptions {
  /** Features in the run. */
  readonly features: number;
  /** Family-wise error of the lower bounds. */
  readonly alpha?: number;
  /** One-sided level of the upper bound. */
  readonly level?: number;
}

export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** √(1/n + 1/m). */
const spread = ({ reference, current }: Sizes) => Math.sqrt(1 / current + 1 / reference);

/**
 * Bounds of Kolmogorov's distance: lower D − √(ln(4F/α)/2)·s (Dvoretzky, Kiefer & Wolfowitz with Massart's 1990
 * constant, two samples, two placements of nulls); upper D + z·s/2, because the plug-in is at least one difference of
 * two shares, of standard error at most s/2, at the set where the true distance is attained. NaN stays NaN.
 */
export function orderedBounds(distance: number, sizes: Sizes, options: BoundOptions): Bounds {
  const { features, alpha = 0.05, level = 0.95 } = options;
  const s = spread(sizes);
  return {
    lower: Math.max(0, distance - Math.sqrt(Math.log((4 * features) / alpha) / 2) * s),
    upper: Math.min(1, distance + (normalQuantile(level) * s) / 2),
  };
}

/**
 * Bounds of total variation on these cells. Lower: the larger of TV − B − √(ln(2F/α)/2)·s with the bias bound
 * B = ½√(2/π)Σσ (McDiarmid 1989), and of each cell's |p − q| less its normal bound at level α/(4KF); the latter proves
 * a shift of one category among many. Upper as for ordered values. NaN when either sample has no rows.
 */
export function categoryBounds(cells: readonly DistanceCell[], options: BoundOptions): Bounds {
  const { features, alpha = 0.05, level = 0.95 } = options;
  const { reference: m, current: n } = sizesOf(cells);
  if (m === 0 || n === 0) return { lower: Number.NaN, upper: Number.NaN };
  const s = spread({ reference: m, current: n });
  const { plugIn } = totalVariation(cells);
  const deviations = cells.reduce(
    (sum, c) => sum + Math.sqrt(pooledVariance(c.reference, c.current, m, n)),
    0,
  );
  const bias = 0.5 * Math.sqrt(2 / Math.PI) * deviations;
  let lower = Math.max(0, plugIn - bias - Math.sqrt(Math.log((2 * features) / alpha) / 2) * s);
  const tail = alpha / (4 * cells.length * features);
  for (const cell of cells) lower = Math.max(lower, cellBound(cell, m, n, tail, lower));
  return { lower, upper: Math.min(1, plugIn + (normalQuantile(level) * s) / 2) };
}

/**
 * |p − q| less z√(p(1−p)/m + q(1−q)/n). That variance is too small if a share is near 0 or 1 in a small sample (it
 * is 0 when three rows of three agree), so if it exceeds `floor` the bound from exact limits of the two shares
 * (Zou & Donner 2008, with Clopper-Pearson limits), which tends to the same, must be exceeded too.
 */
function cellBound(
  { reference, current }: DistanceCell,
  m: number,
  n: number,
  tail: number,
  floor: number,
): number {
  const p = reference / m;
  const q = current / n;
  const difference = Math.abs(q - p);
  const normal = difference + normalQuantile(tail) * Math.sqrt((p * (1 - p)) / m + (q * (1 - q)) / n);
  if (!(normal > floor)) return normal;
  const [pLow, pHigh] = clopperPearson(reference, m, 1 - 2 * tail);
  const [qLow, qHigh] = clopperPearson(current, n, 1 - 2 * tail);
  const exact = q > p ? Math.hypot(q - qLow, pHigh - p) : Math.hypot(p - pLow, qHigh - q);
  return Math.min(normal, difference - exact);
}

/**
 * Rows with which a distance like the estimate's would be shown to be within the margin, with a chance of 90 %:
 * `current` rows beside the present reference; or, when no number of current rows is enough, `reference` rows at the
 * very least; or undefined, when the estimate is not below the margin: evidence then grows as drift, or the estimate
 * falls.
 */
export type RowsNeeded = { readonly current: number } | { readonly reference: number } | undefined;

/** 0.82 is half the 95 % normal quantile, 1.22 the 90 % quantile of Kolmogorov's law, 0.87 that law's mean. */
export function orderedRowsNeeded(distance: number, sizes: Sizes, margin: number): RowsNeeded {
  const estimate = Math.max(0, distance - 0.87 * spread(sizes));
  return rowsFor(estimate, margin, 0.82 + 1.22, sizes.reference);
}

/** As `orderedRowsNeeded`; the sampling error of total variation grows with the cells: 0.82 + 0.4 Σ√(h(1−h)) + 0.4. */
export function categoryRowsNeeded(cells: readonly DistanceCell[], margin: number): RowsNeeded {
  const { reference: m, current: n } = sizesOf(cells);
  const roots = cells.reduce((sum, { reference, current }) => {
    const h = (reference + current) / (m + n);
    return sum + Math.sqrt(h * (1 - h));
  }, 0);
  return rowsFor(totalVariation(cells).corrected, margin, 0.82 + 0.4 * roots + 0.4, m);
}

function rowsFor(estimate: number, margin: number, factor: number, reference: number): RowsNeeded {
  if (!(estimate < margin)) return undefined;
  // An estimate this small is noise around none.
  const effect = estimate < margin / 5 ? 0 : estimate;
  const square = ((margin - effect) / factor) ** 2;
  const rest = square - 1 / reference;
  return rest > 0 ? { current: Math.ceil(1 / rest) } : { reference: Math.ceil(1 / square) };
}

/**
 * Upper bound, at `level`, of the chance that a new row has a value which the sample of `rows` rows lacks: the share
 * of values that occurred once (Good 1953) plus (1 + √2)√(ln(2/δ)/rows), by the concentration of the missing mass
 * (McAllester & Ortiz 2003) and of Good's estimate (McDiarmid 1989). For open vocabularies: compare the unseen share
 * of current rows with it.
 */
export function missingMassBound(singletons: number, rows: number, level = 0.95): number {
  if (rows === 0) return 1;
  const error = (1 + Math.SQRT2) * Math.sqrt(Math.log(2 / (1 - level)) / rows);
  return Math.min(1, singletons / rows + error);
}
