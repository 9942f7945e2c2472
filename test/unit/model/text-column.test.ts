import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TextColumn, TextIndex } from '../../../shared/model/text-column.ts';

function columnOf(texts: readonly (string | null)[]): TextColumn {
  const column = new TextColumn();
  for (const text of texts) column.addText(text);
  return column;
}

test('a column gives back its texts without the spaces around, and nothing for nothing', () => {
  const column = columnOf([' a ', '', null, '   ', 'ä×漢', '1e3', '-0.5', 'NaN', '0x10']);
  column.pad(11);
  expect(Array.from({ length: column.rows }, (_, row) => column.text(row))).toEqual([
    ...['a', null, null, null, 'ä×漢', '1e3', '-0.5', 'NaN', '0x10', null, null],
  ]);
  expect([5, 6, 7, 8, 9].map((row) => column.number(row))).toEqual([1000, -0.5, NaN, NaN, NaN]);
});

test('texts are coded and found as a map would, however many there are', () => {
  const texts = fc.array(fc.option(fc.oneof(fc.nat(3000).map(String), fc.string()), { nil: null }), {
    maxLength: 3000,
    size: 'max',
  });
  fc.assert(
    fc.property(texts, texts, (mine, others) => {
      const trimmed = (text: string | null) => {
        const bytes = (text ?? '').replace(/^[\0- ]+|[\0- ]+$/g, '').trim();
        return bytes === '' ? null : bytes;
      };
      const known = mine.map(trimmed);
      const column = columnOf(known);
      const { names, codes } = column.coded();
      const index = new TextIndex();
      known.forEach((text, row) => {
        expect(codes[row] === -1 ? null : names[codes[row]!]).toBe(text);
        if (text !== null) expect(index.add(column, row)).toBe(known.indexOf(text));
      });
      const other = columnOf(others.map(trimmed));
      others.map(trimmed).forEach((text, row) => {
        if (text !== null) expect(index.find(column, other, row)).toBe(known.indexOf(text));
      });
    }),
    { seed: 1, numRuns: 12 },
  );
});
