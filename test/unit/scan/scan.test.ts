import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { WorkerThreads } from '../../../shared/host/threads.ts';
import { isMissing } from '../../../shared/read/missing-text.ts';
import { isLinear } from '../../../shared/scan/column-rules.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { sourceOf } from '../read/sources.ts';
import { agree, type Given, MemorySpill, oracle, Turns } from './oracle.ts';

const CONTRACT = parseContract(
  `
type: object
required: [n, later]
properties:
  n: {type: [integer, 'null'], minimum: 0, exclusiveMaximum: 100}
  x: {type: number, minimum: -1.5, maximum: 1e3}
  c: {type: string, enum: [a, b, 'ccc', '1']}
  t: {type: [string, 'null'], pattern: '^[a-zé]', minLength: 2, maxLength: 4}
  d: {type: string, format: date}
  e: {enum: [1, 2, null, yes]}
  f: {type: [boolean, 'null']}
  g: {type: string, format: date-time}
  u: {type: string, minLength: 2, maxLength: 5}
x-ml-loop: {key: [n, c], rows: {min: 2, max: 12}}
`,
  'c.yml',
);

const cell = fc.oneof(
  fc.constantFrom('', '', 'a', 'b', 'ccc', 'é', 'éa', '😀b', 'true', 'FALSE', 'True', 'tRUE', 'yes', '""'),
  fc.constantFrom(
    '0',
    '1',
    '2',
    '3',
    '99',
    '100',
    '-1',
    '-0',
    '1.5',
    '007',
    '1e2',
    ' 5',
    '5 ',
    '\t5',
    '+1',
    '.5',
    '5.',
  ),
  fc.constantFrom(
    '1e999',
    '12345678901234567890',
    '9007199254740993',
    '0.1234567890123456789',
    'inf',
    '0x10',
  ),
  fc.constantFrom(
    '2026-01-31',
    '2026-02-30',
    '2026-01-31T10:00:00Z',
    '2026-01-31 10:00',
    '2026-01-31T10:00:00.5+02:00',
  ),
  fc.constantFrom('"a,b"', '"x""y"', '"1"', '"l\nm"', '"a"b'),
  fc.integer({ min: -3, max: 120 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc
    .string({ maxLength: 5 })
    .map((text) => text.replaceAll(/[",\r\n]/g, ''))
    // What stands for a missing value has tests of its own (values.test.ts).
    .filter((text) => text === '' || !isMissing(text)),
);
const NAMES = ['n', 'x', 'c', 't', 'd', 'e', 'f', 'g', 'u'];
const csvOf = (names: readonly string[], rows: readonly (readonly string[])[], end: string): string =>
  [names, ...rows].map((row) => row.join(',')).join(end) + end;
const tableOf = fc
  .tuple(fc.shuffledSubarray(NAMES, { minLength: 1 }), fc.constantFrom('\n', '\r\n', '\r'))
  .chain(([names, end]) =>
    fc
      .array(fc.array(cell, { minLength: names.length, maxLength: names.length }), { maxLength: 14 })
      .map((rows) => csvOf(names, rows, end)),
  );

const isJsonNumber = (text: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?(e\d+)?$/.test(text);
/** Rows read from JSON Lines hold doubles. */
const isExact = (text: string): boolean =>
  isJsonNumber(text) && (Number.isSafeInteger(Number(text)) || !Number.isInteger(Number(text)));

describe('checks and profile are those of rows read as objects', () => {
  test('on random tables, with and without contract and key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(tableOf, { minLength: 1, maxLength: 3 }),
        fc.constantFrom<Given>(
          {},
          { key: ['n'] },
          { contract: CONTRACT },
          { contract: CONTRACT, samples: 'hide', key: ['x', 'absent'] },
        ),
        fc.integer({ min: 1, max: 50 }),
        async (texts, given, chunk) => {
          await agree(
            texts.map((text, i) => sourceOf(`${i}.csv`, text, chunk)),
            given,
          );
        },
      ),
      { numRuns: 120, seed: 4 },
    );
  });

  test('on random tables beside a reference', async () => {
    await fc.assert(
      fc.asyncProperty(tableOf, tableOf, async (before, now) => {
        const { profiled } = await oracle([sourceOf('r.csv', before)], {});
        await agree([sourceOf('a.csv', now)], { reference: profiled.profile });
      }),
      { numRuns: 150, seed: 5 },
    );
  });

  test('on longer columns of one kind, beside a reference of many values', async () => {
    const rows = (seed: number) =>
      Array.from({ length: 3000 }, (_value, i) => {
        const a = (i * 7919 + seed) % 1009;
        return `${a},${(a / 7).toFixed(3)},t${a % 200},${new Date(a * 1e8).toISOString()},${a % 2 ? 'true' : 'false'},${a % 5 ? a % 90 : ''}`;
      }).join('\n');
    const table = (seed: number) => `a,b,c,d,e,f\n${rows(seed)}\n`;
    const { profiled } = await oracle([sourceOf('r.csv', table(1))], {});
    await agree([sourceOf('a.csv', table(500))], { reference: profiled.profile, key: ['a', 'b'] });
  });

  test('files of other encodings with bytes that are not of them', async () => {
    const text = Buffer.from('\ufeff\n\na,b\n1,2\n3,4', 'utf16le');
    for (const end of [text.length - 1, 11, 9]) {
      await agree([sourceOf('a.csv', text.subarray(0, end))], {});
      await agree([sourceOf('a.jsonl', text.subarray(0, end))], {});
    }
  });

  const NUMBERS = [
    ...[
      '1',
      '1.0',
      '01',
      '1e0',
      '+1',
      ' 1',
      '1.',
      '0',
      '-0',
      '0.0',
      '.5',
      '0.5',
      '0.50',
      '-.5',
      '-0.5',
      '00.5',
      '-x',
    ],
    ...[
      '9007199254740992',
      '9007199254740993',
      '9007199254740993.0',
      '09007199254740993',
      '1e21',
      '1e999',
      '01x',
    ],
    ...[
      '1000000000000000000000',
      '0.12345678901234567891',
      '0.12345678901234567892',
      '1'.repeat(70),
      'x',
      'y',
    ],
  ];
  test('keys of numbers by value, of texts as written', async () => {
    const number = fc.oneof(
      fc.constantFrom(...NUMBERS),
      fc.integer({ min: -20, max: 20 }).map((value) => (value / 4).toFixed(2)),
    );
    const table = fc
      .array(fc.tuple(number, number), { maxLength: 20 })
      .map((rows) => csvOf(['a', 'b'], rows, '\n'));
    const contract = (key: string, type: string) =>
      parseContract(`properties: {a: {type: ${type}}}\nx-ml-loop: {key: ${key}}`, 'c.yml');
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('[a]', '[b]', '[a, b]', '[b, a]'),
        fc.constantFrom('integer', '[number, string]', 'string'),
        async (text, key, type) => {
          await agree([sourceOf('a.csv', text, 9)], { contract: contract(key, type) });
          const json = text
            .split('\n')
            .slice(1, -1)
            .map((line) => line.split(',').map((cell) => (isExact(cell) ? cell : JSON.stringify(cell))))
            .map(([a, b]) => `{"a":${a},"b":${b}}\n`)
            .join('');
          await agree([sourceOf('a.jsonl', json, 9)], { contract: contract(key, type) });
        },
      ),
      { numRuns: 150, seed: 8 },
    );
  });

  test.each([
    ['integer', 4, 4],
    ['string', 0, 0],
  ])('a key of type %s', async (type, ofCsv, ofParts) => {
    const contract = parseContract(`properties: {a: {type: ${type}}}\nx-ml-loop: {key: [a]}`, 'c.yml');
    const text = 'a\n1.0\n01\n1\n1e0\n+1\n9007199254740992\n9007199254740993\n';
    const of = ({ checked }: Awaited<ReturnType<typeof agree>>) =>
      checked.checks.find(({ id }) => id === 'table.key')?.observed;
    expect(of(await agree([sourceOf('a.csv', text)], { contract }))).toBe(ofCsv);
    const threads = new Turns(2, text);
    expect(of(await agree([sourceOf('a.csv', text)], { contract }, { threads }))).toBe(ofParts);
    expect(of(await agree([sourceOf('a.csv', text)], { key: ['a'] }))).toBe(0);
  });

  test('a key of whole numbers of JSON beyond 2^53 is exact', async () => {
    const ids = ['9007199254740992', '9007199254740993', '1e20', '100000000000000000000', '"a"'];
    for (const key of [['a'], ['a', 'b']]) {
      const text = ids.map((id) => `{"a":${id},"b":1}\n`).join('');
      const { checked } = await scanTables([sourceOf('a.jsonl', text, 9)], {
        key,
        maxLocations: 3,
        samples: 'hide',
      });
      const found = checked.checks.find(({ id }) => id === 'table.key');
      expect(found).toMatchObject({ observed: 1, locations: [{ line: 4 }] });
    }
  });

  test('empty files, headers alone, broken headers', async () => {
    for (const text of ['', 'a,b\n', 'a,a\n1,2\n', 'a,\n1,2\n', '\n\n', 'a\n\n']) {
      await agree([sourceOf('a.csv', text)], { contract: CONTRACT });
      await agree([sourceOf('a.csv', text)], { key: ['a'] });
    }
  });
});

describe('a file in parts', () => {
  test('gives what it gives as a whole, wherever it is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        tableOf,
        fc.constantFrom<Given>(
          {},
          { key: ['n'] },
          { contract: CONTRACT },
          { contract: CONTRACT, samples: 'hide' },
        ),
        fc.integer({ min: 2, max: 6 }),
        fc.constantFrom(0, 60, 1e6),
        async (text, given, count, memory) => {
          const threads = new Turns(count, text);
          await agree([sourceOf('a.csv', text)], given, { threads, memory, spill: new MemorySpill() });
        },
      ),
      { numRuns: 120, seed: 6 },
    );
    expect(Turns.parts).toBeGreaterThan(120);
  });

  test('also if quotes inside fields make the places wrong, and if the file cannot be read to its end', async () => {
    const rows = Array.from(
      { length: 60 },
      (_value, i) => `${i % 50},"x\ny${i}",${i % 3 ? 'b' : 'pipe 5" wide'}`,
    );
    for (let broken = 0; broken < 60; broken += 7) {
      for (const odd of ['1,2,5" x', '1,"2', '1,2', '1,"2"x,3', '1,"a\nb', '"']) {
        const text = `a,b,c\n${[...rows.slice(0, broken), odd, ...rows.slice(broken)].join('\n')}\n`;
        for (const count of [2, 3, 5]) {
          const threads = new Turns(count, text);
          await agree([sourceOf('a.csv', text)], { key: ['a'] }, { threads });
        }
      }
    }
  });

  test('not among the empty lines before its header', async () => {
    const content = '\n\r\n\n\nh,g\n1,2\n';
    for (const count of [2, 3, 4, 6]) {
      const { checked } = await agree(
        [sourceOf('a.csv', content)],
        {},
        { threads: new Turns(count, content) },
      );
      expect(checked.rows).toBe(1);
    }
  });

  test('after comments, which may hold quotes', async () => {
    const content = `# it is "so\n#\n\na,b\n${'1,"x\ny"\n2,\n'.repeat(9)}3\n`;
    for (const count of [2, 3, 5]) {
      const threads = new Turns(count, content);
      const { checked } = await scanTables([sourceOf('a.csv', content)], {
        ...{ maxLocations: 3, samples: 'hide', threads },
      });
      expect(checked.rows).toBe(19);
      expect(checked.checks).toMatchObject([{ id: 'row.fields', locations: [{ line: 32 }] }]);
    }
  });

  test('only if its bytes are UTF-8', async () => {
    const content = Buffer.from(`a,b\n${'ä,1\n'.repeat(20)}`, 'latin1');
    const parts = Turns.parts;
    const { checked } = await scanTables([sourceOf('a.csv', content)], {
      ...{ maxLocations: 3, samples: 'hide', threads: new Turns(3, content) },
      text: { encoding: 'windows-1252' },
    });
    expect([checked.rows, checked.checks, Turns.parts - parts]).toMatchObject([20, [{ status: 'pass' }], 0]);
  });

  test('in worker threads, with keys on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scan-'));
    try {
      const path = join(folder, 'a.csv');
      const rows = Array.from(
        { length: 3000 },
        (_value, i) => `${i % 2900},"x ""${i}""\n",${i % 7},2026-01-31`,
      );
      const text = `n,t,x,d\n${rows.join('\n')}\n`;
      await writeFile(path, text);
      const threads = new WorkerThreads({
        count: 3,
        workingDirectory: '/',
        folder: async () => join(folder, 'spill'),
        least: 1,
      });
      const given = { contract: CONTRACT, key: ['n'] };
      const { checked } = await agree([sourceOf(path, text)], given, {
        threads,
        memory: 1000,
        spill: new MemorySpill(),
      });
      expect(checked.checks.find(({ id }) => id === 'table.key')).toMatchObject({ observed: 100 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('a pattern that backtracks without end is ended', async () => {
  const contract = parseContract(
    '{"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}',
    'c.json',
  );
  const text = `a\nb\n${'a'.repeat(40)}!\n`;
  const options = { contract, maxLocations: 3, samples: 'hide', patternLimitMs: 100 } as const;
  await expect(scanTables([sourceOf('a.csv', text)], options)).rejects.toThrow('took longer than 0.1 s');
});

test('the example data give the same checks and profile', async () => {
  const folder = new URL('../../../examples/bike-demand/data/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => /\.csv(\.gz)?$/.test(name));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const text = await readFile(new URL(name, folder));
    const { profiled } = await oracle([sourceOf(name, text)], {});
    await agree([sourceOf(name, text)], { reference: profiled.profile });
  }
});

test('only patterns that cannot backtrack are run without a limit of time', () => {
  const linear = [
    '^C[0-9]$',
    '^p[0-9]+$',
    '^[A-Z]{3}\\d{2,5}$',
    '^a\\+b\\*c\\?d*$',
    '^[*+?(]x',
    '^\\[a+\\]$',
    '^[\\]a+b+]+$',
  ];
  const others = ['a+$', '^a+b+$', '^(a+)+$', '^a?a?aa', '^x|y', '^(a)\\1', '^a+?b', '^\\p{L}+'];
  expect(linear.filter((pattern) => !isLinear(pattern))).toEqual([]);
  expect(others.filter(isLinear)).toEqual([]);
});
