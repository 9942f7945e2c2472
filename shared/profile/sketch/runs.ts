import { type Cells, COMMON, GROUP_ROWS, MAX_GROUPS } from '../profile.ts';

/** Different numbers in ascending order, and how often each occurred. */
export interface Runs {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

export interface Run {
  readonly value: number;
  readonly count: number;
}

export const NO_RUNS: Runs = { values: new Float64Array(0), counts: new Float64Array(0) };

export function listOf({ values, counts }: Runs): Run[] {
  return Array.from(values, (value, i) => ({ value, count: counts[i]! }));
}

/** The runs beside the first `length` of ascending `items`, each of which stands for `weight` values. */
export function merged(runs: Runs, items: Float64Array, length: number, weight: number): Runs {
  const most = runs.values.length + length;
  const values = new Float64Array(most);
  const counts = new Float64Array(most);
  let size = 0;
  const add = (value: number, count: number): void => {
    if (size > 0 && values[size - 1] === value) counts[size - 1]! += count;
    else {
      values[size] = value;
      counts[size++] = count;
    }
  };
  let at = 0;
  for (let i = 0; i < runs.values.length; i++) {
    const value = runs.values[i]!;
    while (at < length && items[at]! < value) add(items[at++]!, weight);
    add(value, runs.counts[i]!);
  }
  while (at < length) add(items[at++]!, weight);
  return { values: values.subarray(0, size), counts: counts.subarray(0, size) };
}

/** The `most` most frequent ones of those that are more frequent than `least`; of equals the smaller one first. */
export function mostFrequent({ values, counts }: Runs, most: number, least: number): Run[] {
  const top: Run[] = [];
  for (let i = 0; i < values.length; i++) {
    const count = counts[i]!;
    if (count <= least || (top.length === most && count <= top[most - 1]!.count)) continue;
    let at = Math.min(top.length, most - 1);
    while (at > 0 && top[at - 1]!.count < count) at--;
    top.splice(at, 0, { value: values[i]!, count });
    top.length = Math.min(top.length, most);
  }
  return top;
}

/** Cells by cut points at quantiles, as `cutCells` of profile/cells.ts makes them of a list. */
export function cutCellsOf({ values, counts }: Runs): Extract<Cells, { kind: 'cuts' }> {
  let rows = 0;
  for (let i = 0; i < counts.length; i++) rows += counts[i]!;
  const groups = Math.min(MAX_GROUPS, Math.max(1, Math.floor(rows / GROUP_ROWS)));
  const cuts: number[] = [];
  const cells: number[] = [];
  let below = 0;
  let told = 0;
  let next = 1;
  let bound = rows / groups;
  for (let i = 0; i < values.length; i++) {
    below += counts[i]!;
    if (below < bound || next >= groups) continue;
    // The largest value is a cut only where it is common, so that no extreme of one row is told.
    if (i < values.length - 1 || counts[i]! >= COMMON) {
      cuts.push(values[i]!);
      cells.push(below - told);
      told = below;
    }
    next = Math.floor((below * groups) / rows) + 1;
    bound = (next * rows) / groups;
  }
  return { kind: 'cuts', cuts, counts: [...cells, rows - told] };
}
