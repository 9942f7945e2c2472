import type { VerdictSource } from '../verdict/verdict.ts';
import { SUMMARY_BYTES, SUMMARY_RESERVE_BYTES } from './limits.ts';

export interface SummaryOptions {
  /** Bytes of UTF-8, at least `SMALLEST_BUDGET`; default is GitHub's limit less a reserve. */
  readonly budget?: number;
  /** The mark of the title’s level, by default `##`. */
  readonly heading?: string;
  /** The answer, and that it is only observed, are said above. */
  readonly isAnswered?: boolean;
  /** Where the full report is, named at the end. */
  readonly reportPath?: string;
  /** Where the run took place, if no verdict says it. */
  readonly source?: VerdictSource | undefined;
}

export const SMALLEST_BUDGET = 4096;

/** The budget in bytes. @throws RangeError if it is too small to say anything. */
export function checkedBudget({ budget = SUMMARY_BYTES - SUMMARY_RESERVE_BYTES }: SummaryOptions): number {
  if (budget >= SMALLEST_BUDGET) return budget;
  throw new RangeError(`a summary needs a budget of at least ${SMALLEST_BUDGET} bytes, not ${budget}`);
}

export function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Fills a text with as many of the rows as the budget allows; `text` is given how many more there are. */
export function rowsThatFit(
  text: (shown: readonly string[][], more: number) => string,
  rows: readonly string[][],
  budget: number,
): string {
  const all = text(rows, 0);
  if (bytes(all) <= budget) return all;
  let fits = 0;
  let tooMany = rows.length;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (bytes(text(rows.slice(0, middle), rows.length - middle)) <= budget) fits = middle;
    else tooMany = middle;
  }
  return text(rows.slice(0, fits), rows.length - fits);
}
