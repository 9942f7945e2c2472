import { instantMs } from '../inputs/kinds.ts';
import { type Categories, cutCells, isComplete, listedRuns, type OrderedCells, valueCells } from './cells.ts';
import { typeOf } from './counts.ts';
import { booleanPart, deviation, quantilesOf, TOP } from './describe.ts';
import { MERGED_DISTINCT_ERROR, registersOf } from './different.ts';
import { disclosed } from './disclosure.ts';
import { listingOf, mergeListings } from './listing.ts';
import {
  type ColumnProfile,
  type ColumnType,
  MAX_VALUES,
  type Profile,
  type ProfileErrors,
  VALUE_TYPES,
} from './profile.ts';
import { compareExact, mergedRanks } from './ranks.ts';
import { isoOf } from './read.ts';
import type { HyperLogLog } from './sketch/hyperloglog.ts';
import { joined, type MomentsState, NO_MOMENTS } from './sketch/moments.ts';
import { mostFrequent, runsOf, type ValueRun } from './sketch/runs.ts';

/** Profiles that are merged at a time: time grows with the square of their number. */
const AT_A_TIME = 32;

/**
 * The profile of the rows of several tables together, from their profiles alone.
 *
 * Counts, nulls, types, extremes, lengths, means and standard deviations are exact except for rounding. If all of them
 * list all values of a column, so is the rest. Otherwise counts at cuts and quantiles carry a rank error that is
 * computed from what the profiles leave open, counts of frequent values a shortfall, and the number of different
 * values a standard error of 3.25 %; `errors` states them. The order of the profiles, and what was merged before what,
 * changes nothing else.
 *
 * With a profile that hides values all are hidden, and the number of different values, which then cannot be told
 * together, is the largest of the profiles' own: a lower bound.
 *
 * @param profiles at least one.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const [first, ...rest] = profiles;
  if (first === undefined) throw new TypeError('there is no profile to merge');
  if (rest.length === 0) return first;
  if (profiles.length > AT_A_TIME) {
    const groups = Array.from({ length: Math.ceil(profiles.length / AT_A_TIME) }, (_group, i) =>
      mergeProfiles(profiles.slice(i * AT_A_TIME, (i + 1) * AT_A_TIME)),
    );
    return mergeProfiles(groups);
  }
  const samples = profiles.some((profile) => profile.samples === 'hide') ? 'hide' : 'show';
  const rows = profiles.reduce((sum, profile) => sum + profile.rows, 0);
  const columns = new Map<string, ColumnProfile[]>();
  for (const profile of profiles) {
    for (const column of disclosed(profile, samples).columns) {
      const known = columns.get(column.name);
      if (known === undefined) columns.set(column.name, [column]);
      else known.push(column);
    }
  }
  const merged = [...columns.values()].map((parts) => mergeColumn(parts, rows, samples));
  return disclosed({ schema: 'ml-loop/profile@1', rows, samples, columns: merged }, samples);
}

type Samples = Profile['samples'];

function mergeColumn(all: readonly ColumnProfile[], rows: number, samples: Samples): ColumnProfile {
  const parts = all.filter(({ count }) => count > 0);
  const [first, ...rest] = parts;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const nulls = rows - count;
  // A table that lacks a column has nulls there.
  if (first === undefined) return { ...(all[0] as ColumnProfile), nulls };
  if (rest.length === 0) return { ...first, nulls };
  const types = Object.fromEntries(
    VALUE_TYPES.map(
      (type) => [type, parts.reduce((sum, part) => sum + (part.types[type] ?? 0), 0)] as const,
    ).filter(([, own]) => own > 0),
  );
  const type = typeOf(types);
  const common = { name: first.name, type, count, nulls, types };
  if (type === 'string' || type === 'empty') return { ...common, ...mergeCategories(parts, count, samples) };
  if (type === 'boolean') return { ...common, ...mergeBooleans(parts, count) };
  return { ...common, ...mergeOrdered(parts, type, count, samples) };
}

function mergeCategories(parts: readonly ColumnProfile[], count: number, samples: Samples) {
  const listings = parts.map((part) => listingOf(part, samples));
  const { sorted, short, unlisted } = mergeListings(listings);
  const complete = listings.every((listing) => listing.complete);
  const cells: Categories = {
    kind: 'categories',
    categories: sorted.map(([category]) => category),
    counts: sorted.map(([, own]) => own),
    other: count - sorted.reduce((sum, [, own]) => sum + own, 0),
    complete,
  };
  const top = sorted.filter(([, own]) => own > unlisted).slice(0, TOP);
  const shown = {
    top: top.map(([value, own]) => ({ value, count: own })),
    ...lengthsOf(parts),
    cells,
  };
  if (complete) return { distinct: sorted.length, distinctExact: true, ...shown };
  const frequency = sorted.reduce((most, [category]) => Math.max(most, short(category)), 0);
  const { errors, hyperloglog, ...different } = differentOf(parts, sorted.length, count);
  return { ...different, errors: { ...errors, frequency, unlisted }, ...shown, ...hyperloglog };
}

/** Different values of columns that do not list them all; `known` of them are. */
function differentOf(parts: readonly ColumnProfile[], known: number, count: number) {
  const least = Math.max(known, ...parts.map(({ distinct }) => distinct));
  const all = parts.map(registersOf);
  const registers = all.every((one) => one !== undefined) ? all.reduce(union) : undefined;
  if (registers === undefined) return { distinct: least, distinctExact: false, errors: {}, hyperloglog: {} };
  return {
    distinct: Math.min(count, Math.max(known, Math.round(registers.estimate()))),
    distinctExact: false,
    errors: { distinct: MERGED_DISTINCT_ERROR },
    hyperloglog: { hyperloglog: registers.text },
  };
}

function union(one: HyperLogLog, other: HyperLogLog): HyperLogLog {
  one.merge(other);
  return one;
}

function lengthsOf(parts: readonly ColumnProfile[]): Pick<ColumnProfile, 'lengths'> {
  const all = parts.flatMap(({ lengths, types }) =>
    lengths === undefined ? [] : [{ ...lengths, strings: types.string ?? 0 }],
  );
  const strings = all.reduce((sum, one) => sum + one.strings, 0);
  if (strings === 0) return {};
  return {
    lengths: {
      min: Math.min(...all.map(({ min }) => min)),
      max: Math.max(...all.map(({ max }) => max)),
      mean: all.reduce((sum, one) => sum + one.mean * (one.strings / strings), 0),
    },
  };
}

type Ordered = Exclude<ColumnType, 'string' | 'empty' | 'boolean'>;

function mergeOrdered(parts: readonly ColumnProfile[], type: Ordered, count: number, samples: Samples) {
  const isDate = type === 'date' || type === 'datetime';
  const shown = (value: number): number | string => (isDate ? isoOf(value) : value);
  const complete = parts.every(({ cells }) => isComplete(cells));
  const figures = { ...extremesOf(parts), ...(isDate ? {} : momentsOf(parts)) };
  const listings = parts.map((part) => listingOf(part, samples));
  const frequent = mergeListings(listings);
  const { unlisted } = frequent;
  const runs = frequent.sorted
    .map(([text, own]) => ({ value: isDate ? instantMs(text) : Number(text), count: own }))
    .sort((a, b) => a.value - b.value);
  const listed = mostFrequent(runsOf(runs), TOP, unlisted);
  const top = listed.map(({ value, count: own }) => ({ value: shown(value), count: own }));
  if (complete) {
    const cells: OrderedCells = runs.length <= MAX_VALUES ? valueCells(runs) : cutCells(runsOf(runs));
    const different = runs.length <= MAX_VALUES ? {} : differentOf(parts, runs.length, count).hyperloglog;
    const quantiles = quantilesOf(runsOf(runs), shown);
    return { distinct: runs.length, distinctExact: true, top, ...figures, quantiles, cells, ...different };
  }
  const { cells, quantiles, error } = mergedRanks(parts);
  const shortOf = ({ value }: ValueRun): number => frequent.short(String(shown(value)));
  const named = new Set(listed.map(({ value }) => value));
  const frequency = listed.reduce((most, run) => Math.max(most, shortOf(run)), 0);
  const rest = runs.filter(({ value }) => !named.has(value));
  const beside = rest.reduce((most, run) => Math.max(most, run.count + shortOf(run)), unlisted);
  const { errors, hyperloglog, ...different } = differentOf(parts, 0, count);
  const all: ProfileErrors = { rank: upwards(error), ...errors, frequency, unlisted: beside };
  return {
    ...different,
    errors: all,
    top,
    ...figures,
    quantiles: Object.fromEntries(Object.entries(quantiles).map(([p, value]) => [p, shown(value)])),
    cells,
    ...hyperloglog,
  };
}

/** With few digits, and never too small. */
function upwards(error: number): number {
  return Math.ceil(error * 1e5) / 1e5;
}

/** Of a few hidden rows nothing is told: they are counted between false and true. */
function mergeBooleans(parts: readonly ColumnProfile[], count: number) {
  const known = parts.map(booleansOf);
  const falses = known.reduce((sum, one) => sum + one.falses, 0);
  const trues = known.reduce((sum, one) => sum + one.trues, 0);
  const unknown = count - falses - trues;
  if (unknown === 0) return booleanPart({ falses, trues });
  const { top } = booleanPart({ falses, trues });
  const distinct = Math.max(...parts.map((part) => part.distinct));
  const errors: ProfileErrors = { rank: upwards(unknown / count), frequency: unknown, unlisted: unknown };
  const cells: OrderedCells = { kind: 'values', values: [0, 1], counts: [0, falses, unknown, trues, 0] };
  return { distinct, distinctExact: distinct === 2, errors, top, cells };
}

function booleansOf({ count, mean, cells }: ColumnProfile): { falses: number; trues: number } {
  if (mean !== undefined) {
    const trues = Math.round(mean * count);
    return { falses: count - trues, trues };
  }
  const runs = cells.kind === 'values' ? listedRuns(cells) : [];
  const rows = (value: number) => runs.find((run) => run.value === value)?.count ?? 0;
  return { falses: rows(0), trues: rows(1) };
}

function extremesOf(parts: readonly ColumnProfile[]): Pick<ColumnProfile, 'min' | 'max'> {
  const ends = parts.flatMap(({ min, max }) =>
    min === undefined || max === undefined ? [] : [{ min, max }],
  );
  if (ends.length < parts.length) return {};
  return {
    min: ends.map(({ min }) => min).reduce((a, b) => (compareExact(b, a) < 0 ? b : a)),
    max: ends.map(({ max }) => max).reduce((a, b) => (compareExact(b, a) > 0 ? b : a)),
  };
}

/** Left out if a profile leaves them out. */
function momentsOf(parts: readonly ColumnProfile[]): Pick<ColumnProfile, 'mean' | 'sd'> {
  const states = parts.flatMap(({ count, mean, sd }): MomentsState[] => {
    if (mean === undefined || (sd === undefined && count > 1)) return [];
    return [{ count, min: 0, max: 0, mean, squares: (sd ?? 0) ** 2 * (count - 1) }];
  });
  const { count, mean, squares } = states.reduce(joined, NO_MOMENTS);
  if (states.length < parts.length || !Number.isFinite(mean)) return {};
  return { mean, ...deviation(squares, count) };
}
