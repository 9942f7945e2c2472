/** Bits of a digit of the radix sort, and the digits of a double: three of each of its words. */
const BITS = 11;
const BUCKETS = 1 << BITS;
const DIGITS = 6;

/** Below this many values the engine's own sort is as fast. */
const FEW = 500;

/**
 * The places of the values from the smallest to the largest, equal values in the order given: a radix sort of the
 * bits, O(n). Raises RangeError for NaN; −0 equals 0.
 */
export function ascending(values: Float64Array): Uint32Array {
  const n = values.length;
  const { low, high } = orderedBits(values);
  if (n < FEW) return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  let from = new Uint32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  let to = new Uint32Array(n);
  const starts = new Uint32Array(BUCKETS);
  for (let digit = 0; digit < DIGITS; digit++) {
    const word = digit < 3 ? low : high;
    const shift = BITS * (digit % 3);
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[(word[i]! >>> shift) & (BUCKETS - 1)]! += 1;
    if (starts[(word[0]! >>> shift) & (BUCKETS - 1)] === n) continue;
    let total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = starts[bucket]!;
      starts[bucket] = total;
      total += count;
    }
    for (let k = 0; k < n; k++) {
      const place = from[k]!;
      const bucket = (word[place]! >>> shift) & (BUCKETS - 1);
      to[starts[bucket]!++] = place;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** The two words of each double: the sign bit turned for positive numbers, all bits for negative ones; −0 is 0. */
function orderedBits(values: Float64Array): { low: Uint32Array; high: Uint32Array } {
  const n = values.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const one = new Float64Array(1);
  const words = new Uint32Array(one.buffer);
  const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  const [lowAt, highAt] = littleEndian ? ([0, 1] as const) : ([1, 0] as const);
  for (let i = 0; i < n; i++) {
    one[0] = values[i]! + 0;
    if (Number.isNaN(one[0])) throw new RangeError(`value ${i} is not a number`);
    const top = words[highAt]!;
    const negative = top >>> 31 === 1;
    low[i] = negative ? ~words[lowAt]! : words[lowAt]!;
    high[i] = negative ? ~top : top | 0x80000000;
  }
  return { low, high };
}
