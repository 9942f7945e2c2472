const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= 48 && bytes[at]! <= 57) at++;
  return at;
}

/** Where the number ends that starts at `from`, by the grammar of RFC 8259; −1 if it is none. */
export function numberEnd(bytes: Uint8Array, from: number): number {
  const whole = bytes[from] === 0x2d ? from + 1 : from;
  let at = digitsEnd(bytes, whole);
  if (at === whole || (bytes[whole] === 48 && at > whole + 1)) return -1;
  if (bytes[at] === 0x2e) {
    const end = digitsEnd(bytes, at + 1);
    if (end === at + 1) return -1;
    at = end;
  }
  if ((bytes[at]! | 32) === 0x65) {
    const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? at + 2 : at + 1;
    at = digitsEnd(bytes, sign);
    if (at === sign) return -1;
  }
  return at;
}

/** The quote that ends a text with escapes that starts at `from`; −1 if it is none. */
export function skipString(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const code = bytes[at]!;
    if (code === QUOTE) return at;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    const letter = bytes[++at]!;
    if (letter === 0x75) {
      for (let i = 0; i < 4; i++) if (!isHex(bytes[++at]!)) return -1;
    } else if (!ESCAPES.includes(letter)) return -1;
  }
}

const ESCAPES = Buffer.from('"\\/bfnrt');

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);
}

/** Where the list or object that starts at `from` ends by its brackets, sound inside or not; −1 if it does not. */
export function skipValue(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const code = bytes[at]!;
    if (code === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return -1;
}
