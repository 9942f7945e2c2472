import type { Json, JsonObject } from '../verdict/verdict.ts';
import { ColumnWriter, type Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import type { LimitRange, RuleGrade } from './numbers.ts';

export type ComparisonOperator = '<' | '<=' | '==' | '!=' | '>=' | '>';

/** Gathers what a foreign document says of a table, and writes it as a contract. */
export class Builder {
  readonly reading: DocumentReader;
  readonly #columns = new Map<string, ColumnWriter>();
  readonly #required = new Set<string>();
  readonly #root: Record<string, Json> = {};
  readonly #table: Record<string, Json> = {};
  readonly #rules: JsonObject[] = [];
  readonly #unique: Json[] = [];
  readonly #foreign: JsonObject[] = [];
  readonly #nulls: { columns: readonly string[]; what: string; path: Path }[] = [];

  #closed: readonly string[] | undefined;
  /** Checks of the table that only warn. */
  readonly #warned = new Set<'table.rows' | 'table.freshness'>();

  constructor(reading: DocumentReader) {
    this.reading = reading;
  }

  /** The column's rules; a column that is only known need not be there. */
  column(name: string): ColumnWriter {
    const found = this.#columns.get(name) ?? new ColumnWriter(name, this.reading);
    this.#columns.set(name, found);
    return found;
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** The columns must be there. */
  require(...names: readonly string[]): void {
    for (const name of names) {
      this.column(name);
      this.#required.add(name);
    }
  }

  /** A keyword of the row's schema, such as `additionalProperties`. */
  root(keyword: string, value: Json): void {
    this.#root[keyword] = value;
  }

  /** No other columns may be there. */
  close(names: readonly string[]): void {
    this.#closed = names;
  }

  /** A cross-column rule; its columns must be there. */
  rule(rule: JsonObject, columns: readonly string[], grade: RuleGrade): void {
    this.require(...columns);
    const entry = { ...rule, ...grade } as JsonObject;
    if (!this.#rules.some((one) => JSON.stringify(one) === JSON.stringify(entry))) this.#rules.push(entry);
  }

  /** No value of the column is null, in all rows or in those of the grade. */
  notNull(column: string, grade: RuleGrade, what: string): void {
    this.require(column);
    if (grade.when === undefined) {
      this.column(column).notNull(grade);
      return;
    }
    const schema = { required: [column], properties: { [column]: { not: { type: 'null' } } } };
    this.rule({ name: what, schema }, [column], grade);
  }

  compare(
    name: string,
    [left, operator, right]: readonly [string, ComparisonOperator, string],
    grade: RuleGrade,
  ): void {
    this.rule({ name, compare: [left, operator, right] }, [left, right], grade);
  }

  unique(given: readonly string[], grade: RuleGrade): void {
    const columns = [...new Set(given)];
    this.require(...columns);
    const plain = grade.severity === undefined && grade.tolerance === undefined;
    if (grade.when !== undefined) throw new TypeError('a key holds for all rows');
    const entry: Json = plain ? [...columns] : { columns: [...columns], ...grade };
    if (!this.#unique.some((one) => JSON.stringify(one) === JSON.stringify(entry))) this.#unique.push(entry);
  }

  key(columns: readonly string[]): void {
    this.require(...columns);
    this.#table.key = [...columns];
  }

  foreignKey(
    columns: readonly string[],
    file: string,
    references: readonly string[],
    grade: RuleGrade = {},
  ): void {
    this.require(...columns);
    this.#foreign.push({ columns: [...columns], file, references: [...references], ...grade });
  }

  /**
   * Bounds of the row count; those that are there already stay if they are narrower.
   *
   * @returns false if bounds of another severity are there already; one check has one.
   */
  rows({ min, max }: { readonly min?: number; readonly max?: number }, severity?: 'warn'): boolean {
    const warns = severity === 'warn';
    if (this.#table.rows !== undefined && this.#warned.has('table.rows') !== warns) return false;
    if (warns) this.#warned.add('table.rows');
    const before = (this.#table.rows ?? {}) as { readonly min?: number; readonly max?: number };
    const low = Math.max(min ?? 0, before.min ?? 0);
    const high = Math.min(max ?? Number.POSITIVE_INFINITY, before.max ?? Number.POSITIVE_INFINITY);
    this.#table.rows = {
      ...(low > 0 ? { min: low } : {}),
      ...(high < Number.POSITIVE_INFINITY ? { max: high } : {}),
    };
    return true;
  }

  /** @returns false if another freshness is there already. */
  freshness(column: string, age: string, severity?: 'warn'): boolean {
    if (this.#table.freshness !== undefined) return false;
    if (severity === 'warn') this.#warned.add('table.freshness');
    this.require(column);
    this.#table.freshness = { column, 'max-age': age };
    return true;
  }

  /** Columns come in this order, and the properties are written in it. */
  order(columns: readonly string[]): void {
    this.#table.columns = { order: true };
    const rest = [...this.#columns].filter(([name]) => !columns.includes(name));
    const first = columns.map((name): [string, ColumnWriter] => [name, this.column(name)]);
    this.#columns.clear();
    for (const [name, rules] of [...first, ...rest]) this.#columns.set(name, rules);
  }

  /** Says, if one of the columns may be null, that rows with nulls are judged differently here. */
  nullsDiffer(columns: readonly string[], what: string, path: Path): void {
    this.#nulls.push({ columns, what, path });
  }

  /** Aggregates of one column, see the vocabulary. */
  aggregate(column: string, name: string, range: LimitRange, grade: RuleGrade, path: Path): void {
    this.require(column);
    this.column(column).aggregate(name, range, grade, path);
  }

  /** A rule of one column, as keywords of JSON Schema. */
  keywords(column: string, keywords: Keywords, grade: RuleGrade, what: string, path: Path): void {
    this.require(column);
    this.column(column).add(keywords, grade, what, path);
  }

  finish(annotations: {
    readonly title?: string | undefined;
    readonly description?: string | undefined;
  }): JsonObject {
    const closed = this.#closed;
    if (closed !== undefined) {
      // A column that another rule names is known, and has to be forbidden by its name.
      if ([...this.#columns.keys()].every((name) => closed.includes(name)))
        this.root('additionalProperties', false);
      else this.root('propertyNames', { enum: [...closed] });
    }
    const properties: Record<string, Json> = {};
    const rules: JsonObject[] = [];
    for (const [name, column] of this.#columns) {
      const written = column.write();
      properties[name] = written.property;
      rules.push(...written.rules);
    }
    for (const { columns, what, path } of this.#nulls) {
      if (columns.some((name) => this.#columns.get(name)?.nullable !== false)) this.reading.lost(what, path);
    }
    const all = [...rules, ...this.#rules];
    const table = {
      ...this.#table,
      ...(this.#unique.length > 0 ? { unique: this.#unique } : {}),
      ...(this.#foreign.length > 0 ? { 'foreign-keys': this.#foreign } : {}),
      ...(all.length > 0 ? { rules: all } : {}),
      ...(this.#warned.size === 0
        ? {}
        : { checks: Object.fromEntries([...this.#warned].map((id) => [id, { severity: 'warn' }])) }),
    };
    const { title, description } = annotations;
    return {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      type: 'object',
      properties,
      ...(this.#required.size > 0 ? { required: [...this.#required] } : {}),
      ...this.#root,
      ...(Object.keys(table).length > 0 ? { 'x-ml-loop': table } : {}),
    };
  }
}
