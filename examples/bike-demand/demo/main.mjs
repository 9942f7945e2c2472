/**
 * `npm run demo`: plays two years of a model's life through the actions' bundles, beside three simple policies on the same
 * data, and writes `demo-report/index.html`. Needs nothing but Node. Ends with 1 if ml-loop did not do what it must.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRows, readText } from '../model/rows.mjs';
import { BROKEN, weeklyBatches } from './batches.mjs';
import { BAD_TRAINING, playLoop } from './play.mjs';
import { comparePolicies, overall } from './policies.mjs';
import { reportHtml } from './report.mjs';
import { tableOf } from './table.mjs';

const EXAMPLE = fileURLToPath(new URL('..', import.meta.url));
const TARGET = { mae: 46, trainings: 25 };

const folder = join(process.cwd(), 'demo-report');
const repository = join(folder, 'repository');
rmSync(folder, { recursive: true, force: true });
mkdirSync(repository, { recursive: true });
for (const part of ['ml-loop.yml', 'contract.yml', 'model', 'ops'])
  cpSync(join(EXAMPLE, part), join(repository, part), { recursive: true });

const weeks = weeklyBatches(readText(join(EXAMPLE, 'data/hour.csv.gz')));
const facts = await playLoop(weeks, repository, progress());
const policies = comparePolicies(weeks.map(({ csv }) => parseRows(csv)));
const loop = {
  name: 'ml-loop',
  trainings: facts.trainings.length,
  mae: overall(facts.weeks),
  weeks: facts.weeks,
};
const cpu = cpuSeconds();
const results = {
  policies: [...policies, loop],
  facts,
  broken: BROKEN.length,
  checks: checksOf(facts),
  target: TARGET,
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

/** What ml-loop must have done; a miss of the targets for error and trainings is reported, but is not a defect. */
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
