import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  duration,
  flag,
  instant,
  integer,
  map,
  margin,
  number,
  oneOf,
  reference,
  share,
  size,
  text,
  textList,
} from '../../../shared/inputs/kinds.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { defaulted, optional, required } from '../../../shared/inputs/table.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const step = (values: Record<string, unknown>) => [{ values, where: (name: string) => `input ${name}` }];

describe('the strict parser', () => {
  test('an empty text is an input not given', () => {
    const table = { a: optional(text(), 'A.'), b: defaulted(integer(), '3', 'B.') };
    expect(parseInputs(table, step({ a: '', b: '  ' }))).toEqual({ b: 3 });
  });

  test('the first layer that gives an input wins', () => {
    const table = { a: optional(text(), 'A.') };
    expect(parseInputs(table, [...step({ a: '' }), ...step({ a: 'file' }), ...step({ a: 'later' })])).toEqual(
      { a: 'file' },
    );
  });

  test('all problems are in one error, each naming the input, the value and what is allowed', () => {
    const table = {
      n: required(integer({ min: 1 }), 'How many.'),
      f: defaulted(flag(), 'false', 'F.'),
      r: required(text(), 'R.'),
    };
    const run = () => parseInputs(table, step({ n: '1.5', f: 'yes', extra: 'x' }));
    expect(run).toThrow(UserError);
    expect(run).toThrow(/input extra: there is no such input/);
    expect(run).toThrow(/input n: "1.5" is not allowed: it must be a whole number, 1 or more/);
    expect(run).toThrow(/input f: "yes" is not allowed: it must be true or false/);
    expect(run).toThrow(/input r: is required/);
  });

  test('a login in a URL is not shown', () => {
    const table = { metrics: optional(reference(['log:']), 'M.') };
    const run = () => parseInputs(table, step({ metrics: 'http://me:pass/w@rd@host:9090/x' }));
    expect(run).toThrow(/host:9090/);
    expect(run).not.toThrow(/pass|w@rd/);
  });

  test('a secret’s value is never shown', () => {
    const table = { token: optional(integer(), 'T.', { secret: true }) };
    expect(() => parseInputs(table, step({ token: 'ghp_abc' }))).toThrow(/^(?!.*ghp_abc).*$/s);
  });
});

describe('a NUL', () => {
  const table = { command: optional(textList(), 'C.'), more: optional(map(), 'M.') };
  test.each([
    ['a text', { command: 'echo\na\0b' }],
    ['a list of YAML', { command: '["echo", "a\\0b"]' }],
    ['a list', { command: ['echo', 'a\0b'] }],
    ['a key', { more: { 'a\0': 1 } }],
  ])('in %s is refused with its place', (_, values) => {
    const layer = { values, where: (name: string) => `input ${name}` };
    expect(() => parseInputs(table, [layer])).toThrow(/input (command|more): holds a NUL character/);
  });
});

describe('kinds', () => {
  test.each([
    [duration(), '1h30m', 5_400_000],
    [duration(), '2d', 172_800_000],
    [size(), '64MiB', 67_108_864],
    [share(), '5%', 0.05],
    [share(), 0.5, 0.5],
    [flag(), 'TRUE', true],
    [number(), '-1e-3', -0.001],
    [oneOf(['a', 'b']), 'b', 'b'],
    [reference(['dir:', 'auto']), 'dir:x', 'dir:x'],
    [map(), 'a: 1\nb: two', { a: 1, b: 'two' }],
    [margin(), '2%', { kind: 'relative', value: 0.02 }],
    [margin(), 0.01, { kind: 'absolute', value: 0.01 }],
  ])('%# reads %j', (kind, raw, value) => {
    expect(kind.parse(raw)).toEqual(value);
  });

  test.each([
    [duration(), '10'],
    [duration(), '10 minutes'],
    [size(), '64'],
    [share(), '150%'],
    [share(), ''],
    [flag(), 'on'],
    [flag(), 1],
    [number(), '0x10'],
    [number(), 'Infinity'],
    [number(), '1e100'],
    [margin(), '1e308'],
    [margin(), '1e308%'],
    [duration(), `${'9'.repeat(400)}w`],
    [duration(), '9999999999w'],
    [size(), `${'9'.repeat(400)}GiB`],
    [share({ below: true }), '100%'],
    [integer(), '1e400'],
    [instant(), '2026-02-30'],
    [instant(), '2026-02-30T00:00:00+02:00'],
    [instant(), 'yesterday'],
    [reference(['dir:', 'auto']), 's3://x'],
    [reference(['dir:', 'auto']), 'dir:'],
    [textList(), '[a, {b: 1}]'],
    [map(), '[1]'],
    [margin(), '-1'],
  ])('%# refuses %j', (kind, raw) => {
    expect(() => kind.parse(raw)).toThrow(/must|YAML/);
  });

  test('an instant without an offset is UTC', () => {
    expect(instant().parse('2011-01-01 05:00').toISOString()).toBe('2011-01-01T05:00:00.000Z');
    expect(instant().parse('2011-01-01T05:00:00+02:00').toISOString()).toBe('2011-01-01T03:00:00.000Z');
  });

  test('a list written one item a line is read back as it was', () => {
    const item = fc
      .string({ minLength: 1 })
      .filter((s) => s.trim() === s && !/[\r\n]/.test(s) && !s.startsWith('['));
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        expect(textList().parse(items.join('\n'))).toEqual(items);
      }),
    );
  });
});
