import { inexactInstant } from '../profile/spelling.ts';
import type { TypedValues } from '../table/parquet-typed.ts';
import type { Cell } from '../table/table.ts';
import { booleanOf, type Column, numberOfText } from './column.ts';
import { instantOf, isDateLike, restOfInstant } from './number.ts';

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
      if (Number.isNaN(value)) addCell(column, values.cellAt(i), 1);
      else found[size++] = value;
    }
  }
  if (kind === 'number') column.numbers.addAll(found, size);
  else {
    column.instants.addAll(found, size);
    if (kind === 'date') column.dates += size;
    else column.datetimes += size;
  }
}

/** Counts a value; its place among the texts held, or −1. */
export function addValue(column: Column, values: TypedValues, index: number, count: number): number {
  const { kind, numbers, bytes, starts, ends } = values;
  if (kind === 'text') return addText(column, bytes, starts[index]!, ends[index]!, count);
  const value = kind === 'cell' ? Number.NaN : numbers[index]!;
  if (Number.isNaN(value)) addCell(column, values.cellAt(index), count);
  else if (kind === 'number') column.numbers.add(value, count);
  else {
    column.instants.add(value, count);
    if (kind === 'date') column.dates += count;
    else column.datetimes += count;
  }
  return -1;
}

/** Counts a cell; a text by what a profile reads it as. */
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

/** Counts a text by what a profile reads it as; its place among the texts held, or −1. */
function addText(column: Column, bytes: Buffer, start: number, end: number, count: number): number {
  const number = start === end ? Number.NaN : numberOfText(bytes, start, end);
  if (!Number.isNaN(number)) {
    column.numbers.add(number, count);
    return -1;
  }
  const instant = isDateLike(bytes, start, end) ? instantOf(bytes, start, end) : Number.NaN;
  if (!Number.isNaN(instant)) {
    if (restOfInstant() === 0) column.instants.add(instant, count);
    else column.instants.addInexact(instant, inexactInstant(instant, restOfInstant()), count);
    if (end - start === 10) column.dates += count;
    else column.datetimes += count;
    return -1;
  }
  const boolean = booleanOf(bytes, start, end);
  if (boolean === 1) column.trues += count;
  else if (boolean === 0) column.falses += count;
  else return column.addString(bytes, start, end, count);
  return -1;
}
