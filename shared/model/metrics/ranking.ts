/**
 * Metrics of ranked documents: each is the mean of one value a query. What depends on the order of documents with equal
 * scores is its mean over all their orders, save average precision, which counts equal scores as one step.
 */
import { type Metric, meanMetric } from '../metric.ts';
import type { RankingRows } from '../rows.ts';
import { rankOrder } from './order.ts';

/** Documents of one query, from the first ranked, in groups of equal scores. */
interface Ties {
  readonly size: number;
  readonly relevance: number;
  /** Documents that are relevant at all. */
  readonly hits: number;
}

const known = new WeakMap<Float64Array, Int32Array>();

/** The places of all documents by query, and within it from the highest of the values down; found once. */
function descendingByQuery({ offsets }: RankingRows, values: Float64Array): Int32Array {
  const found = known.get(values);
  if (found !== undefined) return found;
  const queryOf = new Int32Array(values.length);
  const next = Int32Array.from(offsets);
  for (let query = 0; query + 1 < offsets.length; query += 1)
    queryOf.fill(query, offsets[query]!, offsets[query + 1]!);
  const { places: order } = rankOrder(values);
  const sorted = new Int32Array(values.length);
  for (let k = order.length - 1; k >= 0; k -= 1) {
    const query = queryOf[order[k]!]!;
    sorted[next[query]!] = order[k]!;
    next[query]! += 1;
  }
  known.set(values, sorted);
  return sorted;
}

/** One value a query of its tied groups; NaN if no document of it is relevant. */
function ofQueries(rows: RankingRows, value: (ties: readonly Ties[], from: number, to: number) => number) {
  const { n, offsets, relevance, scores } = rows;
  const order = descendingByQuery(rows, scores);
  return Float64Array.from({ length: n }, (_, query) => {
    const [from, to] = [offsets[query]!, offsets[query + 1]!];
    const ties: { size: number; relevance: number; hits: number }[] = [];
    let hits = 0;
    for (let k = from; k < to; k += 1) {
      const place = order[k]!;
      if (k === from || scores[place] !== scores[order[k - 1]!])
        ties.push({ size: 0, relevance: 0, hits: 0 });
      const group = ties.at(-1)!;
      group.size += 1;
      group.relevance += relevance[place]!;
      if (relevance[place]! > 0) {
        group.hits += 1;
        hits += 1;
      }
    }
    return hits === 0 ? Number.NaN : value(ties, from, to);
  });
}

/**
 * Discounted cumulative gain of the first k documents over that of the best order (Järvelin and Kekäläinen 2002, with
 * relevance itself as the gain and log₂(rank + 1)); ties by McSherry and Najork (2008).
 */
export function ndcg(k = Infinity): Metric<RankingRows> {
  return ofRanking(`ndcg${at(k)}`, (rows) => {
    const longest = longestQuery(rows);
    const discounts = new Float64Array(longest + 1);
    // Sums of the discounts of the first ranks, so that a tied group takes the difference of two.
    for (let rank = 0; rank < longest; rank += 1)
      discounts[rank + 1] = discounts[rank]! + (rank < k ? 1 / Math.log2(rank + 2) : 0);
    const best = descendingByQuery(rows, rows.relevance);
    return ofQueries(rows, (ties, from, to) => {
      let gain = 0;
      let rank = 0;
      for (const { size, relevance } of ties) {
        gain += (relevance / size) * (discounts[rank + size]! - discounts[rank]!);
        rank += size;
      }
      let ideal = 0;
      for (let place = from; place < to && place - from < k; place += 1)
        ideal += rows.relevance[best[place]!]! / Math.log2(place - from + 2);
      // The best order is no better than 1, save by rounding.
      return Math.min(1, gain / ideal);
    });
  });
}

/** The mean over relevant documents of the share of relevant ones among those ranked as high or higher. */
const meanAveragePrecision = ofRanking('map', (rows) =>
  ofQueries(rows, (ties) => {
    let rank = 0;
    let found = 0;
    let total = 0;
    for (const { size, hits } of ties) {
      rank += size;
      found += hits;
      total += hits * (found / rank);
    }
    return total / found;
  }),
);

/** 1 over the rank of the first relevant document, 0 if that is beyond k. */
export function reciprocalRank(k = Infinity): Metric<RankingRows> {
  return ofRanking(`mrr${at(k)}`, (rows) =>
    ofQueries(rows, (ties) => {
      let rank = 0;
      for (const { size, hits } of ties) {
        if (hits > 0) return expectedReciprocal(rank, size, hits, k);
        rank += size;
      }
      return Number.NaN;
    }),
  );
}

/** The mean of 1/rank of the first of some relevant documents among tied ones that begin after `rank`. */
function expectedReciprocal(rank: number, size: number, hits: number, k: number): number {
  let mean = 0;
  // The chance that none of the places so far holds a relevant document.
  let none = 1;
  for (let place = 0; place <= size - hits && rank + place < k; place += 1) {
    const chance = hits / (size - place);
    mean += (none * chance) / (rank + place + 1);
    none *= 1 - chance;
  }
  return mean;
}

/** The share of the relevant documents that are among the first k. */
export function recallAt(k: number): Metric<RankingRows> {
  return ofRanking(`recall${at(k)}`, (rows) =>
    ofQueries(rows, (ties) => {
      let rank = 0;
      let within = 0;
      let all = 0;
      for (const { size, hits } of ties) {
        within += hits * Math.min(1, Math.max(0, k - rank) / size);
        all += hits;
        rank += size;
      }
      return within / all;
    }),
  );
}

function ofRanking(name: string, items: (rows: RankingRows) => Float64Array): Metric<RankingRows> {
  const undefinedWhere = 'a query has no relevant document';
  return meanMetric<RankingRows>(
    { name, tasks: ['ranking'], better: 'higher', needs: ['score'], undefinedWhere, range: [0, 1] },
    items,
  );
}

function at(k: number): string {
  return k === Infinity ? '' : `@${k}`;
}

function longestQuery({ offsets }: RankingRows): number {
  let longest = 0;
  for (let query = 0; query + 1 < offsets.length; query += 1)
    longest = Math.max(longest, offsets[query + 1]! - offsets[query]!);
  return longest;
}

export const RANKING_METRICS = [
  ndcg(),
  ndcg(10),
  meanAveragePrecision,
  reciprocalRank(),
  recallAt(10),
] as readonly Metric[];
