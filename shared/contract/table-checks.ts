import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { type Grade, graded } from './grade.ts';
import type { TableRules } from './terms.ts';

/** Whether the table has as many rows as the contract asks for; none if it does not say. */
export function rowCountChecks({ rows: limits, grade }: TableRules, rows: number): Check[] {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  if (min === 0 && max === Number.POSITIVE_INFINITY) return [];
  const kept = rows >= min && rows <= max;
  const count: Check = {
    id: 'table.rows',
    status: kept ? 'pass' : 'fail',
    observed: rows,
    expected: { ...(min === 0 ? {} : { min }), ...(max === Number.POSITIVE_INFINITY ? {} : { max }) },
    message: `the table has ${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}`,
    ...(kept ? {} : { fix: rowsFix(rows, min) }),
  };
  return [graded(count, grade, undefined, rows)];
}

function rowsFix(rows: number, min: number): string {
  const [correct, side] =
    rows < min ? ['add the rows that are missing', 'min'] : ['drop the rows that are too many', 'max'];
  return fixOf(correct, `x-ml-loop.rows.${side}: ${rows}`);
}

/**
 * A key's check by its grade: the table's for the contract's own key, `STRICT` for one that an input gives.
 *
 * @param rows that were judged.
 */
export function gradedKey(check: Check, grade: Grade, rows: number): Check {
  return graded(check, grade, typeof check.observed === 'number' ? check.observed : undefined, rows);
}
