import { type Problem, UserError } from '../problem/problem.ts';
import { toNumber } from '../table/batch.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { type Joined, joinById, SHOWN_PLACES, type SheetRole, type Sheets } from './join.ts';
import { missingColumn, type Sheet } from './sheet.ts';
import { NO_NUMBER } from './task.ts';

/** A column of one file, in the order of the joined rows. */
export interface Field {
  readonly sheet: Sheet;
  readonly column: string;
  /** Row numbers in the file. */
  readonly rows: readonly number[];
  readonly cells: readonly (string | null)[];
}

const MEND = 'correct these cells, or leave their rows out of all files';

/** Whether a fault is of a label, or of what a model or a row says beside it. */
export type FaultKind = 'labels' | 'values';

/** The fields of joined rows, and the faults that were found in them. */
export class Fields {
  readonly joined: Joined;
  /** Columns that are not there; to be thrown when all have been looked for. */
  readonly problems: Problem[] = [];
  readonly #sheets: Sheets;
  readonly #showValues: boolean;
  readonly #faults: Record<FaultKind, Map<string, Location[]>> = { labels: new Map(), values: new Map() };
  readonly #sound: Uint8Array;

  /** @throws UserError where the files cannot be joined. */
  constructor(sheets: Sheets, id: string, showValues: boolean) {
    this.#sheets = sheets;
    this.#showValues = showValues;
    this.joined = joinById(sheets, id);
    this.#sound = new Uint8Array(this.joined.ids.length).fill(1);
  }

  has(role: SheetRole): boolean {
    return this.#sheets[role] !== undefined;
  }

  /** The column of that file, or undefined where it has none; `input`, the input that named it, makes that a problem. */
  of(role: SheetRole, column: string, input?: string): Field | undefined {
    const sheet = this.#sheets[role];
    const rows = this.joined.rows[role];
    if (sheet === undefined || rows === undefined) return undefined;
    if (!sheet.columns.includes(column)) {
      if (input !== undefined) this.problems.push(missingColumn(sheet, column, input));
      return undefined;
    }
    const cells = sheet.cells(column);
    return { sheet, column, rows, cells: rows.map((row) => cells[row] ?? null) };
  }

  /** A column about the row rather than a model: of the test data, or of the predictions where that lacks it. */
  ofRow(column: string | undefined, input: string): Field | undefined {
    if (column === undefined) return undefined;
    const found = this.of('test', column) ?? this.of('candidate', column) ?? this.of('production', column);
    return found ?? this.of(this.has('test') ? 'test' : 'candidate', column, input);
  }

  /** Leaves a row out of what is judged, and remembers why and where. */
  fault(kind: FaultKind, field: Field, place: number, why: string): void {
    this.#sound[place] = 0;
    const reason = `${field.sheet.file}: ${JSON.stringify(field.column)} ${why}`;
    const places = this.#faults[kind].get(reason) ?? [];
    this.#faults[kind].set(reason, places);
    const value = field.cells[place] ?? null;
    const location = field.sheet.place(field.rows[place] as number, field.column);
    places.push(this.#showValues && value !== null ? { ...location, value } : location);
  }

  /** The numbers of a column; what is none is a fault, and so is what is not allowed (`why`: "is negative"). */
  numbers(field: Field, kind: FaultKind, allowed?: (value: number) => boolean, why = ''): Float64Array {
    return Float64Array.from(field.cells, (cell, place) => {
      const value = cell === null ? Number.NaN : toNumber(cell);
      if (cell === null) this.fault(kind, field, place, 'is empty');
      else if (Number.isNaN(value)) this.fault(kind, field, place, 'is no finite number');
      else if (allowed?.(value) === false) this.fault(kind, field, place, why);
      return value;
    });
  }

  /** Empty cells are faults. */
  filled(field: Field, kind: FaultKind): void {
    field.cells.forEach((cell, place) => {
      if (cell === null) this.fault(kind, field, place, 'is empty');
    });
  }

  /** Empty cells are faults, and so are those that name no class, such as NaN. */
  classes(field: Field, kind: FaultKind): void {
    this.filled(field, kind);
    field.cells.forEach((cell, place) => {
      if (cell !== null && NO_NUMBER.test(cell))
        this.fault(kind, field, place, 'is NaN or infinite, and no class');
    });
  }

  /** Places, among the joined rows, without a fault. @throws UserError where there is none. */
  sound(): number[] {
    const places = [...this.#sound.keys()].filter((place) => this.#sound[place] === 1);
    if (places.length > 0) return places;
    throw new UserError(
      [...this.#faults.labels, ...this.#faults.values].map(([reason, at]) => ({
        what: `${reason.slice(reason.indexOf(': ') + 2)} in ${at.length} rows, so no row can be judged`,
        where: `${at[0]?.file}:${at[0]?.line ?? 1}`,
        mend: MEND,
      })),
    );
  }

  checks(label: string): Check[] {
    return [this.joined.check, this.#check('labels', { column: label }), this.#check('values')];
  }

  #check(kind: FaultKind, target?: { column: string }): Check {
    const reasons = [...this.#faults[kind]];
    const observed = reasons.reduce((total, [, places]) => total + places.length, 0);
    const id = `predictions.${kind}`;
    const common = { id, ...(target === undefined ? {} : { target }), observed, expected: 0 };
    if (observed === 0) {
      const what = kind === 'labels' ? 'label' : 'prediction, score and weight';
      return { ...common, status: 'pass', message: `every ${what} can be read` };
    }
    const said = reasons.map(
      ([reason, places]) => `${reason} (${places.length} ${places.length === 1 ? 'row' : 'rows'})`,
    );
    return {
      ...common,
      status: 'fail',
      message: `${said.join('; ')}; judged without these rows`,
      mend: MEND,
      locations: reasons.flatMap(([, places]) => places.slice(0, SHOWN_PLACES)).slice(0, SHOWN_PLACES),
      ...(observed > SHOWN_PLACES ? { places: observed } : {}),
    };
  }
}
