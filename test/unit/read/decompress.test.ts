import { expect, test } from '@jest/globals';
import { growthOf } from '../../../shared/read/decompress.ts';

const MIB = 2 ** 20;

test('bytes are bounded by the size of their file, values without any by all that may be written', () => {
  const growth = growthOf('a.parquet', 1000, { maxDecompressed: 1000 * MIB });
  const [grow, other] = [growth('0/a'), growth('0/b')];
  expect(() => grow(10, 900 * MIB)).not.toThrow();
  expect(() => other(65 * MIB)).toThrow(/more than 1000 times its size.*without a dictionary/);
  expect(() => growth('0/c')(0, 100 * MIB)).toThrow(/more than 1,?000 MiB|more than 1048576000 bytes/);
  expect(() => growth('0/c')(0, 200 * MIB)).toThrow(/raise `max-decompressed`/);
});

test('some billions of values are enough for a small file', () => {
  const grow = growthOf('a.parquet', 1000)('0/a');
  grow(10, 2 ** 31);
  expect(() => grow(10, 1)).toThrow(/more than 1000 times its size/);
});

test('a part that is read again counts once', () => {
  const growth = growthOf('a.parquet', MIB, { maxDecompressed: 100 * MIB });
  for (let time = 0; time < 3; time++) growth('0/a')(60 * MIB);
  expect(() => growth('0/b')(60 * MIB)).toThrow(/more than/);
});
