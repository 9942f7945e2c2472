import { dirname, isAbsolute, join } from 'node:path';
import type { Contract } from '../../shared/contract/contract.ts';
import { numericKeys } from '../../shared/contract/key-columns.ts';
import { Memory } from '../../shared/keys/memory.ts';
import { isAddress } from '../../shared/ports/address.ts';
import type { Files } from '../../shared/ports/ports.ts';
import { nearest } from '../../shared/problem/nearest.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { readTables } from '../../shared/read/tables.ts';
import { KeyColumns } from './key-terms.ts';
import { TextKeys } from './text-keys.ts';

/** Values that are looked up at once; others are compared at the end. */
const MOST = 1_000_000;

/** Files whose numbers are read as doubles. */
const OF_DOUBLES = /\.(jsonl|ndjson)(\.gz|\.zst)?$/i;

/** The values that a foreign key may have. */
export class ForeignValues {
  readonly memory: Memory;
  readonly #most: number;
  readonly #values = new Set<string>();
  /** Those that `has` does not know of. */
  readonly others: TextKeys;
  /** Are numbers rounded to doubles? */
  readonly doubles: boolean;

  /**
   * @param most values that are looked up at once.
   * @param doubles are numbers rounded to doubles?
   */
  constructor(memory: Memory, most = MOST, doubles = false) {
    this.doubles = doubles;
    this.memory = memory;
    this.#most = most;
    this.others = new TextKeys(memory);
  }

  add(text: string): void {
    if (this.#values.size < this.#most) this.#values.add(text);
    else if (!this.#values.has(text)) this.others.addText(text);
  }

  /** Is the text surely a value? */
  has(text: string): boolean {
    return this.#values.has(text);
  }
}

/**
 * The values that each foreign key of the contract may have, as `KeyColumns` writes them: all rows of the other files
 * without a null in the columns. They are compared as the referring columns are, so that `1.0` is `1` if those are
 * numbers; as doubles if one of the two files is JSON Lines, which gives no other.
 *
 * @param data the names of the files that refer.
 * @param memory also of the keys that are compared with them.
 * @throws UserError if a file cannot be read, or lacks a column.
 */
export async function readForeignKeys(
  contract: Contract,
  files: Pick<Files, 'source'>,
  data: readonly string[] = [],
  memory: Memory = new Memory({ bytes: Number.POSITIVE_INFINITY }),
): Promise<readonly ForeignValues[]> {
  const found: ForeignValues[] = [];
  for (const { columns, file, references, path } of contract.table.foreignKeys) {
    const at = isAbsolute(file) || isAddress(file) ? file : join(dirname(contract.where), file);
    const numeric = numericKeys(columns, contract.schema);
    const doubles = [at, ...data].some((name) => OF_DOUBLES.test(name));
    const values = new ForeignValues(memory, MOST, doubles);
    const keys = new KeyColumns(references, { numeric, doubles });
    for await (const batch of readTables([files.source(at)])) {
      const lacking = references.find((name) => !batch.columns.includes(name));
      if (lacking !== undefined && batch.records === undefined) throw lacks(at, lacking, batch.columns, path);
      for (const index of batch.rows.keys()) {
        const key = keys.textOf(batch, index);
        if (key !== undefined) values.add(key);
      }
    }
    found.push(values);
  }
  return found;
}

function lacks(file: string, column: string, columns: readonly string[], path: string): UserError {
  const like = nearest(column, columns);
  return new UserError({
    what: `the file of ${path} has no column ${column}`,
    where: file,
    fix: like === undefined ? `correct ${path}.references` : `did you mean ${like}?`,
  });
}
