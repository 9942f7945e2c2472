import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { column, faultsOf, imported, lost, refused, table } from './support.ts';

/** An object `t` with one property `a`, its members as YAML's flow style. */
function property(members: string, { object = '', document = '', version = 'v3.1.0' } = {}) {
  return imported(
    `{ apiVersion: ${version}, kind: DataContract, schema: [{ name: t, properties: [{ name: a, ${members} }, { name: b }] ${object} }] ${document} }`,
  );
}

describe('logical types', () => {
  test.each<[string, string[], string[]]>([
    ['logicalType: string', ['x', '1'], []],
    [
      'logicalType: string, logicalTypeOptions: { minLength: 2, maxLength: 3, pattern: "b" }',
      ['ab', 'abc'],
      ['b', 'abcd', 'ac'],
    ],
    ['logicalType: string, logicalTypeOptions: { format: email }', ['a@example.org'], ['a']],
    [
      'logicalType: string, logicalTypeOptions: { format: uuid }',
      ['95ecc380-afe9-11e4-9b6c-751b66dd541e'],
      ['x'],
    ],
    ['logicalType: string, logicalTypeOptions: { format: ipv6 }', ['::1'], ['1.2.3.4']],
    ['logicalType: string, logicalTypeOptions: { format: byte }', ['dGVzdA=='], ['*']],
    ['logicalType: string, logicalTypeOptions: { format: password }', ['x'], []],
    ['logicalType: integer', ['1'], ['1.5', 'x']],
    ['logicalType: integer, logicalTypeOptions: { format: i8 }', ['127', '-128'], ['128']],
    ['logicalType: integer, logicalTypeOptions: { format: u64 }', ['5000000000'], ['-1']],
    ['logicalType: integer, logicalTypeOptions: { multipleOf: 5 }', ['0', '-5', '10'], ['3']],
    [
      'logicalType: number, logicalTypeOptions: { minimum: 0, exclusiveMaximum: 1, format: f32 }',
      ['0', '0.9'],
      ['-0.1', '1'],
    ],
    ['logicalType: number, logicalTypeOptions: { minimum: 0, exclusiveMinimum: true }', ['0.1'], ['0']],
    ['logicalType: number, logicalTypeOptions: { minimum: 0, exclusiveMinimum: false }', ['0'], ['-1']],
    ['logicalType: boolean', ['true', 'false'], ['1', 'x']],
    ['logicalType: date', ['2024-02-29'], ['2023-02-29', '2024-02-29T10:00:00Z']],
    [
      'logicalType: date, logicalTypeOptions: { format: yyyy-MM-dd, minimum: "2024-01-01" }',
      ['2024-01-01'],
      ['2023-12-31'],
    ],
    [
      'logicalType: date, logicalTypeOptions: { format: "dd/MM/yyyy" }',
      ['29/02/2024'],
      ['29/02/2023', '2024-02-29'],
    ],
    [
      'logicalType: timestamp',
      ['2024-03-10T14:22:35Z', '2024-03-10 14:22:35.5+02:00', '2024-03-10T14:22:35'],
      ['2024-03-10', 'x'],
    ],
    [
      'logicalType: timestamp, logicalTypeOptions: { timezone: true }',
      ['2024-03-10T14:22:35Z'],
      ['2024-03-10T14:22:35'],
    ],
    [
      'logicalType: timestamp, logicalTypeOptions: { format: "yyyy-MM-ddTHH:mm:ssZ" }',
      ['2024-03-10T14:22:35Z', '2024-03-10T14:22:35+10:00'],
      ['2024-03-10T14:22:35'],
    ],
    ['logicalType: time', ['08:30:00', '08:30'], ['24:00:00', 'x']],
    ['logicalType: time, logicalTypeOptions: { format: "HH:mm:ss" }', ['08:30:00'], ['8:30:00']],
    [
      'logicalType: array, logicalTypeOptions: { minItems: 1, uniqueItems: true }, items: { logicalType: string }',
      ['["a"]', '["a",null]'],
      ['[]', '["a","a"]', '[1]'],
    ],
    [
      'logicalType: array, items: { logicalType: object, properties: [{ name: id, logicalType: integer, required: true }] }',
      ['[{"id":1}]'],
      ['[{}]', '[{"id":"x"}]'],
    ],
    [
      'logicalType: map, map: { key: { logicalType: string }, value: { logicalType: integer } }',
      ['{"x":1}'],
      ['{"x":"y"}'],
    ],
    [
      'logicalType: object, logicalTypeOptions: { minProperties: 1, required: [x] }',
      ['{"x":1}'],
      ['{}', '{"y":1}'],
    ],
    ['physicalType: VARCHAR(18)', ['x'], []],
    ['physicalType: "DECIMAL(10,2)"', ['1.5'], ['x']],
    ['physicalType: timestamp_ntz', ['2024-03-10 14:22:35'], ['x']],
    [
      'logicalType: string, enum: [{ value: pending, label: Pending }, { value: shipped }]',
      ['pending'],
      ['lost'],
    ],
  ])('%s', (members, good, bad) => {
    const result = property(members);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad, null])).toEqual(bad);
  });

  test('until 3.1 instants were dates, too', () => {
    expect(
      refused(property('logicalType: date', { version: 'v3.0.2' }), 'a', [
        '2024-02-29T10:00:00Z',
        '2024-02-29',
        'x',
      ]),
    ).toEqual(['x']);
  });

  test.each([
    ['logicalType: string, logicalTypeOptions: { format: isbn }', 'the format isbn'],
    ['logicalType: string, logicalTypeOptions: { minimum: 1 }', 'has no minimum'],
    ['logicalType: string, logicalTypeOptions: { pattern: "(" }', 'cannot be read'],
    ['logicalType: date, logicalTypeOptions: { format: "eeee" }', 'letters'],
    ['logicalType: timestamp, logicalTypeOptions: { minimum: "2024-01-01T00:00:00Z" }', 'bounds'],
    ['physicalType: geography', 'physicalType geography'],
    ['classification: restricted', 'classification'],
    ['logicalType: string, relationships: [{ to: other.id }]', 'foreign key'],
  ])('%s is told', (members, reason) => {
    expect(lost(property(members)).join()).toContain(reason);
  });
});

describe('columns', () => {
  test('required, unique and the order of the primary key', () => {
    const result = imported(`
apiVersion: v3.0.2
kind: DataContract
schema:
  - name: t
    properties:
      - { name: a, primaryKey: true, primaryKeyPosition: 2 }
      - { name: b, primaryKey: true, primaryKeyPosition: 1, physicalName: B }
      - { name: c, unique: true, required: true, primaryKeyPosition: -1 }
`);
    expect(table(result)).toEqual({ key: ['B', 'a'], unique: [['c']] });
    expect(result.contract.required).toEqual(['a', 'B', 'c']);
    for (const name of ['a', 'B', 'c']) expect(refused(result, name, ['x', null])).toEqual([null]);
  });

  const nested =
    'logicalType: object, required: true, properties: [{ name: x, logicalType: integer, required: true }, { name: y, logicalType: object, properties: [{ name: z, required: true }] }]';

  test('nested objects are columns named by their path', () => {
    const result = property(nested);
    expect(Object.keys(result.contract.properties as object)).toEqual(['a.x', 'a.y.z', 'b']);
    expect(refused(result, 'a.x', ['1', 'q', null])).toEqual(['q', null]);
    expect(lost(result)).toEqual(['required of a.y.z: an object that it is part of need not be there']);
  });

  test('or objects, if the option says so', () => {
    const result = imported(
      `{ apiVersion: v3.1.0, schema: [{ name: t, properties: [{ name: a, ${nested} }] }] }`,
      { nested: 'objects' },
    );
    expect(refused(result, 'a', ['{"x":1}', '{}', null])).toEqual(['{}', null]);
  });

  test('foreign keys, where the file is named', () => {
    const text = `
apiVersion: v3.1.0
kind: DataContract
schema:
  - name: orders
    properties: [{ name: c, relationships: [{ to: customers.id }] }, { name: d }]
    relationships: [{ type: foreignKey, from: [orders.c, orders.d], to: [x.c, x.d] }]
`;
    const result = imported(text, { files: { customers: 'c.csv', x: 'x.csv' } });
    expect(table(result)['foreign-keys']).toEqual([
      { columns: ['c'], file: 'c.csv', references: ['id'] },
      { columns: ['c', 'd'], file: 'x.csv', references: ['c', 'd'] },
    ]);
  });

  test('several objects are listed if none is named', () => {
    const text = '{ apiVersion: v3.1.0, schema: [{ name: t }, { name: u, properties: [{ name: a }] }] }';
    expect(() => imported(text)).toThrow('t, u');
    expect(imported(text, { table: 'u' }).contract.required).toEqual(['a']);
  });
});

describe('quality', () => {
  const ofColumn = (rule: string) => property(`logicalType: string, quality: [{ ${rule} }]`);

  test.each<[string, object]>([
    ['metric: nullValues, mustBeLessThan: 1, unit: percent', { nulls: { max: 0.009999999999999998 } }],
    ['metric: nullValues, mustBeLessOrEqualTo: 5, unit: percent', { nulls: { max: '5%' } }],
    ['metric: nullValues, mustBeLessThan: 10', { nulls: { max: 9 } }],
    ['metric: nullValues, mustBeBetween: [1, 3]', { nulls: { min: 1, max: 3 } }],
    [
      'metric: missingValues, mustBeLessThan: 100, arguments: { missingValues: [null, "", N/A] }',
      { keywords: { not: { tolerance: 99 } } },
    ],
    [
      'metric: invalidValues, arguments: { validValues: [x] }, mustBeLessThan: 5, unit: rows',
      { keywords: { enum: { tolerance: 4 } } },
    ],
    [
      'metric: invalidValues, arguments: { pattern: "^x" }, mustBeLessOrEqualTo: 1, unit: percent, severity: warning',
      { keywords: { pattern: { severity: 'warn', tolerance: '1%' } } },
    ],
  ])('%s', (rule, own) => {
    const result = ofColumn(rule);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(column(result, 'a')['x-ml-loop']).toEqual(own);
  });

  test('none at all', () => {
    expect(refused(ofColumn('metric: nullValues, mustBe: 0, unit: rows'), 'a', ['x', null])).toEqual([null]);
    expect(
      refused(ofColumn('metric: invalidValues, mustBe: 0, arguments: { validValues: [pounds, kg] }'), 'a', [
        'kg',
        'x',
        null,
      ]),
    ).toEqual(['x']);
    expect(
      refused(ofColumn('metric: missingValues, mustBe: 0, arguments: { missingValues: [null, N/A] }'), 'a', [
        'kg',
        'N/A',
        null,
      ]),
    ).toEqual(['N/A', null]);
    // As the standard's own example has it.
    expect(
      refused(ofColumn('metric: invalidValues, mustBe: 0, arguments: null, pattern: "^[A-Z]{2}$"'), 'a', [
        'DE',
        'de',
      ]),
    ).toEqual(['de']);
  });

  test('a column and its set: both kinds of values are read as the column is', () => {
    const result = property(
      'logicalType: integer, quality: [{ metric: invalidValues, mustBe: 0, arguments: { validValues: ["1", "2"] } }]',
    );
    expect(refused(result, 'a', ['1', '3'])).toEqual(['3']);
  });

  test('duplicates and rows', () => {
    expect(table(ofColumn('metric: duplicateValues, mustBeLessThan: 10')).unique).toEqual([
      { columns: ['a'], tolerance: 9 },
    ]);
    expect(table(ofColumn('rule: duplicateCount, mustBe: 0')).unique).toEqual([['a']]);
    const rows = property('required: true', {
      object:
        ', quality: [{ metric: rowCount, mustBeGreaterThan: 100 }, { metric: rowCount, mustBeLessOrEqualTo: 120 }, { metric: duplicateValues, mustBe: 0, arguments: { properties: [a, b] } }]',
    });
    expect(table(rows)).toEqual({ rows: { min: 101, max: 120 }, unique: [['a', 'b']] });
    expect(lost(rows)).toEqual([]);
  });

  test.each([
    ['type: sql, query: "SELECT 1", mustBe: 0', 'type sql'],
    ['type: text, description: fine', 'type text'],
    ['type: custom, engine: soda, implementation: x', 'type custom'],
    ['metric: nullValues', 'no operator'],
    ['metric: nullValues, mustNotBe: 3', 'not a range'],
    ['metric: invalidValues, mustBe: 0', 'neither'],
    ['metric: invalidValues, mustBeGreaterThan: 3, arguments: { validValues: [x] }', 'asks for broken rows'],
    ['metric: rowCount, mustBe: 3, unit: percent', 'unit percent'],
    ['metric: nullValues, mustBe: 3, unit: minutes', 'unit minutes'],
    ['metric: avgLength, mustBe: 3', 'not known'],
  ])('%s is told', (rule, reason) => {
    expect(lost(ofColumn(rule)).join()).toContain(reason);
  });
});

test('service levels', () => {
  const sla = (entry: string) =>
    property('logicalType: timestamp', { document: `, slaProperties: [{ ${entry} }]` });
  expect(table(sla('property: latency, value: 4, unit: d, element: t.a')).freshness).toEqual({
    column: 'a',
    'max-age': '4d',
  });
  expect(table(sla('property: LY, value: 1, unit: years, element: a')).freshness).toEqual({
    column: 'a',
    'max-age': '365.25d',
  });
  expect(lost(sla('property: freshness, value: 4, element: t.a'))).toHaveLength(1);
  expect(lost(sla('property: retention, value: 3, unit: y, element: t.a'))).toHaveLength(1);
  expect(lost(sla('property: latency, value: 4, unit: d, element: u.a')).join()).toContain('no object');
});

test('all that is wrong is told at once', () => {
  const text = `
kind: DataContract
apiVersion: v2.2.2
schema:
  - name: t
    properties:
      - { logicalType: string }
      - { name: a, logicalType: text }
      - { name: b, logicalType: string, logicalTypeOptions: { minLength: -1 } }
      - { name: c, quality: [{ mustBe: 0 }] }
`;
  try {
    imported(text);
    throw new Error('was read');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.map(({ where }) => where)).toEqual(['contract.yml: apiVersion']);
  }
  expect(() => imported(text.replace('v2.2.2', 'v3.1.0'))).toThrow(
    /a property has no name[\s\S]*the logicalType "text"[\s\S]*minLength is not a whole number[\s\S]*has no metric/,
  );
});
