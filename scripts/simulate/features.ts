/** Feature drift without drift, with it, and where rows are not independent. */

import type { ColumnComparison } from '../../shared/compare/counts.ts';
import { featureChecks } from '../../shared/compare/features.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import {
  categories,
  compareSamples,
  compareTables,
  each,
  type Generator,
  KINDS,
  normal,
  type Sizes,
  sizeText,
  three,
} from './columns.ts';
import { autoregressive, type Draw, dayEffects, drawFrom, indexOf, zipf } from './draw.ts';
import { rate, table } from './text.ts';

const MARGIN = 0.05;
const ALPHA = 0.05;
const SIZES: readonly Sizes[] = [
  { m: 1000, n: 1000 },
  { m: 1000, n: 200 },
  { m: 500, n: 5000 },
  { m: 2000, n: 100 },
  { m: 2000, n: 2000 },
];

const judge = (columns: readonly ColumnComparison[], alpha = ALPHA) =>
  featureChecks(columns, { alpha, margin: MARGIN }).checks;
const alarms = (checks: readonly Check[]) =>
  checks.some(({ status }) => status === 'warn' || status === 'fail');

interface Counts {
  mixed: number;
  mixedFails: number;
  mixedFile: number;
  readonly single: number[];
  readonly singleFile: number[];
}

/** 24 columns, three of each kind, without drift: together, and each in a run of its own. */
function withoutDrift(runs: number): string {
  const draw = drawFrom(101);
  const kinds = Object.entries(KINDS);
  const generators = [...kinds, ...kinds, ...kinds].map(([, generator]) => generator);
  const found = SIZES.map(({ m, n }): Counts => {
    const counts: Counts = {
      mixed: 0,
      mixedFails: 0,
      mixedFile: 0,
      single: kinds.map(() => 0),
      singleFile: kinds.map(() => 0),
    };
    for (let run = 0; run < runs; run++) {
      const sample = (rows: number) => generators.map((generate) => generate(draw, rows));
      const { tables, withFile } = compareSamples(sample(m), sample(n));
      const checks = judge(tables);
      if (alarms(checks)) counts.mixed += 1;
      if (checks.some(({ status }) => status === 'fail')) counts.mixedFails += 1;
      if (alarms(judge(withFile))) counts.mixedFile += 1;
      tables.forEach((column, i) => {
        if (alarms(judge([column]))) counts.single[i % kinds.length]! += 1;
      });
      withFile.forEach((column, i) => {
        if (alarms(judge([column]))) counts.singleFile[i % kinds.length]! += 1;
      });
    }
    return counts;
  });
  const header = ['reference / current rows', ...SIZES.map(sizeText)];
  const of = (count: (counts: Counts) => number) => found.map((counts) => rate(count(counts), runs));
  const mixed = table(header, [
    ['any `warn` or `fail`', ...of(({ mixed }) => mixed)],
    ['any `fail`', ...of(({ mixedFails }) => mixedFails)],
    ['any `warn` or `fail`, against a profile file', ...of(({ mixedFile }) => mixedFile)],
  ]);
  const grid = (side: 'single' | 'singleFile') =>
    kinds.map(([kind], i) => [kind, ...found.map((counts) => rate(counts[side][i] ?? 0, 3 * runs))]);
  const single = grid('single');
  const differs = (row: readonly string[], i: number) => row.join() !== single[i]?.join();
  return [
    `False alarms in runs of 24 undrifted columns (three of each kind below), ${runs} a size:`,
    mixed,
    `Each column as a run of its own, ${3 * runs} a cell:`,
    table(header, single),
    'Against a profile file (`samples: hide`), which lists common values only; the other rows are the same:',
    table(header, grid('singleFile').filter(differs)),
  ].join('\n\n');
}

/** How often an undrifted column is shown to be within the margin. */
function passes(runs: number): string {
  const draw = drawFrom(102);
  const kinds = ['normal', '10 categories', '50 categories'];
  const sizes = [
    { m: 1000, n: 1000 },
    { m: 2000, n: 2000 },
    { m: 3500, n: 3500 },
    { m: 5000, n: 5000 },
    { m: 100_000, n: 2000 },
  ];
  const rows = sizes.map((size) => {
    const wide = kinds.map(() => 0);
    const narrow = kinds.map(() => 0);
    const times = size.m > 10_000 ? Math.ceil(runs / 2) : runs;
    for (let run = 0; run < times; run++) {
      const sample = (n: number) => kinds.map((kind) => KINDS[kind]!(draw, n));
      judge(compareTables(sample(size.m), sample(size.n)))
        .filter(({ id }) => id === 'drift.feature')
        .forEach(({ status, evidence }, i) => {
          if (status === 'pass') narrow[i]! += 1;
          if ((evidence?.interval?.[1] ?? 1) < 0.1) wide[i]! += 1;
        });
    }
    return [
      sizeText(size),
      ...kinds.flatMap((_, i) => [rate(narrow[i] ?? 0, times), rate(wide[i] ?? 0, times)]),
    ];
  });
  return [
    `Undrifted columns that pass; ${runs} runs a size, half as many of the last:`,
    table(
      ['reference / current rows', ...kinds.flatMap((kind) => [`${kind}, margin 0.05`, 'margin 0.1'])],
      rows,
    ),
  ].join('\n\n');
}

const TEN = zipf(10);
const withNew = each((draw) => (draw.uniform() < 0.01 ? 'unheard-of' : `c${indexOf(TEN, draw.uniform())}`));

const SHIFTS: readonly (readonly [string, Generator, Generator])[] = [
  ['mean + 0.25 SD (distance 0.0995)', normal(), normal(0.25)],
  ['mean + 0.5 SD (0.197)', normal(), normal(0.5)],
  ['mean + 0.15 SD (0.06)', normal(), normal(0.15)],
  ['category +10 points of 3 (0.1)', three([0.5, 0.3, 0.2]), three([0.4, 0.4, 0.2])],
  ['nulls 2 → 10 % (0.08)', normal(0, 0.02), normal(0, 0.1)],
  ['new category, 1 % (`drift.unseen`)', categories(10), withNew],
];

/** One drifted column among 20. */
function power(runs: number): string {
  const draw = drawFrom(103);
  const sizes = [
    { m: 1000, n: 200 },
    { m: 1000, n: 1000 },
    { m: 5000, n: 1000 },
    { m: 10_000, n: 10_000 },
  ];
  const others = Object.values(KINDS);
  const cells = sizes.map(({ m, n }) => {
    const pool = Array.from({ length: 10 }, () => {
      const sample = (rows: number) =>
        Array.from({ length: 19 }, (_, i) => others[i % others.length]!(draw, rows));
      return compareTables(sample(m), sample(n));
    });
    return SHIFTS.map(([, before, after]) => {
      let shown = 0;
      let material = 0;
      for (let run = 0; run < runs; run++) {
        const drifted = compareTables([before(draw, m)], [after(draw, n)]).map((column) => ({
          ...column,
          column: 'drifted',
        }));
        const checks = judge([...drifted, ...pool[run % pool.length]!]).filter(
          ({ target }) => target?.column === 'drifted',
        );
        if (alarms(checks)) shown += 1;
        if (checks.some(({ status }) => status === 'fail')) material += 1;
      }
      return [rate(shown, runs), rate(material, runs)];
    });
  });
  return [
    `Power: ${runs} runs in which one drifted column of 20 warns or fails (shown), or fails:`,
    table(
      ['change (its distance)', ...sizes.flatMap((size) => [`${sizeText(size)}: shown`, '`fail`'])],
      SHIFTS.map(([name], i) => [name, ...cells.flatMap((column) => column[i] ?? [])]),
    ),
  ].join('\n\n');
}

type Process = (draw: Draw, n: number) => Float64Array;

/** The same law, in rows that depend on each other. */
function dependence(runs: number): string {
  const draw = drawFrom(104);
  const processes: readonly (readonly [string, Process])[] = [
    ['independent', (d, n) => autoregressive(d, n, 0)],
    ['AR(1), 0.5', (d, n) => autoregressive(d, n, 0.5)],
    ['days of 24 rows, a tenth of the variance between days', (d, n) => dayEffects(d, n, 24, 0.1)],
    ['days of 24 rows, half of the variance between days', (d, n) => dayEffects(d, n, 24, 0.5)],
  ];
  const sizes = [
    { m: 1000, n: 1000 },
    { m: 5000, n: 1000 },
    { m: 5000, n: 5000 },
  ];
  const rows = processes.map(([name, process]) => {
    const cells = sizes.flatMap(({ m, n }) => {
      let any = 0;
      let fails = 0;
      for (let run = 0; run < runs; run++) {
        const sample = (size: number) => Array.from({ length: 10 }, () => [...process(draw, size)]);
        const checks = judge(compareTables(sample(m), sample(n)));
        if (alarms(checks)) any += 1;
        if (checks.some(({ status }) => status === 'fail')) fails += 1;
      }
      return [rate(any, runs), rate(fails, runs)];
    });
    return [name, ...cells];
  });
  return [
    `Dependent rows: ${runs} runs of 10 normal columns that do not drift:`,
    table(['rows', ...sizes.flatMap((size) => [`${sizeText(size)}: any alarm`, 'any `fail`'])], rows),
  ].join('\n\n');
}

/** A year of weekly looks at fresh data with one reference. */
function looks(histories: number): string {
  const draw = drawFrom(105);
  const weeks = 52;
  const levels = [ALPHA, 1 / (4 * 104)];
  const columns = ['normal', '5 integers', '10 categories'].map((kind) => KINDS[kind]!);
  const any = levels.map(() => 0);
  for (let history = 0; history < histories; history++) {
    const before = columns.map((generate) => generate(draw, 2000));
    const alarmed = levels.map(() => false);
    for (let week = 0; week < weeks; week++) {
      const compared = compareTables(
        before,
        columns.map((generate) => generate(draw, 500)),
      );
      levels.forEach((level, i) => {
        alarmed[i] ||= alarms(judge(compared, level));
      });
    }
    alarmed.forEach((value, i) => {
      if (value) any[i]! += 1;
    });
  }
  return [
    `${histories} years of weekly looks at 500 fresh rows of 3 columns, with one reference of 2,000:`,
    table(
      ['level of each run', 'histories with any false alarm', 'allowed'],
      [
        ['0.05 (no `mean-time-between-false-alarms`)', rate(any[0] ?? 0, histories), 'nothing promised'],
        ['1/(4 · 104) (`728d`, every `7d`)', rate(any[1] ?? 0, histories), '12.5 %'],
      ],
    ),
  ].join('\n\n');
}

export function features(): string {
  return [withoutDrift(330), passes(150), power(150), dependence(100), looks(100)].join('\n\n');
}
