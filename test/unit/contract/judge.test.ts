import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { compiledRules, schemaRules } from '../../../shared/contract/schema.ts';
import type { Judge, Violation } from '../../../shared/contract/violation.ts';
import { allowedTypes, columnTypes } from '../../../shared/contract/vocabulary.ts';
import { ajvColumns } from './ajv.ts';

const contractOf = (schema: object) => parseContract(JSON.stringify(schema), 'c.json');
const judgeOf = (schema: object): Judge => compiledRules(contractOf(schema)).row;
const columnsOf = (judge: Judge, row: object) =>
  [...new Set(judge(row as Record<string, unknown>).map(({ column = '' }) => column))].sort();
const seen = (judge: Judge, row: object) =>
  judge(row as Record<string, unknown>)
    .map(({ rule, column }) => `${rule} ${column ?? ''}`)
    .sort();

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    -1,
    2.5,
    1e21,
    '',
    'a',
    'ab',
    'é',
    '😀',
    '2026-01-31',
    '2026-02-30',
    'x@y.org',
    '10:00:00Z',
  ),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const type = fc.constantFrom('integer', 'number', 'boolean', 'string', 'null');
const property = fc.record(
  {
    type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
    minimum: fc.integer({ min: -5, max: 5 }),
    maximum: fc.double({ min: -5, max: 5, noNaN: true }),
    exclusiveMinimum: fc.integer({ min: -5, max: 5 }),
    exclusiveMaximum: fc.integer({ min: -5, max: 5 }),
    minLength: fc.integer({ min: 0, max: 3 }),
    maxLength: fc.integer({ min: 0, max: 3 }),
    enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3, comparator: 'SameValueZero' }),
    const: scalar,
    pattern: fc.constantFrom('^a', '.', '^\\p{L}$', 'b$'),
    multipleOf: fc.constantFrom(1, 2, 0.5, 0.01),
    format: fc.constantFrom('date', 'date-time', 'time', 'email', 'uuid', 'ipv4', 'uri', 'hostname', 'iri'),
    title: fc.constant('t'),
  },
  { requiredKeys: [] },
);
const names = ['a', 'b', 'c'] as const;
const schema = fc.record(
  {
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom(...names), property, { maxKeys: 3, noNullPrototype: true }),
    required: fc.uniqueArray(fc.constantFrom(...names)),
    additionalProperties: fc.boolean(),
  },
  { requiredKeys: ['type', 'properties'] },
);
const row = fc.dictionary(fc.constantFrom(...names, 'd'), fc.oneof(scalar, fc.constantFrom([], {})), {
  noNullPrototype: true,
});

test('schemas of scalar columns are judged as ajv judges them, as a whole and column by column', () => {
  fc.assert(
    fc.property(schema, fc.array(row, { minLength: 1, maxLength: 20 }), (rules, rows) => {
      const compiled = compiledRules(contractOf(rules));
      const ajv = ajvColumns(rules);
      for (const one of rows) {
        expect([one, columnsOf(compiled.row, one)]).toEqual([one, ajv(one)]);
        const apart = Object.entries(one).flatMap(([name, value]) => compiled.column(name)(value));
        const ofValues = compiled.row(one).filter(({ rule }) => !/missing|unknown/.test(rule));
        const sorted = (list: readonly Violation[]) => list.map((each) => JSON.stringify(each)).sort();
        expect(sorted(apart)).toEqual(sorted(ofValues));
      }
    }),
    { numRuns: 40, seed: 5 },
  );
});

test('keywords are told one by one if the contract grades them', () => {
  fc.assert(
    fc.property(schema, fc.array(row, { minLength: 1, maxLength: 20 }), (rules, rows) => {
      const graded = judgeOf({ ...rules, 'x-ml-loop': { tolerance: 1 } });
      const ungraded = judgeOf(rules);
      for (const one of rows) {
        const found = graded(one);
        expect([...new Set(found.map(({ rule, column = '' }) => `${rule} ${column}`))].sort()).toEqual(
          seen(ungraded, one),
        );
        for (const { rule, keyword } of found)
          expect(keyword !== undefined).toBe(!/missing|unknown/.test(rule));
      }
    }),
    { numRuns: 40, seed: 8 },
  );
});

test('the evaluator judges what ajv can as ajv does', () => {
  const leaf = fc.oneof(
    fc.boolean(),
    property,
    fc.record(
      {
        multipleOf: fc.constantFrom(1, 2, 0.5, 0.1, 0.01),
        uniqueItems: fc.boolean(),
        minItems: fc.nat(2),
        maxItems: fc.nat(2),
        minProperties: fc.nat(2),
        maxProperties: fc.nat(2),
        required: fc.uniqueArray(fc.constantFrom(...names)),
        dependentRequired: fc.constantFrom({ a: ['b'] }, { b: ['c', 'a'] }),
        $ref: fc.constantFrom('#/$defs/one', '#/$defs/two'),
      },
      { requiredKeys: [] },
    ),
  );
  const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
    leaf,
    tree: fc.oneof(
      { maxDepth: 2 },
      tie('leaf'),
      fc.record(
        {
          allOf: fc.array(tie('tree'), { minLength: 1, maxLength: 2 }),
          anyOf: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
          oneOf: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
          not: tie('tree'),
          if: tie('tree'),
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
          then: tie('tree'),
          else: tie('tree'),
          properties: fc.dictionary(fc.constantFrom(...names), tie('tree'), { noNullPrototype: true }),
          patternProperties: fc.dictionary(fc.constantFrom('a', '^[bc]$'), tie('tree'), {
            maxKeys: 2,
            noNullPrototype: true,
          }),
          additionalProperties: tie('tree'),
          propertyNames: tie('tree'),
          dependentSchemas: fc.dictionary(fc.constantFrom(...names), tie('tree'), {
            maxKeys: 1,
            noNullPrototype: true,
          }),
          prefixItems: fc.array(tie('tree'), { minLength: 1, maxLength: 2 }),
          items: tie('tree'),
          contains: tie('tree'),
          minContains: fc.nat(2),
          maxContains: fc.nat(2),
        },
        { requiredKeys: [] },
      ),
    ),
  }));
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names, 'd'), tie('value'), { noNullPrototype: true }),
    ),
  })).value;
  const rows = fc.array(fc.dictionary(fc.constantFrom(...names, 'd'), value, { noNullPrototype: true }), {
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(tree, leaf, property, rows, (body, one, two, all) => {
      const rules = { allOf: [body], $defs: { one: { properties: { a: one } }, two } };
      const ajv = ajvColumns(rules);
      const own = judgeOf(rules);
      const tracking = judgeOf({ ...rules, unevaluatedProperties: true });
      for (const row of all) {
        const holds = ajv(row).length === 0;
        expect([row, own(row as never).length === 0]).toEqual([row, holds]);
        expect([row, tracking(row as never).length === 0]).toEqual([row, holds]);
      }
    }),
    { numRuns: 12, seed: 11 },
  );
});

test('a contract of very many columns is judged alike', () => {
  const columns = Array.from({ length: 1001 }, (_, i) => `c${i}`);
  const properties = Object.fromEntries(columns.map((name) => [name, { type: 'integer' }]));
  const judge = judgeOf({ properties, required: columns, anyOf: [{ required: ['c1'] }] });
  expect(seen(judge, Object.fromEntries(columns.map((name) => [name, 1])))).toEqual([]);
  expect(seen(judge, Object.fromEntries(columns.map((name) => [name, name === 'c7' ? 'x' : 1])))).toEqual([
    'column.type c7',
  ]);
});

describe('rules across columns', () => {
  test('if and then tell what is wrong, not that something is', () => {
    const judge = judgeOf({
      if: { properties: { kind: { const: 'a' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { n: { minimum: 1 } }, required: ['n'] },
    });
    expect(seen(judge, { kind: 'a', n: 0 })).toEqual(['column.range n']);
    expect(seen(judge, { kind: 'a' })).toEqual(['column.missing n']);
    expect(seen(judge, { kind: 'b' })).toEqual([]);
  });

  test('alternatives are one rule, told by its place', () => {
    const judge = judgeOf({ anyOf: [{ required: ['a'] }, { required: ['b'] }] });
    expect(judge({}).map(({ rule, detail }) => [rule, detail])).toEqual([['row.rule', '#/anyOf']]);
  });

  test('a value that no alternative of a column takes is told, also if one of them is about its type', () => {
    const judge = judgeOf({ properties: { a: { anyOf: [{ enum: ['-'] }, { type: 'number' }] } } });
    expect(judge({ a: 'NaN' })).toEqual([
      { rule: 'column.rule', column: 'a', detail: '#/properties/a/anyOf', value: 'NaN' },
    ]);
    expect(judge({ a: '-' })).toEqual([]);
  });

  test('a rule of a nested value belongs to its column', () => {
    const judge = judgeOf({ properties: { list: { type: 'array', items: { type: 'integer' } } } });
    expect(seen(judge, { list: [1, 'x'] })).toEqual(['column.rule list']);
  });

  test('draft-07 is read by its own rules', () => {
    const draft = 'http://json-schema.org/draft-07/schema#';
    const judge = judgeOf({
      $schema: draft,
      properties: { a: { type: 'array', items: [{ type: 'integer' }] } },
    });
    expect(seen(judge, { a: ['x', 'x'] })).toEqual(['column.rule a']);
    expect(seen(judge, { a: [1, 'x'] })).toEqual([]);
  });
});

test.each([
  [
    { properties: { a: { type: 'int' } } },
    /c.json:1: is not a valid JSON Schema: properties.a.type .*: array, boolean/,
  ],
  [
    { properties: { a: { minimum: '1' } }, required: 'x' },
    /properties.a.minimum must be number[\s\S]*required must be array/,
  ],
  [
    { properties: { a: { pattern: '(' } } },
    /c.json: is not a schema that can be used: Invalid regular expression/,
  ],
  [
    { properties: { a: { pattern: '(' } }, unevaluatedProperties: false },
    /c.json: is not a schema that can be used: Invalid regular expression/,
  ],
  [{ properties: { a: { $ref: 'https://example.org/x.json' } } }, /remote references are refused/],
  [{ properties: { a: { $ref: '#/$defs/none' } } }, /leads nowhere/],
])('%j is refused with its place', async (rules, message) => {
  await expect(schemaRules(contractOf(rules))).rejects.toThrow(message);
});

test.each([
  [{ type: 'integer' }, ['integer']],
  [{ type: ['number', 'null'] }, ['number', 'null']],
  [{ enum: [1, 'a', null] }, ['integer', 'string', 'null']],
  [{ const: true }, ['boolean']],
  [{ minimum: 0 }, ['number']],
  [{ $ref: '#/$defs/n' }, ['number']],
  [{ anyOf: [{ type: 'null' }, { $ref: '#/$defs/n' }] }, ['null', 'number']],
  [{}, []],
  [{ $ref: '#/$defs/loop' }, []],
])('the types that %j allows decide how a text is read', (rules, expected) => {
  const root = { $defs: { n: { type: 'number' }, loop: { $ref: '#/$defs/loop' } } };
  expect([...allowedTypes(rules, root)]).toEqual(expected);
});

test.each([
  [{ allOf: [{ properties: { a: { type: 'integer' } } }] }, ['integer']],
  [{ $ref: '#/$defs/row' }, ['number']],
  [{ patternProperties: { '^a': { type: 'boolean' } } }, ['boolean']],
  [{ additionalProperties: { type: 'number' } }, ['number']],
  [{ properties: { a: {} }, if: { properties: { a: { minimum: 1 } } } }, ['number']],
])('the types of a column are found in every part of %j', (rules, expected) => {
  const root = { ...rules, $defs: { row: { properties: { a: { type: 'number' } } } } };
  expect([...columnTypes('a', rules, root)]).toEqual(expected);
});
