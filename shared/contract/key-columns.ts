import { holdsNumbers } from './convert.ts';
import type { ForeignKey, TableRules, UniqueRule } from './terms.ts';
import { rowTypes } from './vocabulary.ts';

/** Of each of the columns, does the contract say that it holds numbers? Keys compare those by value. */
export function numericKeys(
  columns: readonly string[],
  schema: Readonly<Record<string, unknown>> | undefined,
): readonly boolean[] {
  return columns.map((name) => schema !== undefined && holdsNumbers(rowTypes(name, schema)));
}

/** The keys of a contract: that of the table, of unique columns, and of columns whose values another file has. */
export function keysOf({ unique, foreignKeys }: TableRules, key: readonly string[]): readonly TableKey[] {
  return [
    ...(key.length === 0 ? [] : [{ kind: 'key', columns: key } as const]),
    ...unique.map((rule) => ({ kind: 'unique', columns: rule.columns, rule }) as const),
    ...foreignKeys.map((rule) => ({ kind: 'foreign', columns: rule.columns, rule }) as const),
  ];
}

export type TableKey = { readonly columns: readonly string[] } & (
  | { readonly kind: 'key' }
  | { readonly kind: 'unique'; readonly rule: UniqueRule }
  | { readonly kind: 'foreign'; readonly rule: ForeignKey }
);
