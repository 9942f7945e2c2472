import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { inferContract } from '../../../shared/contract/infer.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../read/sources.ts';

interface Options {
  readonly contract?: string;
  readonly key?: readonly string[];
  readonly samples?: 'hide' | 'show';
  readonly maxLocations?: number;
}

async function check(files: Readonly<Record<string, string>>, options: Options = {}) {
  const { contract, key, samples = 'hide', maxLocations = 3 } = options;
  const parsed = contract === undefined ? undefined : parseContract(contract, 'contract.yml');
  const sources = Object.entries(files).map(([name, text]) => sourceOf(name, text));
  const { checked, profiled } = await scanTables(sources, { contract: parsed, key, samples, maxLocations });
  return { ...checked, profiled, bad: checked.checks.filter(({ status }) => status !== 'pass') };
}

const RULES = `
type: object
required: [id, age]
additionalProperties: false
properties:
  id: { type: integer }
  age: { type: [integer, "null"], minimum: 0, maximum: 120 }
  sex: { enum: [f, m] }
  when: { type: string, format: date }
x-ml-loop: { key: id, rows: { min: 2 } }
`;

/** The part of a fix that changes the contract, which comes last. */
function changeOf(check: { readonly fix?: string } | undefined): string {
  return check?.fix?.split('only if the data are right, change the contract: ')[1] ?? '';
}

describe('rows', () => {
  test('data that keep the contract pass every rule', async () => {
    const { checks, bad, rows, invalidRows } = await check(
      { 'a.csv': 'id,age,sex,when\n1,30,f,2026-01-01\n2,,m,2026-01-02\n' },
      { contract: RULES },
    );
    expect(bad).toEqual([]);
    expect([rows, invalidRows]).toEqual([2, 0]);
    expect(checks.map(({ id, target }) => `${id} ${target?.column ?? ''}`.trim())).toEqual([
      'file.structure',
      'column.missing id',
      'column.missing age',
      'column.unknown',
      'column.type id',
      'column.nulls id',
      'column.type age',
      'column.range age',
      'column.enum sex',
      'column.type when',
      'column.nulls when',
      'column.format when',
      'table.rows',
      'table.key',
    ]);
  });

  test('violations are grouped by rule and column, with the first places', async () => {
    const text =
      'id,age,sex,when\nx,1,f,2026-01-01\n2,"\n",m,2026-01-01\ny,200,x,1 May\n,3,f,2026-01-01\nz,-1,f,2026-01-01\nw,1,f,2026-01-01\n';
    const { bad, invalidRows } = await check({ 'a.csv': text }, { contract: RULES, maxLocations: 2 });
    const found = Object.fromEntries(bad.map((one) => [`${one.id} ${one.target?.column ?? ''}`.trim(), one]));
    expect(found['column.type id']).toMatchObject({
      status: 'fail',
      observed: 4,
      expected: { type: 'integer' },
      message: '4 values of id are not of type integer',
      locations: [
        { file: 'a.csv', line: 2, column: 1 },
        { file: 'a.csv', line: 5, column: 1 },
      ],
      places: 4,
      fix: 'fix the 4 values at the places listed; only if the data are right, change the contract: properties.id.type: ["integer","string"]',
    });
    expect(found['column.nulls id']).toMatchObject({
      observed: 1,
      fix: 'fill in the value on line 6; only if the data are right, change the contract: properties.id.type: ["integer","null"]',
    });
    expect(found['column.range age']).toMatchObject({
      observed: 2,
      message: '2 values of age are not at least 0 and at most 120',
      fix: 'fix the 2 values at the places listed; only if the data are right, change the contract: widen properties.age.minimum (0), widen properties.age.maximum (120)',
    });
    expect(found['column.enum sex']).toMatchObject({ message: '1 value of sex is not among the 2 allowed' });
    expect(found['column.format when']).toMatchObject({
      message: '1 value of when is not of the format date',
    });
    expect(found['table.key']).toMatchObject({ message: '1 row has no value in the key id' });
    // The age of line 3 is blank, and may be missing.
    expect(invalidRows).toBe(5);
  });

  test('no value appears, unless samples are shown', async () => {
    const text = 'id,age,sex,when\nsecret,987654,hidden,never\n1,5,f,2026-01-01\n';
    const hidden = JSON.stringify((await check({ 'a.csv': text }, { contract: RULES })).checks);
    for (const value of ['secret', '987654', 'hidden', 'never']) expect(hidden).not.toContain(value);
    const { bad } = await check({ 'a.csv': text }, { contract: RULES, samples: 'show' });
    const [type, range, set] = ['column.type', 'column.range', 'column.enum'].map((id) =>
      bad.find((one) => one.id === id),
    );
    expect(type?.locations?.[0]?.value).toBe('secret');
    expect(type?.fix).toBe(
      'fix the value on line 2; only if the data are right, change the contract: properties.id.type: ["integer","string"]',
    );
    expect(changeOf(range)).toBe('properties.age.maximum: 987654');
    expect(changeOf(set)).toBe('properties.sex.enum: ["f","m","hidden"]');
  });

  test('the fix of a set of values lists all of them, or none', async () => {
    const contract = 'properties:\n  kind: { enum: [x, y] }\n  one: { const: x }\n';
    const fixes = async (values: number, samples: 'hide' | 'show') => {
      const rows = Array.from({ length: values }, (_value, i) => `v${i},z\n`);
      const { bad } = await check({ 'a.csv': `kind,one\n${rows.join('')}` }, { contract, samples });
      return bad.map(changeOf);
    };
    const [listed = '', constant] = await fixes(20, 'show');
    expect(JSON.parse(listed.replace('properties.kind.enum: ', ''))).toHaveLength(22);
    expect(constant).toBe('properties.one.enum: ["x","z"] in place of const');
    for (const samples of ['show', 'hide'] as const) {
      const [many] = await fixes(21, samples);
      expect(many).toBe('remove properties.kind.enum: more than 20 different values are not among it');
    }
  });

  test('the fix of nulls allows them in the set of values, too', async () => {
    const contract = 'properties:\n  kind: { type: string, enum: [x] }\n  other: {}\n';
    const { bad } = await check({ 'a.csv': 'kind,other\nx,1\n,2\n' }, { contract });
    expect(bad[0]).toMatchObject({
      id: 'column.nulls',
      fix: 'fill in the value on line 3; only if the data are right, change the contract: properties.kind.type: ["string","null"], properties.kind.enum: ["x",null]',
    });
  });

  test('the fix, made, accepts the data', async () => {
    const text = 'id,age,sex,when\n1.5,500,x,2026-01-01\n2,,m,2026-01-02\n';
    const { bad } = await check({ 'a.csv': text }, { contract: RULES, samples: 'show' });
    const fixed = bad.reduce((rules, one) => {
      const [, column, keyword, value] = /^properties\.(\w+)\.(\w+): (.*)$/.exec(changeOf(one)) ?? [];
      const line = new RegExp(`^  ${column}: .*$`, 'm');
      return rules.replace(line, (old) => {
        const schema = old.replace(
          new RegExp(`${keyword}: (\\[[^\\]]*\\]|[^,}]+?)(?=,| })`),
          `${keyword}: ${value}`,
        );
        return schema;
      });
    }, RULES);
    expect((await check({ 'a.csv': text }, { contract: fixed })).bad).toEqual([]);
  });

  test('JSON Lines are judged as JSON: absent is not null, a text is not a number', async () => {
    const text = '{"id":1,"age":null}\n{"id":"2","age":3}\n{"id":3}\n{"id":4,"age":1,"more":0}\n';
    const { bad } = await check({ 'a.jsonl': text }, { contract: RULES });
    expect(bad.map(({ id, target, observed }) => [id, target?.column, observed])).toEqual([
      ['column.type', 'id', 1],
      ['column.missing', 'age', 1],
      ['column.unknown', 'more', 1],
    ]);
  });

  test('rules across columns are judged, and named by their place', async () => {
    const contract =
      'properties: { a: { type: integer }, b: { type: integer } }\nanyOf: [{ properties: { a: { minimum: 1 } } }, { properties: { b: { minimum: 1 } } }]\n';
    const { bad } = await check({ 'a.csv': 'a,b\n0,0\n1,0\n' }, { contract });
    expect(bad).toMatchObject([
      { id: 'row.rule', message: '1 row breaks the rule at #/anyOf', locations: [{ line: 2 }] },
    ]);
    expect((await check({ 'a.csv': 'a,b\n1,0\n' }, { contract })).checks.map(({ id }) => id)).toContain(
      'row.rule',
    );
  });
});

describe('columns', () => {
  test('missing and unknown columns are told once a file, not once a row', async () => {
    const { bad, invalidRows } = await check(
      { 'a.csv': 'id,age\n1,2\n', 'b.csv': 'id,extra\n2,1\n3,1\n' },
      { contract: RULES },
    );
    expect(bad).toMatchObject([
      {
        id: 'column.missing',
        target: { column: 'age' },
        message: 'the column age is missing in b.csv',
        locations: [{ file: 'b.csv', line: 1 }],
      },
      {
        id: 'column.unknown',
        target: { column: 'extra' },
        status: 'fail',
        fix: 'add extra to `properties`',
      },
    ]);
    expect(invalidRows).toBe(0);
  });

  test('an unknown column is a warning if the contract does not say', async () => {
    const contract = 'properties: { id: { type: integer } }';
    expect((await check({ 'a.csv': 'id,x\n1,2\n' }, { contract })).bad).toMatchObject([
      { id: 'column.unknown', status: 'warn' },
    ]);
    const open = `${contract}\nadditionalProperties: true`;
    expect((await check({ 'a.csv': 'id,x\n1,2\n' }, { contract: open })).bad).toEqual([]);
  });

  test('a column that only a part of the schema excludes fails in its rows', async () => {
    const contract = 'allOf: [{ properties: { id: { type: integer } } }]\nunevaluatedProperties: false';
    expect((await check({ 'a.csv': 'id\n1\n' }, { contract })).bad).toEqual([]);
    expect((await check({ 'a.csv': 'id,x\n1,2\n' }, { contract })).bad).toMatchObject([
      { id: 'column.unknown', target: { column: 'x' }, status: 'fail', observed: 1 },
    ]);
  });

  test('a misspelt keyword is not passed over in silence', async () => {
    const contract = 'properties: { id: { type: integer, minimun: 3 } }';
    expect((await check({ 'a.csv': 'id\n1\n' }, { contract })).bad).toMatchObject([
      { id: 'contract.keyword', status: 'warn', fix: 'did you mean minimum?' },
    ]);
  });
});

describe('the table', () => {
  test('a repeated key is found across files, by all its parts', async () => {
    const files = { 'a.csv': 'day,hr\nx,1\nx,11\n', 'b.csv': 'hr,day\n1,x\n1,x1\n' };
    expect((await check(files, { key: ['day', 'hr'] })).bad).toMatchObject([
      {
        id: 'table.key',
        observed: 1,
        message: '1 row repeats the key day, hr of an earlier row',
        locations: [{ file: 'b.csv', line: 2 }],
      },
    ]);
  });

  test('a key that the data do not have fails', async () => {
    expect((await check({ 'a.csv': 'day\nx\n' }, { key: ['dya'] })).bad).toMatchObject([
      { id: 'table.key', status: 'fail', fix: 'did you mean day?' },
    ]);
  });

  test('rows of a file that lacks a part of the key do not pass it', async () => {
    const { bad, invalidRows } = await check({ 'a.csv': 'id,x\n1,1\n', 'b.csv': 'x\n2\n' }, { key: ['id'] });
    expect(bad).toMatchObject([
      { id: 'table.columns', status: 'warn' },
      { id: 'table.key', observed: 1, locations: [{ file: 'b.csv', line: 2 }] },
    ]);
    expect(invalidRows).toBe(1);
  });

  test('too few rows fail', async () => {
    const { bad } = await check({ 'a.csv': 'id,age\n1,2\n' }, { contract: RULES });
    expect(bad).toMatchObject([
      {
        id: 'table.rows',
        observed: 1,
        expected: { min: 2 },
        fix: 'add the rows that are missing; only if the data are right, change the contract: x-ml-loop.rows.min: 1',
      },
    ]);
  });

  test.each([
    ['', 'file.empty'],
    ['id,age\n', 'file.no-rows'],
    ['id,id\n1,2\n', 'file.header'],
    ['id,age\n1\n', 'row.fields'],
    ['id,age\n1,"2\n', 'file.quote'],
  ])('%j fails, and no rule passes for want of rows', async (text, id) => {
    const { bad, checks } = await check({ 'a.csv': text }, { contract: RULES });
    expect(bad.find((one) => one.id === id)).toMatchObject({
      status: 'fail',
      locations: [{ file: 'a.csv' }],
    });
    const rules = checks.filter((one) => one.id === 'column.type' || one.id === 'table.key');
    expect(rules).toEqual([]);
  });

  test('rows that could not be read are invalid rows', async () => {
    const { rows, invalidRows } = await check({ 'a.csv': 'id,age\n1\n2,3\n4,5,6\n' });
    expect([rows, invalidRows]).toEqual([3, 2]);
  });
});

describe('contracts that cannot be used', () => {
  test.each([
    ['a: [', /contract.yml:1: the contract is neither JSON nor YAML/],
    ['properties:\n  a: {}\n  a: {}', /contract.yml:3: .*"a" is there twice/],
    ['{"properties": {"1": {},\n 1: {}}}', /contract.yml:2: .*"1" is there twice/],
    ['a: &k foo\nproperties: {*k : {}, foo: {}}', /contract.yml:2: .*"foo" is there twice/],
    ['properties: {"": {},\n null: {}}', /contract.yml:2: .*"" is there twice/],
    ['[]', /contract.yml: the contract is not an object/],
    ['$schema: http://json-schema.org/draft-04/schema#', /contract.yml:1: \$schema .* is not read/],
    ['\nx-ml-loop: { keys: [a] }', /contract.yml:2: x-ml-loop has no keys → did you mean key/],
    ['x-ml-loop: { rows: { min: -1 } }', /x-ml-loop.rows.min is not a number of rows/],
    ['x-ml-loop: { key: [1] }', /x-ml-loop.key is neither/],
    ['expectations: []', /a Great Expectations suite, but this action reads only a JSON Schema/],
    ['fields: []', /Frictionless/],
    ['kind: DataContract', /Open Data Contract/],
    ['models: []', /dbt/],
    ['a: *missing', /aliases of the contract cannot be followed/],
    [
      ['a: &a [x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a]', 'c: &c [*b, *b, *b, *b, *b, *b]']
        .concat('d: [*c, *c, *c, *c, *c, *c]', 'properties: {}')
        .join('\n'),
      /aliases of the contract cannot be followed/,
    ],
  ])('%j is refused', (text, message) => {
    const parse = () => parseContract(text, 'contract.yml');
    expect(parse).toThrow(message);
    expect(parse).toThrow(UserError);
  });
});

describe('a proposed contract', () => {
  const propose = async (files: Readonly<Record<string, string>>) => {
    const { profiled } = await check(files);
    return inferContract(profiled.profile, profiled);
  };

  test('is short, readable, and keeps rare values out', async () => {
    const rows = Array.from(
      { length: 120 },
      (_value, i) => `${i},${i % 2 === 0 ? 'a' : 'b'},secret${i},${i / 120},${i === 3 ? '' : 'true'}`,
    );
    expect(await propose({ 'a.csv': `id,kind,name,share,flag\n${rows.join('\n')}\n` })).toBe(
      [
        '# Proposed by validate-data from 120 rows: read it, correct it, and give it as `contract`.',
        '# The ranges are wider than the data; say what you know to be true.',
        '',
        '$schema: https://json-schema.org/draft/2020-12/schema',
        'type: object',
        'properties:',
        '  id: { type: integer, minimum: 0 }',
        '  kind: { type: string, enum: [ a, b ] }',
        '  name: { type: string }',
        '  share: { type: number, minimum: 0, maximum: 1 }',
        '  flag: { type: [ boolean, "null" ] }',
        'required: [ id, kind, name, share, flag ]',
        'additionalProperties: false',
        'x-ml-loop:',
        '  key: [ id ]',
        '  rows: { min: 1 }',
        '',
      ].join('\n'),
    );
  });

  test('of numbers that are not all finite is one of numbers', async () => {
    const { profiled } = await check({ 'a.csv': 'x,y,z\n1,5,a\nNaN,1.5,\n2,inf,b\n' });
    const contract = inferContract(profiled.profile, { typed: true });
    expect(contract).toContain('x: { type: [ integer, "null" ], minimum: 0, maximum: 11 }');
    expect(contract).toContain('"y": { type: [ number, "null" ]');
    expect(contract).toContain('z: { type: [ string, "null" ] }');
  });

  test('has no set of texts that are spelled otherwise in the data', async () => {
    const files = { 'a.csv': `size\n${' 5\nL\n'.repeat(60)}` };
    const contract = await propose(files);
    expect(contract).toContain('size: { type: string }');
    expect((await check(files, { contract })).bad).toEqual([]);
  });

  const cell = fc.oneof(
    fc.constantFrom(
      '',
      '""',
      'true',
      '2026-01-31',
      '2026-01-31T10:00',
      ' 2026-01-31',
      '01',
      '-3',
      '1e3',
      'x',
      ' 5 ',
      '1e400',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
  );
  test('accepts the very data it was made from: CSV', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), async (rows) => {
        const files = { 'a.csv': `a,b\n${rows.map((row) => `${row.join(',')}\n`).join('')}` };
        expect((await check(files, { contract: await propose(files) })).bad).toEqual([]);
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  test('accepts the very data it was made from: JSON Lines', async () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('1', 'true', '2026-01-31'));
    const record = fc.dictionary(fc.constantFrom('a', 'b', 'id'), value, { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
        const files = { 'a.jsonl': records.map((one) => `${JSON.stringify(one)}\n`).join('') };
        expect((await check(files, { contract: await propose(files) })).bad).toEqual([]);
      }),
      { numRuns: 30, seed: 7 },
    );
  });
});
