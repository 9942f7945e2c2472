import type { TypedValues } from './parquet-typed.ts';

/** 1 for each value of a page or dictionary of floats that is a null, which NaN is; undefined if none is. */
export function nansOf({ count, kind, others, numbers, cellAt }: TypedValues): Uint8Array | undefined {
  if (kind === 'number' && !others) return undefined;
  let nans: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    if ((kind === 'number' && !Number.isNaN(numbers[i]!)) || cellAt(i) !== null) continue;
    nans ??= new Uint8Array(count);
    nans[i] = 1;
  }
  return nans;
}

/** The values that are not nulls; the numbers take the room of those given. */
export function withoutNans(values: TypedValues, nans: Uint8Array): TypedValues {
  const { numbers, cellAt } = values;
  const places = Int32Array.from(nans.keys()).filter((place) => nans[place] === 0);
  const count = places.length;
  const rest = numbers.subarray(0, values.kind === 'number' ? count : 0);
  for (let i = 0; i < rest.length; i++) rest[i] = numbers[places[i]!]!;
  return {
    ...values,
    ...{ count, numbers: rest, others: rest.some(Number.isNaN) },
    cellAt: (index) => cellAt(places[index]!),
  };
}

/** The codes of values that are not nulls, in the room of those given. @param nans of the dictionary. */
export function codesWithoutNans(codes: Int32Array, nans: Uint8Array): Int32Array {
  let size = 0;
  for (const code of codes) if (nans[code] === 0) codes[size++] = code;
  return codes.subarray(0, size);
}

/** Marks the rows of nulls as without a value; how many they are. @param isNan of a value, by its place among those there. */
export function dropRows(present: Uint8Array, isNan: (index: number) => boolean): number {
  let dropped = 0;
  for (let row = 0, index = 0; row < present.length; row++) {
    if (present[row] === 0 || !isNan(index++)) continue;
    present[row] = 0;
    dropped++;
  }
  return dropped;
}
