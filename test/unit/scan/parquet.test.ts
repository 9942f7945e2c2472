import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContract } from '../../../shared/contract/contract.ts';
import { WorkerThreads } from '../../../shared/host/threads.ts';
import type { ByteSource, Spill, Threads } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { createProfiler } from '../../../shared/profile/profiler.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { parquetBlocks } from '../../../shared/read/parquet-blocks.ts';
import type { PartTask } from '../../../shared/scan/parts.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import {
  createIntegrity,
  type IntegrityFindings,
  type IntegrityOptions,
  integrityFindings,
} from '../../oracle/integrity.ts';
import { readTables } from '../../oracle/table.ts';
import { sourceOf } from '../read/sources.ts';
import { agree, type Given, MemorySpill, oracle, Turns } from './oracle.ts';
import { parquetOf, type WrittenColumn } from './parquet-writer.ts';

const FOLDER = join(process.cwd(), 'test/fixtures/parquet');
const NAMES = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.parquet') ? name.slice(0, -8) : []));
const fixture = (name: string) => sourceOf(`${name}.parquet`, readFileSync(join(FOLDER, `${name}.parquet`)));

const OF_FIXTURES = parseContract(
  `
type: object
required: [id, gone]
properties:
  id: {type: integer, minimum: 3, maximum: 30}
  small: {type: integer, minimum: -20}
  amount: {type: [number, 'null'], exclusiveMaximum: 5}
  single: {type: integer}
  flag: {type: boolean}
  city: {enum: [Oslo, null, '']}
  note: {type: string, pattern: '^note (1|4|9)+$', maxLength: 8}
  day: {type: string, format: date}
  local_us: {type: string, format: date-time}
  utc_us: {type: string, format: date-time, maxLength: 26}
  price: {type: number, minimum: 0}
  long: {type: [string, 'null']}
  huge: {type: integer}
  float: {type: number}
  bytes: {type: string, minLength: 5}
  category: {const: x}
  scores: {type: string}
  place.city: {type: string}
`,
  'c.yml',
);

const CONTRACT = parseContract(
  `
type: object
required: [n, later]
properties:
  n: {type: [integer, 'null'], minimum: 0, exclusiveMaximum: 100}
  x: {type: number, minimum: -1.5, maximum: 1e3}
  c: {type: string, enum: [a, b, 'ccc', '1']}
  t: {type: [string, 'null'], pattern: '^(a|é|2)+', minLength: 2, maxLength: 4}
  d: {type: string, format: date}
  e: {enum: [1, 2, null, yes]}
  f: {type: [boolean, 'null']}
  g: {type: string, format: date-time}
additionalProperties: false
x-ml-loop: {rows: {min: 2, max: 12}}
`,
  'c.yml',
);

/** Nothing that rows would take for a number, a boolean or a missing value: it is a text here (values.test.ts). */
const TEXTS = [
  'a',
  'b',
  'ccc',
  'é',
  'éa',
  '😀b',
  'yes',
  'NO',
  'one',
  'two',
  ' five',
  '2026-01-31',
  '2026-02-30',
  '2026-01-31T10:00:00Z',
  '2026-01-31 10:00',
  'x'.repeat(200),
];
const texts = TEXTS.map((text) => Buffer.from(text));
const days = [0, 1, -1, 20_000, -719_162, -719_528, -719_529, 2_932_896, 2_932_897, 2 ** 31 - 1, -(2 ** 31)];
const instants = (perDay: bigint) =>
  [...days.map((day) => BigInt(day) * perDay), perDay / 3n, -perDay / 7n, 5n, -5n, 123_456_789n * 1001n].map(
    (value) => BigInt.asIntN(64, value),
  );
const integers = [0, 1, 2, 3, 99, 100, -1, 2 ** 31 - 1, -(2 ** 31)];
/** Rows have those of more than 15 digits as texts (values.test.ts). */
const longs = [...integers.map(BigInt), 10n ** 12n, 1n - 10n ** 12n];
const doubles = [
  0,
  -0,
  1,
  1.5,
  -1.5,
  2,
  99,
  1e3,
  1e300,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
/** 1.5, −2, two NaN, both infinities, 0 and −0. */
const halves = [0x3e00, 0xc000, 0x7e00, 0xfe01, 0x7c00, 0xfc00, 0, 0x8000].map((bits) =>
  Buffer.of(bits & 255, bits >> 8),
);
const bigEndian = (value: bigint): Buffer =>
  Buffer.from(BigInt.asUintN(72, value).toString(16).padStart(18, '0'), 'hex');
const int96 = (day: number, nanoseconds: bigint): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64LE(nanoseconds);
  bytes.writeUInt32LE(Math.max(0, day + 2_440_588), 8);
  return bytes;
};
const DAY = 86_400_000n;

/** Kinds of columns, each with values as they are stored. */
const KINDS: readonly Omit<WrittenColumn, 'name'>[] = [
  { type: 'BOOLEAN', values: [true, false] },
  { type: 'INT32', values: integers },
  { type: 'INT32', converted: 13, values: integers },
  { type: 'INT32', converted: 5, scale: 2, precision: 9, values: integers },
  { type: 'INT32', converted: 6, values: days },
  { type: 'INT64', values: longs },
  { type: 'INT64', converted: 14, values: longs.filter((value) => value >= 0n) },
  { type: 'INT64', converted: 5, scale: 3, precision: 18, values: longs },
  { type: 'INT64', converted: 9, values: instants(DAY) },
  { type: 'INT64', converted: 10, values: instants(DAY * 1000n) },
  { type: 'INT64', timestamp: { utc: false, unit: 1 }, values: instants(DAY) },
  { type: 'INT64', timestamp: { utc: false, unit: 2 }, values: instants(DAY * 1000n) },
  { type: 'INT64', timestamp: { utc: true, unit: 3 }, values: instants(DAY * 1_000_000n) },
  { type: 'INT64', converted: 8, values: [0n, 1n, 1_500_000n, 86_399_999_999n] },
  { type: 'INT96', values: days.map((day, i) => int96(day, BigInt(i) * 12_345_678_901n)) },
  { type: 'FLOAT', values: doubles },
  { type: 'DOUBLE', values: doubles },
  { type: 'DOUBLE', values: [Number.NaN, 1, 2] },
  { type: 'FLOAT', values: [Number.NaN] },
  { type: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2, float16: true, values: halves },
  { type: 'BYTE_ARRAY', converted: 0, values: texts },
  { type: 'BYTE_ARRAY', converted: 0, values: texts },
  { type: 'BYTE_ARRAY', values: [...texts, Buffer.of(0xff, 0), Buffer.of(0x80)] },
  {
    type: 'FIXED_LEN_BYTE_ARRAY',
    typeLength: 9,
    converted: 5,
    scale: 2,
    precision: 20,
    values: longs.map(bigEndian),
  },
  {
    type: 'FIXED_LEN_BYTE_ARRAY',
    typeLength: 3,
    values: [Buffer.from('abc'), Buffer.from('b.5'), Buffer.of(1, 2, 0xff)],
  },
];

const columnOf = (name: string, rows: number) =>
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      picks: fc.array(fc.oneof(fc.nat(30), fc.nat(2)), { minLength: rows, maxLength: rows }),
      nulls: fc.constantFrom(0, 3, 100),
      flags: fc.record({
        dictionary: fc.boolean(),
        fallback: fc.boolean(),
        v2: fc.boolean(),
        gzip: fc.boolean(),
        packed: fc.boolean(),
      }),
    })
    .map(({ kind, picks, nulls, flags }): WrittenColumn => {
      const values = picks.map((pick, i) =>
        nulls > 0 && (pick + i) % nulls === 0 ? null : kind.values[pick % kind.values.length],
      );
      return {
        ...kind,
        ...flags,
        dictionary: flags.dictionary && kind.type !== 'BOOLEAN',
        required: nulls === 0,
        name,
        values,
      };
    });
const tableOf = (names: readonly string[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...names], { minLength: 1 }),
      fc.nat(24),
      fc.constantFrom(3, 10, 100),
      fc.constantFrom(2, 7, 100),
    )
    .chain(([some, rows, groupRows, pageRows]) =>
      fc
        .tuple(...some.map((name) => columnOf(name, rows)))
        .map((columns) => parquetOf(columns, groupRows, pageRows)),
    );
const table = tableOf(['n', 'x', 'c', 't', 'd', 'e', 'f', 'g', 'u']);

/** Parts of several files. */
class OfFiles implements Threads {
  readonly count: number;
  readonly #files: readonly Turns[];

  constructor(files: readonly Turns[]) {
    this.#files = files;
    this.count = files[0]?.count ?? 1;
  }

  async open(): Promise<undefined> {}

  isWorth(): boolean {
    return true;
  }

  async run(task: PartTask): Promise<unknown> {
    return this.#files[task.fileIndex]?.run(task);
  }

  spillOf(task: PartTask): Spill | undefined {
    return this.#files[task.fileIndex]?.spillOf(task);
  }
}

describe('checks and profile of Parquet are those of rows', () => {
  test.each(NAMES)('%s', async (name) => {
    for (const samples of ['show', 'hide'] as const) {
      await agree([fixture(name)], { samples });
      await agree([fixture(name)], { contract: OF_FIXTURES, samples, key: ['city', 'place.city', 'flag'] });
    }
    const { profiled } = await oracle([fixture('snappy')], {});
    await agree([fixture(name)], { reference: profiled.profile });
  });

  test('on random tables, with and without contract and key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 2 }),
        fc.constantFrom<Given>(
          {},
          { key: ['x'] },
          { contract: CONTRACT },
          { contract: CONTRACT, samples: 'hide', key: ['n', 'c'] },
        ),
        async (files, given) => {
          await agree(
            files.map((bytes, i) => sourceOf(`${i}.parquet`, bytes)),
            given,
          );
        },
      ),
      { numRuns: 50, seed: 7 },
    );
  });

  test('on random tables in parts, also with keys that are spilled', async () => {
    const parts = Turns.parts;
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 2 }),
        fc.constantFrom<Given>({}, { key: ['x'] }, { contract: CONTRACT, key: ['n', 'c'] }),
        fc.integer({ min: 2, max: 5 }),
        fc.constantFrom(1, 300, 1e6),
        async (files, given, count, memory) => {
          const last = files.at(-1);
          if (last === undefined) return;
          const sources = files.map((bytes, i) => sourceOf(`${i}.parquet`, bytes));
          await agree(sources, given, {
            threads: new OfFiles(files.map((bytes) => new Turns(count, bytes))),
            memory,
            spill: new MemorySpill(),
          });
        },
      ),
      { numRuns: 40, seed: 12 },
    );
    expect(Turns.parts).toBeGreaterThan(parts + 20);
  });

  test('on random tables beside a reference', async () => {
    await fc.assert(
      fc.asyncProperty(table, table, async (before, now) => {
        const { profiled } = await oracle([sourceOf('r.parquet', before)], {});
        await agree([sourceOf('a.parquet', now)], { reference: profiled.profile });
      }),
      { numRuns: 30, seed: 8 },
    );
  });
});

async function findingsOfRows(
  sources: readonly ByteSource[],
  options: IntegrityOptions,
): Promise<IntegrityFindings> {
  const rows = createIntegrity(options);
  const profiler = createProfiler();
  for await (const batch of readTables(sources, { onFault: () => {} })) {
    rows.add(batch);
    profiler.add(batch);
  }
  return rows.finish(profiler.finish().profile, undefined);
}

test('rows are the same whatever their values are stored as', async () => {
  const integrity: IntegrityOptions = { maxLocations: 50, samples: 'show', now: new Date(0) };
  await fc.assert(
    fc.asyncProperty(tableOf(['a', 'b', 'c']), fc.boolean(), async (bytes, textsFirst) => {
      const columns: WrittenColumn[] = [];
      for await (const batch of readTables([sourceOf('a.parquet', bytes)], { onFault: () => {} })) {
        for (const [field, name] of batch.columns.entries()) {
          const values = batch.rows.map((row) =>
            row[field] === null ? null : Buffer.from(String(row[field])),
          );
          const before = columns[field]?.values ?? [];
          columns[field] = { name, type: 'BYTE_ARRAY', converted: 0, values: [...before, ...values] };
        }
      }
      const rows = columns[0]?.values.length ?? 0;
      const files = [bytes, parquetOf(columns, 10, 4)];
      const sources = (textsFirst ? files.reverse() : files).map((file, i) => sourceOf(`${i}.parquet`, file));
      const found = await scanTables(sources, { maxLocations: 50, samples: 'show', integrity });
      expect(found.integrity?.rows.duplicates.count).toBeGreaterThanOrEqual(rows);
      if (found.integrity === undefined) return;
      expect(await integrityFindings(found.integrity, integrity, found.profiled.profile)).toEqual(
        await findingsOfRows(sources, integrity),
      );
    }),
    { numRuns: 60, seed: 13 },
  );
});

describe('in worker threads', () => {
  const rows = Array.from({ length: 120 }, (_value, i) => i);
  const columns: WrittenColumn[] = [
    { name: 'n', type: 'INT32', dictionary: true, values: rows.map((i) => (i % 50 === 0 ? null : i % 90)) },
    {
      name: 't',
      type: 'BYTE_ARRAY',
      converted: 0,
      gzip: true,
      values: rows.map((i) => Buffer.from(`é ${i}`)),
    },
  ];
  const bytes = parquetOf(columns, 10, 4);

  async function withThreads(
    file: Buffer,
    work: (source: ByteSource, threads: WorkerThreads) => Promise<void>,
  ): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'scan-'));
    try {
      const path = join(folder, 'a.parquet');
      await writeFile(path, file);
      const spill = async () => join(folder, 'spill');
      const threads = new WorkerThreads({ count: 3, workingDirectory: '/', folder: spill, least: 1 });
      await work(sourceOf(path, file), threads);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('a file is what it is in one thread, with keys on disk', () =>
    withThreads(bytes, async (source, threads) => {
      const given = { contract: CONTRACT, key: ['n'] };
      await agree([source], given, { threads, memory: 1000, spill: new MemorySpill() });
    }));

  test('a damaged page is told as in one thread', async () => {
    const damaged = Buffer.from(bytes);
    // In the last row group, and in one before it.
    const last = damaged.lastIndexOf(Buffer.of(0x1f, 0x8b));
    const earlier = damaged.indexOf(Buffer.of(0x1f, 0x8b), Math.floor(0.5 * last));
    for (const at of [last, earlier]) damaged.fill(0xff, at, at + 10);
    const options = { maxLocations: 3, samples: 'hide' } as const;
    await withThreads(damaged, async (source, threads) => {
      const alone = await scanTables([source], options).catch((error: UserError) => error);
      if (!(alone instanceof UserError)) throw new Error('the damage was not seen');
      expect(alone.message).toMatch(/row group [4567], column "t" is damaged/);
      const apart = await scanTables([source], { ...options, threads }).catch(String);
      // Jest's errors of Node's own are of another realm, and are told with their names.
      expect(apart).toBe(String(alone).replace('(Error: ', '('));
    });
  });
});

/** Rows have integers beyond 2^53 as texts. */
function untyped({ checks, measures }: IntegrityFindings) {
  return {
    checks: checks.filter(({ id }) => id !== 'integrity.types' && id !== 'integrity.nulls'),
    measures,
  };
}

test('what is found of rows and texts is what rows show, also in parts', async () => {
  const options = { ignored: ['b'], samples: 'show', maxLocations: 3, now: new Date(0) } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(tableOf(['id', 'a', 'b', 'y', 'at']), { minLength: 1, maxLength: 2 }),
      fc.constantFrom<Pick<IntegrityOptions, 'key' | 'label' | 'timestamp'>>(
        {},
        { key: ['id'], label: 'y' },
        { key: ['id', 'a'], label: 'a', timestamp: 'at' },
      ),
      fc.constantFrom(1, 2, 4),
      fc.constantFrom(1, 1e6),
      async (files, asked, count, memory) => {
        const sources = files.map((bytes, i) => sourceOf(`${i}.parquet`, bytes));
        const expected = await findingsOfRows(sources, { ...options, ...asked });
        const integrity = { ...options, ...asked };
        const threads = new OfFiles(files.map((bytes) => new Turns(count, bytes)));
        const found = await scanTables(sources, {
          ...{ ...integrity, integrity, key: [], memory },
          ...{ threads, spill: new MemorySpill() },
        });
        if (found.integrity === undefined) throw new Error('nothing was gathered');
        const findings = await integrityFindings(found.integrity, integrity, found.profiled.profile);
        expect(untyped(findings)).toEqual(untyped(expected));
      },
    ),
    { numRuns: 60, seed: 9 },
  );
});

describe('NaN is a null', () => {
  const { NaN: nan } = Number;
  const half = (bits: number): Buffer => Buffer.of(bits & 255, bits >> 8);
  const KINDS_OF_FLOATS: readonly [
    string,
    Pick<WrittenColumn, 'type' | 'typeLength' | 'float16' | 'values'>,
  ][] = [
    ['double', { type: 'DOUBLE', values: [1, nan, null, 1, Infinity, nan, 2, nan, nan] }],
    ['float', { type: 'FLOAT', values: [1, nan, null, 1, Infinity, nan, 2, nan, nan] }],
    [
      'half',
      {
        ...{ type: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2, float16: true },
        values: [0x3c00, 0x7e00, null, 0x3c00, 0x7c00, 0xfe00, 0x4000, 0x7c01, 0x7e00].map((bits) =>
          bits === null ? null : half(bits),
        ),
      },
    ],
  ];
  const layouts = [{}, { dictionary: true }, { dictionary: true, fallback: true, v2: true }, { v2: true }];

  test.each(KINDS_OF_FLOATS)('of a %s, in pages and dictionaries', async (_name, kind) => {
    for (const flags of layouts) {
      for (const pageRows of [2, 3, 100]) {
        const source = sourceOf('a.parquet', parquetOf([{ ...kind, ...flags, name: 'x' }], 100, pageRows));
        const cells: Cell[] = [];
        for await (const { rows } of readTables([source])) cells.push(...rows.flat());
        expect(cells).toEqual([1, null, null, 1, 'Infinity', null, 2, null, null]);
        const { profiled } = await scanTables([source], { maxLocations: 3, samples: 'show' });
        expect(profiled.profile.columns[0]).toMatchObject({ name: 'x', type: 'number', count: 3, nulls: 6 });
        await agree([source], { key: ['x'] });
      }
    }
  });

  test('and a column of numbers stays one; without any value it has no type', async () => {
    const columns: WrittenColumn[] = [
      { name: 'x', type: 'DOUBLE', required: true, values: [1, 2.5, nan, 4] },
      { name: 'none', type: 'FLOAT', required: true, dictionary: true, values: [nan, nan, nan, nan] },
    ];
    const source = sourceOf('a.parquet', parquetOf(columns, 10, 10));
    const { profiled } = await scanTables([source], { maxLocations: 3, samples: 'show' });
    expect(profiled.profile.columns).toMatchObject([
      { name: 'x', type: 'number', nulls: 1 },
      { name: 'none', type: 'empty', nulls: 4 },
    ]);
    await agree([source], {});
  });
});

test('rows without a column are a fault, however many are claimed', async () => {
  const source = sourceOf('a.parquet', parquetOf([], 2 ** 52, 10, 2 ** 52));
  const message = `a.parquet: the Parquet file counts ${2 ** 52} rows and has no columns`;
  await expect(scanTables([source], { maxLocations: 3, samples: 'hide' })).rejects.toThrow(message);
  await expect(oracle([source], {})).rejects.toThrow(message);
});

test('blocks hold the texts of the cells that rows have', async () => {
  const decimal = fc.tuple(fc.maxSafeInteger(), fc.nat(12)).map(([digits, places]) => digits / 10 ** places);
  const number = fc.oneof(
    fc.double(),
    decimal,
    fc.integer().map((n) => n / 1000),
    fc.constantFrom(-0, 1e-7, 1e21, 5e-324),
  );
  const time = fc.bigInt({ min: -(2n ** 57n), max: 2n ** 57n });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(number, time, fc.integer()), { minLength: 1, maxLength: 20 }),
      fc.constantFrom(1n, 1000n, 1_000_000n),
      fc.boolean(),
      async (rows, unit, dictionary) => {
        const times = rows.map(([, time]) => (time / unit) * unit);
        const flags = { dictionary, required: true };
        const columns: WrittenColumn[] = [
          { ...flags, name: 'a', type: 'DOUBLE', values: rows.map(([value]) => value) },
          { ...flags, name: 'b', type: 'INT64', timestamp: { utc: true, unit: 2 }, values: times },
          { ...flags, name: 'c', type: 'INT64', timestamp: { utc: false, unit: 3 }, values: times },
          { ...flags, name: 'd', type: 'INT64', converted: 9, values: times.map((time) => time / 1000n) },
          {
            ...flags,
            name: 'e',
            type: 'INT32',
            converted: 6,
            values: rows.map(([, , day]) => day % 3_000_000),
          },
        ];
        const source = sourceOf('a.parquet', parquetOf(columns, 7, 3));
        const expected: Cell[] = [];
        for await (const batch of readTables([source])) expected.push(...batch.rows.flat());
        const found: (string | null)[] = [];
        for await (const block of (await parquetBlocks(source)).blocks) {
          const { bytes, starts, ends, rows: count, width } = block;
          for (let i = 0; i < count * width; i++)
            found.push(starts[i]! < 0 ? null : bytes.toString('utf8', starts[i], ends[i]));
        }
        expect(found).toEqual(expected.map((cell) => (cell === null ? null : String(cell))));
      },
    ),
    { numRuns: 100, seed: 10 },
  );
});

test('whatever bytes are changed, a file is refused, or gives what its rows give', async () => {
  let seed = 11;
  const below = (n: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  const refused = (error: unknown): undefined => {
    expect(error).toBeInstanceOf(UserError);
    return undefined;
  };
  const ends = { both: 0, byBytes: 0, byRows: 0, none: 0 };
  for (const name of NAMES) {
    for (let round = 0; round < 6; round++) {
      const bytes = readFileSync(join(FOLDER, `${name}.parquet`));
      for (let i = below(3); i >= 0; i--) bytes[below(bytes.length)] = below(256);
      const source = sourceOf('a.parquet', bytes);
      const options = { contract: OF_FIXTURES, maxLocations: 3, samples: 'show' } as const;
      const found = await scanTables([source], options).catch(refused);
      const expected = await oracle([source], options).catch(refused);
      // Members of one struct may be told to be null by one another.
      if (found !== undefined && expected !== undefined && !name.startsWith('nested'))
        await agree([source], options);
      ends[found ? (expected ? 'none' : 'byRows') : expected ? 'byBytes' : 'both']++;
    }
  }
  expect(ends.both).toBeGreaterThan(25);
  expect(ends.none).toBeGreaterThan(12);
  // A page that is not there for the rows of one may be there for the other.
  expect(ends.byBytes + ends.byRows).toBeLessThan(5);
});
