/** How times are written, as bits. */
export const RFC_3339 = 1;
/** With seconds, and without a zone or with a space for the `T`: `iso-date-time` of ajv-formats. */
export const LOCAL = 2;
export const SHORT = 4;

const [COLON, PLUS, MINUS, T, Z] = [58, 43, 45, 84, 90];

/** How the bytes of an instant that is longer than a date are written. */
export function timeKind(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 19 || bytes[start + 16] !== COLON) return SHORT;
  if (bytes[start + 10] !== T) return LOCAL;
  const sign = bytes[end - 6];
  const zoned =
    bytes[end - 1] === Z ||
    (end - start >= 25 && (sign === PLUS || sign === MINUS) && bytes[end - 3] === COLON);
  return zoned ? RFC_3339 : LOCAL;
}
