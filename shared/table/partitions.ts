import type { Batch, Cell } from './batch.ts';

/** What Hive and Spark name the folder of rows whose key is null. */
const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';

/** The keys and values of one file's folders, in their order. */
export type Partition = ReadonlyMap<string, Cell>;

/**
 * The partitions that the folders of each path name as `key=value`, percent-decoded, in the order of the paths;
 * undefined if the files do not all have the same keys, unless any keys are wanted.
 */
export function partitionsOf(paths: readonly string[], any = false): readonly Partition[] | undefined {
  const found = paths.map(partitionOf);
  const keys = new Set(found.map((partition) => JSON.stringify([...partition.keys()])));
  return any || (keys.size === 1 && !keys.has('[]')) ? found : undefined;
}

function partitionOf(path: string): Partition {
  const folders = path.split(/[/\\]/).slice(0, -1);
  return new Map(
    folders.flatMap((folder) => {
      const at = folder.indexOf('=');
      if (at < 1) return [];
      const value = folder.slice(at + 1);
      return [[percentDecoded(folder.slice(0, at)), value === NULL_FOLDER ? null : percentDecoded(value)]];
    }),
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Adds a partition's columns to batches, behind their own; a column of that name in the file stays as it is. */
export async function* withPartitions(
  batches: AsyncIterable<Batch>,
  partition: Partition,
): AsyncGenerator<Batch> {
  let own: readonly string[] | undefined;
  let columns: readonly string[] = [];
  let added: readonly (readonly [string, Cell])[] = [];
  for await (const batch of batches) {
    if (batch.columns !== own) {
      own = batch.columns;
      const taken = new Set([...own, ...(batch.unread ?? [])]);
      added = [...partition].filter(([key]) => !taken.has(key));
      columns = [...own, ...added.map(([key]) => key)];
    }
    const cells = added.map(([, cell]) => cell);
    const fields = Object.fromEntries(added);
    yield {
      ...batch,
      columns,
      rows: batch.rows.map((row) => [...row, ...cells]),
      ...(batch.records && { records: batch.records.map((record) => ({ ...record, ...fields })) }),
    };
  }
}
