/**
 * The largest number, in absolute value, that is judged: what lies beyond is not a measurement but a fault, such as a
 * missing value's mark or an exploded model. Statistics need up to the third power of a squared error times a weight
 * (the skewness of weighted squares), of as many rows as there may be: 1e30^9 · 1e9 is still a double.
 */
export const LARGEST = 1e30;

/** Is it a finite number that can be judged? */
export function isJudgeable(value: number): boolean {
  // Not so of NaN.
  return Math.abs(value) <= LARGEST;
}

export const TOO_LARGE = 'is larger than 1e30, and cannot be judged';
