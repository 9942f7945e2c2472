import { expect } from '@jest/globals';
import type { Contract } from '../../../shared/contract/contract.ts';
import type { ByteSource, RandomAccess, Spill, Threads } from '../../../shared/ports/ports.ts';
import type { Profile } from '../../../shared/profile/profile.ts';
import { createProfiler, type ProfiledRows } from '../../../shared/profile/profiler.ts';
import { isJson } from '../../../shared/read/names.ts';
import { scanGroups } from '../../../shared/scan/parquet-scan.ts';
import { type PartResult, type PartTask, scanPart } from '../../../shared/scan/parts.ts';
import { type ScanOptions, type ScanResult, scanTables } from '../../../shared/scan/scan.ts';
import type { Location } from '../../../shared/verdict/verdict.ts';
import { createChecker } from '../../oracle/checker.ts';
import { readForeignKeys } from '../../oracle/foreign.ts';
import { readTables } from '../../oracle/table.ts';
import { MemorySpill } from '../../support/memory.ts';
import { sourceOf } from '../read/sources.ts';

export { MemorySpill };

/** Parts of a text or of a Parquet file, scanned one after the other in this thread. */
export class Turns implements Threads {
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #spills = new Map<number, MemorySpill>();
  static parts = 0;

  constructor(count: number, text: string | Uint8Array) {
    this.count = count;
    this.#bytes = Buffer.from(text as Uint8Array);
  }

  async open(): Promise<RandomAccess> {
    return { size: this.#bytes.length, read: (from, to) => this.#read(from, to) };
  }

  isWorth(): boolean {
    return true;
  }

  async *#read(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; at += 7) yield this.#bytes.subarray(at, Math.min(at + 7, to));
  }

  async run(task: PartTask): Promise<PartResult> {
    Turns.parts++;
    const spill = new MemorySpill();
    this.#spills.set(task.from, spill);
    const cloned = structuredClone(task);
    const result =
      task.syntax === 'parquet'
        ? scanGroups(cloned, sourceOf(task.file, this.#bytes), spill)
        : scanPart(cloned, this.#read(task.from, task.to), spill);
    return structuredClone(await result);
  }

  spillOf(task: PartTask): Spill | undefined {
    return this.#spills.get(task.from);
  }
}

/** The time of runs. */
export const NOW = new Date('2026-02-01T00:00:00Z');

/** Files that foreign keys refer to. */
const OTHERS: Readonly<Record<string, string>> = {
  'others.csv': 'id,c,x\n1,a,1.50\n1.0,b,\n7,,2\n60,x,1\n',
  'others.jsonl': '{"id":1,"c":"a"}\n{"id":2,"c":"1","x":1.5}\n{"c":"2026-01-30","id":null}\n',
};
const open = (path: string): ByteSource => sourceOf(path, OTHERS[path] ?? '');

export interface Given {
  readonly contract?: Contract | undefined;
  readonly key?: readonly string[] | undefined;
  readonly reference?: Profile | undefined;
  readonly samples?: 'hide' | 'show';
  /** Are the checks to come in the same order? So they are by default, except for those of records. */
  readonly ordered?: boolean;
}

/**
 * What checker and profiler make of rows of texts. The scan agrees with them, except where rows were wrong:
 *
 * - whole numbers that are written or declared as real ones are integers to them (formats.test.ts, values.test.ts);
 * - numbers of JSON Lines and Parquet beyond 2^53, and decimals of many digits, are rounded (values.test.ts);
 * - texts that stand for a missing value make a column of numbers one of texts (values.test.ts);
 * - NaN of Parquet is a value, not a null (parquet.test.ts);
 * - a member that a later record adds is not placed in the records before it.
 */
export async function oracle(sources: readonly ByteSource[], given: Given): Promise<ScanResult> {
  const { contract, key, reference, samples = 'show' } = given;
  const names = sources.map(({ name }) => name);
  const foreignKeys = contract === undefined ? [] : await readForeignKeys(contract, { source: open }, names);
  const checker = await createChecker({ contract, key, maxLocations: 3, samples, now: NOW, foreignKeys });
  const profiler = createProfiler(reference === undefined ? {} : { reference });
  for await (const batch of readTables(sources, { onFault: (fault) => checker.fault(fault) })) {
    checker.add(batch);
    profiler.add(batch);
  }
  const profiled = profiler.finish();
  return { checked: checker.finish(profiled.profile), profiled };
}

/**
 * As rows can tell it. Sums are taken in another order: means and deviations agree except for their last digits. Rows
 * do not say that a whole number was written or declared as a real one, or that a text stands for a missing value.
 */
function rounded(profiled: ProfiledRows, left: ReadonlySet<string>, isMixed: boolean): unknown {
  const { profile, counted, jsonTypes } = profiled;
  const columns = profile.columns
    .filter(({ name }) => !left.has(name))
    .map(({ mean, sd, type, types: { integer = 0, number = 0, ...types }, ...rest }) => ({
      ...rest,
      type: type === 'integer' ? 'number' : type,
      types: { ...types, number: integer + number },
      ...(mean === undefined ? {} : { mean: Number(mean.toPrecision(9)) }),
      ...(sd === undefined ? {} : { sd: Number(sd.toPrecision(9)) }),
    }));
  // If a file of another format has no such column, a member is absent; rows tell records only.
  const told = ['array', 'object', 'boolean', ...(isMixed ? [] : ['absent'])];
  const kinds = [...(jsonTypes ?? [])]
    .map(([name, own]) => [name, [...own].filter((type) => told.includes(type)).sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // As it is written to a file, where −0 is 0.
  return {
    profile: JSON.parse(JSON.stringify({ ...profile, columns })),
    counted: new Map([...counted].filter(([name]) => !left.has(name))),
    jsonTypes: jsonTypes && kinds,
  };
}

/** Columns of numbers that a double does not hold: rows have them as texts, or rounded. */
function inexact({ profile }: ProfiledRows): ReadonlySet<string> {
  const beyond = (value: unknown) => typeof value === 'string' && /^-?\d[\d.]{15,}$/.test(value);
  const has = profile.columns.filter(({ min, max, top }) =>
    [min, max, ...top.map(({ value }) => value)].some(beyond),
  );
  return new Set(has.map(({ name }) => name));
}

/** Does the profile say what rows say? */
export function expectSameProfile(found: ProfiledRows, expected: ProfiledRows, isMixed = false): void {
  const left = inexact(found);
  expect(rounded(found, left, isMixed)).toEqual(rounded(expected, left, isMixed));
}

/**
 * A batch knows names that come in later records, so that a member a record lacks has a place there. And it knows
 * doubles: it shows whole numbers without the digits that these do not hold.
 */
function unplaced(checked: ScanResult['checked'], ordered: boolean): unknown {
  const shown = (at: Location): Location =>
    at.value !== undefined && /^[+-]?\d{16,}$/.test(at.value)
      ? { ...at, value: String(Number(at.value)) }
      : at;
  const checks = checked.checks.map(({ locations, ...check }) => {
    if (locations === undefined) return check;
    if (check.id !== 'column.missing') return { ...check, locations: locations.map(shown) };
    return { ...check, locations: locations.map(({ column: _column, ...rest }) => rest) };
  });
  return { ...checked, checks: ordered ? checks : checks.map((check) => JSON.stringify(check)).sort() };
}

export async function agree(
  sources: readonly ByteSource[],
  given: Given,
  how: Partial<ScanOptions> = {},
): Promise<ScanResult> {
  const expected = await oracle(sources, given);
  const samples = given.samples ?? 'show';
  const found = await scanTables(sources, { ...given, maxLocations: 3, samples, now: NOW, open, ...how });
  // Of rules that the same row is the first to break, a scan tells those of a column together.
  const ordered = given.ordered ?? !sources.some(({ name }) => isJson(name));
  expect(unplaced(found.checked, ordered)).toEqual(unplaced(expected.checked, ordered));
  const isMixed = new Set(sources.map(({ name }) => isJson(name))).size > 1;
  expectSameProfile(found.profiled, expected.profiled, isMixed);
  return found;
}
