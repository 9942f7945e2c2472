import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseProfile, printProfile } from '../../../shared/profile/file.ts';
import { mergeProfiles } from '../../../shared/profile/merge.ts';
import { COMMON_COUNT, type ColumnProfile, type Profile } from '../../../shared/profile/profile.ts';
import type { Cell } from '../../../shared/read/batch.ts';
import { onlyColumn, randomOf, tableOf } from './columns.ts';
import { naiveColumn, readNaively } from './naive.ts';

type Samples = 'hide' | 'show';

/** As another run reads what one has written. */
function written(profile: Profile, samples: Samples): Profile {
  return parseProfile(printProfile(profile, samples), 'p.json');
}

async function mergedOf(parts: readonly (readonly Cell[])[], samples: Samples): Promise<ColumnProfile> {
  const profiles = await Promise.all(parts.map(async (cells) => written(await tableOf(cells), samples)));
  return onlyColumn(written(mergeProfiles(profiles), samples));
}

/** The ways to merge parts: all at once, from the left, from the right, in another order, through files or not. */
async function everyWay(parts: readonly (readonly Cell[])[], samples: Samples): Promise<ColumnProfile[]> {
  const profiles = await Promise.all(parts.map(async (cells) => written(await tableOf(cells), samples)));
  const inMemory = await Promise.all(parts.map((cells) => tableOf(cells)));
  const left = profiles.reduce((one, other) => mergeProfiles([one, other]));
  const right = profiles.reduceRight((one, other) => written(mergeProfiles([other, one]), samples));
  const turned = mergeProfiles(profiles.toReversed());
  const all = [mergeProfiles(profiles), left, right, turned];
  return [...all, ...(samples === 'show' ? [mergeProfiles(inMemory)] : [])].map(onlyColumn);
}

/** What the column says that is not true of these cells within the errors that it states. */
function faultsOf(column: ColumnProfile, cells: readonly Cell[]): string[] {
  const whole = naiveColumn('x', cells);
  const { count, cells: own, errors = {}, distinct, lengths, mean, sd } = column;
  const faults: string[] = [];
  const claim = (holds: boolean, what: string) => void (holds || faults.push(what));
  for (const field of ['count', 'nulls', 'type', 'types', 'min', 'max'] as const) {
    const told = column[field];
    if (told !== undefined) claim(JSON.stringify(told) === JSON.stringify(whole[field]), `${field} ${told}`);
  }
  const size = cells.reduce<number>((most, cell) => Math.max(most, Math.abs(Number(cell) || 0)), 1);
  const near = (found = 0, real = 0) => Math.abs(found - real) <= 1e-9 * size;
  claim(mean === undefined || near(mean, whole.mean), `mean ${mean}`);
  claim(sd === undefined || near(sd, whole.sd), `sd ${sd}`);
  if (lengths !== undefined) {
    const { min, max, mean: length } = lengths;
    const real = whole.lengths;
    claim(min === real?.min && max === real.max && Math.abs(length - real.mean) < 1e-9, 'lengths');
  }
  const off = distinct - whole.distinct;
  const most = errors.distinct === undefined ? 0 : 2 + 4 * errors.distinct * whole.distinct;
  const sound = errors.distinct === undefined ? off <= 0 : Math.abs(off) <= most;
  claim(column.distinctExact ? off === 0 : sound, `${distinct} different values of ${whole.distinct}`);
  claim(own.counts.reduce((a, b) => a + b, own.kind === 'categories' ? own.other : 0) === count, 'rows');
  return [...faults, ...frequencyFaults(column, cells), ...rankFaults(column, cells)];
}

const iso = (at: unknown) => new Date(Number(at)).toISOString().replace('T00:00:00.000Z', '');

/** Values as profiles name them. */
function namesOf(cells: readonly Cell[]): string[] {
  return cells.map(readNaively).flatMap((read) => {
    if (read === null) return [];
    return [read.type === 'date' || read.type === 'datetime' ? iso(read.value) : String(read.value)];
  });
}

function frequencyFaults(
  { type, top, cells: own, errors = {} }: ColumnProfile,
  cells: readonly Cell[],
): string[] {
  const isDate = type === 'date' || type === 'datetime';
  const nameOf = (value: number) =>
    type === 'boolean' ? String(value === 1) : isDate ? iso(value) : String(value);
  const real = new Map<string, number>();
  for (const name of namesOf(cells)) real.set(name, (real.get(name) ?? 0) + 1);
  const listed: [string, number][] = top.map(({ value, count }) => [String(value), count]);
  if (own.kind === 'categories')
    own.categories.forEach((name, i) => void listed.push([name, own.counts[i] ?? 0]));
  if (own.kind === 'values')
    own.values.forEach((value, i) => void listed.push([nameOf(value), own.counts[2 * i + 1] ?? 0]));
  const wrong = listed.filter(([name, count]) => {
    const rows = real.get(name) ?? 0;
    return count > rows || count + (errors.frequency ?? 0) < rows;
  });
  const names = new Set(listed.map(([name]) => name));
  const { unlisted = Number.POSITIVE_INFINITY } = errors;
  const missed = [...real].filter(([name, rows]) => !names.has(name) && rows > unlisted);
  return [...wrong, ...missed].map(([name, rows]) => `${rows} rows of ${name}`);
}

function rankFaults(
  { cells: own, quantiles, errors = {}, count }: ColumnProfile,
  cells: readonly Cell[],
): string[] {
  if (own.kind === 'categories') return [];
  const sorted = Float64Array.from(
    cells.map(readNaively).flatMap((read) => (read === null ? [] : [Number(read.value)])),
  ).sort();
  const off = (errors.rank ?? 0) * count + 1e-6;
  const points = own.kind === 'cuts' ? own.cuts : own.values;
  let sum = 0;
  const wrong = points.filter((point, i) => {
    if (own.kind === 'cuts') {
      sum += own.counts[i] ?? 0;
      return Math.abs(upTo(sorted, point) - sum) > off;
    }
    sum += own.counts[2 * i] ?? 0;
    const under = Math.abs(below(sorted, point) - sum) > off;
    sum += own.counts[2 * i + 1] ?? 0;
    return under || Math.abs(upTo(sorted, point) - sum) > off;
  });
  const missed = Object.entries(quantiles ?? {}).filter(([p, value]) => {
    const rank = Number(p) * (count - 1);
    const at = typeof value === 'string' ? Date.parse(value) : value;
    return below(sorted, at) > rank + off + 1 || upTo(sorted, at) < rank - off;
  });
  return [...wrong.map((point) => `rank of ${point}`), ...missed.map(([p]) => `quantile ${p}`)];
}

/** How many are below a value. */
function below(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many are at or below it. */
function upTo(sorted: Float64Array, value: number): number {
  let at = below(sorted, value);
  while (at < sorted.length && sorted[at] === value) at++;
  return at;
}

const integer = fc.integer({ min: 0, max: 12 });
const decimal = fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 64);
const far = fc.integer({ min: 1e6, max: 1e7 });
const date = fc
  .integer({ min: 0, max: 20_000 })
  .map((day) => new Date(day * 864e5).toISOString().slice(0, 10));
const instant = fc.integer({ min: 0, max: 2e9 }).map((second) => new Date(second * 1000).toISOString());
const word = fc.constantFrom('a', 'b', 'c', 'é', 'true', '5', '2026-01-01', '007');
const text = fc.oneof(word, fc.string({ maxLength: 4 }));
const common = (cell: fc.Arbitrary<Cell>) =>
  fc
    .array(fc.tuple(fc.option(cell, { nil: null, freq: 9 }), fc.integer({ min: 1, max: 45 })), {
      maxLength: 12,
    })
    .map((runs) => runs.flatMap(([value, times]) => new Array<Cell>(times).fill(value)));
const rare = (cell: fc.Arbitrary<Cell>) =>
  fc.array(fc.option(cell, { nil: null, freq: 9 }), { maxLength: 250 });
const partsOf = (cell: fc.Arbitrary<Cell>) =>
  fc.array(fc.oneof(common(cell), rare(cell)), { minLength: 2, maxLength: 5 });
const parts = fc.oneof(
  partsOf(integer),
  partsOf(fc.oneof(integer, decimal)),
  fc.tuple(rare(decimal), rare(far), common(integer)),
  partsOf(fc.boolean()),
  partsOf(date),
  partsOf(fc.oneof(date, instant)),
  partsOf(text),
  fc.tuple(rare(integer), rare(text), common(date), rare(fc.boolean())),
);

describe('profiles of parts, merged', () => {
  test.each(['show', 'hide'] as const)(
    'say what is true of all rows, within the errors that they state, in whatever order: %s',
    async (samples) => {
      await fc.assert(
        fc.asyncProperty(parts, async (given) => {
          const cells = given.flat();
          const ways = await everyWay(given, samples);
          expect(ways.flatMap((column) => faultsOf(column, cells))).toEqual([]);
          const distinct = new Set(
            ways.map((column) => (column.distinctExact ? column.distinct : 'estimated')),
          );
          expect(distinct.size).toBe(1);
        }),
        { numRuns: 40, seed: 21 },
      );
    },
  );

  test('are the profile of the whole if all values are listed', async () => {
    const few = fc.oneof(
      partsOf(integer),
      partsOf(fc.boolean()),
      partsOf(word),
      partsOf(fc.constantFrom('2026-01-01', '2026-01-02', '2026-01-02T10:00:00.000Z')),
    );
    await fc.assert(
      fc.asyncProperty(few, async (given) => {
        const { mean, sd, lengths, ...rest } = await mergedOf(given, 'show');
        const whole = naiveColumn('x', given.flat());
        expect(rest).toEqual({ ...without(whole), quantiles: rest.quantiles ?? whole.quantiles });
        expect([mean ?? 0, sd ?? 0, lengths?.mean ?? 0].map((value) => value.toFixed(9))).toEqual(
          [whole.mean ?? 0, whole.sd ?? 0, whole.lengths?.mean ?? 0].map((value) => value.toFixed(9)),
        );
      }),
      { numRuns: 50, seed: 22 },
    );
  });

  test('with samples: hide, no value that fewer than 20 rows have is told, nor is one to be guessed', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const column = await mergedOf(given, 'hide');
        expect(column).not.toHaveProperty('min');
        expect(column).not.toHaveProperty('max');
        expect(column).not.toHaveProperty('hyperloglog');
        const told = [
          ...column.top.map(({ value }) => String(value)),
          ...(column.cells.kind === 'categories' ? column.cells.categories : []),
        ];
        const names = namesOf(given.flat());
        const isRare = (name: string) => names.filter((one) => one === name).length < COMMON_COUNT;
        expect(told.filter(isRare)).toEqual([]);
      }),
      { numRuns: 30, seed: 23 },
    );
  });
});

function without({ mean: _mean, sd: _sd, lengths: _lengths, ...rest }: ColumnProfile) {
  return rest;
}

describe('profiles of many rows, merged', () => {
  const random = randomOf(9);
  const draws: Readonly<Record<string, (part: number, i: number) => Cell>> = {
    'the same law': () => Math.round(1e9 * random() ** 3) / 1024,
    'one range each': (part) => part * 1000 + random(),
    'a common value': () => (random() < 0.3 ? 0 : Math.round(1e8 * random())),
    'frequent texts': (_part, i) => (random() < 0.05 ? `often ${Math.floor(8 * random())}` : `once ${i}`),
  };
  test.each(Object.keys(draws))('%s', async (name) => {
    const draw = draws[name] ?? (() => null);
    const given = Array.from({ length: 3 }, (_part, part) =>
      Array.from({ length: part === 2 ? 3000 : 36_000 }, (_row, i) => draw(part, i)),
    );
    const profiles = await Promise.all(given.map(async (cells) => written(await tableOf(cells), 'show')));
    expect(onlyColumn(profiles[0] as Profile).distinctExact).toBe(false);
    const cells = given.flat();
    const real = new Map<Cell, number>();
    for (const cell of cells) real.set(cell, (real.get(cell) ?? 0) + 1);
    const sorted = Float64Array.from(cells, Number).sort();
    for (const merged of [mergeProfiles(profiles), mergeProfiles(profiles.toReversed())]) {
      const { errors = {}, cells: own, distinct, top, count } = onlyColumn(merged);
      expect(count).toBe(cells.length);
      expect(errors.distinct).toBeCloseTo(0.0325, 4);
      expect(Math.abs(distinct / real.size - 1)).toBeLessThan(4 * 0.0325);
      for (const { value, count: rows } of top) {
        expect(rows).toBeLessThanOrEqual(real.get(value) ?? 0);
        expect(rows + (errors.frequency ?? 0)).toBeGreaterThanOrEqual(real.get(value) ?? 0);
      }
      if (own.kind !== 'cuts') continue;
      expect(errors.rank).toBeLessThan(0.025);
      let sum = 0;
      own.cuts.forEach((cut, i) => {
        sum += own.counts[i] ?? 0;
        expect(Math.abs(upTo(sorted, cut) - sum) / cells.length).toBeLessThanOrEqual(errors.rank ?? 0);
      });
    }
  });

  test('many profiles', async () => {
    const given = Array.from({ length: 70 }, (_part, part) =>
      Array.from({ length: 60 }, () => Math.round(1000 * random() + part) / 8),
    );
    const profiles = await Promise.all(given.map((cells) => tableOf(cells)));
    expect(faultsOf(onlyColumn(mergeProfiles(profiles)), given.flat())).toEqual([]);
  });
});

test('columns that a table lacks are null there; rows add up; what spans rows is left out', async () => {
  const [one, other] = [await tableOf([1, 2, null]), await tableOf(['a', 'b'])];
  const named = { ...other, columns: other.columns.map((column) => ({ ...column, name: 'y' })) };
  const merged = mergeProfiles([{ ...one, duplicateRows: 0, keyViolations: 0, digest: 'sha256:0' }, named]);
  expect(merged.rows).toBe(5);
  expect(merged.columns.map(({ name, count, nulls }) => [name, count, nulls])).toEqual([
    ['x', 2, 3],
    ['y', 2, 3],
  ]);
  expect(merged).not.toHaveProperty('digest');
  expect(merged).not.toHaveProperty('duplicateRows');
  expect(merged).not.toHaveProperty('keyViolations');
  expect(mergeProfiles([one])).toEqual(one);
  expect(() => mergeProfiles([])).toThrow('no profile');
});

test('with a profile that hides values, all are hidden, and different values have a lower bound', async () => {
  const cells = Array.from({ length: 400 }, (_value, i) => i);
  const hidden = written(await tableOf(cells), 'hide');
  const shown = await tableOf(cells.map((value) => value + 200));
  const merged = mergeProfiles([hidden, shown]);
  expect(merged.samples).toBe('hide');
  expect(onlyColumn(merged)).toMatchObject({ distinct: 400, distinctExact: false });
  expect(onlyColumn(merged).errors).not.toHaveProperty('distinct');
  expect(onlyColumn(merged)).not.toHaveProperty('max');
});

test('profiles from before errors were stated can be merged', async () => {
  const old = async (cells: readonly Cell[]) => {
    const { columns, ...rest } = written(await tableOf(cells), 'hide');
    return { ...rest, columns: columns.map(({ errors: _errors, ...column }) => column) };
  };
  const given = [1, 2].map((part) =>
    Array.from({ length: 600 }, (_value, i) => (i % 2 === 0 ? `c${i % 22}` : `r${part}${i}`)),
  );
  const merged = mergeProfiles(await Promise.all(given.map(old)));
  expect(faultsOf(onlyColumn(merged), given.flat())).toEqual([]);
});
