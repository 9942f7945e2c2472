import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseContract } from '../../../shared/contract/contract.ts';
import { inferContract } from '../../../shared/contract/infer.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../read/sources.ts';

const options = { maxLocations: 5, samples: 'show' } as const;
const csv = (header: string, rows: readonly string[]) => sourceOf('a.csv', [header, ...rows, ''].join('\n'));
const range = (count: number) => Array.from({ length: count }, (_v, i) => i);

async function proposalOf(header: string, rows: readonly string[]): Promise<string> {
  const { profiled } = await scanTables([csv(header, rows)], options);
  return inferContract(profiled.profile, profiled);
}

async function failed(contract: string, header: string, rows: readonly string[]) {
  const judged = { ...options, contract: parseContract(contract, 'c.yml') };
  const { checked } = await scanTables([csv(header, rows)], judged);
  return checked.checks.flatMap(({ id, status, observed }) => (status === 'fail' ? [[id, observed]] : []));
}

test.each([
  ['2024-01-%dT10:00:00Z', 'date-time', '2024-13-45T99:99:99Z', '0001-01-01T00:00:00Z'],
  ['2024-01-%d 10:00:00', 'iso-date-time', '2024-02-30 10:00:00', '9999-12-31 00:00:00'],
  ['2024-01-%d', 'date', '2024-02-30', '1753-01-01'],
])('times such as %s are of a format, and within decades', async (text, format, wrong, far) => {
  const rows = range(120).map((i) => text.replace('%d', String((i % 28) + 1).padStart(2, '0')));
  const contract = await proposalOf('at', rows);
  expect(parse(contract)).toMatchObject({ properties: { at: { type: 'string', format } } });
  expect(await failed(contract, 'at', rows)).toEqual([]);
  expect(await failed(contract, 'at', [...rows, wrong, far])).toEqual([['column.format', 2]]);
});

test('identifiers and times counted from 1970 may grow, measures may not without end', async () => {
  const rows = (from: number) => range(400).map((i) => `${from + i},${1.7e12 + 1000 * (from + i)},${i % 40}`);
  const contract = await proposalOf('order_no,at_ms,n', rows(0));
  expect(await failed(contract, 'order_no,at_ms,n', rows(800))).toEqual([]);
  expect(await failed(contract, 'order_no,at_ms,n', ['1,1700000000000,5000'])).toEqual([['column.range', 1]]);
});

test('codes have their length, telephone numbers are texts', async () => {
  const zips = range(300).map((i) => `${String(600 + 331 * i).padStart(5, '0')},+49${1_700_000_000 + i}`);
  const contract = await proposalOf('zip,phone', zips);
  expect(parse(contract).properties).toEqual({
    zip: { type: 'string', minLength: 5, maxLength: 5 },
    phone: { type: 'string', ...parse(contract).properties.phone },
  });
  expect(await failed(contract, 'zip,phone', ['601,+491700000000'])).toEqual([['column.length', 1]]);
});

test('what YAML 1.1 reads as something else is quoted', async () => {
  const rows = range(120).map((i) => `${['NO', 'on', '1_000'][i % 3]},${['12:30:00', 'y', 'off'][i % 3]}`);
  const contract = await proposalOf('no,b', rows);
  for (const text of ['"NO"', '"on"', '"1_000"', '"12:30:00"', '"y"', '"off"', '"no":'])
    expect(contract).toContain(text);
  expect(parse(contract, { version: '1.1' })).toEqual(parse(contract));
  expect(await failed(contract, 'no,b', rows)).toEqual([]);
});

test('two values are no more a boolean than three, and whole doubles are numbers', async () => {
  const contract = parse(
    await proposalOf(
      'a,b',
      range(120).map((i) => `${i % 2},${i}.0`),
    ),
  );
  expect(contract.properties.a).toEqual({ type: 'integer', minimum: 0, maximum: 10 });
  expect(contract.properties.b.type).toBe('number');
});

test.each([
  ['CSV', 'a.csv', (v: string) => v, 'Inf', '-inf'],
  ['texts of JSON Lines', 'a.jsonl', (v: string) => `{"v":${v.endsWith('f') ? `"${v}"` : v}}`, 'Inf', '-inf'],
  ['numbers of JSON Lines', 'a.jsonl', (v: string) => `{"v":${v}}`, '1e999', '-1e999'],
  ['numbers and nulls', 'a.jsonl', (v: string) => `{"v":${v}}`, '1e999', 'null'],
  ['numbers and NA', 'a.jsonl', (v: string) => `{"v":${v}}`, '1e999', '"NA"'],
])('a proposal accepts what is infinite in its own file: %s', async (_name, file, line, high, low) => {
  const values = range(120).map((i) => (i % 9 === 0 ? high : i % 10 === 0 ? low : String(i)));
  const lines = [...(file.endsWith('csv') ? ['v'] : []), ...values.map(line), ''];
  const source = () => sourceOf(file, lines.join('\n'));
  const { profiled, checked } = await scanTables([source()], options);
  const contract = parseContract(inferContract(profiled.profile, profiled), 'c.yml');
  const dialect = contract.table.missing;
  const again = await scanTables([source()], { ...options, contract, ...(dialect && { dialect }) });
  const statuses = again.checked.checks.filter(({ status }) => status !== 'pass');
  expect([checked.rows, profiled.profile.columns[0]?.type, statuses]).toEqual([120, 'integer', []]);
});
