import { describe, expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import { statisticChecks } from '../../../shared/contract/statistics.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import type { Profile } from '../../../shared/profile/profile.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../read/sources.ts';

const NOW = new Date('2026-01-10T00:00:00Z');

interface Options {
  readonly samples?: 'hide' | 'show';
  readonly others?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly patternLimitMs?: number;
}

async function check(contract: string, text: string, options: Options = {}) {
  const { samples = 'show', others = {}, file = 'a.csv', patternLimitMs = 60_000 } = options;
  const parsed = parseContract(contract, 'rules/contract.yml');
  const { checked } = await scanTables([sourceOf(file, text)], {
    ...{ contract: parsed, samples, maxLocations: 3, now: NOW, patternLimitMs },
    open: (path) => sourceOf(path, others[path] ?? ''),
  });
  const { checks, invalidRows } = checked;
  const bad = checks.filter(({ status }) => status !== 'pass');
  return { checks, bad, invalidRows, of: (id: string) => checks.filter((one) => one.id === id) };
}

const csv = (header: string, ...rows: readonly string[]) =>
  `${header}\n${rows.map((row) => `${row}\n`).join('')}`;
const TABLE = (own: string, properties = 'a: {}, b: {}, c: {}') =>
  `type: object\nproperties: { ${properties} }\nadditionalProperties: true\nx-ml-loop: ${own}\n`;

describe('severity and tolerance', () => {
  const rows = csv('a', '1', '-1', '-2', '200', 'x');
  const contract = (own: string, root = '{}') =>
    TABLE(root, `a: { type: integer, minimum: 0, maximum: 100, x-ml-loop: ${own} }`);

  test('without them every broken rule fails, a range as one', async () => {
    const { bad } = await check(contract('{}'), rows);
    expect(bad.map(({ id, status, observed }) => [id, status, observed])).toEqual([
      ['column.range', 'fail', 3],
      ['column.type', 'fail', 1],
    ]);
  });

  test('a tolerance is of each keyword by itself: a count, or a share of all rows', async () => {
    const { of } = await check(contract('{ tolerance: 1 }'), rows);
    expect(of('column.range')).toMatchObject([
      {
        status: 'fail',
        observed: 2,
        expected: { minimum: 0 },
        message: '2 values of a are not at least 0; the tolerance is 1',
        fix: 'fix the 2 values at the places listed; only if the data are right, change the contract: properties.a.minimum: -2, or tolerance: 2',
      },
      { status: 'pass', observed: 1, expected: { maximum: 100 }, locations: [{ line: 5 }] },
    ]);
    expect(of('column.type')).toMatchObject([
      { status: 'pass', message: '1 value of a is not of type integer, which the tolerance of 1 allows' },
    ]);
    expect((await check(contract('{ tolerance: 40% }'), rows)).bad).toEqual([]);
    expect((await check(contract('{ tolerance: 39% }'), rows)).bad).toMatchObject([
      { message: '2 values of a are not at least 0; the tolerance is 39% of 5 rows' },
    ]);
  });

  test('the table’s is the default of columns, and a keyword’s own wins', async () => {
    const root = '{ severity: warn, tolerance: 1 }';
    const own = '{ keywords: { minimum: { severity: error }, maximum: { tolerance: 0 } } }';
    const { of } = await check(contract(own, root), rows);
    expect(of('column.range').map(({ status, expected }) => [status, expected])).toEqual([
      ['fail', { minimum: 0 }],
      ['warn', { maximum: 100 }],
    ]);
    expect(of('column.type')).toMatchObject([{ status: 'warn', message: /allows$/ }]);
  });

  test('29 % of 100 rows are 29', async () => {
    const hundred = csv('a', ...Array.from({ length: 100 }, (_row, i) => (i < 29 ? '-1' : '1')));
    expect((await check(contract('{ tolerance: 29% }'), hundred)).bad).toEqual([]);
    expect((await check(contract('{ tolerance: 0.28 }'), hundred)).bad).toHaveLength(1);
  });

  test.each([
    ['anyOf: [{ minimum: 0 }, { maximum: -10 }]', 'anyOf'],
    ['allOf: [{ minimum: 0 }, { exclusiveMinimum: -0.5 }]', 'allOf'],
    ['not: { maximum: -1 }', 'not'],
    ['enum: [1, 200]', 'enum'],
    ['const: 1', 'const'],
    ['$ref: "#/$defs/d"', '$ref'],
  ])('%s is graded as one keyword', async (rule, keyword) => {
    const definitions = '$defs: { d: { minimum: 0 } }\n';
    const graded = (own: string) =>
      definitions + TABLE('{}', `a: { type: integer, ${rule}, x-ml-loop: ${own} }`);
    const text = csv('a', '1', '-1', '-2');
    const limit = keyword === 'const' || keyword === 'enum' ? 2 : 2;
    const { bad } = await check(graded(`{ keywords: { ${keyword}: { tolerance: ${limit} } } }`), text);
    expect(bad).toEqual([]);
    const found = await check(graded(`{ keywords: { ${keyword}: { tolerance: 1, severity: warn } } }`), text);
    expect(found.bad).toMatchObject([{ status: 'warn', observed: 2 }]);
  });

  test('nulls, missing columns, keys and row counts have the severity, too', async () => {
    const text = csv('a,b', ',1', '1,1', '2,1');
    const { bad } = await check(
      'type: object\nproperties: { a: { type: integer } }\nrequired: [a, z]\nadditionalProperties: false\nx-ml-loop: { key: b, rows: { min: 9 }, severity: warn }',
      text,
    );
    expect(bad.map(({ id, status }) => `${id} ${status}`).sort()).toEqual([
      'column.missing warn',
      'column.nulls warn',
      'column.unknown warn',
      'table.key warn',
      'table.rows warn',
    ]);
  });
});

describe('keys', () => {
  test('further keys pass over nulls, and read numbers as numbers', async () => {
    const contract = TABLE(
      '{ unique: [[a], { columns: [a, b], severity: warn }] }',
      'a: { type: [number, "null"] }, b: {}',
    );
    const { of, invalidRows } = await check(contract, csv('a,b', '1,x', ',x', ',x', '1.0,y', '2,', '2,'));
    expect(of('table.unique')).toMatchObject([
      {
        status: 'fail',
        target: { column: 'a' },
        observed: 2,
        message: '2 rows repeat the a of an earlier row',
        locations: [{ line: 5 }, { line: 7 }],
        fix: 'drop the repeated rows; or x-ml-loop.unique[0]: { columns: ["a"], tolerance: 2 }',
      },
      { status: 'pass', message: 'no two rows have the same a, b' },
    ]);
    expect(invalidRows).toBe(2);
  });

  test('parts of a key are kept apart', async () => {
    const { of } = await check(TABLE('{ unique: [[a, b]] }'), csv('a,b', 'x,yz', 'xy,z'));
    expect(of('table.unique')).toMatchObject([{ status: 'pass' }]);
  });

  test('foreign keys are found in a file beside the contract', async () => {
    const contract = TABLE(
      '{ foreign-keys: [{ columns: [a], file: ../cities.csv, references: [name], tolerance: 1 }] }',
    );
    const others = { 'cities.csv': csv('id,name', '1,Rome', '2,Oslo') };
    const { of } = await check(contract, csv('a,b', 'Rome,1', ',2', 'Bern,3', 'Nice,4'), { others });
    expect(of('table.foreign-key')).toMatchObject([
      {
        status: 'fail',
        observed: 2,
        message: '2 rows have a value of a that is not among name of ../cities.csv; the tolerance is 1',
        locations: [
          { line: 4, column: 1, value: 'Bern' },
          { line: 5, column: 1, value: 'Nice' },
        ],
        fix: 'add the rows to ../cities.csv; only if the data are right, change the contract: x-ml-loop.foreign-keys[0].tolerance: 2',
      },
    ]);
    expect((await check(contract, csv('a', 'Oslo'), { others })).bad).toEqual([]);
  });

  test('a foreign file without the column ends the run', async () => {
    const contract = TABLE('{ foreign-keys: [{ columns: a, file: c.csv, references: nam }] }');
    const others = { 'rules/c.csv': csv('name', 'x') };
    await expect(check(contract, csv('a', 'x'), { others })).rejects.toThrow(
      /rules\/c.csv: the file of x-ml-loop.foreign-keys\[0\] has no column nam → did you mean name/,
    );
  });

  test('a key whose column the data lack fails', async () => {
    const { bad } = await check(
      TABLE('{ unique: [[aa]], rules: [{ compare: [a, "<", d] }] }'),
      csv('a,b', '1,2'),
    );
    expect(bad).toMatchObject([
      { id: 'table.unique', status: 'fail', fix: 'did you mean a?' },
      { id: 'row.rule', status: 'fail', message: 'the rule "rule 1" needs d, which the data do not have' },
    ]);
  });
});

describe('the table as a whole', () => {
  test.each([
    ['2d', '2026-01-08', 'pass', 'the newest a is 2d old'],
    ['1d', '2026-01-08', 'fail', 'the newest a is 2d old'],
    ['1h', '2026-01-09T22:30:01+00:00', 'fail', 'the newest a is 90m old'],
    ['1h', 'never', 'inconclusive', 'a has no ISO 8601 time before now'],
    [
      '2d',
      '2026-02-01',
      'inconclusive',
      'a has no ISO 8601 time before now; 1 value is later than now and not counted',
    ],
  ])('freshness of %s with %s: %s', async (age, value, status, message) => {
    const { of } = await check(TABLE(`{ freshness: { column: a, max-age: ${age} } }`), csv('a', value));
    expect(of('table.freshness')).toMatchObject([{ status, message }]);
  });

  test('a stale table’s fix accepts it', async () => {
    const { bad } = await check(
      TABLE('{ freshness: { column: a, max-age: 1d } }'),
      csv('a', '2026-01-06T23:00:00Z'),
    );
    expect(bad).toMatchObject([
      {
        fix: 'take newer data; only if the data are right, change the contract: x-ml-loop.freshness.max-age: 4d',
      },
    ]);
  });

  test('the order of columns, other columns between them or not', async () => {
    const contract = TABLE('{ columns: { order: true } }');
    expect((await check(contract, csv('a,x,c', '1,2,3'))).bad).toEqual([]);
    expect((await check(contract, csv('b,x,a,c', '1,2,3,4'))).bad).toMatchObject([
      {
        id: 'table.order',
        status: 'fail',
        message: 'the columns of a.csv do not come in the order of the contract: a comes after b',
        locations: [{ file: 'a.csv', line: 1, column: 3 }],
      },
    ]);
    expect((await check(contract, '{"a":1}\n', { file: 'a.jsonl' })).bad).toMatchObject([
      { id: 'table.order', status: 'warn' },
    ]);
  });
});

describe('rules across columns', () => {
  const compare = (operator: string, types = 'a: { type: number }, b: { type: number }') =>
    TABLE(`{ rules: [{ name: n, compare: [a, "${operator}", b] }] }`, types);

  test.each([
    ['<', [2, 3]],
    ['<=', [3]],
    ['==', [1, 3]],
    ['!=', [2]],
    ['>=', [1]],
    ['>', [1, 2]],
  ])('a %s b breaks rows %j of 9<10, 5=5, 10>9 and a null', async (operator, broken) => {
    const text = csv('a,b', '9,10', '5,5.0', '10,9', ',1');
    for (const types of [undefined, 'a: {}, b: {}']) {
      const { of } = await check(compare(operator, types), text);
      expect(of('row.rule')[0]).toMatchObject({
        observed: broken.length,
        ...(broken.length > 0 ? { locations: broken.map((row) => ({ line: row + 1 })) } : {}),
      });
    }
  });

  test('times are compared as times, texts as texts', async () => {
    const typed = compare('<', 'a: { type: string }, b: { type: string }');
    const { of } = await check(
      typed,
      csv('a,b', '2026-01-01T10:00:00+02:00,2026-01-01T09:00:00Z', '10,9', 'b,a'),
    );
    expect(of('row.rule')).toMatchObject([{ observed: 1, locations: [{ line: 4 }] }]);
  });

  test('values of different kinds break all but !=', async () => {
    expect((await check(compare('<='), csv('a,b', '1,2'))).bad).toEqual([]);
    const mixed = 'a: { type: [number, string] }, b: { type: [number, string] }';
    expect((await check(compare('<=', mixed), csv('a,b', '1,x'))).of('row.rule')).toMatchObject([
      { observed: 1 },
    ]);
    expect((await check(compare('!=', mixed), csv('a,b', '1,x'))).bad).toEqual([]);
  });

  test('sums are equal except rounding', async () => {
    const contract = TABLE(
      '{ rules: [{ name: s, sum: [a, b], equals: c }, { name: t, sum: [a, b], equals: 0.3 }] }',
    );
    const { of } = await check(contract, csv('a,b,c', '0.1,0.2,0.3', '0.1,,9', '0.1,0.2,0.30001', 'x,0.2,1'));
    expect(of('row.rule')).toMatchObject([
      {
        observed: 2,
        locations: [{ line: 4 }, { line: 5 }],
        fix: 'fix the rows at the places listed; only if the data are right, change the contract: x-ml-loop.rules[0].tolerance: 2',
      },
      { observed: 1, locations: [{ line: 5 }] },
    ]);
  });

  test('a JSON Schema of the row, which types the columns it names', async () => {
    const contract = TABLE(
      '{ rules: [{ name: s, schema: { if: { properties: { a: { const: x } } }, then: { properties: { b: { type: number, minimum: 5 } } } }, severity: warn }] }',
    );
    const { of } = await check(contract, csv('a,b', 'x,7', 'x,3', 'y,1'));
    expect(of('row.rule')).toMatchObject([{ status: 'warn', observed: 1, locations: [{ line: 3 }] }]);
  });

  test('a schema that is none is refused with its line', async () => {
    const contract = 'x-ml-loop:\n  rules:\n    - name: s\n      schema: { type: nubmer }\n';
    await expect(check(contract, csv('a', '1'))).rejects.toThrow(
      /contract.yml:4: is not a valid JSON Schema/,
    );
  });

  test('a schema refers to the contract’s definitions', async () => {
    const rules = '{ rules: [{ name: s, schema: { properties: { a: { $ref: "#/$defs/positive" } } } }] }';
    const contract = `$defs: { positive: { type: integer, minimum: 1 } }\n${TABLE(rules)}`;
    const { of } = await check(contract, csv('a', '1', '0'));
    expect(of('row.rule')).toMatchObject([{ observed: 1, locations: [{ line: 3 }] }]);
  });

  test('a pattern in a schema that backtracks without end is bounded', async () => {
    const rules =
      '{ rules: [{ name: s, schema: { properties: { a: { type: string, pattern: "^(a+)+$" } } } }] }';
    const run = check(TABLE(rules), csv('a', `${'a'.repeat(40)}!`), { patternLimitMs: 100 });
    await expect(run).rejects.toThrow(/took longer than 0.1 s/);
  });

  test('x-ml-loop in a place that is not read is told', async () => {
    const contract = 'properties: { a: { anyOf: [{ type: string, x-ml-loop: { severity: warn } }] } }';
    expect((await check(contract, csv('a', '1'))).bad).toMatchObject([
      { id: 'contract.keyword', message: /checks nothing$/, fix: /move it/ },
    ]);
  });

  test('a misspelt keyword of a rule is told', async () => {
    const { bad } = await check(
      TABLE('{ rules: [{ name: s, schema: { minPropertis: 1 } }] }'),
      csv('a', '1'),
    );
    expect(bad).toMatchObject([{ id: 'contract.keyword', fix: 'did you mean minProperties?' }]);
  });
});

describe('rules of some rows', () => {
  const rule = (own: string) =>
    TABLE(`{ rules: [{ name: r, ${own} }] }`, 'a: { type: [number, "null"] }, b: {}, c: {}');
  const valued = 'when: { properties: { a: { not: { type: "null" } } } }';
  const limit = 'schema: { properties: { a: { maximum: 4 } } }';
  const rows = csv(
    'a,b,c',
    '1,x,1',
    '2,x,1',
    '3,x,1',
    '4,x,1',
    '9,y,1',
    ',x,1',
    ',x,1',
    ',x,1',
    ',x,1',
    ',x,1',
  );

  test('a tolerance is a share of the rows that the rule is about', async () => {
    expect((await check(rule(`${limit}, tolerance: 10%`), rows)).bad).toEqual([]);
    expect((await check(rule(`${limit}, tolerance: 10%, ${valued}`), rows)).bad).toMatchObject([
      {
        id: 'row.rule',
        status: 'fail',
        observed: 1,
        message: '1 row of 5 that it is about breaks the rule "r"; the tolerance is 10% of 5 rows',
      },
    ]);
    const { bad, of } = await check(rule(`${limit}, tolerance: 20%, ${valued}`), rows);
    expect(bad).toEqual([]);
    expect(of('row.rule')).toMatchObject([{ status: 'pass', observed: 1 }]);
  });

  test('comparisons and sums are of some rows, too; without any, nothing was judged', async () => {
    const when = (value: string) => `when: { properties: { b: { const: ${value} } } }`;
    expect((await check(rule(`compare: [a, "<=", c], ${when('y')}`), rows)).bad).toMatchObject([
      { observed: 1 },
    ]);
    expect((await check(rule(`sum: [a], equals: 9, ${when('y')}`), rows)).of('row.rule')).toMatchObject([
      { status: 'pass', message: 'all 1 rows that it is about keep the rule "r"' },
    ]);
    expect((await check(rule(`${limit}, ${when('z')}`), rows)).bad).toMatchObject([
      { status: 'warn', message: expect.stringContaining('judged nothing') },
    ]);
  });

  test('a condition that is not a schema is an error', async () => {
    await expect(check(rule(`${limit}, when: b`), rows)).rejects.toThrow('rules[0].when is not JSON Schema');
    expect(
      (await check(rule(`${limit}, when: { propertys: {} }`), rows)).of('contract.keyword'),
    ).toHaveLength(1);
  });
});

describe('statistics of a column', () => {
  const column = (own: string, type = 'type: [number, "null"]') =>
    TABLE('{}', `a: { ${type}, x-ml-loop: ${own} }`);
  const numbers = csv('a', '1', '2', '', '3', '4', '4', '6');

  test.each([
    ['nulls: { max: 1 }', 'nulls: { max: 0 }', 'nulls.max: 1'],
    ['nulls: { max: 15% }', 'nulls: { max: 14% }', 'nulls.max: 14.29%'],
    ['nulls: { min: 1 }', 'nulls: { min: 2 }', 'nulls.min: 1'],
    ['distinct: { min: 5, max: 5 }', 'distinct: { max: 4 }', 'distinct.max: 5'],
    ['distinct-share: { min: 80% }', 'distinct-share: { min: 1 }', 'distinct-share.min: 83.33%'],
    ['mean: { min: 3, max: 3.4 }', 'mean: { max: 3 }', 'mean.max: 3.333333333333333'],
    ['median: { min: 3.5, max: 3.5 }', 'median: { max: 3 }', 'median.max: 3.5'],
    ['sd: { max: 1.8 }', 'sd: { max: 1 }', 'sd.max: 1.7511900715418263'],
    ['sum: { min: 20, max: 20 }', 'sum: { max: 19 }', 'sum.max: 20'],
    ['min-value: { min: 1 }', 'min-value: { min: 2 }', 'min-value.min: 1'],
    ['max-value: { max: 6 }', 'max-value: { max: 5 }', 'max-value.max: 6'],
    ['quantiles: { 0.9: { min: 5, max: 5 } }', 'quantiles: { 0.9: { max: 4 } }', 'quantiles["0.9"].max: 5'],
    ['quantiles: { 0.8: { min: 4, max: 4 } }', 'quantiles: { "0.8": { min: 5 } }', 'quantiles["0.8"].min: 4'],
  ])('%s holds, %s does not', async (kept, broken, fix) => {
    const good = await check(column(`{ ${kept} }`), numbers);
    expect(good.bad).toEqual([]);
    expect(good.of('column.statistic')).toMatchObject([{ status: 'pass' }]);
    const { bad } = await check(column(`{ ${broken} }`), numbers);
    expect(bad).toMatchObject([
      {
        id: 'column.statistic',
        status: 'fail',
        fix: expect.stringContaining(`change the contract: properties.a.x-ml-loop.${fix}`),
      },
    ]);
    expect((await check(column(`{ ${broken}, severity: warn }`), numbers)).bad).toMatchObject([
      { status: 'warn' },
    ]);
    const [, at = '', side = '', limit = ''] =
      /x-ml-loop\.(.*)\.(min|max): (.*)$/.exec(bad[0]?.fix ?? '') ?? [];
    const range = at.startsWith('quantiles')
      ? `quantiles: { ${at.slice(10, -1)}: { ${side}: ${limit} } }`
      : '';
    const fixed = range === '' ? `${at}: { ${side}: ${limit} }` : range;
    expect((await check(column(`{ ${fixed} }`), numbers)).bad).toEqual([]);
    // A tolerance of rows is none of a statistic.
    expect((await check(column(`{ ${broken}, tolerance: 5 }`), numbers)).bad).toHaveLength(1);
  });

  test('a tolerance of its own keyword takes a statistic as one', async () => {
    const own = (tolerance: string) =>
      column(`{ mean: { max: 1 }, keywords: { mean: { tolerance: ${tolerance} } } }`);
    expect((await check(own('1'), numbers)).bad).toEqual([]);
    expect((await check(own('0'), numbers)).bad).toHaveLength(1);
    await expect(check(own('1%'), numbers)).rejects.toThrow(
      /mean.tolerance is not a share of rows → widen mean/,
    );
  });

  test('figures of another engine: what is a lower bound or a sketch is said to be', () => {
    const own = 'distinct: { max: 10 }, median: { max: 9 }, quantiles: { 0.9: { max: 9 } }';
    const { table } = parseContract(column(`{ ${own} }`), 'c.yml');
    const profile = (distinct: number, error?: number): Profile => ({
      schema: 'ml-loop/profile@1',
      rows: 100,
      samples: 'show',
      columns: [
        {
          name: 'a',
          type: 'number',
          count: 100,
          nulls: 0,
          types: { number: 100 },
          distinct,
          distinctExact: false,
          errors: { rank: 0.002, ...(error === undefined ? {} : { distinct: error }) },
          mean: 3,
          quantiles: { '0.5': 3, '0.9': 8 },
          top: [],
          cells: { kind: 'cuts', cuts: [3], counts: [50, 50] },
        },
      ],
    });
    const checks = (distinct: number, error?: number) => {
      const facts = { columns: new Set(['a']), rows: 100, profile: profile(distinct, error) };
      return statisticChecks(table, new Map(), facts, 'show').map(({ status, message }) => [status, message]);
    };
    expect(checks(9)).toEqual([
      ['inconclusive', expect.stringContaining('is 9, at least; more could not be told apart')],
      ['pass', 'the median of a is 3 (by a sketch), at most 9'],
      ['pass', 'the 0.9 quantile of a is 8 (by a sketch), at most 9'],
    ]);
    expect(checks(11)[0]?.[0]).toBe('fail');
    expect(checks(9, 0.0081)[0]?.[0]).toBe('pass');
    expect(checks(12, 0.0081)[0]?.[0]).toBe('fail');
    expect(checks(10, 0.0325)[0]).toEqual([
      'inconclusive',
      expect.stringContaining('is 10, give or take 13%, so it is unknown whether it is at most 10'),
    ]);
  });

  test('a sum is exact if adding up is not', async () => {
    const { bad } = await check(column('{ sum: { min: 2, max: 2 } }'), csv('a', '1', '1e100', '1', '-1e100'));
    expect(bad).toEqual([]);
  });

  test('what is undefined is inconclusive', async () => {
    const empty = await check(
      column('{ mean: { min: 0 }, distinct-share: { min: 0 } }'),
      csv('a,b', ',1', ',1'),
    );
    expect(empty.of('column.statistic')).toMatchObject([
      { status: 'inconclusive' },
      { status: 'inconclusive' },
    ]);
    const texts = await check(
      column('{ sum: { min: 0 }, quantiles: { 0.8: { min: 0 } } }'),
      csv('a', '1', 'x'),
    );
    expect(texts.of('column.statistic').map(({ status }) => status)).toEqual([
      'inconclusive',
      'inconclusive',
    ]);
    expect((await check(column('{ sd: { min: 0 } }'), csv('a', '1'))).of('column.statistic')).toMatchObject([
      { status: 'inconclusive', message: /single value/ },
    ]);
  });

  test('no value is told unless samples are shown', async () => {
    const own = '{ min-value: { min: 5000 }, max-value: { max: 1 }, mean: { max: 1 }, most-common: [7] }';
    const { bad } = await check(column(own), csv('a', '4321', '4321', '4322'), { samples: 'hide' });
    expect(bad).toHaveLength(4);
    expect(JSON.stringify(bad)).not.toMatch(/432/);
    expect(bad.map(({ fix }) => fix)).toContainEqual(
      expect.stringContaining('change the contract: widen properties.a.x-ml-loop.min-value.min (5000)'),
    );
  });

  test('values that must occur, and the most common one', async () => {
    const sets = (own: string) => column(own, 'type: [number, string, "null"]');
    expect((await check(sets('{ contains: [1, 6], most-common: [4, 9] }'), numbers)).bad).toEqual([]);
    expect((await check(sets('{ contains: [1, 7, x], most-common: [3] }'), numbers)).bad).toMatchObject([
      {
        id: 'column.values',
        observed: 2,
        message: 'a has no row with 7, "x", which it must contain',
        fix: 'add rows with these values; only if the data are right, change the contract: properties.a.x-ml-loop.contains: [1]',
      },
      {
        id: 'column.values',
        observed: 4,
        fix: 'find out why the data changed, and correct them; only if the data are right, change the contract: properties.a.x-ml-loop.most-common: [3,4]',
      },
    ]);
    expect((await check(sets('{ most-common: [3] }'), csv('a', '1', '2', '3'))).bad).toEqual([]);
  });

  test('with ties: false, no other value may be as common', async () => {
    const own = '{ most-common: { values: [3], ties: false } }';
    const alone = column(own, 'type: [number, string, "null"]');
    expect((await check(alone, csv('a', '3', '3', '1'))).bad).toEqual([]);
    expect((await check(alone, csv('a', '1', '2', '3'))).bad).toMatchObject([
      { id: 'column.values', status: 'fail', message: expect.stringContaining('equally common') },
    ]);
    expect((await check(alone, csv('a', '1', '1', '3'))).bad).toMatchObject([
      { observed: 1, message: expect.stringContaining('none of the 1 allowed') },
    ]);
  });

  test('booleans are 0 and 1 in figures', async () => {
    const values = csv('a', 'true', 'false', 'true', 'true', '');
    const of = async (own: string, type = '[number, boolean, "null"]') =>
      (await check(TABLE('{}', `a: { type: ${type}, x-ml-loop: { ${own} } }`), values)).bad;
    for (const type of ['[number, boolean, "null"]', '[boolean, "null"]']) {
      expect(await of('mean: { min: 0.75, max: 0.75 }', type)).toEqual([]);
      expect(await of('sum: { min: 3, max: 3 }, median: { min: 1, max: 1 }', type)).toEqual([]);
      expect(
        await of('sd: { min: 0.5, max: 0.5 }, quantiles: { 0.25: { min: 0.75, max: 0.75 } }', type),
      ).toEqual([]);
      expect(await of('min-value: { max: 0 }, max-value: { min: 1 }', type)).toEqual([]);
      expect(await of('mean: { min: 0.8 }', type)).toMatchObject([{ status: 'fail', observed: 0.75 }]);
    }
  });

  test('the first and last time of a column, to the nanosecond', async () => {
    const values = csv('a', '2024-01-02T00:00:00Z', '2024-01-01', '');
    const of = async (own: string, text = values, samples: 'hide' | 'show' = 'show') =>
      (await check(TABLE('{}', `a: { x-ml-loop: { ${own} } }`), text, { samples })).bad;
    expect(await of('min-value: { min: 2024-01-01, max: "2024-01-01T01:00:00+01:00" }')).toEqual([]);
    expect(await of('max-value: { max: 2024-01-02T00:00:00.000000001Z }')).toEqual([]);
    expect(await of('max-value: { min: 2024-01-02T00:00:00.000000001Z }')).toMatchObject([
      { id: 'column.statistic', status: 'fail', message: expect.stringContaining('not at or after') },
    ]);
    const [hidden] = await of('min-value: { min: 2024-01-02 }', values, 'hide');
    expect(JSON.stringify(hidden)).not.toContain('2024-01-01T');
    expect(await of('min-value: { min: 2024-01-02 }', csv('a', '5'))).toMatchObject([
      { status: 'inconclusive', message: expect.stringContaining('undefined') },
    ]);
  });

  test('numbers of a column without a type are ordered as numbers, however many digits they have', async () => {
    const of = async (own: string, ...values: string[]) =>
      (await check(column(own, 'description: x'), csv('a', ...values))).bad.map(({ observed }) => observed);
    expect(await of('{ increasing: strict }', '8', '9', '10', '1e2')).toEqual([]);
    expect(await of('{ increasing: true }', '10', '9', '8')).toEqual([2]);
    expect(await of('{ decreasing: true }', '10', '9', '8')).toEqual([]);
    expect(await of('{ decreasing: true }', '8', '9', '10')).toEqual([2]);
    expect(
      await of('{ increasing: strict }', '9007199254740992', '9007199254740993', '+9007199254740994'),
    ).toEqual([]);
    expect(await of('{ increasing: true }', '9007199254740993', '9007199254740992')).toEqual([1]);
    expect(await of('{ increasing: true }', 'a', 'b')).toEqual([]);
  });

  test.each([
    ['increasing: true', [5]],
    ['increasing: strict', [4, 5]],
    ['decreasing: true', [3]],
    ['decreasing: strict', [3, 4]],
  ])('%s is broken at lines %j of 1, 2, 2, (null), 1', async (own, lines) => {
    const text = csv('a,b', '1,', '2,', '2,', '1,');
    const { bad } = await check(column(`{ ${own} }`), text);
    expect(bad).toMatchObject([
      { id: 'column.order', observed: lines.length, locations: lines.map((line) => ({ line, column: 1 })) },
    ]);
    const name = own.split(':')[0];
    const fixed = `{ ${own}, keywords: { ${name}: { tolerance: ${lines.length} } } }`;
    expect(bad[0]?.fix).toContain(`keywords.${name}.tolerance: ${lines.length}`);
    expect((await check(column(fixed), text)).bad).toEqual([]);
  });

  test('nothing is judged, and nothing passes, without a row', async () => {
    const { checks } = await check(column('{ mean: { min: 0 }, increasing: true }'), 'a\n');
    expect(checks.filter(({ id }) => id.startsWith('column.st') || id === 'column.order')).toEqual([]);
  });
});

describe('what is wrong in the vocabulary', () => {
  test('all of it is told, each with its line', () => {
    const text = `
type: object
properties:
  a:
    x-ml-loop:
      drift: 1
      nulls: { max: 120% }
      distinct: { mim: 1 }
      mean: {}
      quantiles: { 2: { min: 0 } }
      increasing: yes
      contains: []
      keywords: { minimum: { severity: warn } }
x-ml-loop:
  severity: bad
  tolerance: 1.5
  unique: [[a, a]]
  foreign-keys: [{ columns: [a], references: [b, c] }]
  freshness: { column: a, max-age: 3 }
  columns: { order: 2 }
  rules:
    - { name: x }
    - { name: y, compare: [a, '=', b] }
    - { name: z, sum: [a] }
`;
    let problems: string[] = [];
    try {
      parseContract(text, 'c.yml');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems = error.problems.map(({ what, where }) => `${where} ${what}`);
    }
    expect(problems.sort()).toEqual(
      [
        'c.yml:6 properties.a.x-ml-loop.drift is neither true nor false',
        'c.yml:7 properties.a.x-ml-loop.nulls.max is not a number of rows (3) or a share of them (1%)',
        'c.yml:8 properties.a.x-ml-loop.distinct has no mim',
        'c.yml:8 properties.a.x-ml-loop.distinct has neither min nor max',
        'c.yml:9 properties.a.x-ml-loop.mean has neither min nor max',
        'c.yml:10 properties.a.x-ml-loop.quantiles.2 is not a probability from 0 to 1',
        'c.yml:11 properties.a.x-ml-loop.increasing is neither true nor strict',
        'c.yml:12 properties.a.x-ml-loop.contains is not a list of values',
        'c.yml:13 properties.a.x-ml-loop.keywords.minimum gives a severity or tolerance to minimum, which the column does not have',
        'c.yml:15 x-ml-loop.severity is neither warn nor error',
        'c.yml:16 x-ml-loop.tolerance is not a number of rows (3) or a share of them (1%)',
        'c.yml:17 x-ml-loop.unique[0] is neither a column nor a list of columns',
        'c.yml:18 x-ml-loop.foreign-keys[0].references has 2 columns for 1',
        'c.yml:18 x-ml-loop.foreign-keys[0].file is not a text',
        'c.yml:19 x-ml-loop.freshness.max-age is not a duration',
        'c.yml:20 x-ml-loop.columns.order is neither true nor false',
        'c.yml:22 x-ml-loop.rules[0] is not one rule',
        'c.yml:23 x-ml-loop.rules[1].compare[1] does not have such an operator',
        'c.yml:24 x-ml-loop.rules[2].equals is neither a number nor a column',
      ].sort(),
    );
  });
});
