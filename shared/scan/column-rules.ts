import { isMap } from '../contract/contract.ts';
import { type Convert, converter } from '../contract/convert.ts';
import {
  besideLimits,
  besideListed,
  isWholeMultiple,
  type Listed,
  type LongNumbers,
  listedNumbers,
  nextDouble,
} from '../contract/long-numbers.ts';
import type { PartPlace } from '../contract/row-term.ts';
import type { ColumnJudge, SchemaRules } from '../contract/schema.ts';
import type { TallyOptions } from '../contract/tally.ts';
import {
  ANNOTATIONS,
  columnKeys,
  hasPatterns,
  RULE_OF,
  referencedPart,
  rowTypes,
} from '../contract/vocabulary.ts';
import { instantMs } from '../inputs/kinds.ts';
import { isInexact } from '../profile/read.ts';
import type { Cell } from '../read/batch.ts';
import { isMissing } from '../read/missing-text.ts';
import type { Location } from '../verdict/verdict.ts';
import { type BrokenRule, BrokenRules } from './broken-rules.ts';

type Fields = Readonly<Record<string, unknown>>;

const OF_NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const OF_LENGTHS = ['minLength', 'maxLength'];
const OF_TIMES = ['formatMinimum', 'formatMaximum'];
const OF_TEXTS = [...OF_LENGTHS, 'pattern', 'format', ...OF_TIMES];

/** A contract's schema, and what is compiled of it. */
export interface SchemaOfRows {
  readonly schema: Fields;
  readonly rules: SchemaRules;
  readonly longNumbers: LongNumbers;
}

/** What doubles keep; a text of more characters may spell a number of more digits. */
const KEPT = 15;

/**
 * What a contract says of one column: the values that are surely sound are told without a string, all others by the
 * contract's own judge.
 */
export class ColumnRules {
  readonly #name: string;
  readonly #convert: Convert;
  /** Of declared texts. */
  readonly #nested: Convert;
  readonly #judge: ColumnJudge;
  readonly #broken: BrokenRules;
  readonly #long: LongNumbers;
  /** Limits of numbers, if nothing else is asked of them. */
  readonly #limits: readonly number[];
  /** Numbers that are listed, or what numbers are multiples of, if nothing else is asked of them. */
  readonly #listed: Listed | undefined;
  readonly #unit: number | undefined;
  /** Does a pattern decide that may take without end? */
  readonly patterned: boolean;
  /** Is a null sound? */
  readonly nullsFine: boolean;
  /** Does a text that spells a number become one? */
  readonly numbers: boolean;
  /** Is every text sound as it stands? */
  readonly textsFine: boolean;
  /** Texts of so many bytes are sound as they stand; NaN if their length does not tell that. */
  readonly #shortest: number;
  readonly #longest: number;
  readonly booleansFine: boolean;
  /** Are calendar dates (`YYYY-MM-DD`) sound? */
  readonly datesFine: boolean;
  /** Are instants of RFC 3339 sound? */
  readonly instantsFine: boolean;
  /** Are also those without a zone, or with a space for `T`? */
  readonly localFine: boolean;
  /** Times from `earliest` to `latest` (in milliseconds) are so. */
  readonly earliest: number;
  readonly latest: number;
  /** Numbers from `low` to `high` are sound, integers only if `integers`; NaN if all are to be judged. */
  readonly low: number;
  readonly high: number;
  readonly integers: boolean;
  readonly #sound: ReadonlySet<number> | undefined;
  /** Is every value sound? */
  readonly always: boolean;
  /** Is every text of a JSON record sound? */
  readonly jsonTextsFine: boolean;
  /** Is every boolean of a JSON record sound? */
  readonly jsonBooleansFine: boolean;
  /** May records not have it? */
  readonly unknown: boolean;
  /** What `NA` and its like are by what is declared: a missing value, a text, or what the other values tell. */
  readonly missingTexts: 'missing' | 'text' | 'open';

  constructor(name: string, { rules, schema, longNumbers }: SchemaOfRows, options: TallyOptions) {
    this.#long = longNumbers;
    const isWhole = rules.across?.whole === true;
    const keys = isWhole ? [] : columnKeys(name, schema);
    const own = ownOf(keys, schema);
    const allowed = rowTypes(name, schema);
    const stated = own.type === undefined ? undefined : [own.type].flat();
    const is = (type: string): boolean => stated === undefined || stated.includes(type);
    const keywords = Object.keys(own).filter(
      (key) =>
        key !== 'type' && !key.startsWith('x-') && !ANNOTATIONS.some((annotation) => annotation === key),
    );
    const beside = (...lists: readonly string[][]) =>
      keywords.filter((key) => !lists.some((list) => list.includes(key)));
    const booleans = allowed.has('boolean');
    this.#name = name;
    this.#convert = converter(allowed);
    this.#nested = converter(new Set([...allowed].filter((type) => type === 'array' || type === 'object')));
    this.#judge = rules.column(name);
    this.#broken = new BrokenRules(options);
    const composed = keywords.some((keyword) => RULE_OF[keyword] === undefined);
    this.patterned =
      own.format === 'url' ||
      (own.pattern !== undefined && !isLinear(String(own.pattern))) ||
      (composed && hasPatterns(schema));
    this.numbers = allowed.has('integer') || allowed.has('number');
    const always = keywords.length === 0 && stated === undefined;
    this.always = always;
    this.unknown = schema.additionalProperties === false && keys.length === 0 && !isWhole;
    this.missingTexts = missingTextsOf(allowed, own);
    this.nullsFine = is('null') && beside(OF_NUMBERS, OF_TEXTS).length === 0;
    const texts = beside(OF_NUMBERS);
    this.jsonTextsFine = always || (is('string') && texts.length === 0);
    this.jsonBooleansFine = always || (is('boolean') && beside(OF_NUMBERS, OF_TEXTS).length === 0);
    const converted = this.numbers || booleans || allowed.has('array') || allowed.has('object');
    this.textsFine = always || (!converted && is('string') && texts.length === 0);
    const onlyLengths = !converted && is('string') && beside(OF_NUMBERS, OF_LENGTHS).length === 0;
    const [shortest = 0, longest = Number.POSITIVE_INFINITY] = OF_LENGTHS.map((key) => own[key]);
    this.#shortest = onlyLengths ? bytesOf(Number(shortest)) : Number.NaN;
    this.#longest = Number(longest);
    this.booleansFine =
      this.textsFine || (booleans && is('boolean') && beside(OF_NUMBERS, OF_TEXTS).length === 0);
    const onlyFormat = !converted && is('string') && beside(OF_NUMBERS, OF_TIMES).join() === 'format';
    this.datesFine = this.textsFine || (onlyFormat && own.format === 'date');
    this.instantsFine = this.textsFine || (onlyFormat && TIMES_OF.includes(own.format));
    this.localFine = this.textsFine || (onlyFormat && own.format === 'iso-date-time');
    const [earliest, latest] = OF_TIMES.map((key) => instantMs(String(own[key] ?? '')));
    this.earliest = Number.isNaN(earliest) ? Number.NEGATIVE_INFINITY : Number(earliest);
    this.latest = Number.isNaN(latest) ? Number.POSITIVE_INFINITY : Number(latest);
    const bound = (key: string, otherwise: number): number =>
      typeof own[key] === 'number' ? (own[key] as number) : otherwise;
    const isOrdered = beside(OF_NUMBERS.slice(0, 4), OF_TEXTS).length === 0;
    const limits = OF_NUMBERS.slice(0, 4).flatMap((key) =>
      typeof own[key] === 'number' ? [own[key] as number] : [],
    );
    this.#limits = isOrdered ? limits : [];
    const only = beside(OF_TEXTS).join();
    const values = only === 'enum' && Array.isArray(own.enum) ? own.enum : [own.const];
    const listed = only === 'enum' || only === 'const' ? listedNumbers(values, longNumbers) : undefined;
    this.#listed = listed?.long.length === 0 ? undefined : listed;
    this.#unit = only === 'multipleOf' && typeof own.multipleOf === 'number' ? own.multipleOf : undefined;
    const isLong = this.#limits.some((limit) => this.#long.has(limit));
    const others = beside(OF_NUMBERS.slice(0, 4), OF_TEXTS);
    const numeric = is('number') || is('integer');
    this.integers = !is('number');
    this.low =
      others.length > 0 || !numeric || isLong
        ? Number.NaN
        : Math.max(bound('minimum', -Infinity), nextDouble(bound('exclusiveMinimum', -Infinity), 1));
    this.high = Math.min(bound('maximum', Infinity), nextDouble(bound('exclusiveMaximum', Infinity), -1));
    this.#sound = only === 'enum' && is('number') && this.#listed === undefined ? listed?.all : undefined;
  }

  /** Is the number one of the allowed ones, if they are listed? */
  isListed(value: number): boolean {
    return this.#sound?.has(value) === true;
  }

  /** Is a text of so many bytes surely sound? */
  isSoundLength(bytes: number): boolean {
    return bytes >= this.#shortest && bytes <= this.#longest;
  }

  /** Does a declared text break no rule? Notes nothing. */
  isSoundText(text: string): boolean {
    return this.#judge(this.#nested(text)).length === 0;
  }

  /** Judges a declared text, which is not a number or a boolean but may hold a nested value. */
  judgeTyped(text: string | null, row: number, placeOf: () => Location): boolean {
    return this.judgeValue(this.#nested(text), row, placeOf);
  }

  /** Does a cell break no rule? Notes nothing. */
  isSound(cell: Cell): boolean {
    const value = this.#convert(cell);
    return this.#judge(typeof cell === 'string' ? this.#beside(value, cell) : value).length === 0;
  }

  /** Judges a cell; is it broken? Its place is made only if it is. */
  judge(cell: Cell, row: number, placeOf: () => Location): boolean {
    return this.judgeValue(this.#convert(cell), row, placeOf, typeof cell === 'string' ? cell : undefined);
  }

  /**
   * Judges the value of a JSON record.
   *
   * @param text as it is written, if it may be a number of more digits than its double.
   */
  judgeValue(json: unknown, row: number, placeOf: () => Location, text?: string): boolean {
    const value = text === undefined ? json : this.#beside(json, text);
    const violations = this.#judge(value);
    if (violations.length === 0) return false;
    const at = placeOf();
    const digits =
      typeof json === 'number' && text !== undefined && (value !== json || isInexact(json, text))
        ? { digits: text }
        : {};
    for (const violation of violations) this.#broken.note({ ...violation, ...digits }, row, at);
    return true;
  }

  /** The value, or a double beside it that lies to the limits as all of its digits do. */
  #beside(value: unknown, text: string): unknown {
    if (typeof value !== 'number' || text.length <= KEPT) return value;
    if (this.#listed !== undefined) return besideListed(value, text, this.#listed, this.#long);
    if (this.#unit !== undefined) {
      const whole = isWholeMultiple(text, this.#unit);
      // Any number that is a multiple as this one is.
      return whole === undefined ? value : whole ? 0 : this.#unit + 1;
    }
    if (this.#limits.length === 0) return value;
    return besideLimits(value, text, this.#limits, this.#long);
  }

  /** Notes that a record lacks the member, or has one that it may not have. */
  note(rule: 'column.missing' | 'column.unknown', row: number, at: Location): void {
    this.#broken.note({ rule, column: this.#name }, row, at);
  }

  /** The rules that were broken. */
  get broken(): readonly BrokenRule[] {
    return this.#broken.all;
  }

  /** Adds what another has found in later rows. */
  merge(later: readonly BrokenRule[], part: PartPlace): void {
    this.#broken.merge(later, part);
  }
}

/** So many bytes of UTF-8 are surely so many characters. */
function bytesOf(characters: number): number {
  return characters <= 1 ? characters : 4 * characters;
}

const TIMES: readonly unknown[] = ['date', 'date-time', 'iso-date-time', 'time'];
const TIMES_OF: readonly unknown[] = ['date-time', 'iso-date-time'];

/** In a column of numbers or times, `NA` is a missing value, unless it is listed. */
function missingTextsOf(allowed: ReadonlySet<string>, own: Fields): ColumnRules['missingTexts'] {
  const listed = [own.enum, own.const].flat().some((value) => typeof value === 'string' && isMissing(value));
  if (listed || (allowed.has('string') && !TIMES.includes(own.format))) return 'text';
  return allowed.has('string') || allowed.has('number') || allowed.has('integer') ? 'missing' : 'open';
}

/** A schema of which no value is surely sound. */
const UNSURE: Fields = { not: {} };

/** One schema that means the same as those of a column, if there are no others beside it. */
function ownOf(keys: readonly (readonly string[])[], root: Fields): Fields {
  const [only] = keys;
  if (only === undefined) return {};
  let schema: unknown = root;
  for (const key of only) schema = isMap(schema) ? schema[key] : undefined;
  return keys.length === 1 ? simplified(schema, root, 0) : UNSURE;
}

/** A schema without what code generators write around it: a reference, one alternative, null as another one. */
function simplified(schema: unknown, root: Fields, depth: number): Fields {
  if (schema === true) return {};
  if (!isMap(schema) || depth > 5) return UNSURE;
  const stated = Object.keys(schema).filter(
    (key) => !key.startsWith('x-') && !ANNOTATIONS.some((annotation) => annotation === key),
  );
  const [keyword] = stated;
  if (keyword === undefined || stated.length > 1) return schema;
  const rule = schema[keyword];
  if (keyword === '$ref' && typeof rule === 'string' && rule.startsWith('#/'))
    return simplified(referencedPart(rule, root), root, depth + 1);
  if (!['allOf', 'anyOf', 'oneOf'].includes(keyword) || !Array.isArray(rule)) return schema;
  const isNull = (part: unknown) => isMap(part) && part.type === 'null' && Object.keys(part).length === 1;
  const others = rule.filter((part) => !isNull(part));
  const own = others.length === 1 ? simplified(others[0], root, depth + 1) : undefined;
  if (own === undefined || (keyword === 'allOf' && rule.length > 1)) return schema;
  if (rule.length === 1) return own;
  // A value is null or keeps the other schema, which must let none pass.
  const types = [own.type ?? []].flat();
  if (rule.length > 2 || types.length === 0 || types.includes('null') || 'const' in own) return schema;
  return {
    ...own,
    type: [...types, 'null'],
    ...(Array.isArray(own.enum) ? { enum: [...own.enum, null] } : {}),
  };
}

/**
 * Does a pattern surely end in time that grows with the text's length only? It is tied to the start, without groups
 * and references, and repeats or leaves out in one place at most: nothing to go back to more than once a character.
 */
export function isLinear(pattern: string): boolean {
  if (!pattern.startsWith('^')) return false;
  const plain = pattern.replaceAll(/\\[^1-9kpPu]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  if (/[()|\\]/.test(plain)) return false;
  return (plain.match(/[*+?]|\{\d+,/g) ?? []).length <= 1;
}
