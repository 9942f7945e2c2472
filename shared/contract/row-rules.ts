import { grouped } from '../problem/numbers.ts';
import { toNumber } from '../read/batch.ts';
import type { DocumentMap } from '../schema/map.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { fixOf } from './fix.ts';
import { graded } from './grade.ts';
import { lackingCheck } from './key.ts';
import { BrokenPlaces, type PlacesState } from './places.ts';
import { compared, type RowCells } from './row.ts';
import type { PartPlace, RowTerm, TableFacts } from './row-term.ts';
import { rowTest } from './schema.ts';
import type { TallyOptions } from './tally.ts';
import type { OrderOperator, RowRule } from './terms.ts';
import { namedColumns, rowTypes } from './vocabulary.ts';

type Test = (row: RowCells) => boolean;

const HOLDS: Readonly<Record<OrderOperator, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
  '==': (sign) => sign === 0,
  '!=': (sign) => sign !== 0,
  '>=': (sign) => sign >= 0,
  '>': (sign) => sign > 0,
};

/** What judges rows by some of their columns; by all if none are named. */
interface RowTest {
  readonly columns: readonly string[] | undefined;
  readonly test: Test;
}

interface RuleState {
  readonly places: PlacesState;
  readonly judged: number;
}

/** A rule across columns of each row. */
export class RowRuleChecks implements RowTerm<RuleState> {
  readonly columns: readonly string[] | undefined;
  readonly #rule: RowRule;
  readonly #keeps: Test;
  readonly #when: Test | undefined;
  readonly #places: BrokenPlaces;
  /** Rows that the rule is about. */
  #judged = 0;

  /** @throws UserError if the schema of a rule is not valid. */
  static async of(contract: Contract, options: TallyOptions): Promise<RowRuleChecks[]> {
    const { rules } = contract.table;
    const schemaTest = async (schema: DocumentMap, path: readonly string[]): Promise<RowTest> => {
      const test = await rowTest(contract, schema, path);
      const columns = namedColumns(schema, contract.schema);
      return { columns, test: (row) => test(row.members(columns)) };
    };
    const made = rules.map(async (rule, index) => {
      const path = ['x-ml-loop', 'rules', String(index)];
      const { when } = rule;
      const keeps = await keptTest(rule, contract, (schema) => schemaTest(schema, [...path, 'schema']));
      const condition = when && (await schemaTest(when, [...path, 'when']));
      return new RowRuleChecks(rule, keeps, condition, options);
    });
    return Promise.all(made);
  }

  constructor(rule: RowRule, keeps: RowTest, when: RowTest | undefined, options: TallyOptions) {
    const named = [keeps.columns, when === undefined ? [] : when.columns];
    this.columns = named.includes(undefined) ? undefined : [...new Set(named.flatMap((list) => list ?? []))];
    this.#rule = rule;
    this.#keeps = keeps.test;
    this.#when = when?.test;
    this.#places = new BrokenPlaces(options);
  }

  add(row: RowCells): boolean {
    if (this.#when?.(row) === false) return false;
    this.#judged++;
    return !this.#keeps(row) && this.#places.add(row);
  }

  get state(): RuleState {
    return { places: this.#places.state, judged: this.#judged };
  }

  merge({ places, judged }: RuleState, part: PartPlace): void {
    this.#places.merge(places, part);
    this.#judged += judged;
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const rule = this.#rule;
    const base = { id: 'row.rule', expected: { rule: rule.name } } as const;
    const what = `the rule ${JSON.stringify(rule.name)}`;
    const lacking = lackingCheck(base, what, columnsOf(rule), columns, `remove ${rule.path}`);
    if (lacking !== undefined) return [graded(lacking, rule.grade, undefined, rows)];
    const { count, placed } = this.#places;
    const judged = this.#when === undefined ? rows : this.#judged;
    const about = this.#when === undefined ? '' : ` of ${grouped(judged)} that it is about`;
    if (this.#when !== undefined && judged === 0) {
      const message = `no row is one that ${what} is about, so it judged nothing`;
      return [{ ...base, status: 'warn', observed: 0, message, fix: `correct ${rule.path}.when` }];
    }
    if (count === 0) {
      const all = this.#when === undefined ? 'all rows' : `all ${grouped(judged)} rows that it is about`;
      return [{ ...base, status: 'pass', observed: 0, message: `${all} keep ${what}` }];
    }
    const message = `${grouped(count)} ${count === 1 ? 'row' : 'rows'}${about} ${count === 1 ? 'breaks' : 'break'} ${what}`;
    const fix = fixOf('fix the rows at the places listed', `${rule.path}.tolerance: ${count}`);
    const check: Check = { ...base, status: 'fail', observed: count, message, ...placed, fix };
    return [graded(check, rule.grade, count, judged)];
  }
}

function columnsOf(rule: RowRule): readonly string[] {
  if (rule.kind === 'compare') return [rule.left, rule.right];
  if (rule.kind === 'schema') return [];
  return typeof rule.equals === 'string' ? [...rule.sum, rule.equals] : rule.sum;
}

async function keptTest(
  rule: RowRule,
  contract: Contract,
  schemaTest: (schema: DocumentMap) => Promise<RowTest>,
): Promise<RowTest> {
  if (rule.kind !== 'schema') return { columns: columnsOf(rule), test: testOf(rule, contract) };
  const { schema } = rule;
  return typeof schema === 'boolean' ? { columns: [], test: () => schema } : schemaTest(schema);
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
