import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { Memory } from '../../../shared/keys/memory.ts';
import type { ByteSource, Files } from '../../../shared/ports/ports.ts';
import { isNumberText, numberText } from '../../../shared/read/number-text.ts';
import { readTables } from '../../../shared/read/tables.ts';
import { createChecker } from '../../oracle/checker.ts';
import { ForeignValues, readForeignKeys } from '../../oracle/foreign.ts';
import { sourceOf } from '../read/sources.ts';
import { MemorySpill } from '../scan/oracle.ts';

const CONTRACT = `
type: object
properties: { id: { type: [number, 'null'] }, a: { type: [string, 'null'] } }
x-ml-loop:
  key: [id]
  unique: [[a], [id, a]]
  foreign-keys: [{ columns: [a], file: others.csv, references: [name] }]
`;

/** The first column's values, of which few are looked up at once. */
async function valuesOf(source: ByteSource, memory: Memory): Promise<ForeignValues> {
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

describe('keys, unique columns and foreign keys compare numbers by value, all else as it is written', () => {
  const rules = (type: string) => `
properties: { a: { type: ${type} } }
x-ml-loop: { key: [a], unique: [[a]], foreign-keys: [{ columns: [a], file: others.csv, references: [b] }] }
`;

  /** Rows that repeat the key, that repeat the unique column, and that are not in the other file. */
  async function counts(type: string, name: string, text: string, others: string): Promise<unknown[]> {
    const contract = parseContract(rules(type), 'contract.yml');
    const files = { source: (path: string) => sourceOf(path, others) } as Files;
    const foreignKeys = await readForeignKeys(contract, files, [name]);
    const checker = await createChecker({ contract, foreignKeys, samples: 'hide', maxLocations: 9 });
    for await (const batch of readTables([sourceOf(name, text)])) checker.add(batch);
    const { checks } = checker.finish();
    return ['table.key', 'table.unique', 'table.foreign-key'].map(
      (id) => checks.find((check) => check.id === id)?.observed,
    );
  }

  const big = ['9007199254740992', '9007199254740993', '9007199254740994', '9007199254740995'];
  test.each([
    ['spellings of an integer', 'integer', ['1.0', '01', '1', '1e0', '+1', '10e-1'], ['1.00'], [5, 5, 0]],
    ['spellings of a number', 'number', ['-.5', '-0.50', '-5e-1', '0', '-0'], ['-0.5', '0.0'], [3, 3, 0]],
    ['integers beyond 2^53', 'integer', big, big.slice(1), [0, 0, 1]],
    ['and their spellings', 'integer', ['9007199254740993', '09007199254740993.0'], big, [1, 1, 0]],
    ['long decimals', 'number', ['0.12345678901234567891', '0.12345678901234567892'], ['1'], [0, 0, 2]],
    ['texts that spell no number', 'number', ['1x', '01x', '1e999', '1e0999'], ['1x'], [0, 0, 3]],
    ['texts', 'string', ['1.0', '01', '1', '1e0'], ['1'], [0, 0, 3]],
    ['booleans', 'boolean', ['true', 'True'], ['true'], [0, 0, 1]],
  ])('%s', async (_name, type, cells, others, expected) => {
    expect(await counts(type, 'a.csv', `a\n${cells.join('\n')}\n`, `b\n${others.join('\n')}\n`)).toEqual(
      expected,
    );
  });

  test('JSON Lines, whose numbers are doubles and whose texts are none', async () => {
    const lines = (cells: readonly string[]) => cells.map((cell) => `{"a":${cell}}\n`).join('');
    expect(await counts('number', 'a.jsonl', lines(['1', '1.0', '"01"', '1e21']), 'b\n01\n1e21\n')).toEqual([
      1, 1, 1,
    ]);
    expect(await counts('integer', 'a.jsonl', lines(['9007199254740993']), 'b\n9007199254740993\n')).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('the text of a number', () => {
  const decimal = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      fc.stringMatching(/^[0-9]{0,22}$/),
      fc.constantFrom('', '.'),
      fc.stringMatching(/^[0-9]{0,22}$/),
      fc.constantFrom('', 'e', 'E-'),
      fc.integer({ min: 0, max: 70 }),
    )
    .map(([sign, whole, point, rest, e, power]) => `${sign}${whole}${point}${rest}${e}${e && power}`);
  /** The number as an integer of units of 10^-120; undefined if the text spells none. */
  const units = (text: string): bigint | undefined => {
    const [, sign, whole = '', rest = '', e = '0'] =
      /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
    if (whole + rest === '') return undefined;
    const digits = BigInt(whole + rest) * 10n ** BigInt(120 + Number(e) - rest.length);
    return sign === '-' ? -digits : digits;
  };

  test('is the same for the same value only, and bytes that are said to be it are it', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const same = units(a) === undefined || units(b) === undefined ? a === b : units(a) === units(b);
        expect(numberText(a) === numberText(b)).toBe(same);
        expect(units(numberText(a))).toBe(units(a));
        expect(numberText(numberText(a))).toBe(numberText(a));
        for (const text of [a, numberText(a)])
          if (isNumberText(Buffer.from(text), 0, text.length)) expect(numberText(text)).toBe(text);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test.each([
    ['0.50', '0.5'],
    ['-0', '0'],
    ['1e21', '1000000000000000000000'],
    [' 007 ', '7'],
    ['1e-400', '1e-400'],
    [`0.${'0'.repeat(399)}1`, '1e-400'],
    [`-${'1'.repeat(64)}.0`, `-${'1'.repeat(64)}e0`],
    [`-${'1'.repeat(64)}`, `-${'1'.repeat(64)}e0`],
    ['9'.repeat(64), '9'.repeat(64)],
    ['1e400', '1e400'],
    ['', ''],
    ['.', '.'],
    ['0x10', '0x10'],
  ])('%s', (text, expected) => {
    expect(numberText(text)).toBe(expected);
  });
});

test('values beyond those that are looked up at once are compared at the end', () => {
  const values = new ForeignValues(new Memory({ bytes: 1, spill: new MemorySpill() }), 2);
  for (const text of ['a', 'b', 'c', 'a', 'd']) values.add(text);
  expect(['a', 'b', 'c', 'e'].map((text) => values.has(text))).toEqual([true, true, false, false]);
});
