import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { Builder } from './builder.ts';
import type { Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import type { RuleGrade } from './numbers.ts';

/** An expectation at work. */
export interface ExpectationCall {
  readonly builder: Builder;
  readonly reading: DocumentReader;
  readonly column: string;
  readonly args: Readonly<Record<string, Json>>;
  readonly grade: RuleGrade;
  readonly what: string;
  readonly path: Path;
  /** `mostly`. */
  readonly share: number;
}

/** Why an expectation is not carried; undefined if it is. */
export type NotCarriedReason = string | undefined;

/** How one expectation of the core becomes part of a contract. */
export interface Expectation {
  /** Arguments that it knows, beside `column`, `mostly` and those that say nothing about the data. */
  readonly args: readonly string[];
  /** Does `mostly` allow rows to break it, as a tolerance does? */
  readonly mostly?: true;
  readonly table?: true;
  readonly carry: (call: ExpectationCall) => NotCarriedReason;
}

/** Expectations by their names. */
export type ExpectationMap = Readonly<Record<string, Expectation>>;

export const LIMIT_ARGS = ['min_value', 'max_value', 'strict_min', 'strict_max'];
export const TIME_ARGS = ['parse_strings_as_datetimes', 'output_strftime_format'];

export const NO_NUMBERS = 'its limits are not numbers';
export const NO_COLUMNS = 'it names no columns';

/** A rule of one column's values; of which `mostly` is a share, nulls left out. */
export function addKeywords(call: ExpectationCall, rule: Keywords): undefined {
  const { builder, column, what, path } = call;
  builder.keywords(column, rule, gradeOfValues(call, [column]), what, path);
}

/** `mostly` is a share of the rows in which these columns are not null, among those of `row_condition`. */
export function gradeOfValues({ grade }: ExpectationCall, columns: readonly string[]): RuleGrade {
  if (grade.tolerance === undefined) return grade;
  return { ...grade, when: bothOf(grade.when, valuedRows(columns)) };
}

/** The rows of two schemas, of which the first may be missing. */
export function bothOf(first: JsonObject | undefined, second: JsonObject): JsonObject {
  return first === undefined ? second : { allOf: [first, second] };
}

/** The rows in which all of these columns hold a value. */
export function valuedRows(columns: readonly string[]): JsonObject {
  return {
    required: [...columns],
    properties: Object.fromEntries(columns.map((name) => [name, { not: { type: 'null' } }])),
  };
}

export function limitsOf({
  min_value: min,
  max_value: max,
  strict_min,
  strict_max,
}: ExpectationCall['args']) {
  return { min, max, strictMin: strict_min === true, strictMax: strict_max === true };
}

/** The columns that an argument lists. */
export function columnNames(call: ExpectationCall, key: string): readonly string[] {
  return call.reading.texts(call.args[key], [...call.path, 'kwargs', key]);
}

const NOTE = 'a warning about the whole table does not exist here; with severity critical it is carried over';

/** Rules of the whole table know no warnings. */
export function ifCritical({ grade }: ExpectationCall, carry: () => void): NotCarriedReason {
  if (grade.severity !== undefined || grade.tolerance !== undefined) return NOTE;
  carry();
  return undefined;
}
