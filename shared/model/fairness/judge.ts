import { grouped } from '../../problem/numbers.ts';
import type { FigureIntervals } from '../../stats/simultaneous.ts';
import type { Check, Evidence } from '../../verdict/verdict.ts';
import { show } from '../show.ts';
import { intervalsOf } from './intervals.ts';
import { disparityOf, type GroupCells, rateOf, ratesOf } from './rates.ts';

/** What is asked of groups; each without a limit is not judged. */
export interface Limits {
  readonly difference: string;
  readonly maxDifference?: number | undefined;
  readonly ratio: string;
  readonly minRatio?: number | undefined;
  /** How much larger than production's the candidate's difference may be. */
  readonly maxChange?: number | undefined;
}

export interface GroupsJudged {
  readonly column: string;
  readonly groups: readonly GroupCells[];
  readonly hasProduction: boolean;
  readonly minSize: number;
  readonly alpha: number;
  readonly seed: number;
  readonly binding: 'bound' | 'declared';
}

/** Groups that are compared in pairs, at most. */
const MAX_GROUPS = 40;
/** Draws of each figure of two groups, so that many groups take neither minutes nor gigabytes. */
const [FEWEST_DRAWS, MOST_DRAWS, MOST_VALUES] = [4000, 20_000, 2_000_000];

/** The checks of the limits that are given. */
export function judgeGroups(judged: GroupsJudged, limits: Limits): Check[] {
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
  readonly weak?: string | undefined;
}

type Pair = readonly [one: number, other: number];

function orderedPairs(groups: readonly unknown[]): Pair[] {
  return groups.flatMap((_one, i) => groups.flatMap((_other, j): Pair[] => (i === j ? [] : [[i, j]])));
}

/**
 * Bounds of the largest difference (or smallest ratio) over pairs of groups and rates. What all pairs keep within is
 * shown by each pair's own bound (intersection–union, Berger 1982); that one exceeds it, by bounds that hold together.
 */
function endsOf(judged: GroupsJudged, disparity: string): Ends {
  const { groups, alpha, seed } = judged;
  const isRatio = disparity.endsWith('_ratio');
  const pairs = orderedPairs(groups);
  const rates = ratesOf(disparity);
  const found = intervalsOf({
    groups: groups.map(({ counts }) => counts),
    figures: (drawn) =>
      rates.flatMap((rate) => {
        const values = drawn.map((counts) => rateOf(rate, counts, 'candidate'));
        return pairs.map(([i, j]) => {
          const [one, other] = [values[i]!, values[j]!];
          if (!isRatio) return one - other;
          return other === 0 ? (one === 0 ? 1 : Number.POSITIVE_INFINITY) : one / other;
        });
      }),
    alpha,
    seed,
    draws: drawsFor(rates.length * pairs.length, alpha),
  });
  const open = isRatio ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const at = (read: (figure: FigureIntervals) => number | null, otherwise: number) =>
    found.figures.map((figure) => read(figure) ?? otherwise);
  const method = `${found.method}, of pairs of groups`;
  const { weak } = found;
  return isRatio
    ? {
        lower: Math.max(0, Math.min(1, ...at(({ lower }) => lower, open))),
        upper: Math.min(1, ...at(({ simultaneousUpper }) => simultaneousUpper, Number.POSITIVE_INFINITY)),
        method,
        weak,
      }
    : {
        lower: Math.max(0, ...at(({ simultaneousLower }) => simultaneousLower, 0)),
        upper: Math.max(0, ...at(({ upper }) => upper, open)),
        method,
        weak,
      };
}

function drawsFor(figures: number, alpha: number): number {
  return Math.round(
    Math.max(FEWEST_DRAWS, Math.min(MOST_DRAWS, (40 * figures) / alpha, MOST_VALUES / figures)),
  );
}

function differenceCheck(judged: GroupsJudged, name: string, max: number): Check {
  const estimate = estimateOf(judged, name, 'candidate');
  const open = reasonsOpen(judged, estimate);
  // Where a rate is undefined in one group, others may show a disparity all the same.
  const ends = canJudge(judged) ? endsOf(judged, name) : undefined;
  return check('fairness.difference', judged, { name, estimate, ...atMost(max, ends, open) });
}

const FOUR_FIFTHS =
  'four fifths is a rule of thumb of United States employment guidelines, neither a test nor a legal finding';

function ratioCheck(judged: GroupsJudged, name: string, min: number): Check {
  const estimate = estimateOf(judged, name, 'candidate');
  const open = reasonsOpen(judged, estimate);
  const ends = canJudge(judged) ? endsOf(judged, name) : undefined;
  const found = atLeast(min, ends, open);
  const notes = min === 0.8 && name === 'demographic_parity_ratio' ? [FOUR_FIFTHS] : [];
  return check('fairness.ratio', judged, { name, estimate, ...found, open: [...open, ...notes] });
}

/** Is the candidate less fair than production, by more than the margin? */
function changeCheck(judged: GroupsJudged, name: string, max: number): Check {
  const base = { id: 'fairness.change', target: { column: judged.column, metric: name }, expected: { max } };
  if (!judged.hasProduction) {
    const message = `${name}: there is no production model to be less fair than`;
    return { ...base, status: 'inconclusive', message };
  }
  const estimate = estimateOf(judged, name, 'candidate') - estimateOf(judged, name, 'production');
  const open = reasonsOpen(judged, estimate);
  const ends = canJudge(judged) && !Number.isNaN(estimate) ? changeEnds(judged, name) : undefined;
  const shown = check('fairness.change', judged, { name, estimate, ...atMost(max, ends, open) });
  return { ...shown, message: `change against production: ${shown.message}` };
}

function estimateOf({ groups }: GroupsJudged, name: string, model: 'candidate' | 'production'): number {
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

/** What refutes, refutes; what shows, shows only where nothing is left open. */
function answer(isRefuted: boolean, isShown: boolean, open: readonly string[]): Found['status'] {
  if (isRefuted) return 'fail';
  return isShown && open.length === 0 ? 'pass' : 'inconclusive';
}

/** Figures of two groups and a rate: each model's difference, and the difference and the sum of these. */
const FIGURES = 4;
/** Of which 50 lie beyond a bound at an error rate of .05. */
const CHANGE_DRAWS = 8000;

/**
 * Bounds of the candidate's largest difference less production's. A largest difference of estimates is larger than that
 * of the truth, the more so the fairer the model, so that resamples of the change itself would let an unfair candidate
 * pass beside a fair model. It is at most the largest growth of a pair's own difference, |c| − |p|, and also the largest
 * |c| less any |p|: the smaller of both bounds, half of the error rate each.
 */
function changeEnds({ groups, alpha, seed }: GroupsJudged, name: string): Ends {
  const pairs = orderedPairs(groups).filter(([i, j]) => i < j);
  const rates = ratesOf(name);
  const { figures, method, weak } = intervalsOf({
    groups: groups.map(({ counts }) => counts),
    figures: (drawn) =>
      rates.flatMap((rate) => {
        const ours = drawn.map((counts) => rateOf(rate, counts, 'candidate'));
        const theirs = drawn.map((counts) => rateOf(rate, counts, 'production'));
        return pairs.flatMap(([i, j]) => {
          const [c, p] = [ours[i]! - ours[j]!, theirs[i]! - theirs[j]!];
          return [c, p, c - p, c + p];
        });
      }),
    alpha: alpha / FIGURES,
    seed,
    draws: CHANGE_DRAWS,
  });
  const most = { ours: 0, theirs: 0, grown: 0 };
  const least = { ours: 0, theirs: 0 };
  for (let at = 0; at < figures.length; at += FIGURES) {
    const [c, p, less, more] = [0, 1, 2, 3].map((k) => endsOfFigure(figures[at + k])) as [End, End, End, End];
    most.ours = Math.max(most.ours, c.upper, -c.lower);
    most.theirs = Math.max(most.theirs, p.upper, -p.lower);
    least.ours = Math.max(least.ours, c.together[0], -c.together[1]);
    least.theirs = Math.max(least.theirs, p.together[0], -p.together[1]);
    const grown = [Math.min(less.upper, more.upper), Math.min(-less.lower, -more.lower)];
    most.grown = at === 0 ? Math.max(...grown) : Math.max(most.grown, ...grown);
  }
  return {
    lower: least.ours - most.theirs,
    upper: Math.min(most.grown, most.ours - least.theirs),
    method: `${method}, of pairs of groups`,
    weak,
  };
}

interface End {
  readonly lower: number;
  readonly upper: number;
  readonly together: readonly [number, number];
}

function endsOfFigure(figure: FigureIntervals | undefined): End {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return {
    lower: figure?.lower ?? low,
    upper: figure?.upper ?? high,
    together: figure?.simultaneous ?? [low, high],
  };
}

function canJudge({ groups }: GroupsJudged): boolean {
  return groups.length >= 2 && groups.length <= MAX_GROUPS;
}

function reasonsOpen({ groups, minSize }: GroupsJudged, estimate: number): string[] {
  const small = groups.filter(({ n }) => n < minSize).length;
  return [
    ...(groups.length > MAX_GROUPS
      ? [`${grouped(groups.length)} groups are more than the ${MAX_GROUPS} that are compared`]
      : []),
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

function check(id: string, judged: GroupsJudged, found: Found): Check {
  const { name, estimate, limit, status, ends, open, margin, said } = found;
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const interval = ends === undefined ? '' : `, bounds ${show(ends.lower)} to ${show(ends.upper)}`;
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
    // A weak bound may not hold its level, so that it decides nothing.
    status: ends?.weak === undefined ? status : 'inconclusive',
    observed: finite(estimate),
    expected: limit,
    message: [
      `${name}${shown} among ${grouped(judged.groups.length)} groups of ${judged.column} is ${said}${interval}`,
      ...open,
      ...(ends?.weak === undefined ? [] : [ends.weak]),
    ].join('; '),
    evidence,
    fix: 'see the rates by group in the measures; more rows of the small groups, or a model that treats them alike',
  };
}
