export interface HolmResult {
  /** Adjusted p-values, in the order given: the smallest family-wise α at which each is rejected. */
  readonly adjusted: readonly number[];
  readonly rejected: readonly boolean[];
}

/**
 * Holm's (1979) step-down procedure: family-wise error at most `alpha` under any dependence.
 * Raises RangeError for a p-value outside [0, 1]; a test that could not be made belongs in as 1.
 */
export function holm(pValues: readonly number[], alpha: number): HolmResult {
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value is needed, not ${p}`);
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = largest;
  });
  return { adjusted, rejected: adjusted.map((p) => p <= alpha) };
}
