/** Simultaneous intervals of rates by group: how often does any miss? */
import { groupIntervals } from '../../shared/stats/simultaneous.ts';
import { type Draw, drawFrom } from './draw.ts';
import { percent, rate, table } from './text.ts';

/** Of one group: share of positives, true and false positive rates. */
interface Rates {
  readonly base: number;
  readonly tpr: number;
  readonly fpr: number;
}

/** Cells 2·label + prediction of a group of n rows. */
function cellsOf(draw: Draw, n: number, { base, tpr, fpr }: Rates): number[] {
  const positives = draw.binomial(n, base);
  const hits = draw.binomial(positives, tpr);
  const alarms = draw.binomial(n - positives, fpr);
  return [n - positives - alarms, alarms, positives - hits, hits];
}

const share = (part: number, whole: number) => (whole > 0 ? part / whole : Number.NaN);

/** Selection rate, TPR, FPR and precision of each group, and each figure's difference and ratio to the first group. */
function figures(groups: readonly ArrayLike<number>[]): number[] {
  const rates = groups.map((cells) => {
    const [tn, fp, fn, tp] = [cells[0]!, cells[1]!, cells[2]!, cells[3]!];
    return [share(fp + tp, tn + fp + fn + tp), share(tp, tp + fn), share(fp, fp + tn), share(tp, tp + fp)];
  });
  const first = rates[0]!;
  const others = rates.slice(1);
  return [
    ...rates.flat(),
    ...others.flatMap((rate) => rate.map((value, k) => value - first[k]!)),
    ...others.flatMap((rate) => rate.slice(0, 2).map((value, k) => share(value, first[k]!))),
  ];
}

/** The figures of the laws. */
function truthOf(laws: readonly Rates[]): number[] {
  return figures(
    laws.map(({ base, tpr, fpr }) => [
      (1 - base) * (1 - fpr),
      (1 - base) * fpr,
      base * (1 - tpr),
      base * tpr,
    ]),
  );
}

const LAWS: readonly (readonly [string, readonly Rates[]])[] = [
  ['2 groups alike', [0, 1].map(() => ({ base: 0.3, tpr: 0.7, fpr: 0.1 }))],
  [
    '4 groups, unlike',
    [
      { base: 0.3, tpr: 0.8, fpr: 0.1 },
      { base: 0.2, tpr: 0.7, fpr: 0.05 },
      { base: 0.4, tpr: 0.75, fpr: 0.15 },
      { base: 0.1, tpr: 0.6, fpr: 0.02 },
    ],
  ],
];
const SIZES: readonly (readonly [string, (group: number) => number])[] = [
  ['30 rows each', () => 30],
  ['500 rows each', () => 500],
  ['1,000 rows, the others 40', (group) => (group === 0 ? 1000 : 40)],
];

export function simultaneous(): string {
  const draw = drawFrom(451);
  const runs = 120;
  const rows = LAWS.flatMap(([name, laws]) => {
    const truth = truthOf(laws);
    return SIZES.map(([said, size]) => {
      let [any, low, high, aloneLow, aloneHigh, defined, open] = [0, 0, 0, 0, 0, 0, 0];
      for (let run = 0; run < runs; run++) {
        const groups = laws.map((law, g) => cellsOf(draw, size(g), law));
        const found = groupIntervals({ groups, figures, alpha: 0.05, seed: run }).figures;
        const misses = found.map(({ simultaneous: both, ...figure }, k) => ({
          any: both !== null && (truth[k]! < both[0] || truth[k]! > both[1]),
          low: figure.simultaneousLower !== null && truth[k]! < figure.simultaneousLower,
          high: figure.simultaneousUpper !== null && truth[k]! > figure.simultaneousUpper,
          aloneLow: figure.lower !== null && truth[k]! < figure.lower,
          aloneHigh: figure.upper !== null && truth[k]! > figure.upper,
        }));
        any += misses.some((miss) => miss.any) ? 1 : 0;
        low += misses.some((miss) => miss.low) ? 1 : 0;
        high += misses.some((miss) => miss.high) ? 1 : 0;
        aloneLow += misses.filter((miss) => miss.aloneLow).length;
        aloneHigh += misses.filter((miss) => miss.aloneHigh).length;
        defined += found.filter(({ lower }) => lower !== null).length;
        open += found.filter(({ lower }) => lower === null).length;
      }
      return [
        `${name}, ${said} (${truth.length} figures)`,
        rate(any, runs),
        rate(low, runs),
        rate(high, runs),
        `${percent(aloneLow / defined)} %`,
        `${percent(aloneHigh / defined)} %`,
        `${percent(open / (open + defined))} %`,
      ];
    });
  });
  return [
    `Selection rate, TPR, FPR and precision by group, their differences from the first group's, and two ratios; ${runs} runs a row, 5 % allowed in each column but the last:`,
    table(
      [
        'groups',
        'any two-sided interval misses',
        'any lower bound',
        'any upper bound',
        'a lower bound alone',
        'an upper bound alone',
        'undefined figures',
      ],
      rows,
    ),
  ].join('\n\n');
}
