import { grouped } from '../problem/numbers.ts';
import type { RowsNeeded } from '../stats/bounds.ts';
import { holm } from '../stats/holm.ts';
import { clopperPearson } from '../stats/proportions.ts';
import type { Status } from '../verdict/status.ts';
import type { Check, JsonObject } from '../verdict/verdict.ts';
import type { CategoricalComparison, ColumnComparison } from './counts.ts';
import { distributionOf } from './distribution.ts';
import {
  type ColumnTests,
  type Effect,
  effectOf,
  testsOf,
  unseenExcess,
  unseenLowerBound,
} from './effect.ts';

export interface FeatureOptions {
  /** Chance, at most, that a run without drift warns or fails at all. */
  readonly alpha: number;
  /** The distance, in [0, 1], below which a change does not matter. */
  readonly margin: number;
  /** The share of rows with values that the reference lacks, below which they do not matter; 0.005 by default. */
  readonly unseenMargin?: number;
  /**
   * What a feature reads about which the rows cannot decide: `inconclusive` by default; a monitor, which looks again
   * and would say so every time, takes it for a `pass` with its bound.
   */
  readonly undecided?: 'inconclusive' | 'pass';
  /** `show` puts the names of categories into the measures. */
  readonly samples?: 'hide' | 'show';
}

export interface FeatureResult {
  /** `drift.feature` for each column, and `drift.unseen` for each whose reference lists all of its values. */
  readonly checks: readonly Check[];
  /** By column, for `measures.columns`. */
  readonly measures: JsonObject;
}

const UNSEEN_MARGIN = 0.005;

interface Assessed {
  readonly comparison: ColumnComparison;
  readonly effect: Effect;
  readonly tests: ColumnTests;
  /** Holm-adjusted p-values of the tests. */
  readonly adjusted: { readonly values: number; readonly nulls: number; readonly unseen: number };
}

/**
 * Compares each feature of a reference with the current sample, both as samples.
 *
 * A feature reads `fail` (material drift) if the simultaneous lower bound of its distance is above the margin,
 * `warn` (drift) if a test of its values or nulls rejects equality by Holm (1979) over the run and the estimate is
 * above the margin, `pass` (no material drift) if its upper bound is below the margin; otherwise it is undecided.
 * Assumes independent rows.
 */
export function featureChecks(
  comparisons: readonly ColumnComparison[],
  options: FeatureOptions,
): FeatureResult {
  const usable = comparisons.filter(({ referenceRows, currentRows }) => referenceRows > 0 && currentRows > 0);
  const empty = comparisons.filter((comparison) => !usable.includes(comparison));
  const assessed = assess(usable, options.alpha);
  const checks = assessed.flatMap((one) => [
    featureCheck(one, usable.length, options),
    ...unseenCheck(one, usable.length, options),
  ]);
  const measures = assessed.map((one) => [one.comparison.column, measuresOf(one, options)] as const);
  return { checks: [...empty.map(withoutRows), ...checks], measures: Object.fromEntries(measures) };
}

/** One family of tests for the whole run: a value test a column, and where they apply one of nulls and one of unseen values. */
function assess(comparisons: readonly ColumnComparison[], alpha: number): Assessed[] {
  const tested = comparisons.map((comparison) => ({ comparison, tests: testsOf(comparison) }));
  const kinds = ['values', 'nulls', 'unseen'] as const;
  const family = tested.flatMap(({ tests }, index) =>
    kinds.flatMap((kind) => {
      const test = tests[kind];
      return test === undefined ? [] : [{ index, kind, p: test.p }];
    }),
  );
  const { adjusted } = holm(
    family.map(({ p }) => p),
    alpha,
  );
  const found = tested.map(() => ({ values: 1, nulls: 1, unseen: 1 }));
  family.forEach(({ index, kind }, i) => {
    const column = found[index];
    if (column !== undefined) column[kind] = adjusted[i] ?? 1;
  });
  return tested.map(({ comparison, tests }, index) => ({
    comparison,
    tests,
    effect: effectOf(comparison, comparisons.length, alpha),
    adjusted: found[index] ?? { values: 1, nulls: 1, unseen: 1 },
  }));
}

function withoutRows({ column, referenceRows }: ColumnComparison): Check {
  const side = referenceRows === 0 ? 'reference' : 'current data';
  return {
    id: 'drift.feature',
    target: { column },
    status: 'inconclusive',
    message: `${column}: the ${side} has no rows to compare`,
  };
}

function featureCheck(one: Assessed, features: number, options: FeatureOptions): Check {
  const { comparison, effect, tests, adjusted } = one;
  const { alpha, margin, undecided = 'inconclusive' } = options;
  const { column, currentRows } = comparison;
  const rejected = Math.min(adjusted.values, adjusted.nulls) <= alpha;
  const needed = effect.needed(margin);
  const reading = readingOf(effect, rejected, margin);
  return {
    id: 'drift.feature',
    target: { column },
    status: reading === 'undecided' ? undecided : reading,
    observed: effect.estimate,
    expected: { atMost: margin },
    message: `${column}: ${words(one, reading, rejected, margin)}${reading === 'undecided' ? rowsText(needed) : ''}${unreadableText(comparison)}`,
    evidence: {
      method: `${effect.name}; ${tests.values.method}; lower bound for ${grouped(features)} features at once, upper bound for each; rows taken as independent${errorText(comparison)}`,
      estimate: effect.estimate,
      interval: [effect.lower, effect.upper],
      level: 1 - alpha,
      margin,
      n: currentRows,
      ...(reading === 'undecided' && needed !== undefined && 'current' in needed
        ? { needed: needed.current }
        : {}),
    },
  };
}

type Reading = Exclude<Status, 'inconclusive'> | 'undecided';

function readingOf({ estimate, lower, upper }: Effect, rejected: boolean, margin: number): Reading {
  if (lower > margin) return 'fail';
  if (rejected && estimate > margin) return 'warn';
  return upper < margin ? 'pass' : 'undecided';
}

function words({ effect, adjusted }: Assessed, reading: Reading, rejected: boolean, margin: number): string {
  const { name, estimate, lower, upper } = effect;
  const nulls = adjusted.nulls < adjusted.values ? ', most clearly in its nulls' : '';
  switch (reading) {
    case 'fail':
      return `material drift${nulls}: ${name} ${short(estimate)}, at least ${short(lower)} (margin ${short(margin)})`;
    case 'warn':
      return `drift${nulls}: ${name} ${short(estimate)}, between ${short(lower)} and ${short(upper)} (margin ${short(margin)})`;
    case 'pass':
      return `no material drift: ${name} at most ${short(upper)} (margin ${short(margin)})`;
    case 'undecided':
      return rejected
        ? `drift shown${nulls}, below or near the margin: ${name} is at most ${short(upper)} (margin ${short(margin)})`
        : `no drift shown; ${name} is at most ${short(upper)} (margin ${short(margin)})`;
  }
}

function rowsText(needed: RowsNeeded): string {
  if (needed === undefined) return '';
  return 'current' in needed
    ? `; ${grouped(needed.current)} current rows would decide`
    : `; the reference itself needs at least ${grouped(needed.reference)} rows to decide`;
}

function errorText({ referenceError }: ColumnComparison): string {
  return referenceError === 0
    ? ''
    : `; both bounds are wider by ${short(referenceError)}, because the reference’s counts are estimates`;
}

function unreadableText({ currentUnreadable }: ColumnComparison): string {
  return currentUnreadable === 0
    ? ''
    : `; ${grouped(currentUnreadable)} current values do not have the reference’s type and count as nulls`;
}

function unseenCheck(one: Assessed, features: number, options: FeatureOptions): Check[] {
  const { comparison, adjusted } = one;
  if (comparison.kind === 'ordered' || comparison.unseen === null) return [];
  const { alpha, unseenMargin: margin = UNSEEN_MARGIN, undecided = 'inconclusive' } = options;
  const { column, currentRows: n } = comparison;
  const { rows, distinct } = comparison.unseen;
  const excess = unseenExcess(comparison);
  const lower = unseenLowerBound(comparison, features, alpha);
  const [, upper] = clopperPearson(rows, n, 0.9);
  const rejected = adjusted.unseen <= alpha;
  const status = lower > margin ? 'fail' : excess <= margin ? 'pass' : rejected ? 'warn' : undecided;
  const found = `${grouped(rows)} of ${grouped(n)} rows have ${distinct === 1 ? 'a value' : `${grouped(distinct)} values`} that the reference lacks`;
  const claim =
    status === 'fail'
      ? `, at least ${short(lower)} beyond the reference`
      : rejected || rows === 0
        ? ''
        : ', which may be chance';
  return [
    {
      id: 'drift.unseen',
      target: { column },
      status,
      observed: rows / n,
      expected: { atMost: margin },
      message: `${column}: ${found}${claim} (margin ${short(margin)})`,
      evidence: {
        method: 'exact test of an unseen value',
        estimate: excess,
        interval: [lower, upper],
        level: 1 - alpha,
        margin,
        n,
      },
    },
  ];
}

function measuresOf(
  { comparison, effect, adjusted }: Assessed,
  { margin, samples = 'hide' }: FeatureOptions,
): JsonObject {
  const { reference, current } = distributionOf(comparison, samples);
  return {
    distance: effect.estimate,
    distance_lower: effect.lower,
    distance_upper: effect.upper,
    margin,
    p_adjusted: Math.min(adjusted.values, adjusted.nulls),
    reference: { rows: comparison.referenceRows, nulls: comparison.referenceNulls, ...reference },
    current: {
      rows: comparison.currentRows,
      nulls: comparison.currentNulls,
      ...current,
      ...unseenMeasure(comparison),
    },
  };
}

function unseenMeasure(comparison: ColumnComparison): JsonObject {
  const unseen = (comparison as CategoricalComparison).unseen ?? null;
  return unseen === null ? {} : { unseen: unseen.rows };
}

function short(value: number): string {
  return String(Number(value.toPrecision(2)));
}
