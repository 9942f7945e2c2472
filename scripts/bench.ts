/**
 * `npm run bench`: measures, and writes docs/benchmarks.md. A part alone: `npm run bench -- start`,
 * `npm run bench -- data [--rows 100000] [--only duckdb,polars]`, `npm run bench -- model [--rows 100000]
 * [--only ml-loop]`, `npm run bench -- register`; `--dist` names another build than dist/.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const PARTS = ['start', 'data', 'costs', 'model', 'register'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, only: { type: 'string' }, dist: { type: 'string', default: 'dist' } },
});
const unknown = positionals.filter((part) => !PARTS.some((known) => known === part));
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; parts are ${PARTS.join(', ')}`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? PARTS : PARTS.filter((part) => positionals.includes(part));
const only = values.only?.split(',');
const cli = join(resolve(values.dist), 'cli.mjs');

if (chosen.includes('start')) (await import('./bench/start.ts')).benchStart();
const rows = values.rows?.split(',').map(Number);
if (rows?.some((count) => !Number.isSafeInteger(count) || count < 1000)) {
  console.error('--rows is a number of rows, or some');
  process.exit(2);
}
if (chosen.includes('data')) {
  const { benchData, SIZES } = await import('./bench/data.ts');
  if (rows?.some((count) => !SIZES.some((size) => size === count))) {
    console.error(`--rows of data is one or some of ${SIZES.join(', ')}`);
    process.exit(2);
  }
  await benchData({ sizes: rows ?? SIZES, only, cli });
}
if (chosen.includes('costs')) await (await import('./bench/costs.ts')).benchCosts(cli);
if (chosen.includes('model')) {
  const { benchModel } = await import('./bench/model.ts');
  await benchModel({ only, cli, rows: rows?.[0] });
}
if (chosen.includes('register')) await (await import('./bench/register.ts')).benchRegister({ cli });
