import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { column, faultsOf, imported, lost, refused, table } from './support.ts';

/** A model with one column and its tests, in YAML's flow style. */
function withTests(tests: string, more = '') {
  return imported(`models: [{ name: m, columns: [{ name: a, data_tests: ${tests} ${more} }] }]`);
}

function problems(text: string, table?: string): string[] {
  try {
    imported(text, table === undefined ? {} : { table });
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ what, where }) => `${where}: ${what}`);
    throw error;
  }
  return [];
}

describe('which model', () => {
  const two = 'models: [{ name: a }]\nseeds: [{ name: b }]\nsources: [{ name: s, tables: [{ name: c }] }]';

  test('several are listed if none is named', () => {
    expect(problems(two)).toEqual(['contract.yml: the document has 3 of model: a, b, c']);
    expect(imported(two, { table: 'c' }).contract.title).toBe('c');
  });

  test('a name that is none is corrected', () => {
    expect(() => imported(two, { table: 'd' })).toThrow('did you mean');
  });
});

describe('the built-in tests', () => {
  test('a test that says nothing of nulls lets them pass', () => {
    const result = withTests('[accepted_values: { values: [x, y] }]');
    expect(refused(result, 'a', ['x', 'z', null])).toEqual(['z']);
    expect(refused(withTests('[not_null, accepted_values: { values: [x] }]'), 'a', ['x', null])).toEqual([
      null,
    ]);
  });

  test('values that are quoted are texts, those that are not are numbers', () => {
    expect(refused(withTests('[accepted_values: { values: [1, 2] }]'), 'a', ['1', '2', '3', 'x'])).toEqual([
      '3',
      'x',
    ]);
    const unquoted = withTests('[accepted_values: { values: ["1", "true"], quote: false }]');
    expect(column(unquoted, 'a').enum).toEqual([1, true, null]);
    const sql = withTests('[accepted_values: { values: ["current_date"], quote: false }]');
    expect(lost(sql)).toEqual(['accepted_values: values holds an expression of SQL']);
  });

  test('arguments stand beside the configuration or below `arguments`, configuration among them or below `config`', () => {
    const styles = [
      '[accepted_values: { values: [x], severity: warn }]',
      '[accepted_values: { values: [x], config: { severity: WARN } }]',
      '[accepted_values: { arguments: { values: [x] }, config: { severity: warn } }]',
      '[{ name: n, test_name: accepted_values, values: [x], config: { severity: warn } }]',
      '[{ name: n, test_name: accepted_values, arguments: { values: [x] }, severity: warn }]',
    ].map((tests) => withTests(tests).contract);
    for (const contract of styles) expect(contract).toEqual(styles[0]);
    expect(styles[0]).toMatchObject({
      properties: { a: { enum: ['x', null], 'x-ml-loop': { keywords: { enum: { severity: 'warn' } } } } },
    });
  });

  test('relationships become a foreign key where the file is named', () => {
    const text =
      "models: [{ name: m, columns: [{ name: a, tests: [relationships: { to: \"ref('p', 'other', v=2)\", field: id }] }] }]";
    expect(table(imported(text, { files: { other: 'o.csv' } }))).toEqual({
      'foreign-keys': [{ columns: ['a'], file: 'o.csv', references: ['id'] }],
    });
    expect(lost(imported(text))).toEqual([
      'relationships: the file of other is not known: the test is not carried over',
    ]);
  });
});

describe('configuration', () => {
  test.each([
    ['{ error_if: ">10" }', { tolerance: 10 }],
    ['{ error_if: ">= 10" }', { tolerance: 9 }],
    ['{ severity: warn, warn_if: "> 3" }', { severity: 'warn', tolerance: 3 }],
    ['{ severity: error, warn_if: ">3" }', {}],
  ])('%s', (config, grade) => {
    const result = withTests(`[dbt_utils.not_empty_string: { config: ${config} }]`);
    const rules = (table(result).rules ?? []) as object[];
    const own = (column(result, 'a')['x-ml-loop'] ?? {}) as { keywords?: { pattern?: object } };
    const found = [own.keywords?.pattern ?? {}, ...rules];
    expect(found).toContainEqual(expect.objectContaining(grade));
    expect(lost(result)).toEqual([]);
  });

  test.each([
    ['{ where: "b = c" }', 'condition'],
    ['{ fail_calc: "sum(n)" }', 'fail_calc'],
    ['{ error_if: "between 1 and 5" }', 'upper limit'],
    ['{ error_if: ">5", limit: 3 }', 'limit'],
  ])('%s does not exist here', (config, reason) => {
    const result = withTests(`[not_null: { config: ${config} }]`);
    expect(lost(result).join()).toContain(reason);
    expect(column(result, 'a')).toEqual({});
  });

  test('thresholds of what is not counted in rows are told', () => {
    expect(lost(withTests('[unique: { error_if: ">5" }]')).join()).toContain('something other than rows');
  });

  test('a test that is switched off is none', () => {
    expect(withTests('[not_null: { config: { enabled: false } }]').notCarried).toEqual([]);
    expect(column(withTests('[not_null: { config: { enabled: false } }]'), 'a')).toEqual({});
  });
});

describe('packages', () => {
  test.each([
    ['dbt_utils.accepted_range: { min_value: 0, max_value: 5 }', ['0', '5'], ['-1', '6', 'x']],
    ['dbt_utils.accepted_range: { min_value: 0, inclusive: false }', ['0.1'], ['0']],
    ['dbt_utils.not_empty_string', ['x'], [' ']],
    ['dbt_utils.not_empty_string: { trim_whitespace: false }', [' '], []],
    ['dbt_utils.not_accepted_values: { values: [x, "5"] }', ['y'], ['x', '5']],
    ['dbt_utils.expression_is_true: { expression: ">= 1" }', ['1'], ['0']],
    ['dbt_utils.expression_is_true: { expression: "!= \'x\'" }', ['y'], ['x']],
    ['dbt_utils.expression_is_true: { expression: "between 1 and 3" }', ['1', '3'], ['0', '4']],
    ["dbt_utils.expression_is_true: { expression: \"in ('it''s', 'b')\" }", ["it's", 'b'], ['c']],
    ['dbt_utils.expression_is_true: { expression: "like \'a_c%\'" }', ['abc', 'abcd'], ['ac', 'xabc']],
    [
      'dbt_expectations.expect_column_values_to_be_between: { min_value: 1, max_value: 3, strictly: true }',
      ['2'],
      ['1', '3'],
    ],
    [
      'dbt_expectations.expect_column_values_to_be_between: { min_value: "date \'2020-02-01\'" }',
      ['2020-02-01'],
      ['2020-01-31', 'x'],
    ],
    ['dbt_expectations.expect_column_value_lengths_to_equal: { value: 2 }', ['ab'], ['a', 'abc']],
    [
      'dbt_expectations.expect_column_value_lengths_to_be_between: { max_value: 3, strictly: true }',
      ['ab'],
      ['abc'],
    ],
    [
      'dbt_expectations.expect_column_values_to_match_regex: { regex: "[at]+" }',
      ['cat', 'a'],
      ['fish', 'dog'],
    ],
    [
      'dbt_expectations.expect_column_values_to_not_match_regex: { regex: "[at]+" }',
      ['fish', 'dog'],
      ['cat', 'hat'],
    ],
    [
      'dbt_expectations.expect_column_values_to_match_regex_list: { regex_list: ["@[^.]*", "&[^.]*"] }',
      ['a@', '&'],
      ['x'],
    ],
    [
      'dbt_expectations.expect_column_values_to_match_regex_list: { regex_list: ["a", "b"], match_on: all }',
      ['ab'],
      ['a', 'b'],
    ],
    [
      'dbt_expectations.expect_column_values_to_not_match_regex_list: { regex_list: ["a", "b"] }',
      ['x', 'a', 'b'],
      ['ab'],
    ],
    [
      'dbt_expectations.expect_column_values_to_not_match_regex_list: { regex_list: ["a", "b"], match_on: all }',
      ['x'],
      ['a', 'b', 'ab'],
    ],
    ['dbt_expectations.expect_column_values_to_match_like_pattern: { like_pattern: "%@%" }', ['a@b'], ['ab']],
    ['dbt_expectations.expect_column_values_to_be_null', [], ['x']],
  ])('%s', (text, good, bad) => {
    const result = withTests(`[{ ${text.includes(': {') ? text : `${text}: {}`} }]`);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad, null])).toEqual(bad);
  });

  test('a set of dbt_expectations has no null in it', () => {
    const ofSet = (config: string) =>
      withTests(`[dbt_expectations.expect_column_values_to_be_in_set: { value_set: [x]${config} }]`);
    expect(refused(ofSet(''), 'a', ['x', 'y', null])).toEqual(['y', null]);
    expect(lost(ofSet(', error_if: ">3", warn_if: ">3"')).join()).toContain('count nulls');
  });

  test.each([
    ['dbt_utils.not_empty_string', ['x', '\u00a0'], [' ', ' \t']],
    ['dbt_utils.relationships_where: { to: "ref(\'p\')", field: c, from_condition: "a > 0" }', ['x'], []],
  ])('as the macro has it: %s', (text, good, bad) => {
    expect(refused(withTests(`[${text}]`), 'a', [...good, ...bad, null])).toEqual(bad);
  });

  test.each([
    [
      'dbt_utils.relationships_where: { to: "ref(\'p\')", field: c, from_condition: "a > 0" }',
      'conditions are SQL',
    ],
    ['dbt_expectations.expect_column_values_to_be_decreasing', 'orders the rows'],
    ['dbt_expectations.expect_column_values_to_be_increasing: { sort_column: b }', 'orders the rows'],
    ['dbt_utils.sequential_values', 'not known'],
    ['dbt_utils.cardinality_equality: { to: "ref(\'p\')", field: c }', 'not known'],
    ['dbt_utils.mutually_exclusive_ranges: { lower_bound_column: a, upper_bound_column: b }', 'not known'],
    ['dbt_utils.equal_rowcount: { compare_model: "ref(\'p\')" }', 'not known'],
    ['dbt_expectations.expect_multicolumn_sum_to_equal: { column_list: [a], sum_total: 3 }', 'not known'],
    ['dbt_expectations.expect_column_values_to_not_be_null: { row_condition: "b > c" }', 'condition'],
    ['dbt_expectations.expect_column_mean_to_be_between: { min_value: 0, group_by: [b] }', 'group_by'],
    [
      'dbt_utils.recency: { field: a, datepart: day, interval: 1, group_by_columns: [b] }',
      'group_by_columns',
    ],
    [
      'dbt_expectations.expect_column_pair_values_to_be_in_set: { column_A: a, column_B: b, value_pairs_set: [[x, y]] }',
      'expression of SQL',
    ],
  ])('%s is told', (text, reason) => {
    expect(lost(withTests(`[${text}]`)).join()).toContain(reason);
  });

  test.each([
    ['dbt_utils.at_least_one', { distinct: { min: 1 } }],
    ['dbt_utils.not_constant', { distinct: { min: 2 } }],
    ['dbt_utils.not_null_proportion: { at_least: 0.95 }', { nulls: { max: '5%' } }],
    [
      'dbt_expectations.expect_column_mean_to_be_between: { min_value: 0, max_value: 2 }',
      { mean: { min: 0, max: 2 } },
    ],
    ['dbt_expectations.expect_column_stdev_to_be_between: { max_value: 2 }', { sd: { max: 2 } }],
    [
      'dbt_expectations.expect_column_quantile_values_to_be_between: { quantile: .95, max_value: 2 }',
      { quantiles: { '0.95': { max: 2 } } },
    ],
    [
      'dbt_expectations.expect_column_distinct_count_to_be_greater_than: { value: 10 }',
      { distinct: { min: 11 } },
    ],
    [
      'dbt_expectations.expect_column_unique_value_count_to_be_between: { min_value: 3, max_value: 3 }',
      { distinct: { min: 3, max: 3 } },
    ],
    [
      'dbt_expectations.expect_column_proportion_of_unique_values_to_be_between: { max_value: .4 }',
      { 'distinct-share': { max: '40%' } },
    ],
    [
      'dbt_expectations.expect_column_distinct_values_to_contain_set: { value_set: [a] }',
      { contains: ['a'] },
    ],
    [
      'dbt_expectations.expect_column_most_common_value_to_be_in_set: { value_set: [0.5] }',
      { 'most-common': [0.5] },
    ],
  ])('%s is an aggregate', (text, own) => {
    const result = withTests(`[{ ${text.includes(': {') ? text : `${text}: {}`} }]`);
    expect(column(result, 'a')['x-ml-loop']).toEqual(own);
    expect(faultsOf(result.contract)).toEqual([]);
  });

  test.each([
    [
      'dbt_expectations.expect_column_proportion_of_unique_values_to_be_between: { min_value: 1, strictly: true }',
    ],
    ['dbt_expectations.expect_column_distinct_count_to_be_less_than: { value: 0 }'],
    ['dbt_expectations.expect_column_proportion_of_unique_values_to_be_between: { min_value: 2 }'],
  ])('%s, which nothing keeps, is told', (text) => {
    const result = withTests(`[{ ${text} }]`);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(lost(result)).toHaveLength(1);
  });

  test('conditions leave rows out, several of them together', () => {
    const result = withTests(
      '[{ dbt_expectations.expect_column_values_to_be_between: { min_value: 0, row_condition: "b > 0", config: { where: "c is null", error_if: ">2" } } }]',
    );
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(table(result).rules).toMatchObject([
      {
        tolerance: 2,
        when: {
          allOf: [
            { properties: { c: { type: 'null' } } },
            { required: ['b'], properties: { b: { type: 'number', exclusiveMinimum: 0 } } },
          ],
        },
      },
      { severity: 'warn' },
    ]);
  });

  test('tests of the model', () => {
    const result = imported(`
models:
  - name: m
    tests:
      - dbt_utils.recency: { datepart: hour, field: created_at, interval: 6 }
      - dbt_utils.expression_is_true: { expression: "a + b = total" }
      - dbt_utils.expression_is_true: { expression: "starts <= ends and a > 0" }
      - dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B: { column_A: a, column_B: b, or_equal: True }
      - dbt_expectations.expect_table_row_count_to_equal: { value: 4 }
      - dbt_expectations.expect_table_column_count_to_be_between: { min_value: 2 }
      - dbt_expectations.expect_table_columns_to_contain_set: { column_list: [z] }
      - dbt_expectations.expect_compound_columns_to_be_unique: { column_list: [a, b], ignore_row_if: any_value_is_missing }
      - dbt_expectations.expect_column_pair_values_to_be_in_set: { column_A: a, column_B: b, value_pairs_set: [[0, 1], [1, 0]] }
`);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(table(result)).toMatchObject({
      rows: { min: 4, max: 4 },
      freshness: { column: 'created_at', 'max-age': '6h' },
      unique: [['a', 'b']],
      rules: [
        { sum: ['a', 'b'], equals: 'total' },
        { compare: ['starts', '<=', 'ends'] },
        { compare: ['a', '>=', 'b'] },
        { schema: {} },
      ],
    });
    expect(result.contract.minProperties).toBe(2);
    expect(result.contract.required).toContain('z');
  });

  test.each([
    ['dbt_utils.expression_is_true: { expression: "a > 0 or b > 0" }'],
    ['dbt_utils.expression_is_true: { expression: "a > 0", condition: "b = c" }'],
    ['dbt_utils.mutually_exclusive_ranges: { lower_bound_column: a, upper_bound_column: b }'],
    ['dbt_utils.unique_combination_of_columns: { combination_of_columns: [a, b], extra: 1 }'],
    ['dbt_expectations.expect_table_row_count_to_be_between: { min_value: 1, group_by: [a] }'],
    ['dbt_expectations.expect_table_column_count_to_equal: { value: 1, severity: warn }'],
    ['elementary.volume_anomalies: {}'],
    ['unique: { column_name: "a || b" }'],
  ])('%s is told', (text) => {
    const result = imported(`models: [{ name: m, tests: [{ ${text} }] }]`);
    expect(result.notCarried).toHaveLength(1);
    expect(result.notCarried[0]?.where).toBe('contract.yml: models.0.tests.0');
    expect(result.contract['x-ml-loop']).toBeUndefined();
  });
});

describe('columns and models', () => {
  test('types count if the contract is enforced, and say how values are read if not', () => {
    const model = (config: string) =>
      imported(
        `models: [{ name: m, ${config} columns: [{ name: a, data_type: varchar(3), tests: [accepted_values: { values: ["1"] }] }, { name: b, data_type: date }] }]`,
      );
    const enforced = model('config: { contract: { enforced: true } },');
    expect(column(enforced, 'a')).toMatchObject({ type: ['string', 'null'], enum: ['1', null] });
    expect(refused(enforced, 'b', ['2024-02-30', '2024-02-29'])).toEqual(['2024-02-30']);
    expect(column(model(''), 'b')).toEqual({});
  });

  test('constraints', () => {
    const result = imported(
      `
models:
  - name: m
    constraints: [{ type: primary_key, columns: [a, b] }, { type: foreign_key, columns: [c], to: ref('o'), to_columns: [id] }]
    columns: [{ name: a, constraints: [{ type: check, expression: "a > 0" }, { type: check, expression: "f(a)" }] }]
`,
      { files: { o: 'o.csv' } },
    );
    expect(table(result)).toEqual({
      unique: [['a', 'b']],
      'foreign-keys': [{ columns: ['c'], file: 'o.csv', references: ['id'] }],
    });
    expect(column(result, 'a')).toMatchObject({ type: 'number', exclusiveMinimum: 0 });
    expect(lost(result)).toHaveLength(1);
  });

  test('freshness of a source', () => {
    const result = imported(`
sources:
  - name: s
    loaded_at_field: at
    freshness: { warn_after: { count: 6, period: hour }, error_after: { count: 2, period: day } }
    tables: [{ name: t }]
`);
    expect(table(result).freshness).toEqual({ column: 'at', 'max-age': '2d' });
    expect(lost(result)).toEqual(['freshness warn_after: one age is held, and error_after is']);
    const warned = imported(`
sources:
  - name: s
    tables: [{ name: t, loaded_at_field: at, freshness: { warn_after: { count: 6, period: hour } } }]
`);
    expect(table(warned)).toEqual({
      freshness: { column: 'at', 'max-age': '6h' },
      checks: { 'table.freshness': { severity: 'warn' } },
    });
    expect(lost(warned)).toEqual([]);
    expect(faultsOf(warned.contract)).toEqual([]);
  });

  test('rules of texts do not apply to numbers: a pattern beside a range is told', () => {
    const result = withTests(
      '[dbt_utils.accepted_range: { min_value: 0 }, dbt_expectations.expect_column_values_to_match_regex: { regex: "^1" }]',
    );
    expect(lost(result).join()).toContain("the column's values are not texts");
  });
});

test('all that is wrong is told at once, with its place', () => {
  const text =
    'models: [{ name: m, tests: 5, columns: [{ tests: [] }, { name: a, tests: [{ not_null: { severity: bad } }, { x: 1, y: 2 }] }] }]';
  expect(problems(text)).toEqual([
    'contract.yml: models.0.columns.0: a column has no name',
    'contract.yml: models.0.columns.1.tests.1: a test is neither a name nor a map with one name',
    'contract.yml: models.0.columns.1.tests.0: not_null: severity is neither error nor warn',
    'contract.yml: models.0.tests: tests is not a list',
  ]);
});
