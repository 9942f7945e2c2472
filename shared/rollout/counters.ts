/** A counter at one instant. */
export interface Counter {
  /** A hash of its labels; empty if it has none, as a sum over all series. */
  readonly id: string;
  readonly value: number;
}

/** What a query has counted since the look before. */
export interface CounterGrowth {
  readonly grown: number;
  /** Did a sum over all series fall? Then nothing tells what of it is new. */
  readonly fell: boolean;
  /** Is there a series that was not there at the look before? */
  readonly strange: boolean;
  /** The last value of each series, by its id; also of those that are gone, for they may come back. */
  readonly last: Readonly<Record<string, number>>;
}

/** Series that are remembered, the newest: a process that was not scraped for a while comes back with what it had. */
const REMEMBERED = 2000;

/**
 * What is new in the series of a query, each by itself: if one falls, its process began again, and all that it shows is
 * new (Prometheus, "Counter resets"); one that is gone adds nothing. A sum over all series falls if one of them ends or
 * begins again, and tells neither which nor by how much.
 *
 * @param seen the last values of the look before, by the series' ids.
 * @param fresh did each series that is not among them begin at 0 since? Otherwise it is only what later looks are
 * measured against.
 */
export function counterGrowth(
  counters: readonly Counter[],
  seen: Readonly<Record<string, number>>,
  fresh: boolean,
): CounterGrowth {
  const present: Record<string, number> = {};
  let [grown, fell, strange] = [0, false, false];
  for (const { id, value } of counters) {
    const isKnown = Object.hasOwn(seen, id);
    const before = isKnown ? (seen[id] ?? 0) : fresh ? 0 : value;
    strange ||= !isKnown;
    grown += value >= before ? value - before : value;
    if (value < before && id === '') fell = true;
    present[id] = value;
  }
  const gone = Object.entries(seen).filter(([id]) => !Object.hasOwn(present, id));
  const last = Object.fromEntries([...gone, ...Object.entries(present)].slice(-REMEMBERED));
  return { grown, fell, strange, last };
}
