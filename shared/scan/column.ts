import type { ColumnProfile, ColumnType, ValueType } from '../profile/profile.ts';
import { NumberCounts, type NumberCountsState } from '../profile/sketch/number-counts.ts';
import { Points } from '../profile/sketch/points.ts';
import { TextCounts, type TextCountsState, unitsOf } from '../profile/sketch/text-counts.ts';
import type { Location } from '../verdict/verdict.ts';
import type { Block } from './block.ts';
import type { BrokenRule, ColumnRules } from './column-rules.ts';
import { KINDS } from './json-kinds.ts';
import { instantOf, isDateLike, profileNumber, simpleNumber } from './number.ts';

/** Where a block's rows are, and which of them break a rule. */
export interface BlockPlace {
  readonly file: string;
  /** Rows before the block, of all files. */
  readonly before: number;
  /** One for each row of the block. */
  readonly broken: Uint8Array;
}

export interface ColumnState {
  readonly jsonKinds: number;
  readonly rows: number;
  readonly nulls: number;
  readonly trues: number;
  readonly falses: number;
  readonly dates: number;
  readonly datetimes: number;
  readonly strings: number;
  readonly lengths: { readonly min: number; readonly max: number; readonly sum: number };
  readonly numbers: NumberCountsState;
  readonly instants: NumberCountsState;
  readonly texts: TextCountsState;
  readonly broken: readonly BrokenRule[];
}

const { ABSENT, NULL, TEXT, NUMBER, TRUE, NESTED } = KINDS;
/** By the bits of `jsonKinds`. */
export const JSON_TYPES = [
  'absent',
  'integer',
  'number',
  'string',
  'array',
  'object',
  'null',
  'boolean',
] as const;
const [, JSON_INTEGER, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT, JSON_NULL, JSON_BOOLEAN] = [
  1, 2, 4, 8, 16, 32, 64, 128,
] as const;

/** Scratch space for the numbers and the instants of one block, shared by all columns. */
let found = new Float64Array(4096);
let instants = new Float64Array(4096);

/** All that is known of one column's values, and of the rules they break. */
export class Column {
  readonly name: string;
  readonly reference: ColumnProfile | undefined;
  readonly numbers: NumberCounts;
  readonly instants: NumberCounts;
  readonly texts: TextCounts;
  readonly #rules: ColumnRules | undefined;
  #merged: readonly BrokenRule[] = [];
  /** Rows of the block that are to be judged within the limit of time. */
  readonly #waiting: number[] = [];
  /** The JSON types met, one bit each (`JSON_TYPES`), and of the lowest bit that records lack the member. */
  jsonKinds = 0;
  rows = 0;
  nulls = 0;
  trues = 0;
  falses = 0;
  dates = 0;
  datetimes = 0;
  strings = 0;
  lengths = { min: Number.POSITIVE_INFINITY, max: 0, sum: 0 };

  constructor(name: string, reference: ColumnProfile | undefined, rules: ColumnRules | undefined) {
    this.name = name;
    this.reference = reference;
    this.#rules = rules;
    const pinned = pinnedOf(reference);
    const points = pointsOf(reference);
    const isDate = reference?.type === 'date' || reference?.type === 'datetime';
    this.numbers = new NumberCounts(isDate ? undefined : points, pinned.numbers);
    this.instants = new NumberCounts(isDate ? points : undefined, pinned.instants);
    this.texts = new TextCounts(pinned.texts);
  }

  /** Takes one field of all rows of a block. */
  add(block: Block, field: number, place: BlockPlace): void {
    const { bytes, width, rows, starts, ends } = block;
    const rules = this.#rules;
    if (found.length < rows) {
      found = new Float64Array(rows);
      instants = new Float64Array(rows);
    }
    const values = found;
    // Every number is sound without a rule, and where they are texts that all are sound.
    const judged = rules !== undefined && (rules.numbers || !rules.textsFine);
    const low = rules?.low ?? Number.NaN;
    const high = rules?.high ?? Number.NaN;
    const integers = rules?.integers ?? false;
    const inRange = rules?.numbers ?? false;
    let numbers = 0;
    let dates = 0;
    let nulls = 0;
    for (let row = 0, at = field; row < rows; row++, at += width) {
      const start = starts[at]!;
      if (start < 0) {
        nulls++;
        if (rules?.nullsFine === false) this.#judgeField(rules, block, row, field, place);
        continue;
      }
      const end = ends[at]!;
      const first = bytes[start]!;
      if (first <= 57 && end > start) {
        const value = simpleNumber(bytes, start, end);
        if (!Number.isNaN(value)) {
          values[numbers++] = value;
          if (
            judged &&
            !(inRange && value >= low && value <= high && (!integers || Math.floor(value) === value)) &&
            !(inRange && rules.isListed(value))
          )
            this.#judgeField(rules, block, row, field, place);
          continue;
        }
        if (isDateLike(bytes, start, end)) {
          const instant = instantOf(bytes, start, end);
          if (!Number.isNaN(instant)) {
            instants[dates++] = instant;
            this.#addInstant(block, row, field, place);
            continue;
          }
        } else if (mayBeNumber(bytes, start, end)) {
          const other = profileNumber(bytes.toString('utf8', start, end));
          if (!Number.isNaN(other)) {
            values[numbers++] = other;
            if (judged) this.#judgeField(rules, block, row, field, place);
            continue;
          }
        }
      }
      this.#addText(block, row, field, place);
    }
    this.rows += rows;
    this.nulls += nulls;
    if (dates > 0) this.instants.addAll(instants, dates);
    if (numbers > 0) this.numbers.addAll(values, numbers);
  }

  /** Takes one field of all records of a block. */
  addJson(block: Block, kinds: Uint8Array, field: number, place: BlockPlace): void {
    const { bytes, width, rows, starts, ends } = block;
    const rules = this.#rules?.always === true && !this.#rules.unknown ? undefined : this.#rules;
    if (found.length < rows) {
      found = new Float64Array(rows);
      instants = new Float64Array(rows);
    }
    const low = rules?.low ?? Number.NEGATIVE_INFINITY;
    const high = rules?.high ?? Number.POSITIVE_INFINITY;
    const integers = rules?.integers ?? false;
    let numbers = 0;
    let dates = 0;
    let seen = this.jsonKinds;
    for (let row = 0, at = field; row < rows; row++, at += width) {
      const kind = kinds[at]!;
      if (kind === ABSENT) {
        seen |= 1;
        this.nulls++;
        continue;
      }
      if (rules?.unknown === true) {
        const line = block.lines[row]!;
        rules.note('column.unknown', place.before + row, { file: place.file, line, column: field + 1 });
        place.broken[row] = 1;
      }
      const start = starts[at]!;
      const end = ends[at]!;
      let sound = rules === undefined;
      if (kind === NUMBER) {
        let value = simpleNumber(bytes, start, end);
        if (Number.isNaN(value)) value = Number(bytes.toString('latin1', start, end));
        if (Math.abs(value) === Number.POSITIVE_INFINITY) {
          this.#addString(Buffer.from(String(value)), 0, value > 0 ? 8 : 9);
          seen |= JSON_NUMBER;
        } else {
          found[numbers++] = value;
          const whole = Math.floor(value) === value;
          seen |= whole ? JSON_INTEGER : JSON_NUMBER;
          sound ||=
            (value >= low && value <= high && (!integers || whole)) || rules?.isListed(value) === true;
        }
      } else if (kind === TEXT || kind === NESTED) {
        seen |= kind === TEXT ? JSON_TEXT : bytes[start] === 0x5b ? JSON_LIST : JSON_OBJECT;
        let id = -1;
        const number = start === end ? Number.NaN : numberOfText(bytes, start, end);
        if (!Number.isNaN(number)) found[numbers++] = number;
        else {
          const instant = isDateLike(bytes, start, end) ? instantOf(bytes, start, end) : Number.NaN;
          if (!Number.isNaN(instant)) {
            instants[dates++] = instant;
            if (end - start === 10) this.dates++;
            else this.datetimes++;
          } else id = this.#addTextual(bytes, start, end);
        }
        sound ||=
          kind === TEXT && (rules?.jsonTextsFine === true || (id >= 0 && this.texts.markAt(id) === 1));
        if (!sound && this.#judgeField(rules!, block, row, field, place) && kind === TEXT && id >= 0)
          this.texts.setMark(id, 1);
        continue;
      } else if (kind === NULL) {
        seen |= JSON_NULL;
        this.nulls++;
        sound ||= rules?.nullsFine === true;
      } else {
        seen |= JSON_BOOLEAN;
        if (kind === TRUE) this.trues++;
        else this.falses++;
        sound ||= rules?.jsonBooleansFine === true;
      }
      if (!sound && rules !== undefined) this.#judgeField(rules, block, row, field, place);
    }
    this.jsonKinds = seen;
    this.rows += rows;
    if (dates > 0) this.instants.addAll(instants, dates);
    if (numbers > 0) this.numbers.addAll(found, numbers);
  }

  #addInstant(block: Block, row: number, field: number, place: BlockPlace): void {
    const at = row * block.width + field;
    const start = block.starts[at]!;
    const end = block.ends[at]!;
    const isDate = end - start === 10;
    if (isDate) this.dates++;
    else this.datetimes++;
    const rules = this.#rules;
    if (rules === undefined) return;
    if (isDate ? rules.datesFine : rules.textsFine) return;
    const strict = end - start >= 20 && block.bytes[start + 10] === 84 && block.bytes[end - 1] === 90;
    if (!isDate && strict && rules.instantsFine) return;
    this.#judgeField(rules, block, row, field, place);
  }

  #addText(block: Block, row: number, field: number, place: BlockPlace): void {
    const { bytes } = block;
    const at = row * block.width + field;
    const start = block.starts[at]!;
    const end = block.ends[at]!;
    const rules = this.#rules;
    const boolean = booleanOf(bytes, start, end);
    if (boolean >= 0) {
      if (boolean === 1) this.trues++;
      else this.falses++;
      if (rules?.booleansFine === false) this.#judgeField(rules, block, row, field, place);
      return;
    }
    const id = this.#addString(bytes, start, end);
    if (rules === undefined || rules.textsFine) return;
    if (id >= 0 && this.texts.markAt(id) === 1) return;
    const sound = this.#judgeField(rules, block, row, field, place);
    if (sound && id >= 0) this.texts.setMark(id, 1);
  }

  /** Counts a text that is neither number nor date; its place among those held where it is no boolean, or −1. */
  #addTextual(bytes: Uint8Array, start: number, end: number): number {
    const boolean = booleanOf(bytes, start, end);
    if (boolean === 1) this.trues++;
    else if (boolean === 0) this.falses++;
    return boolean >= 0 ? -1 : this.#addString(bytes, start, end);
  }

  #addString(bytes: Uint8Array, start: number, end: number): number {
    this.strings++;
    const id = this.texts.add(bytes, start, end);
    const units = id < 0 ? unitsOf(bytes, start, end) : this.texts.unitsAt(id);
    const { lengths } = this;
    lengths.sum += units;
    if (units < lengths.min) lengths.min = units;
    if (units > lengths.max) lengths.max = units;
    return id;
  }

  /** Are fields of the block still to be judged, by a pattern? */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Judges the fields that wait. A pattern may take without end, so that it is run within a limit of time. */
  judgeWaiting(block: Block, field: number, place: BlockPlace): void {
    const rules = this.#rules;
    if (rules === undefined) return;
    const { bytes, width, starts, ends } = block;
    for (const row of this.#waiting) {
      const at = row * width + field;
      const text = starts[at]! >= 0 && (block.kinds?.[at] ?? TEXT) === TEXT;
      const id = text ? this.texts.idOf(bytes, starts[at]!, ends[at]!) : -1;
      if (id >= 0 && this.texts.markAt(id) === 1) continue;
      const broken = this.#judgeNow(rules, block, row, field, place);
      if (!broken && id >= 0) this.texts.setMark(id, 1);
    }
    this.#waiting.length = 0;
  }

  /** Is the field known to be sound? */
  #judgeField(rules: ColumnRules, block: Block, row: number, field: number, place: BlockPlace): boolean {
    if (!rules.patterned) return !this.#judgeNow(rules, block, row, field, place);
    this.#waiting.push(row);
    return false;
  }

  #judgeNow(rules: ColumnRules, block: Block, row: number, field: number, place: BlockPlace): boolean {
    const at = row * block.width + field;
    const start = block.starts[at]!;
    const text = start < 0 ? null : block.bytes.toString('utf8', start, block.ends[at]!);
    const kind = block.kinds?.[at] ?? TEXT;
    const placeOf = (): Location => ({ file: place.file, line: block.lines[row]!, column: field + 1 });
    const order = place.before + row;
    const broken =
      block.kinds === undefined
        ? rules.judge(text, order, placeOf)
        : rules.judgeValue(jsonOf(kind, text), order, placeOf);
    if (broken) place.broken[row] = 1;
    return broken;
  }

  get types(): Record<ValueType, number> {
    const integer = this.numbers.integers();
    return {
      integer,
      number: this.numbers.total - integer,
      boolean: this.trues + this.falses,
      date: this.dates,
      datetime: this.datetimes,
      string: this.strings,
    };
  }

  get broken(): readonly BrokenRule[] {
    return [...(this.#rules?.broken ?? []), ...this.#merged];
  }

  get state(): ColumnState {
    const { jsonKinds, rows, nulls, trues, falses, dates, datetimes, strings, lengths, broken } = this;
    return {
      ...{ jsonKinds, rows, nulls, trues, falses, dates, datetimes, strings, lengths, broken },
      numbers: this.numbers.state,
      instants: this.instants.state,
      texts: this.texts.state,
    };
  }

  /**
   * Adds what another has found in later rows; before its first there are `rowsBefore` and `linesBefore`.
   *
   * @param field the column's place in the file, from 0, where the other may have taken it for another.
   */
  merge(other: ColumnState, rowsBefore: number, linesBefore: number, field?: number): void {
    this.jsonKinds |= other.jsonKinds;
    this.rows += other.rows;
    this.nulls += other.nulls;
    this.trues += other.trues;
    this.falses += other.falses;
    this.dates += other.dates;
    this.datetimes += other.datetimes;
    this.strings += other.strings;
    this.lengths.sum += other.lengths.sum;
    this.lengths.min = Math.min(this.lengths.min, other.lengths.min);
    this.lengths.max = Math.max(this.lengths.max, other.lengths.max);
    this.numbers.merge(other.numbers);
    this.instants.merge(other.instants);
    this.texts.merge(other.texts);
    this.#merged = [
      ...this.#merged,
      ...other.broken.map((rule) => shifted(rule, rowsBefore, linesBefore, field)),
    ];
  }
}

/** What a column is by its cells' types. */
export function typeOf(types: Readonly<Record<ValueType, number>>): ColumnType {
  const present = (Object.keys(types) as ValueType[]).filter((type) => types[type] > 0);
  const within = (...allowed: ValueType[]) => present.every((type) => allowed.includes(type));
  if (present.length === 0) return 'empty';
  if (within('integer')) return 'integer';
  if (within('integer', 'number')) return 'number';
  if (within('date')) return 'date';
  if (within('date', 'datetime')) return 'datetime';
  return within('boolean') ? 'boolean' : 'string';
}

function jsonOf(kind: number, text: string | null): unknown {
  if (kind === TEXT || text === null) return text;
  // 1e999 is valid JSON, and infinite.
  return kind === NUMBER ? Number(text) : JSON.parse(text);
}

export function shifted(rule: BrokenRule, rows: number, lines: number, field?: number): BrokenRule {
  const locations = rule.tally.locations.map((at) => ({
    ...at,
    line: (at.line ?? 0) + lines,
    ...(field === undefined ? {} : { column: field + 1 }),
  }));
  return { ...rule, first: rule.first + rows, tally: { ...rule.tally, locations } };
}

const SPELLINGS = ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].map((text) => Buffer.from(text));

/** 1 and 0 for the spellings of true and false; −1 for other texts. */
function booleanOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length !== 4 && length !== 5) return -1;
  // The last letter of each of them is an e.
  if ((bytes[end - 1]! | 32) !== 101) return -1;
  for (let i = 0; i < SPELLINGS.length; i++) {
    const spelling = SPELLINGS[i]!;
    if (spelling.length !== length) continue;
    let at = 0;
    while (at < length && bytes[start + at] === spelling[at]) at++;
    if (at === length) return i < 3 ? 1 : 0;
  }
  return -1;
}

/** The number that a text is read as, or NaN. */
function numberOfText(bytes: Buffer, start: number, end: number): number {
  if (bytes[start]! > 57) return Number.NaN;
  const value = simpleNumber(bytes, start, end);
  if (!Number.isNaN(value) || isDateLike(bytes, start, end) || !mayBeNumber(bytes, start, end)) return value;
  return profileNumber(bytes.toString('utf8', start, end));
}

/** Is there nothing in the bytes that no number holds, spaces at its ends aside? */
function mayBeNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code >= 48 && code <= 57) continue;
    if (code === 43 || code === 45 || code === 46 || code === 69 || code === 101) continue;
    // White space, also beyond ASCII, is cut off before a number is read.
    if (code <= 32 || code >= 0x80) continue;
    return false;
  }
  return true;
}

interface Pinned {
  readonly numbers: number[];
  readonly instants: number[];
  readonly texts: readonly string[];
}

/** What is counted exactly however many other values there are: the categories of the reference, in any reading. */
function pinnedOf(reference: ColumnProfile | undefined): Pinned {
  const texts = reference?.cells.kind === 'categories' ? reference.cells.categories : [];
  const numbers = texts.filter((text) => String(Number(text)) === text && Number.isFinite(Number(text)));
  const instants = texts.filter((text) => /^\d{4}-\d{2}-\d{2}/.test(text)).map((text) => Date.parse(text));
  return {
    numbers: numbers.map(Number),
    instants: instants.filter((instant) => !Number.isNaN(instant)),
    texts,
  };
}

function pointsOf(reference: ColumnProfile | undefined): Points | undefined {
  const cells = reference?.cells;
  if (cells === undefined || cells.kind === 'categories' || reference?.type === 'boolean') return undefined;
  return new Points(cells.kind, cells.kind === 'values' ? cells.values : cells.cuts);
}
