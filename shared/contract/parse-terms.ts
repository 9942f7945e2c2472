import { readInstant } from '../inputs/instant.ts';
import { duration } from '../inputs/kinds.ts';
import { suggestion } from '../problem/nearest.ts';
import type { Problem } from '../problem/problem.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import {
  type Amount,
  amountOf,
  type CheckGrade,
  COUNTED_CHECKS,
  GRADED_CHECKS,
  type Grade,
  type Severity,
  STRICT,
} from './grade.ts';
import {
  type ColumnOrder,
  type ColumnStatistic,
  type ColumnTerms,
  type ForeignKey,
  type Freshness,
  type MostCommon,
  OPERATORS,
  type OrderOperator,
  type RowRule,
  STATISTICS,
  type TableRules,
  type TimeRange,
  type UniqueRule,
} from './terms.ts';

type Path = readonly string[];
type Place = (path: Path) => string;

const OWN = 'x-ml-loop';
const GRADED = ['severity', 'tolerance'];
const MISSING = 'missing-values';
const ROOT = [
  ...['key', 'unique', 'foreign-keys', 'rows', 'freshness', 'columns', 'rules', 'checks', MISSING],
  ...GRADED,
];
const FIGURES = [...STATISTICS, 'quantiles', 'increasing', 'decreasing', 'contains', 'most-common'];
const COLUMN = ['drift', MISSING, ...GRADED, ...FIGURES, 'keywords'];
/** Statistics are of the whole column: out of its range, one counts as one, whatever the rows. */
const OF_TABLE = FIGURES.filter((name) => name !== 'increasing' && name !== 'decreasing');

/** Reads the vocabulary `x-ml-loop` of a contract; everything wrong in it goes into `problems`. */
export function parseTerms(schema: DocumentMap, place: Place, problems: Problem[]): TableRules {
  return new TermsParser(place, problems).table(schema);
}

interface ParsedColumn {
  readonly own: ColumnTerms;
  readonly drift: boolean;
  readonly missing: readonly string[] | undefined;
}

class TermsParser {
  readonly #place: Place;
  readonly #problems: Problem[];

  constructor(place: Place, problems: Problem[]) {
    this.#place = place;
    this.#problems = problems;
  }

  table(schema: DocumentMap): TableRules {
    const path = [OWN];
    const own = this.#map(schema[OWN], path, ROOT);
    const grade = this.#grade(own, path, STRICT);
    const rows = this.#map(own.rows, [...path, 'rows'], ['min', 'max']);
    for (const [name, value] of Object.entries(rows)) {
      if (Number.isSafeInteger(value) && Number(value) >= 0) continue;
      if (name === 'min' || name === 'max') this.#wrong('is not a number of rows', [...path, 'rows', name]);
    }
    const key = own.key === undefined ? [] : this.#columnNames(own.key, [...path, 'key']);
    const columns = this.#map(own.columns, [...path, 'columns'], ['order']);
    const freshness = this.#freshness(own.freshness, [...path, 'freshness']);
    const properties = isMap(schema.properties) ? Object.entries(schema.properties) : [];
    const terms = properties.flatMap(([name, property]) => {
      if (!isMap(property) || property[OWN] === undefined) return [];
      return [[name, this.#column(property, ['properties', name], grade)] as const];
    });
    return {
      key,
      rows: rows as TableRules['rows'],
      notCompared: terms.filter(([, { drift }]) => !drift).map(([name]) => name),
      missing: this.#missing(own, path, terms),
      unique: this.#list(own.unique, [...path, 'unique'], (one, at) => this.#unique(one, at, grade)),
      foreignKeys: this.#list(own['foreign-keys'], [...path, 'foreign-keys'], (one, at) =>
        this.#foreignKey(one, at, grade),
      ),
      ...(freshness === undefined ? {} : { freshness }),
      order: this.#flag(columns.order, [...path, 'columns', 'order'], false),
      rules: this.#list(own.rules, [...path, 'rules'], (one, at, index) => this.#rule(one, at, grade, index)),
      grade,
      checks: this.#checks(own.checks, [...path, 'checks']),
      columns: new Map(terms.map(([name, { own: ofColumn }]) => [name, ofColumn])),
    };
  }

  #checks(value: unknown, path: Path): ReadonlyMap<string, CheckGrade> {
    const grades = Object.entries(this.#map(value, path)).map(([id, own]): [string, CheckGrade] => {
      const at = [...path, id];
      if (!GRADED_CHECKS.test(id))
        this.#wrong(
          'is not a check of files, the table or its integrity',
          at,
          'take an id of docs/checks.md',
        );
      const { tolerance, ...stated } = this.#map(own, at, GRADED);
      if (tolerance !== undefined && !COUNTED_CHECKS.includes(id))
        this.#wrong('has no tolerance, because it does not count rows', at, 'give it a severity');
      const grade = this.#grade({ tolerance, ...stated }, at, STRICT);
      return [id, stated.severity === undefined ? { tolerance: grade.tolerance } : grade];
    });
    return new Map(grades);
  }

  #unique(value: unknown, path: Path, base: Grade): UniqueRule | undefined {
    const at = pathText(path);
    if (!isMap(value)) return { columns: this.#columnNames(value, path), grade: base, path: at };
    const own = this.#map(value, path, ['columns', ...GRADED]);
    const columns = this.#columnNames(own.columns, [...path, 'columns']);
    return { columns, grade: this.#grade(own, path, base), path: at };
  }

  #foreignKey(value: unknown, path: Path, base: Grade): ForeignKey | undefined {
    const own = this.#map(value, path, ['columns', 'file', 'references', ...GRADED]);
    if (!isMap(value)) return undefined;
    const columns = this.#columnNames(own.columns, [...path, 'columns']);
    const references =
      own.references === undefined ? columns : this.#columnNames(own.references, [...path, 'references']);
    if (columns.length !== references.length)
      this.#wrong(`has ${references.length} columns for ${columns.length}`, [...path, 'references']);
    const file = this.#text(own.file, [...path, 'file']);
    return { columns, file, references, grade: this.#grade(own, path, base), path: pathText(path) };
  }

  #freshness(value: unknown, path: Path): Freshness | undefined {
    if (value === undefined) return undefined;
    const own = this.#map(value, path, ['column', 'max-age']);
    if (!isMap(value)) return undefined;
    const column = this.#text(own.column, [...path, 'column']);
    const maxAge = own['max-age'];
    try {
      return { column, maxAgeMs: duration().parse(maxAge), maxAge: String(maxAge) };
    } catch {
      return this.#wrong('is not a duration', [...path, 'max-age'], 'write one such as 2d, 6h or 1h30m');
    }
  }

  #rule(value: unknown, path: Path, base: Grade, index: number): RowRule | undefined {
    const own = this.#map(value, path, ['name', 'when', 'compare', 'schema', 'sum', 'equals', ...GRADED]);
    if (!isMap(value)) return undefined;
    const name = own.name === undefined ? `rule ${index + 1}` : this.#text(own.name, [...path, 'name']);
    if (own.when !== undefined && !isMap(own.when)) this.#wrong('is not JSON Schema', [...path, 'when']);
    const when = isMap(own.when) ? { when: own.when } : {};
    const common = { name, grade: this.#grade(own, path, base), path: pathText(path), ...when };
    const kinds = ['compare', 'schema', 'sum'].filter((kind) => own[kind] !== undefined);
    if (kinds.length !== 1) {
      return this.#wrong('is not one rule', path, 'give it one of: compare, schema, sum with equals');
    }
    if (own.equals !== undefined && own.sum === undefined)
      this.#wrong('belongs to a sum', [...path, 'equals']);
    if (own.compare !== undefined) return this.#comparison(own.compare, [...path, 'compare'], common);
    if (own.schema !== undefined) {
      const { schema } = own;
      if (isMap(schema) || typeof schema === 'boolean') return { ...common, kind: 'schema', schema };
      return this.#wrong('is not JSON Schema', [...path, 'schema']);
    }
    const sum = this.#columnNames(own.sum, [...path, 'sum']);
    const { equals } = own;
    if (
      (typeof equals === 'number' && Number.isFinite(equals)) ||
      (typeof equals === 'string' && equals !== '')
    )
      return { ...common, kind: 'sum', sum, equals };
    return this.#wrong('is neither a number nor a column', [...path, 'equals']);
  }

  #comparison(
    value: unknown,
    path: Path,
    common: { readonly name: string; readonly grade: Grade; readonly path: string },
  ): RowRule | undefined {
    const [left, operator, right] = Array.isArray(value) && value.length === 3 ? (value as unknown[]) : [];
    if (typeof left !== 'string' || typeof right !== 'string')
      return this.#wrong('is not [column, operator, column]', path);
    const known = OPERATORS.find((one) => one === operator);
    if (known === undefined)
      return this.#wrong(
        'does not have such an operator',
        [...path, '1'],
        `use one of: ${OPERATORS.join(' ')}`,
      );
    return { ...common, kind: 'compare', left, operator: known satisfies OrderOperator, right };
  }

  #column(property: DocumentMap, at: Path, base: Grade): ParsedColumn {
    const path = [...at, OWN];
    const own = this.#map(property[OWN], path, COLUMN);
    const grade = this.#grade(own, path, base);
    const keywords = this.#map(own.keywords, [...path, 'keywords']);
    const grades = Object.entries(keywords).map(([name, value]): [string, Grade] => {
      const where = [...path, 'keywords', name];
      const stated = Object.keys(property).concat(Object.keys(own));
      if (!stated.includes(name))
        this.#wrong(
          `gives a severity or tolerance to ${name}, which the column does not have`,
          where,
          suggestion(name, stated),
        );
      const fields = this.#map(value, where, GRADED);
      const graded = this.#grade(fields, where, grade);
      if (fields.tolerance !== undefined && graded.tolerance.share && OF_TABLE.includes(name))
        this.#wrong('is not a share of rows', [...where, 'tolerance'], `widen ${name} itself`);
      const none = fields.tolerance === undefined && OF_TABLE.includes(name);
      return [name, none ? { ...graded, tolerance: STRICT.tolerance } : graded];
    });
    const terms: ColumnTerms = {
      grade,
      keywords: new Map(grades),
      statistics: this.#statistics(own, path),
      orders: (['increasing', 'decreasing'] as const).flatMap((name) => this.#order(own[name], name, path)),
      contains: this.#values(own.contains, [...path, 'contains']),
      mostCommon: this.#mostCommon(own['most-common'], [...path, 'most-common']),
    };
    return {
      own: terms,
      drift: this.#flag(own.drift, [...path, 'drift'], true),
      missing: this.#texts(own[MISSING], [...path, MISSING]),
    };
  }

  #missing(
    own: DocumentMap,
    path: Path,
    columns: readonly (readonly [string, ParsedColumn])[],
  ): TableRules['missing'] {
    const named = columns.flatMap(([name, { missing }]) => (missing === undefined ? [] : [[name, missing]]));
    const elsewhere = this.#texts(own[MISSING], [...path, MISSING]);
    return {
      ...(named.length === 0 ? {} : { missingValues: Object.fromEntries(named) }),
      ...(elsewhere === undefined ? {} : { missingElsewhere: elsewhere }),
    };
  }

  /** Texts, or numbers as they are written. */
  #texts(value: unknown, path: Path): readonly string[] | undefined {
    if (value === undefined) return undefined;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isText = (one: unknown): boolean =>
      typeof one === 'string' || typeof one === 'number' || one === null;
    if (list.every(isText)) return list.map(String);
    this.#wrong(
      'is not a list of texts',
      path,
      'write what stands for a missing value, such as [NA, "-999"]',
    );
    return undefined;
  }

  #statistics(own: DocumentMap, path: Path): ColumnStatistic[] {
    const plain = STATISTICS.filter((name) => own[name] !== undefined).map((name): ColumnStatistic => {
      const times = EXTREMES.includes(name) ? timesOf(own[name]) : undefined;
      if (times !== undefined) return { name, times };
      return { name, ...this.#range(own[name], [...path, name], LIMITS[name] ?? aNumber) };
    });
    const quantiles = this.#map(own.quantiles, [...path, 'quantiles']);
    const ofProbability = Object.entries(quantiles).map(([probability, value]): ColumnStatistic => {
      const at = [...path, 'quantiles', probability];
      const number = probability.trim() === '' ? Number.NaN : Number(probability);
      if (!(number >= 0 && number <= 1)) this.#wrong('is not a probability from 0 to 1', at);
      return { name: 'quantiles', probability, ...this.#range(value, at, aNumber) };
    });
    return [...plain, ...ofProbability];
  }

  #order(value: unknown, direction: ColumnOrder['direction'], path: Path): ColumnOrder[] {
    if (value === undefined || value === false) return [];
    if (value !== true && value !== 'strict') this.#wrong('is neither true nor strict', [...path, direction]);
    return [{ direction, strict: value === 'strict' }];
  }

  #range(value: unknown, path: Path, limit: Limit): { readonly min?: Amount; readonly max?: Amount } {
    const own = this.#map(value, path, ['min', 'max']);
    if (isMap(value) && own.min === undefined && own.max === undefined)
      this.#wrong('has neither min nor max', path);
    const found = (['min', 'max'] as const).flatMap((name) => {
      if (own[name] === undefined) return [];
      const amount = limit.read(own[name]);
      if (amount === undefined) this.#wrong(`is not ${limit.what}`, [...path, name]);
      return amount === undefined ? [] : [[name, amount] as const];
    });
    return Object.fromEntries(found);
  }

  #grade(own: DocumentMap, path: Path, base: Grade): Grade {
    const { severity, tolerance } = own;
    const known: readonly unknown[] = ['warn', 'error'];
    if (severity !== undefined && !known.includes(severity))
      this.#wrong('is neither warn nor error', [...path, 'severity']);
    const amount = tolerance === undefined ? base.tolerance : amountOf(tolerance);
    if (amount === undefined) this.#wrong(`is not ${AMOUNT}`, [...path, 'tolerance']);
    return {
      severity: severity === undefined ? base.severity : (severity as Severity),
      tolerance: amount ?? base.tolerance,
    };
  }

  #values(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined) return [];
    const scalar = (one: unknown) => one === null || ['string', 'number', 'boolean'].includes(typeof one);
    if (Array.isArray(value) && value.length > 0 && value.every(scalar)) return value as unknown[];
    this.#wrong('is not a list of values', path);
    return [];
  }

  #mostCommon(value: unknown, path: Path): MostCommon {
    if (!isMap(value)) return { values: this.#values(value, path), ties: true };
    const own = this.#map(value, path, ['values', 'ties']);
    if (own.values === undefined) this.#wrong('names no values', path);
    const values = this.#values(own.values, [...path, 'values']);
    return { values, ties: this.#flag(own.ties, [...path, 'ties'], true) };
  }

  #columnNames(value: unknown, path: Path): readonly string[] {
    const names = typeof value === 'string' ? [value] : value;
    const sound = Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '');
    if (sound && (names.length > 0 || path.at(-1) === 'key') && new Set(names).size === names.length)
      return names as string[];
    this.#wrong('is neither a column nor a list of columns', path);
    return [];
  }

  #list<T>(
    value: unknown,
    path: Path,
    one: (value: unknown, path: Path, index: number) => T | undefined,
  ): T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#wrong('is not a list', path);
      return [];
    }
    return (value as unknown[]).flatMap((entry, index) => one(entry, [...path, String(index)], index) ?? []);
  }

  #flag(value: unknown, path: Path, otherwise: boolean): boolean {
    if (value === undefined) return otherwise;
    if (typeof value !== 'boolean') this.#wrong('is neither true nor false', path);
    return value === true;
  }

  #text(value: unknown, path: Path): string {
    if (typeof value === 'string' && value !== '') return value;
    this.#wrong('is not a text', path);
    return '';
  }

  /** The members of an optional map, of which only the known ones may be there. */
  #map(value: unknown, path: Path, known?: readonly string[]): DocumentMap {
    if (value === undefined) return {};
    if (!isMap(value)) {
      this.#wrong('is not a map', path, known && `it may hold: ${known.join(', ')}`);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (known === undefined || known.includes(key)) continue;
      this.#problems.push({
        what: `${pathText(path)} has no ${key}`,
        where: this.#place([...path, key]),
        fix: suggestion(key, known),
      });
    }
    return value;
  }

  #wrong(what: string, path: Path, fix?: string): undefined {
    const problem = { what: `${pathText(path)} ${what}`, where: this.#place(path) };
    this.#problems.push(fix === undefined ? problem : { ...problem, fix });
    return undefined;
  }
}

const AMOUNT = 'a number of rows (3) or a share of them (1%)';

interface Limit {
  readonly read: (value: unknown) => Amount | undefined;
  readonly what: string;
}

const aNumber: Limit = {
  read: (value) =>
    typeof value === 'number' && Number.isFinite(value) ? { value, share: false } : undefined,
  what: 'a number',
};

const aNumberOrTime: Limit = { ...aNumber, what: 'a number, or an ISO 8601 time as the other limit is' };

const EXTREMES: readonly string[] = ['min-value', 'max-value'];

/** The limits of a first or last time; undefined if any of them is anything else. */
function timesOf(value: unknown): TimeRange | undefined {
  if (!isMap(value)) return undefined;
  const { min, max, ...others } = value;
  const limits = [min, max].filter((limit) => limit !== undefined);
  const isTime = (limit: unknown) => typeof limit === 'string' && readInstant(limit) !== undefined;
  if (limits.length === 0 || !limits.every(isTime) || Object.keys(others).length > 0) return undefined;
  return value as TimeRange;
}

const LIMITS: Readonly<Record<string, Limit>> = {
  'min-value': aNumberOrTime,
  'max-value': aNumberOrTime,
  nulls: { read: amountOf, what: AMOUNT },
  distinct: {
    read: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? aNumber.read(value) : undefined),
    what: 'a number of values',
  },
  'distinct-share': {
    read: (value) => {
      const amount = value === 1 ? { value: 1, share: true } : amountOf(value);
      return amount !== undefined && (amount.share || amount.value === 0) ? amount : undefined;
    },
    what: 'a share such as 5% or 0.05',
  },
};

/** A place in the contract, as messages and fixes name it: `x-ml-loop.rules[2].compare`. */
function pathText(path: Path): string {
  return path
    .map((key, index) =>
      /^\d+$/.test(key) && path[0] === OWN ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`,
    )
    .join('');
}
