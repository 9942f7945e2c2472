import { NumberList, quantile } from '../profile/number-list.ts';
import { type RowCells, sameText } from './row.ts';
import type { RowTerm } from './row-term.ts';
import type { ColumnTerms, TableRules } from './terms.ts';

interface NeedsState {
  readonly missing: readonly string[];
  readonly sum: number;
  readonly lost: number;
  readonly numbers: Float64Array | undefined;
}

/** What no profile tells of a column, from its rows: an exact sum, quantiles of any probability, values that occur. */
export class ColumnNeeds implements RowTerm<NeedsState> {
  readonly columns: readonly string[];
  readonly #column: string;
  /** Values of `contains` that have not come yet. */
  readonly missing: Map<string, unknown>;
  readonly #sums: boolean;
  readonly #numbers: NumberList | undefined;
  #sum = 0;
  #lost = 0;

  constructor(column: string, { statistics, contains }: ColumnTerms) {
    this.columns = [column];
    this.#column = column;
    this.missing = new Map(contains.map((value) => [valueKey(value), value]));
    this.#sums = statistics.some(({ name }) => name === 'sum');
    this.#numbers = statistics.some(({ name }) => name === 'quantiles') ? new NumberList() : undefined;
  }

  add(row: RowCells): boolean {
    if (this.missing.size === 0 && !this.#sums && this.#numbers === undefined) return false;
    const value = row.valueOf(this.#column);
    if (this.missing.size > 0) this.missing.delete(valueKey(value));
    if (typeof value !== 'number') return false;
    this.#numbers?.push(value);
    if (this.#sums) this.#addUp(value);
    return false;
  }

  get state(): NeedsState {
    const missing = [...this.missing.keys()];
    return { missing, sum: this.#sum, lost: this.#lost, numbers: this.#numbers?.items() };
  }

  merge({ missing, sum, lost, numbers }: NeedsState): void {
    const lacking = new Set(missing);
    for (const key of this.missing.keys()) if (!lacking.has(key)) this.missing.delete(key);
    this.#addUp(sum);
    this.#lost += lost;
    for (const value of numbers ?? []) this.#numbers?.push(value);
  }

  /** Their figures are among the statistics of the column. */
  checks(): [] {
    return [];
  }

  /** Compensated summation (Neumaier 1974): the rounding errors are summed apart. */
  #addUp(value: number): void {
    const sum = this.#sum + value;
    const larger = Math.abs(this.#sum) >= Math.abs(value);
    this.#lost += larger ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  get sum(): number {
    return this.#sum + this.#lost;
  }

  quantile(probability: number): number | undefined {
    if (this.#numbers === undefined || this.#numbers.length === 0) return undefined;
    return quantile(this.#numbers.sorted(), probability);
  }
}

/** A text is the number or boolean that it spells, and never null. */
export function valueKey(value: unknown): string {
  return value === null ? '\0null' : sameText(value);
}

/** By column, what has to be gathered from the rows. */
export function needsOf({ columns }: TableRules): ReadonlyMap<string, ColumnNeeds> {
  const needy = [...columns].filter(
    ([, { statistics, contains }]) =>
      contains.length > 0 || statistics.some(({ name }) => name === 'sum' || name === 'quantiles'),
  );
  return new Map(needy.map(([column, terms]) => [column, new ColumnNeeds(column, terms)]));
}
