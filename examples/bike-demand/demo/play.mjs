/**
 * The ml-loop policy: two years, week by week, through the real actions. Each week is served over HTTP, then its data is
 * delivered and validated, production is checked, and when a retrain is asked for, a candidate is trained, judged,
 * registered and released while the next week is served. A candidate on which the gate is undecided waits, and is judged
 * again a week later.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseRows } from '../model/rows.mjs';
import { shuffleTargets } from './batches.mjs';
import { questionsOf, startProduction } from './production.mjs';
import { runStep } from './step.mjs';
import { BAD_TRAINING, FAILING_RELEASE_FROM, FAULT, FIRST_WEEKS } from './world.mjs';

/** Logs of so many weeks are kept; older ones are archived. */
const LOG_WEEKS = 10;
const DAY = 24;
/** A rollout goes on after these days of a week: its first step takes one, and the second has its requests after two more. */
const TICKS = [1, 3, 4, 7];

/**
 * @param weeks  the batches, as `weeklyBatches` gives them
 * @param cwd  the repository
 * @param progress  is told how far it is
 */
export async function playLoop(weeks, cwd, progress) {
  const loop = new Loop(weeks, cwd);
  loop.production = await startProduction(cwd);
  try {
    for (const batch of weeks) {
      if (batch.week >= FIRST_WEEKS) await loop.serve(batch);
      await loop.closeWeek(batch);
      progress(batch.week + 1, weeks.length, loop.facts);
    }
  } finally {
    await loop.production.stop();
  }
  return loop.facts;
}

class Loop {
  facts = {
    weeks: [],
    stopped: [],
    missed: [],
    goodStopped: [],
    drifted: 0,
    trainings: [],
    releases: [],
    failedRequests: 0,
    runs: 0,
  };
  /** The batch that comes again, repaired. */
  repaired = null;
  /** The rollout under way. */
  rollout = null;
  /** The release that was taken back for its build, which is repaired by the end of the week. */
  repairedBuild = null;
  /** The candidate that is judged again when more labels have come: {training, until}. */
  waiting = null;
  /** Why a retrain was asked for that could not begin yet. */
  requested = null;

  constructor(weeks, cwd) {
    this.weeks = weeks;
    this.cwd = cwd;
    for (const folder of ['incoming', 'data', 'labels', 'training', 'test', 'logs', 'archive'])
      mkdirSync(join(cwd, folder), { recursive: true });
  }

  path(...parts) {
    return join(this.cwd, ...parts);
  }

  /** Runs an action at a time; anything but the exit codes expected ends the demo with the action's own words. */
  async run(action, at, week, inputs = {}, expected = [0]) {
    const given = { now: at.toISOString(), 'report-directory': `../reports/week-${name(week)}`, ...inputs };
    const step = await runStep(action, given, this.cwd);
    this.facts.runs++;
    if (!expected.includes(step.exit))
      throw new Error(`${action} in week ${week} ended with ${step.exit}:\n${step.log}`);
    return step;
  }

  /** Serves a week; during a rollout hour by hour, and the rollout advances after the days of TICKS. */
  async serve(batch) {
    this.production.logInto(`week-${name(batch.week)}.jsonl`);
    const rows = parseRows(batch.csv);
    const questions = questionsOf(batch.csv);
    let error = 0;
    const ends = TICKS.map((day) => Math.min(day * DAY, rows.length));
    for (const [at, end] of ends.entries()) {
      const from = ends[at - 1] ?? 0;
      if (from === end) break;
      const asked = questions.slice(from, end);
      const { predictions, failed } = await this.production.serve(asked, { together: this.rollout === null });
      this.facts.failedRequests += failed;
      predictions.forEach((prediction, index) => {
        error += Math.abs(prediction - rows[from + index].cnt);
      });
      const last = rows[end - 1];
      if (this.rollout) await this.advance(hoursAfter(new Date(last.dteday), last.hr + 1), batch.week);
    }
    this.facts.weeks.push({
      week: batch.week,
      start: batch.start,
      rows: rows.length,
      mae: error / rows.length,
    });
  }

  /** What happens when a week is over: data, drift, and a retrain if one is asked for. */
  async closeWeek(batch) {
    const at = hoursAfter(new Date(batch.start), 7 * DAY);
    if (this.repaired)
      await this.deliver(this.repaired, at, batch.week, { csv: this.repaired.csv, id: 'repaired' });
    this.repaired = null;
    await this.deliver(
      batch,
      at,
      batch.week,
      batch.broken ? { csv: batch.broken.csv, kind: batch.broken.kind } : { csv: batch.csv },
    );
    this.archive(batch.week);
    if (batch.week === FIRST_WEEKS - 1) await this.retrain(at, batch.week, ['first model']);
    if (batch.week < FIRST_WEEKS || batch.week === this.weeks.length - 1) return;
    const again = this.repairedBuild;
    this.repairedBuild = null;
    if (again) await this.release(at, batch.week, again.training, again, true);
    else if (this.waiting) await this.judge(at, batch.week, this.waiting);
    await this.check(at, batch.week);
  }

  /** A batch arrives: it is validated, and accepted or stopped. */
  async deliver(batch, at, week, { csv, kind = null, id = null }) {
    const file = `week-${name(batch.week)}.csv`;
    rmSync(this.path('incoming'), { recursive: true, force: true });
    mkdirSync(this.path('incoming'));
    writeFileSync(this.path('incoming', file), csv);
    const { exit, outputs } = await this.run(
      'validate-data',
      at,
      week,
      id ? { 'report-id': id } : {},
      [0, 1],
    );
    if (exit === 0) {
      renameSync(this.path('incoming', file), this.path('data', file));
      copyFileSync(this.path('data', file), this.path('labels', file));
      if (kind) this.facts.missed.push({ week: batch.week, kind });
      return;
    }
    if (kind)
      this.facts.stopped.push({ week: batch.week, kind, summary: outputs.summary, report: outputs.report });
    else this.facts.goodStopped.push({ week: batch.week, summary: outputs.summary });
    this.repaired = batch;
  }

  /** Is production well, or is a retrain due? One that is asked for during a rollout begins after it. */
  async check(at, week) {
    rmSync(this.path('retrain-request.json'), { force: true });
    const { outputs } = await this.run('check-drift', at, week);
    if (outputs.drift === 'true') this.facts.drifted++;
    if (outputs.retrain === 'true')
      this.requested = JSON.parse(readFileSync(this.path('retrain-request.json'), 'utf8')).reasons;
    if (this.requested === null || this.rollout || this.waiting) return;
    const reasons = this.requested;
    this.requested = null;
    await this.retrain(at, week, reasons);
  }

  /** Trains a candidate on all but the newest accepted days, which judge it. */
  async retrain(at, week, reasons) {
    const number = this.facts.trainings.length + 1;
    const training = { number, week, reasons, bad: number === BAD_TRAINING, looks: 0 };
    this.facts.trainings.push(training);
    this.command('ops/prepare.mjs');
    const path = this.path('training/train.csv');
    if (training.bad) writeFileSync(path, shuffleTargets(readFileSync(path, 'utf8')));
    rmSync(this.path('candidate'), { recursive: true, force: true });
    this.command('model/train.mjs', '--data', 'training/train.csv', '--out', 'candidate');
    const profile = await this.run('validate-data', at, week, {
      data: 'training/*.csv',
      'report-id': 'training',
    });
    copyFileSync(this.path(profile.outputs.profile), this.path('candidate-profile.json'));
    await this.judge(at, week, { training, until: readFileSync(this.path('training/until.txt'), 'utf8') });
  }

  /** Judges the candidate on all that came after its training. A good one is registered and released. */
  async judge(at, week, candidate) {
    const { training, until } = candidate;
    this.command('ops/prepare.mjs', until);
    const { exit, outputs } = await this.run('validate-model', at, week, { 'trained-until': until }, [0, 1]);
    const { comparison, status, summary, report } = outputs;
    Object.assign(training, { comparison, status, summary, report, looks: training.looks + 1 });
    const mayWait = status === 'inconclusive' && Number(outputs['looks-left']) > 0;
    this.waiting = mayWait ? candidate : null;
    if (exit !== 0) return;
    const registered = await this.run('register-model', at, week, { metadata: `trained-until: "${until}"` });
    const { version } = registered.outputs;
    // The report of a later week is written over the one of this; its rows are still wanted if the build must be repaired.
    copyFileSync(this.path(outputs.judged), this.path('judged.csv'));
    await this.release(at, week, training.number, { version });
  }

  /** Starts the rollout: a server for the version, smoke test and replay, the first step. */
  async release(at, week, training, { version }, retry = false) {
    const failing = training >= FAILING_RELEASE_FROM && !this.facts.releases.some(({ failing }) => failing);
    const release = {
      version,
      training,
      week,
      failing,
      retry,
      before: this.champion(),
      phase: 'starting',
    };
    this.facts.releases.push(release);
    this.rollout = release;
    const url = await this.production.deploy(version, failing ? FAULT : undefined);
    const inputs = {
      model: `model:demand@${version}`,
      operation: 'start',
      replay: 'judged.csv',
      endpoint: `${url}/replay`,
      retry,
    };
    await this.after(await this.run('deploy-canary', hoursAfter(at, 0.01), week, inputs, [0, 1]));
  }

  async advance(at, week) {
    await this.after(await this.run('deploy-canary', at, week, { operation: 'advance' }, [0, 1]));
  }

  /** Takes over what a step of the rollout said; ends it if it is over. */
  async after({ outputs }) {
    Object.assign(this.rollout, { phase: outputs.phase, summary: outputs.summary, report: outputs.report });
    if (!['promoted', 'rolled-back', 'failed'].includes(outputs.phase)) return;
    this.rollout.after = this.champion();
    if (this.rollout.failing && outputs.phase === 'rolled-back') this.repairedBuild = this.rollout;
    this.rollout = null;
    await this.production.keepOnly([this.champion()]);
  }

  /** The version that the alias `champion` points to, as the registry's files have it. */
  champion() {
    try {
      return JSON.parse(readFileSync(this.path('registry/demand/aliases/champion.json'), 'utf8')).value
        .version;
    } catch {
      return null;
    }
  }

  command(...argv) {
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: this.cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${argv[0]} ended with ${status}: ${stderr}`);
  }

  /** Production's logs and labels of long ago go out of the way. */
  archive(week) {
    const old = week - LOG_WEEKS;
    for (const path of [`logs/week-${name(old)}.jsonl`, `labels/week-${name(old)}.csv`]) {
      if (existsSync(this.path(path))) renameSync(this.path(path), this.path('archive', path.split('/')[1]));
    }
  }
}

function name(week) {
  return String(week).padStart(3, '0');
}

function hoursAfter(time, hours) {
  return new Date(time.getTime() + hours * 3_600_000);
}
