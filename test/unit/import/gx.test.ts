import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import type { JsonObject } from '../../../shared/verdict/verdict.ts';
import { column, faultsOf, imported, lost, refused, table } from './support.ts';

/** A suite of one expectation, its arguments as YAML's flow style; `a` is its column unless others are named. */
function suite(type: string, kwargs = '', more = '') {
  const own = /column(_[ABa-z]+)?:/.test(kwargs) || type.includes('_table_') ? '' : 'column: a, ';
  return imported(`{ expectations: [{ type: expect_${type}, kwargs: { ${own}${kwargs} } ${more} }] }`);
}

test('the names of 0.x and of 1.x are one', () => {
  const old = imported(
    '{ expectation_suite_name: s, data_asset_type: null, expectations: [{ expectation_type: expect_column_values_to_be_unique, kwargs: { column: a, result_format: BASIC }, meta: { notes: x } }] }',
  );
  const now = imported(
    '{ name: s, expectations: [{ type: expect_column_values_to_be_unique, kwargs: { column: a }, id: x, rendered_content: [] }] }',
  );
  expect(old.contract).toEqual(now.contract);
  expect(now.contract).toMatchObject({ title: 's', required: ['a'], 'x-ml-loop': { unique: [['a']] } });
});

describe('values', () => {
  test.each<[string, string, string[], string[]]>([
    ['column_values_to_be_in_set', 'value_set: [x, y]', ['x'], ['z']],
    ['column_values_to_be_in_set', 'value_set: [1, 2.5]', ['1', '2.5'], ['3', 'x']],
    ['column_values_to_be_in_set', 'value_set: [true]', ['true'], ['false']],
    ['column_values_to_be_in_set', 'value_set: []', [], ['x']],
    ['column_values_to_not_be_in_set', 'value_set: [1, x]', ['2', 'y'], ['1', 'x']],
    ['column_values_to_be_between', 'min_value: 0.5, max_value: 2', ['1', '2'], ['0.4', '2.1', 'x']],
    [
      'column_values_to_be_between',
      'min_value: 1, max_value: 7, strict_min: false, strict_max: true',
      ['1'],
      ['7'],
    ],
    ['column_values_to_be_between', 'min_value: 1, max_value: null, strict_min: true', ['1.1'], ['1']],
    [
      'column_values_to_be_between',
      'min_value: "2020-01-31"',
      ['2020-01-31', '2020-12-01', '2020-01-31 00:00:00', '2020-02-01T10:00:00.5Z'],
      ['2020-01-30', '2019-12-31', '2020-01-30 23:59:59', 'x'],
    ],
    ['column_value_lengths_to_be_between', 'min_value: 2, max_value: 3', ['ab', 'abc', '12'], ['a', 'abcd']],
    ['column_value_lengths_to_equal', 'value: 2', ['ab'], ['a']],
    ['column_values_to_match_regex', 'regex: "[at]+"', ['cat'], ['fish']],
    ['column_values_to_match_regex', 'regex: "^\\\\d{,3}\\\\-\\\\_$"', ['123-_', '-_'], ['1234-_']],
    ['column_values_to_match_regex', 'regex: "\\\\A(?P<x>a)(?P=x)\\\\Z"', ['aa'], ['aaa']],
    ['column_values_to_match_regex', 'regex: "(?i)a"', ['A'], ['b']],
    ['column_values_to_match_regex', 'regex: "x(?i:a)"', ['xA'], ['XA']],
    ['column_values_to_match_regex', 'regex: "[]a]{x}"', [']{x}'], ['b']],
    ['column_values_to_not_match_regex', 'regex: "^a"', ['ba'], ['ab']],
    ['column_values_to_match_regex_list', 'regex_list: [a, b]', ['a', 'b'], ['c']],
    ['column_values_to_match_regex_list', 'regex_list: [a, b], match_on: all', ['ab'], ['a']],
    ['column_values_to_not_match_regex_list', 'regex_list: [a, b]', ['c'], ['a', 'b']],
    ['column_values_to_match_like_pattern', 'like_pattern: "a_%"', ['ab', 'abc'], ['a', 'ba']],
    ['column_values_to_not_match_like_pattern', 'like_pattern: "50\\\\%"', ['500'], ['50%']],
    [
      'column_values_to_match_like_pattern_list',
      'like_pattern_list: ["a%", "b%"], match_on: any',
      ['ax', 'bx'],
      ['x'],
    ],
    ['column_values_to_not_match_like_pattern_list', 'like_pattern_list: ["a%", "b%"]', ['x'], ['ax', 'bx']],
    [
      'column_values_to_match_strftime_format',
      'strftime_format: "%Y-%m-%dT%H:%M:%S.%f"',
      ['2024-02-29T10:00:00.5'],
      ['2023-02-29T10:00:00.5'],
    ],
    [
      'column_values_to_match_json_schema',
      'json_schema: { type: object, required: [b] }',
      ['{"b":1}'],
      ['{}', 'x'],
    ],
    ['column_values_to_be_null', '', [], ['x']],
    ['column_values_to_be_of_type', 'type_: INTEGER', ['1'], ['1.5', 'x']],
    ['column_values_to_be_of_type', 'type_: DATE', ['2024-01-01'], ['x']],
    ['column_values_to_be_in_type_list', 'type_list: [float64, FloatType, bool]', ['1.5', 'true'], ['x']],
    ['column_distinct_values_to_be_in_set', 'value_set: [x]', ['x'], ['y']],
    ['column_values_to_be_in_set', 'value_set: [x, null]', ['x'], ['y']],
    ['column_values_to_be_in_set', 'value_set: [null]', [], ['x']],
    ['column_values_to_not_be_in_set', 'value_set: [1, null]', ['2'], ['1']],
    ['column_values_to_not_be_in_set', 'value_set: [null]', ['x'], []],
    [
      'column_values_to_be_of_type',
      'type_: "datetime64[ns, UTC]"',
      ['2024-01-01 10:00:00+00:00', '2024-01-01T10:00:00Z'],
      ['2024-01-01 10:00:00', 'x'],
    ],
    [
      'column_values_to_be_in_type_list',
      'type_list: ["datetime64[ns]", "datetime64[ns, Europe/Paris]"]',
      ['2024-01-01 10:00:00+01:00', '2024-01-01'],
      ['x'],
    ],
    [
      'column_values_to_be_in_type_list',
      'type_list: ["dtype(\'O\')", object, str, NTEXT]',
      ['x', 'true', '1'],
      [],
    ],
    ['column_values_to_be_in_type_list', 'type_list: [INTEGER, TIMESTAMP]', ['1', '2024-01-01'], ['x']],
    ['column_values_to_be_in_type_list', 'type_list: [TEXT, TIMESTAMP]', ['x', '2024-01-01'], []],
  ])('%s: %s', (type, kwargs, good, bad) => {
    const result = suite(type, kwargs);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad, null])).toEqual(bad);
  });

  test('what is not null', () => {
    expect(refused(suite('column_values_to_not_be_null'), 'a', ['x', '1', 'true', null])).toEqual([null]);
    const mostly = suite('column_values_to_not_be_null', 'mostly: 0.95');
    expect(column(mostly, 'a')).toEqual({ 'x-ml-loop': { nulls: { max: '5%' } } });
    expect(mostly.notCarried).toEqual([]);
    expect(column(suite('column_values_to_be_null', 'mostly: 0.9'), 'a')).toEqual({
      'x-ml-loop': { nulls: { min: '90%' } },
    });
  });

  test('mostly of a range is one allowance for all of it', () => {
    const result = suite('column_values_to_be_between', 'min_value: 0, max_value: 9, mostly: 0.9');
    expect(table(result).rules).toEqual([
      {
        name: 'expect_column_values_to_be_between of a',
        schema: { properties: { a: { type: ['number', 'null'], minimum: 0, maximum: 9 } } },
        tolerance: '10%',
        when: { required: ['a'], properties: { a: { not: { type: 'null' } } } },
      },
    ]);
    expect(refused(result, 'a', ['5', '10', 'x'])).toEqual(['10', 'x']);
    expect(column(result, 'a').minimum).toBeUndefined();
    expect(faultsOf(result.contract)).toEqual([]);
  });

  test('two rules of one keyword are both held', () => {
    const text =
      '{ expectations: [{ type: expect_column_values_to_match_regex, kwargs: { column: a, regex: a } }, { type: expect_column_values_to_match_regex, kwargs: { column: a, regex: b }, severity: warning }] }';
    const result = imported(text);
    expect(refused(result, 'a', ['ab', 'a', 'b'])).toEqual(['a', 'b']);
    expect(table(result).rules).toMatchObject([{ severity: 'warn' }]);
  });

  test('severity', () => {
    const own = (severity: string) =>
      column(suite('column_values_to_match_regex', 'regex: a', `, severity: ${severity}`), 'a')['x-ml-loop'];
    expect(own('critical')).toBeUndefined();
    expect(own('warning')).toEqual({
      keywords: { pattern: { severity: 'warn' }, type: { severity: 'warn' } },
    });
    expect(own('info')).toEqual(own('warning'));
  });
});

describe('aggregates', () => {
  test.each<[string, string, object]>([
    ['column_mean_to_be_between', 'min_value: 1, max_value: 2', { mean: { min: 1, max: 2 } }],
    ['column_median_to_be_between', 'min_value: 1', { median: { min: 1 } }],
    ['column_stdev_to_be_between', 'max_value: 2', { sd: { max: 2 } }],
    ['column_sum_to_be_between', 'max_value: 2, strict_max: true', { sum: { max: 1.9999999999999998 } }],
    ['column_min_to_be_between', 'min_value: 0, strict_min: true', { 'min-value': { min: 5e-324 } }],
    ['column_max_to_be_between', 'max_value: 2', { 'max-value': { max: 2 } }],
    ['column_unique_value_count_to_be_between', 'min_value: 1, strict_min: true', { distinct: { min: 2 } }],
    [
      'column_proportion_of_unique_values_to_be_between',
      'min_value: 0.1',
      { 'distinct-share': { min: '10%' } },
    ],
    [
      'column_quantile_values_to_be_between',
      'quantile_ranges: { quantiles: [0.1, 0.5], value_ranges: [[0, 1], [null, 3]] }',
      { quantiles: { '0.1': { min: 0, max: 1 }, '0.5': { max: 3 } } },
    ],
    ['column_distinct_values_to_contain_set', 'value_set: [x]', { contains: ['x'] }],
    [
      'column_most_common_value_to_be_in_set',
      'value_set: [x]',
      { 'most-common': { values: ['x'], ties: false } },
    ],
    ['column_most_common_value_to_be_in_set', 'value_set: [x], ties_okay: true', { 'most-common': ['x'] }],
    ['column_min_to_be_between', 'min_value: "2024-01-01"', { 'min-value': { min: '2024-01-01' } }],
    [
      'column_max_to_be_between',
      'min_value: "2024-01-01", max_value: "2024-02-01 10:00:00", strict_min: true, strict_max: true',
      { 'max-value': { min: '2024-01-01T00:00:00.000000001Z', max: '2024-02-01T09:59:59.999999999Z' } },
    ],
    [
      'column_max_to_be_between',
      'max_value: "2024-01-01", parse_strings_as_datetimes: true',
      { 'max-value': { max: '2024-01-01' } },
    ],
    ['column_values_to_be_increasing', '', { increasing: true }],
    ['column_values_to_be_decreasing', 'strictly: true', { decreasing: 'strict' }],
  ])('%s: %s', (type, kwargs, own) => {
    const result = suite(type, kwargs);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(column(result, 'a')['x-ml-loop']).toEqual(own);
  });

  test('a figure is of numbers, or of booleans as numbers; an extreme of times is not', () => {
    expect(column(suite('column_mean_to_be_between', 'min_value: 0'), 'a').type).toEqual([
      'number',
      'boolean',
      'null',
    ]);
    expect(column(suite('column_max_to_be_between', 'max_value: "2024-01-01"'), 'a').type).toBeUndefined();
  });

  test.each([
    ['column_mean_to_be_between', ''],
    ['column_unique_value_count_to_be_between', 'min_value: null'],
    ['column_proportion_of_unique_values_to_be_between', 'min_value: 0, max_value: 1'],
    ['column_proportion_of_non_null_values_to_be_between', 'min_value: 0, max_value: 1'],
  ])('%s: %s asks for nothing but the column, and nothing is lost', (type, kwargs) => {
    const result = suite(type, kwargs);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(result.contract.required).toEqual(['a']);
  });

  test('a set that is equal is a set that contains', () => {
    const result = suite('column_distinct_values_to_equal_set', 'value_set: [x]');
    expect(column(result, 'a')).toEqual({ enum: ['x', null], 'x-ml-loop': { contains: ['x'] } });
  });
});

describe('the table and several columns', () => {
  test('a row count may warn, but not fail and warn', () => {
    const warns = suite('table_row_count_to_be_between', 'min_value: 5', ', severity: warning');
    expect(lost(warns)).toEqual([]);
    expect(faultsOf(warns.contract)).toEqual([]);
    expect(table(warns)).toEqual({ rows: { min: 5 }, checks: { 'table.rows': { severity: 'warn' } } });
    const both = imported(
      '{ expectations: [{ type: expect_table_row_count_to_equal, kwargs: { value: 5 } }, { type: expect_table_row_count_to_equal, kwargs: { value: 6 }, severity: warning }] }',
    );
    expect(table(both)).toEqual({ rows: { min: 5, max: 5 } });
    expect(lost(both)).toHaveLength(1);
  });

  test('a list of columns that is null asks for nothing', () => {
    const result = suite('table_columns_to_match_ordered_list', 'column_list: null');
    expect(lost(result)).toEqual([]);
    expect(result.contract).toMatchObject({ additionalProperties: true, properties: {} });
    expect(result.contract.required).toBeUndefined();
  });

  test.each([
    ['table_columns_to_match_set', 'column_set: null'],
    ['compound_columns_to_be_unique', 'column_list: null'],
    ['multicolumn_sum_to_equal', 'column_list: [], sum_total: 1'],
  ])('%s without columns does not end the suite', (type, kwargs) => {
    const text = `{ expectations: [{ type: expect_${type}, kwargs: { ${kwargs} } }, { type: expect_column_to_exist, kwargs: { column: b } }] }`;
    const result = imported(text);
    expect(result.contract.required).toEqual(['b']);
    expect(lost(result)).toEqual([`expect_${type}: it names no columns`]);
  });

  test.each<[string, string, object]>([
    ['table_row_count_to_equal', 'value: 5', { 'x-ml-loop': { rows: { min: 5, max: 5 } } }],
    [
      'table_row_count_to_be_between',
      'min_value: 5, strict_min: true',
      { 'x-ml-loop': { rows: { min: 6 } } },
    ],
    ['table_column_count_to_equal', 'value: 5', { minProperties: 5, maxProperties: 5 }],
    [
      'table_columns_to_match_set',
      'column_set: [b, a]',
      { required: ['b', 'a'], additionalProperties: false },
    ],
    [
      'table_columns_to_match_set',
      'column_set: [b], exact_match: false',
      { required: ['b'], additionalProperties: true },
    ],
    [
      'table_columns_to_match_ordered_list',
      'column_list: [b, a]',
      { required: ['b', 'a'], additionalProperties: false, 'x-ml-loop': { columns: { order: true } } },
    ],
    ['column_to_exist', '', { required: ['a'] }],
    [
      'column_pair_values_to_be_equal',
      'column_A: a, column_B: b, ignore_row_if: either_value_is_missing',
      { 'x-ml-loop': { rules: [{ compare: ['a', '==', 'b'] }] } },
    ],
    [
      'column_pair_values_a_to_be_greater_than_b',
      'column_A: a, column_B: b, ignore_row_if: either_value_is_missing',
      { 'x-ml-loop': { rules: [{ compare: ['a', '>', 'b'] }] } },
    ],
    [
      'compound_columns_to_be_unique',
      'column_list: [a, b], ignore_row_if: any_value_is_missing',
      { 'x-ml-loop': { unique: [['a', 'b']] } },
    ],
    [
      'multicolumn_sum_to_equal',
      'column_list: [a, b], sum_total: 4, ignore_row_if: any_value_is_missing',
      { 'x-ml-loop': { rules: [{ sum: ['a', 'b'], equals: 4 }] } },
    ],
    [
      'select_column_values_to_be_unique_within_record',
      'column_list: [a, b], ignore_row_if: any_value_is_missing',
      { 'x-ml-loop': { rules: [{ compare: ['a', '!=', 'b'] }] } },
    ],
  ])('%s: %s', (type, kwargs, contract) => {
    const result = suite(type, kwargs);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(result.contract).toMatchObject(contract);
  });

  test('pairs in a set', () => {
    const result = suite(
      'column_pair_values_to_be_in_set',
      'column_A: a, column_B: b, value_pairs_set: [[0, x], [1, y]]',
    );
    const [rule] = table(result).rules as unknown as [{ schema: { anyOf: object[] } }];
    expect(rule.schema.anyOf).toHaveLength(3);
    expect(faultsOf(result.contract)).toEqual([]);
  });

  test('the order of a list is that of the properties, also if other rules came first', () => {
    const { contract } = imported(
      '{ expectations: [{ type: expect_column_to_exist, kwargs: { column: c } }, { type: expect_table_columns_to_match_ordered_list, kwargs: { column_list: [b, a] } }] }',
    );
    expect(Object.keys(contract.properties as object)).toEqual(['b', 'a', 'c']);
    expect(contract.propertyNames).toEqual({ enum: ['b', 'a'] });
  });
});

describe('row_condition', () => {
  const pandas = ', condition_parser: pandas';
  test.each<[string, (string | null)[], (string | null)[]]>([
    ['row_condition: "col(\\"a\\") == 1"', ['1'], ['2', 'x', null]],
    ['row_condition: "col(\'a\') != 1"', ['2', 'x'], ['1', null]],
    [`row_condition: "a != 1"${pandas}`, ['2', 'x', null], ['1']],
    ['row_condition: "a > 5"', ['6'], ['5', 'x', null]],
    ['row_condition: { type: pass_through, pass_through_filter: "a == 1" }', ['1'], ['2', null]],
    ['row_condition: "a.isin([1, 2])"', ['1', '2'], ['3', null]],
    ['row_condition: "5 <= a"', [], []],
    ['row_condition: "`a` <= 5"', ['5', '-1'], ['6', null]],
    ['row_condition: "a == \'p and q\'"', ['p and q'], ['p', null]],
    ['row_condition: "a == True"', ['True', 'true'], ['False', null]],
    ['row_condition: "col(\\"a\\").notNull()"', ['1', 'x'], [null]],
    ['row_condition: "a.isnull()"', [null], ['1', 'x']],
    ['row_condition: "(a > 5) & (a < 7)"', ['6'], ['5', '7', null]],
    ['row_condition: "a > 5 or a < 2"', ['6', '1'], ['5', null]],
    ['row_condition: "a in [1, \'x\']"', ['1', 'x'], ['2', null]],
    [`row_condition: "a not in (1, 'x')"${pandas}`, ['2', null], ['1', 'x']],
    ['row_condition: "a >= \'2024-01-01\'"', ['2024-01-01', '2024-01-01 10:00:00'], ['2023-12-31', null]],
    [
      'row_condition: { type: comparison, column: { name: a }, operator: ">=", parameter: 2 }',
      ['2'],
      ['1', null],
    ],
    ['row_condition: { type: nullity, column: { name: a }, is_null: true }', [null], ['1']],
    [
      'row_condition: { type: and, conditions: [{ type: comparison, column: { name: a }, operator: NOT_IN, parameter: [1, 2] }, { type: nullity, column: { name: a }, is_null: false }] }',
      ['3'],
      ['1', null],
    ],
  ])('%s', (condition, chosen, others) => {
    const result = suite('column_values_to_be_in_set', `column: b, value_set: [never], ${condition}`);
    if (chosen.length === 0) return expect(lost(result)).toHaveLength(1);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    const [rule] = table(result).rules as unknown as [JsonObject];
    const asks = {
      ...result,
      contract: { ...result.contract, 'x-ml-loop': { rules: [{ schema: rule.when }] } },
    };
    expect(refused(asks as typeof result, 'a', [...chosen, ...others])).toEqual(others);
  });

  test('rules of one row each are judged of those rows only, and mostly is a share of them', () => {
    const of = (type: string, kwargs: string) => {
      const result = suite(type, `${kwargs}, row_condition: "b == 1"`);
      expect(lost(result)).toEqual([]);
      expect(faultsOf(result.contract)).toEqual([]);
      return table(result).rules;
    };
    const when = { required: ['b'], properties: { b: { enum: [1, '1'] } } };
    const name = (type: string) => `expect_${type} of a where b == 1`;
    expect(of('column_values_to_not_be_null', 'column: a, mostly: 0.9')).toEqual([
      {
        name: name('column_values_to_not_be_null'),
        schema: { required: ['a'], properties: { a: { not: { type: 'null' } } } },
        tolerance: '10%',
        when,
      },
    ]);
    expect(of('column_values_to_be_null', 'column: a')).toMatchObject([{ when }]);
    expect(of('column_values_to_be_of_type', 'column: a, type_: INTEGER')).toEqual([
      {
        name: name('column_values_to_be_of_type'),
        schema: { properties: { a: { type: ['integer', 'null'] } } },
        when,
      },
    ]);
    expect(of('column_values_to_be_between', 'column: a, max_value: 3, mostly: 0.5')).toMatchObject([
      { tolerance: '50%', when: { allOf: [when, { required: ['a'] }] } },
    ]);
    expect(
      of(
        'column_pair_values_to_be_equal',
        'column_A: a, column_B: c, ignore_row_if: either_value_is_missing',
      ),
    ).toMatchObject([{ compare: ['a', '==', 'c'], when }]);
  });
});

describe('what is told', () => {
  test.each([
    ['column_values_to_be_in_set', 'value_set: [1], row_condition: "a.str.len() > 1"', 'row_condition'],
    [
      'column_values_to_be_in_set',
      'value_set: [1], row_condition: "a > 1 and b < 2 or c == 3"',
      'row_condition',
    ],
    ['column_values_to_be_in_set', 'value_set: [1], row_condition: "a > b"', 'row_condition'],
    ['column_mean_to_be_between', 'min_value: 1, row_condition: "a > 1"', 'row_condition of what is not'],
    ['column_values_to_be_unique', 'row_condition: "a > 1"', 'row_condition of what is not'],
    ['column_values_to_be_in_set', 'value_set: { $PARAMETER: x }', 'parameter'],
    ['column_values_to_be_unique', 'mostly: 0.9', 'mostly'],
    ['column_values_to_match_regex', 'regex: "(?x)a"', 'cannot be read'],
    ['column_values_to_match_regex', 'regex: "a", flags: i', 'flags'],
    ['column_values_to_match_strftime_format', 'strftime_format: "%U"', 'directive'],
    ['column_values_to_be_between', 'min_value: "5 May"', 'neither numbers'],
    ['column_values_to_be_of_type', 'type_: BINARY', 'does not exist'],
    ['column_values_to_be_json_parseable', '', 'does not exist'],
    ['column_values_to_be_dateutil_parseable', '', 'does not exist'],
    ['column_value_z_scores_to_be_less_than', 'threshold: 3', 'does not exist'],
    ['column_pair_cramers_phi_value_to_be_less_than', 'column_A: a, column_B: b', 'does not exist'],
    ['table_row_count_to_equal_other_table', 'other_table_name: b', 'does not exist'],
    ['table_row_count_to_be_between', 'min_value: 1, mostly: 0.5', 'mostly'],
    ['column_proportion_of_unique_values_to_be_between', 'min_value: 1, strict_min: true', 'no share'],
    ['column_unique_value_count_to_be_between', 'max_value: -1', 'no count'],
    ['table_row_count_to_equal', 'value: 1e30', 'no count'],
  ])('%s: %s', (type, kwargs, reason) => {
    const result = suite(type, kwargs);
    expect(lost(result)).toHaveLength(1);
    expect(lost(result)[0]).toContain(reason);
    expect(faultsOf(result.contract)).toEqual([]);
  });

  test('nulls that count there and not here', () => {
    const compound = suite('compound_columns_to_be_unique', 'column_list: [a, b]');
    expect(lost(compound)).toEqual([
      'expect_compound_columns_to_be_unique: rows with a null in one of a, b are not compared here',
    ]);
    const mostly = 'column_A: a, column_B: b, mostly: 0.5';
    expect(lost(suite('column_pair_values_to_be_equal', mostly))).toHaveLength(1);
    const ignored = `${mostly}, ignore_row_if: either_value_is_missing`;
    expect(lost(suite('column_pair_values_to_be_equal', ignored))).toEqual([]);
  });
});

test('all that is wrong is told at once', () => {
  const text = `
expectations:
  - { kwargs: {} }
  - { type: expect_column_values_to_be_unique, kwargs: {} }
  - { type: expect_column_values_to_be_unique, kwargs: { column: a }, severity: bad }
  - { type: expect_column_values_to_be_unique, kwargs: { column: a, mostly: 2 } }
  - 5
`;
  try {
    imported(text);
    throw new Error('was read');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(new Set(error.problems.map(({ where }) => where))).toEqual(
      new Set([0, 1, 2, 3, 4].map((index) => `contract.yml: expectations.${index}`)),
    );
  }
});
