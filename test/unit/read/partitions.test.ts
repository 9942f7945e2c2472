import { describe, expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import type { Batch } from '../../../shared/read/batch.ts';
import { collect } from '../../../shared/read/collect.ts';
import { readTables, type TableOptions } from '../../../shared/read/tables.ts';
import { agree, Turns } from '../scan/oracle.ts';
import { parquetOf } from '../scan/parquet-writer.ts';
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

const parquet = (name: string, values: readonly number[]): ByteSource =>
  sourceOf(
    name,
    parquetOf(
      [{ name: 'x', type: 'INT64', required: true, dictionary: false, values: values.map(BigInt) }],
      2,
      3,
    ),
  );

describe('a scan takes them as the rows have them', () => {
  const contract = parseContract(
    'properties: {x: {type: integer, maximum: 3}, y: {type: integer, minimum: 2025}, m: {enum: [a, b]}}\nrequired: [x, y, m]',
    'c.yml',
  );
  const files: Readonly<Record<string, readonly ByteSource[]>> = {
    csv: [
      sourceOf('y=2024/m=a/1.csv', 'x,z\n1,"a\nb"\n2,\n'),
      sourceOf('y=2025/m=__HIVE_DEFAULT_PARTITION__/1.csv', 'x,z\n5,c\n2,c\n2,c\n'),
      sourceOf('y=2025/m=%c3%a4/2.csv', 'x,z\n5,c\n'),
    ],
    jsonl: [
      sourceOf('y=2024/m=a/1.jsonl', '{"x":1,"z":"r","w":[2]}\n{"x":2,"z":"q"}\n{"w":[1],"x":7}\n'),
      sourceOf('y=2025/m=b/1.jsonl', '{"z":null}\n{"x":2}\n'),
    ],
    parquet: [parquet('y=2024/m=a/1.parquet', [1, 2, 9]), parquet('y=2026/m=b/1.parquet', [4, 4, 1, 2])],
    'a column of that name': [sourceOf('y=2024/m=a/1.csv', 'x,y\n1,2030\n2,7\n')],
    mixed: [
      sourceOf('y=2024/m=a/1.csv', 'x,z\n1,2\n2,\n'),
      parquet('y=2025/m=a/1.parquet', [3, 4]),
      sourceOf('y=2025/m=b/1.jsonl', '{"x":1,"z":"q"}\n{"z":null,"x":3}\n'),
    ],
  };

  test.each(Object.entries(files))('%s', async (_name, sources) => {
    for (const given of [{}, { contract }, { contract, key: ['x', 'm'] }, { key: ['y'] }])
      await agree(sources, given);
  });

  test('in parts', async () => {
    const text = `x,z\n${'1,"a\nb"\n2,\n5,c\n'.repeat(9)}`;
    const records = '{"x":1,"z":null}\n{"x":2,"z":"q"}\n{"z":[1],"x":7}\n'.repeat(9);
    for (const count of [2, 3, 5]) {
      for (const [name, content] of [
        ['y=2024/m=c/a.csv', text],
        ['y=2024/m=c/a.jsonl', records],
      ] as const)
        await agree([sourceOf(name, content)], { contract }, { threads: new Turns(count, content) });
    }
  });
});

describe('tables of several formats', () => {
  const contract = parseContract(
    'properties: {x: {type: integer, maximum: 3}, z: {type: [string, "null"], maxLength: 1}}\nrequired: [x]',
    'c.yml',
  );

  test('are scanned as their rows are read', async () => {
    const all = [
      sourceOf('1.csv', 'x,z\n1,ab\n2,true\n9,\n'),
      sourceOf('2.jsonl', '{"x":1,"z":"ab"}\n{"z":true}\n{"x":"4","v":{"a":1}}\n'),
      parquet('3.parquet', [3, 4]),
      sourceOf('4.csv', 'z,x\nq,7\n2026-01-01,1\n'),
    ];
    for (let first = 0; first < all.length; first++) {
      const sources = [...all.slice(first), ...all.slice(0, first)];
      for (const given of [{}, { contract }, { contract, key: ['x'] }]) await agree(sources, given);
    }
  });
});
