import { readFileSync } from 'node:fs';

/** Cases are arguments followed by the answer (or the two ends of the interval). */
type Cases = readonly (readonly number[])[];

export interface Oracle {
  readonly normalCdf: Cases;
  readonly normalQuantile: Cases;
  readonly studentCdf: Cases;
  readonly studentQuantile: Cases;
  readonly chiSquareSf: Cases;
  readonly betaQuantile: Cases;
  readonly lnChoose: Cases;
  readonly binomialCdf: Cases;
  readonly binomialUpperTail: Cases;
  readonly hypergeometricUpperTail: Cases;
  readonly hypergeometricLarge: Cases;
  readonly clopperPearson: Cases;
  readonly tango: Cases;
  readonly holm: { p: number[]; alpha: number; adjusted: number[]; rejected: boolean[] };
  readonly means: {
    name: string;
    values: number[];
    mean: number;
    variance: number;
    skewness: number;
    interval: [number, number];
  }[];
  readonly orderedTest: { reference: number[]; current: number[]; answer: [number, number, number] }[];
  readonly chiSquareTable: { table: [number, number][]; statistic: number };
  readonly random: { seed: number; uniform: number[]; below: Record<string, number[]> };
}

export const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/stats-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

/** The largest relative difference between `compute` and the last number of each case. */
export function worstCase(cases: Cases, compute: (...args: number[]) => number): number {
  let worst = 0;
  for (const row of cases) {
    const answer = row.at(-1)!;
    const got = compute(...row.slice(0, -1));
    const error = answer === 0 ? Math.abs(got) : Math.abs(got / answer - 1);
    if (!(error <= worst)) worst = error;
    if (Number.isNaN(error)) throw new Error(`${row} gave ${got}`);
  }
  return worst;
}
