/**
 * Rows whose predictions are all different, as when probabilities stand in the column of classes: each was once taken for a
 * class, and 50,000 of them filled the memory.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomOf } from '../bench-data.ts';
import { digestOf, type Figure, figures, keep, run } from './figures.ts';
import { measure, middle } from './measure.ts';
import { megabytes, seconds } from './page.ts';
import { cache } from './peers.ts';

const ROWS = 50_000;
const RUNS = 5;
const LIMIT_SECONDS = 60;
/** What the project asks of itself. */
const MOST = { cpu: 1, peak: 300e6 } as const;
const KEY = 'model|distinct';

/** Measures it, and fails the run if the answer is not the fault, or takes more than it may. */
export function benchDistinct(cli: string): void {
  const folder = join(cache, `distinct-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  writeRows(folder);
  const command = [
    ...[
      process.execPath,
      cli,
      'validate-model',
      '--candidate',
      'candidate.csv',
      '--production',
      'production.csv',
    ],
    ...['--test-data', 'test.csv', '--metric', 'accuracy', '--margin', '0.02', '--ledger', 'off'],
    ...['--fail-on', 'never', '--report-directory', '.'],
  ];
  const out = `${folder}.txt`;
  const runs = Array.from({ length: RUNS }, () => measure({ command, cwd: folder }, out, LIMIT_SECONDS));
  const used = middle(runs);
  const verdict = JSON.parse(readFileSync(join(folder, 'validate-model/verdict.json'), 'utf8')) as {
    readonly checks: readonly { readonly id: string; readonly observed?: unknown }[];
    readonly tool: { readonly version: string };
  };
  rmSync(folder, { recursive: true });
  rmSync(out, { force: true });
  const found = verdict.checks.find(({ id }) => id === 'predictions.values')?.observed;
  const faults = [
    ...(found === 2 * ROWS ? [] : [`${found} predictions are told, not ${2 * ROWS}`]),
    ...(used.cpu <= MOST.cpu ? [] : [`they take ${seconds(used.cpu)}`]),
    ...(used.peak <= MOST.peak ? [] : [`they take ${megabytes(used.peak)}`]),
  ];
  if (faults.length > 0) {
    process.exitCode = 1;
    console.error(`distinct predictions: ${faults.join('; ')}`);
  }
  console.log(`${ROWS} distinct predictions of each model: ${seconds(used.cpu)}, ${megabytes(used.peak)}`);
  const versions = { 'ml-loop': verdict.tool.version, Node: process.versions.node };
  keep(KEY, { run, digest: digestOf('distinct.ts', '../bench-data.ts'), used, versions } satisfies Figure);
}

/** The figure as a sentence; empty if it was not measured. */
export function distinctText(): string {
  const used = figures()[KEY]?.used;
  if (!used) return '';
  const rows = ROWS.toLocaleString('en');
  return `\n\n${rows} rows whose predictions are probabilities, each its own, of two models: ${seconds(used.cpu)} of CPU and ${megabytes(used.peak)}, by the middle one of ${RUNS} runs. The answer is that they are not classes.`;
}

function writeRows(folder: string): void {
  const random = randomOf(1);
  const labels = Array.from({ length: ROWS }, () => (random() < 0.4 ? 1 : 0));
  const table = (name: string, column: string, value: (label: number) => number) =>
    writeFileSync(
      join(folder, `${name}.csv`),
      `id,${column}\n${labels.map((label, id) => `${id},${value(label)}`).join('\n')}\n`,
    );
  table('test', 'label', (label) => label);
  for (const [name, right] of [
    ['candidate', 0.73],
    ['production', 0.96],
  ] as const)
    table(name, 'prediction', (label) => (random() < right ? label : 1 - label) * 0.6 + 0.4 * random());
}
