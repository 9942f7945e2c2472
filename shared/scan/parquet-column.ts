import type { Cell } from '../read/batch.ts';
import { KINDS } from '../read/json-kinds.ts';
import type { ColumnPage } from '../read/parquet-column.ts';
import type { TypedValues } from '../read/parquet-typed.ts';
import type { Location } from '../verdict/verdict.ts';
import type { BlockPlace, Column } from './column.ts';
import type { ColumnRules } from './column-rules.ts';
import { addAll, addCell, addValue } from './parquet-counts.ts';
import { ParquetNotes } from './parquet-notes.ts';

/** Where the rows of a page are. */
export interface PagePlace extends BlockPlace {
  readonly field: number;
  /** The number in the file of the page's first row, from 1. */
  readonly line: number;
}

/** The values of a page that are there, by their place among these. */
interface PageCells {
  readonly isBroken: (index: number) => boolean;
  readonly cellAt: (index: number) => Cell;
  /** Is each text one, whatever it looks like? */
  readonly typed: boolean;
}

/** Takes the pages of one column chunk: values of a dictionary are counted by their codes. */
export class ParquetColumn {
  readonly #column: Column;
  /** Undefined if every value is sound. */
  readonly #rules: ColumnRules | undefined;
  readonly #nullsFine: boolean;
  readonly #notes: ParquetNotes | undefined;
  /** Of the dictionary: how often each value was met, and whether it breaks a rule. */
  #counts = new Float64Array(0);
  #broken: Uint8Array | undefined;
  #dictionary: TypedValues | undefined;

  constructor(column: Column) {
    this.#column = column;
    this.#rules = column.rules?.always === true ? undefined : column.rules;
    this.#notes = column.notes && new ParquetNotes(column.notes);
    const rules = this.#rules;
    this.#nullsFine = rules === undefined || rules.nullsFine || rules.isSound(null);
  }

  add(page: ColumnPage, dictionary: TypedValues | undefined, place: PagePlace): void {
    const { codes, values } = page;
    this.#column.real ||= (values ?? dictionary)?.real === true;
    if (values?.kind === 'text') this.#addTexts(page, values, place);
    else if (values !== undefined) this.#addValues(page, values, place);
    else if (codes !== undefined && dictionary !== undefined) this.#addCodes(page, codes, dictionary, place);
    if (values?.kind !== 'text') this.#notes?.add(page, values ?? dictionary, place);
  }

  /** Takes cells that are read row by row. */
  addCells(cells: readonly Cell[], place: PagePlace): void {
    const column = this.#column;
    column.rows += cells.length;
    this.#notes?.addCells(cells, place);
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row]!;
      if (cell === null) column.nulls++;
      else addCell(column, cell, 1);
      if (this.#rules !== undefined) this.#judge(this.#rules, cell, row, place);
    }
  }

  /** Adds what was counted by codes. */
  end(): void {
    const column = this.#column;
    const [values, counts] = [this.#dictionary, this.#counts];
    if (values === undefined) return;
    this.#notes?.count(values, counts);
    for (let code = 0; code < values.count; code++) {
      const count = counts[code]!;
      if (count === 0) continue;
      const id = addValue(column, values, code, count);
      // Row groups mostly have the same texts: those that are held need not be judged again.
      if (id >= 0 && this.#broken?.[code] !== 1) column.texts.setMark(id, 1);
    }
    this.#dictionary = undefined;
  }

  #addCodes(page: ColumnPage, codes: Int32Array, dictionary: TypedValues, place: PagePlace): void {
    if (this.#dictionary !== dictionary) this.#start(dictionary);
    const counts = this.#counts;
    const column = this.#column;
    column.rows += page.rows;
    column.nulls += page.nulls;
    for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
    const broken = this.#broken;
    const rules = this.#rules;
    if (rules === undefined || (broken === undefined && (this.#nullsFine || page.nulls === 0))) return;
    this.#judgeRows(
      rules,
      page,
      {
        isBroken: (i) => broken?.[codes[i]!] === 1,
        cellAt: (i) => dictionary.cellAt(codes[i]!),
        typed: dictionary.kind === 'text',
      },
      place,
    );
  }

  #start(dictionary: TypedValues): void {
    this.end();
    this.#dictionary = dictionary;
    this.#counts = new Float64Array(dictionary.count);
    this.#broken = this.#brokenOf(dictionary);
  }

  #addValues(page: ColumnPage, values: TypedValues, place: PagePlace): void {
    const column = this.#column;
    column.rows += page.rows;
    column.nulls += page.nulls;
    addAll(column, values);
    const rules = this.#rules;
    if (rules === undefined) return;
    const suspect = suspectsOf(rules, values);
    if (suspect === undefined && (this.#nullsFine || page.nulls === 0)) return;
    this.#judgeRows(
      rules,
      page,
      { isBroken: (i) => suspect?.[i] === 1, cellAt: (i) => values.cellAt(i), typed: false },
      place,
    );
  }

  /** Texts are counted and judged as a block's are. */
  #addTexts(page: ColumnPage, values: TypedValues, place: PagePlace): void {
    const { rows, present } = page;
    let { starts, ends } = values;
    if (present !== undefined) {
      const [allStarts, allEnds] = [new Int32Array(rows), new Int32Array(rows)];
      for (let row = 0, at = 0; row < rows; row++) {
        if (present[row] === 0) allStarts[row] = -1;
        else {
          allStarts[row] = starts[at]!;
          allEnds[row] = ends[at++]!;
        }
      }
      [starts, ends] = [allStarts, allEnds];
    } else if (this.#column.missingTexts === 'missing') starts = starts.slice();
    const lines = new Int32Array(rows);
    for (let row = 0; row < rows; row++) lines[row] = place.line + row;
    const kinds = Uint8Array.from(starts, (start) => (start < 0 ? KINDS.NULL : KINDS.TEXT));
    const block = { bytes: values.bytes, width: 1, rows, starts, ends, lines, kinds };
    const nests = { ...place, nests: true };
    this.#column.addJson(block, kinds, 0, nests);
    this.#column.judgeWaiting(block, 0, nests);
  }

  /** Which values of a dictionary break a rule; undefined if none does. */
  #brokenOf(values: TypedValues): Uint8Array | undefined {
    const rules = this.#rules;
    const broken = rules && suspectsOf(rules, values);
    if (rules === undefined || broken === undefined) return undefined;
    const { count, kind, bytes, starts, ends } = values;
    const { texts } = this.#column;
    let any = false;
    for (let i = 0; i < count; i++) {
      if (broken[i] === 0) continue;
      const id = kind === 'text' ? texts.idOf(bytes, starts[i]!, ends[i]!) : -1;
      if ((id >= 0 && texts.markAt(id) === 1) || isSound(rules, values, i)) broken[i] = 0;
      else any = true;
    }
    return any ? broken : undefined;
  }

  /** Judges rows in their order: those without a value, and those that may be broken. */
  #judgeRows(
    rules: ColumnRules,
    { rows, present }: ColumnPage,
    { isBroken, cellAt, typed }: PageCells,
    place: PagePlace,
  ): void {
    for (let row = 0, index = 0; row < rows; row++) {
      if (present?.[row] === 0) {
        if (!this.#nullsFine) this.#judge(rules, null, row, place);
        continue;
      }
      if (isBroken(index)) this.#judge(rules, cellAt(index), row, place, typed);
      index++;
    }
  }

  #judge(rules: ColumnRules, cell: Cell, row: number, place: PagePlace, typed = false): void {
    const placeOf = (): Location => ({ file: place.file, line: place.line + row, column: place.field + 1 });
    const order = place.before + row;
    const broken =
      typed && (cell === null || typeof cell === 'string')
        ? rules.judgeTyped(cell, order, placeOf)
        : rules.judge(cell, order, placeOf);
    if (broken) place.broken[row] = 1;
  }
}

function isSound(rules: ColumnRules, values: TypedValues, index: number): boolean {
  const cell = values.cellAt(index);
  return values.kind === 'text' && typeof cell === 'string' ? rules.isSoundText(cell) : rules.isSound(cell);
}

/** Which values are to be judged, for they are not surely sound; undefined if none is. */
function suspectsOf(rules: ColumnRules, values: TypedValues): Uint8Array | undefined {
  const { count, kind, numbers, utc, others } = values;
  if (kind === 'number') return unlikely(rules, values);
  if (kind === 'cell') return new Uint8Array(count).fill(1);
  if (rules.textsFine) return undefined;
  const fine =
    kind === 'date' ? rules.datesFine : kind === 'datetime' && (utc ? rules.instantsFine : rules.localFine);
  if (!fine) return new Uint8Array(count).fill(1);
  const { earliest, latest } = rules;
  if (!others && earliest === Number.NEGATIVE_INFINITY && latest === Number.POSITIVE_INFINITY)
    return undefined;
  const suspects = new Uint8Array(count);
  for (let i = 0; i < count; i++) if (!(numbers[i]! >= earliest && numbers[i]! <= latest)) suspects[i] = 1;
  return suspects;
}

/** Which numbers are out of their range. */
function unlikely(rules: ColumnRules, { count, numbers }: TypedValues): Uint8Array | undefined {
  const { low, high, integers } = rules;
  let suspects: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    const value = numbers[i]!;
    if (value >= low && value <= high && (!integers || Math.floor(value) === value)) continue;
    if (rules.isListed(value)) continue;
    suspects ??= new Uint8Array(count);
    suspects[i] = 1;
  }
  return suspects;
}
