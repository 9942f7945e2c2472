/** Bounds from resamples: BCa, widened for few units. */

import { grouped } from '../problem/numbers.ts';
import { normalCdf, normalQuantile, studentQuantile } from './special.ts';
import type { Resamples } from './statistic.ts';

export interface ResampledBounds {
  readonly estimate: number;
  /** One-sided bounds, each at error rate `alpha`; null if there are none. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** From the resamples, or from the jackknife if there are none. */
  readonly standardError?: number;
  readonly n: number;
  readonly units: number;
  readonly draws: number;
  /** Draws in which the contrast was undefined. */
  readonly undefinedDraws: number;
  /** Degrees of freedom of the standard error, 2·units/(kurtosis − 1) of the influences. */
  readonly df: number;
  readonly method: string;
  /** Why one of them, or both, are missing. */
  readonly none?: string;
}

/** What is judged: by default the difference; such as (c, p) => c − 0.98 · p for a relative margin. */
export type Contrast = (candidate: number, production: number) => number;

/** Share of undefined draws above which the others say nothing of the rows. */
const MAX_UNDEFINED = 0.1;
/** Fewer draws than this beyond a bound do not place it. */
const TAIL_DRAWS = 10;
/** With fewer units, or degrees of freedom, than this there are no bounds. */
export const LEAST_UNITS = 30;
export const LEAST_DF = 20;
/** A bound on the side of a tail with more than this |skewness|/√units of the influences does not keep its level. */
export const MOST_TAIL_ASYMMETRY = 0.1;
/** Values that differ by less than this share of their size differ by rounding. */
const ROUNDING = 1e-9;

/**
 * One-sided bounds of a contrast of the metrics: bias-corrected and accelerated (Efron 1987, eq. 2.3) with the
 * acceleration of the jackknife, at the normal level of Student's t for the degrees of freedom that the influences
 * leave, times √(units/(units − 1)) (the expanded percentiles of Hesterberg 2015): without it bounds of few units, or
 * of few that matter, are too narrow. A metric without draws has estimate ± t·standard error, corrected for skewness.
 *
 * Bounds that are known not to keep their level are not given: of fewer than 30 units or 20 degrees of freedom, of a
 * metric that is undefined in some resamples, and of a level that fewer than 10 draws lie beyond. If a few large
 * influences on one side make the skewness, the bound on that side is left out, for more of them may not have been drawn.
 */
export function resampledBounds(
  resamples: Resamples,
  alpha: number,
  contrast: Contrast = (candidate, production) => candidate - production,
): ResampledBounds {
  const { common, none, unsure, shape, standardError, ends } = placed(resamples, alpha, contrast);
  if (none !== undefined) return { ...common, lower: null, upper: null, method: resamples.method, none };
  const method = `${resamples.method}, ${resamples.draws === 0 ? 'normal' : 'BCa'}`;
  if (unsure !== undefined)
    return { ...common, lower: null, upper: null, standardError, method, none: unsure };
  return { ...common, standardError, method, ...withoutTail(ends(), 6 * shape.acceleration, resamples) };
}

/** The same ends, given also if they are known not to keep their level: what the guards are measured against. */
export function unguardedEnds(resamples: Resamples, alpha: number, contrast: Contrast) {
  const { none, ends } = placed(resamples, alpha, contrast);
  return none === undefined ? ends() : undefined;
}

function placed(resamples: Resamples, alpha: number, contrast: Contrast) {
  const { candidate, production, drawn, n, units, draws } = resamples;
  const estimate = contrast(candidate, production);
  const sorted = drawn.candidate
    .map((value, i) => contrast(value, drawn.production[i]!))
    .filter((value) => !Number.isNaN(value))
    .sort();
  const shape = influences(resamples, contrast);
  const common = { estimate, n, units, draws, undefinedDraws: draws - sorted.length, df: shape.df };
  const standardError = draws === 0 ? shape.standardError : deviation(sorted);
  const reach = -studentQuantile(alpha, shape.df) * Math.sqrt(units / (units - 1));
  const isPlaced = draws === 0 || sorted.length * normalCdf(-reach) >= TAIL_DRAWS;
  // Not of resamples that are all undefined.
  const ends = () =>
    (draws === 0 ? undefined : bcaEnds(sorted, estimate, shape.acceleration, reach)) ??
    studentEnds(estimate, standardError, shape.acceleration, reach);
  const none = whyNone(common, sorted, shape);
  return { common, none, unsure: whyUnsure(common, isPlaced), shape, standardError, ends };
}

/** Bounds without that on the side of a visible tail. @param asymmetry skewness/√units of the influences. */
export function withoutTail(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  asymmetry: number,
  { units, method }: Pick<Resamples, 'units' | 'method'>,
  most = MOST_TAIL_ASYMMETRY,
): Pick<ResampledBounds, 'lower' | 'upper' | 'none'> {
  if (Math.abs(asymmetry) <= most) return { lower, upper };
  const unit = /\bclusters\b/.test(method) ? 'clusters' : 'rows';
  const none = `a few of ${grouped(units)} ${unit} make most of the spread, and how many such ${unit} there are cannot be told from so few`;
  return asymmetry < 0 ? { lower: null, upper, none } : { lower, upper: null, none };
}

type Known = Pick<ResampledBounds, 'estimate' | 'units' | 'draws' | 'undefinedDraws' | 'df'>;

function whyNone({ estimate, units, draws, undefinedDraws }: Known, sorted: Float64Array, shape: Influences) {
  if (Number.isNaN(estimate)) return 'undefined on these rows';
  if (units < 2) return `${units} of units cannot show how much they vary`;
  if (undefinedDraws > MAX_UNDEFINED * draws && draws > 0) {
    return `undefined in ${Math.round((100 * undefinedDraws) / draws)} % of the resamples`;
  }
  const spread = draws === 0 ? shape.standardError : sorted.at(-1)! - sorted[0]!;
  return spread > ROUNDING * Math.abs(estimate) ? undefined : 'the resamples do not vary';
}

function whyUnsure({ units, undefinedDraws, df }: Known, placed: boolean): string | undefined {
  if (units < LEAST_UNITS)
    return `only ${grouped(units)} rows or clusters to resample, and at least ${LEAST_UNITS} are needed`;
  if (df < LEAST_DF)
    return `the figure rests on about ${Math.max(1, Math.round(df / 2))} rows or clusters, which is too few`;
  if (undefinedDraws > 0) return `undefined in ${undefinedDraws} resamples`;
  return placed ? undefined : 'so few draws cannot place a bound at this level (input draws)';
}

function deviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

interface Influences {
  readonly acceleration: number;
  readonly df: number;
  /** Of the jackknife. */
  readonly standardError: number;
}

/** Shape of the jackknife's influences, centred within strata. */
function influences({ without, units }: Resamples, contrast: Contrast): Influences {
  const { candidate, production, times, stratum } = without;
  const values = candidate.map((value, i) => contrast(value, production[i]!));
  const strata = stratum === undefined ? 1 : Math.max(...stratum) + 1;
  const means = new Float64Array(strata);
  const sizes = new Float64Array(strata);
  values.forEach((value, i) => {
    // If the metric needs the one row that is left out, nothing is known of its influence.
    if (Number.isNaN(value)) return;
    const s = stratum?.[i] ?? 0;
    sizes[s]! += times[i]!;
    means[s]! += (times[i]! * (value - means[s]!)) / sizes[s]!;
  });
  let [total, squares, cubes, fourths] = [0, 0, 0, 0];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const deviance = means[stratum?.[i] ?? 0]! - value;
    total += times[i]!;
    squares += times[i]! * deviance ** 2;
    cubes += times[i]! * deviance ** 3;
    fourths += times[i]! * deviance ** 4;
  });
  const kurtosis = (total * fourths) / squares ** 2;
  const df = Math.min(total - 1, (2 * total) / Math.max(kurtosis - 1, 1e-9));
  // Groups of units have influences that are nearly normal: theirs says little of how many units matter.
  const grouped = total < units;
  return {
    acceleration: squares > 0 ? cubes / (6 * squares ** 1.5) : 0,
    df: squares > 0 ? Math.max(1, grouped ? total - 1 : df) : 1,
    standardError: Math.sqrt(((total - 1) / total) * squares),
  };
}

/** Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
function quantile(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (position - below);
}

/**
 * Student's bounds, that on the side of the longer tail farther by what skewness moves the distribution of t (Hall 1992,
 * eq. 3.6 of chapter 3: γ(2t² + 1)/(6√n), which is acceleration·(2t² + 1)); the other one is not drawn nearer.
 */
function studentEnds(estimate: number, standardError: number, acceleration: number, reach: number) {
  const shift = acceleration * (2 * reach * reach + 1);
  return {
    lower: estimate - (reach + Math.max(0, -shift)) * standardError,
    upper: estimate + (reach + Math.max(0, shift)) * standardError,
  };
}

/** undefined if all draws lie on one side of the estimate, or the correction turns back on itself. */
function bcaEnds(sorted: Float64Array, estimate: number, acceleration: number, reach: number) {
  let below = 0;
  const noise = ROUNDING * Math.abs(estimate);
  for (const value of sorted) below += value < estimate - noise ? 1 : value <= estimate + noise ? 0.5 : 0;
  const bias = normalQuantile(below / sorted.length);
  const end = (distance: number) => {
    const z = bias + distance;
    const factor = 1 - acceleration * z;
    return factor > 0 ? quantile(sorted, normalCdf(bias + z / factor)) : Number.NaN;
  };
  const ends = { lower: end(-reach), upper: end(reach) };
  return Number.isNaN(ends.lower) || Number.isNaN(ends.upper) ? undefined : ends;
}
