/**
 * `npm run bench -- model`: two models' predictions judged by ml-loop's command line, and by scikit-learn, SciPy and
 * Fairlearn. Metrics and groups must agree before a figure counts.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchDistinct, distinctText } from './distinct.ts';
import { digestOf, type Figure, figures, keep, run } from './figures.ts';
import { measure, type Program } from './measure.ts';
import { writePredictions } from './model-data.ts';
import { machine, megabytes, seconds, tableOf, writePart } from './page.ts';
import { cache, python } from './peers.ts';

const ROWS = 1_000_000;
/** What ml-loop draws, and what Fairlearn is extrapolated to. */
const DRAWS = 2_000;
/** What Fairlearn draws: all of them would take hours. */
const MEASURED_DRAWS = 10;
const LIMIT_SECONDS = 1_200;
const TOLERANCE = 1e-9;

export interface ModelOptions {
  /** `ml-loop` or `peers`; both by default. */
  readonly only?: readonly string[] | undefined;
  readonly cli: string;
  /** Of each model; only those of 1,000,000 are written. */
  readonly rows?: number | undefined;
}

interface Paths {
  readonly candidate: string;
  readonly production: string;
}

type Numbers = Readonly<Record<string, number>>;

/** What both sides answer. */
interface Judged {
  readonly versions: Readonly<Record<string, string>>;
  readonly candidate: Numbers;
  readonly production: Numbers;
  /** Of the candidate, by group; names may be left out, so they are compared in the order of their accuracies. */
  readonly groups: readonly Numbers[];
}

const names = {
  own: 'ml-loop',
  metrics: 'scikit-learn, SciPy and Fairlearn, no draws',
  drawn: `the same with ${MEASURED_DRAWS} draws`,
} as const;

export async function benchModel({ only, cli, rows = ROWS }: ModelOptions): Promise<void> {
  const paths = await predictions(rows);
  const files = ['measure.py', 'model-data.ts', 'with_scikit_learn.py', 'requirements.txt'];
  const digest = `${digestOf(...files, '../bench-data.ts')}-${rows}`;
  const peers = only === undefined || !only.every((id) => id === 'ml-loop');
  const own = only === undefined || only.includes('ml-loop');
  const exact = peersJudged(paths, digest, peers);
  if (own) {
    keep(`model|${names.own}`, { ...ownFigure(paths, exact, cli), digest });
    benchDistinct(cli);
  }
  write(digest, rows);
}

async function predictions(rows: number): Promise<Paths> {
  const folder = join(cache, `predictions-${rows}-${digestOf('model-data.ts', '../bench-data.ts')}`);
  const paths = { candidate: join(folder, 'candidate.csv'), production: join(folder, 'production.csv') };
  if (existsSync(join(folder, 'whole'))) return paths;
  mkdirSync(folder, { recursive: true });
  console.log(`making ${folder}`);
  await writePredictions(rows, paths);
  mkdirSync(join(folder, 'whole'));
  return paths;
}

/** The answers of scikit-learn and Fairlearn, measured if `again` or if they were not yet. */
function peersJudged({ candidate, production }: Paths, digest: string, again: boolean): Judged {
  const kept = join(cache, `judged-${digest}.json`);
  const script = join(import.meta.dirname, 'with_scikit_learn.py');
  if (again || !existsSync(kept)) {
    for (const [name, draws] of [
      [names.drawn, MEASURED_DRAWS],
      [names.metrics, 0],
    ] as const) {
      const command = [python(), '-B', script, candidate, production, String(draws)];
      const used = measured(name, { command }, kept);
      keep(`model|${name}`, { run, digest, used, versions: peerAnswers(kept).versions });
    }
  }
  return peerAnswers(kept);
}

function measured(name: string, program: Program, out: string) {
  const used = measure(program, out, LIMIT_SECONDS);
  console.log(`${name}: ${seconds(used.cpu)}, ${megabytes(used.peak)}`);
  if (used.exit === 0) return used;
  rmSync(out, { force: true });
  throw new Error(`${name} ended with ${used.exit ?? `its time (${LIMIT_SECONDS} s)`}`);
}

function peerAnswers(path: string): Judged {
  const { groups, ...answers } = JSON.parse(readFileSync(path, 'utf8')) as Omit<Judged, 'groups'> & {
    readonly groups: Readonly<Record<string, Numbers>>;
  };
  return { ...answers, groups: Object.values(groups) };
}

function ownFigure({ candidate, production }: Paths, exact: Judged, cli: string): Omit<Figure, 'digest'> {
  const folder = join(cache, `out-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const command = [
    ...[process.execPath, cli, 'validate-model', '--candidate', candidate, '--production', production],
    ...['--metric', 'roc_auc', '--margin', '0.01', '--conditions', 'candidate.accuracy >= 0.9'],
    ...['--sensitive', 'group', '--max-group-difference', '0.1', '--draws', String(DRAWS)],
    ...['--fail-on', 'never', '--report-directory', folder],
  ];
  const used = measured(names.own, { command, cwd: folder }, `${folder}.txt`);
  const answers = ownAnswers(join(folder, 'validate-model/verdict.json'));
  rmSync(folder, { recursive: true });
  rmSync(`${folder}.txt`, { force: true });
  const faults = differences(exact, answers);
  if (faults.length > 0) {
    process.exitCode = 1;
    console.error(`ml-loop: ${faults.length} answers differ\n  ${faults.join('\n  ')}`);
  }
  const note = faults.length > 0 ? { used: null, note: 'its answers differ' } : { used };
  return { run, versions: answers.versions, ...note };
}

/** scikit-learn's functions by ml-loop's names of the metrics, and Fairlearn's by those of a group's. */
const OWN_NAMES = {
  accuracy: 'accuracy',
  balanced_accuracy: 'balanced_accuracy',
  f1: 'f1',
  mcc: 'matthews_corrcoef',
  log_loss: 'log_loss',
  brier: 'brier',
  roc_auc: 'roc_auc',
  average_precision: 'average_precision',
  tpr: 'true_positive_rate',
  fpr: 'false_positive_rate',
  selection_rate: 'selection_rate',
} as const;

function ownAnswers(path: string): Judged {
  interface Side extends Readonly<Record<string, unknown>> {
    readonly by_group?: { readonly group?: Readonly<Record<string, unknown>> };
  }
  const verdict = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly measures: { readonly candidate: Side; readonly production: Side };
    readonly tool: { readonly version: string };
  };
  const named = (values: Readonly<Record<string, unknown>>): Numbers =>
    Object.fromEntries(
      Object.entries(OWN_NAMES).flatMap(([name, own]) => {
        const value = values[own];
        return typeof value === 'number' ? [[name, value]] : [];
      }),
    );
  const { candidate, production } = verdict.measures;
  const groups = Object.values(candidate.by_group?.group ?? {});
  return {
    versions: { 'ml-loop': verdict.tool.version, Node: process.versions.node },
    candidate: named(candidate),
    production: named(production),
    groups: groups.flatMap((group) =>
      typeof group === 'object' && group !== null ? [named(group as Readonly<Record<string, unknown>>)] : [],
    ),
  };
}

function differences(exact: Judged, found: Judged): string[] {
  const faults: string[] = [];
  const compare = (what: string, right: Numbers, given: Numbers = {}) => {
    for (const [name, value] of Object.entries(right)) {
      const own = given[name];
      if (own === undefined) faults.push(`${name} of ${what} was not answered`);
      else if (Math.abs(own - value) > TOLERANCE) faults.push(`${name} of ${what}: ${own}, not ${value}`);
    }
  };
  compare('candidate', exact.candidate, found.candidate);
  compare('production', exact.production, found.production);
  const ordered = ({ groups }: Judged) =>
    groups.toSorted((a, b) => (a.accuracy ?? Number.NaN) - (b.accuracy ?? Number.NaN));
  const groups = ordered(found);
  ordered(exact).forEach((group, index) => {
    compare(`group ${index + 1}`, group, groups[index]);
  });
  return faults;
}

function write(digest: string, rows: number): void {
  const kept = figures();
  const figure = (name: string) => kept[`model|${name}`];
  const [own, metrics, drawn] = [figure(names.own), figure(names.metrics), figure(names.drawn)];
  const current = [own, metrics, drawn].every((one) => one?.digest === digest);
  if (!own?.used || !metrics?.used || !drawn?.used || !current) {
    console.log(`not written: ${own?.used ? 'the peers were' : 'ml-loop was'} not measured on these rows`);
    return;
  }
  const base = own.used.cpu;
  const line = (name: string, cpu: number, peak: number, about = '') => [
    name,
    `${about}${seconds(cpu)}`,
    megabytes(peak),
    `${(cpu / base).toFixed(1)}×`,
  ];
  const all = metrics.used.cpu + ((drawn.used.cpu - metrics.used.cpu) * DRAWS) / MEASURED_DRAWS;
  const table = tableOf(
    [`${rows.toLocaleString('en')} predictions of two models`, 'CPU', 'peak memory', 'of ml-loop'],
    [
      line(`ml-loop, ${DRAWS.toLocaleString('en')} draws if they are needed`, base, own.used.peak),
      line(names.metrics, metrics.used.cpu, metrics.used.peak),
      line(names.drawn, drawn.used.cpu, drawn.used.peak),
      line(`the same with ${DRAWS.toLocaleString('en')} draws, extrapolated`, all, drawn.used.peak, 'about '),
    ],
  );
  const versions = Object.entries({ ...own.versions, ...metrics.versions }).map((pair) => pair.join(' '));
  const runs =
    new Set([own.run, metrics.run, drawn.run]).size === 1
      ? 'All figures are of one run.'
      : 'The figures are of several runs on the same machine.';
  const text = `${table}${distinctText()}\n\n${versions.join(', ')}; ${machine()}. ${runs}`;
  if (rows === ROWS) writePart('model', text);
  else console.log(`\n${text}\n\nnot written, for docs/benchmarks.md has ${ROWS} rows`);
}
