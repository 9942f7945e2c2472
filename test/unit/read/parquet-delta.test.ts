import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readDelta } from '../../../shared/read/parquet-delta.ts';

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
const zigzag = (value: bigint): number[] =>
  varint(BigInt.asUintN(64, value < 0n ? -value * 2n - 1n : value * 2n));

/** Integers as Parquet's DELTA_BINARY_PACKED has them. */
function encoded(values: readonly bigint[], bits: 32 | 64, block: number, miniblocks: number): number[] {
  const bytes = [...varint(BigInt(block)), ...varint(BigInt(miniblocks))];
  bytes.push(...varint(BigInt(values.length)), ...zigzag(values[0] ?? 0n));
  const deltas = values.slice(1).map((value, i) => BigInt.asIntN(bits, value - (values[i] ?? 0n)));
  for (let from = 0; from < deltas.length; from += block) {
    const own = deltas.slice(from, from + block);
    const least = own.toSorted((a, b) => Number(a - b))[0] ?? 0n;
    const rests = own.map((delta) => BigInt.asUintN(64, delta - least));
    const per = block / miniblocks;
    const parts = Array.from({ length: miniblocks }, (_value, i) => rests.slice(i * per, (i + 1) * per));
    const widths = parts.map((part) =>
      Math.max(0, ...part.map((rest) => (rest === 0n ? 0 : rest.toString(2).length))),
    );
    bytes.push(...zigzag(least), ...widths);
    for (const [i, part] of parts.entries()) {
      const width = widths[i] ?? 0;
      const packed = part.reduce((sum, rest, at) => sum | (rest << BigInt(at * width)), 0n);
      const size = part.length === 0 ? 0 : (per * width) / 8;
      for (let at = 0; at < size; at++) bytes.push(Number((packed >> BigInt(8 * at)) & 255n));
    }
  }
  return bytes;
}

test.each([32, 64] as const)('integers of %i bits are read from their differences', (bits) => {
  const most = 2n ** BigInt(bits - 1);
  const integer = fc.oneof(
    fc.bigInt({ min: -most, max: most - 1n }),
    fc.bigInt({ min: -300n, max: 300n }),
    fc.constantFrom(-most, most - 1n, 0n),
  );
  const size = bits === 32 ? 1 : 2;
  fc.assert(
    fc.property(
      fc.array(integer, { minLength: 1, maxLength: 200 }),
      fc.constantFrom([128, 4], [32, 1], [64, 8]),
      fc.nat(3),
      (values, [block = 128, miniblocks = 4], before) => {
        const bytes = encoded(values, bits, block, miniblocks);
        const given = Uint8Array.from([...new Array<number>(before).fill(7), ...bytes, 9, 9]);
        const words = new Int32Array(size * values.length);
        expect(readDelta(given, before, values.length, size, words)).toBe(before + bytes.length);
        const found = bits === 32 ? Array.from(words, BigInt) : [...new BigInt64Array(words.buffer)];
        expect(found).toEqual(values);
      },
    ),
    { numRuns: 200, seed: 3 },
  );
});

test('what ends too soon, or claims what cannot be, is refused', () => {
  const bytes = encoded([1n, 900n, -5n, 2n ** 40n], 64, 32, 1);
  const into = new Int32Array(80);
  for (let length = 0; length < 20; length++)
    expect(() => readDelta(Uint8Array.from(bytes.slice(0, length)), 0, 4, 2, into)).toThrow('fewer values');
  expect(() => readDelta(Uint8Array.of(0, 0, 4, 0), 0, 4, 2, into)).toThrow('blocks of 0 values in 0 parts');
  expect(() =>
    readDelta(
      Uint8Array.from({ length: 20 }, () => 255),
      0,
      4,
      2,
      into,
    ),
  ).toThrow('without end');
});
