/** Who is measured on the data, and how each is started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answers, ColumnAnswers } from './agree.ts';
import type { Program } from './measure.ts';
import { python, qsv } from './peers.ts';

export type Format = 'csv' | 'parquet' | 'jsonl';

export interface Job {
  readonly data: string;
  /** The reference's profile. */
  readonly reference: string;
  /** The rows it was made of, as CSV. */
  readonly referenceRows: string;
  /** A folder for what the program writes. */
  readonly folder: string;
  readonly cli: string;
}

export interface System {
  /** For `--only`. */
  readonly id: string;
  readonly name: string;
  readonly formats: readonly Format[];
  readonly rows: { readonly min: number; readonly max: number };
  /** Whether it answers all that is asked. */
  readonly whole: boolean;
  /** Programs whose bytes decide whether kept figures are still of the same. */
  readonly files: readonly string[];
  /** A reason if it cannot be measured here. */
  program(job: Job): Program | { readonly reason: string };
  /** Of a finished run; `out` is what it printed. */
  answers(out: string, job: Job): Answers;
}

export const FORMATS: readonly Format[] = ['csv', 'jsonl', 'parquet'];
export const CONTRACT = join(import.meta.dirname, 'contract.json');
const ANY = { min: 0, max: Number.POSITIVE_INFINITY };

function mlLoop(id: string, name: string, formats: readonly Format[], args: readonly string[]): System {
  return {
    ...{ id, name, formats, rows: ANY, whole: true, files: [] },
    program: ({ cli, data, reference, folder }) => ({
      command: [
        ...[process.execPath, cli, 'validate-data', '--data', data, '--contract', CONTRACT],
        ...['--reference', reference, '--samples', 'show', '--fail-on', 'never'],
        ...['--report-directory', folder, ...args],
      ],
      cwd: folder,
    }),
    answers: (_out, { folder }) => reported(join(folder, 'validate-data')),
  };
}

interface Verdict {
  readonly checks: readonly {
    readonly id: string;
    readonly target?: { readonly column?: string };
    readonly observed?: unknown;
  }[];
  readonly measures: { readonly columns: Readonly<Record<string, { readonly distance?: number }>> };
  readonly tool: { readonly version: string };
}

interface Profile {
  readonly rows: number;
  readonly columns: readonly (Omit<ColumnAnswers, 'top'> & {
    readonly name: string;
    readonly distinctExact: boolean;
    readonly top: readonly { readonly value: unknown; readonly count: number }[];
  })[];
}

const RULES = /^(?:column\.(?:type|nulls|range|enum|pattern|length|format)|table\.key)$/;

/** The answers in validate-data's verdict and profile. */
function reported(folder: string): Answers {
  const verdict = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8')) as Verdict;
  const profile = JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')) as Profile;
  const rules = verdict.checks.filter(({ id }) => RULES.test(id));
  return {
    versions: { 'ml-loop': verdict.tool.version, Node: process.versions.node },
    rows: profile.rows,
    columns: Object.fromEntries(
      profile.columns.map(({ name, distinctExact, top, ...column }) => [
        name,
        {
          ...column,
          ...{ exact: distinctExact, exact_quantiles: false },
          top: top.map(({ value, count }) => [value, count] as const),
        },
      ]),
    ),
    violations: Object.fromEntries(
      rules.map(({ id, target, observed }) => [
        target?.column === undefined ? id : `${id} ${target.column}`,
        typeof observed === 'number' ? observed : Number.NaN,
      ]),
    ),
    distances: Object.fromEntries(
      Object.entries(verdict.measures.columns).flatMap(([name, { distance }]) =>
        distance === undefined ? [] : [[name, distance]],
      ),
    ),
  };
}

interface Peer extends Pick<System, 'id' | 'name' | 'formats'> {
  readonly script: string;
  readonly mode?: string;
  readonly suffix?: '-validators';
  readonly rows?: System['rows'];
  readonly whole?: boolean;
}

function peer({ script, mode, suffix, rows = ANY, whole = true, ...system }: Peer): System {
  return {
    ...{ ...system, rows, whole },
    files: [script, 'answers.py', 'contract.json', `requirements${suffix ?? ''}.txt`, '../bench-data.ts'],
    program: ({ data, reference, referenceRows }) => {
      const path = join(import.meta.dirname, script);
      const last = mode === 'reference' ? referenceRows : mode;
      const args = [data, CONTRACT, reference, ...(last === undefined ? [] : [last])];
      return { command: [python(suffix), '-B', path, ...args] };
    },
    answers: (out) => JSON.parse(out) as Answers,
  };
}

const qsvPeer = peer({
  ...{ id: 'qsv', name: 'qsv: rules of rows, statistics', script: 'with_qsv.py' },
  ...{ formats: ['csv'], rows: { min: 0, max: 1_000_000 }, whole: false },
});

/** Sizes at which the tools for reports and tests are measured. */
const VALIDATORS = { min: 100_000, max: 1_000_000 };

export const SYSTEMS: readonly System[] = [
  mlLoop('ml-loop', 'ml-loop', FORMATS, ['--integrity', 'off']),
  mlLoop('ml-loop', 'ml-loop, its integrity checks too (the default)', FORMATS, []),
  peer({
    ...{ id: 'duckdb', name: 'DuckDB: three queries over the file', script: 'with_duckdb.py' },
    ...{ mode: 'file', formats: FORMATS },
  }),
  peer({
    ...{ id: 'duckdb', name: 'DuckDB: loaded once, three queries', script: 'with_duckdb.py' },
    ...{ mode: 'table', formats: FORMATS },
  }),
  peer({
    ...{ id: 'polars', name: 'Polars: lazy, streaming', script: 'with_polars.py' },
    formats: FORMATS,
  }),
  peer({ id: 'pandas', name: 'pandas', script: 'with_pandas.py', formats: FORMATS }),
  {
    ...qsvPeer,
    program: (job) => {
      const found = qsv();
      const program = qsvPeer.program(job);
      if ('reason' in found) return found;
      return 'reason' in program ? program : { ...program, env: { ML_LOOP_QSV: found.program } };
    },
  },
  peer({
    ...{
      id: 'evidently',
      name: 'Evidently: summary and drift, 17 of 20 columns',
      script: 'with_evidently.py',
    },
    ...{ mode: 'reference', suffix: '-validators', formats: ['csv'], rows: VALIDATORS, whole: false },
  }),
  peer({
    ...{ id: 'gx', name: 'Great Expectations: contract alone', script: 'with_great_expectations.py' },
    ...{ suffix: '-validators', formats: ['csv'], rows: VALIDATORS, whole: false },
  }),
];
