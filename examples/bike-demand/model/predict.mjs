/**
 * Predicts rentals per hour: node predict.mjs <model-dir> <data.csv[.gz]> <out.csv>
 * The output has the columns `instant`, the id of a row in the data, and `prediction`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binsOf, FEATURES } from './features.mjs';
import { readRows } from './rows.mjs';
import { evaluate } from './trees.mjs';

export function loadModel(directory) {
  const path = join(directory, 'model.json');
  const model = JSON.parse(readFileSync(path, 'utf8'));
  const names = FEATURES.map(({ name }) => name);
  if (model.schema !== 'bike-demand/model@1' || model.features.join() !== names.join()) {
    throw new Error(
      `${path}: this program cannot serve it; it serves bike-demand/model@1 with ${names.join(', ')}`,
    );
  }
  return model;
}

/**
 * Rentals expected in the hour of the row, at least 0, to 3 decimals: the file of predictions and the server's answer are
 * the same number. Throws InputError if the row lacks an input.
 */
export function predict(model, row) {
  const root = Math.max(0, evaluate(model, binsOf(row, model.start)));
  return Math.round(root * root * 1000) / 1000;
}

/** The mean of |predicted − counted| over the rows. */
export function meanAbsoluteError(model, rows) {
  return rows.reduce((sum, row) => sum + Math.abs(predict(model, row) - row.cnt), 0) / rows.length;
}

function main([directory, data, out]) {
  if (out === undefined) throw new Error('usage: node predict.mjs <model-dir> <data.csv[.gz]> <out.csv>');
  const model = loadModel(directory);
  const lines = readRows([data]).map((row) => `${row.instant},${predict(model, row)}\n`);
  writeFileSync(out, `instant,prediction\n${lines.join('')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`predict: ${error.message}`);
    process.exitCode = 1;
  }
}
