import { millisecondsOf, readInstant, restOf } from '../inputs/instant.ts';

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
/** Powers of ten that a double holds exactly, 10^0 to 10^22. */
const POWERS = Float64Array.from({ length: 23 }, (_value, power) => Number(`1e${power}`));
/** 2^27 + 1: splits a double into two halves of 26 bits (Dekker 1971). */
const SPLITTER = 134217729;
/** More than the error of the quotient's second part, less than what decides the rounding but once in 2^40. */
const MARGIN = 2 ** -44;

/** Has a number been read with a point in it? */
let pointed = false;

/** Has `simpleNumber` met a point since this was asked last? */
export function metPoint(): boolean {
  const met = pointed;
  pointed = false;
  return met;
}

/**
 * The number that the bytes spell, if that is simply told: a sign `-`, digits without a leading zero, a point and
 * digits; NaN for every other spelling, number or not. Up to 15 significant digits one division of two exact doubles
 * rounds rightly (Clinger 1990); up to 22 digits a quotient of twice the precision does, or NaN is returned.
 */
export function simpleNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let code = bytes[at]!;
  const negative = code === MINUS;
  if (negative) code = bytes[++at]!;
  let digit = code - ZERO;
  if (digit < 0 || digit > 9 || at >= end) return Number.NaN;
  const first = at;
  let mantissa = digit;
  at++;
  if (digit === 0 && at < end && bytes[at]! !== POINT) return Number.NaN;
  while (at < end) {
    digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
    at++;
  }
  if (at === end) {
    if (at - first > 15) return Number.NaN;
    return negative ? -mantissa : mantissa;
  }
  if (bytes[at]! !== POINT) return Number.NaN;
  pointed = true;
  const point = at++;
  while (at < end) {
    digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    mantissa = mantissa * 10 + digit;
    at++;
  }
  const places = end - point - 1;
  const value =
    end - first <= 16
      ? mantissa / POWERS[places]!
      : mantissa < 1e15 && places <= 22
        ? mantissa / POWERS[places]!
        : longDecimal(bytes, first, point, end);
  return negative ? -value : value;
}

/** Digits with a point at `point`, 16 to 22 of them: (high · 10^k + low) / 10^places, rounded once. */
function longDecimal(bytes: Uint8Array, first: number, point: number, end: number): number {
  const places = end - point - 1;
  const digits = end - first - 1;
  if (digits > 22) return Number.NaN;
  const cut = digits - 15;
  let high = 0;
  let low = 0;
  for (let at = first, seen = 0; at < end; at++) {
    if (at === point) continue;
    if (seen++ < 15) high = high * 10 + (bytes[at]! - ZERO);
    else low = low * 10 + (bytes[at]! - ZERO);
  }
  // high · 10^k, in two parts that are exact: 25 bits each times less than 2^24.
  const scale = POWERS[cut]!;
  const upper = Math.floor(high / 33554432);
  const x = upper * scale * 33554432;
  const y = (high - upper * 33554432) * scale + low;
  const sum = x + y;
  const back = sum - x;
  const rest = x - (sum - back) + (y - back);
  // (sum + rest) / divisor: a first quotient, and a second one from its exact remainder.
  const divisor = POWERS[places]!;
  const quotient = sum / divisor;
  const product = quotient * divisor;
  let c = SPLITTER * quotient;
  const qh = c - (c - quotient);
  const ql = quotient - qh;
  c = SPLITTER * divisor;
  const dh = c - (c - divisor);
  const dl = divisor - dh;
  const error = qh * dh - product + qh * dl + ql * dh + ql * dl;
  const correction = (sum - product - error + rest) / divisor;
  const rounded = quotient + correction * (1 - MARGIN);
  return rounded === quotient + correction * (1 + MARGIN) ? rounded : Number.NaN;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Could the bytes be a date: are the fifth and the eighth `-`? Such bytes are not number. */
export function isDateLike(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 10 && bytes[start + 4] === MINUS && bytes[start + 7] === MINUS;
}

/** Nanoseconds of the instant that was read last which its milliseconds leave out. */
let rest = 0;
/** Nanoseconds of the time that was read last which its milliseconds leave out. */
let below = 0;

/** Nanoseconds of the last instant of `instantOf` which its milliseconds leave out, see `restOf`. */
export function restOfInstant(): number {
  return rest;
}

/**
 * The instant that date-like bytes spell, in milliseconds since 1970, or NaN: what `instantMs` says of their text.
 * `YYYY-MM-DD`, alone or with `T` or space, `hh:mm:ss`, decimals and `Z` are read without a string.
 */
export function instantOf(bytes: Uint8Array, start: number, end: number): number {
  rest = 0;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > (month === 2 && leap ? 29 : DAYS[month - 1]!)) {
    return end - start === 10 ? Number.NaN : slowInstant(bytes, start, end);
  }
  const midnight = daysFrom1970(year, month, day) * 86_400_000;
  if (end - start === 10) return midnight;
  const time = timeOf(bytes, start + 10, end);
  if (time < 0) return slowInstant(bytes, start, end);
  if (below === 0) return midnight + time;
  const instant = { ms: midnight + time, ns: below };
  rest = restOf(instant);
  return millisecondsOf(instant);
}

/** Milliseconds of `Thh:mm:ss` with decimals or without, each with or without `Z`; −1 for other spellings. */
function timeOf(bytes: Uint8Array, start: number, end: number): number {
  below = 0;
  const stop = bytes[end - 1] === 90 ? end - 1 : end;
  const separator = bytes[start];
  if (stop - start < 9 || (separator !== 84 && separator !== 32)) return -1;
  if (bytes[start + 3] !== 58 || bytes[start + 6] !== 58) return -1;
  const hours = two(bytes, start + 1);
  const minutes = two(bytes, start + 4);
  const seconds = two(bytes, start + 7);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return -1;
  let nanoseconds = 0;
  if (stop - start > 9) {
    if (bytes[start + 9] !== POINT || stop - start < 11) return -1;
    for (let at = start + 10, unit = 100_000_000; at < stop; at++, unit = unit === 1 ? 0 : unit / 10) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return -1;
      nanoseconds += digit * unit;
    }
  }
  below = nanoseconds % 1_000_000;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + (nanoseconds - below) / 1_000_000;
}

function slowInstant(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  const instant = text.trim() === text ? readInstant(text) : undefined;
  if (instant === undefined) return Number.NaN;
  rest = restOf(instant);
  return millisecondsOf(instant);
}

function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days from 1970-01-01 in the Gregorian calendar (Hinnant 2013, days_from_civil). */
function daysFrom1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
