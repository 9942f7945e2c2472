/** Thirty uses of one test set, and twenty small losses one after the other, with and without what should prevent harm. */
import { pairedShareBounds } from '../../shared/stats/paired.ts';
import { budgetAfter, type ReusePlan } from '../../shared/stats/reuse.ts';
import { type Draw, drawFrom } from './draw.ts';
import { grouped, percent, rate, table } from './text.ts';

const ALPHA = 0.05;
const ACCURACY = 0.9;

/** Whether production has each row of a test set right. */
const rightRows = (draw: Draw, n: number) =>
  Uint8Array.from({ length: n }, () => (draw.uniform() < ACCURACY ? 1 : 0));

/** A candidate's disagreement with production, d of the rows, of which it truly loses `loss` more than it wins. */
interface Change {
  readonly d: number;
  readonly loss: number;
}

/** Draws again which rows are changed, among the rows `where` says. */
function redraw(
  draw: Draw,
  changed: Uint8Array,
  right: Uint8Array,
  { d, loss }: Change,
  where: number,
): Uint8Array {
  const lost = (d + loss) / 2 / ACCURACY;
  const won = (d - loss) / 2 / (1 - ACCURACY);
  return changed.map((was, i) =>
    where < 1 && draw.uniform() >= where ? was : draw.uniform() < (right[i] === 1 ? lost : won) ? 1 : 0,
  );
}

function countsOf(changed: Uint8Array, right: Uint8Array) {
  let [b, c] = [0, 0];
  changed.forEach((is, i) => {
    if (is === 0) return;
    if (right[i] === 1) c += 1;
    else b += 1;
  });
  return { b, c, n: right.length };
}

const USES = 30;
const PLANS: readonly (readonly [string, ReusePlan | undefined])[] = [
  ['none: each use at 5 %', undefined],
  ['`planned`, 30 uses', { kind: 'planned', uses: USES }],
  ['`passes`, 3 of 30', { kind: 'passes', uses: USES, passes: 3 }],
  ['`adaptive`, 30 uses of 1 bit', { kind: 'adaptive', uses: USES, bits: 1 }],
  ['`unbounded`', { kind: 'unbounded' }],
];

/** The level of each use under a plan, 0 if it is spent. */
const levelOf = (plan: ReusePlan | undefined, uses: number) =>
  plan === undefined ? ALPHA : budgetAfter(plan, { uses, passes: 0, bits: uses }, ALPHA).level;

/** Which of the plans accept at least one of the 30 models, each truly worse than production by just the margin. */
function history(draw: Draw, n: number, change: Change, climbs: boolean): boolean[] {
  const right = rightRows(draw, n);
  let kept = redraw(draw, new Uint8Array(n), right, change, 1);
  let best = -Infinity;
  const accepted = PLANS.map(() => false);
  for (let use = 0; use < USES; use++) {
    const tried = use === 0 ? kept : redraw(draw, kept, right, change, climbs ? 1 / 3 : 1);
    const counts = countsOf(tried, right);
    PLANS.forEach(([, plan], k) => {
      accepted[k] ||= pairedShareBounds(counts, levelOf(plan, use)).lower > -change.loss;
    });
    if (counts.b - counts.c > best) {
      best = counts.b - counts.c;
      kept = tried;
    }
  }
  return accepted;
}

function reused(runs: number): string {
  const draw = drawFrom(461);
  const margin = 0.02;
  const d = 0.05;
  const cells = [1000, 3000].flatMap((n) =>
    [false, true].map((climbs) => {
      const found = PLANS.map(() => 0);
      for (let run = 0; run < runs; run++) {
        history(draw, n, { d, loss: margin }, climbs).forEach((accepted, k) => {
          if (accepted) found[k]! += 1;
        });
      }
      return found.map((count) => rate(count, runs));
    }),
  );
  const power = [1000, 3000].map((n) => {
    const found = PLANS.map(() => 0);
    for (let run = 0; run < runs; run++) {
      const right = rightRows(draw, n);
      const counts = countsOf(redraw(draw, new Uint8Array(n), right, { d, loss: 0 }, 1), right);
      PLANS.forEach(([, plan], k) => {
        if (pairedShareBounds(counts, levelOf(plan, 0)).lower > -margin) found[k]! += 1;
      });
    }
    return found.map((count) => rate(count, runs));
  });
  return table(
    [
      'ledger',
      'n = 1,000: any accepted, models made beforehand',
      'any accepted, report climbed',
      'equal model accepted at first',
      'n = 3,000: made beforehand',
      'report climbed',
      'equal model at first',
    ],
    PLANS.map(([name], k) => [
      name,
      cells[0]![k]!,
      cells[1]![k]!,
      power[0]![k]!,
      cells[2]![k]!,
      cells[3]![k]!,
      power[1]![k]!,
    ]),
  );
}

const COMMITS = 20;
const ANCHORS: readonly (readonly [string, number | undefined])[] = [
  ['no anchor', undefined],
  ['anchor, its tests not charged', ALPHA],
  ['anchor, charged: 5 %/20 a test', ALPHA / COMMITS],
];

/** True accuracy that production has lost after twenty commits, each 0.5 points worse than the production it meets. */
function drifted(draw: Draw, n: number, anchorLevel: number | undefined): number {
  const margin = 0.01;
  const [d, step] = [0.05, 0.005];
  const anchor = rightRows(draw, n);
  let production = anchor;
  let accuracy = ACCURACY;
  for (let commit = 0; commit < COMMITS; commit++) {
    const lost = (d + step) / 2 / accuracy;
    const won = (d - step) / 2 / (1 - accuracy);
    const candidate = production.map((right) => {
      const changes = draw.uniform() < (right === 1 ? lost : won);
      return changes ? 1 - right : right;
    });
    const against = (other: Uint8Array, alpha: number) => {
      let [b, c] = [0, 0];
      candidate.forEach((right, i) => {
        if (right > other[i]!) b += 1;
        else if (right < other[i]!) c += 1;
      });
      return pairedShareBounds({ b, c, n }, alpha).lower > -margin;
    };
    const accepted =
      against(production, ALPHA) && (anchorLevel === undefined || against(anchor, anchorLevel));
    if (!accepted) continue;
    production = candidate;
    accuracy -= step;
  }
  return ACCURACY - accuracy;
}

function anchored(): string {
  const draw = drawFrom(462);
  const rows = [
    { n: 2000, runs: 400 },
    { n: 10_000, runs: 120 },
  ].flatMap(({ n, runs }) =>
    ANCHORS.map(([name, level]) => {
      const losses = Array.from({ length: runs }, () => drifted(draw, n, level));
      const beyond = losses.filter((loss) => loss > 0.01 + 1e-9).length;
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / runs;
      return [`${name}, n = ${grouped(n)}`, `${percent(mean)} points`, rate(beyond, runs)];
    }),
  );
  return table(['rule', 'accuracy lost, mean', 'more than the margin lost'], rows);
}

export function reuse(): string {
  const runs = 200;
  return [
    `Thirty models on one test set, margin two points, disagreement 5 %, ${runs} histories. “Climbed”: the author sees each gain, changes a third of the best model's differences at random, and tries again:`,
    reused(runs),
    'Twenty commits on one test set, each half a point worse than the production it meets; margin one point, disagreement 5 %; 400 histories of 2,000 rows, 120 of 10,000:',
    anchored(),
  ].join('\n\n');
}
