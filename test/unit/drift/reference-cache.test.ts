import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { profileByCache } from '../../../shared/drift/reference-cache.ts';
import type { Cache } from '../../../shared/ports/ports.ts';
import type { Profile } from '../../../shared/profile/profile.ts';
import { profileTable } from '../../../shared/profile/profiler.ts';
import { readTables } from '../../../shared/table/table.ts';
import { MemoryFiles } from '../../support/memory.ts';

/** A cache that hands out what was put, and counts. */
class MemoryCache implements Cache {
  readonly entries = new Map<string, Uint8Array>();
  gets = 0;

  async get(key: string) {
    this.gets++;
    return this.entries.get(key);
  }

  async put(key: string, bytes: Uint8Array) {
    this.entries.set(key, bytes);
  }
}

const LARGE = 5_000_000;

/** Asks for the profile of one file, as if it were large; tells whether it was profiled, and what the log says. */
async function ask(
  text: string,
  cache: Cache | undefined,
  { path = 'train.csv', size = LARGE, change = (profile: Profile) => profile, meanwhile = text } = {},
) {
  const files = new MemoryFiles({ [path]: text });
  const { digest, files: listed } = await files.bundle([path]);
  const bundle = { digest, files: listed.map((file) => ({ ...file, size })) };
  const lines: string[] = [];
  let profiled = 0;
  const profile = await profileByCache(
    [path],
    bundle,
    { files, cache, log: { info: (line) => lines.push(line) } },
    async () => {
      profiled++;
      files.contents.set(path, meanwhile);
      const made = await profileTable(readTables([files.source(path)]));
      return change({ ...made.profile, digest });
    },
  );
  return { profile, profiled, lines };
}

const SHORT = 'city,temp\nBern,1.5\nBasel,-2\n';

test('a profile is made once, and then is the same to the bit', async () => {
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map(String),
    fc.stringMatching(/^[A-Za-zé漢 -]{0,6}$/),
    fc.constantFrom('', 'true', '2026-01-01', '2026-01-01T10:00:00Z', '-0', '1e-310', '__proto__'),
    fc.integer().map(String),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 40 }),
    );
  await fc.assert(
    fc.asyncProperty(table, async (rows) => {
      const header = rows[0]?.map((_, i) => (i === 1 ? '__proto__' : `c${i}`)).join(',');
      const text = `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;
      const cache = new MemoryCache();
      const without = await ask(text, undefined);
      const miss = await ask(text, cache);
      const hit = await ask(text, cache);
      expect(isDeepStrictEqual(miss.profile, without.profile)).toBe(true);
      expect(isDeepStrictEqual(hit.profile, without.profile)).toBe(true);
      expect([without.profiled, miss.profiled]).toEqual([1, 1]);
      // Only what could not be read back as it was is profiled again.
      expect(hit.profiled).toBe(cache.entries.size === 1 ? 0 : 1);
    }),
    { numRuns: 150, seed: 7 },
  );
});

test('a hit asks for no profile, and says so', async () => {
  const cache = new MemoryCache();
  expect((await ask(SHORT, cache)).lines).toEqual(['The profile of the reference was put into the cache.']);
  const hit = await ask(SHORT, cache);
  expect(hit).toMatchObject({ profiled: 0, lines: ['The profile of the reference was in the cache.'] });
});

test('small data do not ask the cache', async () => {
  const cache = new MemoryCache();
  await ask(SHORT, cache, { size: 1000 });
  expect([cache.gets, cache.entries.size]).toEqual([0, 0]);
});

test('other data, other paths and other formats have entries of their own', async () => {
  const cache = new MemoryCache();
  await ask(SHORT, cache);
  expect((await ask(`${SHORT}Genf,1\n`, cache)).profiled).toBe(1);
  expect((await ask(SHORT, cache, { path: 'year=2024/train.csv' })).profiled).toBe(1);
  expect(cache.entries.size).toBe(3);
});

test('an entry holds no value that can be read without the data', async () => {
  const cache = new MemoryCache();
  await ask(SHORT, cache);
  const [[name, bytes] = ['', new Uint8Array()]] = [...cache.entries];
  expect(name).toMatch(/^ml-loop-profile-[0-9a-f]{64}-[0-9a-f]{32}$/);
  expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/Bern|city/);
});

test.each([
  ['nothing', () => new Uint8Array()],
  ['garbage', () => new Uint8Array(500).fill(7)],
  ['a changed bit', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 60 ? byte ^ 1 : byte))],
  ['a part', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
] as const)('%s in an entry’s place is put aside', async (_, spoil) => {
  const cache = new MemoryCache();
  const first = await ask(SHORT, cache);
  const [[name, bytes] = ['', new Uint8Array()]] = [...cache.entries];
  cache.entries.set(name, spoil(bytes));
  const second = await ask(SHORT, cache);
  expect(second.profiled).toBe(1);
  expect(isDeepStrictEqual(second.profile, first.profile)).toBe(true);
  expect(second.lines).toEqual([
    'The reference is profiled again, because the cache does not hold its profile.',
  ]);
});

test('the entry of other data is put aside, also under this name', async () => {
  const cache = new MemoryCache();
  await ask(SHORT, cache);
  const [name = ''] = [...cache.entries.keys()];
  const others = new MemoryCache();
  await ask('city,temp\nGenf,3\n', others);
  for (const bytes of others.entries.values()) cache.entries.set(name, bytes);
  expect((await ask(SHORT, cache)).profiled).toBe(1);
});

test('a profile that is wrong, or of another digest, is not kept', async () => {
  const cache = new MemoryCache();
  for (const change of [
    (profile: Profile): Profile => ({ ...profile, rows: profile.rows + 1 }),
    (profile: Profile): Profile => ({ ...profile, digest: `sha256:${'0'.repeat(64)}` }),
    (profile: Profile): Profile => ({ ...profile, rows: Number.NaN }),
  ]) {
    const { lines } = await ask(SHORT, cache, { change });
    expect(lines).toEqual([expect.stringMatching(/not put into the cache/)]);
  }
  expect(cache.entries.size).toBe(0);
});

test('the profile of files that change while they are read is not kept', async () => {
  const cache = new MemoryCache();
  const { lines } = await ask(SHORT, cache, { meanwhile: 'city,temp\nGenf,3\n' });
  expect(lines).toEqual([expect.stringMatching(/changed while they were read/)]);
  expect(cache.entries.size).toBe(0);
});

test('a cache that fails changes nothing, and one that cannot be read is not written', async () => {
  const failing: Cache = {
    get: () => Promise.reject(new Error('403')),
    put: () => Promise.reject(new Error('asked')),
  };
  const { profile, lines } = await ask(SHORT, failing);
  expect(profile).toEqual((await ask(SHORT, undefined)).profile);
  expect(lines).toEqual(['The reference is profiled again, because the cache could not be read: 403']);
  const readOnly: Cache = { ...failing, get: async () => undefined };
  expect((await ask(SHORT, readOnly)).lines).toEqual([
    'The profile of the reference was not put into the cache: asked',
  ]);
});
