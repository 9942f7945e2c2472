import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';

export type Severity = 'warn' | 'error';

/** A number of rows, or a share of all of them (in [0, 1]). */
export interface Amount {
  readonly value: number;
  readonly share: boolean;
}

/** What a broken rule does, and how many rows may break it before it does. */
export interface Grade {
  readonly severity: Severity;
  readonly tolerance: Amount;
}

/** Of a check as a whole; without a severity it keeps its own. */
export type CheckGrade = Partial<Pick<Grade, 'severity'>> & Pick<Grade, 'tolerance'>;

/** Checks that are not of one rule in the contract, and that it may grade by their ids. */
export const GRADED_CHECKS =
  /^(file\.(empty|empty-rows|no-rows|header|quote|encoding|dialect|numbers|partitions)|row\.(fields|json)|table\.(columns|rows|freshness|order|key)|column\.(missing|unknown)|integrity\.[a-z-]+)$/;

/** Those that count the rows that break them. */
export const COUNTED_CHECKS: readonly string[] = [
  'row.fields',
  'row.json',
  'file.quote',
  'file.empty-rows',
  'table.key',
  'integrity.duplicates',
];

/** A check as `x-ml-loop.checks` of the contract has it. */
export function gradedById(check: Check, grades: ReadonlyMap<string, CheckGrade>, rows: number): Check {
  const grade = grades.get(check.id);
  if (grade === undefined || (check.status !== 'fail' && check.status !== 'warn')) return check;
  const { severity = check.status === 'warn' ? 'warn' : 'error', tolerance } = grade;
  const isCounted = COUNTED_CHECKS.includes(check.id) && typeof check.observed === 'number';
  const broken = isCounted ? Number(check.observed) : undefined;
  return graded({ ...check, status: 'fail' }, { severity, tolerance }, broken, rows);
}

export const STRICT: Grade = { severity: 'error', tolerance: { value: 0, share: false } };

/** `3` is a count, `0.05` and `5%` are shares; undefined for anything else. */
export function amountOf(value: unknown): Amount | undefined {
  if (typeof value === 'number') {
    if (value > 0 && value < 1) return { value, share: true };
    return Number.isSafeInteger(value) && value >= 0 ? { value, share: false } : undefined;
  }
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value.trim())?.[1] : undefined;
  if (percent === undefined || Number(percent) > 100) return undefined;
  return { value: Number(percent) / 100, share: true };
}

/** How many of the rows an amount is at most. */
export function amountInRows({ value, share }: Amount, rows: number): number {
  // 29 % of 100 rows are 29, though 0.29 × 100 is a little less in doubles.
  return share ? Math.floor(value * rows * (1 + 1e-12)) : value;
}

export function amountText({ value, share }: Amount): string {
  return share ? `${Number((value * 100).toPrecision(12))}%` : grouped(value);
}

/**
 * A failing check as its rule's grade has it: what is within the tolerance passes, and `severity: warn` warns in both
 * cases. The count stays told. Other checks stay as they are.
 *
 * @param broken rows that break the rule; left out if it is not a rule of rows, which has no tolerance.
 */
export function graded(
  check: Check,
  { severity, tolerance }: Grade,
  broken: number | undefined,
  rows: number,
): Check {
  if (check.status !== 'fail') return check;
  const status = severity === 'warn' ? 'warn' : 'fail';
  if (broken === undefined || tolerance.value === 0) return { ...check, status };
  const { message, fix, ...rest } = check;
  if (broken > amountInRows(tolerance, rows)) {
    const known = fix?.includes('tolerance: ') === true;
    const fixes = [...(fix === undefined ? [] : [fix]), ...(known ? [] : [`tolerance: ${broken}`])].join(
      ', or ',
    );
    const told = `${message}; the tolerance is ${amountText(tolerance)} of ${grouped(rows)} rows`;
    return {
      ...rest,
      status,
      message: tolerance.share ? told : told.replace(/ of \d+ rows$/, ''),
      fix: fixes,
    };
  }
  const told = `${message}, which the tolerance of ${amountText(tolerance)} allows`;
  if (severity === 'error') return { ...rest, status: 'pass', message: told };
  return { ...rest, status, message: told, ...(fix === undefined ? {} : { fix }) };
}
