import { grouped } from '../problem/numbers.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import { toNumber } from '../read/batch.ts';
import { isMissing } from '../read/missing-text.ts';
import type { Check } from '../verdict/verdict.ts';
import { type Association, determination, groupsOf, rankCorrelation, separation } from './association.ts';
import { isNumeric, type LabelParts } from './label-kind.ts';
import { found, type IntegrityFindings, named } from './options.ts';

/** A feature is nearly the label if its association is estimated at this … */
const NEAR = 0.99;
/** … and shown to be at least this, */
const SHOWN = 0.95;
/** with this chance, at most, that any feature is called so that is not. */
const ALPHA = 0.05;
/** Rows with both values, at least. */
const LEAST = 20;
/** Groups into which a column of numbers is cut if the label's classes are compared with it. */
const GROUPS = 64;
const DECILES = 10;

type Cell = string | null;

/** Features that are nearly the label: as a rule, what is known only once the label is. */
export function leakFindings(parts: LabelParts): IntegrityFindings {
  const { label, profile, options, sample, names } = parts;
  const left = new Set([label.name, options.timestamp, ...(options.key ?? []), ...(options.ignored ?? [])]);
  const features = profile.columns.filter(({ name, distinct }) => !left.has(name) && distinct > 1);
  if (features.length === 0) return { checks: [], measures: {} };
  const rows = sample.rows.map((row) => JSON.parse(row) as readonly Cell[]);
  const column = (name: string): Cell[] => {
    const at = names.indexOf(name);
    return rows.map((row) => known(row[at] ?? null));
  };
  const labels = column(label.name);
  const judged = features.map((feature) => ({
    name: feature.name,
    association: associated(feature, column(feature.name), labels, parts, ALPHA / features.length),
  }));
  const measured = judged.flatMap(({ name, association }) =>
    association === undefined ? [] : [{ name, association }],
  );
  return {
    checks: checksOf(measured, judged.length - measured.length, parts),
    measures: {
      'label-association': Object.fromEntries(
        measured.map(({ name, association: { estimate, lower, n } }) => [name, { estimate, lower, n }]),
      ),
    },
  };
}

function known(cell: Cell): Cell {
  return cell === null || isMissing(cell) ? null : cell;
}

function associated(
  column: ColumnProfile,
  feature: readonly Cell[],
  labels: readonly Cell[],
  { kind }: LabelParts,
  alpha: number,
): Association | undefined {
  const numeric = isNumeric(column);
  const both = labels.flatMap((label, i) => {
    const value = feature[i] ?? null;
    if (label === null || (kind === 'quantity' && Number.isNaN(toNumber(label)))) return [];
    // A missing text is a value like others; a missing number has no order.
    return numeric && Number.isNaN(toNumber(value)) ? [] : [{ label, value: value ?? '' }];
  });
  if (both.length < LEAST) return undefined;
  const values = both.map(({ value }) => value);
  const classes = both.map(({ label }) => label);
  const numbers = () => Float64Array.from(values, toNumber);
  if (kind === 'quantity') {
    const quantities = Float64Array.from(classes, toNumber);
    return defined(
      numeric
        ? rankCorrelation(numbers(), quantities, alpha)
        : determination(values, groupsOf(quantities, DECILES), alpha),
    );
  }
  const different = [...new Set(classes)];
  if (different.length < 2) return undefined;
  if (!numeric) return defined(determination(values, classes, alpha));
  if (different.length > 2) return defined(determination(groupsOf(numbers(), GROUPS), classes, alpha));
  return separation(
    numbers(),
    Uint8Array.from(classes, (text) => (text === different[0] ? 1 : 0)),
    alpha,
  );
}

/** Without differences there is nothing to compare. */
function defined(association: Association): Association | undefined {
  return Number.isFinite(association.estimate) && Number.isFinite(association.lower)
    ? association
    : undefined;
}

interface Measured {
  readonly name: string;
  readonly association: Association;
}

function checksOf(
  measured: readonly Measured[],
  unmeasured: number,
  { label, options }: LabelParts,
): Check[] {
  const id = 'integrity.label-leak';
  const near = measured.filter(({ association }) => association.estimate >= NEAR);
  const checks = near.map(({ name, association }): Check => {
    const { estimate, lower, n, method } = association;
    const shown = lower >= SHOWN;
    return {
      id,
      target: { column: name },
      status: shown ? found(options, 'label-leak') : 'inconclusive',
      observed: estimate,
      expected: { max: NEAR },
      message: shown
        ? `${name} is nearly the label ${label.name}: ${method} ${figure(estimate)}, at least ${figure(lower)} (n = ${grouped(n)})`
        : `${name} looks like the label ${label.name}, but ${grouped(n)} rows or pairs are too few to show it: ${method} ${figure(estimate)}, at least ${figure(lower)}`,
      evidence: { method, estimate, interval: [lower, null], level: 1 - ALPHA, margin: SHOWN, n },
      fix: shown
        ? `check whether ${name} is known before ${label.name} is; if not, leave it out of the features`
        : 'give more rows',
    };
  });
  if (checks.length > 0) return checks;
  if (measured.length === 0) {
    const message = `no feature could be compared with ${label.name}: fewer than ${grouped(LEAST)} rows have both, or one class only`;
    return [{ id, status: 'inconclusive', message, fix: 'give more labelled rows' }];
  }
  const nearest = measured.reduce((a, b) => (b.association.estimate > a.association.estimate ? b : a));
  const rest = unmeasured === 0 ? '' : `; ${unmeasured} could not be compared`;
  const { method, estimate, n } = nearest.association;
  return [
    {
      id,
      target: { column: label.name },
      status: 'pass',
      observed: estimate,
      expected: { max: NEAR },
      message: `none of ${grouped(measured.length)} features is nearly the label; the nearest is ${named([nearest.name])}: ${method} ${figure(estimate)}${rest}`,
      evidence: { method, estimate, n },
    },
  ];
}

function figure(value: number): string {
  return String(Math.floor(value * 1000) / 1000);
}
