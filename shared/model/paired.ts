/** Bounds of the gain of one model over another on the same rows. */
import type { Margin } from '../inputs/kinds.ts';
import { UserError } from '../problem/problem.ts';
import { binomialUpperTail } from '../stats/discrete.ts';
import { pairedNonInferiority, tangoInterval } from '../stats/proportions.ts';
import { meanBounds } from './bounds.ts';
import { type Bounds, detectableLoss, LEVEL, rowsToClear, type Sampling, TWO_SIDED } from './interval.ts';
import type { Metric } from './metric.ts';
import { marginProblem } from './metrics.ts';
import type { Judged } from './predictions.ts';
import { bootstrapBounds } from './resample.ts';
import { rowWeights, type ScoredRows } from './rows.ts';

export interface Paired {
  readonly method: string;
  /** The metric of each model. */
  readonly candidate: number;
  readonly production: number;
  /** Positive where the candidate is the better one; NaN where the metric is undefined. */
  readonly gain: number;
  /** One-sided bounds of the gain; null where there are none. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** The margin in the metric's unit. */
  readonly margin: number;
  /** Is a gain shown? */
  readonly gains: boolean;
  /** Is a loss of the margin, or more, excluded? */
  readonly clears: boolean;
  /** Is a loss below the margin excluded? */
  readonly refuted: boolean;
  /** The smallest loss that this many rows exclude with a power of .8 when there is none. */
  readonly detectable?: number;
  /** Rows that would decide with a power of .8. */
  readonly needed?: number;
  readonly weak?: string;
  /** Why nothing can be concluded. */
  readonly undecided?: string;
  /** Rows that only one of the models has right, for 0/1 metrics. */
  readonly discordant?: { readonly candidateOnly: number; readonly productionOnly: number };
}

/** Fewer rows than this on which the models differ carry no bound of their own, whatever their variance says. */
const MIN_DIFFERING = 10;
/** From this many rows, models that (nearly) always agree are taken for equal, with a warning. */
const ROWS_OF_AGREEMENT = 300;

interface Pair {
  readonly metric: Metric;
  readonly margin: Margin;
  readonly sampling: Sampling;
  readonly candidate: ScoredRows;
  readonly production: ScoredRows;
  /** 1 where higher is better, −1 where lower is. */
  readonly sign: 1 | -1;
}

const NOTHING_SHOWN = { gains: false, clears: false, refuted: false } as const;

type Values = Pick<Paired, 'candidate' | 'production' | 'gain' | 'margin'>;

/** @throws UserError for a relative margin of 0/1 correctness. */
export function pairedBounds(judged: Judged, given: Pick<Pair, 'metric' | 'margin' | 'sampling'>): Paired {
  const { metric, margin } = given;
  if (judged.production === undefined) throw new TypeError('there is no production model to compare with');
  const problem = marginProblem(metric, margin);
  if (problem !== undefined) throw new UserError(problem);
  const pair: Pair = {
    ...given,
    candidate: judged.candidate,
    production: judged.production,
    sign: metric.better === 'higher' ? 1 : -1,
  };
  const candidate = metric.evaluator(pair.candidate)();
  const production = metric.evaluator(pair.production)();
  const values: Values = {
    candidate,
    production,
    gain: pair.sign * (candidate - production),
    margin: margin.kind === 'relative' ? margin.value * Math.abs(production) : margin.value,
  };
  const undecided = cannotCompare(pair, values);
  if (undecided !== undefined) {
    return { ...values, method: 'none', lower: null, upper: null, ...NOTHING_SHOWN, undecided };
  }
  const { weights } = pair.candidate;
  const plain = weights === undefined && given.sampling.clusters === undefined;
  if (metric.binary === true && plain) return tango(pair, values);
  return guarded(pair, metric.items === undefined ? byResampling(pair, values) : byMean(pair, values));
}

function cannotCompare({ metric, margin }: Pair, { candidate, production }: Values): string | undefined {
  if (!Number.isFinite(candidate) || !Number.isFinite(production)) {
    return `undefined, for ${metric.undefinedWhere ?? 'the rows carry no weight'}`;
  }
  if (margin.kind === 'relative' && production === 0) {
    return 'production’s value is 0, and a share of 0 is no margin: give the margin in the metric’s unit';
  }
  return undefined;
}

/** A (weighted) mean of one value a row: Student's t on the differences, or on the contrast of a relative margin. */
function byMean({ metric, margin, sampling, candidate, production, sign }: Pair, values: Values): Paired {
  const ours = metric.items?.(candidate);
  const theirs = metric.items?.(production);
  if (ours === undefined || theirs === undefined) throw new TypeError(`${metric.name} is no mean`);
  const weights = rowWeights(candidate);
  const gains = ours.map((value, i) => sign * (value - theirs[i]!));
  const gain = meanBounds(gains, weights, sampling.clusters);
  if (margin.kind === 'absolute')
    return decided(candidate.n, values, gain, shifted(gain, values.margin), `paired ${gain.method}`);
  const contrast = meanBounds(
    gains.map((value, i) => value + margin.value * theirs[i]!),
    weights,
    sampling.clusters,
  );
  const factor = 1 + margin.value;
  return decided(
    candidate.n,
    values,
    gain,
    contrast,
    `paired ${gain.method} of ${factor} × production’s loss − the candidate’s`,
  );
}

/** Any other metric: both models on the same resampled rows. */
function byResampling(
  { metric, margin, sampling, candidate, production, sign }: Pair,
  values: Values,
): Paired {
  const ours = metric.evaluator(candidate);
  const theirs = metric.evaluator(production);
  const gain = bootstrapBounds(candidate, sampling, (counts) => sign * (ours(counts) - theirs(counts)));
  if (margin.kind === 'absolute')
    return decided(candidate.n, values, gain, shifted(gain, values.margin), `paired ${gain.method}`);
  const contrast = bootstrapBounds(candidate, sampling, (counts) => {
    const baseline = theirs(counts);
    return sign * (ours(counts) - baseline) + margin.value * Math.abs(baseline);
  });
  return decided(
    candidate.n,
    values,
    gain,
    contrast,
    `paired ${gain.method} of the gain + ${margin.value} × |production’s value|`,
  );
}

/** The bounds of a gain, moved to those of gain + margin. */
function shifted(bounds: Bounds, margin: number): Bounds {
  const move = (bound: number | null) => (bound === null ? null : bound + margin);
  return { ...bounds, lower: move(bounds.lower), upper: move(bounds.upper) };
}

function decided(n: number, values: Values, gain: Bounds, contrast: Bounds, method: string): Paired {
  const weak = contrast.weak ?? gain.weak;
  const none = contrast.none ?? gain.none;
  const { standardError } = contrast;
  // Planned for equal models, or for the loss that was seen: what would decide if it were the truth.
  const needed = rowsToClear(n, standardError, Math.abs(values.margin + Math.min(values.gain, 0)));
  return {
    ...values,
    method,
    lower: gain.lower,
    upper: gain.upper,
    gains: gain.lower !== null && gain.lower > 0,
    clears: contrast.lower !== null && contrast.lower > 0,
    refuted: contrast.upper !== null && contrast.upper < 0,
    ...(standardError === undefined ? {} : { detectable: detectableLoss(standardError) }),
    ...(needed === undefined ? {} : { needed }),
    ...(weak === undefined ? {} : { weak }),
    ...(none === undefined ? {} : { undecided: none }),
  };
}

/**
 * Where models hardly ever differ, the variance that was seen is (near) zero and any bound from it as well: a loss on
 * rows that happened not to be drawn would pass. Up to 1 − .05^(1/n) of all rows may be such rows.
 */
function guarded(pair: Pair, paired: Paired): Paired {
  const { n } = pair.candidate;
  const differing = differingRows(pair);
  if (differing >= MIN_DIFFERING) return paired;
  const seen =
    differing === 0
      ? `the models agree on all ${n} rows`
      : `the models differ on only ${differing} of ${n} rows`;
  const share = (100 * (1 - 0.05 ** (1 / n))).toPrecision(2);
  if (n < ROWS_OF_AGREEMENT)
    return {
      ...paired,
      needed: Math.max(paired.needed ?? 0, rowsThatDiffer(n, differing)),
      undecided: `${seen}, which is too few to show what the others would`,
    };
  const weak = `weak: ${seen}${differing === 0 ? `, so that they differ on at most ${share} % of such rows` : ''}`;
  if (differing > 0) return { ...paired, weak };
  const { undecided: _, ...rest } = paired;
  return {
    ...rest,
    method: 'agreement on every row',
    lower: 0,
    upper: 0,
    ...NOTHING_SHOWN,
    clears: true,
    weak,
  };
}

/** Rows among which enough would differ, at the rate seen, or that would show that hardly any do. */
function rowsThatDiffer(n: number, differing: number): number {
  return Math.min(ROWS_OF_AGREEMENT, Math.ceil((n * MIN_DIFFERING) / Math.max(differing, 1)));
}

/** Rows on which what the metric reads is not the same. */
function differingRows({ metric, candidate, production }: Pair): number {
  const read = (rows: ScoredRows) =>
    rows.task === 'classification' && !metric.needs.includes('prediction') ? rows.scores : rows.predicted;
  const ours = read(candidate);
  const theirs = read(production);
  let count = 0;
  for (let i = 0; i < candidate.n; i += 1) if (ours?.[i] !== theirs?.[i]) count += 1;
  return count;
}

/**
 * Does the exact test of McNemar's counts (Bin(wins + losses, 1/2) ≥ wins) show more wins? Tango's bound alone takes
 * three wins and no loss for a gain, which equal models show with a chance of 1/8.
 */
function winsShown(wins: number, losses: number): boolean {
  return binomialUpperTail(wins, wins + losses, 0.5) <= 1 - LEVEL;
}

/** 0/1 correctness: Tango's score interval with the exact guard. */
function tango({ metric, candidate, production }: Pair, values: Values): Paired {
  const ours = metric.items?.(candidate) ?? [];
  const theirs = metric.items?.(production) ?? [];
  const { n } = candidate;
  let candidateOnly = 0;
  let productionOnly = 0;
  for (let i = 0; i < n; i += 1) {
    if (ours[i]! > theirs[i]!) candidateOnly += 1;
    else if (ours[i]! < theirs[i]!) productionOnly += 1;
  }
  const [b, c, { margin }] = [candidateOnly, productionOnly, values];
  const method = 'Tango score interval with an exact guard';
  const common = { ...values, gain: (b - c) / n, discordant: { candidateOnly, productionOnly } };
  if (margin === 0) {
    const [lower, upper] = tangoInterval(b, c, n, TWO_SIDED);
    const gains = lower > 0 && winsShown(b, c);
    return { ...common, method, lower, upper, gains, clears: gains, refuted: upper < 0 && winsShown(c, b) };
  }
  const found = pairedNonInferiority({ b, c, n, margin, alpha: 1 - LEVEL });
  return {
    ...common,
    method,
    gains: found.better && winsShown(b, c),
    lower: found.interval[0],
    upper: found.interval[1],
    clears: found.notWorse,
    refuted: found.worse,
    detectable: found.detectableDrop,
    ...(Number.isFinite(found.needed) ? { needed: Math.max(n + 1, found.needed) } : {}),
  };
}
