import {
  isDate,
  millisecondsOf,
  plainInstant,
  plainNanoseconds,
  readInstant,
  restOf,
} from '../inputs/instant.ts';

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

/** Could the bytes be a date: are the fifth and the eighth `-`? Such bytes are not number. */
export function isDateLike(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 10 && bytes[start + 4] === MINUS && bytes[start + 7] === MINUS;
}

/** Nanoseconds of the instant that was read last which its milliseconds leave out. */
let rest = 0;

/** Nanoseconds of the last instant of `instantOf` which its milliseconds leave out, see `restOf`. */
export function restOfInstant(): number {
  return rest;
}

/**
 * The instant that date-like bytes spell, in milliseconds since 1970, or NaN: what `instantMs` says of their text.
 */
export function instantOf(bytes: Uint8Array, start: number, end: number): number {
  rest = 0;
  const ms = plainInstant(bytes, start, end);
  if (Number.isNaN(ms)) return end - start > 10 && isDate(bytes, start) ? slowInstant(bytes, start, end) : ms;
  const ns = plainNanoseconds();
  if (ns === 0) return ms;
  const instant = { ms, ns };
  rest = restOf(instant);
  return millisecondsOf(instant);
}

function slowInstant(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  const instant = text.trim() === text ? readInstant(text) : undefined;
  if (instant === undefined) return Number.NaN;
  rest = restOf(instant);
  return millisecondsOf(instant);
}
