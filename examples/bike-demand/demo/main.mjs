/**
 * `npm run demo`: plays two years of a model's life through the actions' bundles, beside policies without gates in the same
 * world, and clean ones as an upper bound, and writes `demo-report/index.html`. Needs nothing but Node. Ends with 1 if ml-loop did not do what it must.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../model/rows.mjs';
import { BROKEN, weeklyBatches } from './batches.mjs';
import { playLoop } from './play.mjs';
import { cleanPolicies, historyOf, overall, ungatedPolicies, weeksWorse } from './policies.mjs';
import { modelOf } from './production.mjs';
import { reportHtml } from './report.mjs';
import { tableOf } from './table.mjs';
import { BAD_TRAINING } from './world.mjs';

const EXAMPLE = fileURLToPath(new URL('..', import.meta.url));
/** What ml-loop is measured by: the clean policy of as many trainings, and the one without gates in the same world. */
const RIVALS = { clean: 'every 4 weeks, clean', ungated: 'cron every 4 weeks, no gates' };
const WITHIN = 1.05;

const folder = join(process.cwd(), 'demo-report');
const repository = join(folder, 'repository');
rmSync(folder, { recursive: true, force: true });
mkdirSync(repository, { recursive: true });
for (const part of ['ml-loop.yml', 'contract.yml', 'model', 'ops'])
  cpSync(join(EXAMPLE, part), join(repository, part), { recursive: true });

const weeks = weeklyBatches(readText(join(EXAMPLE, 'data/hour.csv.gz')));
const facts = await playLoop(weeks, repository, progress());
const history = historyOf(weeks);
const loop = {
  name: 'ml-loop',
  trainings: facts.trainings.length,
  mae: overall(facts.weeks),
  weeks: facts.weeks,
  incidents: incidentsOf(facts),
};
const policies = [...cleanPolicies(history), ...ungatedPolicies(history), loop];
const [clean, ungated] = [RIVALS.clean, RIVALS.ungated].map((wanted) =>
  policies.find(({ name }) => name === wanted),
);
const cpu = cpuSeconds();
const results = {
  policies,
  /** The same policies without gates, spared the two faults that are planted: only broken batches remain. */
  spared: ungatedPolicies(history, undefined, { planted: false }),
  facts,
  broken: BROKEN.length,
  checks: [...checksOf(facts), ...comparedWith(loop, ungated)],
  target: { mae: WITHIN * clean.mae, trainings: clean.trainings },
  cpu,
  node: process.version,
};

writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(join(folder, 'index.html'), reportHtml(results));
console.log(tableOf(results));
console.log(
  `\nThe report is demo-report/index.html.${cpu === null ? '' : ` CPU: ${cpu.toFixed(1)} s on Node ${process.versions.node}.`}`,
);
process.exitCode = results.checks.every(({ holds }) => holds) ? 0 : 1;

/** In the same words as those of the policies without gates; a failed request was asked again, and answered. */
function incidentsOf({ missed, trainings, releases, failedRequests }) {
  const promoted = releases.filter(({ phase }) => phase === 'promoted');
  const bad = promoted.filter(({ training }) => trainings[training - 1].bad);
  const served = promoted.map(({ version, week }) => ({
    model: modelOf(repository, version),
    from: week + 1,
  }));
  return {
    learned: missed.length,
    bad: bad.length,
    failing: promoted.filter(({ failing }) => failing).length,
    crashed: 0,
    failed: failedRequests,
    worse: weeksWorse(served, history),
  };
}

/** What the gates are for: fewer errors than without them. */
function comparedWith({ mae, trainings, incidents: { learned, bad, failing } }, ungated) {
  return [
    { what: 'no incident reached production', holds: learned + bad + failing === 0 },
    {
      what: `the error is below that of “${ungated.name}” (${mae.toFixed(1)} and ${ungated.mae.toFixed(1)}), with at most as many trainings (${trainings} and ${ungated.trainings})`,
      holds: mae < ungated.mae && trainings <= ungated.trainings,
    },
  ];
}

/** What ml-loop must have done; a miss of the target for the error is reported, but is not a defect. */
function checksOf({ stopped, missed, goodStopped, trainings, releases }) {
  const bad = trainings.find((training) => training.bad);
  const failing = releases.find((release) => release.failing);
  const promoted = releases.filter(({ phase }) => phase === 'promoted');
  return [
    {
      what: `every broken batch was stopped (${stopped.length} of ${BROKEN.length})`,
      holds: stopped.length === BROKEN.length && missed.length === 0,
    },
    { what: 'no good batch was stopped', holds: goodStopped.length === 0 },
    {
      what: `the bad candidate (training ${BAD_TRAINING}) was refused by validate-model`,
      holds: bad?.status === 'fail',
    },
    { what: 'the failing release was rolled back by deploy-canary', holds: failing?.phase === 'rolled-back' },
    {
      what: 'after it, champion is the version before',
      holds: failing !== undefined && failing.before !== null && failing.after === failing.before,
    },
    {
      what: 'when its build was repaired, the same version was released',
      holds: releases.some(({ retry, phase, version }) => {
        return retry && phase === 'promoted' && version === failing?.version;
      }),
    },
    { what: `better models replaced production (${promoted.length} promotions)`, holds: promoted.length > 1 },
  ];
}

/** One line that is written over on a terminal; a line now and then elsewhere. */
function progress() {
  return (week, of, { trainings, releases, stopped }) => {
    const line = `week ${week} of ${of}: ${trainings.length} trainings, ${releases.filter(({ phase }) => phase === 'promoted').length} promotions, ${stopped.length} broken batches stopped`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${week === of ? '\n' : ''}`);
    else if (week % 15 === 0 || week === of) process.stderr.write(`${line}\n`);
  };
}

/** CPU seconds of this process and its children, if the system tells (Linux); null elsewhere. */
function cpuSeconds() {
  if (!existsSync('/proc/self/stat')) return null;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}
