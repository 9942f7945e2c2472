import type { RowSet } from '../keys/row-set.ts';
import { grouped } from '../problem/numbers.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { type Grade, graded } from './grade.ts';
import { BrokenPlaces, type PlacesState } from './places.ts';
import { compared, comparedUntyped, type RowCells } from './row.ts';
import { type PartPlace, placedIn, type RowTerm, type TableFacts } from './row-term.ts';
import type { TallyOptions } from './tally.ts';
import type { ColumnOrder } from './terms.ts';
import { propertyPath } from './texts.ts';

const NO_SHIFT: PartPlace = { rows: 0, lines: 0, fields: undefined };

/** A value in its row. */
interface PlacedValue {
  readonly value: unknown;
  readonly row: number;
  readonly at: Location;
}

interface OrderState {
  readonly places: PlacesState;
  /** The first value, which another part's last one comes before. */
  readonly first: PlacedValue | undefined;
  readonly last: unknown;
}

/** Values never fall (or never rise) from one row to the next, in the order of files and rows; nulls are passed over. */
export class OrderRule implements RowTerm<OrderState> {
  readonly columns: readonly string[];
  readonly #column: string;
  readonly #order: ColumnOrder;
  readonly #grade: Grade;
  readonly #places: BrokenPlaces;
  readonly #compared: typeof compared;
  #first: PlacedValue | undefined;
  #last: unknown = null;
  /** Rows that break the order only with what comes before their part. */
  readonly #between: number[] = [];

  /** @param typed does the contract say of what type the column's values are? */
  constructor(column: string, order: ColumnOrder, grade: Grade, options: TallyOptions, typed: boolean) {
    this.columns = [column];
    this.#column = column;
    this.#order = order;
    this.#grade = grade;
    this.#places = new BrokenPlaces(options);
    this.#compared = typed ? compared : comparedUntyped;
  }

  add(row: RowCells, order: number): boolean {
    const value = row.valueOf(this.#column);
    if (value === null) return false;
    const before = this.#last;
    this.#last = value;
    if (before !== null) return this.#breaks(before, value) && this.#places.add(row, this.#column, value);
    this.#first = { value, row: order, at: this.#places.locationOf(row, this.#column, value) };
    return false;
  }

  #breaks(before: unknown, value: unknown): boolean {
    const step = this.#compared(value, before) * (this.#order.direction === 'increasing' ? 1 : -1);
    return !(this.#order.strict ? step > 0 : step >= 0);
  }

  get state(): OrderState {
    return { places: this.#places.state, first: this.#first, last: this.#last };
  }

  merge({ places, first, last }: OrderState, part: PartPlace): void {
    if (first === undefined) return;
    const moved = { ...first, row: first.row + part.rows };
    if (this.#last !== null && this.#breaks(this.#last, first.value)) {
      const at = placedIn(part, first.at, this.#column);
      this.#places.merge({ count: 1, locations: [at] }, NO_SHIFT);
      this.#between.push(moved.row);
    }
    this.#first ??= { ...moved, at: placedIn(part, first.at, this.#column) };
    this.#places.merge(places, part, this.#column);
    this.#last = last;
  }

  end(broken: RowSet): void {
    for (const row of this.#between) broken.add(row);
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
