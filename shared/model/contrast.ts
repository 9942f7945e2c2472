/** Bounds of sums of metrics of models on the same rows: one metric, a difference, a ratio that is multiplied out. */
import { grouped } from '../problem/numbers.ts';
import { aucBounds, aucDifference } from '../stats/auc.ts';
import { bettingBounds } from '../stats/betting.ts';
import { moments } from '../stats/means.ts';
import { pairedRatioBounds, pairedShareBounds } from '../stats/paired.ts';
import { shareBounds } from '../stats/proportions.ts';
import { resample } from '../stats/resample.ts';
import { resampledBounds } from '../stats/resampled.ts';
import { studentQuantile } from '../stats/special.ts';
import type { Statistic } from '../stats/statistic.ts';
import type { Bounds, Sampling } from './interval.ts';
import type { Metric } from './metric.ts';
import { differingRows } from './metrics.ts';
import { type ClassificationRows, rarestLabel, type ScoredRows, sum } from './rows.ts';

/** A metric of a model on its rows, times a number. */
export interface Part {
  readonly coefficient: number;
  readonly metric: Metric;
  readonly rows: ScoredRows;
}

interface Question {
  readonly parts: readonly Part[];
  /** Σ coefficient · metric of the rows as they are. */
  readonly estimate: number;
  readonly n: number;
  readonly alpha: number;
  readonly sampling: Sampling;
  /** Do all rows count the same, and are they independent? */
  readonly plain: boolean;
  /** Are the bounds compared with zero and nothing else? */
  readonly zero: boolean;
}

type Ends = Omit<Bounds, 'estimate' | 'alpha'>;

/**
 * One-sided bounds, each with error rate `alpha`, of Σ coefficient · metric over models on the same n rows. By what is
 * asked: exact bounds of a share; the score bounds of a difference and of a ratio of paired shares, with their exact
 * guards; a betting bound of means of bounded values; DeLong of AUC; else resamples of what is sufficient for the metrics.
 * Without bounds, and `none` says why, where a metric is undefined on the rows.
 *
 * @param zero are the bounds compared with zero only? Those of a ratio of shares say nothing of other thresholds.
 */
export function contrastBounds(
  asked: readonly Part[],
  alpha: number,
  sampling: Sampling,
  zero = false,
): Bounds {
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
    ...{ alpha, sampling, plain, zero: atZero },
  };
  const { lower, upper, ...rest } = endsOf(question);
  const moved = (end: number | null) => (end === null ? null : end + fixed);
  return { estimate, alpha, lower: moved(lower), upper: moved(upper), ...rest };
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
  const ends = ofShares(question) ?? ofBoundedMeans(question) ?? ofAuc(question) ?? ofResamples(question);
  return guarded(question, ends);
}

const REVERSED = (lower: number, upper: number, factor: number) =>
  factor >= 0
    ? { lower: factor * lower, upper: factor * upper }
    : { lower: factor * upper, upper: factor * lower };

/** Is the metric a share of rows: are its items 0 or 1, by its kind or, of the user's own, by their values? */
function isShare({ metric, rows }: Part): boolean {
  if (metric.items === undefined) return false;
  if (metric.binary === true) return true;
  const [low, high] = metric.range ?? [];
  return low === 0 && high === 1 && metric.items(rows).every((item) => item === 0 || item === 1);
}

/** 0/1 items: one share, a difference of two, or a ratio of two whose contrast with zero is asked for. */
function ofShares({ parts, n, alpha, plain, zero }: Question): Ends | undefined {
  const [one, other, ...more] = parts;
  if (!plain || one === undefined || more.length > 0) return undefined;
  if (!parts.every(isShare)) return undefined;
  const ours = one.metric.items?.(one.rows) ?? new Float64Array(n);
  if (other === undefined) {
    const [lower, upper] = shareBounds(sum(ours), n, alpha);
    const share = sum(ours) / n;
    const standardError = Math.abs(one.coefficient) * Math.sqrt((share * (1 - share)) / n);
    return {
      method: 'Clopper-Pearson',
      ...REVERSED(lower, upper, one.coefficient),
      ...orNone({ standardError }),
    };
  }
  const theirs = other.metric.items?.(other.rows) ?? new Float64Array(n);
  const joint = { both: 0, candidateOnly: 0, productionOnly: 0 };
  for (let i = 0; i < n; i++) {
    if (ours[i] === 1 && theirs[i] === 1) joint.both++;
    else if (ours[i] === 1) joint.candidateOnly++;
    else if (theirs[i] === 1) joint.productionOnly++;
  }
  const ratio = -other.coefficient / one.coefficient;
  const [b, c] = [joint.candidateOnly, joint.productionOnly];
  const standardError = (Math.abs(one.coefficient) * Math.sqrt(b + c - (b - c) ** 2 / n)) / n;
  if (ratio === 1) {
    const { lower, upper } = pairedShareBounds({ b, c, n }, alpha);
    const method = 'Tango score bounds with exact guards';
    return { method, ...REVERSED(lower, upper, one.coefficient), ...orNone({ standardError }) };
  }
  const baseline = (joint.both + c) / n;
  if (!(zero && ratio > 0 && baseline > 0)) return undefined;
  const found = pairedRatioBounds(joint, alpha);
  const [lower, upper] = [(found.lower - ratio) * baseline, (found.upper - ratio) * baseline];
  const method = 'score test of the ratio of paired shares with exact guards';
  return { method, ...REVERSED(lower, upper, one.coefficient), ...orNone({ standardError }) };
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

/** An area under the ROC curve on the logit scale, or the difference of two. */
function ofAuc({ parts, sampling, alpha }: Question): Ends | undefined {
  const [one, other, ...more] = parts;
  if (one === undefined || more.length > 0 || !parts.every(isAuc)) return undefined;
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
  const bounds = aucBounds(found, alpha);
  const { lower, upper, ...rest } = other === undefined ? ofLogit(found, bounds, alpha) : bounds;
  const standardError = Math.abs(one.coefficient) * found.standardError;
  const ends = lower === null || upper === null ? { lower, upper } : REVERSED(lower, upper, one.coefficient);
  return { ...rest, ...ends, ...orNone({ standardError }) };
}

function isAuc({ metric, rows }: Part): boolean {
  return (
    metric.name === 'roc_auc' &&
    rows.task === 'classification' &&
    rows.positive !== undefined &&
    rows.scores !== undefined
  );
}

/** One model's AUC beside 1/2, whose bounds stay in (0, 1) where they are taken of its logit (Pepe 2003, §5.2.4). */
function ofLogit(
  { candidate: auc, standardError, df }: ReturnType<typeof aucDifference>,
  bounds: ReturnType<typeof aucBounds>,
  alpha: number,
): ReturnType<typeof aucBounds> {
  const { lower, upper, method } = bounds;
  if (lower === null || upper === null) return bounds;
  if (!(standardError > 0 && auc > 0 && auc < 1)) {
    return { ...bounds, lower: Math.max(0, lower + 0.5), upper: Math.min(1, upper + 0.5) };
  }
  const reach = (-studentQuantile(alpha, df) * standardError) / (auc * (1 - auc));
  const at = (shift: number) => 1 / (1 + Math.exp(-(Math.log(auc / (1 - auc)) + shift)));
  return { ...bounds, lower: at(-reach), upper: at(reach), method: `${method}, of the logit` };
}

/** Fewer rows than this of the rarest label are kept in every resample, where resamples are of rows. */
const RARE = 100;

function ofResamples(question: Question): Ends {
  const { parts, n, alpha, sampling, plain } = question;
  const [one, other] = parts;
  if (one === undefined) throw new TypeError('nothing is asked');
  const joined = statisticsOf(parts);
  const strata =
    plain && parts.every(({ metric }) => metric.kind === 'rows') ? strataOf(one.rows) : undefined;
  const { weights } = one.rows;
  const resamples = resample({
    n,
    ...joined,
    draws: sampling.draws,
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
  const { lower, upper, standardError, method, weak, none } = resampledBounds(resamples, alpha, contrast);
  return {
    method: `${method}, seeded by the test set’s digest`,
    lower,
    upper,
    ...(standardError === undefined ? {} : { standardError }),
    ...(weak === undefined ? {} : { weak }),
    ...(none === undefined ? {} : { none }),
  };
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

/** Fewer rows than this on which two models differ carry no bound of their own, whatever their variance says. */
const MIN_DIFFERING = 10;
/** From this many rows, models that (nearly) always agree are taken for equal, with a warning. */
const ROWS_OF_AGREEMENT = 300;

/**
 * Where two models hardly ever differ, the variance that was seen is (near) zero and a bound from it as well: a loss on
 * rows that happened not to be drawn would pass. Up to 1 − alpha^(1/n) of all rows may be such rows. Bounds of shares
 * and of bounded means hold without any such guard.
 */
function guarded({ parts, n, alpha, plain }: Question, ends: Ends): Ends {
  const [one, other] = parts;
  if (one === undefined || other === undefined || parts.length > 2) return ends;
  // Of a sum, or of two metrics, rows on which the models agree say as much as any.
  if (one.metric !== other.metric || one.coefficient * other.coefficient > 0) return ends;
  // These hold however rarely the models differ.
  if (plain && /^(Tango|score test|Clopper|betting|exact bound)/.test(ends.method)) return ends;
  const differing = differingRows(one.metric, one.rows, other.rows);
  if (differing >= MIN_DIFFERING) return ends;
  const seen =
    differing === 0
      ? `the models agree on all ${grouped(n)} rows`
      : `the models differ on only ${grouped(differing)} of ${grouped(n)} rows`;
  if (n < ROWS_OF_AGREEMENT) {
    return {
      ...ends,
      lower: null,
      upper: null,
      none: `${seen}, which is too few to show what the others would`,
    };
  }
  if (differing > 0) return { ...ends, weak: `weak: ${seen}` };
  const share = (100 * (1 - alpha ** (1 / n))).toPrecision(2);
  const weak = `weak: ${seen}, so that they differ on at most ${share} % of such rows`;
  if (one.coefficient !== -other.coefficient) return { ...ends, weak };
  return { method: 'agreement on every row', lower: 0, upper: 0, weak };
}
