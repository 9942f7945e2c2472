import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { repeatedHashes, sharedHashes } from '../../../shared/keys/equal-hashes.ts';
import { First } from '../../../shared/keys/first.ts';
import { hash64, upper, viewOf } from '../../../shared/keys/hash.ts';
import { HashLog, type HashPart } from '../../../shared/keys/hash-log.ts';
import { KeyLog, type KeyPart, recordAt, visitRecords } from '../../../shared/keys/key-log.ts';
import { Memory, PARTITIONS } from '../../../shared/keys/memory.ts';
import { RowSet } from '../../../shared/keys/row-set.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { MemorySpill } from '../scan/oracle.ts';

const random = randomFrom(7);
const memoryOf = (bytes: number) => new Memory({ bytes, spill: new MemorySpill() });

describe('keys of rows', () => {
  const keyed = fc.record({
    key: fc.string({ unit: 'binary', maxLength: 3 }),
    rest: fc.string({ maxLength: 2 }),
  });

  interface Read {
    readonly row: number;
    readonly line: number;
    readonly file: number;
    readonly key: string;
    readonly rest: string;
    readonly first: number;
  }

  /** The rows in their order, each with the first one that has its key. */
  function read(parts: readonly KeyPart[]): Read[] {
    const found: Read[] = [];
    const room = { bytes: Buffer.alloc(0) };
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const rows: number[] = [];
      visitRecords(parts, partition, room, (at, own, first, part) => {
        const { row, line, file, start, end, restEnd } = recordAt(room.bytes, at, part);
        expect(own).toBe(rows.push(row) - 1);
        const key = room.bytes.toString('latin1', start, end);
        const rest = room.bytes.toString('utf8', end, restEnd);
        found.push({ row, line, file, key, rest, first: rows[first] ?? -1 });
      });
    }
    return found.sort((a, b) => a.row - b.row);
  }

  test('are grouped as a map groups them, in whatever parts they were read and however little memory there is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(keyed, { maxLength: 30 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 200, 1e6),
        (given, bytes) => {
          const firsts = new Map<string, number>();
          const expected: Read[] = [];
          const parts: KeyPart[] = [];
          let before = 0;
          for (const [file, rows] of given.entries()) {
            const memory = memoryOf(bytes);
            // Another log of the same memory takes other partitions.
            const log = [new KeyLog(memory), new KeyLog(memory)][file % 2]!;
            rows.forEach(({ key, rest }, row) => {
              const own = Buffer.from(`-${key}`);
              log.append(own, 1, own.length, { row, line: row + 2, file: 70_000 + file }, Buffer.from(rest));
              const text = own.toString('latin1', 1);
              const first = firsts.get(text) ?? before + row;
              firsts.set(text, first);
              const place = { row: before + row, line: row + 2 + 10 * file, file: 70_000 + file };
              expected.push({ ...place, key: text, rest, first });
            });
            parts.push({ log: log.state, spill: memory.spill, before, linesBefore: 10 * file });
            before += rows.length;
          }
          expect(read(parts)).toEqual(expected);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test('rows beyond 2^32 and long keys', () => {
    const memory = memoryOf(1e6);
    const log = new KeyLog(memory);
    const long = Buffer.alloc(100_000, 'x');
    const rows = [5, 2 ** 32 + 1, 2 ** 40 + 3];
    for (const row of rows) log.append(long, 0, long.length, { row, line: 2 ** 31 + 5, file: 0 });
    const found = read([{ log: log.state, spill: memory.spill, before: 0, linesBefore: 0 }]);
    expect(found.map(({ row, line, first }) => [row, line, first])).toEqual(
      rows.map((row) => [row, 2 ** 31 + 5, 5]),
    );
  });
});

describe('hashes of rows', () => {
  /** Few values of both words, so that all kinds of agreement occur; 0 and 0 for a row that is not compared. */
  const hashes = (rows: number) =>
    Array.from({ length: rows }, () =>
      [random.below(40) * 2654435761, (random.below(60) << 26) | random.below(2)].map((word) => word | 0),
    );

  function partsOf(all: readonly (readonly number[])[], cuts: readonly number[], bytes: number): HashPart[] {
    const parts: HashPart[] = [];
    let before = 0;
    for (const end of [...cuts, all.length]) {
      const memory = memoryOf(bytes);
      const log = [new HashLog(memory), new HashLog(memory)][1]!;
      for (const [low = 0, high = 0] of all.slice(before, end)) log.add(low, high, low !== 0 || high !== 0);
      parts.push({ log: log.state, spill: memory.spill, before });
      before = end;
    }
    return parts;
  }

  const listed = (set: RowSet, rows: number) =>
    Array.from({ length: rows }, (_v, row) => row).filter((row) => set.has(row));

  test.each([1, 5000, 1e9])('that others have are found, with %i bytes of memory', (bytes) => {
    for (const cuts of [[], [700], [10, 1500]]) {
      const all = hashes(2000);
      const counts = new Map<string, number>();
      for (const hash of all) counts.set(String(hash), (counts.get(String(hash)) ?? 0) + 1);
      const compared = (hash: readonly number[]) => hash[0] !== 0 || hash[1] !== 0;
      const expected = all.flatMap((hash, row) =>
        compared(hash) && counts.get(String(hash))! > 1 ? [row] : [],
      );
      const found = repeatedHashes(partsOf(all, cuts, bytes));
      expect(listed(found, 2000)).toEqual(expected);
      expect(found.size).toBe(expected.length);
      expect(expected.length).toBeGreaterThan(100);
      expect(expected.length).toBeLessThan(1900);
      const others = hashes(900);
      const known = new Set(others.filter(compared).map(String));
      const shared = sharedHashes(partsOf(all, cuts, bytes), partsOf(others, [400], bytes));
      expect(listed(shared, 2000)).toEqual(
        all.flatMap((hash, row) => (known.has(String(hash)) ? [row] : [])),
      );
    }
  });

  test('a row that is compared is found whatever its hash is', () => {
    const memory = memoryOf(1e6);
    const log = new HashLog(memory);
    log.addAll(new Int32Array(6), 3, 2);
    log.add(0, 0, false);
    expect(listed(repeatedHashes([{ log: log.state, spill: undefined, before: 0 }]), 3)).toEqual([0, 1]);
  });

  test('equal bytes have equal hashes wherever they are, and others have others', () => {
    const of = (text: string, at = 0): string => {
      const bytes = Buffer.from(`${'#'.repeat(at)}${text}`);
      const low = hash64(viewOf(bytes), at, bytes.length, 1, 2);
      return `${low}:${upper}`;
    };
    const seen = new Set<string>();
    const texts = Array.from({ length: 3000 }, (_value, i) => [
      `${i}`,
      `${i},x,2026-01-01`,
      `abc,${i % 200}.${i}`,
    ]).flat();
    for (const text of texts) {
      const hash = of(text);
      expect(of(text, 1 + (seen.size % 7))).toBe(hash);
      seen.add(hash);
    }
    for (let length = 0; length < 40; length++) seen.add(of('a'.repeat(length)));
    expect(seen.size).toBe(texts.length + 40);
  });
});

test('the largest log is spilled, and one that is released is not', () => {
  const spill = new MemorySpill();
  const memory = new Memory({ bytes: 998, spill });
  const [small, large, gone] = [new KeyLog(memory), new KeyLog(memory), new KeyLog(memory)];
  const bytes = Buffer.alloc(300);
  const place = { row: 0, line: 0, file: 0 };
  gone.append(bytes, 0, 300, place);
  memory.release(gone);
  small.append(bytes, 0, 10, place);
  large.append(bytes, 0, 300, place);
  large.append(bytes, 0, 300, place);
  expect([small.held > 0, large.held > 0]).toEqual([true, true]);
  large.append(bytes, 0, 300, place);
  expect([small.held > 0, large.held, memory.full]).toEqual([true, 0, false]);
});

test('without a spill, memory tells that it is full', () => {
  const memory = new Memory({ bytes: 100 });
  const log = new KeyLog(memory);
  expect(memory.full).toBe(false);
  log.append(Buffer.alloc(200), 0, 200, { row: 0, line: 0, file: 0 });
  expect([memory.full, log.held > 0]).toEqual([true, true]);
});

test('a set of rows is a set, and the first of many are the first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 })), fc.integer({ min: 0, max: 5 }), (rows, most) => {
      const [set, first] = [new RowSet(), new First<string>(most)];
      for (const row of rows) {
        set.add(row);
        first.add(row, `row ${row}`);
      }
      expect(set.size).toBe(new Set(rows).size);
      for (const row of [0, 1, 2999, ...rows, 1e6]) expect(set.has(row)).toBe(rows.includes(row));
      expect(first.count).toBe(rows.length);
      expect(first.list).toEqual(
        [...rows]
          .sort((a, b) => a - b)
          .slice(0, most)
          .map((row) => `row ${row}`),
      );
    }),
    { numRuns: 50, seed: 2 },
  );
});
