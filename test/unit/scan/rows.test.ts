import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Memory } from '../../../shared/keys/memory.ts';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { createProfiler } from '../../../shared/profile/profiler.ts';
import { readTables } from '../../../shared/read/tables.ts';
import { type ScanOptions, scanTables } from '../../../shared/scan/scan.ts';
import {
  createIntegrity,
  type IntegrityFindings,
  type IntegrityOptions,
  integrityFindings,
} from '../../oracle/integrity.ts';
import { sourceOf } from '../read/sources.ts';
import { MemorySpill, Turns } from './oracle.ts';

const NOW = new Date('2026-02-01T00:00:00Z');
const SILENT = { onFault: () => {} };

async function profileOf(sources: readonly ByteSource[]) {
  const profiler = createProfiler();
  for await (const batch of readTables(sources, SILENT)) profiler.add(batch);
  return profiler.finish().profile;
}

/** What rows, read one by one, are found to be. */
async function byRows(
  sources: readonly ByteSource[],
  options: IntegrityOptions,
  reference: readonly ByteSource[],
): Promise<IntegrityFindings> {
  const integrity = createIntegrity(options);
  for await (const batch of readTables(sources, SILENT)) integrity.add(batch);
  for await (const batch of readTables(reference, SILENT)) integrity.addReference(batch);
  return integrity.finish(
    await profileOf(sources),
    reference.length === 0 ? undefined : await profileOf(reference),
  );
}

async function byBytes(
  sources: readonly ByteSource[],
  options: IntegrityOptions,
  reference: readonly ByteSource[],
  how: Partial<ScanOptions>,
): Promise<IntegrityFindings> {
  const { integrity, profiled } = await scanTables(sources, {
    ...{ maxLocations: options.maxLocations, samples: options.samples, integrity: options },
    ...(reference.length === 0 ? {} : { referenceRows: reference }),
    spill: new MemorySpill(),
    ...how,
  });
  if (integrity === undefined) throw new Error('nothing was gathered');
  const beside = reference.length === 0 ? undefined : await profileOf(reference);
  return integrityFindings(integrity, options, profiled.profile, beside);
}

interface Asked {
  readonly key: readonly string[];
  readonly label: string | undefined;
  readonly timestamp: string | undefined;
  readonly disjoint: boolean;
  readonly maxLocations: number;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  key: fc.constantFrom([], ['id'], ['id', 'a'], ['absent']),
  label: fc.constantFrom(undefined, 'y', 'absent'),
  timestamp: fc.constantFrom(undefined, 'at'),
  disjoint: fc.boolean(),
  maxLocations: fc.constantFrom(0, 1, 4, 20),
});

async function agree(
  sources: readonly ByteSource[],
  { disjoint, ...rest }: Asked,
  reference: readonly ByteSource[],
  how: Partial<ScanOptions>,
): Promise<void> {
  const known = disjoint ? reference : [];
  const options: IntegrityOptions = {
    ...rest,
    ...{ disjoint, ignored: ['b'], samples: 'show', now: NOW },
    referenceColumns: disjoint ? (await profileOf(known)).columns.map(({ name }) => name) : undefined,
  };
  const expected = await byRows(sources, options, known);
  expect(await byBytes(sources, options, known, how)).toEqual(expected);
  const spilled = { ...options, memory: new Memory({ bytes: how.memory ?? 1, spill: new MemorySpill() }) };
  expect(await byRows(sources, spilled, known)).toEqual(expected);
}

const NAMES = ['id', 'a', 'b', 'y', 'at'];
const field = fc.constantFrom(
  ...['', '', '1', '1', '2', '1.0', '01', ' 1', 'x', 'X', 'x ', '"x"', '""', '"l\nm"', '"x""y"', '"x,1"'],
  ...[
    'NA',
    'n/a',
    ' NaN ',
    '\u00a0na',
    'true',
    'True',
    '-',
    '1-2',
    '2026-01-01',
    '2027-01-01',
    '2026-99-99',
    'é',
  ],
);
const LONG = fc.integer({ min: 0, max: 30 }).map(String);
/** Rows that repeat others except their quotes, and sometimes a first column that rises. */
const csv = fc
  .record({
    names: fc.shuffledSubarray(NAMES, { minLength: 1 }),
    pool: fc.array(fc.array(fc.oneof(field, field, LONG), { minLength: 5, maxLength: 5 }), {
      minLength: 1,
      maxLength: 12,
    }),
    picks: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 31 })), { maxLength: 30 }),
    delimiter: fc.constantFrom(',', ';'),
    rises: fc.constantFrom(false, false, true),
  })
  .map(({ names, pool, picks, delimiter, rises }) => {
    const rows = picks.map(([pick, quotes], index) => {
      const row = (pool[pick % pool.length] ?? []).slice(0, names.length);
      const spelled = row.map((cell, i) =>
        (quotes >> i) % 2 === 1 && cell !== '' && !cell.startsWith('"') ? `"${cell}"` : cell,
      );
      return rises ? [String(index / 4), ...spelled.slice(1)] : spelled;
    });
    return `${[names, ...rows].map((row) => row.join(delimiter)).join('\n')}\n`;
  });
const member = fc.constantFrom(
  ...['1', '1.0', '"1"', 'null', 'true', '"so"', '[1, 2]', '[1,2]', '"\\u0031"', '"NA"', '1e0', '1e999'],
  ...['"2026-01-01"', '"x"', '"X"', '""', '"Infinity"', '2', '3', '4'],
);
const json = fc
  .record({
    pool: fc.array(fc.tuple(fc.shuffledSubarray(NAMES), fc.array(member, { minLength: 5, maxLength: 5 })), {
      minLength: 1,
      maxLength: 12,
    }),
    picks: fc.array(fc.nat(), { maxLength: 30 }),
    rises: fc.constantFrom(false, true),
  })
  .map(({ pool, picks, rises }) =>
    picks
      .map((pick, index) => {
        const [names, values] = pool[pick % pool.length] ?? [[], []];
        // Rows that are read as objects do not say that the label is written as a real number.
        const members = names.map(
          (name, i) => `"${name}":${name === 'y' ? values[i]?.replace(/^1[.e]0$/, '1') : values[i]}`,
        );
        return `{${[...(rises ? [`"n":${index / 4}`] : []), ...members].join(',')}}\n`;
      })
      .join(''),
  );
const memory = fc.constantFrom(1, 300, 1e6);

describe.each([
  ['csv', csv],
  ['jsonl', json],
])('what the bytes of %s show is what rows show', (ending, table) => {
  test('in several files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 3 }),
        fc.oneof(csv, json),
        asked,
        memory,
        fc.integer({ min: 1, max: 40 }),
        async (texts, reference, what, room, chunk) => {
          const sources = texts.map((text, i) => sourceOf(`${i}.${ending}`, text, chunk));
          const other = sourceOf(`reference.${reference.startsWith('{') ? 'jsonl' : 'csv'}`, reference);
          await agree(sources, what, [other], { memory: room });
        },
      ),
      { numRuns: 40, seed: 4 },
    );
  });

  test('in parts of a file', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        table,
        asked,
        memory,
        fc.integer({ min: 2, max: 5 }),
        async (text, before, what, room, count) => {
          const threads = new Turns(count, text);
          await agree([sourceOf(`a.${ending}`, text)], what, [sourceOf(`b.${ending}`, before)], {
            memory: room,
            threads,
          });
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });
});

test('a column rises as long as each value is a number larger than the one before, also between parts', async () => {
  let rising = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 18, max: 40 }),
      fc.constantFrom('x', '0', '17', '2026-01-01', '1e3', undefined),
      fc.nat(),
      fc.integer({ min: 2, max: 6 }),
      async (rows, odd, at, count) => {
        const values = Array.from({ length: rows }, (_value, i) => String(i * 3 - 20));
        if (odd !== undefined) values[at % rows] = odd;
        const text = `n\n${values.join('\n')}\n`;
        const what = { key: [], label: undefined, timestamp: undefined, disjoint: false, maxLocations: 3 };
        await agree([sourceOf('a.csv', text)], what, [], { threads: new Turns(count, text) });
        const options: IntegrityOptions = { ...what, samples: 'hide', now: NOW };
        if ('rises-with-rows' in (await byBytes([sourceOf('a.csv', text)], options, [], {})).measures)
          rising++;
      },
    ),
    { numRuns: 25, seed: 6 },
  );
  expect(rising).toBeGreaterThan(2);
  expect(rising).toBeLessThan(22);
});

test('the data are read again only if there is something to tell', async () => {
  let opened = 0;
  const of = (text: string): ByteSource => ({
    name: 'a.csv',
    open: () => {
      opened++;
      return sourceOf('a.csv', text).open();
    },
  });
  const integrity: IntegrityOptions = { maxLocations: 3, samples: 'hide', now: NOW };
  const options = { maxLocations: 3, samples: 'hide', integrity } as const;
  const rows = Array.from({ length: 5000 }, (_value, i) => `${i},${i % 7},NA`).join('\n');
  await scanTables([of(`a,b,y\n${rows}\n`)], options);
  expect(opened).toBe(1);
  await scanTables([of(`a,b,y\n${rows}\n0,0,NA\n`)], options);
  expect(opened).toBe(3);
});
