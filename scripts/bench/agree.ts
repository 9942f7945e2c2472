/** Whether a program's answers are the exact ones: figures of different answers are not comparison. */
export interface ColumnAnswers {
  readonly nulls?: number;
  readonly distinct?: number;
  /** false if `distinct` and `quantiles` are sketched. */
  readonly exact?: boolean;
  readonly exact_quantiles?: boolean;
  readonly min?: number | string | null;
  readonly max?: number | string | null;
  readonly mean?: number | null;
  readonly sd?: number | null;
  readonly quantiles?: Readonly<Record<string, number | string>>;
  readonly top?: readonly (readonly [unknown, number | null])[];
}

export interface Answers {
  readonly versions: Readonly<Record<string, string>>;
  readonly rows?: number;
  readonly columns?: Readonly<Record<string, ColumnAnswers>>;
  /** By check and column. */
  readonly violations?: Readonly<Record<string, number>>;
  readonly distances?: Readonly<Record<string, number>>;
}

/** The answers of exact.py. */
export interface Exact extends Answers {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ExactColumn>>;
  readonly violations: Readonly<Record<string, number>>;
  readonly distances: Readonly<Record<string, number>>;
}

interface ExactColumn extends ColumnAnswers {
  readonly nulls: number;
  readonly distinct: number;
  readonly top: readonly (readonly [unknown, number])[];
  /** Quantiles of neighbouring probabilities, which a sketch may answer with. */
  readonly low?: Readonly<Record<string, number>>;
  readonly high?: Readonly<Record<string, number>>;
}

/** Relative error of sketched counts of different values, at most. */
const SKETCHED = 0.15;
/** What a sketched count of a frequent value may be off, as a share of the rows. */
const COUNT_ERROR = 0.002;

/** What differs; only what was answered is compared, which is to be all if `whole`. */
export function differences(exact: Exact, found: Answers, whole: boolean): string[] {
  const faults = whole ? unanswered(exact, found) : [];
  const compare = (what: string, one: number | undefined, other: number, tolerance = 0) => {
    if (one === undefined || Math.abs(one - other) <= tolerance) return;
    faults.push(`${what}: ${one}, not ${other}`);
  };
  compare('rows', found.rows, exact.rows);
  for (const [name, count] of Object.entries(found.violations ?? {})) {
    compare(name, count, exact.violations[name] ?? 0);
  }
  for (const [name, distance] of Object.entries(found.distances ?? {})) {
    compare(`distance of ${name}`, distance, exact.distances[name] ?? Number.NaN, 1e-6);
  }
  for (const [name, column] of Object.entries(found.columns ?? {})) {
    const known = exact.columns[name];
    if (known === undefined) faults.push(`${name} is not a column`);
    else faults.push(...columnDifferences(name, known, column, COUNT_ERROR * exact.rows));
  }
  return faults;
}

function unanswered(exact: Exact, found: Answers): string[] {
  const lacking = (of: Readonly<Record<string, unknown>>, among: Readonly<Record<string, unknown>> = {}) =>
    Object.keys(of).filter((name) => among[name] === undefined);
  return [
    ...(found.rows === undefined ? ['rows'] : []),
    ...lacking(exact.violations, found.violations),
    ...lacking(exact.distances, found.distances),
    ...Object.entries(exact.columns).flatMap(([name, column]) => {
      const { exact: _exact, low: _low, high: _high, ...asked } = column;
      return lacking(asked, { ...found.columns?.[name] }).map((what) => `${what} of ${name}`);
    }),
  ].map((what) => `${what} was not answered`);
}

function columnDifferences(
  name: string,
  exact: ExactColumn,
  found: ColumnAnswers,
  countError: number,
): string[] {
  const faults: string[] = [];
  const compare = (what: keyof ColumnAnswers, tolerance: number) => {
    const [one, other] = [found[what], exact[what]];
    if (typeof one !== 'number' || typeof other !== 'number' || Math.abs(one - other) <= tolerance) return;
    faults.push(`${what} of ${name}: ${one}, not ${other}`);
  };
  compare('nulls', 0);
  compare('distinct', found.exact === true ? 0 : SKETCHED * exact.distinct + 1);
  const size = Math.abs(exact.mean ?? 0) + (exact.sd ?? 0);
  for (const what of ['mean', 'sd', 'min', 'max'] as const) compare(what, 1e-9 * size);
  const exactly = found.exact === true && found.exact_quantiles !== false;
  for (const [p, value] of Object.entries(found.quantiles ?? {})) {
    const [low, high] = exactly
      ? [exact.quantiles?.[p], exact.quantiles?.[p]]
      : [exact.low?.[p], exact.high?.[p]];
    if (low === undefined || high === undefined) continue;
    const margin = 1e-9 * size;
    if (Number(value) < Number(low) - margin || Number(value) > Number(high) + margin)
      faults.push(`quantile ${p} of ${name}: ${value}, not from ${low} to ${high}`);
  }
  return [...faults, ...topDifferences(name, exact, found, exactly ? 0 : countError)];
}

/** The most frequent value, if it is clearly that. */
function topDifferences(
  name: string,
  exact: ExactColumn,
  found: ColumnAnswers,
  countError: number,
): string[] {
  const [first, second] = exact.top;
  const answered = found.top?.[0];
  if (first === undefined || answered === undefined) return [];
  if (first[1] < 1.02 * (second?.[1] ?? 0) + 100 + 2 * countError) return [];
  const [value, count] = answered;
  const same =
    Number(value) === Number(first[0]) || String(value).toLowerCase() === String(first[0]).toLowerCase();
  if (same && (count === null || Math.abs(count - first[1]) <= countError)) return [];
  return [`most frequent value of ${name}: ${JSON.stringify(answered)}, not ${JSON.stringify(first)}`];
}
