import { expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import { listedValues } from '../../../shared/contract/listed-values.ts';

const listed = (schema: string) => listedValues(parseContract(schema, 'contract.yml'), 'y');

test.each([
  ['{ properties: { y: { enum: [a, 1, 2.5, true, null] } } }', ['a', '1', '2.5', 'true']],
  ['{ properties: { y: { const: a } } }', ['a']],
  ['{ properties: { y: { type: boolean } } }', ['false', 'true']],
  ['{ properties: { y: { type: [boolean, "null"] } } }', ['false', 'true']],
  ['{ properties: { y: { anyOf: [{ enum: [a] }, { const: b }, { type: "null" }] } } }', ['a', 'b']],
  ['{ properties: { y: { allOf: [{ type: string }, { enum: [a, b] }] } } }', ['a', 'b']],
  ['{ $defs: { c: { enum: [a] } }, properties: { y: { $ref: "#/$defs/c" } } }', ['a']],
  ['{ allOf: [{ properties: { x: {} } }, { properties: { y: { enum: [a] } } }] }', ['a']],
])('%s', (schema, values) => {
  expect(listed(schema)).toEqual(values);
});

test.each([
  '{ properties: { x: { enum: [a] } } }',
  '{ properties: { y: { type: [boolean, string] } } }',
  '{ properties: { y: { anyOf: [{ enum: [a] }, { type: string }] } } }',
  '{ properties: { y: { enum: [null] } } }',
  '{ $defs: { a: { $ref: "#/$defs/a" } }, properties: { y: { $ref: "#/$defs/a" } } }',
  '{ properties: { y: { $ref: "#/$defs/none" } } }',
])('%s lists none', (schema) => {
  expect(listed(schema)).toBeUndefined();
});
