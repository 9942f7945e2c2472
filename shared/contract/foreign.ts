import { dirname, isAbsolute, join } from 'node:path';
import { Memory } from '../keys/memory.ts';
import type { Files } from '../ports/ports.ts';
import { nearest } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { readTables } from '../table/table.ts';
import type { Contract } from './contract.ts';
import { converter } from './convert.ts';
import { keyText } from './key.ts';
import { textOf } from './row.ts';
import { TextKeys } from './text-keys.ts';
import { rowTypes } from './vocabulary.ts';

/** Values that are looked up at once; others are compared at the end. */
const MOST = 1_000_000;

/** The values that a foreign key may have. */
export class ForeignValues {
  readonly memory: Memory;
  readonly #most: number;
  readonly #values = new Set<string>();
  /** Those that `has` does not know of. */
  readonly others: TextKeys;

  /** @param most values that are looked up at once. */
  constructor(memory: Memory, most = MOST) {
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
 * The values that each foreign key of the contract may have, as `keyText` writes them: all rows of the other files
 * without a null in the columns. They are read as the referring columns are, so that `1.0` is `1` where those are
 * numbers.
 *
 * @param memory also of the keys that are compared with them.
 * @throws UserError where a file cannot be read, or lacks a column.
 */
export async function readForeignKeys(
  contract: Contract,
  files: Pick<Files, 'source'>,
  memory: Memory = new Memory({ bytes: Number.POSITIVE_INFINITY }),
): Promise<readonly ForeignValues[]> {
  const found: ForeignValues[] = [];
  for (const { columns, file, references, path } of contract.table.foreignKeys) {
    const at = isAbsolute(file) ? file : join(dirname(contract.where), file);
    const converts = columns.map((name) => converter(rowTypes(name, contract.schema)));
    const values = new ForeignValues(memory);
    for await (const batch of readTables([files.source(at)])) {
      const fields = references.map((name) => batch.columns.indexOf(name));
      const lacking = references.find((_name, index) => fields[index] === -1);
      if (lacking !== undefined && batch.records === undefined) throw lacks(at, lacking, batch.columns, path);
      for (const row of batch.rows) {
        const cells = fields.map((field, index) => converts[index]?.(row[field] ?? null) ?? null);
        if (!cells.includes(null)) values.add(keyText(cells.map(textOf)));
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
    mend: like === undefined ? `correct ${path}.references` : `did you mean ${like}?`,
  });
}
