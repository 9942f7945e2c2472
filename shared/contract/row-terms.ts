import type { RowSet } from '../keys/row-set.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { FreshnessRule } from './freshness.ts';
import { HeaderOrder } from './header-order.ts';
import { type ColumnNeeds, needsOf } from './needs.ts';
import { OrderRule } from './order.ts';
import type { RowCells } from './row.ts';
import { RowRuleChecks } from './row-rules.ts';
import type { PartPlace, RowTerm, TableFacts } from './row-term.ts';
import { statisticChecks } from './statistics.ts';
import type { TallyOptions } from './tally.ts';
import { gradeOf } from './terms.ts';
import { rowTypes } from './vocabulary.ts';

export interface TermsOptions extends TallyOptions {
  /** Only if the contract has `freshness`: the time that ages are counted to. */
  readonly now?: Date | undefined;
}

/** All rules of the vocabulary that look at rows or at a column as a whole; keys are compared elsewhere. */
export class RowTerms {
  readonly #contract: Contract;
  readonly #options: TermsOptions;
  readonly #terms: readonly RowTerm[];
  readonly #order: HeaderOrder | undefined;
  readonly #needs: ReadonlyMap<string, ColumnNeeds>;

  /** @throws UserError if the schema of a rule is not valid. */
  static async of(contract: Contract, options: TermsOptions): Promise<RowTerms> {
    const { table } = contract;
    const { freshness, columns, grade } = table;
    const now = options.now ?? new Date(Number.NaN);
    const rules = await RowRuleChecks.of(contract, options);
    const orders = [...columns].flatMap(([column, { orders: stated }]) =>
      stated.map((order) => {
        const typed = rowTypes(column, contract.schema).size > 0;
        return new OrderRule(column, order, gradeOf(table, column, order.direction), options, typed);
      }),
    );
    return new RowTerms(contract, options, [
      ...rules,
      ...(freshness === undefined ? [] : [new FreshnessRule(freshness, grade, now)]),
      ...orders,
    ]);
  }

  constructor(contract: Contract, options: TermsOptions, terms: readonly RowTerm[]) {
    this.#contract = contract;
    this.#options = options;
    this.#order = contract.table.order ? new HeaderOrder(contract) : undefined;
    this.#needs = needsOf(contract.table);
    this.#terms = [...terms, ...this.#needs.values()];
  }

  /** The columns that rows are looked at for; undefined if it is all of them. */
  get columns(): readonly string[] | undefined {
    const all = this.#terms.map(({ columns }) => columns);
    return all.includes(undefined) ? undefined : [...new Set(all.flatMap((columns) => columns ?? []))];
  }

  /** Is there anything to be looked at in rows? */
  get needsRows(): boolean {
    return this.#terms.length > 0;
  }

  /** Notes a file's header. */
  header(file: string, columns: readonly string[], header: boolean): void {
    this.#order?.note(file, columns, header);
  }

  /** Does the row break a rule? */
  add(row: RowCells, order: number): boolean {
    let broken = false;
    for (const term of this.#terms) if (term.add(row, order)) broken = true;
    return broken;
  }

  get state(): readonly unknown[] {
    return this.#terms.map(({ state }) => state);
  }

  merge(later: readonly unknown[], part: PartPlace): void {
    this.#terms.forEach((term, index) => {
      term.merge(later[index], part);
    });
  }

  /** Adds the rows of which only all of them tell that they break a rule. */
  end(broken: RowSet): void {
    for (const term of this.#terms) term.end?.(broken);
  }

  checks(facts: TableFacts): Check[] {
    const order = this.#order?.checks(this.#options.maxLocations) ?? [];
    // Without a row no rule holds.
    if (facts.rows === 0) return order;
    return [
      ...order,
      ...this.#terms.flatMap((term) => term.checks(facts)),
      ...statisticChecks(this.#contract.table, this.#needs, facts, this.#options.samples),
    ];
  }
}
