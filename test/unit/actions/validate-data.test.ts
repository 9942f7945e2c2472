import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { definition } from '../../../actions/validate-data/inputs.ts';
import { run } from '../../../actions/validate-data/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { parseProfile } from '../../../shared/profile/file.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { register } from '../../../shared/registry/register.ts';
import { parquetOf } from '../scan/parquet-writer.ts';

const NOW = new Date('2026-01-08T00:00:00Z');
let folder: string;
let ports: MachinePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-data-'));
  ports = createPorts({ workingDirectory: folder, reportFolder: 'report', now: NOW });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);
const report = (name: string) => readFile(join(folder, 'report', name), 'utf8');

function inputsOf(values: Record<string, unknown>) {
  return parseInputs(definition.inputs, [
    { values: { data: 'data.csv', ...values }, where: (name) => `input ${name}` },
  ]);
}

async function validate(values: Record<string, unknown> = {}) {
  const { verdict, outputs } = await run(inputsOf(values), ports);
  return { verdict, outputs, found: (id: string) => verdict.checks.filter((check) => check.id === id) };
}

/** Rows of id, temp (normal about `centre`), kind (one of three, the first with the given share) and day. */
function table(rows: number, seed: number, { centre = 0, share = 0.4, nulls = 0, from = 0 } = {}): string {
  const random = xoroshiro128plus(seed);
  const uniform = () => uniformInt(random, 0, 999_999) / 1e6;
  const lines = Array.from({ length: rows }, (_value, i) => {
    const temp = Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, centre - 6);
    const kind = uniform() < share ? 'a' : uniform() < 0.5 ? 'b' : 'c';
    return `${from + i},${uniform() < nulls ? '' : temp.toFixed(4)},${kind},${new Date((from + i) * 864e5).toISOString().slice(0, 10)}`;
  });
  return `id,temp,kind,day\n${lines.join('\n')}\n`;
}

const CONTRACT = `
type: object
required: [id, temp, kind, day]
additionalProperties: false
properties:
  id: { type: integer }
  temp: { type: number, minimum: -10, maximum: 10 }
  kind: { enum: [a, b, c] }
  day: { type: string, format: date }
x-ml-loop: { key: [id] }
`;

test('long keys are compared whole, by bytes and row by row', async () => {
  const long = 'x'.repeat(500);
  await write('data.csv', `a,b\n${long},1\n${long},2\n${long}y,3\n`);
  await write('bytes.yml', 'type: object\nproperties: { a: { type: string } }\nx-ml-loop: { key: [a] }\n');
  await write('rows.yml', 'anyOf: [{ required: [b] }]\nx-ml-loop: { key: [a] }\n');
  for (const contract of ['bytes.yml', 'rows.yml']) {
    const { found } = await validate({ contract, integrity: 'off' });
    expect(found('table.key')[0]).toMatchObject({ status: 'fail', observed: 1 });
  }
});

test('places in Parquet name the row group and the row', async () => {
  const bytes = await readFile('test/fixtures/parquet/zstd-groups.parquet');
  await write('a.parquet', bytes);
  await write('none.yml', 'additionalProperties: false\n');
  const { found, outputs } = await validate({
    data: 'a.parquet',
    contract: 'none.yml',
    'max-locations': 100,
  });
  // Groups of 16, 16, 16 and 12 rows.
  const [unknown] = found('column.unknown');
  const places = (unknown?.locations ?? []).map(({ line = 0, rowGroup }) => [line, rowGroup]);
  if (places.length > 1)
    for (const [line = 0, rowGroup] of places) expect(rowGroup).toBe(Math.floor((line - 1) / 16));
  expect(places[0]).toEqual([1, 0]);
  expect(await ports.files.readText(outputs.violations ?? '')).toContain(',a.parquet,1,0,');
});

test('files of which only some lie in folders of keys are told', async () => {
  await mkdir(join(folder, 'y=1'));
  await write('y=1/a.csv', table(30, 1));
  await write('b.csv', table(30, 2));
  const some = await validate({ data: ['y=1/a.csv', 'b.csv'] });
  expect(some.found('file.partitions')[0]).toMatchObject({ status: 'warn', observed: ['y'] });
  const all = await validate({ data: ['y=1/a.csv'] });
  expect(all.found('file.partitions')).toEqual([]);
});

describe('with a contract', () => {
  test('all places are in violations.csv, by field and by row, with values only if they may be shown', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i < 50 ? '=99' : '1'},a,2026-01-01`);
    await write('data.csv', `id,temp,kind,day\n${rows.join('\n')}\n`);
    await write('contract.yml', CONTRACT);
    // A rule across columns takes the path row by row.
    await write('rule.yml', `${CONTRACT}anyOf: [{ required: [temp] }]\n`);
    for (const contract of ['contract.yml', 'rule.yml']) {
      const { outputs, found } = await validate({ contract, 'max-locations': 3, integrity: 'off' });
      expect(found('column.type')[0]).toMatchObject({ observed: 50, places: 50 });
      expect(found('column.type')[0]?.locations).toHaveLength(3);
      const lines = (await ports.files.readText(outputs.violations ?? '')).trimEnd().split('\r\n');
      expect(lines).toHaveLength(51);
      expect(lines.slice(0, 2)).toEqual([
        'check,target,file,line,row_group,column,value',
        'column.type,temp,data.csv,2,,2,',
      ]);
      const shown = await validate({ contract, samples: 'show', integrity: 'off' });
      expect(await ports.files.readText(shown.outputs.violations ?? '')).toContain(
        'data.csv,2,,2,"\'=99"\r\n',
      );
    }
  });

  test('good data pass; the verdict names their digest, and the profile is written', async () => {
    await write('data.csv', table(200, 1));
    await write('contract.yml', CONTRACT);
    const { verdict, outputs } = await validate({ contract: 'contract.yml' });
    expect(verdict).toMatchObject({
      action: 'validate-data',
      status: 'pass',
      createdAt: expect.stringMatching(/^2026-01-08T00:00:0/),
    });
    expect(verdict.summary).toMatch(/^\d+ checks passed in 200 rows$/);
    const { digest } = await ports.files.bundle(['data.csv']);
    expect(verdict.subjects).toEqual([{ role: 'data', name: 'data.csv', digest, rows: 200 }]);
    expect(outputs).toEqual({
      violations: '',
      profile: 'report/profile.json',
      contract: '',
      rows: '200',
      'invalid-rows': '0',
    });
    expect(parseProfile(await report('profile.json'), 'p')).toMatchObject({
      rows: 200,
      samples: 'hide',
      digest,
    });
    expect(verdict.measures).toMatchObject({ columns: { temp: { current: { count: 200, nulls: 0 } } } });
    expect(JSON.stringify(verdict.measures)).not.toContain('"min"');
  });

  test('bad rows fail with file, line and field, also in gzip', async () => {
    await write(
      'data.csv.gz',
      gzipSync(
        table(5, 1)
          .replace(/\n3,[^,]*/, '\n3,98.6')
          .replace('\n4,', '\n2,'),
      ),
    );
    await write('contract.yml', CONTRACT);
    const { verdict, outputs, found } = await validate({ data: '*.csv.gz', contract: 'contract.yml' });
    expect(verdict.status).toBe('fail');
    expect(found('column.range')[0]).toMatchObject({
      observed: 1,
      locations: [{ file: 'data.csv.gz', line: 5, column: 2 }],
    });
    expect(found('table.key')[0]).toMatchObject({ locations: [{ file: 'data.csv.gz', line: 6 }] });
    expect(outputs['invalid-rows']).toBe('2');
    expect(JSON.stringify(verdict)).not.toContain('98.6');
  });

  test.each([
    ['', 'file.empty'],
    ['id,temp,kind,day\n', 'file.no-rows'],
    ['id,temp,kind,day\n1,2\n', 'row.fields'],
  ])('data %j are at fault, not the step', async (text, id) => {
    await write('data.csv', text);
    await write('contract.yml', CONTRACT);
    const { verdict, found } = await validate({ contract: 'contract.yml' });
    expect(verdict.status).toBe('fail');
    expect(found(id)[0]?.locations?.[0]).toMatchObject({ file: 'data.csv' });
    expect(verdict.checks.filter((check) => check.status === 'pass' && check.id === 'column.type')).toEqual(
      [],
    );
  });

  test('data that change while they are read are not judged', async () => {
    await write('data.csv', table(10, 1));
    let opened = 0;
    const files = Object.create(ports.files, {
      source: {
        value: (path: string) => {
          const source = ports.files.source(path);
          return {
            name: path,
            async *open() {
              yield* source.open();
              opened++;
              await write('data.csv', table(11, 1));
            },
          };
        },
      },
    }) as typeof ports.files;
    for (const name of ['glob', 'bundle', 'writeReport'] as const) {
      Object.defineProperty(files, name, { value: ports.files[name].bind(ports.files) });
    }
    await expect(run(inputsOf({}), { ...ports, files })).rejects.toThrow(/data.csv: changed while/);
    expect(opened).toBeGreaterThan(0);
  });

  test('a contract that cannot be used, a missing file and a pattern without files end the step', async () => {
    await write('data.csv', table(5, 1));
    await write('contract.yml', 'type: object\nproperties: { id: { type: int } }\n');
    await expect(validate({ contract: 'contract.yml' })).rejects.toThrow(
      /contract.yml:2: is not a valid JSON Schema/,
    );
    await expect(validate({ contract: 'none.yml' })).rejects.toThrow(/none.yml/);
    await expect(validate({ data: 'none/*.csv' })).rejects.toThrow(/none\/\*\.csv/);
  });
});

describe('with neither contract nor reference', () => {
  test('it warns, and the proposal accepts the data', async () => {
    await write('data.csv', table(100, 1, { nulls: 0.1 }));
    const { verdict, outputs, found } = await validate();
    expect(verdict.status).toBe('warn');
    expect(found('contract.proposed')).toHaveLength(1);
    expect(outputs.contract).toBe('report/contract.yml');
    await write('proposed.yml', await report('contract.yml'));
    expect((await validate({ contract: 'proposed.yml' })).verdict.status).toBe('pass');
  });

  test('data at fault fail all the same', async () => {
    await write('data.csv', 'a,b\n1\n2,3\n');
    expect((await validate()).verdict.status).toBe('fail');
  });
});

describe('with a reference', () => {
  test('a like sample does not fail; keys and dates are not compared, and that is said', async () => {
    await write('reference.csv', table(6000, 1));
    await write('data.csv', table(6000, 2, { from: 6000 }));
    const { verdict, found } = await validate({ reference: 'reference.csv', key: 'id' });
    expect(
      found('drift.feature')
        .map(({ target, status }) => [target?.column, status])
        .sort(),
    ).toEqual([
      ['kind', 'pass'],
      ['temp', 'pass'],
    ]);
    expect(found('drift.columns')[0]?.message).toBe(
      '2 columns were compared with the reference; not: id (key), day (date)',
    );
    expect(verdict.subjects.map(({ role }) => role)).toEqual(['data', 'reference']);
    expect(verdict.measures).toMatchObject({
      columns: { temp: { current: { nulls: 0 }, reference: { nulls: 0 }, distance: expect.any(Number) } },
    });
  });

  test('shifted values, other shares and a burst of nulls fail', async () => {
    await write('reference.csv', table(2000, 1));
    for (const change of [{ centre: 1 }, { share: 0.8 }, { nulls: 0.4 }]) {
      await write('data.csv', table(1000, 2, change));
      const { verdict } = await validate({ reference: 'reference.csv', key: 'id' });
      expect(verdict.status).toBe('fail');
    }
  });

  test('NaN in a Parquet column is a null, and its numbers are compared', async () => {
    const parquet = (seed: number, centre: number): Buffer => {
      const temps = table(2000, seed, { centre }).split('\n').slice(1, -1);
      const values = temps.map((row, i) => (i % 100 === 0 ? Number.NaN : Number(row.split(',')[1])));
      return parquetOf([{ name: 'temp', type: 'DOUBLE', values, required: true }], 1000, 300);
    };
    await write('reference.parquet', parquet(1, 0));
    await write('data.parquet', parquet(2, 1));
    const given = { data: 'data.parquet', reference: 'reference.parquet' };
    const { verdict, found } = await validate(given);
    expect(found('drift.feature')).toMatchObject([{ target: { column: 'temp' }, status: 'fail' }]);
    expect(verdict.measures).toMatchObject({
      columns: { temp: { current: { nulls: 20 }, reference: { nulls: 20 } } },
    });
    await write('contract.yml', 'properties: { temp: { type: number } }\n');
    expect((await validate({ ...given, contract: 'contract.yml' })).found('column.nulls')).toMatchObject([
      { target: { column: 'temp' }, status: 'fail' },
    ]);
    await write('contract.yml', "properties: { temp: { type: [number, 'null'] } }\n");
    const allowed = await validate({ data: 'data.parquet', contract: 'contract.yml' });
    expect(allowed.verdict.checks.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  test('a profile stands for the data it was made from, also one that hides values', async () => {
    await write('data.csv', table(2000, 1));
    await validate();
    await write('profile.json', await report('profile.json'));
    await write('data.csv', table(1000, 2, { centre: 1, share: 0.8 }));
    const { found } = await validate({ reference: 'profile.json', key: 'id' });
    expect(found('drift.feature').map(({ status }) => status)).toEqual(['fail', 'fail']);
    expect(found('drift.feature')[0]?.fix).toMatch(
      /; only if \w+ need not be compared, change the contract: properties\.\w+\.x-ml-loop\.drift: false$/,
    );
  });

  test('columns that only one side has are told', async () => {
    await write('reference.csv', 'a,b\n1,2\n');
    await write('data.csv', 'a,c\n1,2\n');
    const { found } = await validate({ reference: 'reference.csv' });
    expect(found('column.missing')[0]).toMatchObject({ target: { column: 'b' }, status: 'fail' });
    expect(found('column.unknown')[0]).toMatchObject({ target: { column: 'c' }, status: 'warn' });
  });

  test('a column of the reference that the contract lets the data lack is told, too', async () => {
    await write('reference.csv', 'a,b,n\n1,2,3\n');
    await write('data.csv', 'a,c\n1,2\n');
    await write('contract.yml', 'properties: { a: {}, n: {} }\nrequired: [n]\nadditionalProperties: true\n');
    const { found } = await validate({ reference: 'reference.csv', contract: 'contract.yml' });
    expect(found('column.missing').map(({ target, status }) => [target?.column, status])).toEqual([
      ['n', 'fail'],
      ['b', 'warn'],
    ]);
    expect(found('drift.columns')[0]?.message).toBe(
      '1 columns were compared with the reference; not: b (the data lack it), n (the data lack it), c (the reference lacks it)',
    );
  });

  test('names that every object has are columns like others', async () => {
    await write('reference.csv', '__proto__,constructor\n1,2\n');
    await write('data.csv', 'toString,valueOf\n1,2\n');
    const { verdict } = await validate({ reference: 'reference.csv' });
    const { columns } = JSON.parse(JSON.stringify(verdict.measures)) as { columns: Record<string, unknown> };
    expect(Object.entries(columns).map(([name, sides]) => [name, Object.keys(sides as object)])).toEqual([
      ['__proto__', ['reference']],
      ['constructor', ['reference']],
      ['toString', ['current']],
      ['valueOf', ['current']],
    ]);
  });

  test('a column can be left out by the contract', async () => {
    await write('reference.csv', table(2000, 1));
    await write('data.csv', table(1000, 2, { centre: 1 }));
    await write('contract.yml', CONTRACT.replace('maximum: 10', 'maximum: 10, x-ml-loop: { drift: false }'));
    const { found } = await validate({ reference: 'reference.csv', contract: 'contract.yml' });
    expect(found('drift.feature').map(({ target }) => target?.column)).toEqual(['kind']);
  });

  test('data without rows are at fault, and nothing is compared', async () => {
    await write('reference.csv', table(100, 1));
    await write('data.csv', 'id,temp,kind,day\n');
    const { verdict, found } = await validate({ reference: 'reference.csv' });
    expect(verdict.status).toBe('fail');
    expect(found('drift.feature')).toEqual([]);
  });
});

describe('with a contract of another format', () => {
  const fixture = (name: string) => readFile(join(process.cwd(), 'test/fixtures/contracts', name), 'utf8');
  const CASES = [
    {
      document: 'orders.dbt.yml',
      rows: 'orders',
      values: { 'contract-table': 'orders', 'contract-files': '{ customers: customers.csv }' },
    },
    { document: 'stations.datapackage.json', rows: 'stations', values: { 'contract-table': 'readings' } },
    { document: 'people.suite.json', rows: 'people', values: {} },
    { document: 'payments.odcs.yaml', rows: 'payments', values: { 'contract-table': 'payments' } },
  ] as const;

  test.each(CASES)('$document judges good rows and bad ones', async ({ document, rows, values }) => {
    await mkdir(join(folder, 'rules'));
    await write(`rules/${document}`, await fixture(document));
    await write('rules/customers.csv', 'customer_id\n7\n8\n');
    await write('rules/stations.csv', 'code\nABC\nXYZ\n-\n');
    const contract = `rules/${document}`;
    const separated = async (name: string) => {
      const text = await fixture(name);
      // The data package says that its files have semicolons and single quotes.
      const semicolons = text.replaceAll(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/gm, ';');
      return rows === 'stations' ? semicolons.replaceAll('"', "'") : text;
    };
    // As the documents ask for it: a mean below 70, and times of the last days.
    const sound = (await separated(`${rows}.good.csv`)).replace(',119,', ',60,').replaceAll('-01T', '-07T');
    await write('data.csv', sound);
    const good = await validate({ contract, ...values });
    expect(good.verdict.checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(good.found('contract.not-carried').length > 0).toBe(rows !== 'stations');
    await write('data.csv', await separated(`${rows}.bad.csv`));
    const bad = await validate({ contract, ...values });
    expect(bad.verdict.status).toBe('fail');

    // Adopted beside the document, the imported contract says the same.
    expect(bad.outputs.contract).toBe('report/contract.yml');
    await write('rules/contract.yml', await report('contract.yml'));
    // The package's way of writing its data is not part of it.
    if (rows === 'stations') return;
    const again = await validate({ contract: 'rules/contract.yml' });
    expect(again.outputs.contract).toBe('');
    const judged = (verdict: typeof bad.verdict) =>
      verdict.checks
        .filter(({ id }) => id !== 'contract.not-carried')
        .map(({ locations, ...check }) => check);
    expect(judged(again.verdict)).toEqual(judged(bad.verdict));
  });

  test('what is not carried is a warning each, with its line, and grouped if there is much', async () => {
    await write('data.csv', 'a\n1\n');
    const tests = Array.from({ length: 15 }, (_value, i) => `          - own_test_${i}\n`).join('');
    const model = `models:\n  - name: m\n    columns:\n      - name: a\n        data_tests:\n${tests}`;
    await write('schema.yml', model);
    const { verdict, found } = await validate({ contract: 'schema.yml' });
    expect(verdict.status).toBe('warn');
    const checks = found('contract.not-carried');
    expect(checks).toHaveLength(11);
    expect(checks[0]?.message).toBe('schema.yml:6: not carried over: the test own_test_0 is not known here');
    expect(checks[10]).toMatchObject({ observed: 5 });
  });

  test('its dialect is followed, and told in the imported contract', async () => {
    await write('data.csv', 'a;b\n# not a row\n1;-\n');
    const dialect = '"dialect": { "delimiter": ";", "commentChar": "#" }';
    const fields = '"fields": [{ "name": "a", "type": "integer" }, { "name": "b", "type": "number" }]';
    await write(
      'schema.json',
      `{ "path": "x.csv", ${dialect}, "schema": { ${fields}, "missingValues": ["", "-"] } }`,
    );
    const { verdict, outputs, found } = await validate({ contract: 'schema.json' });
    expect([outputs.rows, verdict.checks.filter(({ status }) => status === 'fail')]).toEqual(['1', []]);
    expect(found('contract.not-carried')).toEqual([]);
    expect(await report('contract.yml')).toContain('is not part of it: delimiter, comment');
  });

  test('lines with # before the header are comments, and told; other lines with # are data', async () => {
    await write('data.csv', '# exported 2024-01-01\ncolor,n\n#ff0000,1\n#00ff00,2\nblue,3\n');
    const comments = await validate();
    expect(comments.outputs).toMatchObject({ rows: '3' });
    expect(comments.found('file.dialect')).toMatchObject([
      { status: 'pass', message: expect.stringContaining('without the comment line before the header') },
    ]);
    await write('data.csv', '#id,name\n1,"a,b"\n2,c\n');
    const header = await validate();
    expect(header.outputs).toMatchObject({ rows: '2' });
    expect(header.found('file.dialect')).toEqual([]);
    const { columns } = parseProfile(await report('profile.json'), 'profile.json');
    expect(columns.map(({ name }) => name)).toEqual(['#id', 'name']);
  });

  test.each([
    ['models: [{ name: a }, { name: b }]', {}, /2 of .*: a, b/],
    ['models: [{ name: a }]', { 'contract-table': 'c' }, /there is no .* "c"/],
    ['type: object', { 'contract-table': 'c' }, /describes one table .* leave out contract-table/],
    [
      'dataContractSpecification: 1.1.0\nmodels: {}',
      {},
      /Data Contract Specification, which ml-loop does not read/,
    ],
    [
      '{ "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }], "tableSchema": { "columns": [] } }',
      {},
      /CSV on the Web \(CSVW\), which ml-loop does not read .* Table Schema/,
    ],
    ['{ "@context": {}, "@type": "sc:Dataset", "recordSet": [] }', {}, /Croissant/],
    ['{ "type": "record", "name": "a", "fields": [{ "name": "a", "type": "int" }] }', {}, /an Avro schema/],
    ['schema_type: dataframe\ncolumns: {}', {}, /a Pandera schema/],
    ['checks for a:\n  - row_count > 0', {}, /Soda checks/],
    ['openapi: 3.1.0\npaths: {}', {}, /an OpenAPI document.*components\.schemas/],
    ['{ "success": true, "results": [] }', {}, /give the suite itself/],
    ['{ "metadata": { "dbt_schema_version": "x" }, "nodes": {} }', {}, /a manifest of dbt/],
  ])('%j with %j is refused', async (text, values, message) => {
    await write('data.csv', 'a\n1\n');
    await write('c.yml', text);
    await expect(validate({ contract: 'c.yml', ...values })).rejects.toThrow(message);
  });

  test('its options need it', async () => {
    await write('data.csv', 'a\n1\n');
    await expect(validate({ 'contract-table': 'a' })).rejects.toThrow(/there is no contract/);
  });
});

describe('with a vocabulary of rules', () => {
  test('checks of files, the table and its integrity have the severity and tolerance that `checks` gives them', async () => {
    await write('data.csv', 'a,b\n1,2\n1,2\n3\n4,5\n');
    const of = async (checks: string) => {
      await write(
        'c.yml',
        `type: object\nproperties: { a: {}, b: {} }\nx-ml-loop: { rows: { min: 9 }, checks: { ${checks} } }\n`,
      );
      const { verdict } = await validate({ contract: 'c.yml' });
      const ids = ['row.fields', 'table.rows', 'integrity.duplicates'];
      return ids.map((id) => verdict.checks.find((check) => check.id === id)?.status);
    };
    expect(await of('')).toEqual(['fail', 'fail', 'warn']);
    expect(await of('row.fields: { severity: warn }, table.rows: { severity: warn }')).toEqual([
      'warn',
      'warn',
      'warn',
    ]);
    expect(await of('row.fields: { tolerance: 1 }, integrity.duplicates: { severity: error }')).toEqual([
      'pass',
      'fail',
      'fail',
    ]);
    expect(
      await of('row.fields: { tolerance: 10% }, integrity.duplicates: { severity: error, tolerance: 2 }'),
    ).toEqual(['fail', 'fail', 'pass']);
  });

  test('keys into another file, freshness by the time of the run, and statistics', async () => {
    await mkdir(join(folder, 'rules'));
    await write('data.csv', table(100, 1));
    await write('rules/kinds.csv', 'kind\na\nb\n');
    await write(
      'rules/contract.yml',
      `${CONTRACT.replace('x-ml-loop: { key: [id] }', '').replace('maximum: 10 }', 'maximum: 10, x-ml-loop: { mean: { min: 5 } } }')}
x-ml-loop:
  key: [id]
  foreign-keys: [{ columns: kind, file: kinds.csv }]
  freshness: { column: day, max-age: 365d }
`,
    );
    const { found } = await validate({ contract: 'rules/contract.yml' });
    expect(found('table.foreign-key')[0]).toMatchObject({ status: 'fail', places: expect.any(Number) });
    expect(found('table.freshness')[0]).toMatchObject({ status: 'fail' });
    expect(found('column.statistic')[0]).toMatchObject({ status: 'fail', target: { metric: 'mean' } });
  });
});

describe('with a model as reference', () => {
  const values = { reference: 'model:demand@champion', registry: 'dir:registry', key: 'id' };

  test('its training profile is the reference', async () => {
    await write('data.csv', table(2000, 1));
    await validate();
    await write('model.bin', 'weights');
    const bundle = await ports.files.bundle(['model.bin']);
    await register(await openRegistry(inputsOf(values), ports), {
      name: 'demand',
      version: 'auto',
      bundle,
      file: bundle.source,
      metadata: {},
      evidence: [{ name: 'profile.json', content: await report('profile.json') }],
      createdAt: NOW,
      alias: 'champion',
    });
    await write('data.csv', table(1000, 2, { centre: 1 }));
    const { verdict, found } = await validate(values);
    expect(verdict.status).toBe('fail');
    expect(found('drift.feature').find(({ target }) => target?.column === 'temp')?.status).toBe('fail');
  });

  test('before the first release there is none: a warning, so that the loop can begin', async () => {
    await write('data.csv', table(50, 1));
    await write('contract.yml', CONTRACT);
    const { verdict, found } = await validate({ ...values, contract: 'contract.yml' });
    expect(verdict.status).toBe('warn');
    expect(found('reference.missing')[0]?.message).toContain('model:demand@champion');
  });

  test('a version that does not exist is an error', async () => {
    await write('data.csv', table(50, 1));
    await expect(validate({ ...values, reference: 'model:demand@9.9.9' })).rejects.toThrow(
      /there is no 9.9.9 of demand/,
    );
  });
});
