import { shownName } from '../../read/value-names.ts';
import { bettingBounds } from '../../stats/betting.ts';
import type { Check, JsonObject } from '../../verdict/verdict.ts';
import type { Sampling } from '../interval.ts';
import type { Metric } from '../metric.ts';
import { hasProbabilities } from '../metrics.ts';
import type { ClassificationRows, ScoredRows } from '../rows.ts';
import type { Slice } from '../slices.ts';
import { rateLimits } from './intervals.ts';
import { type FairnessLimits, judgeGroups } from './judge.ts';
import { errorsCheck, groupErrors, MAE_DIFFERENCE, spreadOf } from './means.ts';
import {
  disparityOf,
  GROUP_DIFFERENCES,
  GROUP_RATIOS,
  type GroupCells,
  groupCells,
  hasRates,
  knownRates,
  type RatedModel,
} from './rates.ts';

export { GROUP_DIFFERENCES, GROUP_RATIOS } from './rates.ts';

export interface FairnessOptions {
  /** The column, or columns, whose values make the groups. */
  readonly column: string;
  readonly groups: readonly Slice[];
  /** May measures name groups by their values? Otherwise they are numbered in the order of their values. */
  readonly showValues: boolean;
  readonly minSize: number;
  readonly limits: FairnessLimits;
  /** Of regression: `mae`, with the limit of a loss that is stated, if one is. */
  readonly loss: Metric;
  readonly alpha: number;
  readonly sampling: Sampling;
  readonly binding: 'bound' | 'declared';
}

export interface Fairness {
  readonly checks: readonly Check[];
  /** By model and group its rates with bounds that hold for all groups at once, and the differences and ratios. */
  readonly measures: Readonly<Partial<Record<RatedModel, JsonObject>>>;
}

/** Rates by group, and the judgement of their differences and ratios. Rows count once: weights are not read. */
export function judgeFairness(
  candidate: ScoredRows,
  production: ScoredRows | undefined,
  options: FairnessOptions,
): Fairness {
  if (candidate.task === 'regression') return ofErrors(candidate, production, options);
  if (!hasRates(candidate)) return { checks: [], measures: {} };
  const theirs =
    production?.task === 'classification' && production.predicted !== undefined ? production : undefined;
  const groups = groupCells(candidate, theirs, options.groups);
  const { column, minSize, alpha, binding, limits } = options;
  const judged = {
    column,
    groups,
    hasProduction: theirs !== undefined,
    minSize,
    alpha,
    binding,
  };
  return {
    checks: judgeGroups(judged, limits),
    measures: {
      candidate: measuresOf(candidate, groups, 'candidate', options),
      ...(theirs === undefined ? {} : { production: measuresOf(theirs, groups, 'production', options) }),
    },
  };
}

const UNDEFINED = { estimate: Number.NaN, lower: Number.NaN, upper: Number.NaN };

function measuresOf(
  rows: ClassificationRows,
  groups: readonly GroupCells[],
  model: RatedModel,
  options: FairnessOptions,
): JsonObject {
  const rates = knownRates(rows);
  // All bounds that are shown hold at once (Bonferroni).
  const alpha = options.alpha / (2 * rates.length * Math.max(1, groups.length));
  const byGroup = groups.map((group, g) => {
    const values = rates.flatMap((rate) => {
      const { estimate, lower, upper } = rateLimits(rate, group.counts, model, alpha) ?? UNDEFINED;
      return [
        [rate, estimate],
        [`${rate}_lower`, lower],
        [`${rate}_upper`, upper],
      ] as const;
    });
    const slice = options.groups[g];
    const calibration = slice === undefined ? {} : calibrationOf(rows, slice, options);
    return [
      shownName(group.value, slice?.place ?? g + 1, naming(options)),
      { n: group.n, ...finite(values), ...calibration },
    ] as const;
  });
  const counts = groups.map((group) => group.counts);
  const disparities = (
    rates.length === 1 ? ['accuracy_difference', 'accuracy_ratio'] : [...GROUP_DIFFERENCES, ...GROUP_RATIOS]
  ).map((name) => [name, groups.length < 2 ? Number.NaN : disparityOf(name, counts, model)] as const);
  return { ...Object.fromEntries(byGroup), ...finite(disparities) };
}

/** Mean score − share of positives in a group: zero if the scores are right on average. */
function calibrationOf(all: ClassificationRows, { rows }: Slice, options: FairnessOptions): JsonObject {
  const { scores, truth, positive } = all;
  if (scores === undefined || positive === undefined || !hasProbabilities(all)) return {};
  const values = Float64Array.from(rows, (row) => scores[row]! - (truth[row] === positive ? 1 : 0));
  const alpha = options.alpha / (2 * options.groups.length);
  const { estimate, lower, upper } = bettingBounds({
    values,
    low: -1,
    high: 1,
    alpha,
    seed: options.sampling.seed,
  });
  return finite([
    ['calibration_in_the_large', estimate],
    ['calibration_in_the_large_lower', lower],
    ['calibration_in_the_large_upper', upper],
  ]);
}

function naming({ showValues }: FairnessOptions) {
  return { showValues, noun: 'group' };
}

function finite(entries: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}

function ofErrors(
  candidate: ScoredRows,
  production: ScoredRows | undefined,
  options: FairnessOptions,
): Fairness {
  const { column, minSize, alpha, binding, limits, loss: metric } = options;
  const { seed } = options.sampling;
  const errorsOf = (rows: ScoredRows | undefined) =>
    rows?.task === 'regression' ? groupErrors(rows, options.groups) : undefined;
  const measures = (groups: ReturnType<typeof errorsOf>): JsonObject | undefined => {
    if (groups === undefined) return undefined;
    return {
      ...Object.fromEntries(
        groups.map(({ value, rows, mean }, g) => [
          shownName(value, options.groups[g]?.place ?? g + 1, naming(options)),
          { n: rows.n, mae: mean },
        ]),
      ),
      ...(groups.length < 2 ? {} : { [MAE_DIFFERENCE]: spreadOf(groups.map(({ mean }) => mean)) }),
    };
  };
  const ours = errorsOf(candidate) ?? [];
  const theirs = measures(errorsOf(production));
  const { maxDifference: max } = limits;
  return {
    checks:
      max === undefined ? [] : [errorsCheck(ours, { column, metric, max, minSize, alpha, seed, binding })],
    measures: { candidate: measures(ours) ?? {}, ...(theirs === undefined ? {} : { production: theirs }) },
  };
}
