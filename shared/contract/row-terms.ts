import type { Memory } from '../keys/memory.ts';
import type { RowSet } from '../keys/row-set.ts';
import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import type { ForeignValues } from './foreign.ts';
import { FreshnessRule } from './freshness.ts';
import { HeaderOrder } from './header-order.ts';
import { numericKeys } from './key-columns.ts';
import { ForeignRule, UniqueKey } from './keys.ts';
import { type ColumnNeeds, needsOf } from './needs.ts';
import { OrderRule } from './order.ts';
import { cellOf } from './row.ts';
import { RowRuleChecks } from './row-rules.ts';
import type { RowTerm, TableFacts } from './row-term.ts';
import { statisticChecks } from './statistics.ts';
import type { TallyOptions } from './tally.ts';
import { gradeOf } from './terms.ts';
import type { Row } from './violation.ts';

export interface TermsOptions extends TallyOptions {
  readonly now: Date;
  /** By the contract's foreign keys, the values of the other files, see `readForeignKeys`. */
  readonly foreignKeys: readonly ForeignValues[];
  /** Of keys. */
  readonly memory: Memory;
}

/** All rules of the vocabulary that look at rows or at a column as a whole. */
export class RowTerms {
  readonly #contract: Contract;
  readonly #options: TermsOptions;
  readonly #terms: readonly RowTerm[];
  readonly #order: HeaderOrder | undefined;
  readonly #needs: ReadonlyMap<string, ColumnNeeds>;

  /** @throws UserError if the schema of a rule is not valid. */
  static async of(contract: Contract, options: TermsOptions): Promise<RowTerms> {
    const { table } = contract;
    const { unique, foreignKeys, freshness, columns } = table;
    const numeric = (of: readonly string[]) => numericKeys(of, contract.schema);
    const rules = await RowRuleChecks.of(contract, options);
    const orders = [...columns].flatMap(([column, { orders: stated }]) =>
      stated.map((order) => new OrderRule(column, order, gradeOf(table, column, order.direction), options)),
    );
    const terms: readonly RowTerm[] = [
      ...rules,
      ...unique.map((rule) => new UniqueKey(rule, numeric(rule.columns), options, options.memory)),
      ...foreignKeys.map((rule, index) => {
        const values = options.foreignKeys[index];
        if (values === undefined) throw new TypeError('the values of the foreign keys were not read');
        return new ForeignRule(rule, numeric(rule.columns), values, options);
      }),
      ...(freshness === undefined ? [] : [new FreshnessRule(freshness, table.grade, options.now)]),
      ...orders,
    ];
    return new RowTerms(contract, options, terms);
  }

  constructor(contract: Contract, options: TermsOptions, terms: readonly RowTerm[]) {
    this.#contract = contract;
    this.#options = options;
    this.#terms = terms;
    this.#order = contract.table.order ? new HeaderOrder(contract) : undefined;
    this.#needs = needsOf(contract.table);
  }

  /** Notes a file's header, once a file. */
  header(batch: Batch): void {
    this.#order?.note(batch.file, batch.columns, batch.records === undefined);
  }

  /** Does the row break a rule? */
  add(batch: Batch, index: number, row: Row, order: number): boolean {
    for (const [column, needs] of this.#needs) needs.add(cellOf(row, column));
    let broken = false;
    for (const term of this.#terms) if (term.add(batch, index, row, order)) broken = true;
    return broken;
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
