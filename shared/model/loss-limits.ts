/** Limits of losses that have none of their own: stated by the user, from the range of the labels, or by clipping. */
import { grouped } from '../problem/numbers.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { quantileRanks } from '../stats/quantile-bounds.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { ItemRange, Metric } from './metric.ts';
import { weightedQuantiles } from './metrics/order.ts';
import type { JudgedRows } from './predictions.ts';
import { type ScoredRows, sum } from './rows.ts';
import { show } from './show.ts';

export interface LossTerms {
  /** By metric, in its unit, the greatest loss that a row can have. */
  readonly bounds: Readonly<Record<string, number>>;
  /** Where labels and predictions of regression lie. */
  readonly range?: ItemRange | undefined;
  /** The quantile of the baseline's losses at which losses are clipped. */
  readonly clip?: number | undefined;
}

/** What the inputs say of metrics that they cannot be said of. */
export function lossProblems(metrics: Iterable<Metric>, { bounds, range, clip }: LossTerms): Problem[] {
  const known = [...metrics];
  const problems = Object.keys(bounds).flatMap((name): Problem[] => {
    const where = 'input loss-bound';
    const metric = known.find((each) => each.name === name);
    if (metric === undefined)
      return [
        {
          what: `${name} is not a metric that is judged`,
          where,
          fix: 'name a metric that metric, margins or conditions name',
        },
      ];
    if (metric.unlimited !== undefined) return [];
    return [{ what: `a row has no loss of ${name} that could be bounded`, where, fix: `leave ${name} out` }];
  });
  const stated = Object.keys(bounds).length > 0 || range !== undefined;
  if (stated && clip !== undefined) {
    const fix = 'leave loss-clip out: losses with a bound need no clipping';
    problems.push({
      what: 'cannot be combined with loss-bound or target-range',
      where: 'input loss-clip',
      fix,
    });
  }
  return problems;
}

export interface LimitedLosses {
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly checks: readonly Check[];
}

/**
 * The metrics with the limits that the terms give them. A loss above a stated bound, and a label or prediction outside of
 * the stated range, makes a check fail, and the metric undefined. Losses are clipped at an upper limit (99 %) of the
 * quantile of production's losses (the candidate's, if there is no production model), rounded up to two digits: the metric
 * is then the mean of clipped losses, and says so. Of rows that show no such limit nothing is clipped.
 *
 * @throws UserError for a range of labels that are not numbers.
 */
export function limitLosses(
  metrics: ReadonlyMap<string, Metric>,
  judged: JudgedRows,
  terms: LossTerms,
): LimitedLosses {
  const { range, clip } = terms;
  const checks: Check[] = [];
  if (range !== undefined) checks.push(rangeCheck(judged, range));
  const limitedOf = (metric: Metric): Metric => {
    const { unlimited } = metric;
    if (unlimited === undefined || !metric.tasks.includes(judged.task)) return metric;
    const given = Object.hasOwn(terms.bounds, metric.name) ? terms.bounds[metric.name] : undefined;
    if (given !== undefined) {
      checks.push(boundCheck(judged, metric, given));
      return unlimited.within(given, 'bound');
    }
    const greatest = range === undefined ? Number.NaN : (unlimited.greatest?.(range) ?? Number.NaN);
    if (Number.isFinite(greatest)) return unlimited.within(greatest, 'bound');
    return clip === undefined ? metric : clipped(metric, judged, clip);
  };
  return { metrics: new Map([...metrics].map(([name, metric]) => [name, limitedOf(metric)])), checks };
}

/** The chance, at most, that losses are clipped below the quantile of their law. */
const CLIP_ALPHA = 0.01;

function clipped(metric: Metric, judged: JudgedRows, clip: number): Metric {
  const { unlimited } = metric;
  const baseline = judged.production ?? judged.candidate;
  const losses = unlimited?.losses(baseline) ?? new Float64Array();
  if (unlimited === undefined || losses.some(Number.isNaN)) return metric;
  const units = effectiveRows(baseline);
  const { upper: rank } = quantileRanks(units, clip, CLIP_ALPHA);
  if (rank === undefined) {
    const most = Math.floor(1000 * CLIP_ALPHA ** (1 / units)) / 1000;
    const allowed = most >= LEAST_CLIP ? ` (loss-clip: ${most} is the most that they allow)` : '';
    const estimand = `nothing is clipped, because ${grouped(units)} rows do not show where the ${clip} quantile of losses lies${allowed}`;
    return { ...metric, estimand };
  }
  const [quantile = Number.NaN] = weightedQuantiles(losses, baseline.weights, [rank / units]);
  const limit = roundedUp(quantile);
  if (!(limit > 0 && limit < Infinity)) return metric;
  const whose = judged.production === undefined ? 'the candidate’s' : 'production’s';
  const estimand = `of losses clipped at ${show(limit)}, which is at least the ${clip} quantile of ${whose} (99 % sure): how much larger they are is left out`;
  return { ...unlimited.within(limit, 'clip'), estimand };
}

/** Rows; of unequal weights as many as have the same variance (Kish 1965). */
function effectiveRows({ n, weights }: ScoredRows): number {
  if (weights === undefined) return n;
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  return squares > 0 ? Math.floor(sum(weights) ** 2 / squares + 1e-9) : 0;
}

/** Two significant digits, so that a few rows more or less move it seldom. */
function roundedUp(value: number): number {
  if (!(value > 0)) return value;
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(3));
}

/** As the input allows. */
const LEAST_CLIP = 0.5;

const ROLES = ['candidate', 'production', 'anchor'] as const;
const SHOWN_PLACES = 20;

function boundCheck(judged: JudgedRows, { name, unlimited }: Metric, bound: number): Check {
  const beyond = ROLES.flatMap((role) => {
    const rows = judged[role];
    if (rows === undefined || unlimited === undefined) return [];
    const losses = unlimited.losses(rows);
    return placesOf(losses, (loss) => loss > bound * (1 + 1e-9)).map((row) => ({
      role,
      row,
      loss: losses[row]!,
    }));
  });
  const most = beyond.reduce((greatest, { loss }) => Math.max(greatest, loss), 0);
  return checkOf('predictions.loss-bound', judged, beyond, {
    target: { metric: name },
    expected: bound,
    good: `no loss of ${name} is above ${show(bound)}`,
    bad: `is above loss-bound: ${show(bound)} (${name} of up to ${show(most)})`,
    fix: 'correct these labels or predictions; if such losses do happen, give loss-bound the greatest that can, which loosens the bound',
  });
}

function rangeCheck(judged: JudgedRows, [low, high]: ItemRange): Check {
  if (judged.task !== 'regression') {
    const fix = 'leave it out, or give loss-bound';
    throw new UserError({
      what: `is for labels that are numbers, and the task is ${judged.task}`,
      where: 'input target-range',
      fix,
    });
  }
  const outside = (value: number) => !(value >= low && value <= high);
  const beyond = ROLES.flatMap((role) => {
    const rows: ScoredRows | undefined = judged[role];
    if (rows?.task !== 'regression') return [];
    const of = role === 'candidate' ? [rows.truth, rows.predicted] : [rows.predicted];
    return of.flatMap((values) => placesOf(values, outside).map((row) => ({ role, row })));
  });
  return checkOf('predictions.target-range', judged, beyond, {
    expected: [low, high],
    good: `every label and prediction lies in ${show(low)} to ${show(high)}`,
    bad: `has a label or prediction outside of target-range: [${show(low)}, ${show(high)}]`,
    fix: 'correct these labels; clip the predictions to the range where they are made; if labels do go beyond it, widen target-range, which loosens the bound',
  });
}

function placesOf(values: Float64Array, wrong: (value: number) => boolean): number[] {
  const found: number[] = [];
  values.forEach((value, row) => {
    if (wrong(value)) found.push(row);
  });
  return found;
}

interface Said {
  readonly target?: { readonly metric: string };
  readonly expected: number | readonly [number, number];
  readonly good: string;
  readonly bad: string;
  readonly fix: string;
}

function checkOf(
  id: string,
  judged: JudgedRows,
  beyond: readonly { readonly role: (typeof ROLES)[number]; readonly row: number }[],
  { target, expected, good, bad, fix }: Said,
): Check {
  const common = { id, ...(target === undefined ? {} : { target }), observed: beyond.length, expected };
  if (beyond.length === 0) return { ...common, status: 'pass', message: good };
  const counts = ROLES.flatMap((role) => {
    const count = beyond.filter((each) => each.role === role).length;
    return count === 0 ? [] : [`${grouped(count)} of ${role}`];
  });
  const locations: Location[] = [...new Set(beyond.map(({ row }) => row))]
    .slice(0, SHOWN_PLACES)
    .map((row) => judged.place(row));
  return {
    ...common,
    status: 'fail',
    message: `${counts.join(', ')}: a row ${bad}`,
    fix,
    locations,
    ...(beyond.length > locations.length ? { places: beyond.length } : {}),
  };
}
