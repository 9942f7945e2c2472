import type { Dialect, LostPart } from './types.ts';

/**
 * The dialect as the reader of tables is given it. An empty cell is always null there; if a column has missing
 * values and the empty text is none of them, nulls are not missing values, and the contract takes the texts as they are.
 */
export function readerDialect(
  { missingValues = {}, ...rest }: Dialect,
  where: string,
): { readonly dialect: Dialect; readonly notCarried: readonly LostPart[] } {
  const all = Object.entries(missingValues);
  const nulls = all.filter(([, texts]) => texts.includes(''));
  const notCarried = all
    .filter(([, texts]) => texts.length > 0 && !texts.includes(''))
    .map(([column]) => ({
      what: `missing values of ${column}, among which the empty text is not: they are read as the texts they are`,
      where,
      fix: 'name the empty text among missingValues',
    }));
  const dialect = nulls.length === 0 ? rest : { ...rest, missingValues: Object.fromEntries(nulls) };
  return { dialect, notCarried };
}
