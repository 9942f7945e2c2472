import { grouped } from '../problem/numbers.ts';

/** Four significant digits: enough to read, and the verdict's evidence has them all. */
export function show(value: number): string {
  return grouped(Number(value.toPrecision(4)));
}
