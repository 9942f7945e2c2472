import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isHostname, isInternationalHostname } from './hostname.ts';

type Test = (text: string) => boolean;

/** RFC 3339, appendix A: no unit is left out between two others. */
const DURATION = (() => {
  const minute = String.raw`\d+M(?:\d+S)?`;
  const time = String.raw`T(?:\d+H(?:${minute})?|${minute}|\d+S)`;
  const month = String.raw`\d+M(?:\d+D)?`;
  const date = String.raw`(?:\d+D|${month}|\d+Y(?:${month})?)`;
  return new RegExp(String.raw`^P(?:${date}(?:${time})?|${time}|\d+W)$`);
})();
/** RFC 3339, section 5.6: `T` between date and time; an offset has a colon. */
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]*(?:Z|[+-]\d\d:\d\d)$/i;
const TIME = /(?:Z|[+-]\d\d:\d\d)$/i;
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

const ATOM = "[\\w!#$%&'*+\\-/=?^`{|}~]+";
const QUOTED = String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"`;
const LOCAL = new RegExp(String.raw`^(?:${ATOM}(?:\.${ATOM})*|${QUOTED})$`);
/** What RFC 6531 adds to a local part: any character beyond ASCII. */
const BEYOND_ASCII = /[\u{80}-\u{10FFFF}]/gu;
/** RFC 3987, section 2.2. */
const UCSCHAR = new RegExp(
  String.raw`[\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}${Array.from({ length: 14 }, (_, plane) => {
    const high = (plane + 1).toString(16);
    return `\\u{${high}${plane === 13 ? '1' : '0'}000}-\\u{${high}FFFD}`;
  }).join('')}]`,
  'gu',
);
const PRIVATE = /[\u{E000}-\u{F8FF}\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}]/gu;

const base = (name: keyof typeof fullFormats): Test => {
  const format: unknown = fullFormats[name];
  const check =
    typeof format === 'object' && format !== null && 'validate' in format ? format.validate : format;
  if (check instanceof RegExp) return (text) => check.test(text);
  if (typeof check === 'function') return check as Test;
  return () => true;
};

/** RFC 5321, section 4.1.2 (`Mailbox`); an international one by RFC 6531. */
function mailbox(text: string, isHost: Test): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64 || !LOCAL.test(text.slice(0, at))) return false;
  const domain = text.slice(at + 1);
  const literal = /^\[(IPv6:)?([^\]]*)\]$/i.exec(domain);
  if (literal === null) return isHost(domain) && !/[.\u3002\uFF0E\uFF61]$/.test(domain);
  return base(literal[1] === undefined ? 'ipv4' : 'ipv6')(literal[2] ?? '');
}

/** An escape stands where a URI lets a letter stand, except for its scheme. */
function asUri(text: string): string {
  const query = text.indexOf('?');
  const end = text.indexOf('#') === -1 ? text.length : text.indexOf('#');
  const open = query !== -1 && query < end ? text.slice(query, end).replaceAll(PRIVATE, '%20') : '';
  const all = open === '' ? text : text.slice(0, query) + open + text.slice(end);
  return all.replaceAll(UCSCHAR, '%20');
}

/** The host of an authority holds no colon outside of brackets; ajv-formats lets one pass. */
const AUTHORITY = /^(?:[a-z][a-z\d+.-]*:)?\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:[\]]*)(?::\d*)?(?:[/?#]|$)/i;
const HAS_AUTHORITY = /^(?:[a-z][a-z\d+.-]*:)?\/\//i;

const uri =
  (name: 'uri' | 'uri-reference'): Test =>
  (text) =>
    (!HAS_AUTHORITY.test(text) || AUTHORITY.test(text)) && base(name)(text);

/** Formats that ajv-formats lacks, or reads otherwise than their standards. */
const OWN: Readonly<Record<string, Test>> = {
  'date-time': (text) => INSTANT.test(text) && base('date-time')(text),
  time: (text) => TIME.test(text) && base('time')(text),
  duration: (text) => DURATION.test(text),
  uuid: (text) => UUID.test(text),
  email: (text) => mailbox(text, isHostname),
  'idn-email': (text) =>
    mailbox(
      text.replace(/^[^@]*/, (local) => local.replaceAll(BEYOND_ASCII, 'x')),
      isInternationalHostname,
    ),
  hostname: isHostname,
  'idn-hostname': isInternationalHostname,
  uri: uri('uri'),
  'uri-reference': uri('uri-reference'),
  iri: (text) => uri('uri')(asUri(text)),
  'iri-reference': (text) => uri('uri-reference')(asUri(text)),
  regex: (text) => {
    try {
      new RegExp(text, 'u');
      return true;
    } catch {
      return false;
    }
  },
};

/**
 * The formats of texts by name: those of JSON Schema, and those that ajv-formats has beside them. What is of numbers
 * (`int32`, …) is not among them.
 */
export const FORMATS: Readonly<Record<string, Test>> = Object.fromEntries([
  ...(Object.keys(fullFormats) as (keyof typeof fullFormats)[])
    .filter((name) => {
      const format: unknown = fullFormats[name];
      return !(typeof format === 'object' && format !== null && 'type' in format && format.type === 'number');
    })
    .map((name) => [name, base(name)] as const),
  ...Object.entries(OWN),
]);
