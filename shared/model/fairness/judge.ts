import { grouped } from '../../problem/numbers.ts';
import {
  differenceUpper,
  greatestLower,
  greatestOfPairs,
  greatestUpper,
  type MoverLimits as RateLimits,
  smallestRatioLower,
  smallestRatioUpper,
  UPPER_COLUMNS,
  UPPER_ROWS,
} from '../../stats/mover.ts';
import type { Check, Evidence } from '../../verdict/verdict.ts';
import { show } from '../show.ts';
import { bothLimits, growthLimits, rateLimits } from './intervals.ts';
import { disparityOf, type GroupCells, type RatedModel, ratesOf } from './rates.ts';

/** What is asked of groups; each without a limit is not judged. */
export interface FairnessLimits {
  readonly difference: string;
  readonly maxDifference?: number | undefined;
  readonly ratio: string;
  readonly minRatio?: number | undefined;
  /** How much larger than production's the candidate's difference may be. */
  readonly maxChange?: number | undefined;
}

export interface GroupResults {
  readonly column: string;
  readonly groups: readonly GroupCells[];
  readonly hasProduction: boolean;
  readonly minSize: number;
  readonly alpha: number;
  readonly binding: 'bound' | 'declared';
}

/** The checks of the limits that are given. */
export function judgeGroups(judged: GroupResults, limits: FairnessLimits): Check[] {
  const { difference, ratio, maxDifference, minRatio, maxChange } = limits;
  return [
    ...(maxDifference === undefined ? [] : [differenceCheck(judged, difference, maxDifference)]),
    ...(minRatio === undefined ? [] : [ratioCheck(judged, ratio, minRatio)]),
    ...(maxChange === undefined ? [] : [changeCheck(judged, difference, maxChange)]),
  ];
}

interface Ends {
  readonly lower: number;
  readonly upper: number;
  readonly method: string;
}

const METHOD = 'Clopper-Pearson limits of groups, pairs of them by MOVER';

/**
 * Bounds of the largest difference (or smallest ratio) over pairs of groups and rates. What all pairs keep within is
 * shown by each pair's own bound (intersection–union, Berger 1982); that one exceeds it, by bounds at a level that is
 * split over them. The rates of two groups are independent, so that exact limits of each combine (`mover.ts`).
 */
function endsOf(judged: GroupResults, disparity: string): Ends {
  const { groups, alpha } = judged;
  const rates = ratesOf(disparity);
  const split = alpha / (rates.length * groups.length * (groups.length - 1));
  const each = rates.map((rate) => {
    const at = (level: number) =>
      groups.flatMap(({ counts }) => rateLimits(rate, counts, 'candidate', level) ?? []);
    const [whole, together] = [at(alpha), at(split)];
    return { whole, together, isOpen: whole.length < groups.length };
  });
  const isOpen = each.some((of) => of.isOpen);
  if (disparity.endsWith('_ratio')) {
    const lowers = each.map(({ whole }) => smallestRatioLower(whole));
    const uppers = each.map(({ together }) => smallestRatioUpper(together));
    return { lower: isOpen ? 0 : Math.min(1, ...lowers), upper: Math.min(1, ...uppers), method: METHOD };
  }
  return {
    lower: Math.max(0, ...each.map(({ together }) => greatestLower(together))),
    upper: isOpen ? Number.POSITIVE_INFINITY : Math.max(0, ...each.map(({ whole }) => greatestUpper(whole))),
    method: METHOD,
  };
}

function differenceCheck(judged: GroupResults, name: string, max: number): Check {
  const estimate = estimateOf(judged, name, 'candidate');
  const open = reasonsOpen(judged, estimate);
  // If a rate is undefined in one group, others may show a disparity all the same.
  const ends = canJudge(judged) ? endsOf(judged, name) : undefined;
  return check('fairness.difference', judged, { name, estimate, ...atMost(max, ends, open) });
}

const FOUR_FIFTHS =
  'four fifths is a rule of thumb of United States employment guidelines, neither a test nor a legal finding';

function ratioCheck(judged: GroupResults, name: string, min: number): Check {
  const estimate = estimateOf(judged, name, 'candidate');
  const open = reasonsOpen(judged, estimate);
  const ends = canJudge(judged) ? endsOf(judged, name) : undefined;
  const found = atLeast(min, ends, open);
  const notes = min === 0.8 && name === 'demographic_parity_ratio' ? [FOUR_FIFTHS] : [];
  return check('fairness.ratio', judged, { name, estimate, ...found, open: [...open, ...notes] });
}

/** Is the candidate less fair than production, by more than the margin? */
function changeCheck(judged: GroupResults, name: string, max: number): Check {
  const base = { id: 'fairness.change', target: { column: judged.column, metric: name }, expected: { max } };
  if (!judged.hasProduction) {
    const message = `${name}: there is no production model to compare with`;
    return { ...base, status: 'inconclusive', message };
  }
  const estimate = estimateOf(judged, name, 'candidate') - estimateOf(judged, name, 'production');
  const open = reasonsOpen(judged, estimate);
  const ends = canJudge(judged) && !Number.isNaN(estimate) ? changeEnds(judged, name) : undefined;
  const shown = check('fairness.change', judged, { name, estimate, ...atMost(max, ends, open) });
  return { ...shown, message: `change against production: ${shown.message}` };
}

function estimateOf({ groups }: GroupResults, name: string, model: 'candidate' | 'production'): number {
  return disparityOf(
    name,
    groups.map(({ counts }) => counts),
    model,
  );
}

type Answer = Omit<Found, 'name' | 'estimate'>;

function atMost(max: number, ends: Ends | undefined, open: readonly string[]): Answer {
  const status = answer(
    ends !== undefined && ends.lower > max,
    ends !== undefined && ends.upper <= max,
    open,
  );
  const said = { pass: 'within', fail: 'above', inconclusive: 'not shown to be within' }[status];
  return { limit: { max }, status, ends, open, margin: max, said: `${said} ${max}` };
}

function atLeast(min: number, ends: Ends | undefined, open: readonly string[]): Answer {
  const status = answer(
    ends !== undefined && ends.upper < min,
    ends !== undefined && ends.lower >= min,
    open,
  );
  const said = { pass: 'at least', fail: 'below', inconclusive: 'not shown to be at least' }[status];
  return { limit: { min }, status, ends, open, margin: min, said: `${said} ${min}` };
}

/** What refutes, refutes; what shows, shows only if nothing is left open. */
function answer(isRefuted: boolean, isShown: boolean, open: readonly string[]): Found['status'] {
  if (isRefuted) return 'fail';
  return isShown && open.length === 0 ? 'pass' : 'inconclusive';
}

/** Of each pair: either model's difference, and the difference and the sum of these. */
const FIGURES = 4;

/**
 * Bounds of the candidate's largest difference less production's. A largest difference of estimates is larger than that
 * of the truth, the more so the fairer the model, so that resamples of the change itself would let an unfair candidate
 * pass beside a fair model. It is at most the largest growth of a pair's own difference, |c| − |p|, and also the largest
 * |c| less any |p|: the smaller of both bounds, a quarter of the error rate for each figure.
 */
function changeEnds({ groups, alpha }: GroupResults, name: string): Ends {
  const level = alpha / FIGURES;
  const rates = ratesOf(name);
  const split = level / (rates.length * groups.length * (groups.length - 1));
  const each = rates.map((rate) => {
    const of = (model: RatedModel, at: number) =>
      groups.flatMap(({ counts }) => rateLimits(rate, counts, model, at) ?? []);
    const changes = groups.flatMap(({ counts }) => {
      const less = growthLimits(rate, counts, level);
      const more = bothLimits(rate, counts, level, 1);
      return less === undefined || more === undefined ? [] : [{ less, more }];
    });
    return {
      mostOurs: greatestUpper(of('candidate', level)),
      mostTheirs: greatestUpper(of('production', level)),
      leastOurs: greatestLower(of('candidate', split)),
      leastTheirs: greatestLower(of('production', split)),
      grown: grownOf(changes),
    };
  });
  const most = (read: (one: (typeof each)[number]) => number) => Math.max(...each.map(read));
  const [leastOurs, leastTheirs] = [most((one) => one.leastOurs), most((one) => one.leastTheirs)];
  return {
    lower: Math.max(0, leastOurs) - most((one) => one.mostTheirs),
    upper: Math.min(
      most((one) => one.grown),
      most((one) => one.mostOurs) - Math.max(0, leastTheirs),
    ),
    method: `${METHOD}; Tango bounds of changes`,
  };
}

/**
 * The largest growth of a pair's difference: |c| − |p| is the smaller of c − p and c + p if c is not negative, which
 * it is in one order of the two groups.
 */
function grownOf(changes: readonly { readonly less: RateLimits; readonly more: RateLimits }[]): number {
  const both = (keys: readonly ((limits: RateLimits) => number)[]) =>
    keys.flatMap((key) => [
      ({ less }: (typeof changes)[number]) => key(less),
      ({ more }: (typeof changes)[number]) => key(more),
    ]);
  return greatestOfPairs(changes, both(UPPER_ROWS), both(UPPER_COLUMNS), (a, b) =>
    Math.min(differenceUpper(a.less, b.less), differenceUpper(a.more, b.more)),
  );
}

function canJudge({ groups }: GroupResults): boolean {
  return groups.length >= 2;
}

function reasonsOpen({ groups, minSize }: GroupResults, estimate: number): string[] {
  const small = groups.filter(({ n }) => n < minSize).length;
  return [
    ...(groups.length < 2 ? ['there is one group only'] : []),
    ...(small > 0
      ? [`${grouped(small)} of ${grouped(groups.length)} groups have fewer than ${grouped(minSize)} rows`]
      : []),
    ...(Number.isNaN(estimate) ? ['a rate is undefined in a group'] : []),
  ];
}

interface Found {
  readonly name: string;
  readonly estimate: number;
  readonly limit: { readonly max: number } | { readonly min: number };
  readonly status: 'pass' | 'fail' | 'inconclusive';
  readonly ends: Ends | undefined;
  readonly open: readonly string[];
  readonly margin: number;
  readonly said: string;
}

function check(id: string, judged: GroupResults, found: Found): Check {
  const { name, estimate, limit, status, ends, open, margin, said } = found;
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const interval =
    ends === undefined || !Number.isFinite(ends.upper)
      ? ''
      : `, bounds ${show(ends.lower)} to ${show(ends.upper)}`;
  const shown = Number.isFinite(estimate) ? ` of ${show(estimate)}` : '';
  const evidence: Evidence = {
    method: ends?.method ?? 'none',
    ...(Number.isFinite(estimate) ? { estimate } : {}),
    ...(ends === undefined ? {} : { interval: [finite(ends.lower), finite(ends.upper)] }),
    level: 1 - judged.alpha,
    margin,
    n: judged.groups.reduce((total, { n }) => total + n, 0),
    binding: judged.binding,
  };
  return {
    id,
    target: { column: judged.column, metric: name },
    status,
    observed: finite(estimate),
    expected: limit,
    message: [
      `${name}${shown} among ${grouped(judged.groups.length)} groups of ${judged.column} is ${said}${interval}`,
      ...open,
    ].join('; '),
    evidence,
    fix: 'see the rates by group in the report; gather more rows of the small groups, or train a model that treats the groups alike',
  };
}
