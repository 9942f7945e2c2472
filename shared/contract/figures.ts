/** The figures that statistics of a contract are about, from a column's profile and what was gathered beside it. */
import type { ColumnProfile } from '../profile/profile.ts';
import type { ColumnNeeds } from './needs.ts';
import type { ColumnStatistic } from './terms.ts';

interface Figure {
  /** Undefined if the column has none. */
  readonly value: number | undefined;
  /** What is to be said of how it was found. */
  readonly note: string;
}

/** @param sketch does the profile estimate ranks? */
export function figureOf(
  statistic: ColumnStatistic,
  column: ColumnProfile,
  own: ColumnNeeds | undefined,
  sketch: boolean,
): Figure {
  const { name, probability } = statistic;
  const { nulls, distinct, count, types } = column;
  switch (name) {
    case 'nulls':
      return { value: nulls, note: '' };
    case 'distinct':
      return { value: distinct, note: '' };
    case 'distinct-share':
      return { value: count === 0 ? undefined : distinct / count, note: '' };
    default:
  }
  if (count > 0 && types.boolean === count) return { value: ofBooleans(statistic, column), note: '' };
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const numbers = (types.integer ?? 0) + (types.number ?? 0);
  const note = sketch ? ' (by a sketch)' : '';
  switch (name) {
    case 'mean':
    case 'sd':
      return { value: column[name], note: '' };
    case 'sum':
      // The sum of no number, or of some of the values only, is not a sum of the column.
      return { value: numbers === count && numbers > 0 ? own?.sum : undefined, note: '' };
    case 'median':
      return { value: number(column.quantiles?.['0.5']), note };
    case 'quantiles': {
      const known = column.quantiles?.[String(Number(probability))];
      const exact = column.mean === undefined ? undefined : own?.quantile(Number(probability));
      return { value: number(known) ?? exact, note: known === undefined ? '' : note };
    }
    case 'min-value':
      return { value: number(column.min), note: '' };
    default:
      return { value: number(column.max), note: '' };
  }
}

/** Booleans are 0 and 1, as in pandas and NumPy. Undefined if the profile does not say how many are true. */
function ofBooleans(
  { name, probability }: ColumnStatistic,
  { cells, count }: ColumnProfile,
): number | undefined {
  // Two values are listed, always: as 0 and 1, each with the counts beside and at it, or by their names.
  if (cells.kind === 'cuts') return undefined;
  const at1 = cells.kind === 'values' ? cells.values.indexOf(1) : cells.categories.indexOf('true');
  const trues = cells.counts[cells.kind === 'values' && at1 >= 0 ? 2 * at1 + 1 : at1] ?? 0;
  const mean = trues / count;
  const at = (rank: number): number => (rank >= count - trues ? 1 : 0);
  const quantile = (p: number): number => {
    // Type 7 of Hyndman and Fan (1996).
    const rank = p * (count - 1);
    const low = Math.floor(rank);
    return at(low) + (rank - low) * (at(Math.min(low + 1, count - 1)) - at(low));
  };
  switch (name) {
    case 'mean':
      return mean;
    case 'sd':
      return count < 2 ? undefined : Math.sqrt((mean * (1 - mean) * count) / (count - 1));
    case 'sum':
      return trues;
    case 'median':
      return quantile(0.5);
    case 'quantiles':
      return quantile(Number(probability));
    case 'min-value':
      return at(0);
    default:
      return at(count - 1);
  }
}

/** Why a column has no such figure. */
export function undefinedOf({ count, type }: ColumnProfile): string {
  if (count === 0) return 'it has only nulls';
  if (count === 1 && (type === 'integer' || type === 'number')) return 'it has only one value';
  return `its values are of the type ${type === 'string' ? 'string, some of them at least' : type}`;
}
