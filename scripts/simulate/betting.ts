/** Means of bounded losses: how often is a loss of just the margin accepted, by the betting bound and by Student's t? */
import { bettingBounds } from '../../shared/stats/betting.ts';
import { meanInterval } from '../../shared/stats/means.ts';
import { type Draw, drawFrom } from './draw.ts';
import { grouped, rate, table } from './text.ts';

/** A paired gain in [−1, 1], and its mean. */
interface Law {
  readonly name: string;
  readonly mean: number;
  gain(draw: Draw): number;
}

/** The mean of min(1, size·E²) for a standard exponential E, by the midpoint rule. */
function meanOfSquares(size: number): number {
  let sum = 0;
  const steps = 200_000;
  for (let i = 0; i < steps; i++) sum += Math.min(1, size * Math.log((i + 0.5) / steps) ** 2) / steps;
  return sum;
}

const LAWS: readonly Law[] = [
  { name: 'uniform on [−1, 1]', mean: 0, gain: (draw) => 2 * draw.uniform() - 1 },
  { name: 'normal, SD 0.2', mean: 0, gain: (draw) => Math.max(-1, Math.min(1, 0.2 * draw.normal())) },
  {
    name: '5 % discordant',
    mean: 0,
    gain: (draw) => {
      const u = draw.uniform();
      return u < 0.025 ? 1 : u < 0.05 ? -1 : 0;
    },
  },
  {
    name: 'skewed losses, at most 1',
    mean: -meanOfSquares(0.05),
    gain: (draw) => -Math.min(1, 0.05 * draw.exponential() ** 2),
  },
  {
    name: 'skewed gains, at most 1',
    mean: meanOfSquares(0.05),
    gain: (draw) => Math.min(1, 0.05 * draw.exponential() ** 2),
  },
  { name: '2 % lose all', mean: -0.02, gain: (draw) => (draw.uniform() < 0.02 ? -1 : 0) },
];

export function betting(): string {
  const draw = drawFrom(431);
  const runs = 1000;
  const rows = LAWS.flatMap((law) =>
    [50, 100, 300, 1000, 10_000].map((n) => {
      const times = n > 1000 ? runs / 5 : runs;
      const found = { accepted: 0, worse: 0, student: 0, studentWorse: 0, width: 0 };
      for (let run = 0; run < times; run++) {
        const values = new Float64Array(n).map(() => law.gain(draw));
        const { lower, upper, estimate } = bettingBounds({
          values,
          low: -1,
          high: 1,
          alpha: 0.05,
          seed: run,
        });
        const [below, above] = meanInterval(values, 0.9).interval;
        if (lower > law.mean + 1e-9) found.accepted += 1;
        if (upper < law.mean - 1e-9) found.worse += 1;
        if (below > law.mean + 1e-9) found.student += 1;
        if (above < law.mean - 1e-9) found.studentWorse += 1;
        if (estimate > below) found.width += (estimate - lower) / (estimate - below) / times;
        else found.width = Infinity;
      }
      return [
        `${law.name}, n = ${grouped(n)}`,
        rate(found.accepted, times),
        rate(found.worse, times),
        rate(found.student, times),
        rate(found.studentWorse, times),
        Number.isFinite(found.width) ? found.width.toFixed(2) : '∞',
      ];
    }),
  );
  return [
    `Gains in [−1, 1]; ${runs} runs a row, ${runs / 5} of 10,000 values. The width is the distance of the lower bound from the estimate over Student's:`,
    table(
      [
        'law of the gains',
        'accepted',
        'called worse',
        "accepted by Student's t",
        "called worse by Student's t",
        'width',
      ],
      rows,
    ),
  ].join('\n\n');
}
