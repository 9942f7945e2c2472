/** Rows by cluster, numbered from 0 in the order of their first row. */
export interface Clusters {
  /** The cluster of each row. */
  readonly of: Int32Array;
  readonly count: number;
}

export function clustersOf(labels: readonly (string | number)[]): Clusters {
  const numbers = new Map<string | number, number>();
  const of = new Int32Array(labels.length);
  labels.forEach((label, row) => {
    let number = numbers.get(label);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(label, number);
    }
    of[row] = number;
  });
  return { of, count: numbers.size };
}
