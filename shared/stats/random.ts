import { mersenne } from 'pure-rand/generator/mersenne';

/**
 * A seeded stream of random numbers: the Mersenne Twister (Matsumoto & Nishimura 1998), the same on every platform
 * and the same as NumPy's `RandomState(seed)`, so that any figure can be checked outside.
 */
export interface Random {
  /** Uniform on [0, 1), 53 bits (`random_sample`). */
  uniform(): number;
  /** A whole number in [0, n), exactly uniform; 1 ≤ n ≤ 2³² (`randint`). */
  below(n: number): number;
  fillUniform(into: Float64Array): Float64Array;
  fillBelow(into: Int32Array, n: number): Int32Array;
  /** A random permutation in place (Fisher–Yates). */
  shuffle(items: Int32Array): Int32Array;
}

/** @param seed a whole number in [0, 2³²). Raises RangeError for any other. */
export function randomFrom(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`a seed is a whole number from 0 to 2^32 - 1, not ${seed}`);
  }
  const generator = mersenne(seed);

  function uniform(): number {
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  function below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`below(n) needs 1 <= n <= 2^32, not ${n}`);
    if (n === 1) return 0;
    const mask = 0xff_ff_ff_ff >>> Math.clz32(n - 1);
    for (;;) {
      const value = (generator.next() & mask) >>> 0;
      if (value < n) return value;
    }
  }

  return {
    uniform,
    below,
    fillUniform(into) {
      for (let i = 0; i < into.length; i++) into[i] = uniform();
      return into;
    },
    fillBelow(into, n) {
      for (let i = 0; i < into.length; i++) into[i] = below(n);
      return into;
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const kept = items[i]!;
        items[i] = items[j]!;
        items[j] = kept;
      }
      return items;
    },
  };
}
