import { millisecondsOf, restOf } from '../inputs/instant.ts';
import type { ColumnCounts } from './counts.ts';
import type { ColumnProfile } from './profile.ts';
import { isInexact, readNumber, readTimestamp } from './read.ts';
import { hashBytes, hashNumber } from './sketch/hash.ts';
import { HyperLogLog, standardError } from './sketch/hyperloglog.ts';

/** Of the registers in a profile: 2^10 of them. */
const PRECISION = 10;

/** The relative standard error of a number of different values that these registers tell: 3.25 %. */
export const MERGED_DISTINCT_ERROR = standardError(PRECISION);

const none = (): HyperLogLog => new HyperLogLog(new Uint8Array(1 << PRECISION));

/** The different values of a column: numbers and dates by their doubles, others by their bytes. */
export function registersOfCounts({ texts, numbers, instants, trues, falses }: ColumnCounts): HyperLogLog {
  const registers = none();
  if (texts.size > 0 || !texts.complete) registers.merge(texts.different(PRECISION));
  for (const counts of [numbers, instants])
    if (counts.total > 0) registers.merge(counts.different(PRECISION));
  if (trues > 0) addText(registers, 'true');
  if (falses > 0) addText(registers, 'false');
  return registers;
}

/** The same of categories, which are read as cells are. */
export function registersOfTexts(categories: readonly string[]): HyperLogLog {
  const registers = none();
  for (const text of categories) addText(registers, text);
  return registers;
}

function registersOfNumbers(values: readonly number[]): HyperLogLog {
  const registers = none();
  for (const value of values) registers.add(hashNumber(value));
  return registers;
}

function addText(registers: HyperLogLog, text: string): void {
  const read = readNumber(text);
  const number = isInexact(read, text) ? Number.NaN : read;
  const instant = Number.isNaN(number) ? readTimestamp(text) : undefined;
  const value = instant === undefined || restOf(instant) !== 0 ? number : millisecondsOf(instant);
  if (!Number.isNaN(value)) registers.add(hashNumber(value + 0));
  else {
    const bytes = Buffer.from(text);
    registers.add(hashBytes(bytes, 0, bytes.length));
  }
}

/** The registers of a column of a profile; undefined if it neither has them nor lists all of its values. */
export function registersOf({ type, cells, hyperloglog }: ColumnProfile): HyperLogLog | undefined {
  if (hyperloglog !== undefined) return HyperLogLog.ofText(hyperloglog, PRECISION);
  if (cells.kind === 'categories') return cells.complete ? registersOfTexts(cells.categories) : undefined;
  if (cells.kind === 'cuts' || cells.counts.some((count, i) => i % 2 === 0 && count > 0)) return undefined;
  if (type === 'boolean') return registersOfTexts(cells.values.map((value) => String(value === 1)));
  return registersOfNumbers(cells.values);
}

/** Are these registers as they stand in a file? */
export function isRegisters(text: unknown): boolean {
  return typeof text === 'string' && HyperLogLog.ofText(text, PRECISION) !== undefined;
}
