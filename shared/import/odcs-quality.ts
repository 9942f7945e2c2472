import { type DocumentMap, ownMember } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import type { Builder } from './builder.ts';
import type { DocumentReader, Path } from './document.ts';
import { type LimitRange, type RuleGrade, step } from './numbers.ts';
import { portable } from './regex.ts';

interface Place {
  /** The column that the rules are of; undefined for those of the object. */
  readonly column: string | undefined;
  /** Columns by the names of their properties. */
  readonly known: ReadonlyMap<string, string>;
}

const OPERATORS = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
];
const SILENT = [
  'type',
  'metric',
  'rule',
  'arguments',
  'unit',
  'name',
  'description',
  'dimension',
  'severity',
  'id',
];
const NO_CHECK = [
  'businessImpact',
  'method',
  'tags',
  'customProperties',
  'authoritativeDefinitions',
  'scheduler',
  'schedule',
];
const METRICS = ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'];
/** Rules of 3.0 that ask for no broken value if they have no operator. */
const BARE = ['validValues', 'nullCheck'];
/** The names of 3.0 for the metrics of 3.1. */
const RENAMED: Readonly<Record<string, string>> = {
  duplicateCount: 'duplicateValues',
  validValues: 'invalidValues',
  nullCount: 'nullValues',
  nullCheck: 'nullValues',
};

/** The quality rules of a property or an object: metrics of the library; SQL, texts and those of other tools are told. */
export function carryQuality(builder: Builder, value: unknown, path: Path, place: Place): void {
  const { reading } = builder;
  reading.list(value, path).forEach((entry, index) => {
    const at = [...path, String(index)];
    const rule = reading.map(entry, at);
    const type = String(rule.type ?? 'library');
    const name = [rule.name, rule.description].find((text) => typeof text === 'string') as string | undefined;
    if (type !== 'library') {
      const fix = type === 'sql' ? 'write it as a rule in x-ml-loop.rules' : undefined;
      reading.lost(`a quality rule of type ${type}${name === undefined ? '' : ` (${name})`}`, at, fix);
      return;
    }
    const given = rule.metric ?? rule.rule;
    if (typeof given !== 'string') {
      reading.wrong('a quality rule has no metric', at);
      return;
    }
    const bare = BARE.includes(given) && OPERATORS.every((key) => isAbsent(rule[key]));
    const whole = bare ? { ...rule, mustBe: 0 } : rule;
    const metric = ownMember(RENAMED, given) ?? given;
    const reason = carryMetric({ builder, reading, rule: whole, metric, at, place });
    if (reason !== undefined) reading.lost(`the quality rule ${given}: ${reason}`, at);
  });
}

interface Call {
  readonly builder: Builder;
  readonly reading: DocumentReader;
  readonly rule: DocumentMap;
  readonly metric: string;
  readonly at: Path;
  readonly place: Place;
}

function carryMetric(call: Call): string | undefined {
  const { builder, reading, rule, metric, at, place } = call;
  if (!METRICS.includes(metric)) return 'the metric is not known';
  const args = reading.map(rule.arguments, [...at, 'arguments']);
  // The standard's own example has `pattern` beside `arguments`.
  const argument = (key: string): unknown => args[key] ?? rule[key];
  const strange = Object.keys(rule).filter(
    (key) =>
      ![
        ...SILENT,
        ...NO_CHECK,
        ...OPERATORS,
        'validValues',
        'missingValues',
        'pattern',
        'properties',
      ].includes(key),
  );
  if (strange.length > 0) return `${strange.join(', ')} is not known here`;
  const unit = String(rule.unit ?? 'rows').toLowerCase();
  if (unit !== 'rows' && unit !== 'row' && unit !== 'percent' && unit !== '%') return `the unit ${unit}`;
  const inPercent = unit === 'percent' || unit === '%';
  const range = rangeOf(reading, rule, at, inPercent);
  if (typeof range === 'string') return range;
  const severity: RuleGrade = /^(info|informational|warn|warning|low|minor|trivial)$/i.test(
    String(rule.severity ?? ''),
  )
    ? { severity: 'warn' }
    : {};
  const { column } = place;
  if (metric === 'rowCount') {
    if (inPercent) return 'the unit percent';
    const carried = builder.rows(range as { min?: number; max?: number }, severity.severity);
    return carried ? undefined : 'a row count of another severity is there already';
  }
  // Missing is what is null, if no list says more.
  if (metric === 'nullValues' || (metric === 'missingValues' && isAbsent(argument('missingValues'))))
    return column === undefined ? 'it names no property' : nulls(builder, column, range, severity, at);
  const min = typeof range.min === 'string' ? Number.parseFloat(range.min) : (range.min ?? 0);
  if (min > 0) return 'it asks for broken rows';
  const grade: RuleGrade = { ...severity, ...(isZero(range.max) ? {} : { tolerance: range.max ?? '100%' }) };
  if (metric === 'duplicateValues') {
    const named = reading.texts(argument('properties'), [...at, 'arguments', 'properties']);
    const columns = column === undefined ? named.map((name) => place.known.get(name) ?? name) : [column];
    if (columns.length === 0) return 'it names no properties';
    const strange = columns.filter((name) => !builder.has(name));
    if (strange.length > 0) {
      reading.wrong(`${strange.join(', ')} is not a property`, [...at, 'arguments', 'properties']);
      return undefined;
    }
    builder.unique(columns, grade);
    return undefined;
  }
  if (column === undefined) return 'it names no property';
  const what = `${metric} of ${column}`;
  if (metric === 'missingValues') {
    const values = argument('missingValues');
    if (!Array.isArray(values) || values.length === 0) return 'missingValues is not a list of values';
    builder.keywords(column, { not: { enum: [...new Set(values as Json[])] } }, grade, what, at);
    return undefined;
  }
  return invalid(call, argument, grade, column, what);
}

function invalid(
  { builder, at }: Call,
  argument: (key: string) => unknown,
  grade: RuleGrade,
  column: string,
  what: string,
): string | undefined {
  const values = argument('validValues');
  const pattern = argument('pattern');
  if (values !== undefined && (!Array.isArray(values) || values.length === 0))
    return 'validValues is not a list of values';
  const own = typeof pattern === 'string' ? portable(pattern, 'ecma') : undefined;
  if (pattern !== undefined && own === undefined) return 'its pattern cannot be read here';
  if (values === undefined && own === undefined) return 'it has neither validValues nor a pattern';
  const keywords = {
    ...(values === undefined ? {} : { enum: [...new Set(values as Json[])] }),
    ...(own === undefined ? {} : { pattern: own }),
  };
  builder.keywords(column, keywords, grade, what, at);
  return undefined;
}

function nulls(
  builder: Builder,
  column: string,
  range: LimitRange,
  grade: RuleGrade,
  at: Path,
): string | undefined {
  builder.require(column);
  if (isZero(range.max) && (range.min === undefined || isZero(range.min)))
    builder.column(column).notNull(grade);
  else builder.aggregate(column, 'nulls', range, grade, at);
  return undefined;
}

function isZero(value: number | string | undefined): boolean {
  return value === 0 || value === '0%';
}

/** What the operators allow: whole counts of rows, or shares. */
function rangeOf(
  reading: DocumentReader,
  rule: DocumentMap,
  path: Path,
  inPercent: boolean,
): LimitRange | string {
  const used = OPERATORS.filter((key) => !isAbsent(rule[key]));
  if (used.length === 0) return 'it has no operator such as mustBe';
  const scale = inPercent ? 100 : 1;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const key of used) {
    const at = [...path, key];
    const numbers = ([rule[key]].flat() as unknown[]).map(
      (one) => (reading.number(one, at) ?? Number.NaN) / scale,
    );
    if (numbers.length !== (key.endsWith('Between') ? 2 : 1)) {
      reading.wrong(`${key} needs ${key.endsWith('Between') ? 'two numbers' : 'one number'}`, at);
    }
    const [first = Number.NaN, second = Number.NaN] = numbers;
    const found = allowedBy(key, first, second, inPercent);
    if (found === undefined) return `${key} is not a range`;
    [low, high] = [Math.max(low, found[0]), Math.min(high, found[1])];
  }
  if (Number.isNaN(low) || Number.isNaN(high)) return {};
  if (!inPercent) [low, high] = [Math.ceil(low), Math.floor(high)];
  if (high < 0 || low > high) {
    reading.wrong(`${used.join(', ')}: no number of rows is in this range`, path);
    return { max: 0 };
  }
  const written = (value: number): number | string => (inPercent ? shareOf(value) : value);
  return {
    ...(low > 0 ? { min: written(low) } : {}),
    ...(high < Number.POSITIVE_INFINITY && !(inPercent && high >= 1) ? { max: written(high) } : {}),
  };
}

/** The least and the most that an operator allows; undefined if that is no one range of numbers from 0 on. */
function allowedBy(
  key: string,
  first: number,
  second: number,
  inPercent: boolean,
): readonly [number, number] | undefined {
  const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const above = (value: number) => (inPercent ? step(value, 1) : Math.floor(value) + 1);
  const below = (value: number) => (inPercent ? step(value, -1) : Math.ceil(value) - 1);
  switch (key) {
    case 'mustBe':
      return [first, first];
    case 'mustBeGreaterThan':
      return [above(first), most];
    case 'mustBeGreaterOrEqualTo':
      return [first, most];
    case 'mustBeLessThan':
      return [least, below(first)];
    case 'mustBeLessOrEqualTo':
      return [least, first];
    case 'mustBeBetween':
      return [first, second];
    case 'mustNotBe':
      return first > 0 ? undefined : [first < 0 ? least : above(0), most];
    default:
      return first > 0 ? undefined : [second < 0 ? least : above(second), most];
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** A share as per cent if that is exact; a limit that is just outside stays a number. */
function shareOf(share: number): number | string {
  const text = `${share * 100}%`;
  return share === 0 || (text.length < 12 && Number.parseFloat(text) / 100 === share) ? text : share;
}
