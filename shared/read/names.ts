import { UserError } from '../problem/problem.ts';
import { refusePointer } from './pointer.ts';

/** What a file is, by its name; the query of an address of https is no part of it. */

/** Are the file's rows JSON Lines? */
export function isJson(name: string): boolean {
  return /\.(jsonl|ndjson)(\.gz|\.zst)?$/i.test(bare(name));
}

/** Is the file Parquet? */
export function isParquet(name: string): boolean {
  return /\.(parquet|pq)$/i.test(bare(name));
}

/** Is it text with delimiters? */
export function isDelimited(name: string): boolean {
  return !isJson(name) && !isParquet(name);
}

/** @throws UserError for files that are not read as tables, told by their names. */
export function refuseName(name: string): void {
  const own = bare(name)
    .toLowerCase()
    .replace(/\.(gz|zst)$/, '');
  if (own.endsWith('.dvc')) refusePointer(name, new Uint8Array(0));
  const format = /\.(json|xlsx?|arrow|feather)$/.exec(own)?.[1];
  if (format === undefined) return;
  const what =
    format === 'json' ? 'a JSON document is not read as a table' : `.${format} files are not read as tables`;
  const fix =
    format === 'json' ? 'write JSON Lines (.jsonl), one object a line' : 'write CSV, JSON Lines or Parquet';
  throw new UserError({ what, where: name, fix });
}

function bare(name: string): string {
  return /^https?:/i.test(name) ? name.replace(/[?#].*$/s, '') : name;
}

/** Is the column among those that are wanted, all if they are not named? A struct's name stands for its members. */
export function isWanted(name: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.some((one) => name === one || name.startsWith(`${one}.`));
}
