import { type Bootstrap, bootstrap } from '../stats/bootstrap.ts';
import { type Bounds, ROUNDING, type Sampling, TWO_SIDED, WEAK_UNITS, Z_LEVEL } from './interval.ts';
import { rarestLabel, type ScoredRows } from './rows.ts';

/** Share of resamples without a value above which the others say nothing about the rows. */
const MAX_UNDEFINED = 0.1;

/**
 * Bounds by the seeded bootstrap (BCa) of a statistic of counted rows. Whole clusters are drawn where rows depend on
 * each other. The seed comes from the rows' digest, so that the same rows give the same bounds.
 *
 * @param rows marked weak where they are few, or few have one of the labels.
 * @param statistic of row i counted `counts[i]` times; NaN where undefined. The array is used again.
 */
export function bootstrapBounds(
  rows: ScoredRows,
  sampling: Sampling,
  statistic: (counts: Float64Array) => number,
): Bounds {
  const counts = new Float64Array(rows.n);
  const { clusters, draws } = sampling;
  const found = bootstrap({
    items: rows.n,
    statistic: (indices) => {
      counts.fill(0);
      for (const index of indices) counts[index]! += 1;
      return statistic(counts);
    },
    // The first 32 bits of the SHA-256.
    seed: Number.parseInt(
      sampling
        .digest()
        .replace(/^sha256:/, '')
        .slice(0, 8),
      16,
    ),
    draws,
    level: TWO_SIDED,
    ...(clusters === undefined ? {} : { clusters }),
  });
  const { estimate, interval, units, undefinedDraws } = found;
  const common = { method: `${found.method}, seeded by the test set’s digest`, estimate, units };
  const none = whyNone(found, undefinedDraws / draws);
  if (interval === null || none !== undefined) {
    return { ...common, lower: null, upper: null, none: none ?? 'undefined in every resample' };
  }
  const weak = weakness(units, rarestLabel(rows), undefinedDraws);
  const [lower, upper] = interval;
  return {
    ...common,
    lower,
    upper,
    standardError: (upper - lower) / (2 * Z_LEVEL),
    ...(weak === undefined ? {} : { weak }),
  };
}

function whyNone({ interval, units, estimate }: Bootstrap, undefinedShare: number): string | undefined {
  if (units < 2) return `${units} of clusters cannot show how much they vary`;
  if (undefinedShare > MAX_UNDEFINED)
    return `undefined in ${Math.round(100 * undefinedShare)} % of the resamples`;
  if (interval !== null && !(interval[1] - interval[0] > ROUNDING * Math.abs(estimate)))
    return 'the resamples do not vary';
  return undefined;
}

function weakness(units: number, rarest = units, undefinedDraws = 0): string | undefined {
  if (units < WEAK_UNITS) return `weak: only ${units} rows or clusters to resample`;
  // With few rows of one label, as few numbers decide: of 10 positives among 100, the bound of an AUC misses in 11 %.
  if (rarest < WEAK_UNITS) return `weak: only ${rarest} rows have the rarest label`;
  return undefinedDraws > 0 ? `weak: undefined in ${undefinedDraws} resamples` : undefined;
}
