const DOTS = /[.\u3002\uFF0E\uFF61]/;
const LDH = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** RFC 1123, section 2.1; labels that start with `xn--` stand for one of RFC 5890. */
export function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isAsciiLabel);
}

/** RFC 5890, section 2.3.2.3, by the rules of RFC 5891 and 5892. */
export function isInternationalHostname(text: string): boolean {
  return text
    .split(DOTS)
    .every((label) => (/^[\0-\x7f]*$/.test(label) ? isAsciiLabel(label) : isUnicodeLabel(label)));
}

function isAsciiLabel(label: string): boolean {
  if (!LDH.test(label)) return false;
  if (label.slice(2, 4) !== '--') return true;
  if (!/^xn--/i.test(label)) return false;
  const decoded = fromPunycode(label.slice(4).toLowerCase());
  return decoded !== undefined && /[^\0-\x7f]/.test(decoded) && isUnicodeLabel(decoded);
}

function isUnicodeLabel(label: string): boolean {
  if (label.startsWith('-') || label.endsWith('-') || label.slice(2, 4) === '--') return false;
  if (label.normalize('NFC') !== label || /^\p{M}/u.test(label)) return false;
  const characters = [...label];
  if (!characters.every((character, at) => isAllowed(character, characters, at))) return false;
  if (/[\u0660-\u0669]/.test(label) && /[\u06f0-\u06f9]/.test(label)) return false;
  return asciiLength(label) <= 63;
}

/** The length of a label as it is sent, by the URL standard's ToASCII. */
function asciiLength(label: string): number {
  try {
    return new URL(`http://${label}`).hostname.length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** RFC 5892, section 2.6 and appendix A; the others of its section 2 by their Unicode properties. */
const VALID = /^[ßς\u06fd\u06fe\u0f0b\u3007-]$/;
const DISALLOWED =
  /^[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\p{Default_Ignorable_Code_Point}]$/u;
const LETTER_DIGIT = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u;
const VIRAMA =
  /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}]$/u;
/** Letters that join, between which a ZERO WIDTH NON-JOINER parts (appendix A.1): those of the scripts that do. */
const JOINS = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Mandaic}]/u;

function isAllowed(character: string, all: readonly string[], at: number): boolean {
  const before = all[at - 1] ?? '';
  const after = all[at + 1] ?? '';
  switch (character) {
    case '\u00b7':
      return before === 'l' && after === 'l';
    case '\u0375':
      return /\p{Script=Greek}/u.test(after);
    case '\u05f3':
    case '\u05f4':
      return /\p{Script=Hebrew}/u.test(before);
    case '\u30fb':
      return all.some((other) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(other));
    case '\u200d':
      return VIRAMA.test(before);
    case '\u200c':
      return VIRAMA.test(before) || (JOINS.test(before) && JOINS.test(after));
    default:
  }
  if (VALID.test(character)) return true;
  if (DISALLOWED.test(character) || !LETTER_DIGIT.test(character)) return false;
  return character.normalize('NFKC').toLowerCase().normalize('NFKC') === character;
}

/** RFC 3492, section 6.2; undefined if the text is not Punycode. */
function fromPunycode(text: string): string | undefined {
  const dash = text.lastIndexOf('-');
  const output = [...text.slice(0, Math.max(dash, 0))].map((one) => one.codePointAt(0) ?? 0);
  let [code, index, bias] = [128, 0, 72];
  for (let at = dash + 1; at < text.length; ) {
    const start = index;
    let weight = 1;
    for (let k = 36; ; k += 36) {
      const digit = '0123456789'.includes(text[at] ?? ' ')
        ? text.charCodeAt(at) - 22
        : text.charCodeAt(at) - 97;
      at++;
      if (!(digit >= 0 && digit < 36)) return undefined;
      index += digit * weight;
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > 2 ** 31 || index > 2 ** 31) return undefined;
    }
    const length = output.length + 1;
    bias = adapted(index - start, length, start === 0);
    code += Math.floor(index / length);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    index %= length;
    output.splice(index++, 0, code);
  }
  return String.fromCodePoint(...output);
}

function adapted(delta: number, length: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
