/** Files as spreadsheets, pandas, R and lakes write them, through the whole action. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/validate-data/inputs.ts';
import { run } from '../../../actions/validate-data/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { parseProfile } from '../../../shared/profile/file.ts';

let folder: string;
let ports: MachinePorts;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  ports = createPorts({
    workingDirectory: folder,
    reportFolder: 'report',
    now: new Date('2026-01-08T00:00:00Z'),
  });
});
afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

async function validate(values: Record<string, unknown> = {}) {
  const inputs = parseInputs(definition.inputs, [
    { values: { data: 'data.csv', ...values }, where: (name) => `input ${name}` },
  ]);
  const { verdict } = await run(inputs, ports);
  const text = await readFile(join(folder, 'report/profile.json'), 'utf8');
  const { columns, rows } = parseProfile(text, 'profile.json');
  return {
    rows,
    columns: columns.map(({ name, type }) => `${name} ${type}`),
    told: verdict.checks
      .filter(({ id }) => id.startsWith('file.') && id !== 'file.structure')
      .map(({ id, status, fix }) => `${status} ${id}${fix === undefined ? '' : `: ${fix}`}`),
  };
}

const lines = (make: (i: number) => string) =>
  Array.from({ length: 40 }, (_value, i) => `${make(i)}\n`).join('');

test('decimal commas are numbers, with a warning until the input says so', async () => {
  await write('data.csv', `id;price\n${lines((i) => `${i};${i * 100},${i % 10}5`)}`);
  const found = await validate({ reference: 'data.csv' });
  expect(found.columns).toEqual(['id integer', 'price number']);
  expect(found.told).toEqual(['warn file.dialect: set decimal: ","']);
  expect((await validate({ decimal: ',', reference: 'data.csv' })).told).toEqual([]);
});

test('numbers that can be read in two ways fail until the input says which', async () => {
  await write('data.csv', `id;price\n${lines((i) => `${i};${i + 1},${100 + i}`)}`);
  expect((await validate()).told).toEqual([
    'fail file.numbers: set decimal to the character before decimals',
  ]);
  const decimal = await validate({ decimal: ',' });
  expect([decimal.columns[1], decimal.told]).toEqual(['price number', []]);
  const thousands = await validate({ thousands: ',' });
  expect([thousands.columns[1], thousands.told]).toEqual(['price integer', []]);
});

test('a title and a file without a header fail until header-row says so', async () => {
  await write('data.csv', 'Extract\nid;lat\n1;45.1\n2;45.2\n');
  expect((await validate()).told).toEqual([
    'fail file.header: set header-row: 2, or delete what stands above the header',
  ]);
  expect(await validate({ 'header-row': '2' })).toEqual({
    rows: 2,
    columns: ['id integer', 'lat number'],
    told: [],
  });
  await write('data.csv', '5.1,0\n4.9,0\n');
  expect((await validate()).told[0]).toMatch(/^fail file.header: .*header-row: none/);
  expect(await validate({ 'header-row': 'none' })).toEqual({
    rows: 2,
    columns: ['c1 number', 'c2 integer'],
    told: [],
  });
});

test('an index without a name, and delimiters that end lines, are told', async () => {
  await write('data.csv', '"","x"\n"1",2\n"2",3\n');
  expect(await validate()).toEqual({
    rows: 2,
    columns: ['index integer', 'x integer'],
    told: ['pass file.dialect'],
  });
  expect((await validate({ 'index-column': 'row' })).columns).toEqual(['row integer', 'x integer']);
  await write('data.csv', 'id;v;\n1;2;\n2;3;\n');
  expect(await validate()).toEqual({
    rows: 2,
    columns: ['id integer', 'v integer'],
    told: ['pass file.dialect'],
  });
});

test('empty rows are left out and told, and so are empty parts of a table', async () => {
  await write('data.csv', 'id;v\r\n1;2\r\n2;3\r\n;\r\n;\r\n');
  const { rows, told } = await validate();
  expect([rows, told]).toEqual([2, [expect.stringMatching(/^warn file.empty-rows: delete such rows/)]]);
  await write('data.csv', 'id;v\n;\n;\n;\n');
  expect((await validate()).told).toEqual([
    expect.stringMatching(/^fail file.no-rows/),
    expect.stringMatching(/^warn file.empty-rows/),
  ]);
  await write('parts/a.csv', 'id,v\n1,2\n');
  await write('parts/b.csv', 'id,v\n');
  await write('parts/c.csv', '');
  const parts = await validate({ data: 'parts/*.csv' });
  expect(parts.told.map((text) => text.split(':')[0])).toEqual(['warn file.no-rows', 'warn file.empty']);
  expect((await validate({ data: 'parts/b.csv' })).told[0]).toMatch(/^fail file.no-rows/);
});

test('spaces between fields are read with a warning until the delimiter is said', async () => {
  await write('data.csv', 'a b c\n1 2 x\n4 5 y\n');
  expect(await validate()).toEqual({
    rows: 2,
    columns: ['a integer', 'b integer', 'c string'],
    told: ['warn file.dialect: set delimiter: space'],
  });
  expect((await validate({ delimiter: 'space' })).told).toEqual([]);
});

test('sep= says the delimiter', async () => {
  await write('data.csv', 'sep=;\r\nid;v\r\n1;2\r\n2;3\r\n');
  expect(await validate()).toEqual({
    rows: 2,
    columns: ['id integer', 'v integer'],
    told: ['pass file.dialect'],
  });
});

describe('missing values', () => {
  const contract = (more: string, age = '') =>
    write(
      'c.yml',
      `type: object\nproperties:\n  age: {type: [integer, "null"]${age}}\n  code: {type: string}\n${more}`,
    );
  const AGES = `age,code\n1,NA\n-999,x\nNA,y\n,z\n`;

  async function nulls(values: Record<string, unknown>) {
    const inputs = parseInputs(definition.inputs, [
      {
        values: { data: 'data.csv', contract: 'c.yml', samples: 'show', ...values },
        where: (name) => `input ${name}`,
      },
    ]);
    const { verdict } = await run(inputs, ports);
    const { columns } = parseProfile(
      await readFile(join(folder, 'report/profile.json'), 'utf8'),
      'profile.json',
    );
    const broken = verdict.checks.filter(({ status }) => status === 'fail').map(({ id }) => id);
    const told = verdict.checks
      .filter(({ id }) => id === 'column.missing-text')
      .map(({ target }) => target?.column);
    return { nulls: columns.map((column) => column.nulls), broken, told };
  }

  test('are guessed in numbers alone, and told', async () => {
    await write('data.csv', AGES);
    await contract('');
    expect(await nulls({})).toEqual({ nulls: [2, 0], broken: [], told: ['age'] });
  });

  test('are those that the input or the contract names, in CSV and JSON Lines', async () => {
    await write('data.csv', AGES);
    await contract('');
    const named = { 'missing-values': '[NA, "-999"]' };
    expect(await nulls(named)).toEqual({ nulls: [3, 1], broken: ['column.nulls'], told: [] });
    // What people write is still guessed in numbers, and told.
    expect(await nulls({ 'missing-values': '["-999"]' })).toEqual({
      nulls: [3, 0],
      broken: [],
      told: ['age'],
    });
    await write('data.jsonl', '{"age":1,"code":"NA"}\n{"age":-999,"code":"x"}\n{"age":"NA","code":"y"}\n');
    expect(await nulls({ ...named, data: 'data.jsonl' })).toMatchObject({ nulls: [2, 1], told: [] });
    await contract('x-ml-loop: {missing-values: [NA, -999]}\n');
    expect(await nulls({})).toMatchObject({ nulls: [3, 1], told: [] });
    await contract('', ', x-ml-loop: {missing-values: ["-999", null, NA]}');
    expect(await nulls({})).toEqual({ nulls: [3, 0], broken: [], told: [] });
  });

  test('are those of the reference, too', async () => {
    await write('data.csv', `age\n${lines((i) => (i % 4 === 0 ? '-999' : String(i)))}`);
    await write('c.yml', 'type: object\nproperties:\n  age: {type: [integer, "null"], minimum: 0}\n');
    const inputs = { reference: 'data.csv', 'missing-values': '-999' };
    expect((await nulls(inputs)).broken).toEqual([]);
  });

  test('other than texts are refused with their place', async () => {
    await write('data.csv', AGES);
    await contract('x-ml-loop: {missing-values: [{a: 1}]}\n');
    await expect(nulls({})).rejects.toThrow(/c.yml:5.*is not a list of texts/s);
  });
});

test.each(['csv', 'jsonl'])(
  'whole numbers beyond 2^53 are in their range by all of their digits, in %s',
  async (format) => {
    const values = ['9007199254740991', '9007199254740992', '9007199254740993', '9007199254740994'];
    const text =
      format === 'csv' ? `a\n${values.join('\n')}\n` : values.map((value) => `{"a":${value}}\n`).join('');
    await write(`data.${format}`, text);
    const check = async (id: string, limit: string) => {
      await write('c.yml', `type: object\nproperties:\n  a: {type: integer, ${limit}}\n`);
      const inputs = parseInputs(definition.inputs, [
        {
          values: { data: `data.${format}`, contract: 'c.yml', samples: 'show' },
          where: (name) => `input ${name}`,
        },
      ]);
      const { verdict } = await run(inputs, ports);
      return verdict.checks.find((one) => one.id === id);
    };
    const broken = async (limit: string, id = 'column.range') =>
      ((await check(id, limit))?.locations ?? []).map(({ value }) => value?.slice(-2));
    expect(await broken('maximum: 9007199254740992')).toEqual(['93', '94']);
    expect(await broken('maximum: 9007199254740993')).toEqual(['94']);
    expect(await broken('exclusiveMaximum: 9007199254740993')).toEqual(['93', '94']);
    expect(await broken('minimum: 9007199254740993')).toEqual(['91', '92']);
    expect(await broken('exclusiveMinimum: 9007199254740992')).toEqual(['91', '92']);
    expect(await broken('const: 9007199254740993', 'column.enum')).toEqual(['91', '92', '94']);
    expect(await broken('enum: [9007199254740992, 9007199254740994]', 'column.enum')).toEqual(['91', '93']);
    const all = 'enum: [9007199254740991, 9007199254740992, 9007199254740993, 9007199254740994]';
    expect(await broken(all, 'column.enum')).toEqual([]);
    expect(await broken('multipleOf: 2', 'column.multiple')).toEqual(['91', '93']);
    expect(await broken('multipleOf: 3', 'column.multiple')).toEqual(['91', '92', '94']);
    const told = await check('column.range', 'maximum: 9007199254740993');
    expect(told?.message).toBe('1 value of a is not at most 9007199254740993');
  },
);
