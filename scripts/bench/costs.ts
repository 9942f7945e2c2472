/**
 * `npm run bench -- costs`: what parts of a contract, columns and rows cost validate-data by itself.
 */

import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomOf } from '../bench-data.ts';
import { fileOf, folder, referenceOf } from './data.ts';
import { measure, middle, type Used } from './measure.ts';
import { machine, megabytes, seconds, tableOf, writePart } from './page.ts';
import { cache } from './peers.ts';
import { CONTRACT } from './systems.ts';

const ROWS = 1_000_000;
const CELLS = 2_000_000;
const COLUMNS = [20, 200, 2000, 10_000];
const MEMORY_ROWS = [100_000, 1_000_000, 10_000_000];
const LIMIT_SECONDS = 900;

interface Contract {
  readonly properties: Record<string, object>;
  readonly 'x-ml-loop': object;
}

/** The contract of the other part, with more of its vocabulary in the table or in each column but the key. */
function contractWith(table: object, column: object): string {
  const base = JSON.parse(readFileSync(CONTRACT, 'utf8')) as Contract;
  for (const [name, schema] of Object.entries(base.properties)) {
    if (name === 'id' || Object.keys(column).length === 0) continue;
    base.properties[name] = { ...schema, 'x-ml-loop': column };
  }
  return JSON.stringify({ ...base, 'x-ml-loop': { ...base['x-ml-loop'], ...table } });
}

const RULES = [
  { name: 'the ratio is below the sensor', compare: ['ratio', '<', 'sensor'], tolerance: '100%' },
  { name: 'incomes exceed amounts', compare: ['income', '>=', 'amount'], tolerance: '100%' },
  { name: 'seen after birth', compare: ['born', '<', 'seen'], tolerance: '100%' },
];

/** Names of what is added to the contract, and how. */
const CONTRACTS: readonly (readonly [string, string])[] = [
  ['contract and profile', contractWith({}, {})],
  ['with three rules across columns', contractWith({ rules: RULES }, {})],
  ['with null shares', contractWith({}, { nulls: { max: 0.2 } })],
  ['with severity and tolerance', contractWith({}, { severity: 'warn', tolerance: '1%' })],
  ['with `drift: false`', contractWith({}, { drift: false })],
];

export async function benchCosts(cli: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { reference } = await referenceOf(cli);
  const out = join(cache, `costs-${process.pid}`);
  const run = (data: string, args: readonly string[], runs = 3): Used => {
    const all: Used[] = [];
    for (let i = 0; i < runs; i++) {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      const rest = ['--fail-on', 'never', '--report-directory', out, ...args];
      const command = [process.execPath, cli, 'validate-data', '--data', data, ...rest];
      const used = measure({ command }, `${out}.json`, LIMIT_SECONDS);
      if (used.exit !== 0) throw new Error(`${command.join(' ')} ended with ${used.exit}`);
      all.push(used);
    }
    return middle(all);
  };
  const csv = await fileOf(ROWS, 'csv', reference);
  const tables = [
    contractTable((contract, name) => {
      const path = join(cache, `contract-${name.replaceAll(/[^a-z]/g, '-')}.json`);
      writeFileSync(path, contract);
      return run(csv, ['--contract', path, '--integrity', 'off']);
    }),
    await columnTable((data) => run(data, [])),
    await memoryTable(async (rows) => run(await fileOf(rows, 'csv', reference), ['--contract', CONTRACT], 1)),
  ];
  rmSync(out, { recursive: true, force: true });
  rmSync(`${out}.json`, { force: true });
  const facts = `Node ${process.versions.node}; ${machine()}. All figures are of one run; a median of three, except those of memory.`;
  writePart('costs', [...tables, facts].join('\n\n'));
}

function contractTable(run: (contract: string, name: string) => Used): string {
  const used = CONTRACTS.map(([name, contract]) => ({ name, used: run(contract, name) }));
  const base = used[0]?.used.cpu ?? 0;
  const lines = used.map(({ name, used: { cpu, peak } }) => [
    ...[name, seconds(cpu), `${(cpu / base).toFixed(2)}×`, megabytes(peak)],
  ]);
  return tableOf([`${ROWS.toLocaleString('en')} rows of CSV`, 'CPU', 'of the first', 'peak memory'], lines);
}

async function columnTable(run: (data: string) => Used): Promise<string> {
  const lines: string[][] = [];
  for (const columns of COLUMNS) {
    const { cpu, peak } = run(await wideFile(columns));
    lines.push([columns.toLocaleString('en'), seconds(cpu), megabytes(peak)]);
  }
  return tableOf([`Columns, ${CELLS.toLocaleString('en')} cells in all`, 'CPU', 'peak memory'], lines);
}

async function memoryTable(run: (rows: number) => Promise<Used>): Promise<string> {
  const lines: string[][] = [];
  for (const rows of MEMORY_ROWS) {
    const { cpu, peak } = await run(rows);
    lines.push([rows.toLocaleString('en'), seconds(cpu), megabytes(peak)]);
  }
  return tableOf(['Rows × 20 columns, integrity checks on', 'CPU', 'peak memory'], lines);
}

/** Three columns of numbers to one of categories. */
async function wideFile(columns: number): Promise<string> {
  const path = join(folder, `wide-${columns}.csv`);
  if (existsSync(path)) return path;
  const random = randomOf(7);
  const stream = createWriteStream(path);
  stream.write(`${Array.from({ length: columns }, (_value, i) => `c${i}`).join(',')}\n`);
  for (let row = 0; row < CELLS / columns; row++) {
    const cells = Array.from({ length: columns }, (_value, i) =>
      i % 4 === 0 ? `k${Math.floor(random() * 50)}` : (random() * 10).toFixed(4),
    );
    if (!stream.write(`${cells.join(',')}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return path;
}
