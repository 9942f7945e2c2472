import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { WorkerThreads } from '../../../shared/host/threads.ts';
import { readBlocks } from '../../../shared/read/blocks.ts';
import type { Fault } from '../../../shared/read/fault.ts';
import { isMissing } from '../../../shared/read/missing-text.ts';
import { gzipped, sourceOf } from '../read/sources.ts';
import { agree, type Given, MemorySpill, oracle, Turns } from './oracle.ts';

const contract = (more: string) =>
  parseContract(
    `
type: object
required: [n, later]
properties:
  n: {type: [integer, 'null'], minimum: 0, exclusiveMaximum: 100}
  x: {type: number, minimum: -1.5, maximum: 1e3}
  c: {type: string, enum: [a, b, 'ccc', '1']}
  t: {type: [string, 'null'], pattern: '^[a-zé]', minLength: 2, maxLength: 4}
  d: {type: string, format: date}
  e: {enum: [1, 2, null, yes, true]}
  f: {type: [boolean, 'null']}
  s: {type: string, minLength: 2, maxLength: 3}
${more}
x-ml-loop: {key: [n, c], rows: {min: 2, max: 12}}
`,
    'c.yml',
  );
const OPEN = contract('');
const CLOSED = contract('additionalProperties: false');

const text = fc.oneof(
  fc.constantFrom('z', 'a', 'b', 'ccc', 'é', 'éa', '😀b', 'so', 'NO', 'yes', '1', '5', '007', ' 5', '1e2'),
  fc.constantFrom(
    '2026-01-31',
    '2026-02-30',
    '2026-01-31T10:00:00Z',
    '[1]',
    '{}',
    'a"b',
    'a\\b',
    'l\nm',
    '\u0000',
  ),
  fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }),
);
const number = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '1.0',
    '2',
    '-0',
    '99',
    '100',
    '-1',
    '1.5',
    '1e2',
    '1E+2',
    '1e-7',
    '1e999',
    '-1e999',
  ),
  fc.constantFrom('9007199254740993', '12345678901234567890', '0.1234567890123456789', '1e20'),
  fc.integer({ min: -3, max: 120 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
/** A text in quotes, with as many escapes as `dense` says. */
/** What stands for a missing value has tests of its own (values.test.ts). */
const quoted = fc
  .tuple(
    text.filter((one) => !isMissing(one)),
    fc.constantFrom(0, 1, 2),
  )
  .map(([value, dense]) =>
    dense === 0
      ? JSON.stringify(value)
      : JSON.stringify(value).replaceAll(/[a-zé]/g, (letter, at: number, all: string) =>
          all[at - 1] === '\\' || (dense === 1 && at % 2 === 0) || /\\u/.test(all)
            ? letter
            : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
  );
const nested = fc.oneof(
  fc.json({ maxDepth: 2 }).filter((json) => /^[[{]/.test(json)),
  fc.constantFrom('[]', '{}', '[ 1, 2]', '{"a": "]"}', '{"a":"\\"}"}', '[1e999]', '[[[]]]'),
);
const value = fc.oneof(
  { weight: 3, arbitrary: quoted },
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false') },
  { weight: 1, arbitrary: nested },
);
const NAMES = ['n', 'x', 'c', 't', 'd', 'e', 'f', 's', 'u', '7', 'é', 'q"', '__proto__', 'later'];
const space = fc.constantFrom('', '', '', ' ', '\t', '\r', '  ');
const record = fc
  .tuple(fc.shuffledSubarray(NAMES), fc.array(value, { minLength: 14, maxLength: 14 }), space, space)
  .map(
    ([names, values, a, b]) =>
      `${b}{${a}${names.map((name, i) => `${JSON.stringify(name)}${a}:${b}${values[i]}${a}`).join(`,${b}`)}}${a}`,
  );
/** Records of the same names in the same order, as programs write them. */
const table = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 1 }),
    fc.array(fc.array(value, { minLength: 14, maxLength: 14 })),
  )
  .map(([names, rows]) =>
    rows.map((values) => `{${names.map((name, i) => `${JSON.stringify(name)}:${values[i]}`).join(',')}}`),
  );
const odd = fc.constantFrom(
  ...[
    '',
    ' ',
    '\r',
    '{}',
    '[]',
    '1',
    'null',
    '{"n":1',
    '{"n":01}',
    '{"n":1,}',
    '{"n":1,"n":"a"}',
    '{"n":"a\\n","n":"b\\t"}',
  ],
  ...[
    '{"n":1.}',
    '{"n":.5}',
    '{"n":+1}',
    '{"n":tru}',
    '{"n":"a\tb"}',
    '{"n":"\\x"}',
    '{"n":[1}}',
    '{"n":[1,]}',
    '{"n":{"a":"\\',
  ],
  ...[
    '{"new":1',
    '{"n":1} x',
    '{"n" 1}',
    '{n:1}',
    '{"n":nul}',
    '{"n":"\\u00e"}',
    '{"n":1e}',
    '\u00a0',
    '{"n":-}',
    '{"n":"a',
  ],
);
const lines = fc
  .tuple(
    fc.oneof(
      table,
      fc.array(fc.oneof({ weight: 4, arbitrary: record }, { weight: 1, arbitrary: odd }), { maxLength: 14 }),
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([all, end, last]) => all.join(end) + (last ? end : ''));

const given = fc.constantFrom<Given>(
  {},
  { key: ['n'] },
  { contract: OPEN },
  { contract: CLOSED },
  { contract: CLOSED, samples: 'hide', key: ['x', 'absent'] },
);

describe('records are checked and described as those read as objects', () => {
  test('random lines, at every chunking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lines, { minLength: 1, maxLength: 2 }),
        given,
        fc.integer({ min: 1, max: 40 }),
        async (texts, how, chunk) => {
          await agree(
            texts.map((content, i) => sourceOf(`${i}.jsonl`, content, chunk)),
            how,
          );
        },
      ),
      { numRuns: 100, seed: 4 },
    );
  });

  test('in parts, wherever a file is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        given,
        fc.integer({ min: 2, max: 5 }),
        fc.constantFrom(0, 60, 1e6),
        async (content, how, count, memory) => {
          const threads = new Turns(count, content);
          await agree([sourceOf('a.ndjson', content)], how, { threads, memory, spill: new MemorySpill() });
        },
      ),
      { numRuns: 100, seed: 5 },
    );
  });

  test('beside a reference', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, async (before, now) => {
        const { profiled } = await oracle([sourceOf('r.jsonl', before)], {});
        await agree([sourceOf('a.jsonl', now)], { reference: profiled.profile });
      }),
      { numRuns: 50, seed: 6 },
    );
  });

  test('bytes that are not UTF-8, a file that ends inside a character, and gzip', async () => {
    const bytes = Buffer.from('{"a":1,"b":"é"}\n{"a":2,"b":"é"}\n{"a":3,"b":"é');
    for (let at = 0; at < bytes.length; at++) {
      const wrong = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at)]);
      for (const content of [wrong, bytes.subarray(0, at)]) {
        for (const chunk of [5, 1000]) await agree([sourceOf('a.jsonl', content, chunk)], { key: ['a'] });
      }
    }
    await agree([sourceOf('a.jsonl.gz', gzipped('{"a":1}\n{"a":null}\n'))], { key: ['a'] });
  });

  test('many blocks, wide records and long values', async () => {
    const rows = Array.from({ length: 4000 }, (_value, i) =>
      JSON.stringify({
        n: i % 3500,
        c: 'x'.repeat(i % 50),
        t: `a"${i % 30}`,
        l: i % 100 === 0 ? [i] : 1.25,
        e: i > 3500 ? i : undefined,
      }),
    );
    const long = JSON.stringify({ n: 1, c: `${'é"'.repeat(60_000)}` });
    const wide = JSON.stringify(
      Object.fromEntries(Array.from({ length: 1500 }, (_value, i) => [`w${i}`, i])),
    );
    for (const content of [
      rows.join('\n'),
      [long, rows[0], long].join('\n'),
      [wide, rows[5], wide].join('\n'),
    ]) {
      for (const chunk of [100_000, 10_000_000]) {
        await agree([sourceOf('a.jsonl', content, chunk)], { key: ['n'] });
      }
    }
  });

  test('names that each record adds', async () => {
    const rows = Array.from({ length: 300 }, (_value, i) =>
      JSON.stringify({ [`n${i}`]: i, [`m${i % 7}`]: 'x' }),
    );
    const content = rows.join('\n');
    await agree([sourceOf('a.jsonl', content, 4000)], { key: ['n5'], contract: OPEN });
    await agree([sourceOf('a.jsonl', content)], {}, { threads: new Turns(3, content) });
  });

  test('more names than a table may have', async () => {
    const names = Array.from({ length: 2 ** 16 + 1 }, (_value, i) => `c${i}`);
    const wide = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
    const faults: Fault[] = [];
    const source = sourceOf('a.jsonl', `{"a":1}\n${wide}\n{"a":2}\n`);
    const columns = await readBlocks(source, { onFault: (fault) => faults.push(fault), onBlock: () => {} });
    expect(columns).toEqual(['a']);
    expect(faults).toMatchObject([
      { kind: 'too-long', line: 2, message: expect.stringContaining('64 Ki names') },
    ]);
  });

  test('names that every object of JavaScript has', async () => {
    const content =
      '{"toString":[1],"constructor":1,"n":1,"later":1}\n{"hasOwnProperty":"a","n":2,"later":1}\n';
    for (const how of [{ contract: OPEN }, { contract: CLOSED }])
      await agree([sourceOf('a.jsonl', content)], how);
  });

  test('in worker threads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scan-'));
    try {
      const rows = Array.from({ length: 3000 }, (_value, i) =>
        JSON.stringify(i < 2000 ? { n: i % 2900, s: 'é\n' } : { s: '', n: i % 2900, late: i }),
      );
      const path = join(folder, 'a.jsonl');
      await writeFile(path, rows.join('\n'));
      const threads = new WorkerThreads({ count: 3, workingDirectory: folder, least: 1 });
      const { checked } = await agree(
        [sourceOf(path, rows.join('\n'))],
        { contract: OPEN, key: ['n'] },
        { threads },
      );
      expect(checked.checks.find(({ id }) => id === 'table.key')).toMatchObject({ observed: 100 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
