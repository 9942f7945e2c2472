import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { ImportOptions, LostPart } from './types.ts';

export type Path = readonly string[];

/** Reads parts of a foreign document; what is wrong is noted with its place, and thrown together by `done`. */
export class DocumentReader {
  readonly notCarried: LostPart[] = [];
  readonly options: ImportOptions;
  readonly #file: string;
  readonly #problems: Problem[] = [];

  constructor(file: string, options: ImportOptions) {
    this.#file = file;
    this.options = options;
  }

  where(path: Path): string {
    return (
      this.options.place?.(path) ?? (path.length === 0 ? this.#file : `${this.#file}: ${path.join('.')}`)
    );
  }

  wrong(what: string, path: Path, fix?: string): undefined {
    this.#problems.push({ what, where: this.where(path), ...(fix === undefined ? {} : { fix }) });
    return undefined;
  }

  lost(what: string, path: Path, fix?: string): void {
    const entry = { what, where: this.where(path), ...(fix === undefined ? {} : { fix }) };
    const same = (one: LostPart) => one.what === what && one.where === entry.where;
    if (!this.notCarried.some(same)) this.notCarried.push(entry);
  }

  /** @throws UserError with all that was wrong. */
  done(): void {
    if (this.#problems.length > 0) throw new UserError(this.#problems);
  }

  map(value: unknown, path: Path): DocumentMap {
    if (value === undefined || value === null) return {};
    if (isMap(value)) return value;
    this.wrong(`${path.at(-1) ?? 'the document'} is not a map`, path);
    return {};
  }

  list(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value as readonly unknown[];
    this.wrong(`${path.at(-1) ?? 'the document'} is not a list`, path);
    return [];
  }

  text(value: unknown, path: Path): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return this.wrong(`${path.at(-1) ?? ''} is not a text`, path);
  }

  /** A number, also if it is written as a text. */
  number(value: unknown, path: Path): number | undefined {
    if (value === undefined || value === null) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    return this.wrong(`${path.at(-1) ?? ''} is not a number`, path);
  }

  count(value: unknown, path: Path): number | undefined {
    const number = this.number(value, path);
    if (number === undefined || (Number.isSafeInteger(number) && number >= 0)) return number;
    return this.wrong(`${path.at(-1) ?? ''} is not a whole number from 0 on`, path);
  }

  flag(value: unknown, path: Path): boolean | undefined {
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
    if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    return this.wrong(`${path.at(-1) ?? ''} is neither true nor false`, path);
  }

  /** Texts, also if one stands alone. */
  texts(value: unknown, path: Path): readonly string[] {
    if (value === undefined || value === null) return [];
    const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return list.flatMap((one, index) => this.text(one, [...path, String(index)]) ?? []);
  }

  /** Tells of keys that are not known. */
  others(map: DocumentMap, known: readonly string[], path: Path, what: string): void {
    for (const key of Object.keys(map)) {
      if (!known.includes(key)) this.lost(`${what} has no ${key}`, [...path, key], suggestion(key, known));
    }
  }

  /** The table that is meant: the only one, or the one that the option names. */
  chosen<T extends { readonly name: string }>(tables: readonly T[], noun: string): T {
    const names = tables.map(({ name }) => name);
    const { table } = this.options;
    if (tables.length === 0) this.wrong(`the document has no ${noun}`, []);
    const found = tables.filter(({ name }) => name === table);
    const [only] = table === undefined ? tables : found;
    if (tables.length > 0 && table !== undefined && found.length === 0) {
      this.wrong(`there is no ${noun} ${JSON.stringify(table)}`, [], suggestion(table, names));
    } else if (only !== undefined && (table === undefined ? tables : found).length > 1) {
      this.wrong(
        table === undefined
          ? `the document has ${tables.length} of ${noun}: ${names.join(', ')}`
          : `${noun} ${JSON.stringify(table)} is there ${found.length} times`,
        [],
        table === undefined
          ? 'name the one that the data are in `contract-table`'
          : 'give each a name of its own',
      );
    }
    if (only === undefined) this.done();
    this.done();
    return only as T;
  }
}
