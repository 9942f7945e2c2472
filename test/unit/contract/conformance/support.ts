import { gradedById } from '../../../../shared/contract/grade.ts';
import { readContract } from '../../../../shared/contract/read.ts';
import { readerDialect } from '../../../../shared/import/reading.ts';
import { scanTables } from '../../../../shared/scan/scan.ts';
import type { Check } from '../../../../shared/verdict/verdict.ts';
import { sourceOf } from '../../read/sources.ts';

export interface Judged {
  readonly accepted: boolean;
  readonly invalidRows: number;
  readonly checks: readonly Check[];
  readonly failed: readonly Check[];
  /** What an importer could not carry over. */
  readonly notCarried: readonly string[];
}

/**
 * Judges a file by a contract, read and checked as validate-data does.
 *
 * @param others contents of other tables by their names in the contract.
 * @param table the one that is judged, if the contract has several.
 */
export async function judged(
  contract: string,
  file: string,
  content: string,
  others: Readonly<Record<string, string>> = {},
  table?: string,
): Promise<Judged> {
  const names = Object.keys(others);
  const files = Object.fromEntries(names.map((name) => [name, `${name}.csv`]));
  const read = await readContract(contract, 'contract.json', {
    ...(names.length === 0 ? {} : { files }),
    ...(table === undefined ? {} : { table }),
  });
  const dialect = read.imported?.dialect && readerDialect(read.imported.dialect, 'contract.json').dialect;
  const { encoding } = dialect ?? {};
  const source = sourceOf(file, encoding === undefined ? content : Buffer.from(content, 'latin1'));
  const { checked } = await scanTables([source], {
    ...{ contract: read.contract, maxLocations: 1000, samples: 'show', dialect },
    now: new Date('2026-01-01T00:00:00Z'),
    open: (path) => sourceOf(path, others[path.replace(/\.csv$/, '')] ?? ''),
    ...(encoding === undefined ? {} : { text: { encoding } }),
  });
  const { invalidRows, rows } = checked;
  const checks = checked.checks.map((check) => gradedById(check, read.contract.table.checks, rows));
  const failed = checks.filter(({ status }) => status === 'fail');
  const notCarried = (read.imported?.notCarried ?? []).map(({ what }) => what);
  return { accepted: failed.length === 0, invalidRows, checks, failed, notCarried };
}

/** Which rows of JSON Lines are accepted: on no line of the others does a check fail. */
export async function acceptedRows(schema: unknown, rows: readonly string[]): Promise<boolean[]> {
  const { invalidRows, failed } = await judged(JSON.stringify(schema), 'a.jsonl', `${rows.join('\n')}\n`);
  const lines = new Set(failed.flatMap(({ locations = [] }) => locations.map(({ line }) => line)));
  const told = failed.map(({ id, message }) => `${id}: ${message}`).join('; ');
  if (lines.size !== invalidRows)
    throw new Error(`${invalidRows} invalid rows, on ${lines.size} lines: ${told}`);
  return rows.map((_, index) => !lines.has(index + 1));
}
