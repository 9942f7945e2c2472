import type { JsonObject } from '../../verdict/verdict.ts';

export type Format = 'dbt' | 'frictionless' | 'great-expectations' | 'odcs';

/** A part of a foreign document that the contract does not hold, or not with the same meaning. */
export interface NotCarried {
  readonly what: string;
  /** File, and line or path in the document. */
  readonly where: string;
  readonly mend?: string;
}

/** How the data are written, as far as the document says it; what is left out is not said. */
export interface Dialect {
  readonly delimiter?: string;
  /** Null where fields are never quoted. */
  readonly quote?: string | null;
  /** Does a quote twice stand for one? */
  readonly doubleQuote?: boolean;
  readonly escape?: string;
  readonly comment?: string;
  readonly lineTerminator?: string;
  readonly skipInitialSpace?: boolean;
  /** False where the first row is data; `columns` are the names then. */
  readonly header?: boolean;
  readonly columns?: readonly string[];
  readonly encoding?: string;
  /** Texts that stand for null, by column; the contract accepts them as they are, too. */
  readonly missingValues?: Readonly<Record<string, readonly string[]>>;
}

export interface ImportOptions {
  /** The model, resource or object, where the document has several. */
  readonly table?: string;
  /** Files of other tables by name, relative to the contract, for foreign keys. */
  readonly files?: Readonly<Record<string, string>>;
  /** Nested objects (Open Data Contract Standard): columns named by their path (`a.b`, the default), or objects. */
  readonly nested?: 'paths' | 'objects';
  /** `file:line` of a place in the document; by default the file and the path. */
  readonly place?: (path: readonly string[]) => string;
}

export interface Imported {
  readonly format: Format;
  /** JSON Schema 2020-12 of a row with the vocabulary `x-ml-loop`. */
  readonly contract: JsonObject;
  readonly notCarried: readonly NotCarried[];
  readonly dialect?: Dialect;
  /** Data files that the document names, relative to it. */
  readonly data?: readonly string[];
}
