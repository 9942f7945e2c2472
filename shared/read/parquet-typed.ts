import { isAscii, isUtf8 } from 'node:buffer';
import type { SchemaElement } from 'hyparquet';
import { millisecondsOf, restOf } from '../inputs/instant.ts';
import type { Cell } from './batch.ts';
import type { PageBytes } from './parquet-decode.ts';
import { floatCell, fromStored, type LeafKind, leafKind } from './parquet-values.ts';

/** Instants from year 0 to year 9999, which ISO 8601 writes with four digits, in milliseconds. */
const FIRST_INSTANT = Date.parse('0000-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');
const DAY_MS = 86_400_000;
/** The Julian day of 1970-01-01. */
const JULIAN_1970 = 2_440_588;
/** Integers of more digits are texts, as decimals are. */
const EXACT = 1e15;
/** Powers of ten up to this one are exact in a double. */
const MOST_PLACES = 22;
const TWO32 = 4_294_967_296;

/** Values without nulls, of one page or dictionary; NaN, which is one, stays in a dictionary, if no code is its. */
export interface TypedValues {
  readonly count: number;
  readonly kind: LeafKind['kind'];
  /** Of a `datetime`: do its texts end with Z? */
  readonly utc: boolean;
  /** Numbers, and milliseconds since 1970 of dates and times (see `millisecondsOf`); NaN if only `cellAt` tells. */
  readonly numbers: Float64Array;
  /** Are there such? */
  readonly others: boolean;
  /** Of a `datetime`: are all of them whole milliseconds? */
  readonly whole: boolean;
  /** Are numbers real ones by their type, though all may be whole? */
  readonly real: boolean;
  /** Of texts, in UTF-8. */
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The value as a row has it. */
  cellAt(index: number): Cell;
}

/** Reads the stored values of one leaf. */
export class Typer {
  readonly #element: SchemaElement;
  readonly #leaf: LeafKind;
  readonly #convert: ReturnType<typeof fromStored>;
  /** Is other than UTF-8 not expected? */
  readonly #strict: boolean;

  constructor(element: SchemaElement) {
    this.#element = element;
    this.#leaf = leafKind(element);
    this.#convert = fromStored(element);
    this.#strict = this.#leaf.kind === 'text' && isStrict(this.#convert);
  }

  get kind(): LeafKind['kind'] {
    return this.#leaf.kind;
  }

  /** May values be NaN, which is a null? */
  get mayBeNan(): boolean {
    const { type, logical_type } = this.#element;
    return type === 'FLOAT' || type === 'DOUBLE' || logical_type?.type === 'FLOAT16';
  }

  /**
   * @param numbers room for as many numbers.
   * @throws Error if a text is not UTF-8.
   */
  typed(stored: PageBytes, numbers: Float64Array): TypedValues {
    const { count, bytes, starts, ends } = stored;
    const leaf = this.#leaf;
    const cellAt = (index: number): Cell => this.#cell(storedAt(stored, index, this.#element.type));
    const real = this.mayBeNan || (leaf.kind === 'number' && leaf.scale > 0);
    const shared = { count, kind: leaf.kind, real, cellAt };
    const common = { ...shared, utc: false, numbers: NONE, others: false, whole: false };
    if (leaf.kind === 'text') return { ...common, ...this.#texts(stored) };
    if (leaf.kind === 'cell' || count === 0) return { ...common, bytes, starts, ends };
    if (leaf.kind === 'number') {
      const found = this.#numbers(stored, leaf, numbers);
      return { ...common, numbers, others: found < count, bytes, starts, ends };
    }
    const { found, whole } = instantsOf(stored, leaf.kind === 'date' ? 'date' : leaf.digits, numbers);
    const utc = leaf.kind === 'datetime' && leaf.utc;
    return { ...common, utc, whole, numbers, others: found < count, bytes, starts, ends };
  }

  #cell(value: unknown): Cell {
    const cell = this.#convert === undefined ? (value as Cell) : this.#convert(value);
    return typeof cell === 'number' ? floatCell(cell) : cell;
  }

  /** Reads numbers; how many are. */
  #numbers(
    stored: PageBytes,
    { scale, decimal, unsigned }: LeafKind & { kind: 'number' },
    into: Float64Array,
  ): number {
    const { type } = this.#element;
    if (type === 'DOUBLE') return doubles(stored, into);
    if (type === 'FLOAT') return floats(stored, into);
    if (type === 'INT32') integers32(stored, unsigned, into);
    else if (type === 'INT64') integers64(stored, unsigned, into);
    else integersOfBytes(stored, into);
    const most = decimal ? EXACT - 1 : Number.MAX_SAFE_INTEGER;
    if (type === 'INT32' && !decimal) return into.length;
    const unit = Number(`1e${scale}`);
    if (scale > MOST_PLACES) {
      into.fill(Number.NaN);
      return 0;
    }
    let found = 0;
    for (let i = 0; i < into.length; i++) {
      const value = into[i]!;
      const exact = value <= most && value >= -most;
      into[i] = exact ? value / unit : Number.NaN;
      if (exact) found++;
    }
    return found;
  }

  #texts(stored: PageBytes): Pick<TypedValues, 'bytes' | 'starts' | 'ends'> {
    const placed = stored.width === undefined ? stored : withPlaces(stored, stored.width);
    const { bytes, starts, ends, count } = placed;
    if (count === 0 || isAscii(bytes.subarray(starts[0], ends[count - 1]))) return placed;
    for (let i = 0; i < count; i++) {
      if (isText(bytes, starts[i]!, ends[i]!)) continue;
      if (this.#strict) throw new Error('a text is not UTF-8');
      return rewritten(placed, (value) => String(this.#cell(value)));
    }
    return placed;
  }
}

const NONE = new Float64Array(0);

/** Does the conversion refuse what is not a text? */
function isStrict(convert: ReturnType<typeof fromStored>): boolean {
  try {
    convert?.(Uint8Array.of(0xff));
    return false;
  } catch {
    return true;
  }
}

function isText(bytes: Buffer, start: number, end: number): boolean {
  let any = 0;
  for (let at = start; at < end; at++) any |= bytes[at]!;
  return any < 0x80 || isUtf8(bytes.subarray(start, end));
}

function withPlaces(stored: PageBytes, width: number): PageBytes {
  const starts = Int32Array.from({ length: stored.count }, (_value, i) => i * width);
  return { ...stored, starts, ends: starts.map((start) => start + width) };
}

/** Each value as the text that is made of it. */
function rewritten(
  { bytes, starts, ends, count }: PageBytes,
  textOf: (value: Uint8Array) => string,
): PageBytes {
  const texts = Array.from({ length: count }, (_value, i) =>
    Buffer.from(textOf(bytes.subarray(starts[i]!, ends[i]!))),
  );
  const newEnds = new Int32Array(count);
  let at = 0;
  for (const [i, text] of texts.entries()) newEnds[i] = at += text.length;
  const newStarts = newEnds.map((end, i) => end - (texts[i]?.length ?? 0));
  return { count, bytes: Buffer.concat(texts), starts: newStarts, ends: newEnds };
}

/** A value as hyparquet gives it. */
function storedAt(
  { bytes, width, starts, ends }: PageBytes,
  index: number,
  type: SchemaElement['type'],
): unknown {
  if (width === undefined) return bytes.subarray(starts[index]!, ends[index]!);
  const at = index * width;
  if (type === 'INT32') return bytes.readInt32LE(at);
  if (type === 'INT64') return bytes.readBigInt64LE(at);
  if (type === 'FLOAT') return bytes.readFloatLE(at);
  if (type === 'DOUBLE') return bytes.readDoubleLE(at);
  return bytes.subarray(at, at + width);
}

/** Bytes where a typed array may start, shared by all columns. */
let room = new Uint8Array(4096);

function aligned({ bytes, count, width = 1 }: PageBytes): ArrayBuffer {
  const size = count * width;
  if (room.length < size) room = new Uint8Array(Math.max(size, 2 * room.length));
  room.set(bytes.subarray(0, size));
  return room.buffer;
}

function doubles({ bytes, count }: PageBytes, into: Float64Array): number {
  new Uint8Array(into.buffer, into.byteOffset, 8 * count).set(bytes.subarray(0, 8 * count));
  return finite(into);
}

function floats(stored: PageBytes, into: Float64Array): number {
  into.set(new Float32Array(aligned(stored), 0, stored.count));
  return finite(into);
}

/** Makes NaN of what is not finite; how many are. */
function finite(values: Float64Array): number {
  let found = values.length;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    values[i] = Number.NaN;
    found--;
  }
  return found;
}

function integers32(stored: PageBytes, unsigned: boolean, into: Float64Array): void {
  const bytes = aligned(stored);
  into.set(unsigned ? new Uint32Array(bytes, 0, into.length) : new Int32Array(bytes, 0, into.length));
}

/** Integers of 64 bits; those beyond 2^53 are about right. */
function integers64(stored: PageBytes, unsigned: boolean, into: Float64Array): void {
  const halves = new Uint32Array(aligned(stored));
  for (let i = 0; i < into.length; i++) {
    const upper = halves[2 * i + 1]!;
    into[i] = (unsigned ? upper : upper | 0) * TWO32 + halves[2 * i]!;
  }
}

/** Two's complement, the highest byte first; integers beyond 2^53 are about right. */
function integersOfBytes({ bytes, width, starts, ends }: PageBytes, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) {
    const start = width === undefined ? starts[i]! : i * width;
    const end = width === undefined ? ends[i]! : start + width;
    let value = start < end && bytes[start]! >= 0x80 ? -1 : 0;
    for (let at = start; at < end; at++) value = value * 256 + bytes[at]!;
    into[i] = value;
  }
}

/** Reads dates and times; how many are of years 0 to 9999 and held exactly, and are all whole milliseconds? */
function instantsOf(
  stored: PageBytes,
  unit: 'date' | 3 | 6 | 9,
  into: Float64Array,
): { found: number; whole: boolean } {
  let rest = 0;
  if (unit === 'date') {
    const days = new Int32Array(aligned(stored));
    for (let i = 0; i < into.length; i++) into[i] = days[i]! * DAY_MS;
  } else {
    const words = new Uint32Array(aligned(stored));
    const [size, per] = [stored.width === 12 ? 3 : 2, 10 ** (unit - 3)];
    const toNanoseconds = 10 ** (9 - unit);
    // 2^32 units are a whole number of milliseconds and some units more.
    const upperRest = TWO32 % per;
    const upperWhole = (TWO32 - upperRest) / per;
    for (let i = 0, at = 0; i < into.length; i++, at += size) {
      const upper = words[at + 1]! | 0;
      const units = upper * upperRest + words[at]!;
      const whole = Math.floor(units / per);
      const ns = (units - whole * per) * toNanoseconds;
      let ms = upper * upperWhole + whole;
      if (size === 3) ms += (words[at + 2]! - JULIAN_1970) * DAY_MS;
      rest |= ns;
      const instant = { ms, ns };
      into[i] = ns === 0 ? ms : restOf(instant) === 0 ? millisecondsOf(instant) : Number.NaN;
    }
  }
  let found = into.length;
  for (let i = 0; i < into.length; i++) {
    const value = into[i]!;
    if (value >= FIRST_INSTANT && value <= LAST_INSTANT) continue;
    into[i] = Number.NaN;
    found--;
  }
  return { found, whole: rest === 0 };
}
