/** Bounds of sums of metrics of models on the same rows: one metric, a difference, a ratio that is multiplied out. */
import { grouped } from '../problem/numbers.ts';
import { aucBounds, aucDifference } from '../stats/auc.ts';
import { aucBettingBounds } from '../stats/auc-betting.ts';
import { bettingBounds } from '../stats/betting.ts';
import { fewClusterBounds, MANY_CLUSTERS } from '../stats/few-clusters.ts';
import { moments } from '../stats/means.ts';
import { resample } from '../stats/resample.ts';
import { resampledBounds } from '../stats/resampled.ts';
import { rootBounds, rootDifferenceBounds } from '../stats/roots.ts';
import { studentQuantile } from '../stats/special.ts';
import type { Statistic } from '../stats/statistic.ts';
import { guarded } from './agreement.ts';
import { calibrationContrast } from './calibration.ts';
import { cellContrast } from './cell-contrast.ts';
import type { MetricBounds, Sampling } from './interval.ts';
import { partwise } from './partwise.ts';
import { quantileContrast } from './quantiles.ts';
import type { Ends, Part, Purpose, Question } from './question.ts';
import { shareContrast } from './rates.ts';
import { type ClassificationRows, rarestLabel, type ScoredRows, sum } from './rows.ts';
import { thinCells, withUnseenRows } from './thin.ts';
import { FIX_UNBOUNDED, isUnbounded, leastRows, restsOnRare } from './unbounded.ts';

/**
 * One-sided bounds, each with error rate `alpha`, of Σ coefficient · metric over models on the same n rows. By what is
 * asked: exact bounds of a share; the score bounds of a difference and of a ratio of paired shares, with their exact
 * guards; a betting bound of means of bounded values; DeLong of AUC; else resamples of what is sufficient for the metrics.
 * Without bounds, and `none` says why, if a metric is undefined on the rows.
 *
 * @param purpose what the bounds are for, if that matters.
 */
export function contrastBounds(
  asked: readonly Part[],
  alpha: number,
  sampling: Sampling,
  { zero = false, alarm = false }: Purpose = {},
): MetricBounds {
  const parts = merged(asked);
  const values = parts.map(({ metric, rows }) => metric.evaluator(rows)());
  const estimate = parts.reduce((total, { coefficient }, i) => total + coefficient * values[i]!, 0);
  const lacking = parts.find((_part, i) => !Number.isFinite(values[i]));
  if (lacking !== undefined) {
    const none = `undefined, for ${lacking.metric.undefinedWhere ?? 'the rows carry no weight'}`;
    return { method: 'none', estimate, alpha, lower: null, upper: null, none };
  }
  const uncertain = parts.filter(({ metric, coefficient }) => metric.kind !== 'exact' && coefficient !== 0);
  const fixed = parts.reduce((total, { metric, coefficient }, i) => {
    return metric.kind === 'exact' ? total + coefficient * values[i]! : total;
  }, 0);
  const [first] = uncertain;
  if (first === undefined)
    return { method: 'no sampling error', estimate, alpha, lower: estimate, upper: estimate };
  const plain = sampling.clusters === undefined && parts.every(({ rows }) => rows.weights === undefined);
  const atZero = zero && fixed === 0;
  const question = {
    ...{ parts: uncertain, estimate: estimate - fixed, n: first.rows.n },
    ...{ alpha, sampling, plain, zero: atZero, alarm },
  };
  return { estimate, alpha, ...moved(endsOf(question), fixed) };
}

/** Parts of one metric on the very same rows, as of one model in two places, are one part: their difference is nothing. */
function merged(parts: readonly Part[]): readonly Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const at = found.findIndex(({ metric, rows }) => metric === part.metric && rows === part.rows);
    if (at < 0) found.push(part);
    else found[at] = { ...part, coefficient: found[at]!.coefficient + part.coefficient };
  }
  return found;
}

function endsOf(question: Question): Ends {
  const exact =
    ofRates(question) ??
    partwise(question, contrastBounds) ??
    quantileContrast(question) ??
    calibrationContrast(question);
  if (exact !== undefined) return exact;
  const ends =
    ofBoundedMeans(question) ??
    ofBoundedRoots(question) ??
    ofAuc(question) ??
    ofRareLosses(question) ??
    thinCells(question.parts) ??
    withoutHiddenTails(question, withUnseenRows(question, ofResamples(question)));
  return guarded(question, ends);
}

const REVERSED = (lower: number, upper: number, factor: number) =>
  factor >= 0
    ? { lower: factor * lower, upper: factor * upper }
    : { lower: factor * upper, upper: factor * lower };

/** Of what is a function of rates: exact and score bounds of shares, or an inverted test of the table's cells. */
function ofRates(question: Question): Ends | undefined {
  if (!question.plain) return undefined;
  return shareContrast(question) ?? cellContrast(question);
}

/** A standard error of zero plans nothing. */
function orNone({ standardError }: { readonly standardError: number }): { standardError?: number } {
  return standardError > 0 ? { standardError } : {};
}

/** Means of values of a known range: a bound that holds for every law. */
function ofBoundedMeans({ parts, n, alpha, sampling, plain }: Question): Ends | undefined {
  if (!plain || !parts.every(({ metric }) => metric.kind === 'mean')) return undefined;
  const values = new Float64Array(n);
  let [low, high] = [0, 0];
  for (const { coefficient, metric, rows } of parts) {
    const statistic = metric.statistic(rows);
    if (statistic.kind !== 'mean' || statistic.range === undefined) return undefined;
    const [least, greatest] = statistic.range;
    if (!Number.isFinite(least) || !Number.isFinite(greatest)) return undefined;
    low += Math.min(coefficient * least, coefficient * greatest);
    high += Math.max(coefficient * least, coefficient * greatest);
    for (let i = 0; i < n; i++) values[i]! += coefficient * statistic.items[i]!;
  }
  // Sums of rounded numbers may leave the range by their rounding.
  for (let i = 0; i < n; i++) values[i] = Math.min(high, Math.max(low, values[i]!));
  const { lower, upper, method } = bettingBounds({ values, low, high, alpha, seed: sampling.seed });
  const standardError = Math.sqrt(moments(values).variance / n);
  return { method, lower, upper, ...orNone({ standardError }) };
}

/** Root mean squares of a known range, one or the difference of two: bounds that hold for every law. */
function ofBoundedRoots({ parts, n, alpha, sampling: { seed }, plain }: Question): Ends | undefined {
  const [one, other, ...more] = parts;
  if (!plain || one === undefined || more.length > 0) return undefined;
  const high = rootRange(one);
  if (high === undefined || (other !== undefined && rootRange(other) !== high)) return undefined;
  const squares = squaresOf(one);
  const size = Math.abs(one.coefficient);
  if (other === undefined) {
    const { lower, upper, method } = rootBounds(squares, high, alpha, seed);
    return {
      method,
      ...REVERSED(lower, upper, one.coefficient),
      ...orNone({ standardError: size * spreadOf(squares) }),
    };
  }
  const ratio = -other.coefficient / one.coefficient;
  if (!(ratio > 0)) return undefined;
  const theirs = squaresOf(other);
  const { lower, upper, method } = rootDifferenceBounds({ ours: squares, theirs, ratio, high, alpha, seed });
  const [a, b] = [rootOf(squares), rootOf(theirs)];
  const influences = squares.map((square, i) => square / (2 * a) - (ratio * theirs[i]!) / (2 * b));
  const standardError = size * Math.sqrt(moments(influences).variance / n);
  return { method, ...REVERSED(lower, upper, one.coefficient), ...orNone({ standardError }) };
}

function rootRange({ metric, rows }: Part): number | undefined {
  const statistic = metric.kind === 'sums' ? metric.statistic(rows) : undefined;
  return statistic?.kind === 'sums' ? statistic.rootOfAtMost : undefined;
}

function squaresOf({ metric, rows }: Part): Float64Array {
  const statistic = metric.statistic(rows);
  return (statistic.kind === 'sums' ? statistic.columns[0] : undefined) ?? new Float64Array();
}

const rootOf = (squares: Float64Array) => Math.sqrt(sum(squares) / squares.length);

/** The standard error of a root of a mean, by its derivative. */
function spreadOf(squares: Float64Array): number {
  return Math.sqrt(moments(squares).variance / squares.length) / (2 * rootOf(squares));
}

/** An area under the ROC curve on the logit scale, or the difference of two. */
function ofAuc({ parts, sampling, alpha, plain }: Question): Ends | undefined {
  const [one, other, ...more] = parts;
  if (one === undefined || more.length > 0 || !parts.every(isAuc) || hasFewClusters(sampling))
    return undefined;
  if (other !== undefined && other.coefficient !== -one.coefficient) return undefined;
  const rows = one.rows as ClassificationRows;
  const scores = rows.scores ?? new Float64Array(rows.n);
  const given = {
    positive: rows.truth.map((label) => (label === rows.positive ? 1 : 0)),
    candidate: scores,
    production: (other?.rows as ClassificationRows | undefined)?.scores ?? new Float64Array(rows.n),
    ...(rows.weights === undefined ? {} : { weights: rows.weights }),
    ...(sampling.clusters === undefined ? {} : { clusters: sampling.clusters }),
  };
  const found = aucDifference(given);
  const delong = aucBounds(found, alpha);
  // What DeLong's variance cannot tell, bets on the gains of either class can.
  const bets = plain && delong.lower === null;
  const range = other === undefined ? ([-0.5, 0.5] as const) : ([-1, 1] as const);
  const bounds = bets ? aucBettingBounds(given, { alpha, seed: sampling.seed, range }) : delong;
  const { lower, upper, ...rest } =
    other !== undefined ? bounds : bets ? moved(bounds, 0.5) : ofLogit(found, bounds, alpha);
  const standardError = Math.abs(one.coefficient) * found.standardError;
  const ends = lower === null || upper === null ? { lower, upper } : REVERSED(lower, upper, one.coefficient);
  return { ...rest, ...ends, ...orNone({ standardError }) };
}

function moved<B extends Pick<MetricBounds, 'lower' | 'upper'>>(bounds: B, by: number): B {
  const { lower, upper } = bounds;
  return { ...bounds, lower: lower === null ? null : lower + by, upper: upper === null ? null : upper + by };
}

function isAuc({ metric, rows }: Part): boolean {
  return (
    metric.name === 'roc_auc' &&
    rows.task === 'classification' &&
    rows.positive !== undefined &&
    rows.scores !== undefined
  );
}

/** One model's AUC beside 1/2, whose bounds stay in (0, 1) if they are taken of its logit (Pepe 2003, §5.2.4). */
function ofLogit(
  { candidate: auc, standardError, df, positives, negatives, ...found }: ReturnType<typeof aucDifference>,
  bounds: ReturnType<typeof aucBounds>,
  alpha: number,
): ReturnType<typeof aucBounds> {
  const { lower, upper, method } = bounds;
  if (lower === null || upper === null) return bounds;
  const plain = !found.weighted && !found.clustered;
  if (!(standardError > 0 && auc > 0 && auc < 1)) {
    return { ...bounds, lower: Math.max(0, lower + 0.5), upper: Math.min(1, upper + 0.5) };
  }
  const reach = (-studentQuantile(alpha, df) * standardError) / (auc * (1 - auc));
  const at = (shift: number) => 1 / (1 + Math.exp(-(Math.log(auc / (1 - auc)) + shift)));
  // What the difference to 1/2 allows for rows of a kind that was not drawn is of 1/2 only: here they may have any place.
  const share = plain ? 1 - alpha ** (1 / Math.min(positives, negatives)) : 0;
  return {
    ...bounds,
    lower: Math.min(at(-reach), (1 - share) * auc),
    upper: Math.max(at(reach), (1 - share) * auc + share),
    method: `${method}, of the logit`,
  };
}

/** No bounds for few rows of losses that a limit gives none of, for none holds. */
function ofRareLosses({ parts, n, alpha, plain, alarm }: Question): Ends | undefined {
  const extreme = parts.find(({ metric }) => metric.extreme !== undefined)?.metric.extreme;
  if (extreme !== undefined) return { method: 'none', lower: null, upper: null, ...extreme };
  const open = parts.find(isUnbounded) ?? parts.find(restsOnRare);
  const least = leastRows(alpha);
  if (alarm || open === undefined || n >= least) return undefined;
  const unlimited = isUnbounded(open);
  const why = unlimited
    ? `a loss of ${open.metric.name} has no limit that is known`
    : `the limit of a loss of ${open.metric.name} gives no bound ${plain ? 'to a sum of different metrics' : 'with weights or clusters'}`;
  return {
    ...{ method: 'none', lower: null, upper: null },
    none: `${why}, so that ${grouped(n)} rows may lack the ones that matter: at least ${grouped(least)} are needed`,
    ...(unlimited ? { fix: FIX_UNBOUNDED } : {}),
  };
}

/** Fewer rows than this of the rarest label are kept in every resample, if resamples are of rows. */
const RARE = 100;

function ofResamples(question: Question): Ends {
  const { parts, n, alpha, sampling, plain } = question;
  const [one, other] = parts;
  if (one === undefined) throw new TypeError('nothing is asked');
  const joined = statisticsOf(parts);
  const strata =
    plain && parts.every(({ metric }) => metric.kind === 'rows') ? strataOf(one.rows) : undefined;
  const { weights } = one.rows;
  const few = hasFewClusters(sampling);
  const resamples = resample({
    n,
    ...joined,
    draws: few ? 1 : drawsFor(sampling.draws, alpha, sampling.clusters?.count ?? n),
    seed: sampling.seed,
    ...(weights === undefined ? {} : { weights }),
    ...(sampling.clusters === undefined ? {} : { clusters: sampling.clusters }),
    ...(strata === undefined ? {} : { strata }),
  });
  const contrast = (c: number, p: number) =>
    parts.length === 2
      ? one.coefficient * c + (other?.coefficient ?? 0) * p
      : parts.length === 1
        ? one.coefficient * c
        : c;
  const { lower, upper, standardError, method, none } = few
    ? fewClusterBounds(resamples, weightByCluster(question), alpha, contrast)
    : resampledBounds(resamples, alpha, contrast);
  return {
    method: few ? method : `${method}, seeded by the test set’s digest`,
    lower,
    upper,
    ...(standardError === undefined ? {} : { standardError }),
    ...(none === undefined ? {} : { none, ...(parts.some(isUnbounded) ? { fix: FIX_UNBOUNDED } : {}) }),
  };
}

/**
 * The influences of rows on R² are those of their errors and of their labels, and the tail of one hides behind the spread
 * of the other: R² has a bound only if the mean squared error has it.
 */
function withoutHiddenTails(question: Question, given: Ends): Ends {
  const ends = withoutOwnTails(question, given);
  const parts = question.parts.flatMap(({ metric, rows, coefficient }): Part[] => {
    const { losses } = metric;
    return losses === undefined ? [] : [{ metric: losses, rows, coefficient: -coefficient }];
  });
  if (parts.length === 0 || (ends.lower === null && ends.upper === null)) return ends;
  const { lower, upper, none } = ofResamples({ ...question, parts });
  if (none === undefined) return ends;
  return {
    ...ends,
    lower: lower === null ? null : ends.lower,
    upper: upper === null ? null : ends.upper,
    none,
    fix: FIX_UNBOUNDED,
  };
}

/**
 * The difference of two roots of mean squares changes with the size of both, so that errors which are too rare to be in the
 * sample move it although they are common to both models: it has bounds only if either root alone has one.
 */
function withoutOwnTails(question: Question, ends: Ends): Ends {
  const roots = question.parts.filter(({ metric }) => metric.kind === 'sums' && metric.losses === undefined);
  if (roots.length < 2 || (ends.lower === null && ends.upper === null)) return ends;
  const sampling = { ...question.sampling, draws: 0 };
  for (const root of roots) {
    const { lower, upper, none } = ofResamples({ ...question, sampling, parts: [root] });
    if (lower !== null || upper !== null || none === undefined) continue;
    return {
      ...ends,
      lower: null,
      upper: null,
      none: `of one model’s ${root.metric.name} alone: ${none}`,
      fix: FIX_UNBOUNDED,
    };
  }
  return ends;
}

/** Draws of which 20 lie beyond a bound at this level, except for what they cost. */
const BEYOND = 20;
const MOST_EVALUATIONS = 1e7;

function drawsFor(asked: number, alpha: number, units: number): number {
  if (asked === 0) return 0;
  return Math.max(
    asked,
    Math.min(Math.ceil(BEYOND / alpha), Math.floor(MOST_EVALUATIONS / Math.min(units, 1000))),
  );
}

function hasFewClusters({ clusters }: Sampling): boolean {
  return clusters !== undefined && clusters.count < MANY_CLUSTERS;
}

function weightByCluster({ parts, sampling: { clusters } }: Question): Float64Array {
  const weights = parts[0]?.rows.weights;
  const sizes = new Float64Array(clusters?.count ?? 0);
  clusters?.of.forEach((cluster, row) => {
    sizes[cluster]! += weights?.[row] ?? 1;
  });
  return sizes;
}

function strataOf(rows: ScoredRows): Int32Array | undefined {
  const rarest = rarestLabel(rows);
  return rows.task === 'classification' && rarest !== undefined && rarest < RARE ? rows.truth : undefined;
}

/** One metric, two that are resampled in step, or the sum of more as one. */
function statisticsOf(parts: readonly Part[]): { candidate: Statistic; production?: Statistic } {
  const [one, other] = parts;
  if (one !== undefined && parts.length === 1) return { candidate: statisticOf(one) };
  if (one !== undefined && other !== undefined && parts.length === 2) {
    const [candidate, production] = [statisticOf(one), statisticOf(other)];
    if ((candidate.kind === 'rows') === (production.kind === 'rows')) return { candidate, production };
    return {
      candidate: byRows([{ ...one, coefficient: 1 }]),
      production: byRows([{ ...other, coefficient: 1 }]),
    };
  }
  return { candidate: byRows(parts) };
}

function byRows(parts: readonly Part[]): Statistic {
  const evaluators = parts.map(
    ({ metric, rows, coefficient }) => [coefficient, metric.evaluator(rows)] as const,
  );
  return {
    kind: 'rows',
    value: (counts) =>
      evaluators.reduce((total, [coefficient, value]) => total + coefficient * value(counts), 0),
  };
}

function statisticOf({ metric, rows }: Part): Statistic {
  const found = metric.statistic(rows);
  return found.kind === 'exact' ? { kind: 'rows', value: () => found.value } : found;
}
