import { isMap } from '../schema/map.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { graded } from './grade.ts';
import { gradeOf } from './terms.ts';
import { placed } from './texts.ts';
import { isComposed } from './vocabulary.ts';

/** Which columns the files have, beside those that the contract asks for and knows. */
export class Presence {
  readonly #schema: Contract['schema'];
  readonly #table: Contract['table'];
  readonly #required: readonly string[];
  readonly #closed: boolean;
  readonly #missing = new Map<string, string[]>();
  readonly #unknown = new Map<string, string[]>();
  readonly #seen = new Set<string>();

  constructor({ schema, table }: Contract) {
    this.#schema = schema;
    this.#table = table;
    this.#required = Array.isArray(schema.required) ? schema.required.map(String) : [];
    this.#closed = schema.additionalProperties === false;
  }

  /**
   * Notes a file's header, or the columns that its records have had so far.
   *
   * @param header does every row have these columns and no other?
   * @returns the columns whose absence or presence is told here, so that the rows need not tell it.
   */
  note(file: string, columns: readonly string[], header: boolean): ReadonlySet<string> {
    for (const name of columns) this.#seen.add(name);
    const there = new Set(columns);
    const missing = header ? this.#required.filter((name) => !there.has(name)) : [];
    const unknown = columns.filter((name) => !this.#knows(name));
    for (const name of missing) add(this.#missing, name, file);
    for (const name of unknown) add(this.#unknown, name, file);
    return new Set([...missing, ...(header && this.#closed ? unknown : [])]);
  }

  /** Does the schema name the column, or say that others may be there? */
  #knows(name: string): boolean {
    const { properties, patternProperties, additionalProperties } = this.#schema;
    if (isMap(properties) && Object.hasOwn(properties, name)) return true;
    const patterns = isMap(patternProperties) ? Object.keys(patternProperties) : [];
    if (patterns.some((pattern) => new RegExp(pattern, 'u').test(name))) return true;
    if (this.#closed) return false;
    // If parts of the schema are composed, they may name it: the rows' rules decide then.
    return additionalProperties !== undefined || isComposed(this.#schema);
  }

  /** @param inRows the rule and column of what rows have told. */
  checks(inRows: (rule: string, column: string) => boolean, maxLocations: number): Check[] {
    const places = (files: readonly string[]) =>
      placed(
        files.slice(0, maxLocations).map((file) => ({ file, line: 1 })),
        files.length,
      );
    const present = this.#required.flatMap((column): Check[] => {
      const target = { column };
      const files = this.#missing.get(column) ?? [];
      if (files.length > 0) {
        const message = `the column ${column} is missing in ${listed(files)}`;
        const fix = `take ${column} out of \`required\``;
        return [{ id: 'column.missing', target, status: 'fail', message, ...places(files), fix }];
      }
      if (!this.#seen.has(column) || inRows('column.missing', column)) return [];
      return [{ id: 'column.missing', target, status: 'pass', message: `${column} is there` }];
    });
    const unknown = [...this.#unknown]
      .filter(([column]) => !inRows('column.unknown', column))
      .map(([column, files]): Check => {
        const target = { column };
        const status = this.#closed ? 'fail' : 'warn';
        const message = `the contract does not have the column ${column} of ${listed(files)}`;
        const fix = `add ${column} to \`properties\`${this.#closed ? '' : ', or say `additionalProperties: true`'}`;
        return { id: 'column.unknown', target, status, message, ...places(files), fix };
      });
    const none: Check = { id: 'column.unknown', status: 'pass', message: 'the contract has all columns' };
    const all = [...present, ...(this.#unknown.size === 0 && this.#seen.size > 0 ? [none] : unknown)];
    // What a header lacks is of no row that could be tolerated.
    return all.map((check) => graded(check, gradeOf(this.#table, check.target?.column), undefined, 0));
  }
}

function add(map: Map<string, string[]>, name: string, file: string): void {
  const files = map.get(name) ?? [];
  map.set(name, files);
  // One file is noted after the other.
  if (files.at(-1) !== file) files.push(file);
}

function listed(files: readonly string[]): string {
  return files.length <= 3 ? files.join(', ') : `${files[0]} and ${files.length - 1} other files`;
}
