import { grouped } from '../problem/numbers.ts';
import { shownName } from '../read/value-names.ts';
import { idPart } from '../verdict/check-id.ts';
import type { Check, JsonObject } from '../verdict/verdict.ts';
import { contrastBounds } from './contrast.ts';
import { type MetricBounds, type Sampling, samplingWithin } from './interval.ts';
import type { Metric } from './metric.ts';
import type { Part } from './question.ts';
import { type ScoredRows, subset } from './rows.ts';
import type { Slice } from './slices.ts';

export interface SliceTableInput {
  /** By the declaration's name, the slices that are large enough. */
  readonly slices: ReadonlyMap<string, readonly Slice[]>;
  readonly metric: Metric;
  readonly candidate: ScoredRows;
  readonly production?: ScoredRows | undefined;
  readonly alpha: number;
  readonly sampling: Sampling;
  readonly showValues: boolean;
}

/** Slices that are listed, at most, the worst first; and named in a message. */
const MAX_LISTED = 100;
const MAX_NAMED = 10;

interface Line {
  readonly badness: number;
  readonly json: JsonObject;
}

/**
 * The metric in each slice, with bounds that hold for all slices together (Bonferroni), ranked by loss: against
 * production if there is one, else by the metric itself.
 */
export function sliceGains(input: SliceTableInput): JsonObject[] {
  const { slices, metric, candidate, production } = input;
  const all = [...slices].flatMap(([name, of]) => of.map((slice) => ({ name, slice })));
  const level = { ...input, alpha: input.alpha / (2 * Math.max(1, all.length)) };
  const sign = metric.better === 'higher' ? 1 : -1;
  const lines = all.map(({ name, slice }): Line => {
    const places = [...slice.rows];
    const [ours, theirs] = [subset(candidate, places), production && subset(production, places)];
    const own = boundsOf([{ coefficient: 1, metric, rows: ours }], slice, level);
    const gain =
      theirs &&
      boundsOf(
        [
          { coefficient: sign, metric, rows: ours },
          { coefficient: -sign, metric, rows: theirs },
        ],
        slice,
        level,
      );
    const value = sliceName(slice, input.showValues);
    return {
      badness: gain === undefined ? -sign * own.estimate : -gain.estimate,
      json: {
        slice: name,
        value,
        n: slice.rows.length,
        metric: metric.name,
        ...named('candidate', own),
        ...(theirs === undefined ? {} : finite({ production: metric.evaluator(theirs)() })),
        ...(gain === undefined ? {} : named('gain', gain)),
      },
    };
  });
  const rank = ({ badness }: Line) => (Number.isNaN(badness) ? Number.NEGATIVE_INFINITY : badness);
  return lines
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, MAX_LISTED)
    .map(({ json }) => json);
}

/** A condition's name is the user's own; a value is told where it may be. */
function sliceName({ value, place, declared }: Slice, showValues: boolean): string {
  return shownName(value, place, { showValues: showValues || declared === true, noun: 'slice' });
}

function boundsOf(
  parts: readonly Part[],
  { rows }: Slice,
  { alpha, sampling }: SliceTableInput,
  alarm = false,
): MetricBounds {
  return contrastBounds(parts, alpha, samplingWithin(sampling, rows), { alarm });
}

function named(name: string, { estimate, lower, upper }: MetricBounds): Record<string, number> {
  return finite({ [name]: estimate, [`${name}_lower`]: lower, [`${name}_upper`]: upper });
}

function finite(values: Readonly<Record<string, number | null>>): Record<string, number> {
  const entries = Object.entries(values).filter((entry): entry is [string, number] => {
    return entry[1] !== null && Number.isFinite(entry[1]);
  });
  return Object.fromEntries(entries);
}

/**
 * In which slices the candidate is worse than production by the margin or more, by Holm's (1979) steps over all slices,
 * each by a one-sided bound. That none is shown to be does not show that none is.
 */
export function sliceAlarm(input: SliceTableInput, margin: number): Check | undefined {
  const { metric, candidate, production, alpha, showValues } = input;
  if (production === undefined) return undefined;
  const all = [...input.slices].flatMap(([name, of]) => of.map((slice) => ({ name, slice })));
  if (all.length === 0) return undefined;
  const sign = metric.better === 'higher' ? 1 : -1;
  const isWorse = ({ slice }: (typeof all)[number], level: number): boolean => {
    const places = [...slice.rows];
    const parts: Part[] = [
      { coefficient: sign, metric, rows: subset(candidate, places) },
      { coefficient: -sign, metric, rows: subset(production, places) },
    ];
    const { upper } = boundsOf(parts, slice, { ...input, alpha: level }, true);
    return upper !== null && upper < -margin;
  };
  const worse: typeof all = [];
  let rest = all;
  for (let found = rest; found.length > 0 && rest.length > 0; ) {
    const level = alpha / rest.length;
    found = rest.filter((each) => isWorse(each, level));
    worse.push(...found);
    rest = rest.filter((each) => !found.includes(each));
  }
  const names = worse.map(({ name, slice }) =>
    slice.declared === true ? name : `${name}: ${sliceName(slice, showValues)}`,
  );
  const shown =
    names.slice(0, MAX_NAMED).join(', ') +
    (names.length > MAX_NAMED ? ` and ${grouped(names.length - MAX_NAMED)} more` : '');
  const base = {
    id: `slices.${idPart(metric.name)}`,
    target: { metric: metric.name },
    observed: worse.length,
    expected: { margin },
    evidence: { method: 'bounds in each slice, by Holm’s steps', level: 1 - alpha, margin, n: candidate.n },
  } as const;
  if (worse.length === 0) {
    return {
      ...base,
      status: 'pass',
      message: `${metric.name}: no loss beyond the margin is shown in any of ${grouped(all.length)} slices`,
    };
  }
  return {
    ...base,
    status: 'fail',
    message: `${metric.name}: worse than production by the margin or more in ${grouped(worse.length)} of ${grouped(all.length)} slices: ${shown}`,
    fix: 'see the slices in the report; train with more rows like these',
  };
}
