import type { Memory } from '../keys/memory.ts';
import { grouped } from '../problem/numbers.ts';
import type { Status } from '../verdict/status.ts';
import type { Check, JsonObject } from '../verdict/verdict.ts';

/** The checks that can be asked to fail; their ids are these after `integrity.`. */
export const INTEGRITY_CHECKS = [
  'duplicates',
  'copies',
  'conflicts',
  'types',
  'nulls',
  'variants',
  'constant',
  'nearly-constant',
  'label-missing',
  'classes',
  'label-share',
  'label-leak',
  'time-unreadable',
  'time-order',
  'time-future',
  'time-gaps',
] as const;
export type IntegrityCheck = (typeof INTEGRITY_CHECKS)[number];

export interface IntegrityOptions {
  /** Columns whose values together tell rows apart: no features. */
  readonly key?: readonly string[];
  /** Columns that are not features for other reasons. */
  readonly ignored?: readonly string[];
  readonly label?: string | undefined;
  readonly timestamp?: string | undefined;
  /** Checks whose finding is a `fail`, in place of a `warn` or a remark. */
  readonly failOn?: readonly IntegrityCheck[];
  /** The reference must have no row of the data: by key, and by all columns that both have. */
  readonly disjoint?: boolean;
  /** The names of the reference's columns, if its rows will be given by `addReference`. */
  readonly referenceColumns?: readonly string[] | undefined;
  /** Locations of a check, at most. */
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  readonly now: Date;
  /** Of rows that are read one by one; 128 MiB without a spill by default, and only as many rows are compared then. */
  readonly memory?: Memory | undefined;
}

export interface IntegrityFindings {
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
}

export const NO_INTEGRITY_FINDINGS: IntegrityFindings = { checks: [], measures: {} };

/** Columns that a message names, at most. */
const MAX_NAMED = 20;

/** The status of a finding: `otherwise`, or `fail` if the user asked for it. */
export function found(
  { failOn = [] }: Pick<IntegrityOptions, 'failOn'>,
  check: IntegrityCheck,
  otherwise: Status = 'warn',
): Status {
  return failOn.includes(check) ? 'fail' : otherwise;
}

/** A list of names for a message. */
export function named(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? ` and ${grouped(names.length - MAX_NAMED)} more` : '';
  return names.slice(0, MAX_NAMED).join(', ') + more;
}
