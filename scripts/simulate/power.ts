/** What a bound costs: equal models that pass, by it and by a plain one, on the same rows. */
import { compareRows } from '../../shared/model/compare.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { clustersOf } from '../../shared/stats/clusters.ts';
import { resample } from '../../shared/stats/resample.ts';
import { unguardedEnds } from '../../shared/stats/resampled.ts';
import { DRAWS, type Pair } from './tally.ts';
import { grouped, percent, rate, table } from './text.ts';

export const ALPHA = 0.05;

export interface Lower {
  readonly estimate: number;
  readonly lower: number;
}

/** One row of the table. */
export interface PowerCell {
  readonly name: string;
  readonly metric: Metric;
  /** Rows of two models, of which the candidate is worse by the loss. The same seed gives the same ones. */
  pairs(loss: number, runs: number, seed: number): Iterable<Pair>;
  /** The plain bound; by default `resampledLower`. */
  plain?(pair: Pair, metric: Metric, run: number): Lower;
}

/** BCa with Student's ends; bounds that were marked weak passed as a warning, and count. */
export function resampledLower(pair: Pair, metric: Metric, run: number): Lower {
  const [candidate, production] = [metric.statistic(pair.candidate), metric.statistic(pair.production)];
  if (candidate.kind === 'exact' || production.kind === 'exact')
    throw new TypeError(`${metric.name} is not resampled`);
  const resamples = resample({
    ...{ n: pair.candidate.n, candidate, production, draws: DRAWS, seed: run },
    ...(pair.clusters === undefined ? {} : { clusters: clustersOf(pair.clusters) }),
  });
  const sign = metric.better === 'higher' ? 1 : -1;
  const gain = (ours: number, theirs: number) => sign * (ours - theirs);
  const ends = unguardedEnds(resamples, ALPHA, gain);
  return {
    estimate: gain(resamples.candidate, resamples.production),
    lower: ends?.lower ?? Number.NEGATIVE_INFINITY,
  };
}

function lowerOfOurs(pair: Pair, metric: Metric, margin: number, run: number): Lower {
  const { candidate, production, clusters } = pair;
  const { check } = compareRows(candidate, production, {
    ...{ metric, alpha: ALPHA, binding: 'declared' },
    margin: { kind: 'absolute', value: margin },
    sampling: {
      ...{ draws: DRAWS, seed: run },
      ...(clusters === undefined ? {} : { clusters: clustersOf(clusters) }),
    },
  });
  const passes = check.status === 'pass' || check.status === 'warn';
  const lower = check.evidence?.interval?.[0] ?? Number.NEGATIVE_INFINITY;
  if (passes !== lower > -margin) throw new Error(`${check.status} at ${lower} and a margin of ${margin}`);
  return { estimate: check.evidence?.estimate ?? Number.NaN, lower };
}

/** Standard errors of the gain that make a margin at which the plain bounds pass 65 to 80 % of equal models. */
const REACH = 2.2;
/** Pairs by which that standard error is measured. */
const PILOT = 200;

function marginOf({ metric, pairs }: PowerCell): number {
  let [sum, squares] = [0, 0];
  for (const { candidate, production } of pairs(0, PILOT, 91)) {
    const gain = metric.evaluator(candidate)() - metric.evaluator(production)();
    sum += gain;
    squares += gain * gain;
  }
  const deviation = Math.sqrt(squares / PILOT - (sum / PILOT) ** 2);
  return Number((REACH * deviation).toPrecision(2));
}

const RUNS = 400;
const LEVEL_RUNS = 1000;
/** Two standard errors of `LEVEL_RUNS` above 5 %. */
const MOST = ALPHA + 2 * Math.sqrt((ALPHA * (1 - ALPHA)) / LEVEL_RUNS);

/** undefined if the plain bounds did not keep their level. */
function rowOf(cell: PowerCell): string[] | undefined {
  const { metric, pairs, plain = resampledLower } = cell;
  const margin = marginOf(cell);
  let [run, accepted] = [0, 0];
  for (const pair of pairs(margin, LEVEL_RUNS, 92)) {
    if (plain(pair, metric, run++).lower > -margin) accepted += 1;
  }
  if (accepted / LEVEL_RUNS > MOST) return undefined;
  const found = { plain: 0, ours: 0, onlyPlain: 0, onlyOurs: 0, wide: 0, plainWide: 0 };
  run = 0;
  for (const pair of pairs(0, RUNS, 93)) {
    const [old, own] = [plain(pair, metric, run), lowerOfOurs(pair, metric, margin, run++)];
    const [oldPasses, ownPasses] = [old.lower > -margin, own.lower > -margin];
    if (oldPasses) found.plain += 1;
    if (ownPasses) found.ours += 1;
    if (oldPasses && !ownPasses) found.onlyPlain += 1;
    if (ownPasses && !oldPasses) found.onlyOurs += 1;
    // Without a bound there is no width; both are left out then.
    if (!Number.isFinite(old.lower) || !Number.isFinite(own.lower)) continue;
    found.plainWide += old.estimate - old.lower;
    found.wide += own.estimate - own.lower;
  }
  return [
    cell.name,
    String(margin),
    rate(accepted, LEVEL_RUNS),
    rate(found.plain, RUNS),
    rate(found.ours, RUNS),
    lossOf(found),
    found.plainWide === 0 ? 'no bound' : (found.wide / found.plainWide).toFixed(2),
  ];
}

/** Of pairs that differ, in points, with two standard errors of a paired difference of shares. */
function lossOf({ onlyPlain, onlyOurs }: { readonly onlyPlain: number; readonly onlyOurs: number }): string {
  const [lost, won] = [onlyPlain / RUNS, onlyOurs / RUNS];
  const error = Math.sqrt((lost + won - (lost - won) ** 2) / RUNS);
  return `${percent(lost - won)} ± ${percent(2 * error)} points`;
}

/** @param models what the two models are, in a sentence. @param plain what ours are compared with, in a sentence. */
export function powerTable(models: string, plain: string, cells: readonly PowerCell[]): string {
  const rows = cells.flatMap((cell) => {
    const row = rowOf(cell);
    return row === undefined ? [] : [row];
  });
  return [
    `${models} ${grouped(RUNS)} runs a row; the margin is ${REACH} standard errors of the gain. ${plain} Shown are the ${rows.length} of ${cells.length} cells in which those hold: a worse model passes in at most ${percent(MOST)} % of ${grouped(LEVEL_RUNS)} runs (5 % and two standard errors).`,
    table(
      [
        'rows',
        'margin',
        'plain: a worse model passes',
        'plain: equal passes',
        'ours: equal passes',
        'power lost',
        'distance of the bound, ours to plain',
      ],
      rows,
    ),
  ].join('\n\n');
}
