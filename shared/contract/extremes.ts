import { compareInstants, readInstant } from '../inputs/instant.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import type { Check } from '../verdict/verdict.ts';
import { undefinedOf } from './figures.ts';
import { fixOf } from './fix.ts';
import type { ColumnStatistic, TimeRange } from './terms.ts';
import { propertyPath } from './texts.ts';

/**
 * Whether the first or the last time of a column lies in the range that the contract gives it.
 *
 * @param hidden if values may not be told; it is the value of a row.
 */
export function extremeCheck(
  { name }: ColumnStatistic,
  { min, max }: TimeRange,
  column: ColumnProfile,
  hidden: boolean,
): Check {
  const first = name === 'min-value';
  const what = `the ${first ? 'first' : 'last'} time of ${column.name}`;
  const expected = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  const base = { id: 'column.statistic', target: { column: column.name, metric: name }, expected };
  const text = first ? column.min : column.max;
  const found = typeof text === 'string' ? readInstant(text) : undefined;
  if (found === undefined) {
    const message = `${what} is undefined: ${undefinedOf(column)}`;
    return { ...base, status: 'inconclusive', message, fix: 'write times such as 2026-01-31T12:00:00Z' };
  }
  const [earliest, latest] = [min, max].map((limit) =>
    limit === undefined ? undefined : readInstant(limit),
  );
  const early = earliest !== undefined && compareInstants(found, earliest) < 0;
  const late = latest !== undefined && compareInstants(found, latest) > 0;
  const bounds = [
    ...(min === undefined ? [] : [`at or after ${min}`]),
    ...(max === undefined ? [] : [`at or before ${max}`]),
  ].join(' and ');
  const shown = hidden ? 'is' : `is ${text},`;
  const observed = hidden || text === undefined ? {} : { observed: text };
  if (!early && !late) return { ...base, status: 'pass', ...observed, message: `${what} ${shown} ${bounds}` };
  const at = `${propertyPath(column.name)}.x-ml-loop.${name}.${early ? 'min' : 'max'}`;
  const fix = fixOf(
    'find out why the data changed, and correct them',
    hidden ? `widen ${at}` : `${at}: ${text}`,
  );
  return { ...base, status: 'fail', ...observed, message: `${what} ${shown} not ${bounds}`, fix };
}
