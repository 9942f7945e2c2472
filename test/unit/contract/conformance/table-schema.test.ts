import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { judged } from './support.ts';

interface Case {
  readonly field: { readonly type?: string; readonly format?: string };
  readonly missingValues?: readonly string[];
  readonly cells: readonly string[];
  /** Cells, from 0, that frictionless-py refuses. */
  readonly invalid: readonly number[];
}

interface Package {
  readonly name: string;
  readonly csv: string;
  readonly others: Readonly<Record<string, string>>;
  readonly package: { readonly resources: readonly object[] };
  readonly valid: boolean;
}

const { cases, packages } = JSON.parse(
  readFileSync('test/fixtures/conformance/table-schema.json', 'utf8'),
) as {
  readonly cases: readonly Case[];
  readonly packages: readonly Package[];
};

/**
 * Where the standard's text is followed and frictionless-py is not: what Python's own parsers take beside it is
 * refused, as are numbers beyond doubles.
 */
const REFUSED_HERE: Readonly<Record<string, readonly string[]>> = {
  number: ['1e400', 'Infinity', '1_000', '١', '.5', '1.', '1.000,5', '1,000.5'],
  integer: ['1_000', '١'],
  date: ['2024-2-9'],
  yearmonth: ['2024-1'],
  datetime: ['2024-02-29 10:00:00'],
  duration: ['P1W', 'PT', 'P1DT'],
  geopoint: ['{"lon":"1","lat":"2"}'],
  // A URI without spaces, a UUID with its hyphens, base64 without other characters; alternatives of the whole text.
  string: ['http://a b.org', '95ecc380afe911e49b6c751b66dd541e', '%%%', 'ab', 'abc', 'a b', 'a\nb', 'aXb'],
};
/**
 * What is told to be wider: numbers are judged by value, mailboxes need no dot, integers may be grouped (version 2),
 * spellings of a missing value are read as such among numbers and told, a table if all cells are missing values has rows, and dates of `any` format are any texts, which is listed.
 */
const MISSING = ['NaN', 'nan', '-', 'null', 'NA'];
const ACCEPTED_HERE: Readonly<Record<string, readonly string[]>> = {
  integer: ['1.0', '1.', '1e3', '1,5', '1,000', '0', ...MISSING],
  number: MISSING,
  year: [...MISSING, '2024.0', '02024', '+2024', ' 2024'],
  // XML Schema's \\w holds symbols.
  string: ['a@b', '😀'],
  'date any': ['2023-02-29', '31/04/2024', '2024-13-01', '10000-01-01'],
};

test.each(cases.map((one) => [JSON.stringify(one.field), one] as const))(
  'Table Schema %s',
  async (_name, { field, missingValues, cells, invalid }) => {
    const fields = [{ name: 'id', type: 'string' }, field];
    const schema = { fields, ...(missingValues === undefined ? {} : { missingValues }) };
    const rows = cells.map((cell, index) => `r${index},${quoted(cell)}\n`);
    const { failed } = await judged(JSON.stringify(schema), 'v.csv', `id,v\n${rows.join('')}`);
    const lines = new Set(failed.flatMap(({ locations = [] }) => locations.map(({ line }) => line)));
    const starts = rows.map((_, index) => rows.slice(0, index).join('').split('\n').length + 1);
    const refused = cells.map((_, index) => lines.has(starts[index] ?? 0));
    const there = cells.map((_, index) => invalid.includes(index));
    const type = field.type ?? 'any';
    const cellsWhere = (holds: (index: number) => boolean) => cells.filter((_, index) => holds(index));
    const stricter = cellsWhere((index) => refused[index] === true && there[index] === false);
    const wider = cellsWhere((index) => refused[index] === false && there[index] === true);
    expect(stricter.filter((cell) => !(REFUSED_HERE[type] ?? []).includes(cell))).toEqual([]);
    const known = [...(ACCEPTED_HERE[type] ?? []), ...(ACCEPTED_HERE[`${type} ${field.format}`] ?? [])];
    expect(wider.filter((cell) => !known.includes(cell))).toEqual([]);
  },
);

/**
 * What frictionless-py does not know of version 2; an empty line or row, which is not one here; a file without rows, which is
 * not accepted; a foreign key of which one part is null, which is not compared, as in SQL; names with spaces.
 */
const OTHERWISE = [
  ...['uk', 'categories', 'blank row', 'no rows', 'no rows, and what is required'],
  ...['fk of two, one null', 'fk of a text that is missing elsewhere', 'names with spaces'],
];
/** What is told not to be carried. */
const NOT_CARRIED =
  /^(fk self.*|commentRows|caseheader false|words of booleans: .*|an? .* that is not missing|missing of .*|required, missing)$/;

test.each(packages)('data package: $name', async ({ name, csv, others, package: document, valid }) => {
  const table = document.resources.length > 1 ? 't' : undefined;
  const { accepted, notCarried } = await judged(JSON.stringify(document), 't.csv', csv, others, table);
  if (notCarried.length === 0) expect(accepted).toBe(OTHERWISE.includes(name) ? !valid : valid);
  else expect(name).toMatch(NOT_CARRIED);
});

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
