import { grouped } from '../../problem/numbers.ts';
import { idPart } from '../../verdict/check-id.ts';
import type { Check, Evidence } from '../../verdict/verdict.ts';
import { contrastBounds } from '../contrast.ts';
import { type MetricBounds, rowsToClear, type Sampling, saidOfBounds, samplingWithin } from '../interval.ts';
import type { Metric } from '../metric.ts';
import type { Part } from '../question.ts';
import { type ScoredRows, subset } from '../rows.ts';
import { show } from '../show.ts';
import type { Slice } from '../slices.ts';
import {
  type Clause,
  type Condition,
  claimOf,
  clausesOf,
  isShown,
  meets,
  type Quantity,
  type Role,
  type SliceOf,
} from './expression.ts';

/** What conditions are judged on. */
export interface ConditionData {
  readonly n: number;
  readonly rows: { readonly candidate: ScoredRows } & Readonly<Partial<Record<Role, ScoredRows>>>;
  readonly metrics: ReadonlyMap<string, Metric>;
  /** The slices that a condition names, large enough to be judged, and how many are not. */
  slices(of: SliceOf): { readonly slices: readonly Slice[]; readonly small: number };
  readonly sampling: Sampling;
  readonly alpha: number;
  readonly binding: 'bound' | 'declared';
  /** May messages hold values of slices? */
  readonly showValues: boolean;
}

/** Bounds of one quantity by its text, for the measures. */
export type QuantityBounds = ReadonlyMap<
  string,
  { readonly quantity: Quantity; readonly bounds: MetricBounds }
>;

export interface ConditionResults {
  readonly checks: readonly Check[];
  readonly known: QuantityBounds;
}

/**
 * Decides each condition by one-sided bounds: it holds if the claim that it does is shown at error rate `alpha`, and
 * is refuted if its negation is; otherwise the rows cannot tell. All must hold, so no level is split over them
 * (intersection–union, Berger 1982).
 */
export function judgeConditions(conditions: readonly Condition[], world: ConditionData): ConditionResults {
  const known = new Map<string, { quantity: Quantity; bounds: MetricBounds }>();
  const clauses = new ClauseBounds(world);
  const checks = conditions.map((condition) => checkOf(condition, world, clauses));
  for (const { expression } of conditions) {
    for (const { terms } of clausesOf(expression)) {
      for (const { quantity } of terms) {
        if (quantity.of !== undefined || world.rows[quantity.role] === undefined) continue;
        const bounds = clauses.of([{ coefficient: 1, quantity }], world.alpha, 0);
        known.set(`${quantity.role}.${quantity.metric}`, { quantity, bounds });
      }
    }
  }
  return { checks, known };
}

/** Bounds of the left sides of clauses, each worked out once a level. */
class ClauseBounds {
  readonly #world: ConditionData;
  readonly #known = new Map<string, MetricBounds>();

  constructor(world: ConditionData) {
    this.#world = world;
  }

  /** @param threshold what the bounds are compared with. */
  of(terms: Clause['terms'], alpha: number, threshold: number): MetricBounds {
    const zero = threshold === 0;
    const key = JSON.stringify([terms, alpha, zero]);
    const found = this.#known.get(key) ?? this.#boundsOf(terms, alpha, zero);
    this.#known.set(key, found);
    return found;
  }

  #boundsOf(terms: Clause['terms'], alpha: number, zero: boolean): MetricBounds {
    const of = terms[0]?.quantity.of;
    if (of === undefined) return this.#contrast(terms, undefined, alpha, zero);
    const { slices } = this.#world.slices(of);
    const [first] = slices;
    if (first === undefined) return undecided(alpha, 'all slices have too few rows to be judged');
    if (of.pick === undefined) return this.#contrast(terms, first, alpha, zero);
    const factor = terms[0]?.coefficient ?? 1;
    // The least of −x is the greatest of x.
    const least = (of.pick === 'min') === factor > 0;
    return extremeOf(slices, alpha, least, (slice, level) => this.#contrast(terms, slice, level, zero));
  }

  #contrast(terms: Clause['terms'], slice: Slice | undefined, alpha: number, zero: boolean): MetricBounds {
    const { rows, metrics, sampling } = this.#world;
    const parts = terms.map(({ coefficient, quantity }): Part => {
      const metric = metrics.get(quantity.metric);
      const of = rows[quantity.role];
      if (metric === undefined || of === undefined)
        throw new TypeError(`${quantity.metric} cannot be judged`);
      return { coefficient, metric, rows: slice === undefined ? of : subset(of, [...slice.rows]) };
    });
    return contrastBounds(
      parts,
      alpha,
      slice === undefined ? sampling : samplingWithin(sampling, slice.rows),
      { zero },
    );
  }
}

function undecided(alpha: number, none: string): MetricBounds {
  return { method: 'none', estimate: Number.NaN, alpha, lower: null, upper: null, none };
}

/**
 * Bounds of the least (or greatest) value over slices. The least of the lower bounds holds at the level of each, for it
 * is at most that of the slice which is least in truth; the least of the upper bounds needs the level split over all.
 */
function extremeOf(
  slices: readonly Slice[],
  alpha: number,
  least: boolean,
  boundsOf: (slice: Slice, alpha: number) => MetricBounds,
): MetricBounds {
  const whole = slices.map((slice) => boundsOf(slice, alpha));
  const open = whole.find(({ none }) => none !== undefined);
  const split = slices.map((slice) => boundsOf(slice, alpha / slices.length));
  const lowers = (least ? whole : split).map(({ lower }) => lower ?? Number.NEGATIVE_INFINITY);
  const uppers = (least ? split : whole).map(({ upper }) => upper ?? Number.POSITIVE_INFINITY);
  const pick = (values: readonly number[]) => (least ? Math.min(...values) : Math.max(...values));
  const estimate = pick(whole.map((bounds) => bounds.estimate));
  const at = whole.find((bounds) => bounds.estimate === estimate);
  return {
    method: `${at?.method ?? 'none'}, of the ${least ? 'least' : 'greatest'} of ${grouped(slices.length)} slices`,
    estimate,
    alpha,
    lower: finite(pick(lowers)),
    upper: finite(pick(uppers)),
    ...(at?.standardError === undefined ? {} : { standardError: at.standardError }),
    ...(open?.none === undefined ? {} : { none: `in one of the slices: ${open.none}` }),
    ...(open?.fix === undefined ? {} : { fix: open.fix }),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Do the bounds show the clause? */
function shownBy(bounds: MetricBounds, clause: Pick<Clause, 'operator' | 'threshold'>): boolean {
  const [least, most] = [bounds.lower ?? Number.NEGATIVE_INFINITY, bounds.upper ?? Number.POSITIVE_INFINITY];
  return meets(clause, clause.operator.startsWith('>') ? least : most);
}

const SAID = {
  pass: 'holds',
  fail: 'does not hold',
  inconclusive: 'cannot be decided',
} as const;

function checkOf({ text, expression }: Condition, world: ConditionData, known: ClauseBounds): Check {
  const clauses = clausesOf(expression);
  const base = baseOf(text, clauses);
  const absent = clauses
    .flatMap(({ terms }) => terms)
    .find(({ quantity }) => world.rows[quantity.role] === undefined)?.quantity.role;
  if (absent !== undefined)
    return { ...base, status: 'inconclusive', message: `${text}: there is no ${absent} model to judge` };
  const shows = (clause: Clause, alpha: number): boolean => {
    const { divisor } = clause;
    if (divisor !== undefined) {
      const { lower } = known.of([{ coefficient: 1, quantity: divisor }], alpha, 0);
      if (lower === null || lower <= 0) return false;
    }
    return shownBy(known.of(clause.terms, alpha, clause.threshold), clause);
  };
  const bounds = clauses.map((clause) => known.of(clause.terms, world.alpha, clause.threshold));
  const holds = isShown(claimOf(expression, world.alpha), shows);
  const refuted = !holds && isShown(claimOf(expression, world.alpha, false), shows);
  const status = holds ? 'pass' : refuted ? 'fail' : 'inconclusive';
  const needed = status === 'inconclusive' ? neededOf(clauses, bounds, world.n) : undefined;
  const parts = [`${text}: ${SAID[status]}`];
  clauses.forEach((clause, i) => {
    const each = bounds[i];
    if (each !== undefined) parts.push(saidOf(clause, each, clauses.length > 1, world));
  });
  for (const name of new Set(clauses.flatMap(({ terms }) => terms.map(({ quantity }) => quantity.metric)))) {
    const estimand = world.metrics.get(name)?.estimand;
    if (estimand !== undefined) parts.push(`${name} ${estimand}`);
  }
  if (needed !== undefined) parts.push(`about ${grouped(needed - world.n)} more labelled rows would decide`);
  const [only] = bounds;
  const fix = status === 'inconclusive' ? bounds.find((each) => each.fix !== undefined)?.fix : undefined;
  return {
    ...base,
    status,
    ...(fix === undefined ? {} : { fix }),
    ...(bounds.length === 1 && only !== undefined ? { observed: finite(only.estimate) } : {}),
    message: parts.join('; '),
    evidence: { ...evidenceOf(bounds, world, needed), ...(bounds.length === 1 ? thresholdOf(clauses) : {}) },
  };
}

function baseOf(text: string, clauses: readonly Clause[]) {
  const quantities = clauses.flatMap(({ terms }) => terms.map(({ quantity }) => quantity));
  const names = [...new Set(quantities.map(({ metric }) => metric))];
  const targets = [...new Set(quantities.map(({ role, metric }) => `${role}.${metric}`))];
  const joined = idPart(names.join('-'));
  return { id: `condition.${joined}`, target: { metric: targets.join(', ') }, expected: text };
}

function saidOf(clause: Clause, bounds: MetricBounds, named: boolean, world: ConditionData): string {
  const { estimate, lower, upper, none } = bounds;
  const parts: string[] = [];
  if (Number.isFinite(estimate)) parts.push(`${show(estimate)} on ${grouped(rowsOf(clause, world))} rows`);
  if (lower !== null || upper !== null) parts.push(saidOfBounds({ lower, upper }));
  if (none !== undefined) parts.push(none);
  const of = clause.terms[0]?.quantity.of;
  const small = of === undefined ? 0 : world.slices(of).small;
  if (small > 0)
    parts.push(
      `${small} ${small === 1 ? 'slice has' : 'slices have'} too few rows and ${small === 1 ? 'is' : 'are'} left out`,
    );
  return named ? `${clause.text}: ${parts.join(', ')}` : parts.join('; ');
}

/** Rows that the clause is about: those of its slice, or all of the slices that it looks at. */
function rowsOf({ terms }: Clause, world: ConditionData): number {
  const of = terms[0]?.quantity.of;
  if (of === undefined) return world.n;
  return world.slices(of).slices.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** Rows that would decide every clause that is open, if that is known of all of them. */
function neededOf(
  clauses: readonly Clause[],
  bounds: readonly MetricBounds[],
  n: number,
): number | undefined {
  const needed = clauses.flatMap((clause, i) => {
    const each = bounds[i];
    if (each === undefined || shownBy(each, clause)) return [];
    return [rowsToClear(n, each, Math.abs(each.estimate - clause.threshold))];
  });
  const known = needed.filter((rows) => rows !== undefined);
  return known.length === needed.length && known.length > 0 ? Math.max(...known) : undefined;
}

/** What a lone clause asks, which a report draws beside its bounds. */
function thresholdOf([clause]: readonly Clause[]): Pick<Evidence, 'threshold'> {
  return clause === undefined ? {} : { threshold: clause.threshold };
}

function evidenceOf(
  bounds: readonly MetricBounds[],
  { n, alpha, binding }: ConditionData,
  needed: number | undefined,
): Evidence {
  const [only] = bounds;
  const common = { level: 1 - alpha, n, ...(needed === undefined ? {} : { needed }), binding } as const;
  if (only === undefined || bounds.length > 1) {
    const methods = [...new Set(bounds.map(({ method }) => method))];
    return { method: methods.join('; '), ...common };
  }
  const { method, estimate, lower, upper } = only;
  return {
    method,
    ...(Number.isFinite(estimate) ? { estimate } : {}),
    ...(lower === null && upper === null ? {} : { interval: [lower, upper] }),
    ...common,
  };
}
