import { readFileSync } from 'node:fs';

export interface PairsOracle {
  readonly auc: {
    positive: number[];
    candidate: number[];
    production: number[];
    clusters: number[];
    answer: [number, number, number];
    clustered: number;
  }[];
  readonly ratio: [number, number, number, number, number, number][];
  readonly betting: {
    values: number[];
    low: number;
    high: number;
    alpha: number;
    seed: number;
    answer: [number, number];
  }[];
  readonly bca: {
    truth: number[];
    candidate: number[];
    production: number[];
    alpha: number;
    df: number;
    standardError: number;
    answer: [number, number];
  }[];
  readonly jeffreys: [number, number, number, number, number][];
}

export const pairsOracle = JSON.parse(
  readFileSync(new URL('../../fixtures/stats-pairs-oracle.json', import.meta.url), 'utf8'),
) as PairsOracle;
