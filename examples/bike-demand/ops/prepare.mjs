/**
 * Cuts the accepted weeks, `data/week-*.csv`, into what a candidate is trained on and what judges it: the two newest weeks
 * are `test/test.csv`, which the candidate must not have seen, and the 26 before them `training/train.csv`.
 * `training/until.txt` is the time of the last row of those.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseRows, timeOf } from '../model/rows.mjs';
import { WINDOW_WEEKS } from '../model/train.mjs';

const TEST_WEEKS = 2;

const weeks = readdirSync('data')
  .filter((name) => /^week-\d+\.csv$/.test(name))
  .sort();
if (weeks.length <= TEST_WEEKS) {
  console.error(
    `prepare: ${weeks.length} weeks in data/ are too few; the newest ${TEST_WEEKS} are for the test`,
  );
  process.exit(1);
}
const training = gather(weeks.slice(-TEST_WEEKS - WINDOW_WEEKS, -TEST_WEEKS));
const test = gather(weeks.slice(-TEST_WEEKS));
for (const folder of ['training', 'test']) mkdirSync(folder, { recursive: true });
writeFileSync('training/train.csv', training);
writeFileSync('test/test.csv', test);
writeFileSync('training/until.txt', timeOf(parseRows(training).at(-1)));

/** The rows of several weeks below one header. */
function gather(names) {
  const tables = names.map((name) => readFileSync(`data/${name}`, 'utf8').trimEnd().split('\n'));
  return `${[tables[0][0], ...tables.flatMap(([, ...rows]) => rows)].join('\n')}\n`;
}
