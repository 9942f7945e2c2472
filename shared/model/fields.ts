import { grouped } from '../problem/numbers.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { isMissing } from '../read/missing-text.ts';
import { isJudgeable, TOO_LARGE } from '../stats/magnitude.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { type JoinedRows, joinById, SHOWN_PLACES, type SheetRole, type Sheets } from './join.ts';
import type { StrangerReason } from './reading/strangers.ts';
import { missingColumn, type Sheet } from './sheet.ts';
import { noClasses } from './task.ts';
import { type CodedTexts, TextColumn } from './text-column.ts';

/** A column of one file, in the order of the joined rows. */
export class Field {
  readonly sheet: Sheet;
  readonly column: string;
  /** Row numbers in the file. */
  readonly rows: Int32Array;
  readonly #texts: TextColumn;
  /** Of each place its row in the texts. */
  readonly #at: Int32Array;
  #coded: CodedTexts | undefined;
  #cells: readonly (string | null)[] | undefined;

  constructor(
    sheet: Sheet,
    column: string,
    rows: Int32Array,
    texts = { column: sheet.column(column), at: rows },
  ) {
    this.sheet = sheet;
    this.column = column;
    this.rows = rows;
    this.#texts = texts.column;
    this.#at = texts.at;
  }

  /** The same rows with other texts. */
  with(cells: readonly (string | null)[]): Field {
    const texts = new TextColumn();
    for (const cell of cells) texts.addText(cell);
    return new Field(this.sheet, this.column, this.rows, {
      column: texts,
      at: this.rows.map((_row, place) => place),
    });
  }

  get length(): number {
    return this.rows.length;
  }

  has(place: number): boolean {
    return this.#texts.has(this.#at[place]!);
  }

  cell(place: number): string | null {
    return this.#texts.text(this.#at[place]!);
  }

  /** NaN for an empty cell, and for a text that is not a finite number. */
  number(place: number): number {
    return this.#texts.number(this.#at[place]!);
  }

  /** The different texts, and which each place has; −1 for none. */
  get coded(): CodedTexts {
    if (this.#coded === undefined) {
      const { names, codes } = this.#texts.coded();
      this.#coded = { names, codes: this.#at.map((row) => codes[row]!) };
    }
    return this.#coded;
  }

  /** A string for each cell: for columns of few different texts, and what is rarely read. */
  get cells(): readonly (string | null)[] {
    const { names, codes } = this.coded;
    this.#cells ??= Array.from(codes, (code) => names[code] ?? null);
    return this.#cells;
  }
}

const MEND = 'correct these cells; only if they cannot be known, leave their rows out of all files';
const NAN: StrangerReason = { why: 'is NaN or infinite, which is not a class', fix: MEND };
const NA: StrangerReason = {
  why: 'stands for a missing value, because the others are numbers',
  fix: `${MEND}; if it is a class, list all classes in \`classes\``,
};
const EMPTY: StrangerReason = { why: 'is empty', fix: MEND };
const NOT_FINITE: StrangerReason = { why: 'is not a finite number', fix: MEND };
const COMMA: StrangerReason = {
  why: 'is a number with a decimal comma',
  fix: 'write numbers with a decimal point in files of predictions and labels',
};
const WITH_COMMA = /^\s*[+-]?\d[\d.]*,\d+\s*$/;

/** Why a cell is not a number. */
function noNumber(cell: string | null): StrangerReason {
  if (cell === null) return EMPTY;
  return WITH_COMMA.test(cell) ? COMMA : NOT_FINITE;
}

const NO_PROBABILITY: StrangerReason = {
  why: 'lies outside of [0, 1], so its values are not probabilities',
  fix: 'write probabilities (of logits: their sigmoid or softmax); or judge metrics that do not need them, such as roc_auc',
};

/** Whether a fault is of a label, or of what a model or a row says beside it. */
export type FieldFaultKind = 'labels' | 'values';

/** The rows with one fault. */
interface Faulty {
  readonly why: string;
  readonly fix: string;
  count: number;
  /** The first of them. */
  readonly places: Location[];
}

/** Not one row is sound, though the fields can be read. As an error it has a problem for each fault; its checks say the same. */
export class NothingToJudge extends UserError {
  readonly checks: readonly Check[];

  constructor(problems: readonly Problem[], checks: readonly Check[]) {
    super(problems);
    this.checks = checks;
  }
}

/** The fields of joined rows, and the faults that were found in them. */
export class JoinedFields {
  readonly joined: JoinedRows;
  /** Columns that are not there; to be thrown when all have been looked for. */
  readonly problems: Problem[] = [];
  readonly #sheets: Sheets;
  /** May values of cells be told? */
  readonly showValues: boolean;
  readonly #label: string;
  readonly #faults: Record<FieldFaultKind, Map<string, Faulty>> = { labels: new Map(), values: new Map() };
  readonly #doubts: StrangerReason[] = [];
  readonly #sound: Uint8Array;
  #refused = false;
  #misread = false;
  #last: { kind: FieldFaultKind; field: Field; why: string; faulty: Faulty } | undefined;

  /** @throws UserError if the files cannot be joined. */
  constructor(
    sheets: Sheets,
    { id, label }: { readonly id: string; readonly label: string },
    showValues: boolean,
  ) {
    this.#sheets = sheets;
    this.showValues = showValues;
    this.#label = label;
    this.joined = joinById(sheets, id);
    this.#sound = new Uint8Array(this.joined.n).fill(1);
  }

  has(role: SheetRole): boolean {
    return this.#sheets[role] !== undefined;
  }

  /** Has any of the files the column? */
  hasColumn(column: string): boolean {
    return Object.values(this.#sheets).some((sheet) => sheet.columns.includes(column));
  }

  /** The column of that file, or undefined if it has none; `input`, the input that named it, makes that a problem. */
  of(role: SheetRole, column: string, input?: string): Field | undefined {
    const sheet = this.#sheets[role];
    const rows = this.joined.rows[role];
    if (sheet === undefined || rows === undefined) return undefined;
    if (!sheet.columns.includes(column)) {
      if (input !== undefined) this.problems.push(missingColumn(sheet, column, input));
      return undefined;
    }
    return new Field(sheet, column, rows);
  }

  /** The columns of that file whose names begin so, each with the rest of its name before it. */
  startingWith(role: SheetRole, prefix: string): [rest: string, column: string][] {
    const columns = this.#sheets[role]?.columns ?? [];
    return columns
      .filter((column) => column.startsWith(prefix) && column.length > prefix.length)
      .map((column) => [column.slice(prefix.length), column]);
  }

  /** A column about the row rather than a model: of the test data, or of the predictions if that lacks it. */
  ofRow(column: string | undefined, input: string): Field | undefined {
    if (column === undefined) return undefined;
    const found = this.of('test', column) ?? this.of('candidate', column) ?? this.of('production', column);
    return found ?? this.of(this.has('test') ? 'test' : 'candidate', column, input);
  }

  /** Leaves a row out of what is judged, and remembers why and where. */
  fault(kind: FieldFaultKind, field: Field, place: number, why: string, fix: string = MEND): void {
    this.#sound[place] = 0;
    const faulty = this.#faulty(kind, field, { why, fix });
    faulty.count += 1;
    if (faulty.places.length >= SHOWN_PLACES) return;
    const value = field.cell(place);
    const location = field.sheet.place(field.rows[place] as number, field.column);
    faulty.places.push(this.showValues && value !== null ? { ...location, value } : location);
  }

  /** The rows with the same fault; in files where each row has it, the text is not made for each. */
  #faulty(kind: FieldFaultKind, field: Field, { why, fix }: StrangerReason): Faulty {
    const last = this.#last;
    if (last?.kind === kind && last.field === field && last.why === why) return last.faulty;
    const reason = `${field.sheet.file}: ${JSON.stringify(field.column)} ${why}`;
    const faulty = this.#faults[kind].get(reason) ?? { why: reason, fix, count: 0, places: [] };
    this.#faults[kind].set(reason, faulty);
    this.#last = { kind, field, why, faulty };
    return faulty;
  }

  /** Leaves out every row, for a fault that says that the column means something else than was taken. */
  refuse(): void {
    this.misread();
    if (!this.#refused) this.#sound.fill(0);
    this.#refused = true;
  }

  /** The fields can be read, and do not say what was taken: if no row is left, that is a finding, and not an error. */
  misread(): void {
    this.#misread = true;
  }

  /** Something in the labels that may be right, and is likely to be wrong. */
  doubt(field: Field, { why, fix }: StrangerReason): void {
    this.#doubts.push({ why: `${field.sheet.file}: ${JSON.stringify(field.column)} ${why}`, fix });
  }

  /** The numbers of a column; what is none is a fault, and so is what is not allowed (`why`: "is negative"). */
  numbers(field: Field, kind: FieldFaultKind, allowed?: (value: number) => boolean, why = ''): Float64Array {
    const values = new Float64Array(field.length);
    for (let place = 0; place < values.length; place++) {
      const value = field.number(place);
      values[place] = value;
      if (Number.isNaN(value)) {
        const { why, fix } = noNumber(field.cell(place));
        this.fault(kind, field, place, why, fix);
      } else if (!isJudgeable(value)) this.fault(kind, field, place, TOO_LARGE);
      else if (allowed?.(value) === false) this.fault(kind, field, place, why);
    }
    return values;
  }

  /**
   * Probabilities. Whatever lies outside of [0, 1] shows that the column holds none, so that no row is judged: those that
   * happen to fit would make a model look as it is not.
   */
  probabilities(field: Field): Float64Array {
    const { why, fix } = NO_PROBABILITY;
    const values = this.numbers(field, 'values');
    for (let place = 0; place < values.length; place++) {
      const value = values[place]!;
      if (!(value < 0 || value > 1)) continue;
      this.fault('values', field, place, why, fix);
      this.refuse();
    }
    return values;
  }

  /** Empty cells are faults. */
  filled(field: Field, kind: FieldFaultKind): void {
    for (let place = 0; place < field.length; place++) {
      if (!field.has(place)) this.fault(kind, field, place, 'is empty');
    }
  }

  /** Empty cells are faults, and so are those that name no class, such as NaN, or NA among numbers. */
  classes(field: Field, kind: FieldFaultKind, listed?: readonly string[]): void {
    this.filled(field, kind);
    const { names, codes } = field.coded;
    const isNone = noClasses(names, listed);
    const faults = names.map((name) =>
      isNone(name) ? (isMissing(name) && !/nan/i.test(name) ? NA : NAN) : undefined,
    );
    if (faults.every((fault) => fault === undefined)) return;
    codes.forEach((code, place) => {
      const fault = faults[code];
      if (fault !== undefined) this.fault(kind, field, place, fault.why, fault.fix);
    });
  }

  /** Places, among the joined rows, without a fault. @throws UserError as `nothing` makes it, if there is none. */
  sound(): Int32Array {
    const all = this.#sound;
    const places = new Int32Array(all.reduce((sum, flag) => sum + flag, 0));
    for (let place = 0, at = 0; place < all.length; place++) if (all[place] === 1) places[at++] = place;
    if (places.length > 0) return places;
    throw this.nothing();
  }

  /** The error that no row can be judged; `NothingToJudge` if the fields can be read. */
  nothing(): UserError {
    this.#sound.fill(0);
    const all = [...this.#faults.labels.values(), ...this.#faults.values.values()];
    const problems = all.map(({ why, fix, count, places: [first] }) => ({
      what: `${why.slice(why.indexOf(': ') + 2)} in ${grouped(count)} ${count === 1 ? 'row' : 'rows'}, so no row can be judged`,
      where: `${first?.file}:${first?.line ?? 1}`,
      fix,
    }));
    return this.#misread ? new NothingToJudge(problems, this.checks()) : new UserError(problems);
  }

  checks(): Check[] {
    return [this.joined.check, this.#check('labels', { column: this.#label }), this.#check('values')];
  }

  #check(kind: FieldFaultKind, target?: { column: string }): Check {
    const reasons = [...this.#faults[kind].values()];
    const observed = reasons.reduce((total, { count }) => total + count, 0);
    const id = `predictions.${kind}`;
    const common = { id, ...(target === undefined ? {} : { target }), observed, expected: 0 };
    const doubts = kind === 'labels' ? this.#doubts : [];
    const doubted = doubts.map(({ why }) => why);
    const fix = [...new Set([...reasons, ...doubts].map((reason) => reason.fix))].join('; ');
    if (observed === 0) {
      if (doubts.length > 0) return { ...common, status: 'warn', message: doubted.join('; '), fix };
      const what = kind === 'labels' ? 'label' : 'prediction, score and weight';
      return { ...common, status: 'pass', message: `every ${what} can be read` };
    }
    const said = reasons.map(
      ({ why, count }) => `${why} (${grouped(count)} ${count === 1 ? 'row' : 'rows'})`,
    );
    const rest = this.#sound.includes(1) ? 'judged without these rows' : 'no row is judged';
    return {
      ...common,
      status: 'fail',
      message: [...said, ...doubted, rest].join('; '),
      fix,
      locations: reasons.flatMap(({ places }) => places).slice(0, SHOWN_PLACES),
      ...(observed > SHOWN_PLACES ? { places: observed } : {}),
    };
  }
}
