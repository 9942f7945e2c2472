/**
 * Cuts the accepted weeks, `data/week-*.csv`, into what a candidate is trained on and what judges it. The newest whole days
 * that make 370 rows, about 16, are `test/test.csv`, which the candidate must not have seen: validate-model needs so many
 * rows to bound an error at each of two looks, and each further day would make the model older. The 26 weeks before them are
 * `training/train.csv`, and `training/until.txt` is the time of the last row of those.
 *
 * With a time as argument, the end of a candidate's training, only the test is cut: all that is later.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { addDays, parseRows, timeOf } from '../model/rows.mjs';
import { WINDOW_WEEKS } from '../model/train.mjs';

const TEST_ROWS = 370;

const weeks = readdirSync('data')
  .filter((name) => /^week-\d+\.csv$/.test(name))
  .sort()
  .map((name) => readFileSync(`data/${name}`, 'utf8').trimEnd());
const lines = weeks.flatMap((text) => text.split('\n').slice(1));
const rows = weeks.flatMap((text) => parseRows(text));
const [, until] = process.argv.slice(1);
const cut = until === undefined ? firstOfTest() : rows.findIndex((row) => timeOf(row) > until);
if (cut <= 0) {
  console.error(
    `prepare: ${rows.length} rows in data/ are too few; the newest ${TEST_ROWS} are for the test`,
  );
  process.exit(1);
}
write('test/test.csv', lines.slice(cut));
if (until === undefined) {
  const last = rows[cut - 1];
  const start = addDays(last.dteday, 1 - 7 * WINDOW_WEEKS);
  const from = rows.findIndex((row) => row.dteday >= start);
  write('training/train.csv', lines.slice(from, cut));
  writeFileSync('training/until.txt', timeOf(last));
}

/** The place of the first row of the test: that of a day, with enough rows from there on. */
function firstOfTest() {
  const day = rows.at(-TEST_ROWS)?.dteday;
  return rows.findIndex((row) => row.dteday === day);
}

function write(path, chosen) {
  mkdirSync(path.split('/')[0], { recursive: true });
  writeFileSync(path, `${[weeks[0].split('\n')[0], ...chosen].join('\n')}\n`);
}
