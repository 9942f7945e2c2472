/** `performance.minimum` if the model is exactly at its limit. */
import { judgePerformance, type LabelledPrediction } from '../../shared/drift/performance.ts';
import { parseRequirement } from '../../shared/drift/requirement.ts';
import { autoregressive, type Draw, dayEffects, drawFrom } from './draw.ts';
import { rate, table } from './text.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);
/** E|Z| of a standard normal error. */
const MEAN_ABSOLUTE = Math.sqrt(2 / Math.PI);

type Errors = (draw: Draw, hours: number) => Float64Array;

/** Errors a third as large at night as by day: the same every day. */
const PROFILE = Float64Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 0.4 : 1.3));
const LAWS: readonly (readonly [string, Errors])[] = [
  ['independent', (draw, n) => autoregressive(draw, n, 0)],
  [
    'independent, a daily course',
    (draw, n) => autoregressive(draw, n, 0).map((e, i) => e * PROFILE[i % 24]!),
  ],
  ['AR(1), 0.5 an hour', (draw, n) => autoregressive(draw, n, 0.5)],
  ['AR(1), 0.9 an hour', (draw, n) => autoregressive(draw, n, 0.9)],
  ['a day has half of the variance', (draw, n) => dayEffects(draw, n, 24, 0.5)],
  ['AR(1), 0.98 an hour (two days)', (draw, n) => autoregressive(draw, n, 0.98)],
  ['AR(1), 0.995 an hour (eight days)', (draw, n) => autoregressive(draw, n, 0.995)],
];

interface Period {
  readonly days: number;
  /** Do rows have a time? */
  readonly timed: boolean;
}

function alarms(draw: Draw, runs: number, errors: Errors, { days, timed }: Period, alpha: number) {
  const requirement = parseRequirement(`mae <= ${MEAN_ABSOLUTE.toFixed(12)}`, 'minimum-performance');
  let broken = 0;
  for (let run = 0; run < runs; run++) {
    const rows: LabelledPrediction[] = Array.from(errors(draw, 24 * days), (error, hour) => ({
      at: timed ? START + hour * HOUR_MS : null,
      label: 0,
      prediction: error,
      score: null,
    }));
    if (judgePerformance(rows, requirement, { alpha, minLabels: 30 }).broken) broken += 1;
  }
  return rate(broken, runs);
}

/** The daily course has the mean of its parts, so its errors are scaled to the same mean. */
const SCALE = PROFILE.reduce((sum, part) => sum + part / PROFILE.length, 0);

export function performance(): string {
  const draw = drawFrom(701);
  const runs = 2000;
  const rows = LAWS.map(([name, law]) => {
    const errors: Errors = (d, n) => (name.includes('course') ? law(d, n).map((e) => e / SCALE) : law(d, n));
    return [
      name,
      alarms(draw, runs, errors, { days: 7, timed: true }, 0.05),
      alarms(draw, runs, errors, { days: 7, timed: false }, 0.05),
      alarms(draw, runs, errors, { days: 28, timed: true }, 0.05),
      alarms(draw, runs, errors, { days: 7, timed: true }, 1 / (4 * 104)),
    ];
  });
  return [
    `Hourly errors, exactly at the limit: windows of ${runs} that read \`fail\`:`,
    table(
      [
        'errors',
        '7 days, by days (5 % allowed)',
        'the same without times, rows taken as independent',
        '28 days, by days (5 %)',
        '7 days, level 1/(4 · 104) (0.24 %)',
      ],
      rows,
    ),
  ].join('\n\n');
}
