import { literal } from './regex.ts';

const DATE = '\\d{4}-\\d{2}-\\d{2}';
const LEAP = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
/** Of XML Schema: midnight has two names, and there are no leap seconds. */
const CLOCK = '(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?|24:00:00(?:\\.0+)?)';
const ZONE = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const VALID_DAY = `(?!\\d{4}-02-3|\\d{4}-(?:02|04|06|09|11)-31|(?!${LEAP})\\d{4}-02-29)(?:\\d{4})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])`;

export const ISO_DATE = new RegExp(`^${DATE}$`);
/** time of XML Schema. */
export const TIME = `^${CLOCK}${ZONE}?$`;
/** `hh:mm:ss`, which has an order. */
export const PLAIN_TIME = '^(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$';
/** A time of ISO 8601 with optional fraction and zone. */
export const ISO_TIME = `^(?:[01]\\d|2[0-3]):[0-5]\\d(?::(?:[0-5]\\d|60)(?:\\.\\d+)?)?${ZONE}?$`;
/** dateTime of XML Schema. */
export const DATETIME = `^${VALID_DAY}T${CLOCK}${ZONE}?$`;
/** An instant as files write it: a date, with or without a time, with or without a zone. */
export const INSTANT = instantPattern('optional', true);
/** duration of XML Schema. */
export const DURATION =
  '^-?P(?=\\d|T\\d)(?:\\d+Y)?(?:\\d+M)?(?:\\d+D)?(?:T(?=\\d)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?)?$';
export const YEARMONTH = '^\\d{4}-(?:0[1-9]|1[0-2])$';

/** A date and time of ISO 8601, `T` or a space between. */
export function instantPattern(zone: 'optional' | 'required' | 'none', dateAlone = false): string {
  const offset = '(?:Z|[+-]\\d{2}(?::?\\d{2})?)';
  const tail = zone === 'none' ? '' : zone === 'required' ? offset : `${offset}?`;
  const time = `[T ](?:[01]\\d|2[0-3]):[0-5]\\d(?::(?:[0-5]\\d|60)(?:\\.\\d+)?)?${tail}`;
  return `^${VALID_DAY}${dateAlone ? `(?:${time})?` : time}$`;
}

/** A part of a time format: a field with its pattern, or a text. */
interface Part {
  readonly field?: 'year' | 'month' | 'day';
  readonly pattern: string;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

/** Python's strptime takes numbers with or without their leading zero, and names in any case. */
const STRPTIME: Readonly<Record<string, Part>> = {
  Y: { field: 'year', pattern: '\\d{4}' },
  y: { pattern: '\\d{2}' },
  m: { field: 'month', pattern: '(?:1[0-2]|0?[1-9])' },
  d: { field: 'day', pattern: '(?:3[01]|[12]\\d|0?[1-9])' },
  H: { pattern: '(?:2[0-3]|[01]?\\d)' },
  I: { pattern: '(?:1[0-2]|0?[1-9])' },
  M: { pattern: '[0-5]?\\d' },
  S: { pattern: '(?:6[01]|[0-5]?\\d)' },
  f: { pattern: '\\d{1,6}' },
  j: { pattern: '(?:36[0-6]|3[0-5]\\d|[12]\\d\\d|0?[1-9]\\d|0?0?[1-9])' },
  p: { pattern: '[AaPp][Mm]' },
  z: { pattern: '(?:[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|Z)' },
  Z: { pattern: '(?:[Uu][Tt][Cc]|[Gg][Mm][Tt])' },
  w: { pattern: '[0-6]' },
  u: { pattern: '[1-7]' },
  B: { pattern: names(MONTHS) },
  b: { pattern: names(MONTHS.map((name) => name.slice(0, 3))) },
  A: { pattern: names(DAYS) },
  a: { pattern: names(DAYS.map((name) => name.slice(0, 3))) },
  '%': { pattern: '%' },
};

/** Java's letters, by letter and how often; exact widths. */
const JAVA: Readonly<Record<string, Part>> = {
  yyyy: { field: 'year', pattern: '\\d{4}' },
  uuuu: { field: 'year', pattern: '\\d{4}' },
  YYYY: { field: 'year', pattern: '\\d{4}' },
  yy: { pattern: '\\d{2}' },
  MM: { field: 'month', pattern: '(?:0[1-9]|1[0-2])' },
  M: { field: 'month', pattern: '(?:1[0-2]|[1-9])' },
  MMM: { pattern: `(?:${MONTHS.map((name) => name.slice(0, 3)).join('|')})` },
  MMMM: { pattern: `(?:${MONTHS.join('|')})` },
  dd: { field: 'day', pattern: '(?:0[1-9]|[12]\\d|3[01])' },
  DD: { field: 'day', pattern: '(?:0[1-9]|[12]\\d|3[01])' },
  d: { field: 'day', pattern: '(?:3[01]|[12]\\d|[1-9])' },
  HH: { pattern: '(?:[01]\\d|2[0-3])' },
  H: { pattern: '(?:2[0-3]|1\\d|\\d)' },
  hh: { pattern: '(?:0[1-9]|1[0-2])' },
  h: { pattern: '(?:1[0-2]|[1-9])' },
  mm: { pattern: '[0-5]\\d' },
  ss: { pattern: '[0-5]\\d' },
  a: { pattern: '(?:AM|PM)' },
  X: { pattern: '(?:Z|[+-]\\d{2}(?:\\d{2})?)' },
  XX: { pattern: '(?:Z|[+-]\\d{4})' },
  XXX: { pattern: '(?:Z|[+-]\\d{2}:\\d{2})' },
  // Java writes +0000; the standard's own examples of Z are "Z" and "+10:00".
  Z: { pattern: '(?:Z|[+-]\\d{2}:?\\d{2})' },
};

/** What stands for several directives, as it does without a locale. */
const LOCAL: Readonly<Record<string, string>> = {
  '%X': '%H:%M:%S',
  '%x': '%m/%d/%y',
  '%c': '%a %b %d %H:%M:%S %Y',
};

/** The pattern of a format of strptime, or undefined if one of its directives cannot be carried. */
export function strptime(format: string): string | undefined {
  const parts: Part[] = [];
  const whole = format.replaceAll(/%[Xxc%]/g, (token) => LOCAL[token] ?? token);
  for (const [token] of whole.matchAll(/%[\s\S]?|\s+|[^%\s]+/g)) {
    if (!token.startsWith('%')) {
      parts.push({ pattern: /^\s/.test(token) ? '\\s+' : literal(token) });
      continue;
    }
    const known = STRPTIME[token.slice(1)];
    if (known === undefined) return undefined;
    parts.push(known);
  }
  return patternOf(parts);
}

/** The pattern of a format of Java's DateTimeFormatter, or undefined if a letter of it is not known. */
export function javaTime(format: string): string | undefined {
  const parts: Part[] = [];
  for (const [token] of format.matchAll(/''|'[^']*'|([A-Za-z])\1*|[^A-Za-z']+/g)) {
    if (token.startsWith("'")) parts.push({ pattern: literal(token === "''" ? "'" : token.slice(1, -1)) });
    else if (!/^[A-Za-z]/.test(token) || token === 'T') parts.push({ pattern: literal(token) });
    else if (/^S+$/.test(token)) parts.push({ pattern: `\\d{${token.length}}` });
    else {
      const known = JAVA[token];
      if (known === undefined) return undefined;
      parts.push(known);
    }
  }
  return patternOf(parts);
}

/** All parts in their order, without the days that the calendar does not have. */
function patternOf(parts: readonly Part[]): string {
  const render = (fixed: Partial<Record<'year' | 'month' | 'day', string>>): string =>
    parts.map(({ field, pattern }) => (field !== undefined && fixed[field]) || pattern).join('');
  const has = (field: string): boolean => parts.some((part) => part.field === field);
  const never: string[] = [];
  if (has('month') && has('day')) {
    never.push(render({ month: '0?2', day: '3[01]' }), render({ month: '(?:0?[469]|11)', day: '31' }));
    if (has('year')) never.push(render({ month: '0?2', day: '29', year: `(?!${LEAP})\\d{4}` }));
  }
  return `^${never.map((one) => `(?!${one}$)`).join('')}${render({})}$`;
}

function names(list: readonly string[]): string {
  const anyCase = (name: string): string =>
    name.replaceAll(/[A-Za-z]/g, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
  return `(?:${list.map(anyCase).join('|')})`;
}
