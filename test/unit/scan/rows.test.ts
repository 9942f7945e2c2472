import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Source } from '../../../shared/ports/ports.ts';
import type { RowFindings } from '../../../shared/scan/row-findings.ts';
import { scanTables } from '../../../shared/scan/scan.ts';
import { readTables } from '../../../shared/table/table.ts';
import type { Location } from '../../../shared/verdict/verdict.ts';
import { sourceOf } from '../table/sources.ts';
import { MemorySpill, Turns } from './oracle.ts';

const MOST = 4;
const IGNORED = ['id'];
const isMissing = (label: string) => label === 'NA';

/** What comparing rows as objects finds. */
async function expected(sources: readonly Source[], label: string | undefined): Promise<RowFindings> {
  const seen = new Set<string>();
  const firsts = new Map<string, { label: string; at: Location; shown: boolean }>();
  const duplicates: Location[] = [];
  const conflicts: Location[] = [];
  const unlabelled: Location[] = [];
  let [count, labelled] = [0, 0];
  for await (const { file, columns, rows, lines } of readTables(sources, { onFault: () => {} })) {
    rows.forEach((row, index) => {
      const at = { file, line: lines[index] ?? 0 };
      const cells = columns
        .map((name, i) => [name, row[i] ?? null] as const)
        .filter(([, cell]) => cell !== null)
        .map(([name, cell]) => [name, String(cell)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const text = JSON.stringify(cells);
      if (seen.has(text)) duplicates.push(at);
      seen.add(text);
      if (label === undefined) return;
      const own = cells.find(([name]) => name === label)?.[1];
      if (own === undefined || isMissing(own)) {
        unlabelled.push(at);
        return;
      }
      const features = cells.filter(([name]) => name !== label && !IGNORED.includes(name));
      if (features.length === 0) return;
      labelled++;
      const known = firsts.get(JSON.stringify(features));
      if (known === undefined) firsts.set(JSON.stringify(features), { label: own, at, shown: false });
      else if (known.label !== own) {
        count++;
        const pair = known.shown ? [at] : [known.at, at];
        if (conflicts.length + pair.length <= MOST) {
          known.shown = true;
          conflicts.push(...pair);
        }
      }
    });
  }
  return {
    duplicates: { count: duplicates.length, locations: duplicates.slice(0, MOST) },
    ...(label === undefined
      ? {}
      : {
          conflicts: {
            ...{ count, locations: conflicts, labelled },
            ...{ unlabelled: unlabelled.length, unlabelledLocations: unlabelled.slice(0, MOST) },
          },
        }),
  };
}

const NAMES = ['id', 'a', 'b', 'y'];
const cell = fc.constantFrom('', '', '1', '1', '2', 'x', '"x"', '"l\nm"', 'NA');
const csv = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 1 }),
    fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 20 }),
  )
  .map(
    ([names, rows]) => `${[names, ...rows].map((row) => row.slice(0, names.length).join(',')).join('\n')}\n`,
  );
const member = fc.constantFrom(
  '1',
  '1.0',
  '"1"',
  'null',
  'true',
  '"true"',
  '[1, 2]',
  '[1,2]',
  '"\\u0031"',
  '"NA"',
  '1e0',
);
const json = fc
  .array(fc.tuple(fc.shuffledSubarray(NAMES), fc.array(member, { minLength: 4, maxLength: 4 })), {
    maxLength: 20,
  })
  .map((rows) =>
    rows
      .map(([names, values]) => `{${names.map((name, i) => `"${name}":${values[i]}`).join(',')}}\n`)
      .join(''),
  );
const label = fc.constantFrom('y', undefined, 'absent');
const memory = fc.constantFrom(1, 300, 1e6);

async function agree(sources: readonly Source[], own: string | undefined, how: object): Promise<void> {
  const compare = { label: own, ignored: IGNORED, isMissing };
  const options = { maxLocations: MOST, samples: 'hide', compare, spill: new MemorySpill(), ...how } as const;
  expect((await scanTables(sources, options)).rows).toEqual(await expected(sources, own));
}

describe.each([
  ['csv', csv],
  ['jsonl', json],
])('repeated and conflicting rows of %s are those that comparing all rows finds', (ending, table) => {
  test('in several files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 3 }),
        label,
        memory,
        fc.integer({ min: 1, max: 40 }),
        async (texts, own, room, chunk) => {
          const sources = texts.map((text, i) => sourceOf(`${i}.${ending}`, text, chunk));
          await agree(sources, own, { memory: room });
        },
      ),
      { numRuns: 150, seed: 4 },
    );
  });

  test('in parts of a file', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        label,
        memory,
        fc.integer({ min: 2, max: 5 }),
        async (text, own, room, count) => {
          const threads = new Turns(count, text);
          await agree([sourceOf(`a.${ending}`, text)], own, { memory: room, threads });
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });
});

test('the sources are read again only where hashes are equal', async () => {
  let opened = 0;
  const of = (text: string): Source => ({
    name: 'a.csv',
    open: () => {
      opened++;
      return sourceOf('a.csv', text).open();
    },
  });
  const options = { maxLocations: 3, samples: 'hide', compare: { label: 'y' } } as const;
  const rows = Array.from({ length: 5000 }, (_value, i) => `${i},${i % 7},${i % 2}`).join('\n');
  await scanTables([of(`a,b,y\n${rows}\n`)], options);
  expect(opened).toBe(1);
  await scanTables([of(`a,b,y\n${rows}\n0,0,1\n`)], options);
  expect(opened).toBe(3);
});
