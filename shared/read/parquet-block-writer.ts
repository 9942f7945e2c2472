import type { Cell } from './batch.ts';
import { type JsonKind, KINDS } from './json-kinds.ts';
import type { TypedValues } from './parquet-typed.ts';

const DAY_MS = 86_400_000;
const [MINUS, POINT, COLON] = [45, 46, 58] as const;

function put2(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = 48 + tens;
  bytes[at + 1] = 48 + value - 10 * tens;
}

/** Writes a day since 1970, of years 0 to 9999, as YYYY-MM-DD (Hinnant 2013, civil_from_days). */
function putDay(bytes: Uint8Array, at: number, day: number): void {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leaps) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const month = ((5 * dayOfYear + 2) / 153) | 0;
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  put2(bytes, at, (year / 100) | 0);
  put2(bytes, at + 2, year % 100);
  bytes[at + 4] = MINUS;
  put2(bytes, at + 5, month < 10 ? month + 3 : month - 9);
  bytes[at + 7] = MINUS;
  put2(bytes, at + 8, dayOfYear - (((153 * month + 2) / 5) | 0) + 1);
}

function kindOf(cell: string | number): JsonKind {
  return typeof cell === 'number' ? KINDS.NUMBER : KINDS.TEXT;
}

/** Writes values as texts between places, one behind the other. */
export class BlockWriter {
  bytes = Buffer.allocUnsafe(4096);
  readonly width: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** What each field is (`KINDS`). */
  readonly types: Uint8Array;
  #used = 0;

  constructor(width: number, rows: number) {
    this.width = width;
    this.starts = new Int32Array(width * rows).fill(-1);
    this.ends = new Int32Array(width * rows);
    this.types = new Uint8Array(width * rows);
  }

  clear(): void {
    this.starts.fill(-1);
    this.types.fill(KINDS.NULL);
    this.#used = 0;
  }

  put(at: number, from: Uint8Array, start: number, end: number, type: JsonKind = KINDS.TEXT): void {
    const to = this.#reserve(at, end - start);
    this.types[at] = type;
    const { bytes } = this;
    if (end - start > 64) bytes.set(from.subarray(start, end), to);
    else for (let i = start, j = to; i < end; i++, j++) bytes[j] = from[i]!;
  }

  putCell(at: number, cell: Cell): void {
    if (cell === null) return;
    const text = String(cell);
    this.types[at] = typeof cell === 'boolean' ? (cell ? KINDS.TRUE : KINDS.FALSE) : kindOf(cell);
    const start = this.#reserve(at, Buffer.byteLength(text));
    this.bytes.write(text, start);
  }

  /** Writes the text of a value. */
  putValue(at: number, values: TypedValues, index: number): void {
    const { kind, numbers, utc, whole } = values;
    if (kind === 'text') this.put(at, values.bytes, values.starts[index]!, values.ends[index]!);
    else if (kind === 'cell' || Number.isNaN(numbers[index]!)) this.putCell(at, values.cellAt(index));
    else if (kind === 'number') this.putNumber(at, numbers[index]!);
    else if (kind === 'date' || whole) this.putInstant(at, numbers[index]!, kind === 'date', utc);
    else this.putCell(at, values.cellAt(index));
  }

  /** Writes a number as JavaScript prints it. */
  putNumber(at: number, value: number): void {
    this.types[at] = KINDS.NUMBER;
    const size = Math.abs(value);
    const units = Math.round(size * 1e6);
    // With at most 15 digits the decimal that gives the double is the shortest one that does (IEEE 754).
    if (size < 1e9 && (size >= 1e-6 || value === 0) && units / 1e6 === size)
      this.#putDecimal(at, value < 0, units);
    else {
      const text = String(value);
      this.bytes.write(text, this.#reserve(at, text.length), 'latin1');
    }
  }

  #putDecimal(at: number, negative: boolean, units: number): void {
    let whole = Math.floor(units / 1e6);
    let rest = units - whole * 1e6;
    let decimals = rest === 0 ? 0 : 6;
    for (; decimals > 0 && rest % 10 === 0; decimals--) rest /= 10;
    let digits = 1;
    for (let power = 10; power <= whole; power *= 10) digits++;
    const start = this.#reserve(at, (negative ? 1 : 0) + digits + (decimals > 0 ? decimals + 1 : 0));
    const { bytes } = this;
    let to = this.#used;
    for (let i = 0; i < decimals; i++) {
      const next = (rest / 10) | 0;
      bytes[--to] = 48 + rest - 10 * next;
      rest = next;
    }
    if (decimals > 0) bytes[--to] = POINT;
    for (let i = 0; i < digits; i++) {
      const next = (whole / 10) | 0;
      bytes[--to] = 48 + whole - 10 * next;
      whole = next;
    }
    if (negative) bytes[start] = MINUS;
  }

  /** Writes an instant of years 0 to 9999 that is a whole number of milliseconds, in ISO 8601. */
  putInstant(at: number, milliseconds: number, isDate: boolean, utc: boolean): void {
    this.types[at] = KINDS.TEXT;
    const day = Math.floor(milliseconds / DAY_MS);
    const rest = milliseconds - day * DAY_MS;
    const fraction = rest % 1000;
    const length = isDate ? 10 : 19 + (fraction > 0 ? 4 : 0) + (utc ? 1 : 0);
    const start = this.#reserve(at, length);
    const { bytes } = this;
    putDay(bytes, start, day);
    if (isDate) return;
    const seconds = (rest - fraction) / 1000;
    bytes[start + 10] = 84;
    put2(bytes, start + 11, (seconds / 3600) | 0);
    bytes[start + 13] = COLON;
    put2(bytes, start + 14, ((seconds / 60) | 0) % 60);
    bytes[start + 16] = COLON;
    put2(bytes, start + 17, seconds % 60);
    if (fraction > 0) {
      bytes[start + 19] = POINT;
      bytes[start + 20] = 48 + ((fraction / 100) | 0);
      put2(bytes, start + 21, fraction % 100);
    }
    if (utc) bytes[start + length - 1] = 90;
  }

  #reserve(at: number, length: number): number {
    const start = this.#used;
    this.#used += length;
    if (this.#used > this.bytes.length) {
      this.bytes = Buffer.concat([this.bytes.subarray(0, start)], 2 * this.#used);
    }
    this.starts[at] = start;
    this.ends[at] = this.#used;
    return start;
  }
}
