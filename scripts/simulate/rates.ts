/** Metrics of rates if the candidate truly loses the margin: how often is it let through, with few rows of a class? */
import { compareRows } from '../../shared/model/compare.ts';
import { isProblem, metricNamed } from '../../shared/model/metrics.ts';
import type { ClassificationRows } from '../../shared/model/rows.ts';
import { multinomialOf } from '../../shared/stats/sampling.ts';
import { drawFrom } from './draw.ts';
import { grouped, percent, table } from './text.ts';

/** Shares of the cells 4·label + 2·production + candidate. */
export type Law = Float64Array;

/** Production finds 70 % of the positives, with as many false alarms as it misses; the candidate differs as is said. */
export interface Pattern {
  readonly name: string;
  /** What production finds of the positives. */
  readonly found: number;
  /** Of the positives: found by production and lost, missed and now found. */
  readonly lost: number;
  readonly gained: number;
  /** As shares of the positives: false alarms that are new, and that are gone. */
  readonly alarms: number;
  readonly calmed: number;
}

const PATTERNS: readonly Pattern[] = [
  { name: 'misses more positives', found: 0.7, lost: 0.1, gained: 0, alarms: 0, calmed: 0 },
  { name: 'misses some of a faultless model’s', found: 1, lost: 0.08, gained: 0, alarms: 0, calmed: 0 },
  { name: 'more false alarms', found: 0.7, lost: 0, gained: 0, alarms: 0.25, calmed: 0 },
  { name: 'spread, many differences', found: 0.7, lost: 0.2, gained: 0.1, alarms: 0.2, calmed: 0.1 },
];

export function lawOf(positives: number, { found, lost, gained, alarms, calmed }: Pattern): Law {
  const false_ = 1 - found;
  const negatives = 1 - positives;
  return Float64Array.of(
    negatives - positives * (false_ + alarms),
    positives * alarms,
    positives * calmed,
    positives * (false_ - calmed),
    positives * (false_ - gained),
    positives * gained,
    positives * lost,
    positives * (found - lost),
  );
}

/** One row for each cell. */
const CELLS = [0, 1, 2, 3, 4, 5, 6, 7];
export function rowsOf(counts: ArrayLike<number>, bit: 1 | 2): ClassificationRows {
  const n = CELLS.reduce((sum, cell) => sum + counts[cell]!, 0);
  const [truth, predicted] = [new Int32Array(n), new Int32Array(n)];
  let at = 0;
  for (const cell of CELLS) {
    truth.fill(cell >> 2, at, at + counts[cell]!);
    predicted.fill((cell & bit) === 0 ? 0 : 1, at, at + counts[cell]!);
    at += counts[cell]!;
  }
  return { task: 'classification', n, classes: ['0', '1'], positive: 1, truth, predicted };
}

export function metric(name: string) {
  const found = metricNamed(name, 'simulate');
  if (isProblem(found)) throw new TypeError(found.what);
  return found;
}

/** The metric's gain under the law, as rows that are its shares. */
export function gainOf(name: string, law: Law): number {
  const counts = law.map((share) => Math.round(1e6 * share));
  const evaluate = (bit: 1 | 2) => metric(name).evaluator(rowsOf(counts, bit))();
  return evaluate(1) - evaluate(2);
}

export const METRICS = ['f1', 'recall', 'precision', 'balanced_accuracy', 'matthews_corrcoef'] as const;
const POSITIVES = [0.01, 0.03, 0.1, 0.3];
const SIZES = [50, 100, 300, 1000, 3000];

interface Cell {
  readonly metric: string;
  readonly positives: number;
  readonly n: number;
  readonly pattern: Pattern;
}

/** How many runs end in `pass` or `warn` if the law's loss is the margin, or beside a margin if there is none. */
function accepted(cell: Cell, runs: number, seed: number): number {
  const law = lawOf(cell.positives, cell.pattern);
  const margin = -gainOf(cell.metric, law);
  if (!(margin > 1e-9)) return Number.NaN;
  return countOf(cell, law, margin, runs, seed);
}

function countOf(
  { metric: name, n }: Pick<Cell, 'metric' | 'n'>,
  law: Law,
  margin: number,
  runs: number,
  seed: number,
): number {
  const draw = drawFrom(seed);
  const counts = new Float64Array(8);
  // The same table has the same answer.
  const known = new Map<string, boolean>();
  let found = 0;
  for (let run = 0; run < runs; run++) {
    multinomialOf(draw, n, law, counts);
    const key = counts.join(' ');
    let passes = known.get(key);
    if (passes === undefined) {
      const options = {
        metric: metric(name),
        margin: { kind: 'absolute', value: margin },
        sampling: { draws: 400, seed: run },
        alpha: 0.05,
        binding: 'declared',
      } as const;
      const { status } = compareRows(rowsOf(counts, 1), rowsOf(counts, 2), options).check;
      passes = status === 'pass' || status === 'warn';
      known.set(key, passes);
    }
    if (passes) found += 1;
  }
  return found;
}

/** Runs of a cell; as many again, up to MOST, while the share is near the limit, for chance alone moves 1,000 by 0.7 points. */
const RUNS = 1000;
const MOST = 3000;
const NEAR = 0.05;

function shareOf(cell: Cell, seed: number): number {
  let [runs, found] = [0, 0];
  do {
    found += accepted(cell, RUNS, seed + runs);
    runs += RUNS;
  } while (found / runs > NEAR && runs < MOST);
  return found / runs;
}

/** Of one metric the table of false accepts: the worst of the patterns by share of positives and rows. */
export function ratesOf(name: (typeof METRICS)[number]): string {
  const rows = POSITIVES.map((positives) => [
    `${percent(positives)} % positives`,
    ...SIZES.map((n, at) => {
      const shares = PATTERNS.map((pattern, p) =>
        shareOf({ metric: name, positives, n, pattern }, 70_000 + 10_000 * at + 5000 * p),
      );
      return `${percent(Math.max(...shares.filter((share) => !Number.isNaN(share))))} %`;
    }),
  ]);
  return [
    `\`${name}\`, ${grouped(RUNS)} runs a pattern, up to ${grouped(MOST)} if they show more than ${percent(NEAR)} %:`,
    table(['rows', ...SIZES.map((n) => `n = ${grouped(n)}`)], rows),
  ].join('\n\n');
}
