import { parse as parseYaml } from 'yaml';
import { nearest } from '../problem/nearest.ts';
import { isJudgeable, LARGEST } from '../stats/magnitude.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { millisecondsOf, readInstant } from './instant.ts';

/**
 * A kind of input value: one strict parser for text (a step's `with:`, a flag) and for values of `ml-loop.yml`.
 * `parse` throws `Refusal`, whose message says what is allowed.
 */
export interface InputKind<T> {
  /** What is allowed, as documentation names it. */
  readonly label: string;
  /** For `ml-loop.yml`. */
  readonly schema: JsonObject;
  /** Does a repeated flag add to the value? */
  readonly repeats?: boolean;
  parse(value: unknown): T;
}

/** A value that its kind does not allow; the message says what is allowed. */
export class Refusal extends Error {}

function refuse(allowed: string): never {
  throw new Refusal(allowed);
}

/** Any text; numbers and booleans of YAML are not texts, save if `scalars` asks for them. */
export function text(label = 'text'): InputKind<string> {
  return {
    label,
    schema: { type: ['string', 'number'] },
    parse: (value) => {
      if (typeof value === 'string') return value.trim();
      if (typeof value === 'number') return String(value);
      return refuse('must be a text');
    },
  };
}

export function oneOf<const V extends string>(values: readonly V[]): InputKind<V> {
  return {
    label: values.map((value) => `\`${value}\``).join(', '),
    schema: { enum: [...values] },
    parse: (value) => {
      const found = values.find(
        (candidate) => candidate === (typeof value === 'string' ? value.trim() : value),
      );
      if (found !== undefined) return found;
      const best = typeof value === 'string' ? nearest(value, values) : undefined;
      return refuse(
        `must be one of: ${values.join(', ')}${best === undefined ? '' : ` (did you mean ${best}?)`}`,
      );
    },
  };
}

/** `true` or `false`, in YAML's core spelling (true, True, TRUE, …), nothing else. */
export function flag(): InputKind<boolean> {
  return {
    label: '`true` or `false`',
    schema: { type: 'boolean' },
    parse: (value) => {
      if (typeof value === 'boolean') return value;
      if (typeof value === 'string' && /^(true|True|TRUE)$/.test(value.trim())) return true;
      if (typeof value === 'string' && /^(false|False|FALSE)$/.test(value.trim())) return false;
      return refuse('must be true or false');
    },
  };
}

/** `auto`, `true` or `false`. */
export function autoFlag(): InputKind<'auto' | boolean> {
  const base = flag();
  return {
    label: '`auto`, `true`, `false`',
    schema: { enum: ['auto', true, false] },
    parse: (value) => {
      if (typeof value === 'string' && value.trim() === 'auto') return 'auto';
      try {
        return base.parse(value);
      } catch {
        return refuse('must be one of: auto, true, false');
      }
    },
  };
}

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

function rangeLabel(noun: string, { min, max }: NumberRange): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
  if (min !== undefined) return `${noun}, ${min} or more`;
  return max === undefined ? noun : `${noun}, ${max} or less`;
}

function inRange(value: number, { min = -Infinity, max = Infinity }: NumberRange): boolean {
  return value >= min && value <= max;
}

function numeric(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.trim()))
    return Number.NaN;
  return Number(value);
}

export function number(range: NumberRange = {}): InputKind<number> {
  const label = rangeLabel('a number', range);
  return {
    label,
    schema: {
      type: 'number',
      ...(range.min === undefined ? {} : { minimum: range.min }),
      ...(range.max === undefined ? {} : { maximum: range.max }),
    },
    parse: (value) => {
      const parsed = numeric(value);
      if (Number.isFinite(parsed) && !isJudgeable(parsed))
        return refuse(`must be ${label}, of at most ${LARGEST}`);
      return Number.isFinite(parsed) && inRange(parsed, range) ? parsed : refuse(`must be ${label}`);
    },
  };
}

export function integer(range: NumberRange = {}): InputKind<number> {
  const label = rangeLabel('a whole number', range);
  const base = number(range);
  return {
    label,
    schema: { ...base.schema, type: 'integer' },
    parse: (value) => {
      const parsed = numeric(value);
      return Number.isSafeInteger(parsed) && inRange(parsed, range) ? parsed : refuse(`must be ${label}`);
    },
  };
}

/**
 * A share in [0, 1], written as a number or with a per-cent sign.
 *
 * @param below refuses 1, as a limit that nothing exceeds.
 */
export function share({ below = false }: { readonly below?: boolean } = {}): InputKind<number> {
  const allowed = `a share from 0 to ${below ? 'below ' : ''}1, or a percentage such as 5%`;
  return {
    label: allowed,
    schema: { type: ['number', 'string'] },
    parse: (value) => {
      const match = typeof value === 'string' ? /^(.+)%$/.exec(value.trim()) : null;
      const parsed = match ? numeric(match[1]) / 100 : numeric(value);
      const fits = parsed >= 0 && (below ? parsed < 1 : parsed <= 1);
      return fits ? parsed : refuse(`must be ${allowed}`);
    },
  };
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** No date that is so far away goes beyond those that a `Date` holds. */
const LONGEST_MS = 100 * 365 * 86_400_000;

/** A duration in milliseconds, written `30s`, `10m`, `2d`, `1h30m`. */
export function duration(): InputKind<number> {
  const allowed = 'a duration such as 30s, 10m, 6h, 2d, 1w or 1h30m';
  return {
    label: allowed,
    schema: { type: 'string', pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+$' },
    parse: (value) => {
      if (value === 0 || value === '0') return 0;
      if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(value.trim())) {
        return refuse(`must be ${allowed}`);
      }
      let total = 0;
      for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
        total += Number(amount) * (DURATION_UNITS[unit ?? ''] ?? Number.NaN);
      }
      return total <= LONGEST_MS ? total : refuse('must be a duration of at most 100 years');
    },
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A size in bytes, written `64MiB`. */
export function size(): InputKind<number> {
  const allowed = 'a size such as 500kB, 64MiB or 2GiB';
  return {
    label: allowed,
    schema: { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s?(B|kB|MB|GB|KiB|MiB|GiB)$' },
    parse: (value) => {
      const match =
        typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s?(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(value.trim()) : null;
      if (!match) return refuse(`must be ${allowed}`);
      const bytes = Math.round(Number(match[1]) * (SIZE_UNITS[match[2] ?? ''] ?? Number.NaN));
      return Number.isSafeInteger(bytes) ? bytes : refuse(`must be ${allowed}, below 8 PiB`);
    },
  };
}

/** Milliseconds since 1970 of an ISO 8601 instant, with microseconds as their fraction; without an offset it is UTC. */
export function instantMs(text: string): number {
  const instant = readInstant(text);
  return instant === undefined ? Number.NaN : millisecondsOf(instant);
}

/** An instant, ISO 8601; without an offset it is UTC. */
export function instant(): InputKind<Date> {
  const allowed = 'an ISO 8601 instant such as 2026-01-31T12:00:00Z';
  return {
    label: allowed,
    schema: { type: 'string' },
    parse: (value) => {
      const parsed =
        typeof value === 'string' ? instantMs(value) : value instanceof Date ? value.getTime() : Number.NaN;
      return Number.isNaN(parsed) ? refuse(`must be ${allowed}`) : new Date(parsed);
    },
  };
}

/** A margin: in the metric's own unit, or relative to the absolute value of the baseline. */
export interface Margin {
  readonly kind: 'absolute' | 'relative';
  /** Not negative; 0.02 for `2%`. */
  readonly value: number;
}

export function margin(): InputKind<Margin> {
  const allowed = 'a number of the metric’s unit, 0 or more, or a percentage of the baseline such as 2%';
  return {
    label: allowed,
    schema: { type: ['number', 'string'] },
    parse: (value) => {
      const match = typeof value === 'string' ? /^(.+)%$/.exec(value.trim()) : null;
      const parsed = match ? numeric(match[1]) / 100 : numeric(value);
      if (!isJudgeable(parsed) || parsed < 0) return refuse(`must be ${allowed}, of at most ${LARGEST}`);
      return { kind: match ? 'relative' : 'absolute', value: parsed };
    },
  };
}

/** Texts: one a line, or a YAML flow list. */
export function textList(
  label = 'a list: one item a line, or a YAML flow list',
): InputKind<readonly string[]> {
  return {
    label,
    repeats: true,
    schema: { type: ['array', 'string'], items: { type: ['string', 'number', 'boolean'] } },
    parse: (value) => {
      const items = typeof value === 'string' ? listOfText(value) : value;
      if (!Array.isArray(items)) return refuse('must be a list');
      return items.map((item) => {
        if (typeof item === 'string') return item.trim();
        if (typeof item === 'number' || typeof item === 'boolean') return String(item);
        return refuse('must be a list of texts');
      });
    },
  };
}

/** What stands for a missing value; in YAML, `null` is the text of it. */
export function missingTexts(): InputKind<readonly string[]> {
  const items = textList('texts');
  return {
    ...items,
    schema: { type: ['array', 'string'], items: { type: ['string', 'number', 'boolean', 'null'] } },
    parse: (value) => {
      const list = typeof value === 'string' ? listOfText(value) : value;
      return items.parse(Array.isArray(list) ? list.map((item: unknown) => item ?? 'null') : list);
    },
  };
}

/** The classes of labels, at least one. */
export function classList(): InputKind<readonly string[]> {
  const items = textList('classes');
  return {
    ...items,
    schema: { type: ['array', 'string'], minItems: 1, items: { type: ['string', 'number', 'boolean'] } },
    parse: (value) => {
      const classes = items.parse(value);
      if (classes.length === 0)
        return refuse('must name all classes of the labels; leave it out to take those of the labels');
      return classes.includes('')
        ? refuse('must not hold an empty text: what has no label has no class')
        : classes;
    },
  };
}

function listOfText(value: string): unknown {
  const trimmed = value.trim();
  // The default of most lists, in every run: no parser of YAML is needed for it.
  if (trimmed === '[]') return [];
  if (trimmed.startsWith('[') && trimmed.endsWith(']')) return yamlOf(trimmed);
  return trimmed
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function yamlOf(value: string): unknown {
  try {
    return parseYaml(value);
  } catch (error) {
    return refuse(`must be YAML (${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'})`);
  }
}

/** A map from names to numbers or texts, in YAML: `{a: 1, b: 2}` or one `a: 1` a line. */
export function map(label = 'a map in YAML'): InputKind<Readonly<Record<string, string | number | boolean>>> {
  return structure(label, { type: 'object' }, (value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return refuse('must be a map');
    for (const [key, entry] of Object.entries(value)) {
      if (!['string', 'number', 'boolean'].includes(typeof entry))
        refuse(`must hold texts, numbers or booleans (see ${key})`);
    }
    return value as Record<string, string | number | boolean>;
  });
}

/** Any structure of YAML; `check` throws `Refusal`, made by `refusal`, if the structure is wrong. */
export function structure<T>(label: string, schema: JsonObject, check: (value: unknown) => T): InputKind<T> {
  return { label, schema, parse: (value) => check(typeof value === 'string' ? yamlOf(value) : value) };
}

export function notAllowed(allowed: string): Refusal {
  return new Refusal(allowed);
}

/** A URL or short reference with one of the schemes, such as `dir:registry`; an unknown scheme lists the known ones. */
export function reference(schemes: readonly string[]): InputKind<string> {
  const allowed = `a URL: ${schemes.map((scheme) => (scheme.endsWith(':') ? `${scheme}…` : scheme)).join(', ')}`;
  return {
    label: allowed,
    schema: { type: 'string' },
    parse: (value) => {
      if (typeof value !== 'string') return refuse(`must be ${allowed}`);
      const trimmed = value.trim();
      const known = schemes.some((scheme) =>
        scheme.endsWith(':')
          ? trimmed.startsWith(scheme) && trimmed.length > scheme.length
          : trimmed === scheme,
      );
      return known ? trimmed : refuse(`must be ${allowed}`);
    },
  };
}
