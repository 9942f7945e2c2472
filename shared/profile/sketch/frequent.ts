/** Different texts of a column that are told apart; beyond them sketches answer. */
export const EXACT_TEXTS = 32_768;
/** Different numbers of a column that are told apart. */
export const EXACT_NUMBERS = 20_480;
/** Values of a column that a sketch of the frequent ones holds, at most. */
export const FREQUENT = 2048;

/**
 * What is taken off all counts so that at most half of the sketch's places stay in use: the (FREQUENT / 2 + 1)-th
 * largest count. Each such step takes it off that many values at once, so that no count is short by more than
 * 2/FREQUENT of all values: 0.1 % (Misra & Gries 1982; its kin Space-Saving, see Agarwal et al. 2013).
 */
export function reduction(counts: Float64Array, size: number): number {
  const kept = FREQUENT / 2;
  if (size > kept && countAboveOne(counts, size) <= kept) return 1;
  const sorted = counts.slice(0, size).sort();
  return sorted[size - kept - 1] ?? 0;
}

function countAboveOne(counts: Float64Array, size: number): number {
  let above = 0;
  for (let i = 0; i < size; i++) if (counts[i]! > 1) above++;
  return above;
}
