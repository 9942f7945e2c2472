import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { graded } from './grade.ts';
import { lackingCheck } from './key.ts';
import type { TableFacts } from './row-term.ts';
import type { ForeignKey, UniqueRule } from './terms.ts';

/** The rows that break a rule of keys. */
export interface KeyPlaces {
  readonly count: number;
  readonly placed: Pick<Check, 'locations' | 'places'>;
}

/** Whether rows without a null in the columns differ in them. */
export function uniqueCheck(
  rule: UniqueRule,
  { count, placed }: KeyPlaces,
  { columns, rows }: TableFacts,
): Check {
  const { columns: own, grade, path } = rule;
  const name = own.join(', ');
  const base = { id: 'table.unique', ...targetOf(own), expected: { unique: [...own] } };
  const lacking = lackingCheck(base, `the unique key ${name}`, own, columns, `remove ${path}`);
  if (lacking !== undefined) return graded(lacking, grade, undefined, rows);
  if (count === 0)
    return { ...base, status: 'pass', observed: 0, message: `no two rows have the same ${name}` };
  const verb = count === 1 ? 'row repeats' : 'rows repeat';
  const message = `${grouped(count)} ${verb} the ${name} of an earlier row`;
  const fix = `drop the repeated rows; or ${path}: ${changed({ columns: own, tolerance: count })}`;
  return graded({ ...base, status: 'fail', observed: count, message, ...placed, fix }, grade, count, rows);
}

/** Whether another file has the values. */
export function foreignCheck(
  rule: ForeignKey,
  { count, placed }: KeyPlaces,
  { columns, rows }: TableFacts,
): Check {
  const { columns: own, file, references, grade, path } = rule;
  const [name, found] = [own.join(', '), `${references.join(', ')} of ${file}`];
  const expected = { columns: [...own], file, references: [...references] };
  const base = { id: 'table.foreign-key', ...targetOf(own), expected };
  const lacking = lackingCheck(base, `the foreign key ${name}`, own, columns, `remove ${path}`);
  if (lacking !== undefined) return graded(lacking, grade, undefined, rows);
  if (count === 0)
    return { ...base, status: 'pass', observed: 0, message: `every ${name} is among ${found}` };
  const verb = count === 1 ? 'row has' : 'rows have';
  const message = `${grouped(count)} ${verb} a value of ${name} that is not among ${found}`;
  const fix = fixOf(`add the rows to ${file}`, `${path}.tolerance: ${count}`);
  return graded({ ...base, status: 'fail', observed: count, message, ...placed, fix }, grade, count, rows);
}

function targetOf(columns: readonly string[]): Pick<Check, 'target'> {
  const [only] = columns;
  return columns.length === 1 && only !== undefined ? { target: { column: only } } : {};
}

function changed({
  columns,
  tolerance,
}: {
  readonly columns: readonly string[];
  readonly tolerance: number;
}) {
  return `{ columns: ${JSON.stringify(columns)}, tolerance: ${tolerance} }`;
}
