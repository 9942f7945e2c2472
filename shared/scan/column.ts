import type { PartPlace } from '../contract/row-term.ts';
import { ColumnCounts, type CountsState } from '../profile/counts.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import { isInexact, REAL, readNumber } from '../profile/read.ts';
import { inexactInstant } from '../profile/spelling.ts';
import type { Block } from '../read/block.ts';
import { KINDS } from '../read/json-kinds.ts';
import { isInfiniteBytes, isMissingBytes } from '../read/missing-text.ts';
import { instantOf, isDateLike, metPoint, restOfInstant, simpleNumber } from '../read/number.ts';
import { numberText } from '../read/number-text.ts';
import type { Location } from '../verdict/verdict.ts';
import type { BrokenRule } from './broken-rules.ts';
import type { ColumnRules } from './column-rules.ts';
import type { TextClass, TextNotes, TextNotesState } from './text-notes.ts';
import { LOCAL, RFC_3339, timeKind } from './time-kind.ts';

/** Where a block's rows are, and which of them break a rule. */
export interface BlockPlace {
  readonly file: string;
  /** Rows before the block, of all files. */
  readonly before: number;
  /** One for each row of the block. */
  readonly broken: Uint8Array;
  /** The column's place in the file, if the block does not have all columns. */
  readonly field?: number;
  /** May a text hold a nested value, because the format has no other place for it? */
  readonly nests?: boolean;
}

/** A number that a double does not hold, and its exact text. */
interface InexactNumber {
  readonly value: number;
  readonly text: string;
}

export interface ColumnState extends CountsState {
  readonly jsonKinds: number;
  readonly open: boolean;
  readonly infinite: boolean;
  readonly broken: readonly BrokenRule[];
  readonly notes: TextNotesState | undefined;
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

/** Scratch space for the numbers of one block, shared by all columns. */
let found = new Float64Array(4096);

/** All that is known of one column's values, and of the rules they break. */
export class Column extends ColumnCounts {
  readonly #rules: ColumnRules | undefined;
  /** Rows of the block that are to be judged within the limit of time. */
  readonly #waiting: number[] = [];
  /** The JSON types met, one bit each (`JSON_TYPES`), and of the lowest bit that records lack the member. */
  jsonKinds = 0;

  /** Has a record a number that no double holds, such as 1e999? */
  infinite = false;

  /** Has a record a text that may stand for a missing value? */
  #open = false;

  /** What texts there are, if that is asked for. */
  readonly notes: TextNotes | undefined;
  /** What becomes of texts that may stand for a missing value. */
  readonly missingTexts: ColumnRules['missingTexts'];

  constructor(
    name: string,
    reference: ColumnProfile | undefined,
    rules: ColumnRules | undefined,
    notes?: TextNotes,
  ) {
    super(name, reference);
    this.#rules = rules;
    this.notes = notes;
    this.missingTexts = rules?.missingTexts ?? 'open';
  }

  get rules(): ColumnRules | undefined {
    return this.#rules;
  }

  /** Takes one field of all rows of a block. */
  add(block: Block, field: number, place: BlockPlace): void {
    const { bytes, width, rows, starts, ends } = block;
    const rules = this.#rules;
    if (found.length < rows) found = new Float64Array(rows);
    const values = found;
    // Every number is sound without a rule, and where they are texts that all are sound.
    const judged = rules !== undefined && (rules.numbers || !rules.textsFine);
    const low = rules?.numbers === true ? rules.low : Number.NaN;
    const high = rules?.high ?? Number.NaN;
    const integers = rules?.integers ?? false;
    metPoint();
    let numbers = 0;
    let counted = 0;
    for (let row = 0, at = field; row < rows; row++, at += width) {
      const start = starts[at]!;
      if (start < 0) {
        this.#addNull(block, row, field, place);
        continue;
      }
      const end = ends[at]!;
      if (bytes[start]! > 57 || end === start) {
        this.#addText(block, row, field, place);
        continue;
      }
      const value = simpleNumber(bytes, start, end);
      if (Number.isNaN(value)) {
        const spelt = this.#addSpelt(block, row, field, place);
        if (typeof spelt === 'object') counted = this.#addInexact(spelt, counted, numbers);
        else if (!Number.isNaN(spelt)) values[numbers++] = spelt;
        continue;
      }
      values[numbers++] = value;
      if (judged && !(value >= low && value <= high && (!integers || Math.floor(value) === value)))
        this.#judgeNumber(value, block, row, field, place);
    }
    this.real ||= metPoint();
    this.rows += rows;
    this.notes?.addNumbers(values, numbers, rows);
    this.#addNumbers(counted, numbers);
  }

  /** Counts the numbers found in the block from place `from` to before `to`. */
  #addNumbers(from: number, to: number): void {
    if (to > from) this.numbers.addAll(from === 0 ? found : found.subarray(from, to), to - from);
  }

  /** Counts a number in its turn: after those found before it, of which `from` are counted. @returns how many are now. */
  #addInexact({ value, text }: InexactNumber, from: number, to: number): number {
    this.#addNumbers(from, to);
    this.numbers.addInexact(value, text);
    return to;
  }

  #addNull(block: Block, row: number, field: number, place: BlockPlace): void {
    this.nulls++;
    const rules = this.#rules;
    if (rules?.nullsFine === false) this.#judgeField(rules, block, row, field, place);
  }

  /** Judges a number that is not surely in its range. */
  #judgeNumber(value: number, block: Block, row: number, field: number, place: BlockPlace): void {
    const rules = this.#rules;
    if (rules === undefined || (rules.numbers && rules.isListed(value))) return;
    this.#judgeField(rules, block, row, field, place);
  }

  /** Counts a field that may be an instant; if it is a number in another spelling, that number, and NaN otherwise. */
  #addSpelt(block: Block, row: number, field: number, place: BlockPlace): number | InexactNumber {
    const { bytes } = block;
    const at = row * block.width + field;
    const start = block.starts[at]!;
    const end = block.ends[at]!;
    if (isDateLike(bytes, start, end)) {
      if (!this.#addInstant(block, row, field, place)) this.#addText(block, row, field, place);
      return Number.NaN;
    }
    const text = mayBeNumber(bytes, start, end) ? bytes.toString('utf8', start, end) : '';
    const value = text === '' ? Number.NaN : readNumber(text);
    if (Number.isNaN(value)) {
      this.#addText(block, row, field, place);
      return value;
    }
    const rules = this.#rules;
    if (rules !== undefined && (rules.numbers || !rules.textsFine))
      this.#judgeField(rules, block, row, field, place);
    this.real ||= REAL.test(text);
    return isInexact(value, text) ? { value, text: numberText(text) } : value;
  }

  /** Takes one field of all records of a block. */
  addJson(block: Block, kinds: Uint8Array, field: number, place: BlockPlace): void {
    const { bytes, width, rows, starts, ends } = block;
    if (block.met?.[field] === 0) {
      this.jsonKinds |= 1;
      this.nulls += rows;
      this.rows += rows;
      this.notes?.addNumbers(found, 0, rows);
      return;
    }
    const rules = this.#rules?.always === true && !this.#rules.unknown ? undefined : this.#rules;
    if (found.length < rows) found = new Float64Array(rows);
    const low = rules?.low ?? Number.NEGATIVE_INFINITY;
    const high = rules?.high ?? Number.POSITIVE_INFINITY;
    const integers = rules?.integers ?? false;
    metPoint();
    let numbers = 0;
    let counted = 0;
    let seen = this.jsonKinds;
    for (let row = 0, at = field; row < rows; row++, at += width) {
      const kind = kinds[at]!;
      if (kind === ABSENT) {
        seen |= 1;
        this.nulls++;
        continue;
      }
      if (rules?.unknown === true && place.nests !== true) {
        const line = block.lines[row]!;
        rules.note('column.unknown', place.before + row, { file: place.file, line, column: field + 1 });
        place.broken[row] = 1;
      }
      const start = starts[at]!;
      const end = ends[at]!;
      let sound = rules === undefined;
      if (kind === NUMBER) {
        let value = simpleNumber(bytes, start, end);
        let inexact: string | undefined;
        const isLong = Number.isNaN(value);
        if (isLong) {
          const text = bytes.toString('latin1', start, end);
          value = Number(text);
          if (REAL.test(text) && Number.isFinite(value)) {
            this.real = true;
            seen |= JSON_NUMBER;
          } else if (isInexact(value, text)) inexact = numberText(text);
        }
        if (Math.abs(value) === Number.POSITIVE_INFINITY) {
          const infinite = Buffer.from(String(value));
          this.addUnsettled(String(value));
          this.#locate(this.notes?.addText(infinite, 0, infinite.length), block, row, field, place);
          seen |= JSON_NUMBER;
          this.infinite = true;
        } else {
          if (inexact === undefined) found[numbers++] = value;
          else {
            counted = this.#addInexact({ value, text: inexact }, counted, numbers);
          }
          const whole = Math.floor(value) === value;
          seen |= whole ? JSON_INTEGER : JSON_NUMBER;
          // A number of more digits is told by its double from all limits but those that have the same.
          const inside = isLong ? value > low && value < high : value >= low && value <= high;
          sound ||= (inside && (!integers || whole)) || rules?.isListed(value) === true;
        }
      } else if (kind === TEXT || kind === NESTED) {
        const missing = kind === TEXT ? this.#addMissing(bytes, start, end) : 'text';
        if (missing === 'missing') {
          seen |= JSON_NULL;
          // An empty text of a record is counted as missing, and judged as the text that it is.
          if (start === end && rules !== undefined) this.#judgeField(rules, block, row, field, place);
          block.starts[at] = -1;
          kinds[at] = NULL;
          this.#locate(this.notes?.addText(bytes, start, end), block, row, field, place);
          if (start < end && rules?.nullsFine === false) this.#judgeField(rules, block, row, field, place);
          continue;
        }
        if (missing === 'open') this.#open = true;
        else seen |= kind === TEXT ? JSON_TEXT : bytes[start] === 0x5b ? JSON_LIST : JSON_OBJECT;
        let id = -1;
        // What is declared as a text is not a number, nor a boolean; times have no other type.
        const instant = isDateLike(bytes, start, end) ? instantOf(bytes, start, end) : Number.NaN;
        if (Number.isNaN(instant)) {
          if (missing === 'text') id = this.addString(bytes, start, end);
          this.#locate(this.notes?.addText(bytes, start, end), block, row, field, place);
        } else {
          sound = this.#countInstant(instant, bytes, start, end) || sound;
        }
        sound ||=
          kind === TEXT &&
          (rules?.jsonTextsFine === true ||
            rules?.isSoundLength(end - start) === true ||
            (id >= 0 && this.texts.markAt(id) === 1));
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
    const pointed = metPoint() || block.reals?.has(field) === true;
    this.real ||= pointed;
    this.jsonKinds = pointed ? seen | JSON_NUMBER : seen;
    this.rows += rows;
    this.notes?.addNumbers(found, numbers, rows);
    this.#addNumbers(counted, numbers);
  }

  /** Counts date-like bytes, if they are an instant. */
  #addInstant(block: Block, row: number, field: number, place: BlockPlace): boolean {
    const { bytes } = block;
    const at = row * block.width + field;
    const start = block.starts[at]!;
    const end = block.ends[at]!;
    const instant = instantOf(bytes, start, end);
    if (Number.isNaN(instant)) return false;
    const sound = this.#countInstant(instant, bytes, start, end);
    const rules = this.#rules;
    if (rules !== undefined && !sound) this.#judgeField(rules, block, row, field, place);
    return true;
  }

  /** Counts the instant that was read last; is it surely sound as it is written? */
  #countInstant(instant: number, bytes: Buffer, start: number, end: number): boolean {
    if (restOfInstant() === 0) this.instants.push(instant);
    else this.instants.addInexact(instant, inexactInstant(instant, restOfInstant()));
    const isDate = end - start === 10;
    const kind = isDate ? 0 : timeKind(bytes, start, end);
    if (isDate) this.dates++;
    else this.datetimes++;
    this.timeKinds |= kind;
    const rules = this.#rules;
    if (rules === undefined) return true;
    const fine = isDate
      ? rules.datesFine
      : rules.textsFine || (kind === RFC_3339 ? rules.instantsFine : kind === LOCAL && rules.localFine);
    return fine && instant >= rules.earliest && instant <= rules.latest;
  }

  /** Notes where a text of a class is, if there are places to be noted. */
  #locate(of: TextClass | undefined, block: Block, row: number, field: number, place: BlockPlace): void {
    if (of === undefined || this.notes?.wants(of) !== true) return;
    const column = (place.field ?? field) + 1;
    this.notes.locate(of, { file: place.file, line: block.lines[row]!, column });
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
    this.#locate(this.notes?.addText(bytes, start, end), block, row, field, place);
    const missing = this.#addMissing(bytes, start, end);
    if (missing === 'missing') {
      // Whoever reads the block after this finds no value.
      block.starts[at] = -1;
      if (rules?.nullsFine === false) this.#judgeField(rules, block, row, field, place);
      return;
    }
    const id = missing === 'open' ? -1 : this.addString(bytes, start, end);
    if (rules === undefined || rules.textsFine || rules.isSoundLength(end - start)) return;
    if (id >= 0 && this.texts.markAt(id) === 1) return;
    const sound = this.#judgeField(rules, block, row, field, place);
    if (sound && id >= 0) this.texts.setMark(id, 1);
  }

  /** Is it a text that may stand for a missing value, by what is declared? */
  mayBeMissing(bytes: Buffer, start: number, end: number): boolean {
    return this.missingTexts !== 'text' && isMissingBytes(bytes, start, end);
  }

  /** Counts a text that may stand for a missing value; is it one, a text, or open until all rows were read? */
  #addMissing(bytes: Buffer, start: number, end: number): 'missing' | 'text' | 'open' {
    const declared = this.missingTexts;
    if (declared === 'text') return 'text';
    if (isInfiniteBytes(bytes, start, end)) {
      // A contract judges it as what it is.
      this.addUnsettled(bytes.toString('latin1', start, end));
      return 'open';
    }
    if (!isMissingBytes(bytes, start, end)) return 'text';
    const text = bytes.toString('utf8', start, end);
    if (declared === 'missing') this.addMissing(text);
    else this.addUnsettled(text);
    return declared;
  }

  override settle(): boolean {
    const missing = super.settle();
    if (this.#open) this.jsonKinds |= missing ? JSON_NULL : JSON_TEXT;
    return missing;
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
    const placeOf = (): Location => ({
      file: place.file,
      line: block.lines[row]!,
      column: (place.field ?? field) + 1,
    });
    const order = place.before + row;
    const broken =
      block.kinds === undefined
        ? rules.judge(text, order, placeOf)
        : place.nests === true
          ? rules.judgeTyped(text, order, placeOf)
          : rules.judgeValue(
              jsonOf(kind, text),
              order,
              placeOf,
              kind === NUMBER ? (text ?? undefined) : undefined,
            );
    if (broken) place.broken[row] = 1;
    return broken;
  }

  get broken(): readonly BrokenRule[] {
    return this.#rules?.broken ?? [];
  }

  get state(): ColumnState {
    return {
      ...this.counts,
      jsonKinds: this.jsonKinds,
      open: this.#open,
      infinite: this.infinite,
      broken: this.broken,
      notes: this.notes?.state,
    };
  }

  /** Adds what another has found in later rows. */
  merge(other: ColumnState, part: PartPlace): void {
    this.jsonKinds |= other.jsonKinds;
    this.#open ||= other.open;
    this.infinite ||= other.infinite;
    this.mergeCounts(other);
    if (other.notes !== undefined)
      this.notes?.merge(other.notes, part.lines, part.fields?.indexOf(this.name));
    this.#rules?.merge(other.broken, part);
  }
}

function jsonOf(kind: number, text: string | null): unknown {
  if (kind === TEXT || text === null) return text;
  // 1e999 is valid JSON, and infinite.
  return kind === NUMBER ? Number(text) : JSON.parse(text);
}

const SPELLINGS = ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].map((text) => Buffer.from(text));

/** 1 and 0 for the spellings of true and false; −1 for other texts. */
export function booleanOf(bytes: Uint8Array, start: number, end: number): number {
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
export function numberOfText(bytes: Buffer, start: number, end: number): number {
  if (bytes[start]! > 57) return Number.NaN;
  const value = simpleNumber(bytes, start, end);
  if (!Number.isNaN(value) || isDateLike(bytes, start, end) || !mayBeNumber(bytes, start, end)) return value;
  return readNumber(bytes.toString('utf8', start, end));
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
