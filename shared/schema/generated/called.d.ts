export interface Called {
  readonly inputs: readonly string[];
  readonly secrets: readonly string[];
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** What its input `operation` may be. */
  readonly operations: readonly string[];
  /** The names of its jobs, as a check shows them after the name of the job that calls. */
  readonly jobs: readonly string[];
}
export declare const CALLED: Readonly<Record<'ml-ci' | 'ml-cd' | 'ml-ct', Called>>;
