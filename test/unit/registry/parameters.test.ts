import { expect, test } from '@jest/globals';
import { holdsPassword, parametersFault } from '../../../shared/registry/parameters.ts';

test.each([
  ['https://user:secret@pypi.example/simple', true],
  ['--extra-index-url https://__token__:pypi-abc@pypi.example', true],
  ['git+https://x:y@github.com/acme/x.git', true],
  ['postgresql://:secret@db/x', true],
  ['https://pypi.example/simple', false],
  ['https://user@pypi.example/simple', false],
  [`https://user:$${'{TOKEN}'}@pypi.example`, false],
  ['https://user:$TOKEN@pypi.example', false],
  ['https://pypi.example:8080/@scope/x', false],
  ['numpy==2.0 --hash=sha256:ab', false],
  ['time: 12:30 @ noon', false],
])('%s: holds a password %s', (text, expected) => {
  expect(holdsPassword(text)).toBe(expected);
});

test.each([
  [{}],
  [{ 'learning-rate': 0.1, trees: 500, deep: { list: [1, 'a', null, { x: true }] } }],
  [JSON.parse('{"__proto__": 1, "constructor": {"a": 1}}')],
])('%j are parameters', (value) => {
  expect(parametersFault(value)).toBeUndefined();
});

test.each([
  [null, /a map of names/],
  [[1], /a map of names/],
  ['a', /a map of names/],
  [7, /a map of names/],
  [new Date(0), /a map of names/],
  [{ a: { b: Number.NaN } }, /only what JSON can say \(see a\.b\)/],
  [{ a: [1, Number.POSITIVE_INFINITY] }, /only what JSON can say \(see a\.1\)/],
  [{ a: undefined }, /\(see a\)/],
  [{ a: new Date(0) }, /\(see a\)/],
  [{ a: { url: 'https://u:p@h/' } }, /no URL with a password \(see a\.url\)/],
  [{ a: 'x'.repeat(300_000) }, /at most 256 KiB/],
  [{ a: 'x://:'.repeat(60_000) }, /at most 256 KiB/],
  [{ a: `://${':'.repeat(300_000)}` }, /at most 256 KiB/],
  [Array.from({ length: 40 }).reduce<object>((inner) => ({ inner }), {}), /nested at most 32 deep/],
])('%j are none', (value, message) => {
  expect(parametersFault(value)).toMatch(message);
});
