/** A point in time, exact to the nanosecond. */
export interface Instant {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Nanoseconds after them, below a million. */
  readonly ns: number;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** Up to here (in the years 1691 to 2248) a double of milliseconds tells microseconds apart. */
const FINE = 2 ** 43;

/** The longest text that is looked at as bytes: `YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ`. */
const PLAIN = 30;
const scratch = new Uint8Array(PLAIN);

/** The ISO 8601 instant that a text spells; without an offset it is UTC. Digits beyond nanoseconds are left out. */
export function readInstant(text: string): Instant | undefined {
  const { length } = text;
  if (length >= 10 && length <= PLAIN) {
    for (let i = 0; i < length; i++) scratch[i] = Math.min(text.charCodeAt(i), 0xff);
    const ms = plainInstant(scratch, 0, length);
    if (!Number.isNaN(ms)) return { ms, ns: nanoseconds };
  }
  return readIso(text);
}

function readIso(text: string): Instant | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  // Date.parse carries 30 February over into March; a date that is not in the calendar is refused.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  const second = Date.parse(`${date}T${minutes}:${seconds}${zone}`);
  if (Number.isNaN(second)) return undefined;
  const below = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const ns = below % 1_000_000;
  return { ms: second + (below - ns) / 1_000_000, ns };
}

const ZERO = 48;
const [SPACE, MINUS, POINT, COLON, T, Z] = [32, 45, 46, 58, 84, 90];
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Of the plain instant that was read last, below its milliseconds. */
let nanoseconds = 0;

/** Nanoseconds after the milliseconds of the last instant of `plainInstant`. */
export function plainNanoseconds(): number {
  return nanoseconds;
}

/**
 * Whole milliseconds since 1970 of `YYYY-MM-DD`, alone or with `T` or a space, `hh:mm:ss`, decimals and `Z`, of which
 * the last two may be missing; NaN for other bytes, instant or not.
 */
export function plainInstant(bytes: Uint8Array, start: number, end: number): number {
  nanoseconds = 0;
  if (end - start < 10 || bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return Number.NaN;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > (month === 2 && leap ? 29 : DAYS[month - 1]!)) return Number.NaN;
  const midnight = daysFrom1970(year, month, day) * 86_400_000;
  return end - start === 10 ? midnight : midnight + timeOf(bytes, start + 10, end);
}

/** Do the bytes begin with digits that may be a date, between `-`? */
export function isDate(bytes: Uint8Array, start: number): boolean {
  const month = two(bytes, start + 5);
  return two(bytes, start) >= 0 && two(bytes, start + 2) >= 0 && month <= 12 && two(bytes, start + 8) >= 1;
}

/** Milliseconds of `Thh:mm:ss` with decimals or without, each with or without `Z`; NaN for other spellings. */
function timeOf(bytes: Uint8Array, start: number, end: number): number {
  const stop = bytes[end - 1] === Z ? end - 1 : end;
  const separator = bytes[start];
  if (stop - start < 9 || (separator !== T && separator !== SPACE)) return Number.NaN;
  if (bytes[start + 3] !== COLON || bytes[start + 6] !== COLON) return Number.NaN;
  const hours = two(bytes, start + 1);
  const minutes = two(bytes, start + 4);
  const seconds = two(bytes, start + 7);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return Number.NaN;
  let below = 0;
  if (stop - start > 9) {
    if (bytes[start + 9] !== POINT || stop - start < 11) return Number.NaN;
    for (let at = start + 10, unit = 100_000_000; at < stop; at++, unit = unit === 1 ? 0 : unit / 10) {
      const digit = bytes[at]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      below += digit * unit;
    }
  }
  nanoseconds = below % 1_000_000;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + (below - nanoseconds) / 1_000_000;
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

/** Below 0 if the first is earlier, above 0 if it is later. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

/** Milliseconds since 1970 with microseconds as their fraction, in the years whose doubles hold these. */
export function millisecondsOf({ ms, ns }: Instant): number {
  return ns >= 1000 && Math.abs(ms) < FINE ? ms + Math.floor(ns / 1000) / 1000 : ms;
}

/** The nanoseconds that `millisecondsOf` leaves out. */
export function restOf({ ms, ns }: Instant): number {
  return Math.abs(ms) < FINE ? ns % 1000 : ns;
}

/** What `millisecondsOf` and `restOf` were made of. */
export function instantAt(milliseconds: number, rest = 0): Instant {
  let ms = Math.floor(milliseconds);
  let microseconds = Math.abs(ms) < FINE ? Math.round((milliseconds - ms) * 1000) : 0;
  if (microseconds === 1000) {
    ms++;
    microseconds = 0;
  }
  return { ms, ns: microseconds * 1000 + rest };
}

/** In ISO 8601 and UTC, with three decimals, or six or nine if there are such digits. */
export function isoText({ ms, ns }: Instant): string {
  const text = new Date(ms).toISOString();
  if (ns === 0) return text;
  const digits = String(ns).padStart(6, '0');
  return `${text.slice(0, -1)}${ns % 1000 === 0 ? digits.slice(0, 3) : digits}Z`;
}
