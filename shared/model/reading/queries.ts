/** Documents grouped by the query that they answer. */
import type { Field, JoinedFields } from '../fields.ts';
import type { RankingRows } from '../rows.ts';

/** Documents by query. */
export interface DocumentQueries {
  /** The first document's place of each query, in the order in which queries come. */
  readonly firsts: Int32Array;
  readonly offsets: Int32Array;
  /** Places of all documents, query by query. */
  readonly places: Int32Array;
}

/**
 * Groups documents by query. A query with a fault in any document, or without a relevant one, is left out whole, for its
 * order says nothing; so is one whose documents do not agree in what is said of the query (weight, cluster).
 *
 * @throws UserError if no query is left.
 */
export function queriesOf(
  fields: JoinedFields,
  query: Field,
  label: Field,
  agreeing: readonly Field[],
): DocumentQueries {
  const documents = new Map<string, number[]>();
  query.cells.forEach((cell, place) => {
    if (cell === null) return;
    const known = documents.get(cell);
    if (known === undefined) documents.set(cell, [place]);
    else known.push(place);
  });
  for (const places of documents.values()) {
    const [first = 0] = places;
    if (places.every((place) => !(Number(label.cells[place]) > 0)))
      fields.fault(
        'labels',
        label,
        first,
        'belongs to a query without a relevant document, so the metrics of the query are undefined',
      );
    for (const field of agreeing) {
      const other = places.find((place) => field.cells[place] !== field.cells[first]);
      if (other !== undefined)
        fields.fault('values', field, other, 'differs from that of another document of the same query');
    }
  }
  const sound = new Uint8Array(query.cells.length);
  for (const place of fields.sound()) sound[place] = 1;
  const kept = [...documents.values()].filter((places) => places.every((place) => sound[place] === 1));
  if (kept.length === 0) {
    throw fields.nothing();
  }
  const offsets = new Int32Array(kept.length + 1);
  kept.forEach((places, i) => {
    offsets[i + 1] = offsets[i]! + places.length;
  });
  return {
    firsts: Int32Array.from(kept, ([first = 0]) => first),
    offsets,
    places: Int32Array.from(kept.flat()),
  };
}

/** Those of the queries that begin at the places. */
export function ofFirsts({ firsts, offsets, places }: DocumentQueries, kept: Int32Array): DocumentQueries {
  if (kept.length === firsts.length) return { firsts, offsets, places };
  const wanted = new Set(kept);
  const found = [...firsts.keys()].filter((query) => wanted.has(firsts[query]!));
  const documents = found.map((query) => [...places.subarray(offsets[query], offsets[query + 1])]);
  const ends = Int32Array.of(0, ...documents.map(({ length }) => length));
  for (let i = 1; i < ends.length; i += 1) ends[i]! += ends[i - 1]!;
  return { firsts: kept, offsets: ends, places: Int32Array.from(documents.flat()) };
}

/** The documents of the queries with the scores of one model. */
export function rankingRows(
  { offsets, places, firsts }: DocumentQueries,
  relevance: Float64Array,
  scores: Float64Array,
): RankingRows {
  const pick = (values: Float64Array) => Float64Array.from(places, (place) => values[place]!);
  return { task: 'ranking', n: firsts.length, offsets, relevance: pick(relevance), scores: pick(scores) };
}
