import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DiskFiles } from '../../../shared/host/files.ts';
import { dataFiles } from '../../../shared/read/lake.ts';

let root: string;
let files: DiskFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lake-'));
  files = new DiskFiles(root, join(root, 'report'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Writes a version of a log, one action a line. */
function commit(table: string, version: number, ...actions: readonly object[]): void {
  const name = String(version).padStart(20, '0');
  write(`${table}/_delta_log/${name}.json`, actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
}

const add = (path: string, more: object = {}) => ({ add: { path, ...more } });
const remove = (path: string) => ({ remove: { path } });
const found = (...patterns: string[]) => dataFiles(patterns, files);

test('markers that Spark and Databricks write are not data, unless they are named', async () => {
  const parts = ['s/d=1/part-0.csv', 's/part-1.csv'];
  const markers = [
    '_SUCCESS',
    '_committed_12',
    '_started_12',
    '_metadata',
    'part-1.csv.crc',
    '_temporary/0/part-2.csv',
  ];
  for (const path of [...parts, ...markers.map((name) => `s/${name}`)]) write(path);
  expect((await found('s/**')).paths).toEqual(parts);
  expect((await found('s/_SUCCESS')).paths).toEqual(['s/_SUCCESS']);
  expect((await found('s/_temporary/**')).paths).toEqual(['s/_temporary/0/part-2.csv']);
});

describe('a Delta table', () => {
  beforeEach(() => {
    for (const name of ['a', 'b', 'd=1/c', 'd=x y/e']) write(`t/${name}.parquet`);
    commit('t', 0, { protocol: { minReaderVersion: 1 } }, add('a.parquet'), add('d=1/c.parquet'));
    commit('t', 1, remove('a.parquet'), add('b.parquet'), add('d=x%20y/e.parquet'));
  });

  test('has the files of its newest version, whichever pattern finds it', async () => {
    const live = ['t/b.parquet', 't/d=1/c.parquet', 't/d=x y/e.parquet'];
    expect((await found('t')).paths).toEqual(live);
    expect((await found('t/')).paths).toEqual(live);
    expect(await found('t/**/*.parquet')).toEqual({
      paths: live,
      tables: [
        'version 1 of the Delta table t: 3 of its 3 files are read; 1 file of older versions left out',
      ],
    });
    expect((await found('t/**')).paths).toEqual(live);
    expect((await found('t/*.parquet')).paths).toEqual(['t/b.parquet']);
    expect((await found('t/d=1/*.parquet')).paths).toEqual(['t/d=1/c.parquet']);
  });

  test('is one of several inputs, and files beside it stay', async () => {
    write('other/x.parquet');
    write('u.csv');
    expect((await found('t', 'other/*.parquet', '*.csv')).paths).toEqual([
      ...['other/x.parquet', 't/b.parquet', 't/d=1/c.parquet', 't/d=x y/e.parquet', 'u.csv'],
    ]);
  });

  test('is refused if only files of older versions are given', async () => {
    await expect(found('t/a.parquet')).rejects.toThrow(/no file that is given belongs to version 1/);
  });

  test('is read from its newest checkpoint on', async () => {
    const log = 'c/_delta_log';
    mkdirSync(join(root, log), { recursive: true });
    cpSync('test/fixtures/delta', join(root, log), { recursive: true });
    const { paths, tables } = await found('c');
    expect(paths.map((path) => path.split('/')[1])).toEqual(['y=0', 'y=1', 'y=2', 'y=9']);
    expect(tables).toEqual(['version 4 of the Delta table c: 4 of its 4 files are read']);
  });

  test.each<[string, () => void, RegExp]>([
    ['a version is missing', () => commit('t', 3, add('z.parquet')), /no version 2/],
    ['a line is torn', () => write('t/_delta_log/00000000000000000002.json', '{"add":'), /no JSON object/],
    [
      'rows are deleted by vectors',
      () => commit('t', 2, add('b.parquet', { deletionVector: {} })),
      /vectors/,
    ],
    ['files lie elsewhere', () => commit('t', 2, add('s3://b/x.parquet')), /outside of its folder/],
    ['paths lead out', () => commit('t', 2, add('../x.parquet')), /outside of its folder/],
    [
      'columns are mapped',
      () => commit('t', 2, { metaData: { configuration: { 'delta.columnMapping.mode': 'name' } } }),
      /column mapping/,
    ],
    [
      'the protocol is unknown',
      () => commit('t', 2, { protocol: { minReaderVersion: 3, readerFeatures: ['variantType'] } }),
      /it uses variantType/,
    ],
  ])('is refused if %s', async (_name, change, message) => {
    change();
    await expect(found('t/**/*.parquet')).rejects.toThrow(message);
  });
});

describe('other tables', () => {
  test('of Iceberg and Hudi are refused with the fix', async () => {
    write('ice/data/y=1/a.parquet');
    write('ice/metadata/v2.metadata.json');
    await expect(found('ice/data/**/*.parquet')).rejects.toThrow(/Iceberg table.*export the snapshot/s);
    write('hudi/a.parquet');
    write('hudi/.hoodie/hoodie.properties');
    await expect(found('hudi/*.parquet')).rejects.toThrow(/Hudi/);
  });

  test('are folders like any other without a log', async () => {
    write('data/a.parquet');
    write('metadata/a.metadata.json');
    expect(await found('data/*.parquet')).toEqual({ paths: ['data/a.parquet'], tables: [] });
    await expect(found('none/*.parquet')).rejects.toThrow(/none/);
  });
});
