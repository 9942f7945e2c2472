import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import { graded } from './grade.ts';
import { keyText, lackingCheck } from './key.ts';
import { Places } from './places.ts';
import { cellOf, textOf } from './row.ts';
import type { RowTerm, TableFacts } from './row-term.ts';
import type { TallyOptions } from './tally.ts';
import type { ForeignKey, UniqueRule } from './terms.ts';
import { grouped } from './texts.ts';
import type { Row } from './violation.ts';

/** The columns' values as one text; undefined where one of them is null. */
function keyOf(row: Row, columns: readonly string[]): string | undefined {
  const parts: string[] = [];
  for (const column of columns) {
    const value = cellOf(row, column);
    if (value === null) return undefined;
    parts.push(textOf(value));
  }
  return keyText(parts);
}

/** Rows without a null in the columns differ in them; exactly: all values are kept in memory. */
export class UniqueKey implements RowTerm {
  readonly #rule: UniqueRule;
  readonly #seen = new Set<string>();
  readonly #places: Places;

  constructor(rule: UniqueRule, options: TallyOptions) {
    this.#rule = rule;
    this.#places = new Places(options);
  }

  add(batch: Batch, index: number, row: Row): boolean {
    const { columns } = this.#rule;
    const key = keyOf(row, columns);
    if (key === undefined) return false;
    const before = this.#seen.size;
    return this.#seen.add(key).size === before && this.#places.add(batch, index, ...single(columns, row));
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const { columns: own, grade, path } = this.#rule;
    const name = own.join(', ');
    const base = { id: 'table.unique', ...targetOf(own), expected: { unique: [...own] } };
    const lacking = lackingCheck(base, `the unique key ${name}`, own, columns, `remove ${path}`);
    if (lacking !== undefined) return [graded(lacking, grade, undefined, rows)];
    const { count, placed } = this.#places;
    if (count === 0)
      return [{ ...base, status: 'pass', observed: 0, message: `no two rows have the same ${name}` }];
    const verb = count === 1 ? 'row repeats' : 'rows repeat';
    const message = `${grouped(count)} ${verb} the ${name} of an earlier row`;
    const mend = `drop the repeated rows; or ${path}: ${changed({ columns: own, tolerance: count })}`;
    const check: Check = { ...base, status: 'fail', observed: count, message, ...placed, mend };
    return [graded(check, grade, count, rows)];
  }
}

/** Values that another file must have. */
export class ForeignRule implements RowTerm {
  readonly #rule: ForeignKey;
  readonly #values: ReadonlySet<string>;
  readonly #places: Places;

  constructor(rule: ForeignKey, values: ReadonlySet<string>, options: TallyOptions) {
    this.#rule = rule;
    this.#values = values;
    this.#places = new Places(options);
  }

  add(batch: Batch, index: number, row: Row): boolean {
    const key = keyOf(row, this.#rule.columns);
    if (key === undefined || this.#values.has(key)) return false;
    const { columns } = this.#rule;
    return this.#places.add(batch, index, ...single(columns, row));
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const { columns: own, file, references, grade, path } = this.#rule;
    const [name, found] = [own.join(', '), `${references.join(', ')} of ${file}`];
    const expected = { columns: [...own], file, references: [...references] };
    const base = { id: 'table.foreign-key', ...targetOf(own), expected };
    const lacking = lackingCheck(base, `the foreign key ${name}`, own, columns, `remove ${path}`);
    if (lacking !== undefined) return [graded(lacking, grade, undefined, rows)];
    const { count, placed } = this.#places;
    if (count === 0)
      return [{ ...base, status: 'pass', observed: 0, message: `every ${name} is among ${found}` }];
    const verb = count === 1 ? 'row has' : 'rows have';
    const message = `${grouped(count)} ${verb} a value of ${name} that is not among ${found}`;
    const mend = `add the rows to ${file}; or ${path}.tolerance: ${count}`;
    const check: Check = { ...base, status: 'fail', observed: count, message, ...placed, mend };
    return [graded(check, grade, count, rows)];
  }
}

/** The field that a place names, and its value, where the rule is of one column. */
function single(columns: readonly string[], row: Row): [string | undefined, unknown] {
  const [only] = columns;
  return columns.length === 1 && only !== undefined ? [only, cellOf(row, only)] : [undefined, undefined];
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
