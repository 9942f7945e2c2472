import type { JudgedTable } from '../../shared/contract/checked.ts';
import { type Contract, NO_TABLE_RULES } from '../../shared/contract/contract.ts';
import { type Convert, converter } from '../../shared/contract/convert.ts';
import { FaultChecks } from '../../shared/contract/faults.ts';
import { STRICT } from '../../shared/contract/grade.ts';
import { Headers } from '../../shared/contract/headers.ts';
import { termsOf } from '../../shared/contract/judge.ts';
import { type KeyFindings, keyCheck } from '../../shared/contract/key.ts';
import { numericKeys } from '../../shared/contract/key-columns.ts';
import { OutOfTime, timeLimited } from '../../shared/contract/limit.ts';
import { Presence } from '../../shared/contract/presence.ts';
import { cellOf, type RowCells } from '../../shared/contract/row.ts';
import type { RowTerms } from '../../shared/contract/row-terms.ts';
import { coverageChecks, keywordChecks, ruleChecks } from '../../shared/contract/rules.ts';
import { schemaRules } from '../../shared/contract/schema.ts';
import { gradedKey, rowCountChecks } from '../../shared/contract/table-checks.ts';
import { Tallies } from '../../shared/contract/tally.ts';
import type { Judge, Row } from '../../shared/contract/violation.ts';
import { hasPatterns, rowTypes } from '../../shared/contract/vocabulary.ts';
import { Memory } from '../../shared/keys/memory.ts';
import { RowSet } from '../../shared/keys/row-set.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { Batch } from '../../shared/read/batch.ts';
import type { Fault } from '../../shared/read/fault.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { ForeignValues } from './foreign.ts';
import { ForeignRule, KeyColumns, type KeyTerm, RowKeys, UniqueKey } from './key-terms.ts';

/** How long one batch may take if the contract has patterns: thousands of times what sound ones take. */
const PATTERN_LIMIT_MS = 60_000;

export interface CheckerOptions {
  readonly contract?: Contract | undefined;
  /** In place of the contract's. */
  readonly key?: readonly string[] | undefined;
  /** Locations of a check, at most. */
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** How long the contract's patterns may take over a batch; a minute by default. */
  readonly patternLimitMs?: number;
  /** Only if the contract has `freshness`: the time that ages are counted to. */
  readonly now?: Date;
  /** Only if the contract has foreign keys: their values, see `readForeignKeys`. */
  readonly foreignKeys?: readonly ForeignValues[];
  /** Of keys that are compared with each other; without it all are held. */
  readonly memory?: Memory | undefined;
}

/** Judges a table batch by batch; `fault` takes what the reader reports. */
export interface Checker {
  /** @throws UserError if the contract's patterns backtrack without end. */
  add(batch: Batch): void;
  fault(fault: Fault): void;
  /** @param profile of the same rows, by which the contract's statistics of columns are judged. */
  finish(profile?: Profile): JudgedTable;
}

/** @throws UserError if the contract is not a valid schema. */
export async function createChecker(options: CheckerOptions): Promise<Checker> {
  const { contract } = options;
  const { memory = new Memory({ bytes: Number.POSITIVE_INFINITY }) } = options;
  if (contract === undefined) return new TableChecker(options, memory, undefined, undefined);
  const { row } = await schemaRules(contract);
  return new TableChecker(options, memory, row, await termsOf(contract, options));
}

/** How the rows of one file are read, and what its header has told already. */
interface FilePlan {
  readonly file: string;
  readonly columns: readonly string[];
  /** Fields by name, from 1. */
  readonly fields: ReadonlyMap<string, number>;
  readonly converts: readonly Convert[];
  readonly told: ReadonlySet<string>;
}

class TableChecker implements Checker {
  readonly #options: CheckerOptions;
  readonly #judge: Judge | undefined;
  readonly #terms: RowTerms | undefined;
  readonly #presence: Presence | undefined;
  readonly #tallies: Tallies;
  readonly #faults: FaultChecks;
  readonly #headers: Headers;
  readonly #limited: ((work: () => void) => void) | undefined;
  readonly #columns = new Set<string>();
  /** Columns with a value that is not null. */
  readonly #valued = new Set<string>();
  readonly #key: readonly string[];
  readonly #keys: RowKeys;
  /** Rows that break a rule of rows. */
  readonly #broken = new RowSet();
  readonly #keyTerms: readonly KeyTerm[];
  #plan: FilePlan | undefined;
  #rows = 0;

  constructor(
    options: CheckerOptions,
    memory: Memory,
    judge: Judge | undefined,
    terms: RowTerms | undefined,
  ) {
    const { contract, key = [], maxLocations, patternLimitMs = PATTERN_LIMIT_MS } = options;
    this.#options = options;
    this.#judge = judge;
    this.#terms = terms;
    this.#presence = contract && new Presence(contract);
    this.#tallies = new Tallies(options);
    this.#faults = new FaultChecks(maxLocations);
    this.#headers = new Headers(maxLocations);
    this.#limited = contract && hasPatterns(contract.schema) ? timeLimited(patternLimitMs) : undefined;
    this.#key = key.length > 0 ? key : (contract?.table ?? NO_TABLE_RULES).key;
    const numeric = numericKeys(this.#key, contract?.schema);
    this.#keyTerms = keyTermsOf(options, memory);
    this.#keys = new RowKeys(new KeyColumns(this.#key, { numeric }), memory, maxLocations);
  }

  fault(fault: Fault): void {
    this.#faults.add(fault);
  }

  add(batch: Batch): void {
    if (this.#limited === undefined) {
      this.#add(batch);
      return;
    }
    const before = this.#rows;
    try {
      this.#limited(() => this.#add(batch));
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      throw this.#endless(batch, this.#rows - before);
    }
  }

  #endless(batch: Batch, judged: number): UserError {
    const seconds = (this.#options.patternLimitMs ?? PATTERN_LIMIT_MS) / 1000;
    return new UserError({
      what: `the patterns of ${this.#options.contract?.where} took longer than ${seconds} s for this row and the rows before it`,
      where: `${batch.file}:${batch.lines[judged] ?? 1}`,
      fix: 'rewrite repeats of repeats such as (a+)+, which backtrack without end',
    });
  }

  #add(batch: Batch): void {
    if (this.#plan?.file !== batch.file || this.#plan.columns.length !== batch.columns.length) {
      if (this.#plan?.file !== batch.file)
        this.#terms?.header(batch.file, batch.columns, batch.records === undefined);
      this.#plan = this.#planOf(batch);
    }
    const plan = this.#plan;
    this.#noteValues(batch);
    batch.rows.forEach((_row, index) => {
      const broken = this.#breaksRule(batch, plan, index);
      const unkeyed = this.#key.length > 0 && this.#keys.add(batch, index, this.#rows);
      for (const term of this.#keyTerms) term.add(batch, index, this.#rows);
      if (broken || unkeyed) this.#broken.add(this.#rows);
      this.#rows++;
    });
  }

  #noteValues({ columns, rows }: Batch): void {
    columns.forEach((name, index) => {
      if (!this.#valued.has(name) && rows.some((row) => (row[index] ?? null) !== null))
        this.#valued.add(name);
    });
  }

  #planOf({ file, columns, records }: Batch): FilePlan {
    const schema = this.#options.contract?.schema ?? {};
    for (const name of columns) this.#columns.add(name);
    if (records === undefined) this.#headers.note(file, columns);
    return {
      file,
      columns,
      fields: new Map(columns.map((name, index) => [name, index + 1])),
      converts: columns.map((name) => converter(rowTypes(name, schema))),
      told: this.#presence?.note(file, columns, records === undefined) ?? new Set(),
    };
  }

  #breaksRule(batch: Batch, plan: FilePlan, index: number): boolean {
    const { columns, fields, converts, told } = plan;
    if (this.#judge === undefined) return false;
    const row = batch.records?.[index] ?? asJson(columns, converts, batch.rows[index] ?? []);
    let broken = false;
    for (const violation of this.#judge(row)) {
      const { rule, column } = violation;
      if ((rule === 'column.missing' || rule === 'column.unknown') && told.has(column ?? '')) continue;
      broken = true;
      const field = column === undefined ? undefined : fields.get(column);
      const at = {
        file: batch.file,
        line: batch.lines[index] ?? 0,
        ...(field === undefined ? {} : { column: field }),
      };
      this.#tallies.record(violation, at);
    }
    return this.#terms?.add(cellsOf(batch, index, fields, row), this.#rows) === true || broken;
  }

  finish(profile?: Profile): JudgedTable {
    const unread = this.#faults.rows;
    const keys = this.#keys.findings(this.#broken);
    for (const term of this.#keyTerms) term.end(this.#broken);
    this.#terms?.end(this.#broken);
    const facts = { columns: this.#columns, rows: this.#rows, profile };
    return {
      checks: [
        ...this.#faults.checks(this.#rows),
        ...this.#contractChecks(),
        ...this.#tableChecks(this.#rows + unread, keys),
        ...(this.#rows === 0 ? [] : this.#keyTerms.flatMap((term) => term.checks(facts))),
        ...(this.#terms?.checks(facts) ?? []),
      ],
      rows: this.#rows + unread,
      invalidRows: this.#broken.size + unread,
    };
  }

  #contractChecks(): Check[] {
    const { contract, maxLocations, samples } = this.#options;
    // A contract says itself which columns a file may lack.
    if (contract === undefined || this.#presence === undefined) return this.#headers.checks();
    const tallies = this.#tallies;
    const presence = this.#presence.checks(
      (rule, column) => tallies.of(rule, column).length > 0,
      maxLocations,
    );
    // Without a row no rule holds.
    const columns = this.#rows === 0 ? new Set<string>() : this.#columns;
    return [
      ...presence,
      ...ruleChecks(contract, { tallies, columns, valued: this.#valued, samples, rows: this.#rows }),
      ...keywordChecks(contract),
      ...coverageChecks(contract, columns),
    ];
  }

  #tableChecks(rows: number, keys: KeyFindings): Check[] {
    const table = this.#options.contract?.table ?? NO_TABLE_RULES;
    const keyed = this.#key.length > 0 && this.#rows > 0;
    const own = (this.#options.key ?? []).length === 0;
    return [
      ...rowCountChecks(table, rows),
      ...(keyed
        ? [gradedKey(keyCheck(this.#key, keys, this.#columns), own ? table.grade : STRICT, this.#rows)]
        : []),
    ];
  }
}

function keyTermsOf({ contract, foreignKeys = [], ...options }: CheckerOptions, memory: Memory): KeyTerm[] {
  const { unique, foreignKeys: rules } = contract?.table ?? NO_TABLE_RULES;
  const numeric = (of: readonly string[]) => numericKeys(of, contract?.schema);
  return [
    ...unique.map((rule) => new UniqueKey(rule, numeric(rule.columns), options, memory)),
    ...rules.map((rule, index) => {
      const values = foreignKeys[index];
      if (values === undefined) throw new TypeError('the values of the foreign keys were not read');
      return new ForeignRule(rule, numeric(rule.columns), values, options);
    }),
  ];
}

function cellsOf(
  { file, lines }: Batch,
  index: number,
  fields: ReadonlyMap<string, number>,
  row: Row,
): RowCells {
  return {
    ...{ file, line: lines[index] ?? 0 },
    fieldOf: (column) => fields.get(column) ?? 0,
    valueOf: (column) => cellOf(row, column),
    members: () => row,
  };
}

function asJson(
  columns: readonly string[],
  converts: readonly Convert[],
  row: Batch['rows'][number],
): Record<string, unknown> {
  // Without a prototype, `__proto__` is a name like any other.
  const json: Record<string, unknown> = Object.create(null);
  for (let i = 0; i < columns.length; i++) json[columns[i] ?? ''] = converts[i]?.(row[i] ?? null);
  return json;
}
