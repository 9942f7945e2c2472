import { NumberList, quantile } from '../profile/number-list.ts';
import { textOf } from './row.ts';
import type { ColumnTerms, TableRules } from './terms.ts';

/** What no profile tells of a column, from its rows: an exact sum, quantiles of any probability, values that occur. */
export class ColumnNeeds {
  /** Values of `contains` that have not come yet. */
  readonly missing: Map<string, unknown>;
  readonly #sums: boolean;
  readonly #numbers: NumberList | undefined;
  #sum = 0;
  #lost = 0;

  constructor({ statistics, contains }: ColumnTerms) {
    this.missing = new Map(contains.map((value) => [valueKey(value), value]));
    this.#sums = statistics.some(({ name }) => name === 'sum');
    this.#numbers = statistics.some(({ name }) => name === 'quantiles') ? new NumberList() : undefined;
  }

  add(value: unknown): void {
    if (this.missing.size > 0) this.missing.delete(valueKey(value));
    if (typeof value !== 'number') return;
    this.#numbers?.push(value);
    if (this.#sums) this.#addUp(value);
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
  return value === null ? '\0null' : textOf(value);
}

/** By column, what has to be gathered from the rows. */
export function needsOf({ columns }: TableRules): ReadonlyMap<string, ColumnNeeds> {
  const needy = [...columns].filter(
    ([, { statistics, contains }]) =>
      contains.length > 0 || statistics.some(({ name }) => name === 'sum' || name === 'quantiles'),
  );
  return new Map(needy.map(([column, terms]) => [column, new ColumnNeeds(terms)]));
}
