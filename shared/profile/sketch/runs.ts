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

let room = { values: new Float64Array(0), counts: new Float64Array(0) };

/** The runs of ascending values, until this is called again; −0 becomes 0. */
export function runsOfSorted(sorted: Float64Array): Runs {
  const { length } = sorted;
  if (room.values.length < length)
    room = { values: new Float64Array(length), counts: new Float64Array(length) };
  const { values, counts } = room;
  let size = 0;
  for (let i = 0; i < length; ) {
    const value = sorted[i]!;
    const from = i++;
    while (i < length && sorted[i] === value) i++;
    values[size] = value + 0;
    counts[size++] = i - from;
  }
  return { values: values.subarray(0, size), counts: counts.subarray(0, size) };
}

/** Both together, `others` taken `weight` times: in place if `runs` has all values of the others. */
export function addedRuns(runs: Runs, others: Runs, weight = 1): Runs {
  const more = missingIn(runs.values, others.values);
  if (more === 0) {
    addInPlace(runs, others, weight);
    return runs;
  }
  const length = runs.values.length + more;
  const [values, counts] = [new Float64Array(length), new Float64Array(length)];
  const [own, other] = [runs.values, others.values];
  for (let i = 0, j = 0, to = 0; to < length; to++) {
    const isOwn = i < own.length && !(j < other.length && other[j]! < own[i]!);
    const value = isOwn ? own[i]! : other[j]!;
    let count = isOwn ? runs.counts[i++]! : 0;
    if (j < other.length && other[j] === value) count += others.counts[j++]! * weight;
    values[to] = value;
    counts[to] = count;
  }
  return { values, counts };
}

/** How many of the others there are not among the ascending values. */
function missingIn(values: Float64Array, others: Float64Array): number {
  const { length } = values;
  let missing = 0;
  for (let j = 0, i = 0; j < others.length; j++) {
    const value = others[j]!;
    while (i < length && values[i]! < value) i++;
    if (i === length || values[i] !== value) missing++;
  }
  return missing;
}

function addInPlace(runs: Runs, others: Runs, weight: number): void {
  const { values, counts } = runs;
  for (let j = 0, i = 0; j < others.values.length; j++) {
    const value = others.values[j]!;
    while (values[i]! < value) i++;
    counts[i] = counts[i]! + others.counts[j]! * weight;
  }
}

/** How many of the values are whole numbers. */
export function integersIn({ values, counts }: Runs): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (Math.floor(values[i]!) === values[i]) sum += counts[i]!;
  return sum;
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
