import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cellValue, isValueText, valueText } from '../../../shared/read/same-value.ts';

describe('cells are the same value', () => {
  test.each([
    ['true', ['True', 'TRUE', 'tRue', ' true ', 'true\r']],
    ['false', ['False', 'FALSE']],
    ['1', ['1.0', '1.', '+1', '1e0', '1E0', '1.000000000000000000e+00', ' 1', '1\t']],
    ['0', ['0.0', '-0', '0.', '-0.0', '0e0', '0.000000000000000000e+00']],
    ['-1', ['-1.0', '-1.', '-1e0']],
    ['10', ['1e1', '1.0E+01', '10.000']],
    ['0.1', ['.1', '+0.10', '1e-1', '1.000000000000000056e-01']],
    ['9007199254740993', ['9007199254740993.0', '9.007199254740993e+15', '9.007199254740993000e15']],
    ['1000000000000000000000', ['1e+21', '1e21']],
    ['yes', [' yes', 'yes  ', 'yes\n']],
  ])('%s, however it is written', (one, others) => {
    for (const other of others) expect(valueText(other)).toBe(one);
    expect(valueText(one)).toBe(one);
  });

  test.each([
    ['7', '007'],
    ['1', '01'],
    ['0', '00'],
    ['1', '-1'],
    ['yes', 'Yes'],
    ['yes', 'ja'],
    ['9007199254740992', '9007199254740993'],
    ['9007199254740992', '9007199254740993.0'],
    ['0.1', '0.2'],
    // Hexadecimal ids, versions and dates are not numbers.
    ['12e4', '120000'],
    ['1230e56', '123e057'],
    ['1.0.0', '1.0'],
    ['1e0001', '10'],
    ['1_0', '10'],
    ['0x1', '1'],
    ['y e s', 'yes'],
  ])('or not: %s and %s', (one, other) => {
    expect(valueText(one)).not.toBe(valueText(other));
  });

  test('of typed cells as of texts', () => {
    expect([true, false, 1, 1.5, 1e21, 'True', ' 1.0 '].map(cellValue)).toEqual([
      ...['true', 'false', '1', '1.5', '1000000000000000000000', 'true', '1'],
    ]);
    expect([null, '', '  '].map(cellValue)).toEqual([null, null, null]);
  });

  test('and overflowing numbers stay texts', () => {
    expect(valueText('1e400')).toBe('1e400');
    expect(valueText('9e999')).toBe('9e999');
    expect(valueText('1e308')).toBe('1e308');
  });
});

const digits = fc.stringMatching(/^[0-9.eE+-]{0,8}$/);

test('a value’s spelling is its own, and what is said of bytes is so', () => {
  const texts = fc.oneof(
    fc.string(),
    digits,
    fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
    fc.constantFrom('True', 'tRUE', 'FALSE', 'tree', 'Fals', 'true', 'TRUEs'),
    fc.bigInt().map(String),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const value = valueText(text);
      expect(valueText(value)).toBe(value);
      const bytes = Buffer.from(text);
      if (text.length > 0 && !/^[\0- ]|[\0- ]$/.test(text) && isValueText(bytes, 0, bytes.length))
        expect(value).toBe(text);
    }),
    { seed: 2, numRuns: 3000 },
  );
});

test('a double is the same value in every notation that programs give it', () => {
  const doubles = fc.double({ noDefaultInfinity: true, noNaN: true });
  fc.assert(
    fc.property(doubles, (value) => {
      const one = valueText(String(value));
      expect(valueText(value.toExponential())).toBe(one);
      if (Math.abs(value) < 1e15 && Number.isInteger(value)) expect(valueText(value.toFixed(1))).toBe(one);
    }),
    { seed: 3, numRuns: 1000 },
  );
});
