import type { Contract } from '../contract/contract.ts';
import type { ByteSource, RandomAccess, Threads } from '../ports/ports.ts';
import type { Profile } from '../profile/profile.ts';
import type { TextOptions } from '../read/bytes.ts';
import type { NamedMissing } from '../read/dialect.ts';
import { emptyFault, type OnFault, watched } from '../read/fault.ts';
import { type Partition, PartitionColumns } from '../read/partitions.ts';
import { type Format, separatorOf } from '../read/read-file.ts';
import type { KeyForm } from './keys.ts';
import { type PartResult, type PartTask, type Split, scanPart, splitOf } from './parts.ts';
import type { RowOptions } from './row-log.ts';
import type { TableScan } from './table-scan.ts';

/** What every part is scanned with. */
export interface PartOptions {
  readonly contract?: Contract | undefined;
  readonly now?: Date | undefined;
  readonly keys: readonly KeyForm[];
  readonly compare: RowOptions | undefined;
  readonly reference?: Profile | undefined;
  readonly missing?: NamedMissing | undefined;
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  readonly memory: number;
  readonly patternLimitMs?: number;
  /** What the file's folders say of each row. */
  readonly partition: Partition | undefined;
  readonly scan: TableScan;
  readonly text?: TextOptions | undefined;
}

export interface InPartsOptions extends PartOptions {
  readonly threads?: Threads | undefined;
  readonly onFault: OnFault;
  /** Is told the columns of a file of JSON Lines, whenever there are new ones. */
  readonly onColumns: (file: string, columns: readonly string[]) => void;
}

/**
 * Scans a file in parts, the first in this thread, the others in threads of their own; what they find is added in the
 * order of the file. False where the file is not to be split; nothing was read into the scan then.
 */
export async function scanInParts(
  source: ByteSource,
  fileIndex: number,
  format: Format,
  options: InPartsOptions,
): Promise<boolean> {
  const { threads, scan, onFault } = options;
  if (threads === undefined || threads.count < 2) return false;
  const access = await threads.open(source.name);
  if (access === undefined) return false;
  const split = await splitOf(source.name, access, threads.count, format);
  if (split === undefined) return false;
  const [own, ...others] = tasksOf(source.name, fileIndex, split, options);
  if (own === undefined) return false;
  // A thread runs `scanPart` of this very build.
  const results = Promise.all(others.map((task) => threads.run(task) as Promise<PartResult>));
  // Awaited below; until then a failure is not one without a handler.
  results.catch(() => {});
  const before = scan.rows;
  const faults = watched(onFault);
  const { report } = faults;
  const { syntax, line } = split;
  const { partition } = options;
  const scanner = scan.scanner({ file: source.name, fileIndex, partition, syntax, line, report });
  const feed = async (from: number, to: number): Promise<void> => {
    for await (const chunk of access.read(from, to)) {
      scanner.push(chunk);
      if (scanner.stopped) return;
    }
  };
  await feed(own.from, own.to);
  const found = await results;
  if (!scanner.stopped && scanner.pending) await feed(own.to, access.size);
  else if (!scanner.stopped) {
    const before = { lines: scanner.line - 1, columns: [...(scanner.columns ?? [])] };
    await mergeAll(others, found, before, access, { ...options, onFault: report });
  }
  if (!scanner.stopped) scanner.end();
  if (!faults.explained && scan.rows === before) {
    const columns = syntax === 'json' ? scanner.columns : split.columns;
    report(emptyFault(source.name, columns !== undefined));
  }
  return true;
}

/** The tasks between bounds: places of bytes, or of row groups. */
export function tasksOf(
  file: string,
  fileIndex: number,
  { bounds, syntax, columns }: Pick<Split, 'bounds' | 'columns'> & Pick<PartTask, 'syntax'>,
  options: PartOptions,
): PartTask[] {
  const { contract, now, keys, compare, reference, maxLocations, samples, memory } = options;
  const { patternLimitMs, partition, scan, missing } = options;
  const parts = bounds.length - 1;
  const isAsIs = syntax !== 'parquet' && partition === undefined;
  const layout = scan.layoutWith(columns, isAsIs ? separatorOf(syntax) : undefined);
  const forms = scan.forms && new Map(scan.forms);
  return bounds.slice(0, -1).map((from, part) => ({
    ...{ file, fileIndex, from, to: bounds[part + 1] ?? from, last: part === parts - 1 },
    ...{ syntax, columns, partition, keys, compare, layout, forms, reference, maxLocations, samples },
    ...{ patternLimitMs, now, missing, limits: options.text?.limits },
    contract: contract && { ...contract, place: undefined },
    memory: memory / parts,
  }));
}

async function mergeAll(
  tasks: readonly PartTask[],
  results: readonly PartResult[],
  first: { readonly lines: number; readonly columns: string[] },
  access: RandomAccess,
  { scan, threads, partition, onFault, onColumns }: InPartsOptions,
): Promise<void> {
  let { lines } = first;
  const { columns } = first;
  const folders = partition && new PartitionColumns(partition);
  const merge = (task: PartTask, result: PartResult, spilled: boolean): void => {
    for (const { fault, count } of result.faults) {
      const placed = { ...fault, line: fault.line + lines };
      for (let i = 0; i < count; i++) onFault(placed);
    }
    const added = result.columns.filter((name) => !columns.includes(name));
    columns.push(...added);
    const all = folders?.names(columns) ?? columns;
    if (added.length > 0) onColumns(task.file, all);
    const fields = task.syntax === 'json' ? all : undefined;
    scan.merge(result.state, spilled ? threads?.spillOf(task) : undefined, lines, fields);
    lines += result.lines;
  };
  for (const [index, task] of tasks.entries()) {
    const result = results[index];
    if (result === undefined) return;
    if (!result.whole) {
      // The places of this and later parts were wrong: the rest is read from here, by one thread.
      const rest = { ...task, to: access.size, last: true };
      merge(task, await scanPart(rest, access.read(rest.from, rest.to), undefined), false);
      return;
    }
    merge(task, result, true);
    if (result.stopped) return;
  }
}
