import type { DocumentMap } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import type { Builder } from './builder.ts';
import type { Test } from './dbt-grade.ts';
import type { DocumentReader } from './document.ts';
import type { RuleGrade } from './numbers.ts';
import { bare } from './sql.ts';

/** A test at work. */
export interface TestCall {
  readonly builder: Builder;
  readonly reading: DocumentReader;
  readonly test: Test;
  readonly args: DocumentMap;
  /** The column of the test, if it has one. */
  readonly column: string;
  readonly grade: RuleGrade;
}

/** How one test becomes part of a contract. */
export interface DbtTest {
  /** Arguments that it knows. */
  readonly args: readonly string[];
  /** What its failures are; rows by default. */
  readonly counts?: 'other';
  /** Is each row judged by itself, so that a condition can leave rows out? */
  readonly ofRows?: true;
  /** A test of the whole table; it needs no column. */
  readonly table?: true;
  /** @returns why it is not carried, if it is not. */
  readonly carry: (call: TestCall) => string | undefined;
}

/** Tests by their names. */
export type DbtTestMap = Readonly<Record<string, DbtTest>>;

export const TEST_LIMITS = ['min_value', 'max_value', 'strictly'];

const NOTE_WARN =
  'a warning about the whole table does not exist here; with severity error it is carried over';

/** Rules of the row schema and of the row count know no warnings. */
export function firm({ grade }: TestCall, carry: () => void): string | undefined {
  if (grade.severity !== undefined || grade.tolerance !== undefined) return NOTE_WARN;
  carry();
  return undefined;
}

/** A rule of the values of the column. */
export function keywords(
  { builder, column, grade, test }: TestCall,
  rule: Readonly<Record<string, Json>>,
): void {
  builder.keywords(column, rule, grade, `${test.what} of ${column}`, test.path);
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Both sides of a test of several columns, without transforms of their names. */
export function columnList(call: TestCall, key: string): readonly string[] {
  const names = call.reading.texts(call.args[key], [...call.test.path, key]);
  if (names.length === 0) call.reading.wrong(`${call.test.what}: ${key} names no columns`, call.test.path);
  return names.map(bare);
}
