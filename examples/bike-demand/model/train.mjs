/**
 * Trains a model of rentals per hour: node train.mjs --data <csv[.gz] …> --out <dir>
 *
 * Boosted trees on the square root of the count. Why this one: demand has strong interactions (the rush hours of a working
 * day, the mild afternoon of a free day) that a linear model needs by hand and trees find; the square root makes the noise
 * of counts even, so that busy hours do not rule the fit. It was chosen among three kinds of small models on the same
 * walk through the two years; see README.md. The window is trailing, because the level of demand moves.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { binsOf, FEATURES } from './features.mjs';
import { addDays, readRows, timeOf } from './rows.mjs';
import { boost } from './trees.mjs';

/** Half a year: enough to see some weather, short enough to leave last year's level behind. */
export const WINDOW_WEEKS = 26;

const OPTIONS = { trees: 150, depth: 4, rate: 0.15, ridge: 5, leaf: 10 };

/**
 * Trains on the last `weeks` weeks of the rows. `rows` are in the order of time and have `cnt`.
 * @returns {{model: object, metadata: object}} both plain JSON, and nothing in them depends on when or where it ran
 */
export function train(rows, { weeks = WINDOW_WEEKS } = {}) {
  if (rows.length === 0) throw new Error('there are no rows to train on');
  const last = rows[rows.length - 1];
  const start = addDays(last.dteday, 1 - 7 * weeks);
  const used = rows.filter((row) => row.dteday >= start);
  const bins = used.map((row) => binsOf(row, start));
  const y = Float64Array.from(used, targetOf);
  const trees = boost(
    bins,
    y,
    FEATURES.map((feature) => feature.bins),
    OPTIONS,
  );
  return {
    model: {
      schema: 'bike-demand/model@1',
      target: 'sqrt(cnt)',
      start,
      features: FEATURES.map(({ name }) => name),
      ...trees,
    },
    metadata: {
      'trained-from': timeOf(used[0]),
      'trained-until': timeOf(last),
      rows: used.length,
      'window-weeks': weeks,
      algorithm: 'gradient boosted trees',
      ...OPTIONS,
    },
  };
}

function targetOf(row) {
  if (!(Number.isFinite(row.cnt) && row.cnt >= 0))
    throw new Error(`row ${row.instant}: cnt is ${row.cnt}, so it cannot be learnt from`);
  return Math.sqrt(row.cnt);
}

/** Writes the model folder: what serves (model.json) and what was done (metadata.json). */
export function saveModel(directory, { model, metadata }) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'model.json'), `${JSON.stringify(model)}\n`);
  writeFileSync(join(directory, 'metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`);
}

function main() {
  const usage = 'usage: node train.mjs --data <csv[.gz] …> --out <dir>';
  const { values, positionals } = parseArgs({
    // A shell writes data/*.csv as several words, of which only the first follows the flag.
    allowPositionals: true,
    options: { data: { type: 'string', multiple: true }, out: { type: 'string' } },
  });
  if (values.data === undefined || values.out === undefined) throw new Error(usage);
  const trained = train(readRows([...values.data, ...positionals]));
  saveModel(values.out, trained);
  const { rows, 'trained-until': until } = trained.metadata;
  console.log(`trained on ${rows} rows until ${until}: ${join(values.out, 'model.json')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(`train: ${error.message}`);
    process.exitCode = 1;
  }
}
