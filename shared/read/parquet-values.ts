import { isUtf8 } from 'node:buffer';
import type { SchemaElement } from 'hyparquet';
import type { Cell } from './batch.ts';

/** Turns a value as it is stored into a cell. */
export type CellConversion = (value: unknown) => Cell;

/** Seconds of a unit of time: how many units a second has, as a power of ten. */
const DIGITS = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const;
/** A decimal of so many digits is the only one of its length nearest to its double (IEEE 754: 15 always are). */
const EXACT_DIGITS = 15;

/**
 * How the stored values of a leaf become cells, by its annotation; undefined if they are numbers and booleans as
 * they are (IEEE 754 and 32-bit signed integers).
 */
export function fromStored(element: SchemaElement): CellConversion | undefined {
  const { type, logical_type: logical, converted_type: converted, scale = 0 } = element;
  if (logical?.type === 'DECIMAL') return decimal(logical.scale);
  if (converted === 'DECIMAL') return decimal(scale);
  if (logical?.type === 'DATE' || converted === 'DATE') return (days) => dateText(Number(days));
  if (logical?.type === 'TIMESTAMP') return timestamp(DIGITS[logical.unit], logical.isAdjustedToUTC);
  if (converted === 'TIMESTAMP_MILLIS') return timestamp(3, true);
  if (converted === 'TIMESTAMP_MICROS') return timestamp(6, true);
  if (logical?.type === 'TIME') return time(DIGITS[logical.unit]);
  if (converted === 'TIME_MILLIS') return time(3);
  if (converted === 'TIME_MICROS') return time(6);
  if (type === 'INT96') return int96;
  if (logical?.type === 'UUID') return uuid;
  if (logical?.type === 'FLOAT16') return float16;
  if (converted === 'INTERVAL') return interval;
  const unsigned =
    (logical?.type === 'INTEGER' && !logical.isSigned) || (converted?.startsWith('UINT_') ?? false);
  if (type === 'INT64') return unsigned ? (v) => integer(BigInt.asUintN(64, v as bigint)) : integer;
  if (type === 'INT32') return unsigned ? (v) => Number(v) >>> 0 : undefined;
  const isText =
    converted === 'UTF8' ||
    converted === 'ENUM' ||
    converted === 'JSON' ||
    logical?.type === 'STRING' ||
    logical?.type === 'ENUM' ||
    logical?.type === 'JSON';
  if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return isText ? text : binary;
  return undefined;
}

/** What a leaf's values are as a whole; `cell`: only `fromStored` tells, one by one. */
export type LeafKind =
  /** Numbers: of integers, so many decimals are behind the point. */
  | { readonly kind: 'number'; readonly scale: number; readonly decimal: boolean; readonly unsigned: boolean }
  /** Days. */
  | { readonly kind: 'date' }
  /** Units of time, of which a second has ten to the power of `digits`. */
  | { readonly kind: 'datetime'; readonly digits: 3 | 6 | 9; readonly utc: boolean }
  | { readonly kind: 'text' }
  | { readonly kind: 'cell' };

/** Must say of a leaf what `fromStored` says of each value. */
export function leafKind(element: SchemaElement): LeafKind {
  const { type, logical_type: logical, converted_type: converted } = element;
  const convert = fromStored(element);
  const number = { kind: 'number', scale: 0, decimal: false, unsigned: false } as const;
  if (convert === undefined) return type === 'BOOLEAN' ? { kind: 'cell' } : number;
  if (convert === text || convert === binary) return { kind: 'text' };
  if (convert === int96)
    return type === 'INT96' ? { kind: 'datetime', digits: 9, utc: false } : { kind: 'cell' };
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL') {
    const scale = logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0);
    const isWhole = type !== 'FLOAT' && type !== 'DOUBLE' && type !== 'BOOLEAN' && type !== 'INT96';
    return isWhole && scale >= 0 ? { ...number, scale, decimal: true } : { kind: 'cell' };
  }
  if (logical?.type === 'DATE' || converted === 'DATE') return { kind: type === 'INT32' ? 'date' : 'cell' };
  if (type === 'INT64' && logical?.type === 'TIMESTAMP') {
    return { kind: 'datetime', digits: DIGITS[logical.unit], utc: logical.isAdjustedToUTC };
  }
  if (type === 'INT64' && converted === 'TIMESTAMP_MILLIS') return { kind: 'datetime', digits: 3, utc: true };
  if (type === 'INT64' && converted === 'TIMESTAMP_MICROS') return { kind: 'datetime', digits: 6, utc: true };
  const isTime = logical?.type === 'TIMESTAMP' || logical?.type === 'TIME' || converted?.startsWith('TIME');
  if (isTime || converted === 'INTERVAL' || logical?.type === 'UUID' || logical?.type === 'FLOAT16') {
    return { kind: 'cell' };
  }
  if (convert === integer) return number;
  return type === 'INT32' || type === 'INT64' ? { ...number, unsigned: true } : { kind: 'cell' };
}

function integer(value: unknown): Cell {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function text(value: unknown): string {
  const bytes = value as Uint8Array;
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // Decoding writes U+FFFD for what is not UTF-8; it may also stand in the text itself.
  if (found.includes('\uFFFD') && !isUtf8(bytes)) throw new Error('a text is not UTF-8');
  return found;
}

/** Bytes that no annotation calls a text: many writers store texts so. Base64 if they are none. */
function binary(value: unknown): string {
  const bytes = value as Uint8Array;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(isUtf8(buffer) ? 'utf8' : 'base64');
}

function decimal(scale: number): CellConversion {
  return (value) => {
    const unscaled = value instanceof Uint8Array ? signed(value) : BigInt(value as number | bigint);
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
    const point = digits.length - scale;
    const written = scale > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits;
    const shown = unscaled < 0n ? `-${written}` : written;
    const significant = digits.replace(/^0+/, '').length;
    return significant <= EXACT_DIGITS ? Number(shown) : shown;
  };
}

/** Two's complement, the highest byte first. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

const DAY_MS = 86_400_000;

function dateText(days: number): string {
  const date = new Date(days * DAY_MS);
  return Number.isNaN(date.getTime()) ? `${days} days since 1970` : (date.toISOString().split('T')[0] ?? '');
}

/** ISO 8601 with `Z` for an instant, without for a local time; three, six or nine digits of a second, or none. */
function timestamp(digits: 3 | 6 | 9, utc: boolean): CellConversion {
  const unit = 10 ** digits;
  const scale = 10n ** BigInt(9 - digits);
  return (value) => {
    const units = Number(value);
    if (digits === 9 || !Number.isSafeInteger(units)) return instant(BigInt(value as bigint) * scale, utc);
    // Far from the rounding of doubles, numbers are many times faster.
    const fraction = ((units % unit) + unit) % unit;
    const seconds = (units - fraction) / unit;
    return instantText(seconds, fraction, digits, utc) ?? instant(BigInt(value as bigint) * scale, utc);
  };
}

function instant(nanoseconds: bigint, utc: boolean): string {
  const second = 1_000_000_000n;
  const fraction = ((nanoseconds % second) + second) % second;
  const seconds = Number((nanoseconds - fraction) / second);
  return instantText(seconds, Number(fraction), 9, utc) ?? `${nanoseconds} ns since 1970`;
}

function instantText(seconds: number, fraction: number, digits: number, utc: boolean): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return `${date.toISOString().slice(0, -5)}${fractionText(fraction, digits)}${utc ? 'Z' : ''}`;
}

function fractionText(fraction: number, digits: number): string {
  if (fraction === 0) return '';
  return `.${String(fraction)
    .padStart(digits, '0')
    .replace(/(000){1,2}$/, '')}`;
}

function time(digits: 3 | 6 | 9): CellConversion {
  return (value) => instant(BigInt(value as number | bigint) * 10n ** BigInt(9 - digits), false).slice(11);
}

/** The deprecated timestamp, as twelve bytes: nanoseconds in the day, 64 bits, and the Julian day, 32 bits. */
function int96(value: unknown): string {
  const bytes = value as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const days = BigInt(view.getUint32(8, true)) - 2_440_588n;
  return instant(days * 86_400_000_000_000n + view.getBigInt64(0, true), false);
}

function uuid(value: unknown): string {
  const hex = Buffer.from(value as Uint8Array).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A float as a cell: NaN is what pandas, NumPy and Polars write for a missing value; infinities are texts. */
export function floatCell(value: number): Cell {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : String(value);
}

function float16(value: unknown): Cell {
  const [low = 0, high = 0] = value as Uint8Array;
  const bits = (high << 8) | low;
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return floatCell(fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY);
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** Months, days and milliseconds as an ISO 8601 duration. */
function interval(value: unknown): string {
  const bytes = value as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days, ms] = [0, 4, 8].map((at) => view.getUint32(at, true));
  return `P${months}M${days}DT${(ms ?? 0) / 1000}S`;
}
