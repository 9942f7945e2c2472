import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { column, faultsOf, imported, lost, refused, table } from './support.ts';

/** A Table Schema with one field `a`, whose members are given as YAML's flow style. */
function field(members: string, schema = '') {
  return imported(`{ fields: [{ name: a, ${members} }] ${schema} }`);
}

describe('types and formats', () => {
  test.each<[string, string[], string[]]>([
    ['type: string', ['x', '1', 'true'], []],
    ['type: string, format: email', ['a@example.org'], ['a']],
    ['type: string, format: uri', ['https://example.org/a'], ['a b']],
    ['type: string, format: uuid', ['95ecc380-afe9-11e4-9b6c-751b66dd541e'], ['95ecc380']],
    ['type: string, format: binary', ['dGVzdA==', 'YWJj'], ['a', 'YWJj*']],
    [
      'type: number',
      ['1', '-1.23', '+100000.00', '.5', '210', '1E+3', '1e-3', 'NaN', 'nan', 'INF', '-inf'],
      ['1,5', 'x', '0x10', '12 EUR'],
    ],
    ['type: number, decimalChar: ","', ['1', '1,5', '-3,', ',5', '1,5E3', 'NaN'], ['1.5', '1,5,5', 'x']],
    ['type: number, groupChar: ","', ['100,000', '1,000.5', '7'], ['1.000,5', ',1']],
    ['type: number, groupChar: ".", decimalChar: ","', ['100.000,5', '1'], ['1,5,5']],
    ['type: number, bareNumber: false', ['95%', '€95', 'EUR 95', '-3.5'], ['none', 'a1b2']],
    ['type: integer', ['1', '-7', '+0'], ['1.5', 'x', '']],
    ['type: integer, groupChar: " "', ['10 000', '7'], ['1.5']],
    ['type: integer, bareNumber: false', ['95%', '€95'], ['9.5%', 'x']],
    ['type: boolean', ['true', 'True', 'TRUE', '1', 'false', 'False', 'FALSE', '0'], ['yes', 'tRuE', '2']],
    ['type: boolean, trueValues: ["yes"], falseValues: ["no"]', ['yes', 'no'], ['true', '1', 'Yes']],
    ['type: boolean, trueValues: ["1"]', ['1', 'false', '0'], ['true', 'yes']],
    ['type: object', ['{"a":1}', '{}'], ['[1]', 'x', '{"a"']],
    ['type: array', ['[1,"a"]', '[]'], ['{"a":1}', 'x']],
    ['type: list', ['a,b', ''], []],
    ['type: list, itemType: integer', ['1,2', '-3'], ['1,b', '1,,2']],
    ['type: list, itemType: boolean, delimiter: ";"', ['true;0'], ['true,0', 'x']],
    ['type: list, itemType: date', ['2024-01-26,2024-02-01'], ['2024-1-26', '26.01.2024']],
    [
      'type: datetime',
      ['2024-01-26T15:00:00', '2024-01-26T15:00:00.300-05:00', '2024-01-26T15:00:00Z'],
      ['2024-01-26', '2024-01-26 15:00:00', '2023-02-29T15:00:00', '2024-01-26T25:00:00'],
    ],
    [
      'type: datetime, format: "%d/%m/%Y %H:%M:%S"',
      ['12/11/2018 09:15:32', '29/02/2024 0:0:0'],
      ['2018-11-12T09:15:32', '31/04/2018 09:15:32', '29/02/2023 00:00:00'],
    ],
    [
      'type: datetime, format: "fmt:%Y%m%dT%H%M%S%z"',
      ['20240126T150000+0100', '20240126T150000Z'],
      ['20240126T150000'],
    ],
    ['type: date', ['2024-01-26', '2024-02-29'], ['26.01.2024', '2023-02-29', '2024-1-26']],
    ['type: date, format: "%d %b %y"', ['26 Jan 24', '1 feb 99'], ['26 Foo 24']],
    ['type: time', ['15:00:00', '24:00:00', '15:00:00.5Z'], ['15:00', '24:00:01', '15:00:60']],
    ['type: time, format: "%I:%M %p"', ['03:15 PM', '12:00 am'], ['15:15 PM']],
    ['type: year', ['2024', '1066'], ['24', 'MMXX', '20.5', '20000']],
    ['type: yearmonth', ['2024-01'], ['2024-13', '2024', '2024-01-01']],
    ['type: duration', ['P1Y2M3DT4H5M6.7S', 'PT1S', 'P1M', '-P3D'], ['P', 'PT', 'P1S', '1D', 'P1W']],
    ['type: geopoint', ['90.50, 45.50', '-180,90', '0,0'], ['181,1', '1,91', '1', '1;1', 'x,1']],
    ['type: geopoint, format: array', ['[90.5, 45.5]'], ['[1]', '[1,2,3]', '[181,0]', '["1","2"]']],
    [
      'type: geopoint, format: object',
      ['{"lon": 90.5, "lat": 45.5}'],
      ['{"lon": 1}', '{"lon":1,"lat":2,"x":3}', '{"lon":1,"lat":91}'],
    ],
    ['type: geojson', ['{"type":"Point","coordinates":[0,0]}'], ['{"type":"Dot"}', '{}', 'x']],
    ['type: geojson, format: topojson', ['{"type":"Topology"}'], ['{"type":"Point"}']],
    ['type: any', ['x', '1', '{}'], []],
    ['title: none', ['x', '1'], []],
  ])('%s', (members, good, bad) => {
    const result = field(members);
    expect(faultsOf(result.contract)).toEqual([]);
    // An empty cell is read as null, so the empty text never comes.
    const cells = [...good, ...bad].filter((cell) => cell !== '');
    expect(refused(result, 'a', [...cells, null])).toEqual(bad.filter((cell) => cell !== ''));
  });

  test('formats that cannot be carried are told', () => {
    expect(lost(field('type: date, format: any'))).toEqual(['the date format "any": any text is taken']);
    expect(lost(field('type: date, format: "%U %Y"'))).toHaveLength(1);
    expect(lost(field('type: string, format: isbn'))).toEqual(['the format "isbn"']);
    expect(lost(field('type: geojson'))[0]).toContain('coordinates');
  });
});

describe('constraints', () => {
  test.each<[string, string[], string[]]>([
    ['type: string, constraints: { minLength: 5 }', ['apple'], ['plum']],
    ['type: string, constraints: { maxLength: 5 }', ['apple'], ['grapefruit']],
    ['type: array, constraints: { minLength: 2, maxLength: 2 }', ['[1,2]'], ['[1]', '[1,2,3]']],
    ['type: object, constraints: { minLength: 1 }', ['{"a":1}'], ['{}']],
    ['type: integer, constraints: { minimum: 100 }', ['100'], ['50']],
    ['type: integer, constraints: { minimum: "100" }', ['100'], ['50']],
    ['type: integer, constraints: { exclusiveMinimum: 0 }', ['1'], ['0']],
    ['type: number, constraints: { maximum: 1.5 }', ['1.5', '-INF'], ['1.6', 'INF', 'NaN']],
    ['type: number, constraints: { minimum: 0 }', ['0', 'INF'], ['-1', '-INF', 'NaN']],
    ['type: integer, constraints: { exclusiveMaximum: 150 }', ['149'], ['150']],
    ['type: year, constraints: { minimum: 2000, maximum: 2010 }', ['2000', '2010'], ['1999', '2011']],
    [
      'type: date, constraints: { minimum: "2020-02-28", exclusiveMaximum: "2021-01-01" }',
      ['2020-02-28', '2020-12-31'],
      ['2020-02-27', '2021-01-01', 'x'],
    ],
    [
      'type: yearmonth, constraints: { exclusiveMinimum: "2019-09" }',
      ['2019-10', '2020-01'],
      ['2019-09', '2019-01'],
    ],
    ['type: time, constraints: { maximum: "12:00:00" }', ['12:00:00', '09:59:59'], ['12:00:01']],
    ['type: string, constraints: { pattern: "a.*" }', ['apple'], ['banana']],
    ['type: string, constraints: { pattern: "^a.*$" }', ['apple'], ['orange']],
    ['type: string, constraints: { pattern: "\\\\i\\\\c*" }', ['a-1'], ['1a']],
    ['type: string, constraints: { pattern: "a|b" }', ['a', 'b'], ['ab']],
    ['type: string, constraints: { enum: [apple] }', ['apple'], ['orange']],
    ['type: integer, constraints: { enum: ["1", 2] }', ['1', '2'], ['3']],
    ['type: boolean, constraints: { enum: [true] }', ['true', '1'], ['false', '0']],
    ['type: date, constraints: { enum: ["2024-01-26"] }', ['2024-01-26'], ['2024-01-27']],
    [
      'type: object, constraints: { jsonSchema: { type: object, properties: { value: { type: integer } } } }',
      ['{"value":1}'],
      ['{"value":"bad"}'],
    ],
    ['type: string, categories: [apple, orange]', ['apple'], ['banana']],
    [
      'type: integer, categories: [{ value: 0, label: apple }, { value: 1 }], constraints: { enum: [0] }',
      ['0'],
      ['1', '2'],
    ],
    ['constraints: { required: true }', ['x', '1'], []],
    [
      'type: datetime, constraints: { minimum: "2024-01-01T00:00:00Z" }',
      ['2024-01-01T00:00:00Z', '2024-01-01T01:00:00+01:00', '2024-01-01T00:00:00'],
      ['2023-12-31T23:59:59.999Z', '2024-01-01T00:30:00+01:00'],
    ],
    [
      'type: datetime, constraints: { exclusiveMaximum: "2024-01-01T00:00:00Z" }',
      ['2023-12-31T23:59:59.999999999Z'],
      ['2024-01-01T00:00:00Z', 'x'],
    ],
  ])('%s', (members, good, bad) => {
    const result = field(members);
    expect(lost(result)).toEqual([]);
    expect(faultsOf(result.contract)).toEqual([]);
    expect(refused(result, 'a', [...good, ...bad])).toEqual(bad);
  });

  test('required forbids null, and uniqueness is of the table', () => {
    expect(
      refused(field('type: integer, constraints: { required: true, unique: true }'), 'a', ['1', null]),
    ).toEqual([null]);
    expect(table(field('type: integer, constraints: { unique: true }')).unique).toEqual([['a']]);
  });

  test.each([
    ['type: integer, constraints: { pattern: "1" }', 'only strings'],
    ['type: string, constraints: { pattern: "[a-z-[aeiou]]" }', 'cannot be read'],
    ['type: string, constraints: { pattern: "\\\\p{IsBasicLatin}" }', 'cannot be read'],
    ['type: duration, constraints: { minimum: "P1D" }', 'no order'],
    ['type: number, decimalChar: ",", constraints: { minimum: 1 }', 'no order'],
    ['type: integer, constraints: { minLength: 1 }', 'minLength'],
    ['type: string, constraints: { maxlength: 1 }', 'has no maxlength'],
    ['type: object, constraints: { jsonSchema: { $ref: "#/a" } }', 'refers'],
  ])('%s is told', (members, reason) => {
    expect(lost(field(members)).join()).toContain(reason);
  });
});

describe('missing values', () => {
  test('texts for null are values if the field is not required', () => {
    expect(
      refused(field('type: integer', ', missingValues: ["", "NA", "-99"]'), 'a', [
        '1',
        'NA',
        '-99',
        'x',
        null,
      ]),
    ).toEqual(['x']);
    const bounded = field('type: integer, constraints: { minimum: 0 }', ', missingValues: ["-99"]');
    expect(refused(bounded, 'a', ['1', '-99', '-98', null])).toEqual(['-98', null]);
    const required = field(
      'type: integer, constraints: { required: true }',
      ', missingValues: ["", "NA", "-99"]',
    );
    expect(refused(required, 'a', ['1', 'NA', '-99', null])).toEqual(['NA', '-99', null]);
    const text = field(
      'type: string, constraints: { minLength: 3, required: true }',
      ', missingValues: ["none"]',
    );
    expect(refused(text, 'a', ['some', 'none'])).toEqual(['none']);
    for (const { contract } of [bounded, required, text]) expect(faultsOf(contract)).toEqual([]);
  });

  test('those of a field replace those of the table; entries may have labels', () => {
    const result = imported(
      '{ fields: [{ name: a, type: integer, missingValues: [{ value: "-", label: OMITTED }] }, { name: b, type: integer }], missingValues: ["", NA] }',
    );
    expect(refused(result, 'a', ['-', 'NA', null])).toEqual(['NA', null]);
    expect(refused(result, 'b', ['-', 'NA', null])).toEqual(['-']);
    expect(result.dialect).toEqual({ missingValues: { a: ['-'], b: ['', 'NA'] } });
  });

  test('if none is missing an empty cell is an empty text', () => {
    expect(refused(field('type: string', ', missingValues: []'), 'a', [null])).toEqual([]);
    expect(
      refused(field('type: string, constraints: { minLength: 1 }', ', missingValues: []'), 'a', [null]),
    ).toEqual([null]);
    expect(refused(field('type: integer', ', missingValues: []'), 'a', [null])).toEqual([null]);
  });

  test('texts for null repeat if they must not', () => {
    expect(lost(field('constraints: { unique: true }', ', missingValues: [NA]'))).toEqual([
      'a: NA are not nulls in its uniqueness',
    ]);
    const unique = field('constraints: { unique: true }', ', missingValues: ["", NA]');
    expect(lost(unique)).toEqual([]);
    expect(column(unique, 'a')['x-ml-loop']).toEqual({ 'missing-values': ['NA'] });
  });
});

describe('the table', () => {
  const two = 'fields: [{ name: a }, { name: b }]';

  test.each([
    ['', ['a', 'b'], false, true],
    [', fieldsMatch: exact', ['a', 'b'], false, true],
    [', fieldsMatch: [equal]', ['a', 'b'], false, false],
    [', fieldsMatch: subset', ['a', 'b'], true, false],
    [', fieldsMatch: superset', undefined, false, false],
    [', fieldsMatch: partial', undefined, true, false],
  ])('fields match: %s', (match, required, open, order) => {
    const { contract } = imported(`{ ${two} ${match} }`);
    expect(contract.required).toEqual(required);
    expect(contract.additionalProperties).toBe(open);
    expect((contract['x-ml-loop'] as { columns?: object } | undefined)?.columns).toEqual(
      order ? { order: true } : undefined,
    );
    expect(contract.anyOf).toEqual(
      match.includes('partial') ? [{ required: ['a'] }, { required: ['b'] }] : undefined,
    );
  });

  test('keys; a key of one field may stand by itself', () => {
    const result = imported(`{ ${two}, primaryKey: a, uniqueKeys: [[b], [a, b]] }`);
    expect(table(result)).toMatchObject({ key: ['a'], unique: [['b'], ['a', 'b']] });
    expect(refused(result, 'a', ['x', null])).toEqual([null]);
  });

  test('foreign keys need the file of the other resource', () => {
    const text = `
resources:
  - { name: one, path: one.csv, schema: { ${two} } }
  - { name: far, path: "https://example.org/far.csv", schema: { ${two} } }
  - name: two
    path: two.csv
    schema:
      ${two}
      foreignKeys:
        - { fields: a, reference: { resource: one, fields: b } }
        - { fields: [a, b], reference: { resource: far, fields: [a, b] } }
        - { fields: [a], reference: { resource: "", fields: [b] } }
`;
    const result = imported(text, { table: 'two' });
    expect(table(result)['foreign-keys']).toEqual([{ columns: ['a'], file: 'one.csv', references: ['b'] }]);
    expect(lost(result)).toHaveLength(2);
    expect(
      table(imported(text, { table: 'two', files: { far: 'f.csv', '': 'two.csv' } }))['foreign-keys'],
    ).toHaveLength(3);
  });

  test('a resource is chosen by its name, and its schema has to be in the document', () => {
    const text =
      '{ resources: [{ name: a, schema: s.json }, { name: b, schema: { fields: [{ name: x }] } }] }';
    expect(() => imported(text)).toThrow('a, b');
    expect(() => imported(text, { table: 'a' })).toThrow('in another document');
    expect(imported(text, { table: 'b' }).contract.title).toBe('b');
  });

  test('the dialect, of version 1, 2 and below `csv`; a file without a header has the names of the fields', () => {
    const resource = (dialect: string) =>
      imported(`{ name: r, path: r.csv, encoding: utf-16, dialect: ${dialect}, schema: { ${two} } }`);
    expect(
      resource(
        '{ delimiter: "\\t", header: false, doubleQuote: false, escapeChar: "\\\\", lineTerminator: "\\n", csvddfVersion: 1.2 }',
      ).dialect,
    ).toEqual({
      encoding: 'utf-16',
      delimiter: '\t',
      header: false,
      columns: ['a', 'b'],
      doubleQuote: false,
      escape: '\\',
      lineTerminator: '\n',
    });
    expect(resource('{ csv: { delimiter: ";" } }').dialect).toMatchObject({ delimiter: ';' });
    expect(
      lost(resource('{ headerRows: [1, 2], commentRows: [3], sheetName: x, nullSequence: "-" }')),
    ).toHaveLength(4);
    expect(resource('{}').data).toEqual(['r.csv']);
  });

  test('names that are there twice, as version 1 allowed', () => {
    expect(lost(imported('{ fields: [{ name: a, type: integer }, { name: a }] }'))).toEqual([
      'a second field a',
    ]);
    expect(column(imported('{ fields: [{ name: a, type: integer }, { name: a }] }'), 'a').type).toContain(
      'integer',
    );
  });
});

test('all that is wrong is told at once', () => {
  const text = `
fields:
  - { type: integer }
  - { name: b, type: int }
  - { name: c, type: integer, constraints: { minimum: x, enum: [] } }
  - { name: d, type: date, constraints: { minimum: "1 May" } }
primaryKey: [z]
fieldsMatch: all
foreignKeys: [{ fields: [c], reference: { fields: [c, d] } }]
`;
  try {
    imported(text);
    throw new Error('was read');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.map(({ where }) => where?.replace('contract.yml: ', ''))).toEqual([
      'fields.0',
      'fields.1.type',
      'fields.2.constraints.minimum',
      'fields.2.constraints.enum',
      'fields.3.constraints.minimum',
      'fieldsMatch',
      'primaryKey',
      'foreignKeys.0',
    ]);
  }
});
