/** What the bounds of rates cost: equal models that pass, by them and by the resampling bounds that they replaced. */
import { compare } from '../../shared/model/compare.ts';
import { resample } from '../../shared/stats/resample.ts';
import { unguardedEnds } from '../../shared/stats/resampled.ts';
import { multinomialOf } from '../../shared/stats/sampling.ts';
import { drawFrom } from './draw.ts';
import { gainOf, type Law, lawOf, METRICS, metric, rowsOf } from './rates.ts';
import { grouped, percent, rate, table } from './text.ts';

/** Both models find 70 % of the positives; each finds 10 % of them that the other misses, and so of false alarms. */
const EQUAL = { name: 'equal', found: 0.7, lost: 0.1, gained: 0.1, alarms: 0.1, calmed: 0.1 };
const POSITIVES = [0.1, 0.3];
const SIZES = [300, 1000, 3000];
const ALPHA = 0.05;
const DRAWS = 400;

interface Cell {
  readonly metric: (typeof METRICS)[number];
  readonly positives: number;
  readonly n: number;
}

type Lower = (counts: Float64Array, run: number) => { readonly estimate: number; readonly lower: number };

/** BCa with Student's ends over the joint cells; bounds that were marked weak passed as a warning, and count. */
function formerOf({ metric: name, n }: Cell): Lower {
  return (counts, run) => {
    const statistic = (bit: 1 | 2) => metric(name).statistic(rowsOf(counts, bit));
    const [candidate, production] = [statistic(1), statistic(2)];
    if (candidate.kind === 'exact' || production.kind === 'exact')
      throw new TypeError(`${name} has no cells`);
    const resamples = resample({ n, candidate, production, draws: DRAWS, seed: run });
    const ends = unguardedEnds(resamples, ALPHA, (ours, theirs) => ours - theirs);
    const estimate = resamples.candidate - resamples.production;
    return { estimate, lower: ends?.lower ?? Number.NEGATIVE_INFINITY };
  };
}

function ofNow({ metric: name }: Cell, margin: number): Lower {
  return (counts, run) => {
    const { check } = compare(rowsOf(counts, 1), rowsOf(counts, 2), {
      ...{ metric: metric(name), alpha: ALPHA, binding: 'declared' },
      margin: { kind: 'absolute', value: margin },
      sampling: { draws: DRAWS, seed: run },
    });
    const passes = check.status === 'pass' || check.status === 'warn';
    const lower = check.evidence?.interval?.[0] ?? Number.NEGATIVE_INFINITY;
    if (passes !== lower > -margin) throw new Error(`${check.status} at ${lower} and a margin of ${margin}`);
    return { estimate: check.evidence?.estimate ?? Number.NaN, lower };
  };
}

/** Standard errors of the gain that make a margin at which the former bounds pass 65 to 80 % of equal models. */
const REACH = 2.2;
/** Tables by which that standard error is measured. */
const PILOT = 200;

function marginOf(cell: Cell): number {
  let [sum, squares] = [0, 0];
  for (const counts of tables(lawOf(cell.positives, EQUAL), cell.n, PILOT, 91)) {
    const evaluate = (bit: 1 | 2) => metric(cell.metric).evaluator(rowsOf(counts, bit))();
    const gain = evaluate(1) - evaluate(2);
    sum += gain;
    squares += gain * gain;
  }
  const deviation = Math.sqrt(squares / PILOT - (sum / PILOT) ** 2);
  return Number((REACH * deviation).toPrecision(2));
}

function* tables(law: Law, n: number, runs: number, seed: number): Generator<Float64Array> {
  const draw = drawFrom(seed);
  const counts = new Float64Array(8);
  for (let run = 0; run < runs; run++) yield multinomialOf(draw, n, law, counts);
}

/** A law whose loss is the margin: more positives that are missed, and more false alarms, of both the same. */
function worseBy({ metric: name, positives }: Cell, margin: number): Law {
  const at = (more: number) =>
    lawOf(positives, { ...EQUAL, lost: EQUAL.lost + more, alarms: EQUAL.alarms + more });
  let [low, high] = [0, EQUAL.found - EQUAL.lost];
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (-gainOf(name, at(middle)) < margin) low = middle;
    else high = middle;
  }
  return at(high);
}

const RUNS = 400;
const LEVEL_RUNS = 1000;
/** Two standard errors of `LEVEL_RUNS` above 5 %. */
const MOST = ALPHA + 2 * Math.sqrt((ALPHA * (1 - ALPHA)) / LEVEL_RUNS);

/** undefined if the former bounds did not keep their level. */
function rowOf(cell: Cell): string[] | undefined {
  const margin = marginOf(cell);
  const former = formerOf(cell);
  let [run, accepted] = [0, 0];
  for (const counts of tables(worseBy(cell, margin), cell.n, LEVEL_RUNS, 92)) {
    if (former(counts, run++).lower > -margin) accepted += 1;
  }
  if (accepted / LEVEL_RUNS > MOST) return undefined;
  const now = ofNow(cell, margin);
  const found = { former: 0, now: 0, onlyFormer: 0, onlyNow: 0, wide: 0, formerWide: 0 };
  run = 0;
  for (const counts of tables(lawOf(cell.positives, EQUAL), cell.n, RUNS, 93)) {
    const [old, own] = [former(counts, run), now(counts, run++)];
    const [oldPasses, ownPasses] = [old.lower > -margin, own.lower > -margin];
    if (oldPasses) found.former += 1;
    if (ownPasses) found.now += 1;
    if (oldPasses && !ownPasses) found.onlyFormer += 1;
    if (ownPasses && !oldPasses) found.onlyNow += 1;
    // Without a bound there is no width; both are left out then.
    if (!Number.isFinite(old.lower) || !Number.isFinite(own.lower)) continue;
    found.formerWide += old.estimate - old.lower;
    found.wide += own.estimate - own.lower;
  }
  return [
    `\`${cell.metric}\`, ${percent(cell.positives)} % positives, n = ${grouped(cell.n)}`,
    String(margin),
    rate(accepted, LEVEL_RUNS),
    rate(found.former, RUNS),
    rate(found.now, RUNS),
    lossOf(found),
    (found.wide / found.formerWide).toFixed(2),
  ];
}

/** Of pairs that differ, in points, with two standard errors of a paired difference of shares. */
function lossOf({ onlyFormer, onlyNow }: { readonly onlyFormer: number; readonly onlyNow: number }): string {
  const [lost, won] = [onlyFormer / RUNS, onlyNow / RUNS];
  const error = Math.sqrt((lost + won - (lost - won) ** 2) / RUNS);
  return `${percent(lost - won)} ± ${percent(2 * error)} points`;
}

export function ratesPower(): string {
  const cells = METRICS.flatMap((name) =>
    POSITIVES.flatMap((positives) => SIZES.map((n) => ({ metric: name, positives, n }))),
  );
  const rows = cells.flatMap((cell) => {
    const row = rowOf(cell);
    return row === undefined ? [] : [row];
  });
  return [
    `Two equal models; each finds 10 % of the positives that the other misses, and has as many false alarms of its own. ${grouped(RUNS)} runs a row, the same for both bounds; the margin is ${REACH} standard errors of the gain. The former bounds are resamples with BCa and Student’s ends; a weak one, which was a warning, counts as a pass.`,
    `Shown are the ${rows.length} of ${cells.length} cells in which the former bounds held: a model that is worse by the margin passed in at most ${percent(MOST)} % of ${grouped(LEVEL_RUNS)} runs (5 % and two standard errors).`,
    table(
      [
        'rows',
        'margin',
        'former: a worse model passes',
        'former: equal passes',
        'now: equal passes',
        'power lost',
        'distance of the bound, now to former',
      ],
      rows,
    ),
  ].join('\n\n');
}
