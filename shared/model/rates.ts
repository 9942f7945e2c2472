/** Bounds of metrics that are shares of some of the rows: recall of the positive rows, precision, and what rests on them. */
import { sumLimits } from '../stats/mover.ts';
import { pairedRatioBounds, pairedShareBounds } from '../stats/paired.ts';
import { shareBounds } from '../stats/proportions.ts';
import { normalQuantile } from '../stats/special.ts';
import type { Ends, Part, Question } from './question.ts';
import { sum } from './rows.ts';

/** What is asked, of which this reads some. */
type Asked = Pick<Question, 'parts' | 'alpha' | 'zero'>;

/** Of shares: one of them, the difference of two models', or their ratio if its contrast with zero is asked for. */
export function shareContrast(question: Asked): Ends | undefined {
  const { parts } = question;
  const [one, other, ...more] = parts;
  if (one === undefined || more.length > 0) return undefined;
  if (one.metric.kind === 'cells' && one.metric.recalls === true) return ofRecalls(question, one, other);
  const ours = itemsOf(one);
  if (ours === undefined) return undefined;
  if (other === undefined) return ofOne(one, ours, question.alpha);
  const theirs = itemsOf(other);
  const shared = one.metric.share?.byLabel === false || one.metric.share?.of !== undefined;
  if (theirs === undefined || one.metric !== other.metric || shared) return undefined;
  return ofTwo(question, [one, ours], [other, theirs]);
}

/** 1 and 0 of the rows that count, NaN of those that do not; undefined if the metric is not a share. */
function itemsOf({ metric, rows }: Part): Float64Array | undefined {
  if (metric.share !== undefined) return metric.share.items(rows);
  if (metric.items === undefined) return undefined;
  if (metric.binary === true) return metric.items(rows);
  const [low, high] = metric.range ?? [];
  if (low !== 0 || high !== 1) return undefined;
  const items = metric.items(rows);
  return items.every((item) => item === 0 || item === 1) ? items : undefined;
}

function scaled(ends: { readonly lower: number; readonly upper: number }, factor: number) {
  const [lower, upper] = [factor * ends.lower, factor * ends.upper];
  return factor >= 0 ? { lower, upper } : { lower: upper, upper: lower };
}

/** The standard error with which a normal law would give bounds as wide: what rows are planned by. */
export function errorOf(
  estimate: number,
  ends: { readonly lower: number; readonly upper: number },
  alpha: number,
) {
  const reach = Math.max(estimate - ends.lower, ends.upper - estimate);
  return reach > 0 ? { standardError: reach / -normalQuantile(alpha) } : {};
}

function ofOne({ metric, coefficient }: Part, items: Float64Array, alpha: number): Ends {
  const counted = items.filter((item) => !Number.isNaN(item));
  const [hits, n] = [sum(counted), counted.length];
  const of = metric.share?.of ?? ((share: number) => share);
  const [lower, upper] = shareBounds(hits, n, alpha);
  const ends = scaled({ lower: of(lower), upper: of(upper) }, coefficient);
  return { method: 'Clopper-Pearson', ...ends, ...errorOf(coefficient * of(hits / n), ends, alpha) };
}

function ofTwo(
  { alpha, zero }: Asked,
  [one, ours]: readonly [Part, Float64Array],
  [other, theirs]: readonly [Part, Float64Array],
): Ends | undefined {
  const joint = { both: 0, candidateOnly: 0, productionOnly: 0 };
  let n = 0;
  for (let i = 0; i < ours.length; i++) {
    if (Number.isNaN(ours[i]!)) continue;
    n++;
    if (ours[i] === 1 && theirs[i] === 1) joint.both++;
    else if (ours[i] === 1) joint.candidateOnly++;
    else if (theirs[i] === 1) joint.productionOnly++;
  }
  const ratio = -other.coefficient / one.coefficient;
  const [b, c] = [joint.candidateOnly, joint.productionOnly];
  if (ratio === 1) {
    const method = 'Tango score bounds with exact guards';
    const ends = scaled(pairedShareBounds({ b, c, n }, alpha), one.coefficient);
    return { method, ...ends, ...errorOf((one.coefficient * (b - c)) / n, ends, alpha) };
  }
  const baseline = (joint.both + c) / n;
  if (!(zero && ratio > 0 && baseline > 0)) return undefined;
  const found = pairedRatioBounds(joint, alpha);
  const [lower, upper] = [(found.lower - ratio) * baseline, (found.upper - ratio) * baseline];
  const ends = scaled({ lower, upper }, one.coefficient);
  const method = 'score test of the ratio of paired shares with exact guards';
  const own = (joint.both + b) / n;
  return { method, ...ends, ...errorOf(one.coefficient * (own - ratio * baseline), ends, alpha) };
}

/** Mean recalls of the classes: rows of different classes are independent, so that the limits of each combine. */
function ofRecalls({ alpha }: Asked, one: Part, other: Part | undefined): Ends | undefined {
  if (other !== undefined && (one.metric !== other.metric || one.coefficient !== -other.coefficient))
    return undefined;
  const [{ rows: ours }, theirs] = [one, other?.rows];
  if (ours.task !== 'classification' || (theirs !== undefined && theirs.task !== 'classification'))
    return undefined;
  const classes = ours.classes.map(() => ({ n: 0, right: 0, b: 0, c: 0 }));
  for (let i = 0; i < ours.n; i++) {
    const label = ours.truth[i]!;
    const of = classes[label]!;
    const mine = ours.predicted?.[i] === label;
    const other = theirs?.predicted?.[i] === label;
    of.n++;
    if (mine) of.right++;
    if (mine && !other) of.b++;
    else if (other && !mine) of.c++;
  }
  const absent = classes.filter(({ n }) => n === 0).length;
  if (absent > 0) {
    const none = `${absent} of ${classes.length} classes have no labelled row, so their recall is not known`;
    return { method: 'none', lower: null, upper: null, none };
  }
  const limits = classes.map(({ n, right, b, c }) => {
    const coefficient = 1 / classes.length;
    if (theirs === undefined) {
      const [lower, upper] = shareBounds(right, n, alpha);
      return { coefficient, estimate: right / n, lower, upper };
    }
    return { coefficient, estimate: (b - c) / n, ...pairedShareBounds({ b, c, n }, alpha) };
  });
  const { estimate, ...whole } = sumLimits(limits);
  const ends = scaled(whole, one.coefficient);
  return {
    method: `${theirs === undefined ? 'Clopper-Pearson limits' : 'Tango score bounds'} of ${classes.length} classes, combined (MOVER)`,
    ...ends,
    ...errorOf(one.coefficient * estimate, ends, alpha),
  };
}
