import { describe, expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import { compiledRules } from '../../../shared/contract/schema.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../read/sources.ts';
import { ajvColumns } from './ajv.ts';

async function check(files: Readonly<Record<string, string>>, contract?: object, patternLimitMs?: number) {
  const parsed =
    contract === undefined ? undefined : parseContract(JSON.stringify(contract), 'contract.json');
  const sources = Object.entries(files).map(([name, text]) => sourceOf(name, text));
  const { checked } = await scanTables(sources, {
    ...{ contract: parsed, samples: 'hide', maxLocations: 3 },
    ...(patternLimitMs === undefined ? {} : { patternLimitMs }),
  });
  const { checks } = checked;
  return { checks, bad: checks.filter(({ status }) => status !== 'pass') };
}

describe('columns named like members that every object has', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];
  const of = (name: string, more: object = {}) => ({
    type: 'object',
    properties: JSON.parse(`{ "id": {}, ${JSON.stringify(name)}: { "type": "integer" } }`),
    required: [name],
    ...more,
  });

  // `allOf` takes the way through ajv, which knows no rules of `__proto__`.
  const ways = names.flatMap((name) => [[name, {}] as const, [name, { allOf: [{}] }] as const]);
  describe.each(ways)('%s %j', (name, more) => {
    test('are missing if they are missing', async () => {
      const contract = of(name, more);
      expect((await check({ 'a.csv': 'id\n1\n' }, contract)).bad).toMatchObject([
        { id: 'column.missing', target: { column: name }, status: 'fail' },
      ]);
      expect((await check({ 'a.jsonl': '{"id":1}\n' }, contract)).bad).toMatchObject([
        { id: 'column.missing', target: { column: name }, status: 'fail' },
      ]);
    });

    test('are judged if they are there', async () => {
      const contract = of(name, more);
      expect((await check({ 'a.csv': `${name},id\n1,1\n` }, contract)).bad).toEqual([]);
      const found = [{ id: 'column.type', target: { column: name }, observed: 1 }];
      expect((await check({ 'a.csv': `${name},id\nx,1\n` }, contract)).bad).toMatchObject(found);
      expect((await check({ 'a.jsonl': `{"${name}":"x","id":1}\n` }, contract)).bad).toMatchObject(found);
      expect((await check({ 'a.csv': `${name},id\n,1\n` }, contract)).bad).toMatchObject([
        { id: 'column.nulls', target: { column: name }, observed: 1 },
      ]);
    });
  });
});

describe('what no value was judged by', () => {
  test('a contract that describes none of the columns is inconclusive, however open it is', async () => {
    for (const contract of [
      { properties: { a: { type: 'integer' } }, additionalProperties: true },
      { $defs: { a: { type: 'integer' } }, additionalProperties: true },
      {},
    ]) {
      expect((await check({ 'a.csv': 'id,x\n1,2\n' }, contract)).bad.at(-1)).toMatchObject({
        id: 'contract.rules',
        status: 'inconclusive',
      });
    }
  });

  test('rules by the table, across columns or for all others are rules', async () => {
    for (const contract of [
      { additionalProperties: { type: 'integer' } },
      { patternProperties: { '^(id|x)$': { type: 'integer' } } },
      { allOf: [{ properties: { id: { type: 'integer' } } }] },
      { additionalProperties: true, 'x-ml-loop': { key: 'id' } },
    ]) {
      expect((await check({ 'a.csv': 'id,x\n1,2\n' }, contract)).bad).toEqual([]);
    }
  });

  test('a rule of values is a warning if the column has none but nulls', async () => {
    const contract = {
      properties: { id: {}, x: { type: ['integer', 'null'], minimum: 0, enum: [1, 2, null] } },
    };
    const { bad, checks } = await check({ 'a.csv': 'id,x\n1,\n', 'b.csv': 'id,x\n1,\n' }, contract);
    expect(bad).toMatchObject([
      {
        id: 'column.range',
        target: { column: 'x' },
        status: 'warn',
        message: 'x has only nulls, so no value was judged',
      },
      { id: 'column.enum', target: { column: 'x' }, status: 'warn' },
    ]);
    expect(checks.find(({ id }) => id === 'column.type')).toMatchObject({ status: 'pass' });
    expect((await check({ 'a.csv': 'id,x\n1,\n', 'b.csv': 'id,x\n1,1\n' }, contract)).bad).toEqual([]);
  });

  test('a limit of numbers that leaves texts such as NaN alone is a warning', async () => {
    const contract = { properties: { id: { type: 'integer' }, x: { minimum: 0 } } };
    const { bad } = await check({ 'a.csv': 'id,x\n1,NaN\n' }, contract);
    expect(bad.filter(({ id }) => id === 'contract.keyword')).toMatchObject([
      {
        id: 'contract.keyword',
        status: 'warn',
        message: 'contract.json:1: minimum judges numbers only, and x may be a text such as NaN',
        fix: 'properties.x.type: number',
      },
    ]);
  });

  test('files with other columns than the first are told where no contract says which may be missing', async () => {
    const files = { 'a.csv': 'id,x\n1,2\n', 'b.csv': 'x,id\n1,2\n', 'c.csv': 'id,y\n1,2\n' };
    expect((await check(files)).bad).toMatchObject([
      {
        id: 'table.columns',
        status: 'warn',
        observed: 1,
        message: '1 file has other columns than a.csv: c.csv lacks x and has y',
        locations: [{ file: 'c.csv', line: 1 }],
      },
    ]);
    const contract = { properties: { id: {}, x: {}, y: {} } };
    expect((await check(files, contract)).bad).toEqual([]);
  });
});

test('numbers too large for a double are not numbers, as with ajv', () => {
  const contract = parseContract('{"type":"object","properties":{"x":{"type":"number"}}}', 'c.json');
  const row = JSON.parse('{"x":1e999}') as Record<string, unknown>;
  expect(compiledRules(contract).row(row)).toHaveLength(1);
  expect(ajvColumns(contract.schema)(row)).toEqual(['x']);
});

test('a pattern that backtracks without end is ended, and the first of the rows is named', async () => {
  const contract = { properties: { s: { type: 'string', pattern: '^(a+)+$' } } };
  const text = `s\naa\n${'a'.repeat(60)}b\n`;
  await expect(check({ 'a.csv': text }, contract, 2000)).rejects.toThrow(
    /a\.csv:2: .*patterns .* longer than 2 s for this row and the rows after it/,
  );
});

test('a schema that refers to itself without end is the user’s error', async () => {
  await expect(check({ 'a.csv': 'id\n1\n' }, { anyOf: [{ $ref: '#' }] })).rejects.toThrow(
    /contract.json: a \$ref refers to its own schema without end/,
  );
});

test('a misspelt $ref is refused, also if no row comes to it', async () => {
  const contract = { properties: { id: {} }, else: { $ref: '#/%' } };
  await expect(check({ 'a.csv': 'id\n1\n' }, contract)).rejects.toThrow(/leads nowhere/);
});

test('every one of many columns that all break their rules is told', async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `c${i}`);
  const contract = {
    properties: Object.fromEntries(names.map((name) => [name, { type: 'integer', minimum: 5 }])),
    required: names,
  };
  const { bad } = await check(
    { 'a.csv': `${names.join(',')}\n${names.map(() => 'x').join(',')}\n` },
    contract,
  );
  expect(bad).toHaveLength(6000 - 3000);
});

test.each([
  ['not', '{"not":', '}'],
  ['anyOf', '{"anyOf":[', ']}'],
  ['items', '{"items":', '}'],
])('600 levels of %s are refused with their place', (_, open, close) => {
  const text = `{"properties":{"a":${open.repeat(600)}{}${close.repeat(600)}}}`;
  expect(() => parseContract(text, 'c.json')).toThrow(/c\.json:1: the contract nests deeper than 200 levels/);
  const fits = `{"properties":{"a":${open.repeat(60)}{}${close.repeat(60)}}}`;
  expect(compiledRules(parseContract(fits, 'c.json')).row({ a: 1 })).toHaveLength(0);
});

describe('references that double at each level', () => {
  const LEVELS = 40;
  const doubled = (form: (ref: object) => object, own: (level: number) => object = () => ({})) => ({
    type: 'object',
    properties: { id: { $ref: '#/$defs/d0' } },
    additionalProperties: true,
    $defs: Object.fromEntries(
      Array.from({ length: LEVELS + 1 }, (_value, level) => [
        `d${level}`,
        level === LEVELS
          ? { type: 'integer' }
          : { ...own(level), ...form({ $ref: `#/$defs/d${level + 1}` }) },
      ]),
    ),
  });
  const forms: readonly (readonly [string, (ref: object) => object])[] = [
    ['allOf', (ref) => ({ allOf: [ref, ref] })],
    ['anyOf', (ref) => ({ anyOf: [{ allOf: [ref, false] }, ref] })],
    ['oneOf', (ref) => ({ oneOf: [{ allOf: [ref, false] }, ref] })],
    ['not', (ref) => ({ not: { anyOf: [{ not: ref }, { not: ref }] } })],
    ['if', (ref) => ({ if: ref, ...Object.fromEntries([['then', ref]]), else: ref })],
    ['unevaluated', (ref) => ({ allOf: [ref, ref], unevaluatedProperties: false })],
  ];

  test.each(forms)('cost no more than there are schemas: %s', async (_name, form) => {
    const { bad } = await check({ 'a.jsonl': '{"id":1}\n{"id":"x"}\n' }, doubled(form));
    expect(bad.map(({ status, observed }) => ({ status, observed }))).toEqual([
      { status: 'fail', observed: 1 },
    ]);
  });

  test('also if each is a resource with anchors of its own', async () => {
    const own = (level: number) => ({ $id: `urn:d${level}`, $dynamicAnchor: `a${level % 2}` });
    const contract = doubled(() => ({}), own);
    contract.properties.id.$ref = 'urn:d0';
    for (let level = 0; level < LEVELS; level++) {
      const next = { $ref: level + 1 === LEVELS ? 'urn:last' : `urn:d${level + 1}` };
      Object.assign(contract.$defs[`d${level}`] ?? {}, { allOf: [next, next] });
    }
    Object.assign(contract.$defs[`d${LEVELS}`] ?? {}, { $id: 'urn:last', $dynamicAnchor: 'a0' });
    expect((await check({ 'a.jsonl': '{"id":1}\n{"id":"x"}\n' }, contract)).bad).toMatchObject([
      { observed: 1 },
    ]);
  });

  test('and on records that nest', async () => {
    let record: object = { leaf: 1 };
    for (let level = 0; level < LEVELS; level++) record = { a: record, b: { leaf: 'x' } };
    const tree = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/tree' }, b: { $ref: '#/$defs/tree' }, leaf: { type: 'integer' } },
      allOf: [
        { properties: { a: { $ref: '#/$defs/tree' } } },
        { properties: { b: { $ref: '#/$defs/tree' } } },
      ],
    };
    const contract = { type: 'object', properties: { r: { $ref: '#/$defs/tree' } }, $defs: { tree } };
    const { bad } = await check({ 'a.jsonl': `${JSON.stringify({ r: record })}\n` }, contract);
    expect(bad.length).toBeGreaterThan(0);
  });
});
