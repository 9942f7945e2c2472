import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { parseContract } from '../../../shared/contract/contract.ts';

const schema = JSON.parse(readFileSync('schemas/contract-vocabulary.schema.json', 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

function isRead(text: string): boolean {
  try {
    parseContract(text, 'c.yml');
    return true;
  } catch {
    return false;
  }
}

const root = (own: string) => `type: object\nx-ml-loop: ${own}\n`;
const column = (own: string) => `type: object\nproperties: { a: { minimum: 0, x-ml-loop: ${own} } }\n`;

const SOUND = [
  root('{ key: a }'),
  root('{ key: [a, b] }'),
  root('{ key: [] }'),
  root('{ unique: [a, [a, b], { columns: [a], tolerance: 3, severity: warn }] }'),
  root('{ foreign-keys: [{ columns: [a], file: b.csv, references: [c], tolerance: 1% }] }'),
  root('{ foreign-keys: [{ columns: a, file: b.csv }] }'),
  root('{ rows: { min: 0, max: 10 } }'),
  root('{ freshness: { column: a, max-age: 1h30m } }'),
  root('{ columns: { order: false } }'),
  root('{ rules: [{ compare: [a, "<=", b] }, { name: s, schema: false }, { sum: [a, b], equals: 0.5 }] }'),
  root('{ rules: [{ when: { required: [a] }, compare: [a, "<=", b] }] }'),
  root('{ checks: { row.fields: { severity: warn, tolerance: 3 }, table.rows: { severity: warn } } }'),
  root('{ checks: { integrity.duplicates: { severity: error, tolerance: 1% }, file.header: {} } }'),
  root('{ severity: warn, tolerance: 0.5 }'),
  root('{ tolerance: 100% }'),
  column('{ drift: false, nulls: { max: 5% }, distinct: { min: 2 }, distinct-share: { min: 1 } }'),
  column(
    '{ mean: { min: -1.5 }, median: { max: 2 }, sd: { max: 1 }, sum: { min: 0 }, min-value: { min: 0 } }',
  ),
  column('{ max-value: { max: 1e9 }, quantiles: { 0.9: { max: 3 }, 1: { min: 0 } } }'),
  column('{ increasing: strict, decreasing: false, contains: [1, a, null], most-common: [true] }'),
  column('{ min-value: { min: 2024-01-01 }, max-value: { min: 2024-01-01, max: "2024-02-01T10:00:00.5Z" } }'),
  column('{ most-common: { values: [a], ties: false } }'),
  column('{ keywords: { minimum: { severity: warn, tolerance: 2 } }, tolerance: 0 }'),
];
const WRONG = [
  root('{ keys: a }'),
  root('{ key: 1 }'),
  root('{ unique: a }'),
  root('{ unique: [[]] }'),
  root('{ unique: [{ severity: warn }] }'),
  root('{ foreign-keys: [{ columns: a }] }'),
  root('{ rows: { min: 1.5 } }'),
  root('{ rows: { minimum: 1 } }'),
  root('{ freshness: { column: a } }'),
  root('{ freshness: { column: a, max-age: 2 days } }'),
  root('{ columns: { order: yes! } }'),
  root('{ rules: [{ compare: [a, "=", b] }] }'),
  root('{ rules: [{ compare: [a, "<"] }] }'),
  root('{ rules: [{ compare: [a, "<", b], schema: {} }] }'),
  root('{ rules: [{ sum: [a] }] }'),
  root('{ rules: [{ compare: [a, "<", b], equals: 3 }] }'),
  column('{ min-value: { min: 2024-13-99x } }'),
  column('{ max-value: { min: 2024-01-01, max: 3 } }'),
  column('{ mean: { min: 2024-01-01 } }'),
  column('{ most-common: { ties: false } }'),
  column('{ most-common: { values: [a], tie: false } }'),
  root('{ rules: [{ when: a, compare: [a, "<=", b] }] }'),
  root('{ checks: { column.type: { severity: warn } } }'),
  root('{ checks: { table.rows: { tolerance: 3 } } }'),
  root('{ checks: { table.rows: { severity: info } } }'),
  root('{ severity: fail }'),
  root('{ tolerance: 1.5 }'),
  root('{ tolerance: 101% }'),
  root('{ tolerance: -1 }'),
  column('{ nulls: 5% }'),
  column('{ nulls: {} }'),
  column('{ distinct: { min: 5% } }'),
  column('{ distinct-share: { max: 2 } }'),
  column('{ mean: { min: 5% } }'),
  column('{ quantiles: { 1.5: { min: 0 } } }'),
  column('{ quantiles: { 0.5: 3 } }'),
  column('{ increasing: sometimes }'),
  column('{ contains: a }'),
  column('{ most-common: [] }'),
  column('{ keywords: { minimum: warn } }'),
];

describe('schemas/contract-vocabulary.schema.json allows what ml-loop reads', () => {
  test.each(SOUND)('%s', (text) => {
    expect([isRead(text), validate(parse(text)), validate.errors]).toEqual([true, true, null]);
  });

  test.each(WRONG)('and not %s', (text) => {
    expect([isRead(text), validate(parse(text))]).toEqual([false, false]);
  });
});

describe('docs/contracts.md', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/contracts.md', 'utf8')) ?? [];

  test('its example is read, and keeps the schema', () => {
    const { table } = parseContract(example, 'contract.yml');
    expect([table.rules.length, table.unique.length, table.columns.size]).toEqual([3, 2, 4]);
    expect([validate(parse(example)), validate.errors]).toEqual([true, null]);
  });

  test('it has every member of the vocabulary', () => {
    const { $defs } = schema as { readonly $defs: Record<string, { readonly properties?: object }> };
    const members = ['table', 'column'].flatMap((name) => Object.keys($defs[name]?.properties ?? {}));
    expect(members.filter((name) => !example.includes(`${name}:`) && name !== 'decreasing')).toEqual([]);
  });
});
