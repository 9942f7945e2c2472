import { type Batch, jsonTypeOf } from '../read/batch.ts';
import { ColumnAccumulator } from './accumulator.ts';
import type { CellCounts } from './cells.ts';
import { describeTable, type MissingTexts } from './describe.ts';
import type { Profile } from './profile.ts';

/** A profile, and the same rows counted in the cells of a reference. */
export interface ProfiledRows {
  readonly profile: Profile;
  /** By name, for the columns that the reference has too; empty without a reference. */
  readonly counted: ReadonlyMap<string, CellCounts>;
  readonly missing: MissingTexts;
  readonly timeKinds: ReadonlyMap<string, number>;
  /** By column, for JSON Lines: the JSON types of its values, and `absent` if a record lacks it. */
  readonly jsonTypes?: ReadonlyMap<string, ReadonlySet<string>>;
  /** For JSON Lines: the columns with a number that no double holds, such as 1e999. */
  readonly infinite?: ReadonlySet<string>;
}

/** Takes batches one by one, in any number of files. */
export interface Profiler {
  add(batch: Batch): void;
  finish(): ProfiledRows;
}

export interface ProfilerOptions {
  readonly reference?: Profile | undefined;
  /** Texts that stand for a missing value in any column. */
  readonly missing?: readonly string[] | undefined;
}

/**
 * Describes all columns of a table in one pass, in constant memory: columns of at most some 20,000 different numbers
 * or 30,000 different texts exactly, others with the errors that their profiles state.
 */
export function createProfiler({ reference, missing }: ProfilerOptions = {}): Profiler {
  const named = missing && new Set(missing);
  const columns = new Map<string, ColumnAccumulator>();
  const known = new Map(reference?.columns.map((column) => [column.name, column]));
  const json = new JsonTypes();
  let rows = 0;
  const accumulatorOf = (name: string): ColumnAccumulator => {
    const found = columns.get(name);
    if (found !== undefined) return found;
    const made = new ColumnAccumulator(name, known.get(name), named);
    columns.set(name, made);
    return made;
  };
  return {
    add: (batch) => {
      rows += batch.rows.length;
      const typed = batch.records !== undefined || batch.typed === true;
      if (batch.records !== undefined) json.add(batch.records);
      batch.columns.forEach((name, index) => {
        accumulatorOf(name).add(batch.rows, index, typed);
      });
    },
    finish: () => ({
      ...(json.records === 0 ? {} : { jsonTypes: json.finish() }),
      ...describeTable(columns.values(), rows),
    }),
  };
}

/** The JSON types that each name has in records. */
class JsonTypes {
  readonly #types = new Map<string, Set<string>>();
  readonly #present = new Map<string, number>();
  records = 0;

  add(records: readonly Readonly<Record<string, unknown>>[]): void {
    this.records += records.length;
    for (const record of records) {
      for (const [name, value] of Object.entries(record)) {
        const types = this.#types.get(name) ?? new Set();
        this.#types.set(name, types.add(jsonTypeOf(value)));
        this.#present.set(name, (this.#present.get(name) ?? 0) + 1);
      }
    }
  }

  finish(): ReadonlyMap<string, ReadonlySet<string>> {
    for (const [name, types] of this.#types) {
      if ((this.#present.get(name) ?? 0) < this.records) types.add('absent');
    }
    return this.#types;
  }
}

/** Profiles a whole table. */
export async function profileTable(
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  options: { readonly reference?: Profile } = {},
): Promise<ProfiledRows> {
  const profiler = createProfiler(options);
  for await (const batch of batches) profiler.add(batch);
  return profiler.finish();
}
