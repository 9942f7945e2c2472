import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EXPECTATIONS } from '../../../shared/import/gx-expectations.ts';
import { type ImportedContract, importContract } from '../../../shared/import/import.ts';
import { step } from '../../../shared/import/numbers.ts';
import { absent, bounded, like, literal, portable } from '../../../shared/import/regex.ts';
import { javaTime, strptime } from '../../../shared/import/times.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { faultsOf } from './support.ts';

const RUNS = { numRuns: 60, seed: 7 };

/** Anything that may stand for a value in a foreign document. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    5,
    -3,
    0.5,
    '',
    'x',
    '5',
    '^a',
    '2020-01-31',
    'P1D',
    '%Y-%m-%d',
    'any',
  ),
  fc.constantFrom<unknown>(
    [],
    ['x', 'y'],
    [1, 2],
    [
      [1, 2],
      ['a', 'b'],
    ],
    ['a', 'b'],
    {},
    { a: 1 },
    { quantiles: [0.5], value_ranges: [[1, 2]] },
  ),
);
const name = fc.constantFrom('a', 'b', 'c');

function members(keys: readonly string[], max: number) {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { maxLength: max, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries));
}

function isSound(document: unknown): ImportedContract | undefined {
  let result: ImportedContract;
  try {
    result = importContract(document, 'a.yml', { files: { o: 'o.csv' } });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  expect(faultsOf(result.contract)).toEqual([]);
  expect(importContract(document, 'a.yml', { files: { o: 'o.csv' } })).toEqual(result);
  for (const { what, where } of result.notCarried) expect(`${where}: ${what}`).toMatch(/^a\.yml.*: ./s);
  return result;
}

describe('any document gives a valid contract of the written vocabulary, or a UserError', () => {
  const kwargs = members(
    [
      'min_value',
      'max_value',
      'strict_min',
      'value_set',
      'regex',
      'regex_list',
      'like_pattern',
      'value',
      'column_list',
      'column_set',
      'type_',
      'mostly',
      'strictly',
      'sum_total',
      'column_A',
      'column_B',
      'value_pairs_set',
      'quantile_ranges',
      'strftime_format',
    ],
    5,
  );

  test('Great Expectations', () => {
    const expectation = fc.record({
      type: fc.constantFrom(...Object.keys(EXPECTATIONS)),
      kwargs: fc.tuple(kwargs, name).map(([own, column]) => ({ column, ...own })),
      severity: fc.constantFrom('critical', 'warning', undefined),
    });
    fc.assert(
      fc.property(fc.array(expectation, { maxLength: 6 }), (expectations) => {
        isSound({ expectations });
      }),
      RUNS,
    );
  });

  test('dbt', () => {
    const types = [
      'not_null',
      'unique',
      'accepted_values',
      'relationships',
      'dbt_utils.accepted_range',
      'dbt_utils.not_null_proportion',
      'dbt_utils.expression_is_true',
      'dbt_utils.at_least_one',
      'dbt_expectations.expect_column_values_to_be_between',
      'dbt_expectations.expect_column_values_to_be_in_set',
      'dbt_expectations.expect_column_values_to_match_regex',
      'dbt_expectations.expect_column_mean_to_be_between',
      'dbt_expectations.expect_column_pair_values_to_be_equal',
      'dbt_expectations.expect_table_columns_to_match_set',
    ];
    const args = members(
      [
        'values',
        'quote',
        'to',
        'field',
        'min_value',
        'max_value',
        'inclusive',
        'value_set',
        'regex',
        'expression',
        'column_list',
        'column_A',
        'column_B',
        'config',
        'severity',
        'warn_if',
        'error_if',
        'at_least',
      ],
      4,
    );
    const data = fc.array(
      fc.tuple(fc.constantFrom(...types), args).map(([type, own]) => ({ [type]: own })),
      { maxLength: 4 },
    );
    const column = fc.record({
      name,
      data_tests: data,
      data_type: fc.constantFrom('int', 'varchar(3)', 'date', undefined),
    });
    fc.assert(
      fc.property(fc.array(column, { maxLength: 3 }), data, (columns, tests) => {
        isSound({ models: [{ name: 'm', columns, tests }] });
      }),
      RUNS,
    );
  });

  test('Frictionless', () => {
    const type = fc.constantFrom(
      'string',
      'number',
      'integer',
      'boolean',
      'object',
      'array',
      'list',
      'date',
      'time',
      'datetime',
      'year',
      'yearmonth',
      'duration',
      'geopoint',
      'geojson',
      'any',
    );
    const constraints = members(
      [
        'required',
        'unique',
        'minLength',
        'maxLength',
        'minimum',
        'maximum',
        'exclusiveMinimum',
        'pattern',
        'enum',
      ],
      3,
    );
    const more = members(
      [
        'format',
        'decimalChar',
        'groupChar',
        'bareNumber',
        'trueValues',
        'missingValues',
        'delimiter',
        'itemType',
      ],
      2,
    );
    const field = fc
      .tuple(type, constraints, more, name)
      .map(([kind, own, rest, called]) => ({ name: called, type: kind, constraints: own, ...rest }));
    const table = members(['missingValues', 'primaryKey', 'uniqueKeys', 'fieldsMatch'], 2);
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), table, (fields, rest) => {
        isSound({ fields, ...rest });
      }),
      RUNS,
    );
  });

  test('Open Data Contract Standard', () => {
    const type = fc.constantFrom(
      'string',
      'number',
      'integer',
      'boolean',
      'object',
      'array',
      'date',
      'timestamp',
      'time',
      undefined,
    );
    const options = members(
      [
        'minLength',
        'maxLength',
        'pattern',
        'format',
        'minimum',
        'maximum',
        'exclusiveMinimum',
        'exclusiveMaximum',
        'multipleOf',
        'minItems',
        'required',
        'timezone',
      ],
      3,
    );
    const quality = fc
      .tuple(
        fc.constantFrom('nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'),
        members(
          [
            'mustBe',
            'mustBeLessThan',
            'mustBeBetween',
            'mustBeGreaterThan',
            'unit',
            'severity',
            'validValues',
            'pattern',
          ],
          3,
        ),
        value,
      )
      .map(([metric, own, missingValues]) => ({ metric, ...own, arguments: { missingValues } }));
    const property = fc
      .tuple(
        name,
        type,
        options,
        fc.array(quality, { maxLength: 2 }),
        members(['required', 'unique', 'primaryKey', 'enum', 'physicalType'], 2),
      )
      .map(([called, logicalType, logicalTypeOptions, rules, rest]) => ({
        name: called,
        logicalType,
        logicalTypeOptions,
        quality: rules,
        ...rest,
      }));
    fc.assert(
      fc.property(fc.array(property, { maxLength: 3 }), (properties) => {
        isSound({ apiVersion: 'v3.1.0', kind: 'DataContract', schema: [{ name: 't', properties }] });
      }),
      RUNS,
    );
  });

  test('no expectation is lost in silence', () => {
    const type = fc.constantFrom(...Object.keys(EXPECTATIONS), 'expect_column_values_to_be_prime');
    fc.assert(
      fc.property(type, kwargs, (one, own) => {
        const result = isSound({ expectations: [{ type: one, kwargs: { column: 'a', ...own } }] });
        if (result === undefined) return;
        const empty = ['$schema', 'type', 'properties', 'additionalProperties'];
        const { properties = {}, additionalProperties } = result.contract;
        const said =
          Object.keys(properties as object).length > 0 ||
          additionalProperties === false ||
          Object.keys(result.contract).some((key) => !empty.includes(key));
        expect(said || result.notCarried.length > 0).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('patterns', () => {
  const text = fc.string({
    maxLength: 6,
    unit: fc.constantFrom('a', 'b', '-', '.', '\\', '{', '}', '[', ']', '%', '_', '(', '\n', 'é'),
  });

  test('a literal matches itself alone', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const pattern = portable(`^(?:${literal(one)})$`, 'python');
        expect(new RegExp(pattern ?? '', 'u').test(other)).toBe(one === other);
      }),
      RUNS,
    );
  });

  test('without wildcards LIKE is equality, and what is absent is not present', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const plain = one.replaceAll(/[%_\\]/g, '');
        expect(new RegExp(like(plain), 'u').test(other)).toBe(plain === other);
        const inside = literal(plain);
        expect(new RegExp(absent(inside), 'u').test(other)).toBe(!other.includes(plain));
      }),
      RUNS,
    );
  });

  test('what cannot be said is not said', () => {
    for (const pattern of ['(?x)a', '(?>a)', 'a++', '(?(1)a|b)', '(', '\\p{IsLatin}'])
      expect(portable(pattern, 'python')).toBeUndefined();
    expect(portable('[a-z-[aeiou]]', 'xsd')).toBeUndefined();
    expect(portable('a(?#comment)b', 'python')).toBe('ab');
  });

  const date = fc
    .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10));

  test('the pattern of a bound is the order of the texts', () => {
    fc.assert(
      fc.property(date, date, fc.boolean(), (limit, day, strict) => {
        expect(new RegExp(bounded(limit, 'min', strict), 'u').test(day)).toBe(
          strict ? day > limit : day >= limit,
        );
        expect(new RegExp(bounded(limit, 'max', strict), 'u').test(day)).toBe(
          strict ? day < limit : day <= limit,
        );
      }),
      RUNS,
    );
  });

  test('formats of time know the calendar', () => {
    const [python, java] = [
      new RegExp(strptime('%Y-%m-%d') ?? '', 'u'),
      new RegExp(javaTime('yyyy-MM-dd') ?? '', 'u'),
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const at = new Date(Date.UTC(year, month - 1, day));
          const real = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && month >= 1 && month <= 12;
          const written = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          expect([python.test(written), java.test(written)]).toEqual([real, real]);
        },
      ),
      { ...RUNS, numRuns: 1000 },
    );
  });
});

test('the next number is the next', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e300, min: -1e300 }), (number) => {
      const [up, down] = [step(number, 1), step(number, -1)];
      expect(up > number && down < number).toBe(true);
      expect([number, up]).toContain((number + up) / 2);
    }),
    RUNS,
  );
});
