import { grouped } from '../problem/numbers.ts';
import type { ColumnProfile, ReferenceCells } from '../profile/profile.ts';
import { isMissing } from '../read/missing-text.ts';
import { categoryBounds } from '../stats/bounds.ts';
import { type CategoryCounts, categoryCells, totalVariation } from '../stats/distance.ts';
import { clopperPearson } from '../stats/proportions.ts';
import { categoryTest } from '../stats/significance.ts';
import type { Check } from '../verdict/verdict.ts';
import type { LabelParts } from './label-kind.ts';
import { leakFindings } from './label-leak.ts';
import { found, type IntegrityFindings, type IntegrityOptions } from './options.ts';

/** The share below which a class is hardly learnt. */
const RARE = 0.01;
const LEVEL = 0.95;
/** The distance between shares of labels that does not matter, as for features. */
const MARGIN = 0.05;
const ALPHA = 0.01;

/** Classes, their shares, and features that are nearly the label. */
export function labelChecks(parts: LabelParts): IntegrityFindings {
  const { label, kind, options } = parts;
  if (kind === 'neither') return { checks: unjudged(label, options), measures: {} };
  const leak = leakFindings(parts);
  if (kind === 'quantity') return leak;
  const now = countsOf(label.cells);
  const before = parts.reference?.columns.find(({ name }) => name === label.name);
  const known = before && before.cells.kind !== 'cuts' ? countsOf(before.cells) : undefined;
  const share =
    known === undefined || now.values.size === 0 ? undefined : shareCheck(label.name, known, now, options);
  return {
    checks: [
      ...(now.values.size === 0 ? [] : [classesCheck(label.name, now, known, options)]),
      ...(share === undefined ? [] : [share]),
      ...leak.checks,
    ],
    measures: { classes: now.values.size, ...leak.measures },
  };
}

function unjudged({ name }: ColumnProfile, options: IntegrityOptions): Check[] {
  const message = `${name} is not a number and has too many classes, so it was not judged as a label`;
  return [
    {
      id: 'integrity.classes',
      target: { column: name },
      status: found(options, 'classes', 'inconclusive'),
      message,
      fix: 'give the column to predict as label',
    },
  ];
}

interface Counts extends CategoryCounts {
  readonly values: Map<string, number>;
  readonly rest: number;
  readonly complete: boolean;
}

/** Rows of each class; what stands for a missing value is none. */
function countsOf(cells: ReferenceCells): Counts {
  const values = new Map<string, number>();
  if (cells.kind === 'categories') {
    cells.categories.forEach((text, i) => {
      if (!isMissing(text)) values.set(text, cells.counts[i] ?? 0);
    });
    return { values, nulls: 0, rest: cells.other, complete: cells.complete };
  }
  if (cells.kind === 'values') {
    cells.values.forEach((value, i) => {
      values.set(String(value), cells.counts[2 * i + 1] ?? 0);
    });
  }
  return { values, nulls: 0, rest: 0, complete: true };
}

function sum({ values, rest }: Counts): number {
  return [...values.values()].reduce((total, count) => total + count, rest);
}

function classesCheck(
  name: string,
  now: Counts,
  known: Counts | undefined,
  options: IntegrityOptions,
): Check {
  const rows = sum(now);
  const base = { id: 'integrity.classes', target: { column: name } } as const;
  if (now.values.size === 1) {
    return {
      ...base,
      status: found(options, 'classes'),
      observed: 1,
      message: `${name} has only one class, so there is nothing to learn or to judge`,
      fix: 'check whether rows were filtered, or whether the input label names the wrong column',
    };
  }
  const [rarest = '', count = 0] = [...now.values].sort(([, a], [, b]) => a - b)[0] ?? [];
  const [low, high] = clopperPearson(count, rows, LEVEL);
  const usual = known !== undefined && (known.values.get(rarest) ?? known.rest) < RARE * sum(known);
  const rare = high < RARE && !usual;
  const estimate = count / rows;
  return {
    ...base,
    status: rare ? found(options, 'classes') : 'pass',
    observed: { classes: now.values.size, smallest: estimate },
    expected: { smallest: RARE },
    message: `${name} has ${grouped(now.values.size)} classes; the rarest is ${percent(estimate)} of ${grouped(rows)} rows${high < RARE && usual ? ', as in the reference' : ''}`,
    evidence: { method: 'Clopper-Pearson', estimate, interval: [low, high], level: LEVEL, n: rows },
    ...(rare
      ? {
          fix: 'gather more rows of it, or judge by metrics in which all classes count the same (macro averages, not accuracy)',
        }
      : {}),
  };
}

function shareCheck(name: string, known: Counts, now: Counts, options: IntegrityOptions): Check {
  // What a reference that hides rare values does not list can only be counted together.
  const listed = known.complete
    ? now
    : {
        ...now,
        values: new Map([...now.values].filter(([text]) => known.values.has(text))),
        rest: [...now.values].reduce((rest, [text, n]) => rest + (known.values.has(text) ? 0 : n), now.rest),
      };
  const cells = categoryCells(known, listed);
  const { plugIn } = totalVariation(cells);
  const { lower, upper } = categoryBounds(cells, { features: 1 });
  const { p, method } = categoryTest(known, listed);
  const moved = lower > MARGIN || (p < ALPHA && plugIn > MARGIN);
  const rows = sum(now);
  return {
    id: 'integrity.label-share',
    target: { column: name },
    status: moved ? found(options, 'label-share') : 'pass',
    observed: plugIn,
    expected: { max: MARGIN },
    message: moved
      ? `the classes of ${name} do not have the same shares as in the reference: ${percent(plugIn)} of the rows moved (${grouped(rows)} rows)`
      : `no change that matters is shown in the shares of ${name}: ${percent(plugIn)}, at most ${percent(upper)} (${grouped(rows)} rows)`,
    evidence: {
      method: `total variation; ${method}`,
      estimate: plugIn,
      interval: [lower, upper],
      level: LEVEL,
      margin: MARGIN,
      n: rows,
    },
    ...(moved ? { fix: 'find out what changed; if the reference is right, weight or sample the rows' } : {}),
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
