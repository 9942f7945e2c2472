import { expect, test } from '@jest/globals';
import { readContract } from '../../../../shared/contract/read.ts';
import { type ScanResult, scanTables } from '../../../../shared/scan/scan.ts';
import { sourceOf } from '../../read/sources.ts';
import { judged } from './support.ts';

/** By the type of a column, texts of CSV that are values of it, and that are none. `""` is the quoted empty text. */
const CASES: Readonly<
  Record<string, { readonly schema: object; readonly yes: string[]; readonly no: string[] }>
> = {
  integer: {
    schema: { type: 'integer' },
    yes: ['1', '-1', '+1', '0', '007', '1.0', '1.', '1e3', '-0', ' 1', '1 ', '9007199254740993', '1e21'],
    no: [
      '1.5',
      '1e-3',
      '1e400',
      '',
      '""',
      'null',
      'NaN',
      'inf',
      '0x10',
      '1_000',
      '"1,000"',
      'true',
      '١',
      '½',
      '--1',
      '-',
      '.',
      'e3',
    ],
  },
  number: {
    schema: { type: 'number' },
    yes: ['1', '1.5', '.5', '5.', '-.5', '1e-3', '1E+3', '  2 ', '0.1e1'],
    no: ['1e400', '', '""', 'NaN', 'nan', 'Infinity', '-inf', '0x10', '0b1', '"1,5"', '1 000', '€1', 'TRUE'],
  },
  boolean: {
    schema: { type: 'boolean' },
    yes: ['true', 'false', 'True', 'False', 'TRUE', 'FALSE'],
    no: ['tRUE', '1', '0', 'yes', 't', ' true', '', '""', 'null'],
  },
  'number or boolean': { schema: { type: ['number', 'boolean'] }, yes: ['1', 'true'], no: ['yes', ''] },
  string: { schema: { type: 'string' }, yes: ['a', '1', 'true', 'null', ' ', 'NA'], no: ['', '""'] },
  'a nullable string': { schema: { type: ['string', 'null'] }, yes: ['', '""', 'a'], no: [] },
  null: { schema: { type: 'null' }, yes: ['', '""'], no: ['null', 'NA', '0'] },
  'number or text': { schema: { type: ['number', 'string'], minimum: 2 }, yes: ['2', 'x'], no: ['1', ''] },
  array: { schema: { type: 'array' }, yes: ['[]', '"[1,2]"', ' [1]'], no: ['{}', '1', '[', '""', ''] },
  object: { schema: { type: 'object' }, yes: ['{}', '"{""a"":1}"'], no: ['[]', '{a:1}', ''] },
  'an enum of numbers': { schema: { enum: [1, 2.5] }, yes: ['1', '1.0', '2.50'], no: ['2', '', '"1,0"'] },
  'an enum of texts': { schema: { enum: ['1', 'a'] }, yes: ['1', 'a'], no: ['1.0', 'A', ''] },
  'an enum with null': { schema: { enum: ['a', null] }, yes: ['', '""', 'a'], no: ['null'] },
  'a number as const': { schema: { const: 0 }, yes: ['0', '-0', '0.0'], no: ['false', ''] },
  'limits alone': { schema: { minimum: 2 }, yes: ['2', '', 'x'], no: ['1'] },
  'a date': {
    schema: { type: 'string', format: 'date' },
    yes: ['2024-02-29'],
    no: ['2023-02-29', '2024-2-9', '', ' 2024-02-29'],
  },
  'multiples of a cent': {
    schema: { type: 'number', multipleOf: 0.01 },
    yes: ['19.99', '0.07', '1e2', '-4.35'],
    no: ['19.999', '1e-3'],
  },
};

test.each(Object.entries(CASES))(
  'texts of CSV as %s, by rows and by bytes',
  async (_name, { schema, yes, no }) => {
    const contract = JSON.stringify({
      type: 'object',
      properties: { v: schema, n: { type: 'integer' } },
      required: ['v', 'n'],
    });
    const content = `v,n\n${[...yes, ...no].map((cell, index) => `${cell},${index}\n`).join('')}`;
    const lines = ({ checks }: Pick<ScanResult['checked'], 'checks'>) =>
      checks
        .filter(({ status }) => status === 'fail')
        .flatMap(({ locations = [] }) => locations.map(({ line = 0 }) => line))
        .sort((a, b) => a - b);
    const expected = no.map((_cell, index) => yes.length + index + 2);
    expect(lines(await judged(contract, 'v.csv', content))).toEqual(expected);
    const read = await readContract(contract, 'contract.json');
    const options = { contract: read.contract, maxLocations: 1000, samples: 'show' } as const;
    expect(lines((await scanTables([sourceOf('v.csv', content)], options)).checked)).toEqual(expected);
  },
);
