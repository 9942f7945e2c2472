import { inexactInstant } from '../profile/spelling.ts';
import { type Cell, toNumber } from '../read/batch.ts';
import { isInfiniteBytes } from '../read/missing-text.ts';
import { instantOf, isDateLike, restOfInstant } from '../read/number.ts';
import { numberText } from '../read/number-text.ts';
import type { TypedValues } from '../read/parquet-typed.ts';
import type { Column } from './column.ts';
import { LOCAL, RFC_3339, timeKind } from './time-kind.ts';

/** Scratch space for numbers among which others are. */
let scratch = new Float64Array(4096);

/** Counts all values of a page. */
export function addAll(column: Column, values: TypedValues): void {
  const { count, kind, numbers, others } = values;
  if (kind === 'cell' || kind === 'text') {
    for (let i = 0; i < count; i++) addValue(column, values, i, 1);
    return;
  }
  let found = numbers;
  let size = count;
  if (others) {
    if (scratch.length < count) scratch = new Float64Array(count);
    found = scratch;
    size = 0;
    for (let i = 0; i < count; i++) {
      const value = numbers[i]!;
      if (Number.isNaN(value)) addOther(column, values, i, 1);
      else found[size++] = value;
    }
  }
  if (kind === 'number') column.numbers.addAll(found, size);
  else {
    column.instants.addAll(found, size);
    if (kind === 'date') column.dates += size;
    else addTimes(column, values, size);
  }
}

/** Counts a value; its place among the texts held, or −1. */
export function addValue(column: Column, values: TypedValues, index: number, count: number): number {
  const { kind, numbers, bytes, starts, ends } = values;
  if (kind === 'text') return addText(column, bytes, starts[index]!, ends[index]!, count);
  const value = kind === 'cell' ? Number.NaN : numbers[index]!;
  if (Number.isNaN(value)) addOther(column, values, index, count);
  else if (kind === 'number') column.numbers.add(value, count);
  else {
    column.instants.add(value, count);
    if (kind === 'date') column.dates += count;
    else addTimes(column, values, count);
  }
  return -1;
}

/** Counts a value that is not held as a double: a number of many digits, an instant out of reach. */
function addOther(column: Column, values: TypedValues, index: number, count: number): void {
  const cell = values.cellAt(index);
  const number = values.kind === 'number' && typeof cell === 'string' ? toNumber(cell) : Number.NaN;
  if (Number.isNaN(number)) addCell(column, cell, count);
  else column.numbers.addInexact(number, numberText(String(cell)), count);
}

function addTimes(column: Column, { utc }: TypedValues, count: number): void {
  column.datetimes += count;
  if (count > 0) column.timeKinds |= utc ? RFC_3339 : LOCAL;
}

/** Counts a cell; a text is one, or a time. */
export function addCell(column: Column, cell: Cell, count: number): void {
  if (typeof cell === 'number') column.numbers.add(cell, count);
  else if (cell === true) column.trues += count;
  else if (cell === false) column.falses += count;
  else if (cell === null) column.nulls += count;
  else {
    const bytes = Buffer.from(cell);
    addText(column, bytes, 0, bytes.length, count);
  }
}

/** Counts a declared text, which is not a number or a boolean but may be a time; its place among the texts held, or −1. */
function addText(column: Column, bytes: Buffer, start: number, end: number, count: number): number {
  const instant = isDateLike(bytes, start, end) ? instantOf(bytes, start, end) : Number.NaN;
  if (Number.isNaN(instant)) {
    const isOpen = column.mayBeMissing(bytes, start, end) || isInfiniteBytes(bytes, start, end);
    if (!isOpen) return column.addString(bytes, start, end, count);
    column.addUnsettled(bytes.toString('utf8', start, end), count);
    return -1;
  }
  if (restOfInstant() === 0) column.instants.add(instant, count);
  else column.instants.addInexact(instant, inexactInstant(instant, restOfInstant()), count);
  if (end - start === 10) column.dates += count;
  else {
    column.datetimes += count;
    column.timeKinds |= timeKind(bytes, start, end);
  }
  return -1;
}
