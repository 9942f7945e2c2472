import type { Files } from '../../shared/ports/ports.ts';
import { isParquet } from '../../shared/read/names.ts';
import { openParquet } from '../../shared/read/parquet-file.ts';
import type { Check } from '../../shared/verdict/verdict.ts';

/** Names the row group of each place in a Parquet file, beside its row. @throws UserError if a file cannot be read. */
export async function inRowGroups(
  checks: readonly Check[],
  files: Pick<Files, 'source'>,
): Promise<readonly Check[]> {
  const ends = new Map<string, readonly number[]>();
  for (const { file } of checks.flatMap(({ locations }) => locations ?? [])) {
    if (!isParquet(file) || ends.has(file)) continue;
    const { groups } = await openParquet(files.source(file));
    let rows = 0;
    ends.set(
      file,
      groups.map(({ num_rows }) => {
        rows += Number(num_rows);
        return rows;
      }),
    );
  }
  return checks.map((check) => {
    if (check.locations === undefined) return check;
    return {
      ...check,
      locations: check.locations.map((location) => {
        const rowGroup =
          ends.get(location.file)?.findIndex((end) => (location.line ?? Number.POSITIVE_INFINITY) <= end) ??
          -1;
        return rowGroup < 0 ? location : { ...location, rowGroup };
      }),
    };
  });
}
