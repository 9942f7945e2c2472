/**
 * `npm run bench -- data`: contract, profile and drift of the same rows by ml-loop, in one run of its command line, and
 * by its peers. Answers are compared with the exact ones before a figure counts.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTable } from '../bench-data.ts';
import { differences, type Exact } from './agree.ts';
import { digestOf, type Figure, figures, keep, run } from './figures.ts';
import { measure, middle, type Used } from './measure.ts';
import { machine, megabytes, seconds, tableOf, writePart } from './page.ts';
import { cache, python } from './peers.ts';
import { CONTRACT, FORMATS, type Format, type Job, SYSTEMS, type System } from './systems.ts';

export const SIZES = [10_000, 100_000, 1_000_000] as const;
const REFERENCE_ROWS = 100_000;
/** Up to so many rows the median of three runs counts. */
const REPEATED_ROWS = 100_000;
const LIMIT_SECONDS = 600;

export interface DataOptions {
  readonly sizes: readonly number[];
  /** Ids of systems; the figures of others are those that were kept. */
  readonly only?: readonly string[] | undefined;
  /** The command line that is measured. */
  readonly cli: string;
}

export const folder = join(cache, `rows-${digestOf('../bench-data.ts', 'files.py', 'contract.json')}`);

export async function benchData({ sizes, only, cli }: DataOptions): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { reference, referenceRows } = await referenceOf(cli);
  const chosen = SYSTEMS.filter(({ id }) => only === undefined || only.includes(id));
  const out = join(cache, `out-${process.pid}`);
  for (const rows of sizes) {
    for (const format of FORMATS) {
      const data = await fileOf(rows, format, reference);
      const exact = exactOf(rows, reference);
      for (const system of chosen.filter((one) => isMeasured(one, rows, format))) {
        const figure = figureOf(system, rows, exact, { data, reference, referenceRows, folder: out, cli });
        keep(keyOf(system, rows, format), figure);
        console.log(`${system.name}, ${rows} rows, ${format}: ${cellOf(figure)}`);
      }
    }
  }
  rmSync(out, { recursive: true, force: true });
  rmSync(`${out}.json`, { force: true });
  write();
}

function isMeasured({ formats, rows: { min, max } }: System, rows: number, format: Format): boolean {
  return formats.includes(format) && rows >= min && rows <= max;
}

const keyOf = ({ name }: System, rows: number, format: Format) => `${name}|${format}|${rows}`;
const digestOfSystem = ({ files }: System) => digestOf('measure.py', ...files);

/** The profile of other rows of the same generator, as ml-loop writes it. */
export async function referenceOf(cli: string) {
  const referenceRows = join(folder, 'reference.csv');
  if (!existsSync(referenceRows)) {
    await whole(referenceRows, (path) => writeTable(REFERENCE_ROWS, path, 2));
  }
  const report = join(folder, 'reference');
  const args = [cli, 'validate-data', '--data', referenceRows, '--report-directory', report];
  const { status, stderr } = spawnSync(process.execPath, [...args, '--fail-on', 'never'], {
    encoding: 'utf8',
    cwd: folder,
  });
  if (status !== 0) throw new Error(`the reference's profile: exit ${status}: ${stderr}`);
  return { referenceRows, reference: join(report, 'validate-data/profile.json') };
}

/** The rows as a file, made if it is not there yet. */
export async function fileOf(rows: number, format: Format, reference: string): Promise<string> {
  const csv = join(folder, `${rows}.csv`);
  const path = join(folder, `${rows}.${format}`);
  if (existsSync(path)) return path;
  console.log(`making ${path}`);
  if (format === 'csv') await whole(path, (part) => writeTable(rows, part, 1, true));
  else
    await whole(path, async (part) => {
      script('files.py', csv, reference, part);
    });
  return path;
}

/** Makes a file beside its place, so that one that is there is whole. */
async function whole(path: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = path.replace(/[^/]*$/, (name) => `part-${name}`);
  await make(part);
  renameSync(part, path);
}

function script(name: string, data: string, reference: string, ...args: readonly string[]): string {
  const path = join(import.meta.dirname, name);
  const { status, stdout, stderr } = spawnSync(python(), ['-B', path, data, CONTRACT, reference, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return stdout;
}

/** The exact answers about the rows; kept, for they do not depend on who is measured. */
function exactOf(rows: number, reference: string): Exact {
  const cells = createHash('sha256').update(readFileSync(reference)).digest('hex').slice(0, 12);
  const key = `exact-${rows}-${cells}-${digestOf('exact.py', 'answers.py')}`;
  const path = join(folder, `${key}.json`);
  if (!existsSync(path)) {
    writeFileSync(`${path}.part`, script('exact.py', join(folder, `${rows}.csv`), reference));
    renameSync(`${path}.part`, path);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Exact;
}

/** Runs it once or three times; no figure if its answers are not the exact ones. */
function figureOf(system: System, rows: number, exact: Exact, job: Job): Figure {
  const common = { run, digest: digestOfSystem(system), versions: {} };
  const program = system.program(job);
  if ('reason' in program) return { ...common, used: null, note: `skipped: ${program.reason}` };
  const runs: Used[] = [];
  const out = `${job.folder}.json`;
  let versions: Figure['versions'] = {};
  for (let i = 0; i < (rows <= REPEATED_ROWS ? 3 : 1); i++) {
    rmSync(job.folder, { recursive: true, force: true });
    mkdirSync(job.folder, { recursive: true });
    const used = measure(program, out, LIMIT_SECONDS);
    if (used.exit !== 0) return { ...common, used: null, note: failure(used) };
    const answers = system.answers(readFileSync(out, 'utf8'), job);
    const faults = differences(exact, answers, system.whole);
    if (faults.length > 0) {
      process.exitCode = 1;
      console.error(`${system.name}: ${faults.length} answers differ\n  ${faults.slice(0, 20).join('\n  ')}`);
      return { ...common, used: null, note: 'its answers differ' };
    }
    ({ versions } = answers);
    runs.push(used);
  }
  return { ...common, versions, used: middle(runs) };
}

function failure({ exit, peak }: Used): string {
  if (exit === null) return `not done in ${LIMIT_SECONDS / 60} min`;
  return exit === -9 ? `ended by the system at ${megabytes(peak)}` : `failed (exit ${exit})`;
}

function cellOf({ used, note }: Figure, own?: Figure): string {
  if (used === null) return note ?? '–';
  const base = own?.used?.cpu;
  const ratio = base === undefined ? '' : `, ${(used.cpu / base).toFixed(used.cpu < 10 * base ? 1 : 0)}×`;
  return `${seconds(used.cpu)}, ${megabytes(used.peak)}${ratio}`;
}

/** Writes the tables of all kept figures, if there is one of each system. */
function write(): void {
  const kept = figures();
  const found: { readonly name: string; readonly figure: Figure }[] = [];
  const lacking: string[] = [];
  const cell = (system: System, rows: number, format: Format): string => {
    if (!isMeasured(system, rows, format)) return '';
    const figure = kept[keyOf(system, rows, format)];
    const own = SYSTEMS[0] && kept[keyOf(SYSTEMS[0], rows, format)];
    if (
      figure === undefined ||
      figure.digest !== digestOfSystem(system) ||
      figure.note === 'its answers differ'
    ) {
      // Who answers less than all is shown if it was measured.
      if (system.whole) lacking.push(keyOf(system, rows, format));
      return figure?.note ?? 'not measured';
    }
    found.push({ name: system.name, figure });
    return cellOf(figure, system === SYSTEMS[0] ? undefined : own);
  };
  const bySize = (format: Format, title: string) => {
    const systems = SYSTEMS.filter(({ formats }) => formats.includes(format));
    const head = [title, ...SIZES.map((rows) => `${rows.toLocaleString('en')} rows`)];
    const lines = systems.map((system) => [system.name, ...SIZES.map((rows) => cell(system, rows, format))]);
    const measured = lines.filter(([, ...cells]) =>
      cells.some((one) => one !== 'not measured' && one !== ''),
    );
    return tableOf(head, measured);
  };
  const text = [
    bySize('csv', 'CSV'),
    bySize('jsonl', 'JSON Lines'),
    bySize('parquet', 'Parquet'),
    facts(found),
  ].join('\n\n');
  if (lacking.length === 0) writePart('data', text);
  else console.log(`\n${text}\n\nnot written, for figures are lacking: ${lacking.join('; ')}`);
}

/** The versions, the machine, and whether the figures are of one run. */
function facts(found: readonly { readonly name: string; readonly figure: Figure }[]): string {
  const versions = new Map(found.flatMap(({ figure }) => Object.entries(figure.versions)));
  const last = found
    .map(({ figure }) => figure.run)
    .sort()
    .at(-1);
  const earlier = new Set(found.flatMap(({ name, figure }) => (figure.run === last ? [] : [name])));
  const runs =
    earlier.size === 0
      ? 'All figures are of one run.'
      : `Figures of an earlier run on the same machine: ${[...earlier].join('; ')}.`;
  const list = [...versions].map(([name, version]) => `${name} ${version}`).join(', ');
  return `${list}; ${machine()}. ${runs}`;
}
