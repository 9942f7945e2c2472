import { describe, expect, test } from '@jest/globals';
import { listViolations } from '../../../actions/validate-data/violations.ts';
import type { Files } from '../../../shared/ports/ports.ts';

/** The last field of the one line that is written for a value. */
async function written(value: string, column = 'x'): Promise<string> {
  let csv = '';
  const files = {
    writeReport: async (_name: string, content: string) => {
      csv = content;
      return '';
    },
  } as unknown as Files;
  const location = { file: 'a.csv', line: 2, value };
  const check = {
    id: 'column.enum',
    target: { column },
    status: 'fail' as const,
    message: '',
    locations: [location],
  };
  await listViolations([check], 5, { files });
  return csv;
}

const cellOf = (csv: string) => /a\.csv,2,,,([\s\S]*)\r\n$/.exec(csv)?.[1];

describe('a spreadsheet runs nothing of violations.csv', () => {
  test.each([
    '=1+1',
    '+1+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\ttext',
    '  =1',
    '\u00a0=1',
    '\u3000=1',
    '\ufeff=1',
    '\u200b=1',
    '"=1',
    "'=1",
    '" =1',
    '＝1+1',
    '＋1',
    '－1+1',
    '＠x',
    "-2+3+cmd|' /C calc'!A0",
    '-Infinity',
    '--5',
    '+-5',
    '-',
  ])('%j', async (value) => {
    const found = cellOf(await written(value))?.replace(/^"|"$/g, '');
    expect(found?.startsWith("'")).toBe(true);
  });

  test('after what may be taken for a separator, either', async () => {
    expect(cellOf(await written('a;=1'))).toBe(`"a;'=1"`);
    expect(cellOf(await written('a\n=1'))).toBe(`"a\n'=1"`);
    expect(cellOf(await written('a,"=1'))).toBe(`"a,'""=1"`);
    expect(cellOf(await written('a\t@x'))).toBe(`"a\t'@x"`);
  });

  test('from the name of a column', async () => {
    expect(await written('x', '=cmd|A0')).toContain(`column.enum,"'=cmd|A0",a.csv`);
  });

  test.each(['-5', '+3', '-1.5', '-1e5', '-.5', '5', '1-2', 'a=b', 'e-mail@example.org', '2026-01-05'])(
    '%j stays as it is',
    async (value) => {
      expect(cellOf(await written(value))).toBe(value);
    },
  );
});
