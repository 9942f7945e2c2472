import { describe, expect, test } from '@jest/globals';
import { collect } from '../../../shared/table/columns.ts';
import { type Batch, readTables, type TableOptions } from '../../../shared/table/table.ts';
import { sourceOf } from './sources.ts';

async function batchesOf(
  files: Readonly<Record<string, string>>,
  options: TableOptions = {},
): Promise<Batch[]> {
  const batches: Batch[] = [];
  const sources = Object.entries(files).map(([name, content]) => sourceOf(name, content));
  for await (const batch of readTables(sources, options)) batches.push(batch);
  return batches;
}

describe('partition folders', () => {
  test('are columns of texts behind the file’s own', async () => {
    const batches = await batchesOf({
      'd/year=2024/city=S%C3%A3o%20Paulo/1.csv': 'x\n1\n',
      'd/year=2025/city=__HIVE_DEFAULT_PARTITION__/1.csv': 'x\n2\n',
    });
    expect(batches.map(({ columns, rows }) => [columns, rows])).toEqual([
      [['x', 'year', 'city'], [['1', '2024', 'São Paulo']]],
      [['x', 'year', 'city'], [['2', '2025', null]]],
    ]);
  });

  test('are members of the records of JSON Lines', async () => {
    const [batch] = await batchesOf({ 'k=v/1.jsonl': '{"x":1}\n' });
    expect([batch?.columns, batch?.rows, batch?.records]).toEqual([
      ['x', 'k'],
      [[1, 'v']],
      [{ x: 1, k: 'v' }],
    ]);
  });

  test('are left alone if files have different keys, and that is said', async () => {
    const mixed = { 'a=1/1.csv': 'x\n1\n', '1.csv': 'x\n2\n' };
    expect((await batchesOf(mixed)).map(({ columns }) => columns)).toEqual([['x'], ['x']]);
    expect((await batchesOf(mixed, { partitions: true }))[0]?.columns).toEqual(['x', 'a']);
    expect((await batchesOf({ 'a=1/1.csv': 'x\n1\n' }, { partitions: false }))[0]?.columns).toEqual(['x']);
  });

  test('a column of the file goes before one of the folder', async () => {
    expect((await batchesOf({ 'x=7/y=%zz/1.csv': 'x\n1\n' }))[0]?.rows).toEqual([['1', '%zz']]);
  });

  test('are columns of a table in memory', async () => {
    const columns = await collect(
      [sourceOf('s=1/a.csv', 'x\n1\n2\n'), sourceOf('s=2/a.csv', 'x\n3\n')],
      ['s'],
    );
    expect(columns.column('s')).toEqual(['1', '1', '2']);
  });
});
