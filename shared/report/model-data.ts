/** What a verdict on a model says beyond numbers by name: curves, confusion, slices, the use of its test set. */
import type { Json, JsonObject, Verdict } from '../verdict/verdict.ts';
import { elementsOf, isJsonObject, isNumber, numberOf, objects, records } from './json.ts';

export type CurvePoint = readonly [x: number, y: number];

/** A bin of scores: their mean, the share of positives among them and its interval. */
export interface CalibrationBin {
  readonly n: number | undefined;
  readonly score: number;
  readonly share: number;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/** The curves of one model. */
export interface Curves {
  readonly role: string;
  readonly roc: readonly CurvePoint[];
  readonly pr: readonly CurvePoint[];
  readonly calibration: readonly CalibrationBin[];
  readonly z: number | undefined;
  readonly p: number | undefined;
  readonly metrics: JsonObject;
}

const MODELS = ['candidate', 'production'] as const;

/** `measures.curves`, the candidate's first; without a model that has none. */
export function shownCurves({ measures }: Verdict): readonly Curves[] {
  const given = objects(measures.curves);
  return MODELS.flatMap((role): Curves[] => {
    const curves = given.find(([name]) => name === role)?.[1];
    if (curves === undefined) return [];
    const metrics = measures[role];
    const found = {
      role,
      roc: points(curves.roc),
      pr: points(curves.pr),
      calibration: records(curves.calibration).flatMap(bin),
      z: numberOf(curves.spiegelhalter_z),
      p: numberOf(curves.spiegelhalter_p),
      metrics: isJsonObject(metrics) ? metrics : {},
    };
    return found.roc.length + found.pr.length + found.calibration.length === 0 ? [] : [found];
  });
}

/** At most this many points of a curve are drawn: its first and last, and evenly between. */
const POINTS = 200;

function points(value: Json | undefined): readonly CurvePoint[] {
  const all = elementsOf(value).flatMap((pair): CurvePoint[] => {
    const [x, y] = elementsOf(pair);
    return isShare(x) && isShare(y) ? [[x, y]] : [];
  });
  const step = Math.ceil(all.length / POINTS);
  return all.filter((_point, index) => index % step === 0 || index === all.length - 1);
}

function bin({ n, score, share, lower, upper }: JsonObject): CalibrationBin[] {
  if (!isShare(score) || !isShare(share)) return [];
  return [
    {
      n: numberOf(n),
      score,
      share,
      lower: isShare(lower) ? lower : undefined,
      upper: isShare(upper) ? upper : undefined,
    },
  ];
}

function isShare(value: Json | undefined): value is number {
  return isNumber(value) && value >= 0 && value <= 1;
}

/** Rows by label (row) and prediction (column), of one model or of two. */
export interface ConfusionTable {
  readonly classes: readonly string[];
  readonly candidate: readonly (readonly number[])[];
  readonly production: readonly (readonly number[])[] | undefined;
  /** Classes that are summed in the last; 0 if each has its own. */
  readonly summed: number;
}

const CLASSES = 10;

/** `measures.confusion`; the rarest of many labels are summed as one. */
export function shownConfusion({ measures: { confusion } }: Verdict): ConfusionTable | undefined {
  if (!isJsonObject(confusion)) return undefined;
  const classes = elementsOf(confusion.classes).map(String);
  const candidate = matrix(confusion.candidate, classes.length);
  const production = matrix(confusion.production, classes.length);
  if (classes.length === 0 || candidate === undefined) return undefined;
  if (classes.length <= CLASSES) return { classes, candidate, production, summed: 0 };
  const byRows = candidate.map((row, index) => [rowSum(row), index] as const).sort((a, b) => b[0] - a[0]);
  const kept = byRows
    .slice(0, CLASSES - 1)
    .map(([, index]) => index)
    .sort((a, b) => a - b);
  const place = classes.map((_name, index) => (kept.includes(index) ? kept.indexOf(index) : kept.length));
  const summed = classes.length - kept.length;
  return {
    classes: [...kept.map((index) => classes[index] ?? ''), `${summed} others`],
    candidate: folded(candidate, place, kept.length + 1),
    production: production === undefined ? undefined : folded(production, place, kept.length + 1),
    summed,
  };
}

function matrix(value: Json | undefined, size: number): number[][] | undefined {
  const rows = elementsOf(value).map((row) =>
    elementsOf(row).flatMap((n) => (isNumber(n) && n >= 0 ? [n] : [])),
  );
  return rows.length === size && rows.every((row) => row.length === size) ? rows : undefined;
}

function folded(table: readonly (readonly number[])[], place: readonly number[], size: number): number[][] {
  const into = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [i, row] of table.entries()) {
    const line = into[place[i] ?? 0];
    for (const [j, n] of row.entries()) {
      const at = place[j] ?? 0;
      if (line !== undefined) line[at] = (line[at] ?? 0) + n;
    }
  }
  return into;
}

export function rowSum(row: readonly number[]): number {
  return row.reduce((total, n) => total + n, 0);
}

/** The rows of one slice, and what both models are worth on them. */
export interface SliceGain {
  readonly name: string;
  readonly n: number | undefined;
  readonly metric: string;
  readonly candidate: MeasureInterval;
  readonly production: number | undefined;
  readonly gain: MeasureInterval;
}

export interface MeasureInterval {
  readonly estimate: number | undefined;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/** A number of an object, with its `_lower` and `_upper`. */
export function measured(entry: JsonObject, name: string): MeasureInterval {
  return {
    estimate: numberOf(entry[name]),
    lower: numberOf(entry[`${name}_lower`]),
    upper: numberOf(entry[`${name}_upper`]),
  };
}

/** `measures.slices`, in its order: the worst first. */
export function shownSlices({ measures }: Verdict): readonly SliceGain[] {
  return records(measures.slices).map((entry) => {
    const [slice, value] = [textOf(entry.slice), textOf(entry.value)];
    return {
      // A declared condition has its own name for a value.
      name: slice === value || value === '' ? slice : `${slice} = ${value}`,
      n: numberOf(entry.n),
      metric: textOf(entry.metric),
      candidate: measured(entry, 'candidate'),
      production: numberOf(entry.production),
      gain: measured(entry, 'gain'),
    };
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
