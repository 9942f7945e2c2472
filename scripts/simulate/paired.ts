/**
 * 0/1 correctness of two models on the same rows, by full enumeration: b rows that only the candidate has right and c
 * that only production has right are trinomial, so every rate here is exact.
 */
import { binomialMass, binomialUpperTail } from '../../shared/stats/discrete.ts';
import { pairedShareBounds, rowsForPaired } from '../../shared/stats/paired.ts';
import { grouped, percent, table } from './text.ts';

const ALPHA = 0.05;

/** Does the rule accept the candidate? More b never turns an acceptance into a refusal. */
type Rule = (b: number, c: number, n: number, margin: number) => boolean;

const ours: Rule = (b, c, n, margin) => pairedShareBounds({ b, c, n }, ALPHA).lower > -margin;
/** Shown to be worse, as the mirror: how often is a loss of just the margin called worse? */
const notCalledWorse: Rule = (b, c, n, margin) => pairedShareBounds({ b, c, n }, ALPHA).upper >= -margin;
const atLeastEqual: Rule = (b, c) => b >= c;
const dropWithin: Rule = (b, c, n, margin) => c - b <= margin * n + 1e-9;
/** McNemar's (1947) test, exact and two-sided, does not reject, or the candidate is ahead. */
const notSignificant: Rule = (b, c) => b >= c || 2 * binomialUpperTail(c, b + c, 0.5) > ALPHA;

/** For each c the smallest b that is accepted, found by bisection; `most` + 1 if none is. */
function edges(rule: Rule, n: number, margin: number, most: number): Int32Array {
  return Int32Array.from({ length: most + 1 }, (_, c) => {
    let low = 0;
    let high = most + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (middle + c <= n && rule(middle, c, n, margin)) high = middle;
      else if (middle + c > n) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** Beyond this many discordant rows of one kind there is less than 1e-10 of probability. */
function most(n: number, share: number): number {
  return Math.min(n, Math.ceil(n * share + 7 * Math.sqrt(n * share) + 12));
}

/** P(accept) if the candidate is truly `loss` below production and both differ on `d` of the rows. */
function accepts(edge: Int32Array, n: number, d: number, loss: number): number {
  const onlyCandidate = (d - loss) / 2;
  const onlyProduction = (d + loss) / 2;
  let total = 0;
  edge.forEach((b, c) => {
    const mass = binomialMass(c, n, onlyProduction);
    if (mass > 1e-12) total += mass * binomialUpperTail(b, n - c, onlyCandidate / (1 - onlyProduction));
  });
  return total;
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
const SIZES = [...range(100, 999, 1), ...range(1000, 3000, 10)];
const DISAGREEMENT = range(1, 10, 1).map((points) => points / 100);
const MARGINS = [0.01, 0.02];

interface Worst {
  rate: number;
  where: string;
}

/** The largest false-accept rate at the margin over the grid, and how much of the grid is above 5.5 %. */
function worst(): string {
  const rows = MARGINS.map((margin) => {
    const accept: Worst = { rate: 0, where: '' };
    const worse: Worst = { rate: 0, where: '' };
    let cells = 0;
    let above = 0;
    let worseAbove = 0;
    for (const n of SIZES) {
      const reach = most(n, 0.06);
      const [accepted, spared] = [ours, notCalledWorse].map((rule) => edges(rule, n, margin, reach));
      for (const d of DISAGREEMENT.filter((share) => share >= margin)) {
        const where = `n = ${n}, ${percent(d)} %`;
        const rate = accepts(accepted!, n, d, margin);
        cells += 1;
        if (rate > 0.055) above += 1;
        if (rate > accept.rate) Object.assign(accept, { rate, where });
        const called = 1 - accepts(spared!, n, d, margin);
        if (called > 0.055) worseAbove += 1;
        if (called > worse.rate) Object.assign(worse, { rate: called, where });
      }
    }
    return [
      `${percent(margin)} ${margin === 0.01 ? 'point' : 'points'}`,
      grouped(cells),
      `${(100 * accept.rate).toFixed(2)} % (${accept.where})`,
      `${percent(above / cells)} %`,
      `${(100 * worse.rate).toFixed(2)} % (${worse.where})`,
      `${percent(worseAbove / cells)} %`,
    ];
  });
  return table(
    [
      'margin',
      'cells',
      'largest false accept',
      'cells above 5.5 %',
      'largest false `worse`',
      'cells above 5.5 %',
    ],
    rows,
  );
}

const RULES: readonly (readonly [string, Rule])[] = [
  ['ml-loop', ours],
  ['`new >= old`', atLeastEqual],
  ['drop ≤ margin', dropWithin],
  ['McNemar not significant', notSignificant],
];

/** Four rules side by side: a loss of the margin, twice the margin, and no loss. */
function beside(): string {
  const margin = 0.01;
  const plans = [
    { n: 300, d: 0.05 },
    { n: 1000, d: 0.02 },
    { n: 1000, d: 0.05 },
    { n: 3000, d: 0.05 },
    { n: 3000, d: 0.1 },
  ];
  const rows = plans.flatMap(({ n, d }) =>
    [0, margin, 2 * margin].map((loss) => {
      const cells = RULES.map(([, rule]) =>
        d < loss ? '–' : `${percent(accepts(edges(rule, n, margin, most(n, (d + loss) / 2)), n, d, loss))} %`,
      );
      return [`${grouped(n)}, ${percent(d)} %, ${loss === 0 ? 'none' : `−${percent(loss)}`}`, ...cells];
    }),
  );
  return table(
    ['rows, disagreement, true loss in points', ...RULES.map(([name]) => `${name} accepts`)],
    rows,
  );
}

/** With as many rows as the plan asks for, how often is an equal model accepted? */
function planned(): string {
  const rows = [0.02, 0.05, 0.1].flatMap((discordance) =>
    MARGINS.map((margin) => {
      const n = rowsForPaired({ discordance, margin, alpha: ALPHA });
      const power = accepts(edges(ours, n, margin, most(n, discordance / 2)), n, discordance, 0);
      return [`${percent(discordance)} %, ${percent(margin)}`, grouped(n), `${percent(power)} %`];
    }),
  );
  return table(['disagreement, margin in points', 'rows planned', 'equal models accepted'], rows);
}

export function paired(): string {
  return [
    `Largest error over ${SIZES.length} sizes from 100 to 3,000 rows and all possible disagreements of 1 to 10 %, enumerated in full:`,
    worst(),
    'The same evidence under four rules, margin 1 point:',
    beside(),
    'Rows planned for a power of 80 %, and what they give:',
    planned(),
  ].join('\n\n');
}
