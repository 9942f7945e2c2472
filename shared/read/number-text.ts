import { toNumber } from './batch.ts';

const [MINUS, POINT, ZERO, NINE] = [45, 46, 48, 57] as const;
/** A number is written without an exponent if that takes no more characters. */
const LONGEST = 64;
const PLAIN = /^(?:0|-?[1-9]\d{0,62})$/;

/**
 * One spelling for all texts of the same decimal number, exactly, however many digits it has: `1.0`, ` +01` and `1e0`
 * are `1`. A text that spells no number, by `toNumber`, is itself.
 */
export function numberText(text: string): string {
  if (PLAIN.test(text) || Number.isNaN(toNumber(text))) return text;
  const [mantissa = '', exponent = '0'] = text.trim().toLowerCase().split('e');
  const unsigned = mantissa.replace(/^[+-]/, '');
  const point = unsigned.indexOf('.');
  const all = unsigned.replace('.', '');
  let [start, end] = [0, all.length];
  while (start < end && all.charCodeAt(start) === ZERO) start++;
  while (end > start && all.charCodeAt(end - 1) === ZERO) end--;
  if (start === end) return '0';
  const whole = (point === -1 ? all.length : point) - start + Number(exponent);
  return decimal(mantissa.startsWith('-') ? '-' : '', all.slice(start, end), whole);
}

/** 0.digits · 10^whole, if the digits neither start nor end with a zero. */
function decimal(sign: string, digits: string, whole: number): string {
  const count = digits.length;
  const length = whole >= count ? whole : whole > 0 ? count + 1 : count + 2 - whole;
  if (sign.length + length > LONGEST) return `${sign}${digits}e${whole - count}`;
  if (whole >= count) return sign + digits + '0'.repeat(whole - count);
  if (whole > 0) return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
  return `${sign}0.${'0'.repeat(-whole)}${digits}`;
}

/** Are the bytes surely what `numberText` makes of their text? So they are where a program wrote the number. */
export function isNumberText(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end || end - start > LONGEST) return false;
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = first;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  if (at === first) return false;
  const leads = bytes[first] === ZERO;
  if (at === end) return !leads || end - start === 1;
  if (bytes[at] !== POINT || (leads && at > first + 1) || at === end - 1) return false;
  for (at++; at < end; at++) if (!(bytes[at]! >= ZERO && bytes[at]! <= NINE)) return false;
  return bytes[end - 1] !== ZERO;
}

/** Orders decimal numbers as `numberText` writes them, by value, however many digits they have. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(placesOf(a), placesOf(b));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function placesOf(text: string): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const point = mantissa.indexOf('.');
  return Math.max(0, (point === -1 ? 0 : mantissa.length - point - 1) - Number(exponent));
}

/** The number times 10^scale. */
function scaled(text: string, scale: number): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const point = mantissa.indexOf('.');
  const places = point === -1 ? 0 : mantissa.length - point - 1;
  return BigInt(mantissa.replace('.', '')) * 10n ** BigInt(scale - places + Number(exponent));
}
