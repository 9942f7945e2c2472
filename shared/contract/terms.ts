import type { NamedMissing } from '../read/dialect.ts';
import type { DocumentMap } from '../schema/map.ts';
import { type Amount, type CheckGrade, type Grade, STRICT } from './grade.ts';

/** What the vocabulary `x-ml-loop` says about a table, beside the rows' schema. */
export interface TableRules {
  /** Columns whose values together are unique and not null; empty if there is no key. */
  readonly key: readonly string[];
  readonly rows: { readonly min?: number; readonly max?: number };
  /** Columns that are not compared with a reference (`x-ml-loop: {drift: false}` of a property). */
  readonly notCompared: readonly string[];
  /** What stands for null in texts beside the empty field (`missing-values`). */
  readonly missing: NamedMissing;
  readonly unique: readonly UniqueRule[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly freshness?: Freshness;
  /** Do the columns come in the order of `properties`? */
  readonly order: boolean;
  readonly rules: readonly RowRule[];
  /** The default of all rules. */
  readonly grade: Grade;
  /** By the id of a check of files, the table or its integrity, what it says of that check. */
  readonly checks: ReadonlyMap<string, CheckGrade>;
  /** By column, what its own `x-ml-loop` says; of columns that have one. */
  readonly columns: ReadonlyMap<string, ColumnTerms>;
}

export interface UniqueRule {
  readonly columns: readonly string[];
  readonly grade: Grade;
  /** Keys in the contract that lead here. */
  readonly path: string;
}

/** Values (of rows without a null among them) are found in another file. */
export interface ForeignKey extends UniqueRule {
  /** Relative to the contract. */
  readonly file: string;
  readonly references: readonly string[];
}

export interface Freshness {
  readonly column: string;
  readonly maxAgeMs: number;
  /** As it is written. */
  readonly maxAge: string;
}

export const OPERATORS = ['<', '<=', '==', '!=', '>=', '>'] as const;
export type OrderOperator = (typeof OPERATORS)[number];

interface RowRuleTerms {
  readonly name: string;
  readonly grade: Grade;
  readonly path: string;
  /** A JSON Schema of the rows that the rule is about; of all if it is left out. */
  readonly when?: DocumentMap;
}

/** A rule across columns. */
export type RowRule = RowRuleTerms &
  (
    | {
        readonly kind: 'compare';
        readonly left: string;
        readonly operator: OrderOperator;
        readonly right: string;
      }
    | { readonly kind: 'schema'; readonly schema: DocumentMap | boolean }
    | { readonly kind: 'sum'; readonly sum: readonly string[]; readonly equals: number | string }
  );

export const STATISTICS = [
  'nulls',
  'distinct',
  'distinct-share',
  'mean',
  'median',
  'sd',
  'sum',
  'min-value',
  'max-value',
] as const;

/** The range that a statistic of a column must lie in; `nulls` are counts or shares, all others numbers. */
export interface ColumnStatistic {
  readonly name: (typeof STATISTICS)[number] | 'quantiles';
  /** Of a quantile, in [0, 1], as it is written. */
  readonly probability?: string;
  readonly min?: Amount;
  readonly max?: Amount;
  /** In place of `min` and `max`, of `min-value` and `max-value` of a column of times. */
  readonly times?: TimeRange;
}

/** ISO 8601, as they are written; the limits themselves are inside. */
export interface TimeRange {
  readonly min?: string;
  readonly max?: string;
}

/** The most common value is one of these, if there are any. */
export interface MostCommon {
  readonly values: readonly unknown[];
  /** May other values be as common? */
  readonly ties: boolean;
}

export interface ColumnOrder {
  readonly direction: 'increasing' | 'decreasing';
  readonly strict: boolean;
}

/** What a column's own `x-ml-loop` says. */
export interface ColumnTerms {
  readonly grade: Grade;
  /** By keyword of JSON Schema or member of the vocabulary. */
  readonly keywords: ReadonlyMap<string, Grade>;
  readonly statistics: readonly ColumnStatistic[];
  readonly orders: readonly ColumnOrder[];
  readonly contains: readonly unknown[];
  readonly mostCommon: MostCommon;
}

export const NO_TABLE_RULES: TableRules = {
  key: [],
  rows: {},
  notCompared: [],
  missing: {},
  unique: [],
  foreignKeys: [],
  order: false,
  rules: [],
  grade: STRICT,
  checks: new Map(),
  columns: new Map(),
};

/** The grade of a rule: its keyword's, else its column's, else the table's. */
export function gradeOf({ columns, grade }: TableRules, column?: string, keyword?: string): Grade {
  const own = column === undefined ? undefined : columns.get(column);
  return (keyword === undefined ? undefined : own?.keywords.get(keyword)) ?? own?.grade ?? grade;
}

/** Are the column's statistics, order or sets judged? */
export function hasAggregates({ statistics, orders, contains, mostCommon }: ColumnTerms): boolean {
  return [statistics, orders, contains, mostCommon.values].some((list) => list.length > 0);
}

/** Does the vocabulary ask for more than `key`, `rows` and severities, so that rows or statistics must be looked at? */
export function needsRows(table: TableRules): boolean {
  const { unique, foreignKeys, freshness, order, rules, columns } = table;
  if (unique.length + foreignKeys.length + rules.length > 0 || freshness !== undefined || order) return true;
  return [...columns.values()].some(hasAggregates);
}
