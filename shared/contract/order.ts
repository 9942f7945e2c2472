import { grouped } from '../problem/numbers.ts';
import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { type Grade, graded } from './grade.ts';
import { Places } from './places.ts';
import { cellOf, compared } from './row.ts';
import type { RowTerm, TableFacts } from './row-term.ts';
import type { TallyOptions } from './tally.ts';
import type { Order } from './terms.ts';
import { propertyPath } from './texts.ts';
import type { Row } from './violation.ts';

/** Values never fall (or never rise) from one row to the next, in the order of files and rows; nulls are passed over. */
export class OrderRule implements RowTerm {
  readonly #column: string;
  readonly #order: Order;
  readonly #grade: Grade;
  readonly #places: Places;
  #last: unknown = null;

  constructor(column: string, order: Order, grade: Grade, options: TallyOptions) {
    this.#column = column;
    this.#order = order;
    this.#grade = grade;
    this.#places = new Places(options);
  }

  add(batch: Batch, index: number, row: Row): boolean {
    const value = cellOf(row, this.#column);
    if (value === null) return false;
    const before = this.#last;
    this.#last = value;
    if (before === null) return false;
    const step = compared(value, before) * (this.#order.direction === 'increasing' ? 1 : -1);
    return (
      !(this.#order.strict ? step > 0 : step >= 0) && this.#places.add(batch, index, this.#column, value)
    );
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const column = this.#column;
    const { direction, strict } = this.#order;
    if (!columns.has(column)) return [];
    const expected = { [direction]: strict ? 'strict' : true };
    const base = { id: 'column.order', target: { column, metric: direction }, expected };
    const { count, placed } = this.#places;
    const asked = `${strict ? 'strictly ' : ''}${direction}`;
    if (this.#last === null) {
      const message = `${column} has only nulls, so its order was not judged`;
      return [{ ...base, status: 'warn', message, fix: 'fill the column' }];
    }
    if (count === 0)
      return [{ ...base, status: 'pass', observed: 0, message: `${column} is ${asked} from row to row` }];
    const verb = count === 1 ? 'row breaks' : 'rows break';
    const message = `${grouped(count)} ${verb} the order of ${column}, which must be ${asked}`;
    const change = `${propertyPath(column)}.x-ml-loop.keywords.${direction}.tolerance: ${count}`;
    const fix = fixOf('sort the rows', change);
    const check: Check = { ...base, status: 'fail', observed: count, message, ...placed, fix };
    return [graded(check, this.#grade, count, rows)];
  }
}
