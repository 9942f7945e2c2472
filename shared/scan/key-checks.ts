import { dirname, isAbsolute, join } from 'node:path';
import { type Contract, NO_TABLE_RULES } from '../contract/contract.ts';
import { type Grade, STRICT } from '../contract/grade.ts';
import { keyCheck } from '../contract/key.ts';
import { keysOf, numericKeys, type TableKey } from '../contract/key-columns.ts';
import { foreignCheck, uniqueCheck } from '../contract/keys.ts';
import type { TableFacts } from '../contract/row-term.ts';
import { gradedKey } from '../contract/table-checks.ts';
import type { ForeignKey } from '../contract/terms.ts';
import type { Memory } from '../keys/memory.ts';
import { isAddress } from '../ports/address.ts';
import type { ByteSource } from '../ports/ports.ts';
import { nearest } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { readBlocks } from '../read/blocks.ts';
import { problemOf } from '../read/fault.ts';
import { isJson } from '../read/names.ts';
import type { Check } from '../verdict/verdict.ts';
import { BlockKeys, type FoundOptions, type KeyForm, repeatedKeys, wrongKeys } from './keys.ts';
import type { TableScan } from './table-scan.ts';

export interface TableKeysOptions {
  readonly contract?: Contract | undefined;
  /** In place of the contract's. */
  readonly key?: readonly string[] | undefined;
  /** Opens the files that foreign keys refer to. */
  readonly open?: ((path: string) => ByteSource) | undefined;
}

/** The keys of a table: how they are compared, and what is told of them. */
export class TableKeys {
  readonly #keys: readonly TableKey[];
  readonly #grade: Grade;
  readonly #foreign = new Map<TableKey, BlockKeys>();
  readonly forms: readonly KeyForm[];

  constructor({ contract, key = [] }: TableKeysOptions, sources: readonly ByteSource[]) {
    const table = contract?.table ?? NO_TABLE_RULES;
    const own = key.length === 0;
    this.#grade = own ? table.grade : STRICT;
    this.#keys = keysOf(table, own ? table.key : key);
    this.forms = this.#keys.map((one) => ({
      columns: one.columns,
      numeric: numericKeys(one.columns, contract?.schema),
      needed: one.kind === 'key',
      // JSON Lines give numbers as doubles.
      doubles: one.kind === 'foreign' && [one.rule.file, ...sources.map(({ name }) => name)].some(isJson),
    }));
  }

  /** Reads the values of other files. @throws UserError if one cannot be read, or lacks a column. */
  async readForeign({ contract, open }: TableKeysOptions, memory: Memory): Promise<void> {
    for (const [index, key] of this.#keys.entries()) {
      const form = this.forms[index];
      if (key.kind !== 'foreign' || contract === undefined || form === undefined) continue;
      if (open === undefined) throw new TypeError('foreign keys need a way to open files');
      const { file } = key.rule;
      const source = open(isAbsolute(file) || isAddress(file) ? file : join(dirname(contract.where), file));
      const values = new BlockKeys(memory, 0, { ...form, columns: key.rule.references, needed: false });
      await readValues(source, key.rule, values);
      this.#foreign.set(key, values);
    }
  }

  /** Compares the keys of all rows, once; adds the rows that break a rule to those of `options`. */
  compare(scan: TableScan, options: FoundOptions): (facts: TableFacts) => Check[] {
    const checks = this.#keys.map((key, index) => {
      const parts = scan.keyParts(index);
      const others = this.#foreign.get(key);
      const foreign = others && { keys: others.state, spill: scan.memory.spill, before: 0, linesBefore: 0 };
      const check =
        key.kind === 'key'
          ? this.#keyCheck(key.columns, repeatedKeys(parts, options))
          : checkOf(key, wrongKeys(parts, foreign, options));
      scan.keys[index]?.release();
      others?.release();
      return check;
    });
    return (facts) => checks.map((check) => check(facts));
  }

  #keyCheck(columns: readonly string[], found: ReturnType<typeof repeatedKeys>) {
    return (facts: TableFacts) => gradedKey(keyCheck(columns, found, facts.columns), this.#grade, facts.rows);
  }
}

function checkOf(
  key: Exclude<TableKey, { kind: 'key' }>,
  found: ReturnType<typeof wrongKeys>,
): (facts: TableFacts) => Check {
  return (facts) =>
    key.kind === 'unique' ? uniqueCheck(key.rule, found, facts) : foreignCheck(key.rule, found, facts);
}

async function readValues(
  source: ByteSource,
  { references, path }: ForeignKey,
  to: BlockKeys,
): Promise<void> {
  let before = 0;
  const add = (block: Parameters<BlockKeys['add']>[0], columns: readonly string[]): void => {
    const fields = references.map((name) => columns.indexOf(name));
    to.add(block, fields, { file: source.name, fileIndex: 0, before, broken: new Uint8Array(block.rows) });
    before += block.rows;
  };
  const columns = await readBlocks(source, {
    onFault: (fault) => {
      throw new UserError(problemOf(fault));
    },
    onBlock: add,
  });
  if (!isJson(source.name)) refuseLacking(source.name, columns ?? [], references, path);
}

function refuseLacking(
  file: string,
  columns: readonly string[],
  references: readonly string[],
  path: string,
): void {
  const lacking = references.find((name) => !columns.includes(name));
  if (lacking === undefined) return;
  const like = nearest(lacking, columns);
  throw new UserError({
    what: `the file of ${path} has no column ${lacking}`,
    where: file,
    fix: like === undefined ? `correct ${path}.references` : `did you mean ${like}?`,
  });
}
