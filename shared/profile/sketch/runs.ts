/** Different numbers in ascending order, and how often each occurred. */
export interface Runs {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

export interface ValueRun {
  readonly value: number;
  readonly count: number;
}

export const NO_RUNS: Runs = { values: new Float64Array(0), counts: new Float64Array(0) };

export function listOf({ values, counts }: Runs): ValueRun[] {
  return Array.from(values, (value, i) => ({ value, count: counts[i]! }));
}

/** Of a list in ascending order. */
export function runsOf(list: readonly ValueRun[]): Runs {
  return {
    values: Float64Array.from(list, ({ value }) => value),
    counts: Float64Array.from(list, ({ count }) => count),
  };
}

/** The runs beside the first `length` of ascending `items`, each of which stands for `weight` values. */
export function mergeRuns(runs: Runs, items: Float64Array, length: number, weight: number): Runs {
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
export function mostFrequent({ values, counts }: Runs, most: number, least: number): ValueRun[] {
  const top: ValueRun[] = [];
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
