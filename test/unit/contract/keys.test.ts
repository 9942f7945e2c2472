import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createChecker } from '../../../shared/contract/checker.ts';
import { parseContract } from '../../../shared/contract/contract.ts';
import { ForeignValues, readForeignKeys } from '../../../shared/contract/foreign.ts';
import { Memory } from '../../../shared/keys/memory.ts';
import type { Files, Source } from '../../../shared/ports/ports.ts';
import { readTables } from '../../../shared/table/table.ts';
import { MemorySpill } from '../scan/oracle.ts';
import { sourceOf } from '../table/sources.ts';

const CONTRACT = `
type: object
properties: { id: { type: [number, 'null'] }, a: { type: [string, 'null'] } }
x-ml-loop:
  key: [id]
  unique: [[a], [id, a]]
  foreign-keys: [{ columns: [a], file: others.csv, references: [name] }]
`;

/** The first column's values, of which few are looked up at once. */
async function valuesOf(source: Source, memory: Memory): Promise<ForeignValues> {
  const values = new ForeignValues(memory, 2);
  for await (const { rows } of readTables([source], { onFault: () => {} }))
    for (const [cell] of rows) if (cell !== null && cell !== undefined) values.add(String(cell));
  return values;
}

/** Checks a table in the memory that is given; without it, as much as it takes. */
async function check(texts: readonly string[], others: string, bytes: number | undefined, most: number) {
  const contract = parseContract(CONTRACT, 'contract.yml');
  const memory = bytes === undefined ? undefined : new Memory({ bytes, spill: new MemorySpill() });
  const files = { source: (path: string) => sourceOf(path, others) } as Files;
  const foreignKeys =
    memory === undefined
      ? await readForeignKeys(contract, files)
      : [await valuesOf(files.source('others.csv'), memory)];
  const checker = await createChecker({
    ...{ contract, foreignKeys, memory, samples: 'show', maxLocations: most },
  });
  const sources = texts.map((text, i) => sourceOf(`${i}.csv`, text));
  for await (const batch of readTables(sources, { onFault: (fault) => checker.fault(fault) }))
    checker.add(batch);
  return checker.finish();
}

describe('keys, unique columns and foreign keys', () => {
  const cell = fc.constantFrom('', '1', '1.0', '2', 'x', '"x"', '"x,y"', '"l\nm"', '3', '4', '5');
  const table = fc
    .array(fc.tuple(cell, cell), { maxLength: 25 })
    .map((rows) => `id,a\n${rows.map((row) => `${row.join(',')}\n`).join('')}`);
  const others = fc
    .array(cell, { maxLength: 8 })
    .map((cells) => `name,b\n${['only', ...cells].map((name) => `${name},0\n`).join('')}`);

  test('are judged alike however little memory there is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 2 }),
        others,
        fc.constantFrom(1, 200),
        fc.constantFrom(1, 20),
        async (texts, values, bytes, most) => {
          const held = await check(texts, values, undefined, most);
          expect(await check(texts, values, bytes, most)).toEqual(held);
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  test('a row that breaks several rules is one row, and each rule tells its place and value', async () => {
    const { checks, invalidRows } = await check(['id,a\n1,x\n1,x\n2,"y"\n,x\n'], 'name\nx\n', 1, 20);
    const of = (id: string) => checks.filter((one) => one.id === id);
    expect(of('table.key')).toMatchObject([{ observed: 2, locations: [{ line: 3 }, { line: 5 }] }]);
    expect(of('table.unique')).toMatchObject([
      {
        observed: 2,
        locations: [
          { line: 3, column: 2, value: 'x' },
          { line: 5, column: 2, value: 'x' },
        ],
      },
      { observed: 1, locations: [{ file: '0.csv', line: 3 }] },
    ]);
    expect(of('table.foreign-key')).toMatchObject([
      { observed: 1, locations: [{ file: '0.csv', line: 4, column: 2, value: 'y' }] },
    ]);
    expect(invalidRows).toBe(3);
  });
});

test('values beyond those that are looked up at once are compared at the end', () => {
  const values = new ForeignValues(new Memory({ bytes: 1, spill: new MemorySpill() }), 2);
  for (const text of ['a', 'b', 'c', 'a', 'd']) values.add(text);
  expect(['a', 'b', 'c', 'e'].map((text) => values.has(text))).toEqual([true, true, false, false]);
});
