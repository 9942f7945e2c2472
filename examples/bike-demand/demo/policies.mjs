/**
 * The policies that ml-loop is compared with. Each week is predicted by a model that was trained on earlier weeks only.
 *
 * - `clean` ones are an upper bound that no one reaches: every batch is there in time and unbroken, no training and no
 *   release goes wrong. One of them is late: its models have not seen the newest two weeks, as those that a gate judges on
 *   two weeks.
 * - `ungated` ones are what teams run: a cron job trains on the batches as they arrive, and releases what it gets. They
 *   meet what ml-loop meets (world.mjs, batches.mjs): broken batches, which are repaired a week later, a training with
 *   a wrong join, and a build that fails.
 */
import { meanAbsoluteError } from '../model/predict.mjs';
import { parseRows } from '../model/rows.mjs';
import { faultOf } from '../model/serve.mjs';
import { train, WINDOW_WEEKS } from '../model/train.mjs';
import { shuffleTargets } from './batches.mjs';
import { BAD_TRAINING, FAILING_RELEASE_FROM, FAULT, FIRST_WEEKS } from './world.mjs';

export const CLEAN = [
  { name: 'never', every: Number.POSITIVE_INFINITY },
  { name: 'every week, clean', every: 1 },
  { name: 'every 4 weeks, clean', every: 4 },
  { name: 'every 4 weeks, clean, 2 weeks late', every: 4, late: 2 },
];
export const UNGATED = [
  { name: 'cron every week, no gates', every: 1 },
  { name: 'cron every 4 weeks, no gates', every: 4 },
];

/** A release is worse in hindsight if it errs so much more than the one before would have, over its own weeks. */
export const WORSE_BY = 0.05;

/**
 * The weeks, and the models that were trained on them: what several policies train alike is computed once.
 * @param batches  as `weeklyBatches` gives them
 */
export function historyOf(batches) {
  const weeks = batches.map(({ csv }) => parseRows(csv));
  const models = new Map();
  /** What lies there before the week: its newest batch may still be broken, and is repaired a week later. */
  const files = (week, asItArrives) =>
    batches
      .slice(0, week)
      .map(({ csv, broken }, at) => (asItArrives && at === week - 1 && broken ? broken : { csv }).csv);
  const rowsBefore = (week, { asItArrives, bad }) => {
    if (bad) return parseRows(shuffleTargets(joined(files(week, asItArrives).slice(-WINDOW_WEEKS))));
    const newest = asItArrives ? batches[week - 1].broken : null;
    const rows = weeks.slice(0, week).flat();
    return newest ? inOrder([...weeks.slice(0, week - 1).flat(), ...parseRows(newest.csv)]) : rows;
  };
  return {
    weeks,
    learnedBroken: (week) => batches[week - 1].broken !== null,
    /** The model trained before the week, as train.mjs does; or the error that stopped it. */
    modelBefore: (week, { asItArrives = false, bad = false } = {}) => {
      const isClean = !bad && !(asItArrives && batches[week - 1].broken);
      const key = isClean ? week : `${week} ${asItArrives} ${bad}`;
      if (!models.has(key))
        models.set(
          key,
          attempt(() => train(rowsBefore(week, { asItArrives, bad })).model),
        );
      return models.get(key);
    },
  };
}

function attempt(work) {
  try {
    return { model: work() };
  } catch (error) {
    return { error };
  }
}

function joined(files) {
  const [header] = files[0].split('\n');
  return `${[header, ...files.flatMap((csv) => csv.trimEnd().split('\n').slice(1))].join('\n')}\n`;
}

function inOrder(rows) {
  return rows.sort((a, b) => a.dteday.localeCompare(b.dteday) || a.hr - b.hr);
}

/**
 * Plays the clean policies.
 * @param history  as `historyOf` gives it
 * @returns {{name: string, trainings: number, mae: number, weeks: {week: number, rows: number, mae: number}[]}[]}
 *   `mae` is over all judged rows, in rentals per hour; `week` is the number of the week, from 0
 */
export function cleanPolicies({ weeks, modelBefore }, policies = CLEAN) {
  return policies.map(({ name, every, late = 0 }) => {
    const judged = [];
    let trained = FIRST_WEEKS;
    let trainings = 1;
    for (let week = FIRST_WEEKS; week < weeks.length; week += 1) {
      if (week - trained >= every) {
        trained = week;
        trainings += 1;
      }
      const { model } = modelBefore(Math.max(FIRST_WEEKS, trained - late));
      judged.push({ week, rows: weeks[week].length, mae: meanAbsoluteError(model, weeks[week]) });
    }
    return { name, trainings, mae: overall(judged), weeks: judged };
  });
}

/**
 * Plays the policies without gates.
 * @param options.planted  false spares them the bad training and the failing build: broken batches remain
 * @returns what `cleanPolicies` does, and `incidents`; the error is that of the requests that were answered
 */
export function ungatedPolicies(history, policies = UNGATED, { planted = true } = {}) {
  return policies.map(({ name, every }) => new Cron(history, planted).play(name, every));
}

class Cron {
  trainings = 0;
  crashed = 0;
  failed = 0;
  /** What was released: {model, learned, bad, failing, from}. */
  releases = [];

  constructor(history, planted) {
    this.history = history;
    this.planted = planted;
  }

  play(name, every) {
    const weeks = [];
    for (let week = FIRST_WEEKS; week < this.history.weeks.length; week += 1) {
      if ((week - FIRST_WEEKS) % every === 0) this.train(week);
      weeks.push(this.serve(week));
    }
    return { name, trainings: this.trainings, mae: overall(weeks), weeks, incidents: this.incidents(weeks) };
  }

  /** Trains on what is there, and releases it. A training that stops with an error gives no model. */
  train(week) {
    this.trainings += 1;
    const bad = this.planted && this.trainings === BAD_TRAINING;
    const { model } = this.history.modelBefore(week, { asItArrives: true, bad });
    if (model === undefined) {
      this.crashed += 1;
      return;
    }
    const failing =
      this.planted && this.trainings >= FAILING_RELEASE_FROM && !this.releases.some((each) => each.failing);
    this.releases.push({ model, learned: this.history.learnedBroken(week), bad, failing, from: week });
  }

  serve(week) {
    const { model, failing, from } = this.releases.at(-1);
    const breaks = faultOf(failing && from === week ? FAULT : undefined);
    const rows = this.history.weeks[week];
    const answered = rows.filter((row) => !breaks(row));
    this.failed += rows.length - answered.length;
    return { week, rows: answered.length, mae: meanAbsoluteError(model, answered) };
  }

  incidents(weeks) {
    const served = weeks.map(({ week }) => this.releases.findLast(({ from }) => from <= week));
    const count = (is) => weeks.filter((each, at) => is(served[at], each)).length;
    return {
      learned: count(({ learned }) => learned),
      bad: count(({ bad }) => bad),
      failing: count(({ failing, from }, { week }) => failing && from === week),
      crashed: this.crashed,
      failed: this.failed,
      worse: weeksWorse(this.releases, this.history),
    };
  }
}

/**
 * Weeks in which a release served that was worse by more than `WORSE_BY` than the one before it, over all weeks it served.
 * @param releases  in order, each with its `model` and `from`, its first week
 */
export function weeksWorse(releases, { weeks }) {
  return releases.reduce((total, { model, from }, at) => {
    const before = releases[at - 1]?.model;
    const until = releases[at + 1]?.from ?? weeks.length;
    const rows = weeks.slice(from, until).flat();
    if (before === undefined || rows.length === 0) return total;
    const [ours, theirs] = [model, before].map((each) => meanAbsoluteError(each, rows));
    return total + (ours > (1 + WORSE_BY) * theirs ? until - from : 0);
  }, 0);
}

/** The mean absolute error over all rows of the judged weeks. */
export function overall(judged) {
  const rows = judged.reduce((sum, week) => sum + week.rows, 0);
  return judged.reduce((sum, week) => sum + week.mae * week.rows, 0) / rows;
}
