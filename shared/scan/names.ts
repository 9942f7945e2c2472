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
  return isTable(name) && !isJson(name) && !isParquet(name);
}

/** Is it none of the formats that are refused as tables? */
export function isTable(name: string): boolean {
  return !/\.(json|xlsx?|arrow|feather|dvc|(parquet|pq)\.(gz|zst))(\.(gz|zst))?$/i.test(bare(name));
}

function bare(name: string): string {
  return /^https?:/i.test(name) ? name.replace(/[?#].*$/s, '') : name;
}
