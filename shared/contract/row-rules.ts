import { grouped } from '../problem/numbers.ts';
import { toNumber } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { fixOf } from './fix.ts';
import { graded } from './grade.ts';
import { lackingCheck } from './key.ts';
import { Places, type PlacesState } from './places.ts';
import { compared, type RowCells } from './row.ts';
import type { PartPlace, RowTerm, TableFacts } from './row-term.ts';
import type { TallyOptions } from './tally.ts';
import type { Operator, RowRule } from './terms.ts';
import { namedColumns, rowTypes } from './vocabulary.ts';

type Test = (row: RowCells) => boolean;

const HOLDS: Readonly<Record<Operator, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
  '==': (sign) => sign === 0,
  '!=': (sign) => sign !== 0,
  '>=': (sign) => sign >= 0,
  '>': (sign) => sign > 0,
};

/** A rule across columns of each row. */
export class RowRuleChecks implements RowTerm<PlacesState> {
  readonly columns: readonly string[] | undefined;
  readonly #rule: RowRule;
  readonly #test: Test;
  readonly #places: Places;

  /** @throws UserError if the schema of a rule is not valid. */
  static async of(contract: Contract, options: TallyOptions): Promise<RowRuleChecks[]> {
    const { rules } = contract.table;
    // ajv is loaded only if a rule is a schema.
    const schemas = rules.some(({ kind }) => kind === 'schema') ? await import('./schema.ts') : undefined;
    return rules.map((rule, index) => {
      const columns = columnsOf(rule);
      if (rule.kind !== 'schema') return new RowRuleChecks(rule, testOf(rule, contract), columns, options);
      const { schema } = rule;
      if (typeof schema === 'boolean') return new RowRuleChecks(rule, () => schema, [], options);
      const test = schemas?.rowTest(contract, schema, ['x-ml-loop', 'rules', String(index), 'schema']);
      if (test === undefined) throw new TypeError('the judge of schemas was not loaded');
      const named = namedColumns(schema, contract.schema);
      return new RowRuleChecks(rule, (row) => test(row.members(named)), named, options);
    });
  }

  constructor(rule: RowRule, test: Test, columns: readonly string[] | undefined, options: TallyOptions) {
    this.columns = columns;
    this.#rule = rule;
    this.#test = test;
    this.#places = new Places(options);
  }

  add(row: RowCells): boolean {
    return !this.#test(row) && this.#places.add(row);
  }

  get state(): PlacesState {
    return this.#places.state;
  }

  merge(later: PlacesState, part: PartPlace): void {
    this.#places.merge(later, part);
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const rule = this.#rule;
    const base = { id: 'row.rule', expected: { rule: rule.name } } as const;
    const what = `the rule ${JSON.stringify(rule.name)}`;
    const lacking = lackingCheck(base, what, columnsOf(rule), columns, `remove ${rule.path}`);
    if (lacking !== undefined) return [graded(lacking, rule.grade, undefined, rows)];
    const { count, placed } = this.#places;
    if (count === 0) return [{ ...base, status: 'pass', observed: 0, message: `all rows keep ${what}` }];
    const message = `${grouped(count)} ${count === 1 ? 'row breaks' : 'rows break'} ${what}`;
    const fix = fixOf('fix the rows at the places listed', `${rule.path}.tolerance: ${count}`);
    const check: Check = { ...base, status: 'fail', observed: count, message, ...placed, fix };
    return [graded(check, rule.grade, count, rows)];
  }
}

function columnsOf(rule: RowRule): readonly string[] {
  if (rule.kind === 'compare') return [rule.left, rule.right];
  if (rule.kind === 'schema') return [];
  return typeof rule.equals === 'string' ? [...rule.sum, rule.equals] : rule.sum;
}

/** Whether a row keeps the rule; a row with a null in it does, for there is nothing to compare. */
function testOf(rule: Exclude<RowRule, { kind: 'schema' }>, contract: Contract): Test {
  if (rule.kind === 'sum') return sumTest(rule);
  const { left, operator, right } = rule;
  const holds = HOLDS[operator];
  const readers = [left, right].map((name) => readerOf(name, contract));
  return (row) => {
    const a = readers[0]?.(row.valueOf(left));
    const b = readers[1]?.(row.valueOf(right));
    if (a === null || b === null) return true;
    const order = compared(a, b);
    // Values of different kinds are not equal, and neither is before the other.
    return Number.isNaN(order) ? operator === '!=' : holds(order);
  };
}

/** Texts of a column without a type are compared as numbers if they are numbers. */
function readerOf(name: string, contract: Contract): (value: unknown) => unknown {
  if (rowTypes(name, contract.schema).size > 0) return (value) => value;
  return (value) => {
    const number = typeof value === 'string' ? toNumber(value) : Number.NaN;
    return Number.isNaN(number) ? value : number;
  };
}

/** Sums may differ by what rounding of doubles explains: 1e-12 of the sum of the absolute values. */
function sumTest({ sum, equals }: Extract<RowRule, { kind: 'sum' }>): Test {
  const names = [...sum, ...(typeof equals === 'string' ? [equals] : [])];
  return (row) => {
    const values = names.map((name) => row.valueOf(name));
    if (values.includes(null)) return true;
    const numbers = values.map((value) =>
      typeof value === 'number' || typeof value === 'string' ? toNumber(value) : Number.NaN,
    );
    const total = typeof equals === 'string' ? (numbers.pop() ?? Number.NaN) : equals;
    const found = numbers.reduce((left, number) => left + number, 0);
    const scale = numbers.reduce((left, number) => left + Math.abs(number), Math.abs(total));
    return Math.abs(found - total) <= 1e-12 * scale;
  };
}
