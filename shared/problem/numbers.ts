/** How numbers are written for people: in messages, reports and problems alike. */

/** No line breaks between thousands, and no program takes it for the end of a word. */
const NARROW_SPACE = '\u202f';

/** A whole number with its thousands apart from five digits on: `3000`, `45 312`. */
export function grouped(value: number): string {
  const digits = String(value);
  return Math.abs(value) < 10_000 ? digits : digits.replaceAll(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
}
