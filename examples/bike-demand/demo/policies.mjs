/**
 * The policies that ml-loop is compared with: never retrain, retrain every week, retrain every 4 weeks.
 *
 * Each week is predicted by a model that was trained on earlier weeks only. These policies are spared what production
 * knows: they see every week in time, unbroken, judge nothing before they release, and release at once.
 */
import { meanAbsoluteError } from '../model/predict.mjs';
import { train } from '../model/train.mjs';

/** The first model is trained on the first 8 weeks of 2011, and the first week that is judged is the 9th. */
export const FIRST_WEEKS = 8;

export const POLICIES = [
  { name: 'never', every: Number.POSITIVE_INFINITY },
  { name: 'every week', every: 1 },
  { name: 'every 4 weeks', every: 4 },
];

/**
 * Plays all policies over the weeks.
 * @param weeks  the rows of each week, from the first (batches.mjs)
 * @returns {{name: string, trainings: number, mae: number, weeks: {week: number, rows: number, mae: number}[]}[]}
 *   `mae` is over all judged rows, in rentals per hour; `week` is the number of the week, from 0
 */
export function comparePolicies(weeks, policies = POLICIES) {
  const modelOf = trainedUpTo(weeks);
  return policies.map(({ name, every }) => {
    const judged = [];
    let trained = null;
    let trainings = 0;
    for (let week = FIRST_WEEKS; week < weeks.length; week += 1) {
      if (trained === null || week - trained >= every) {
        trained = week;
        trainings += 1;
      }
      judged.push({ week, rows: weeks[week].length, mae: meanAbsoluteError(modelOf(trained), weeks[week]) });
    }
    return { name, trainings, mae: overall(judged), weeks: judged };
  });
}

/** The mean absolute error over all rows of the judged weeks. */
export function overall(judged) {
  const rows = judged.reduce((sum, week) => sum + week.rows, 0);
  return judged.reduce((sum, week) => sum + week.mae * week.rows, 0) / rows;
}

/** The same weeks give the same model, so what two policies both train is computed once, and counted twice. */
function trainedUpTo(weeks) {
  const models = new Map();
  return (week) => {
    if (!models.has(week)) models.set(week, train(weeks.slice(0, week).flat()).model);
    return models.get(week);
  };
}
