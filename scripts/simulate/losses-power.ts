/** What the bounds of losses, of AUC and of few clusters cost, beside plain ones. */
import { aucDifference } from '../../shared/stats/auc.ts';
import { normalCdf, normalQuantile, studentQuantile } from '../../shared/stats/special.ts';
import { type Draw, drawFrom } from './draw.ts';
import { ALPHA, type Lower, type PowerCell, powerTable, resampledLower } from './power.ts';
import { classified, errors, namedMetric, type Pair } from './tally.ts';
import { grouped } from './text.ts';

const SIZES = [300, 1000, 3000];
/** Of the variance of what the two models say, the share that is their own. */
const OWN = 0.2;
const HALF = Math.sqrt(2 / Math.PI);

/** Standard normal values of both models, which have all but `OWN` of their variance in common. */
function twins(draw: Draw, n: number): readonly [Float64Array, Float64Array] {
  const shared = Float64Array.from({ length: n }, () => Math.sqrt(1 - OWN) * draw.normal());
  const of = () => shared.map((value) => value + Math.sqrt(OWN) * draw.normal());
  return [of(), of()];
}

type Sample = (draw: Draw, n: number, loss: number) => Pair;

/** Normal errors; the candidate's are larger by a factor. */
const enlarged =
  (metric: number): Sample =>
  (draw, n, loss) => {
    const [ours, theirs] = twins(draw, n);
    return {
      candidate: errors(ours.map((error) => error * (1 + loss / metric))),
      production: errors(theirs),
    };
  };

/** Log losses 0.1 + 0.3·|z|; the candidate's are greater by the loss. */
const unsure: Sample = (draw, n, loss) => {
  const truth = Int32Array.from({ length: n }, () => (draw.uniform() < 0.5 ? 1 : 0));
  const said = (values: Float64Array, more: number) =>
    values.map((value, i) => {
      const own = Math.exp(-(0.1 + 0.3 * Math.abs(value) + more));
      return truth[i] === 1 ? own : 1 - own;
    });
  const [ours, theirs] = twins(draw, n);
  return { candidate: classified(truth, said(ours, loss)), production: classified(truth, said(theirs, 0)) };
};

/** How far apart the scores of the two classes are, in standard deviations. */
const SHIFT = 1.5;

const scored =
  (positives: number): Sample =>
  (draw, n, loss) => {
    const truth = Int32Array.from({ length: n }, () => (draw.uniform() < positives ? 1 : 0));
    const [ours, theirs] = twins(draw, n);
    const less = Math.SQRT2 * normalQuantile(normalCdf(SHIFT / Math.SQRT2) - loss);
    const apart = (values: Float64Array, shift: number) =>
      values.map((value, i) => value + shift * truth[i]!);
    return {
      candidate: classified(truth, apart(ours, less)),
      production: classified(truth, apart(theirs, SHIFT)),
    };
  };

/** DeLong's variance with Student's t, whatever the classes' sizes. */
function delong({ candidate, production }: Pair): Lower {
  if (candidate.task !== 'classification' || production.task !== 'classification')
    throw new TypeError('AUC is of scores');
  const found = aucDifference({
    positive: candidate.truth,
    candidate: candidate.scores ?? new Float64Array(),
    production: production.scores ?? new Float64Array(),
  });
  if (!(found.df > 0)) return { estimate: found.difference, lower: Number.NEGATIVE_INFINITY };
  const reach = -studentQuantile(ALPHA, found.df) * found.standardError;
  return { estimate: found.difference, lower: found.difference - reach };
}

const ROWS = 30;
/** Rows of a cluster share half of the variance of what the candidate adds to production's errors. */
const clustered: Sample = (draw, count, loss) => {
  const clusters = Array.from({ length: count * ROWS }, (_, i) => Math.floor(i / ROWS));
  const shared = Float64Array.from({ length: count }, () => Math.SQRT1_2 * draw.normal());
  const production = Float64Array.from(clusters, () => 100 + draw.normal());
  const candidate = production.map((error, i) => {
    return error + loss + shared[clusters[i]!]! + Math.SQRT1_2 * draw.normal();
  });
  return { candidate: errors(candidate), production: errors(production), clusters };
};

function cell(metric: string, said: string, [n, sample]: readonly [number, Sample]): PowerCell {
  return {
    name: `\`${metric}\`, ${said}`,
    metric: namedMetric(metric),
    *pairs(loss, runs, seed) {
      const draw = drawFrom(seed);
      for (let run = 0; run < runs; run++) yield sample(draw, n, loss);
    },
    ...(metric === 'roc_auc' ? { plain: delong } : {}),
  };
}

/** The greatest loss that a user states. */
const LIMIT = 6;

/** The same rows if the user says how large a loss can be; without that, the bound was the same. */
function limited(plain: PowerCell): PowerCell {
  const { metric } = plain;
  return {
    ...plain,
    name: `${plain.name}, with \`loss-bound: ${LIMIT}\``,
    metric: metric.unlimited?.within(LIMIT, 'bound') ?? metric,
    plain: (pair, _, run) => resampledLower(pair, metric, run),
  };
}

export function lossesPower(): string {
  const rows = (n: number) => `n = ${grouped(n)}`;
  return powerTable(
    'Two equal models, whose errors or scores have 80 % of their variance in common (normal; log losses are 0.1 + 0.3·|z|; the scores of the classes are 1.5 standard deviations apart).',
    'Plain bounds are resamples with BCa and Student’s ends, of AUC DeLong’s.',
    [
      ...[50, 100, ...SIZES].map((n) => cell('mae', rows(n), [n, enlarged(HALF)])),
      ...[50, 100, ...SIZES].map((n) => limited(cell('mae', rows(n), [n, enlarged(HALF)]))),
      ...SIZES.map((n) => cell('rmse', rows(n), [n, enlarged(1)])),
      ...SIZES.map((n) => cell('log_loss', rows(n), [n, unsure])),
      ...[0.03, 0.1, 0.3].flatMap((share) =>
        SIZES.map((n) => cell('roc_auc', `${100 * share} % positives, ${rows(n)}`, [n, scored(share)])),
      ),
      ...[10, 20, 40, 100].map((count) =>
        cell('mae', `${count} clusters of ${ROWS} rows`, [count, clustered]),
      ),
    ],
  );
}
