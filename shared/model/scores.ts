import type { Metric } from './metric.ts';
import { type ClassificationRows, rowWeights, weightedMean } from './rows.ts';

function scoresOf(rows: ClassificationRows): Float64Array {
  if (rows.scores === undefined) throw new TypeError('a metric of scores was given rows without any');
  return rows.scores;
}

const isPositive = (rows: ClassificationRows, i: number) => rows.truth[i] === rows.positive;

type Loss = (positive: boolean, probability: number) => number;

/** A loss of the probability of the positive class and its mean. */
function meanLoss(name: string, loss: Loss): Metric<ClassificationRows> {
  const items = (rows: ClassificationRows) =>
    scoresOf(rows).map((probability, i) => loss(isPositive(rows, i), probability));
  return {
    name,
    task: 'classification',
    better: 'lower',
    needs: ['probability', 'positive'],
    items,
    evaluator: (rows) => {
      const losses = items(rows);
      return (counts) => weightedMean(losses, rowWeights(rows, counts));
    },
  };
}

// A certain and wrong probability would cost infinity; it is clipped as scikit-learn clips it.
const clip = (probability: number) => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability));

/** Weight of positives and negatives at each distinct score, from the highest score down. */
type Step = (positives: number, negatives: number) => void;

function ranked(rows: ClassificationRows): (counts: Float64Array | undefined, step: Step) => void {
  const scores = scoresOf(rows);
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  return (counts, step) => {
    const weights = rowWeights(rows, counts);
    for (let k = 0; k < order.length; ) {
      const score = scores[order[k]!]!;
      let positives = 0;
      let negatives = 0;
      for (; k < order.length && scores[order[k]!] === score; k += 1) {
        const place = order[k]!;
        if (isPositive(rows, place)) positives += weights[place]!;
        else negatives += weights[place]!;
      }
      step(positives, negatives);
    }
  };
}

/** The chance that a positive row outranks a negative one, ties counting half (Mann and Whitney 1947). */
const rocAuc: Metric<ClassificationRows> = {
  name: 'roc_auc',
  task: 'classification',
  better: 'higher',
  needs: ['score', 'positive'],
  undefinedWhere: 'the labels are all of one class',
  evaluator: (rows) => {
    const walk = ranked(rows);
    return (counts) => {
      let above = 0;
      let area = 0;
      let allNegatives = 0;
      walk(counts, (positives, negatives) => {
        area += negatives * (above + positives / 2);
        above += positives;
        allNegatives += negatives;
      });
      return above > 0 && allNegatives > 0 ? area / (above * allNegatives) : Number.NaN;
    };
  },
};

/** Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores, without interpolation. */
const averagePrecision: Metric<ClassificationRows> = {
  name: 'average_precision',
  task: 'classification',
  better: 'higher',
  needs: ['score', 'positive'],
  undefinedWhere: 'no label is positive',
  evaluator: (rows) => {
    const walk = ranked(rows);
    return (counts) => {
      let hits = 0;
      let retrieved = 0;
      let area = 0;
      walk(counts, (positives, negatives) => {
        hits += positives;
        retrieved += positives + negatives;
        if (positives > 0) area += positives * (hits / retrieved);
      });
      return hits > 0 ? area / hits : Number.NaN;
    };
  },
};

export const SCORE_METRICS: readonly Metric<ClassificationRows>[] = [
  meanLoss('log_loss', (positive, probability) => -Math.log(clip(positive ? probability : 1 - probability))),
  meanLoss('brier', (positive, probability) => ((positive ? 1 : 0) - probability) ** 2),
  rocAuc,
  averagePrecision,
];
