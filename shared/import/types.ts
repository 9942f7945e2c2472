import type { Dialect } from '../read/dialect.ts';
import type { JsonObject } from '../verdict/verdict.ts';

export type { Dialect };

export type ForeignFormat = 'dbt' | 'frictionless' | 'great-expectations' | 'odcs';

/** A part of a foreign document that the contract does not hold, or not with the same meaning. */
export interface LostPart {
  readonly what: string;
  /** File, and line or path in the document. */
  readonly where: string;
  readonly fix?: string;
}

export interface ImportOptions {
  /** The model, resource or object, if the document has several. */
  readonly table?: string;
  /** Files of other tables by name, relative to the contract, for foreign keys. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Nested objects (Open Data Contract Standard): columns named by their path (`a.b`, the default), or objects, as in
   * documents, if what need not be there may be absent.
   */
  readonly nested?: 'paths' | 'objects';
  /** `file:line` of a place in the document; by default the file and the path. */
  readonly place?: (path: readonly string[]) => string;
}

export interface ImportedContract {
  readonly format: ForeignFormat;
  /** JSON Schema 2020-12 of a row with the vocabulary `x-ml-loop`. */
  readonly contract: JsonObject;
  readonly notCarried: readonly LostPart[];
  readonly dialect?: Dialect;
  /** Data files that the document names, relative to it. */
  readonly data?: readonly string[];
}
