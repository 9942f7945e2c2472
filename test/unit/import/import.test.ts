import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { foreignFormat, importContract } from '../../../shared/import/import.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { brokenLines, column, faultsOf, fixture, imported, lost, table } from './support.ts';

describe('words that every object of JavaScript knows', () => {
  test.each([
    '{ expectations: [{ type: constructor, kwargs: { column: a } }] }',
    '{ models: [{ name: m, columns: [{ name: a, data_tests: [constructor, dbt_utils.toString] }] }] }',
    '{ models: [{ name: m, columns: [{ name: a, data_tests: [{ relationships: { to: "ref(\'constructor\')", field: a } }] }] }] }',
    '{ apiVersion: v3.1.0, kind: DataContract, schema: [{ name: t, properties: [{ name: a, logicalType: integer, logicalTypeOptions: { format: toString } }], quality: [{ metric: valueOf }] }] }',
  ])('are not known: %s', (text) => {
    expect(lost(imported(text, { files: {} })).length).toBeGreaterThan(0);
  });
});

test('a column that is named twice is one', () => {
  const suite = (type: string, more = '') =>
    imported(`{ expectations: [{ type: expect_${type}, kwargs: { column_list: [a, b, a]${more} } }] }`);
  const unique = suite('compound_columns_to_be_unique', ', ignore_row_if: any_value_is_missing');
  expect(table(unique).unique).toEqual([['a', 'b']]);
  expect(lost(suite('multicolumn_sum_to_equal', ', sum_total: 2'))).toHaveLength(1);
});

describe('the format of a document', () => {
  test.each([
    ['{ models: [] }', 'dbt'],
    ['{ seeds: [{ name: a }] }', 'dbt'],
    ['{ version: 2, sources: [] }', 'dbt'],
    ['{ fields: [{ name: a }] }', 'frictionless'],
    ['{ resources: [] }', 'frictionless'],
    ['{ name: a, path: a.csv, schema: { fields: [] } }', 'frictionless'],
    ['{ $schema: "https://datapackage.org/profiles/2.0/tableschema.json", fields: [] }', 'frictionless'],
    ['{ expectation_suite_name: a, expectations: [] }', 'great-expectations'],
    ['{ name: a, expectations: [] }', 'great-expectations'],
    ['{ kind: DataContract, apiVersion: v3.0.0 }', 'odcs'],
    ['{ apiVersion: v3.1.0, schema: [] }', 'odcs'],
    ['{ type: object, properties: { models: {}, fields: {} } }', undefined],
    ['{ $schema: "https://json-schema.org/draft/2020-12/schema" }', undefined],
    ['[1, 2]', undefined],
    ['text', undefined],
  ])('%s is %s', (text, format) => {
    expect(foreignFormat(parse(text))).toBe(format);
  });

  test('a document of none is refused with what is read', () => {
    expect(() => importContract({ a: 1 }, 'a.yml')).toThrow(UserError);
  });
});

const CASES = [
  {
    document: 'orders.dbt.yml',
    rows: 'orders',
    options: { table: 'orders', files: { customers: 'customers.csv' } },
    broken: [2, 3, 4, 5, 6, 7],
    gone: [
      'the test dbt_utils.equal_rowcount is not known here',
      'dbt_utils.unique_combination_of_columns: rows with a null in one of customer_id, ordered_at are not compared here',
    ] as string[],
  },
  {
    document: 'stations.datapackage.json',
    rows: 'stations',
    options: { table: 'readings' },
    broken: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    gone: [] as string[],
  },
  {
    document: 'people.suite.json',
    rows: 'people',
    options: {},
    broken: [2, 3, 4, 5, 6, 7],
    gone: ['expect_column_kl_divergence_to_be_less_than: does not exist in a contract of a file'] as string[],
  },
  {
    document: 'payments.odcs.yaml',
    rows: 'payments',
    options: { table: 'payments' },
    broken: [2, 3, 4, 5, 6, 7, 8, 9, 10],
    gone: [
      'a quality rule of type sql',
      'a quality rule of type text (The payer was verified.)',
      "the service level retention is none of the data's",
      'descriptions that no check needs: classification',
    ] as string[],
  },
];

describe.each(CASES)('$document', ({ document, rows, options, broken, gone }) => {
  const result = imported(fixture(document), options);

  test('is a valid contract of the written vocabulary', () => {
    expect(faultsOf(result.contract)).toEqual([]);
  });

  test('lets the good rows pass and names the bad ones', async () => {
    expect(await brokenLines(result.contract, fixture(`${rows}.good.csv`))).toEqual([]);
    expect(await brokenLines(result.contract, fixture(`${rows}.bad.csv`))).toEqual(broken);
  });

  test('says what it lost, and where', () => {
    expect(lost(result)).toEqual(gone);
    for (const { where } of result.notCarried) expect(where).toMatch(/^contract\.yml: \w/);
  });
});

test('the documents hold these rules of the table', () => {
  const [orders, stations, people, payments] = CASES.map(({ document, options }) =>
    imported(fixture(document), options),
  );
  expect(table(orders!)).toEqual({
    rows: { min: 1, max: 1000 },
    unique: [['order_id'], ['customer_id', 'ordered_at']],
    'foreign-keys': [{ columns: ['customer_id'], file: 'customers.csv', references: ['customer_id'] }],
    rules: [
      {
        name: 'dbt_expectations.expect_column_values_to_be_between of gross',
        schema: { properties: { gross: { type: ['number', 'null'], minimum: 0, maximum: 10000 } } },
        tolerance: 2,
      },
      {
        name: 'not_null of ordered_at',
        schema: { required: ['ordered_at'], properties: { ordered_at: { not: { type: 'null' } } } },
        when: { required: ['status'], properties: { status: { enum: ['shipped'] } } },
      },
      { name: 'net + tax = gross', sum: ['net', 'tax'], equals: 'gross' },
    ],
  });
  expect(table(stations!)).toEqual({
    key: ['id'],
    columns: { order: true },
    unique: [['station', 'day', 'hour']],
    'foreign-keys': [{ columns: ['station'], file: 'stations.csv', references: ['code'] }],
  });
  expect(stations?.dialect).toMatchObject({
    delimiter: ';',
    quote: "'",
    comment: '#',
    skipInitialSpace: true,
    encoding: 'iso-8859-1',
  });
  expect(table(people!)).toMatchObject({
    columns: { order: true },
    rows: { min: 1 },
    unique: [{ columns: ['id'], severity: 'warn' }],
  });
  expect(column(people!, 'age')['x-ml-loop']).toEqual({ mean: { min: 18, max: 70 } });
  expect(table(payments!)).toEqual({
    key: ['payment_id', 'tenant'],
    rows: { min: 1, max: 100 },
    freshness: { column: 'at', 'max-age': '4d' },
    unique: [['tenant', 'day']],
  });
});
