import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { column, faultsOf, imported, lost, refused, table } from '../../import/support.ts';

/** Cases of the text of the Open Data Contract Standard that its tool does not test. */
function contract(members: object, { version = 'v3.1.0', object = {}, options = {} } = {}) {
  const schema = [{ name: 't', properties: [{ name: 'a', ...members }, { name: 'b' }], ...object }];
  return imported(JSON.stringify({ apiVersion: version, kind: 'DataContract', schema }), options);
}

describe('the examples of the text', () => {
  test('all data types, as 3.0.2 has them', () => {
    const result = imported(`
version: 1.0.0
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553a
status: active
name: my_table
dataProduct: my_quantum
apiVersion: v3.0.2
schema:
  - name: transactions_tbl
    description: Provides core payment metrics
    dataGranularityDescription: Aggregation on names txn_ref_dt, pmt_txn_id
    physicalType: table
    properties:
      - { name: account_id, physicalType: string, logicalType: string, logicalTypeOptions: { minLength: 11, maxLength: 11, pattern: "ACC[0-9]{8}" } }
      - { name: txn_ref_date, logicalType: date, logicalTypeOptions: { exclusiveMinimum: "2020-01-01", maximum: "2021-01-01", format: yyyy-MM-dd } }
      - { name: txn_timestamp, logicalType: date, logicalTypeOptions: { minimum: "2020-01-01 00:00:00", maximum: "2021-01-01 00:00:00", format: "yyyy-MM-dd HH:mm:ss" } }
      - { name: amount, physicalType: double, logicalType: number, logicalTypeOptions: { minimum: 0, format: f32 } }
      - { name: age, physicalType: int, logicalType: integer, logicalTypeOptions: { minimum: 18, exclusiveMaximum: 100, format: i64 } }
      - { name: is_open, physicalType: bool, logicalType: boolean }
      - { name: latest_txns, physicalType: list, logicalType: array, logicalTypeOptions: { minItems: 0, maxItems: 3, uniqueItems: true } }
      - { name: customer_details, physicalType: json, logicalType: object, logicalTypeOptions: { required: [num_children, date_of_birth], maxProperties: 5 } }
`);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    const bad = (name: string, good: readonly string[], values: string[]) =>
      expect([name, refused(result, name, [...good, ...values, null])]).toEqual([name, values]);
    bad('account_id', ['ACC00000001'], ['ACC0000001', 'xACC00000001']);
    bad('txn_ref_date', ['2020-01-02', '2021-01-01'], ['2020-01-01', '2021-01-02', '2020-02-30']);
    bad(
      'txn_timestamp',
      ['2020-01-01 00:00:00', '2021-01-01 00:00:00'],
      ['2019-12-31 23:59:59', '2021-01-01 00:00:01', '2020-06-01'],
    );
    bad('age', ['18', '99'], ['17', '100', '18.5']);
    bad('latest_txns', ['[]', '[1,2,3]'], ['[1,2,3,4]', '[1,1]']);
    bad('customer_details', ['{"num_children":1,"date_of_birth":"x"}'], ['{"num_children":1}']);
  });

  test.each([
    ['rule: validValues', { rule: 'validValues', validValues: ['x'] }, ['x'], ['y']],
    ['rule: nullCheck', { rule: 'nullCheck' }, ['x'], [null]],
    [
      'rule: nullCheck, all of 3.0',
      {
        rule: 'nullCheck',
        type: 'library',
        dimension: 'completeness',
        severity: 'error',
        businessImpact: 'operational',
        scheduler: 'cron',
        schedule: '0 20 * * *',
      },
      ['x'],
      [null],
    ],
  ])('3.0: %s asks for no broken value', (_name, rule, good, bad) => {
    const result = contract({ logicalType: 'string', quality: [rule] }, { version: 'v3.0.2' });
    expect(lost(result)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad])).toEqual(bad);
  });

  test('maps of 3.2: their keys and their values', () => {
    const map = {
      key: { logicalType: 'string', logicalTypeOptions: { minLength: 2 } },
      value: { logicalType: 'integer', logicalTypeOptions: { minimum: 0 } },
    };
    const result = contract({ logicalType: 'map', map }, { version: 'v3.2.0' });
    expect(refused(result, 'a', ['{"ab":1}', '{}', '{"a":1}', '{"ab":-1}', '{"ab":"x"}'])).toEqual([
      '{"a":1}',
      '{"ab":-1}',
      '{"ab":"x"}',
    ]);
    expect(() => contract({ logicalType: 'map' })).toThrow('its key and its value');
    const keyed = contract({ logicalType: 'map', map: { key: { logicalType: 'integer' }, value: {} } });
    expect(lost(keyed)).toEqual(['the keys of a, which are texts in a file']);
  });
});

test('vectors of 3.2 are so many numbers', () => {
  const logicalTypeOptions = {
    dimensions: 2,
    elementType: 'float32',
    distanceMetric: 'cosine',
    embeddingModel: 'm',
  };
  const result = contract({ logicalType: 'vector', logicalTypeOptions }, { version: 'v3.2.0' });
  expect(lost(result)).toEqual([]);
  expect(refused(result, 'a', ['[1,0.5]', '[1]', '[1,"x"]', 'x'])).toEqual(['[1]', '[1,"x"]', 'x']);
});

test.each([
  ['a dimension in a column', { semanticType: 'dimension', physicalType: 'varchar(2)' }, ['a', 'b']],
  ['a dimension without an expression', { semanticType: 'dimension' }, ['a', 'b']],
  ['a computed dimension', { semanticType: 'dimension', transformLogic: 'b' }, ['b']],
  ['a measure', { semanticType: 'measure', physicalType: 'decimal(18,2)' }, ['b']],
])('%s', (_name, members, columns) => {
  expect(contract(members, { version: 'v3.2.0' }).contract.required).toEqual(columns);
});

describe('bounds of times', () => {
  test.each([
    [
      'timestamp',
      { format: "yyyy-MM-dd'T'HH:mm:ss", minimum: '2024-01-01T00:00:00' },
      ['2024-01-01T00:00:00'],
      ['2023-12-31T23:59:59'],
    ],
    [
      'time',
      { format: 'HH:mm:ss', minimum: '08:00:00', exclusiveMaximum: '18:00:00' },
      ['08:00:00', '17:59:59'],
      ['07:59:59', '18:00:00'],
    ],
    ['date', { format: 'yyyyMMdd', exclusiveMinimum: '20240101' }, ['20240102'], ['20240101', '20240231']],
    [
      'date',
      { minimum: '2024-01-01', exclusiveMinimum: '2024-02-01' },
      ['2024-02-02'],
      ['2024-01-15', '2024-02-01'],
    ],
    [
      'timestamp',
      { exclusiveMinimum: '2024-01-01' },
      ['2024-01-01T00:00:01', '2024-01-02 00:00'],
      ['2024-01-01T00:00:00Z', '2023-12-31T10:00'],
    ],
    [
      'timestamp',
      { maximum: '2024-01-01' },
      ['2024-01-01T00:00:00Z', '2023-12-31T10:00'],
      ['2024-01-01T00:00:01', '2024-01-02 00:00'],
    ],
  ])('%s %j', (logicalType, logicalTypeOptions, good, bad) => {
    const result = contract({ logicalType, logicalTypeOptions });
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad])).toEqual(bad);
  });

  test.each([
    ['date', { format: 'dd/MM/yyyy', minimum: '01/01/2024' }],
    ['date', { format: 'yyyy-MM-dd', minimum: '01/01/2024' }],
    ['timestamp', { format: 'yyyy-MM-dd HH:mm:ssZ', minimum: '2024-01-01 00:00:00Z' }],
    ['timestamp', { minimum: '2024-01-01T00:00:00Z' }],
    ['time', { minimum: '08:00:00' }],
    ['time', { format: 'h:mm a', minimum: '8:00 AM' }],
  ])('are told where texts do not stand in their order: %s %j', (logicalType, logicalTypeOptions) => {
    expect(lost(contract({ logicalType, logicalTypeOptions }))).toHaveLength(1);
  });
});

describe('references', () => {
  const text = (relationship: string, ofObject: string) => `
apiVersion: v3.1.0
kind: DataContract
schema:
  - id: users_tbl
    name: users
    properties:
      - { id: user_id_pk, name: id, physicalName: ID, relationships: [${relationship}] }
      - { id: user_account_number, name: account_number }
    relationships: [${ofObject}]
  - id: accounts_tbl
    name: accounts
    physicalName: accounts_v1
    properties:
      - { id: acct_user_id, name: user_id }
      - { id: acct_number, name: account_number, physicalName: no }
      - { id: acct_address, name: address, logicalType: object, properties: [{ id: addr_street, name: street }] }
`;
  const keys = (
    relationship: string,
    ofObject = '',
    files: Record<string, string> = { accounts: 'a.csv', profiles: 'p.csv' },
  ) => {
    const result = imported(text(relationship, ofObject), { table: 'users', files });
    return [table(result)['foreign-keys'], lost(result).length];
  };
  const key = (columns: string[], file: string, references: string[]) => [[{ columns, file, references }], 0];

  test.each([
    ['schema/accounts_tbl/properties/acct_user_id', 'a.csv', 'user_id'],
    ['accounts.user_id', 'a.csv', 'user_id'],
    ['schema/accounts_tbl/properties/acct_number', 'a.csv', 'no'],
    ['accounts.address.street', 'a.csv', 'address.street'],
    ['schema/accounts_tbl/properties/acct_address/properties/addr_street', 'a.csv', 'address.street'],
    ['https://example.com/data-contract-v1.yaml#profiles.user_id', 'p.csv', 'user_id'],
    ['profiles.user_id', 'p.csv', 'user_id'],
  ])('%s', (to, file, reference) => {
    expect(keys(`{ to: "${to}" }`)).toEqual(key(['ID'], file, [reference]));
  });

  test('of an object, also compound, and by its other names', () => {
    const compound = key(['ID', 'account_number'], 'a.csv', ['user_id', 'no']);
    expect(
      keys('', '{ from: [users.id, users.account_number], to: [accounts.user_id, accounts.account_number] }'),
    ).toEqual(compound);
    const byId =
      '{ from: [schema/users_tbl/properties/user_id_pk, schema/users_tbl/properties/user_account_number], to: [schema/accounts_tbl/properties/acct_user_id, schema/accounts_tbl/properties/acct_number] }';
    expect(keys('', byId, { accounts_v1: 'a.csv' })).toEqual(compound);
    expect(keys('', '{ from: users.id, to: accounts.user_id }')).toEqual(key(['ID'], 'a.csv', ['user_id']));
  });

  test.each([
    '{ to: schema/accounts_tbl/properties/unknown }',
    '{ to: "https://example.com/c.yaml#/schema/profiles_tbl/properties/x" }',
    '{ to: other.id }',
    '{ to: accounts.unknown }',
    '{ type: lineage, to: accounts.user_id }',
  ])('%s is told', (relationship) => {
    expect(keys(relationship)).toEqual([undefined, 1]);
  });

  test.each([
    ['{ from: users.id, to: accounts.user_id }', ''],
    ['{ type: foreignKey }', ''],
    ['', '{ to: accounts.user_id }'],
    ['', '{ from: users.id, to: [accounts.user_id, accounts.account_number] }'],
    ['', '{ from: [users.id], to: [accounts.user_id, accounts.account_number] }'],
  ])('what the text rejects is refused: %s %s', (relationship, ofObject) => {
    expect(() => keys(relationship, ofObject)).toThrow('the relationship');
  });
});

describe('what says nothing here is told', () => {
  test.each([
    [{ isNullable: false }, {}, 'has no isNullable'],
    [{ isPrimaryKey: true }, {}, 'has no isPrimaryKey'],
    [{}, { columns: [] }, 'has no columns'],
    [{ semanticType: 'measure', transformLogic: 'SUM(b)' }, {}, 'a measure'],
    [{ quality: [{ type: 'sql', query: `SELECT COUNT(*) FROM \${table}`, mustBe: 0 }] }, {}, 'type sql'],
    [{ quality: [{ metric: 'freshness', mustBe: 0 }] }, {}, 'freshness'],
    [{ quality: [{ metric: 'nullValues', mustBeLessThan: 3, templateName: 'x' }] }, {}, 'templateName'],
  ])('%j %j', (members, object, reason) => {
    const result = contract(members, { object });
    expect(lost(result).join()).toContain(reason);
  });

  test('members of version 2 in the document', () => {
    const result = imported(
      '{ apiVersion: v3.1.0, kind: DataContract, quantumName: q, dataset: [], schema: [{ name: t }] }',
    );
    expect(lost(result)).toEqual(['the standard has no quantumName', 'the standard has no dataset']);
    expect(() => imported('{ apiVersion: v2.2.2, kind: DataContract, dataset: [{ table: t }] }')).toThrow(
      'use version 3',
    );
  });

  test('a deprecated element is checked as before', () => {
    const result = contract({ logicalType: 'integer', deprecated: true }, { version: 'v3.2.0' });
    expect([lost(result), refused(result, 'a', ['1', 'x'])]).toEqual([[], ['x']]);
  });
});

describe('what cannot be meant is refused', () => {
  const quality = (rule: object) => ({ quality: [{ metric: 'nullValues', ...rule }] });
  test.each<[object, string]>([
    [quality({ mustBeBetween: [1] }), 'mustBeBetween needs two numbers'],
    [quality({ mustBeBetween: [5, 1] }), 'no number of rows'],
    [quality({ mustBe: 'many' }), 'not a number'],
    [{ name: 'b' }, 'is there already'],
    [{ enum: [] }, 'not a list of values'],
    [{ enum: [{ label: 'x' }] }, 'not a list of values'],
  ])('%j', (members, reason) => {
    expect(() => contract(members, { version: 'v3.1.0' })).toThrow(reason);
  });

  test('duplicates of a property that is not there', () => {
    const object = {
      quality: [{ metric: 'duplicateValues', mustBe: 0, arguments: { properties: ['a', 'z'] } }],
    };
    expect(() => contract({}, { object })).toThrow('z is not a property');
  });

  test('variables of 3.2, which have no value here', () => {
    const variable = { logicalType: 'string', logicalTypeOptions: { pattern: `^\${PREFIX}` } };
    expect(() => contract(variable, { version: 'v3.2.0' })).toThrow('PREFIX');
    const query = { quality: [{ type: 'sql', query: `SELECT \${X}`, mustBe: 0 }], description: `\${X}` };
    expect(lost(contract(query, { version: 'v3.2.0' }))).toHaveLength(1);
  });
});

test('a missing value without a list is a null', () => {
  const result = contract({
    logicalType: 'string',
    quality: [{ metric: 'missingValues', mustBeLessOrEqualTo: 5, unit: 'percent' }],
  });
  expect(column(result, 'a')['x-ml-loop']).toEqual({ nulls: { max: '5%' } });
});

test('in documents what is not required may be absent, and objects nest', () => {
  const properties = [
    { name: 'a', required: true, logicalType: 'integer' },
    { name: 'b', logicalType: 'string', logicalTypeOptions: { minLength: 2 } },
    { name: 'o', logicalType: 'object', properties: [{ name: 'x', logicalType: 'integer', required: true }] },
  ];
  const text = JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    schema: [{ name: 't', properties }],
  });
  const { contract: schema } = imported(text, { nested: 'objects' });
  expect(schema.required).toEqual(['a']);
  const valid = new Ajv2020({ strict: false }).compile(schema);
  const rows = [
    { a: 1 },
    { a: 1, b: null, o: null },
    { a: 1, o: { x: 1 } },
    {},
    { a: 1, b: 'x' },
    { a: 1, o: {} },
  ];
  expect(rows.map((row) => valid(row))).toEqual([true, true, true, false, false, false]);
});
