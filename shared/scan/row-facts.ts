import type { IntegrityFacts } from '../integrity/findings.ts';
import type { IntegrityOptions } from '../integrity/options.ts';
import type { RowFacts } from '../integrity/row-facts.ts';
import { repeatedHashes, sharedHashes } from '../keys/equal-hashes.ts';
import type { HashPart } from '../keys/hash-log.ts';
import type { RowPlace } from '../keys/key-log.ts';
import { RowSet } from '../keys/row-set.ts';
import type { Profile } from '../profile/profile.ts';
import type { Location } from '../verdict/verdict.ts';
import { type HashedPart, RowLog, type RowOptions } from './row-log.ts';
import { type Again, SecondPass, type Sides } from './second-pass.ts';
import type { RowPart, TableScan } from './table-scan.ts';

export interface FactsOptions {
  readonly integrity: IntegrityOptions;
  readonly compare: RowOptions;
  readonly files: readonly string[];
  readonly profile: Profile;
  /** Reads the data. */
  readonly again: Again;
  /** Reads the reference, if that must have no row of the data and has rows. */
  readonly reference?: Again | undefined;
}

/**
 * What is to be known of data to judge them as material for learning, exactly: rows whose hashes are equal are read
 * again, and compared byte by byte; so are times, a sample, and the first places of a few texts. If nothing of that
 * is to be told, nothing is read again.
 */
export async function factsOf(scan: TableScan, options: FactsOptions): Promise<IntegrityFacts> {
  const { integrity, compare, files, reference, again } = options;
  const leak = reference && (await leakOf(scan, reference, compare));
  const repeated = (log: HashedPart) => repeatedHashes(hashesOf(scan.rowParts, log));
  const sets = {
    all: repeated('all'),
    copies: repeated('copies'),
    features: repeated('features'),
    byRow: leak?.data.byRow ?? new RowSet(),
    byKey: leak?.data.byKey ?? new RowSet(),
  };
  scan.releaseRows();
  const second = new SecondPass([...scan.columns.keys()], { ...options, memory: scan.memory }, sets);
  if (second.isNeeded) await again((reading) => second.take(reading));
  if (
    leak !== undefined &&
    reference !== undefined &&
    leak.reference.byRow.size + leak.reference.byKey.size > 0
  )
    await reference((reading) => second.takeReference(reading, leak.reference));
  const { maxLocations } = integrity;
  const locate = ({ file, line }: RowPlace): Location => ({ file: files[file] ?? '', line });
  const { rows, join, times, sample } = second;
  const valued = sumOf(scan.rowParts, ({ log }) => log.valued);
  const found = rows.facts(valued, maxLocations, locate);
  return {
    columns: [...scan.columns.keys()],
    texts: new Map(
      [...scan.columns].flatMap(([name, { notes }]) => (notes === undefined ? [] : [[name, notes.facts]])),
    ),
    firstPlace: (column, text) => second.firstPlace(column, text),
    rows: {
      duplicates: found.duplicates,
      ...(compare.key === undefined || compare.key.length === 0 ? {} : { copies: found.copies }),
      ...(compare.label === undefined ? {} : labelFacts(scan.rowParts, found.conflicts, maxLocations)),
    },
    times: times?.facts,
    sample,
    ...(integrity.disjoint === true
      ? {
          leakage: {
            ...{ rows: scan.rows, referenceRows: leak?.rows ?? 0 },
            byRow: join.found('row', maxLocations, locate),
            ...(compare.shared?.keyed === true ? { byKey: join.found('key', maxLocations, locate) } : {}),
          },
        }
      : {}),
  };
}

function sumOf(parts: readonly RowPart[], of: (part: RowPart) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}

function hashesOf(parts: readonly RowPart[], log: HashedPart): HashPart[] {
  return parts.flatMap((part) => {
    const state = part.log.hashes[log];
    return state === undefined ? [] : [{ ...part, log: state }];
  });
}

function labelFacts(
  parts: readonly RowPart[],
  conflicts: Omit<NonNullable<RowFacts['conflicts']>, 'labelled'>,
  maxLocations: number,
): Required<Pick<RowFacts, 'conflicts' | 'unlabelled'>> {
  const locations = parts.flatMap(({ log, linesBefore, labelField }) =>
    log.unlabelledLocations.map((at) => ({
      ...at,
      line: (at.line ?? 0) + linesBefore,
      ...(at.column === undefined || labelField === undefined ? {} : { column: labelField + 1 }),
    })),
  );
  return {
    conflicts: { ...conflicts, labelled: sumOf(parts, ({ log }) => log.labelled) },
    unlabelled: {
      count: sumOf(parts, ({ log }) => log.unlabelled),
      locations: locations.slice(0, maxLocations),
    },
  };
}

/** The rows of the data and of the reference whose hashes are equal; and how many the reference has. */
async function leakOf(
  scan: TableScan,
  reference: Again,
  compare: RowOptions,
): Promise<{ readonly data: Sides; readonly reference: Sides; readonly rows: number }> {
  const keyed = compare.shared?.keyed === true;
  const columns = (compare.shared?.columns ?? []).filter((name) => scan.columns.has(name));
  const log = new RowLog(
    { ...compare, shared: { columns, keyed } },
    scan.layoutWith([], undefined),
    keyed ? ['shared', 'key'] : ['shared'],
    { memory: scan.memory, maxLocations: 0 },
  );
  let rows = 0;
  await reference(({ block, columns: names, file, separator }) => {
    log.add(block, names, { file }, separator);
    rows += block.rows;
    return undefined;
  });
  const ours = (name: 'shared' | 'key') => hashesOf(scan.rowParts, name);
  const theirs = (name: 'shared' | 'key'): HashPart[] => {
    const state = log.state.hashes[name];
    return state === undefined ? [] : [{ log: state, spill: scan.memory.spill, before: 0 }];
  };
  const found = {
    data: {
      byRow: sharedHashes(ours('shared'), theirs('shared')),
      byKey: sharedHashes(ours('key'), theirs('key')),
    },
    reference: {
      byRow: sharedHashes(theirs('shared'), ours('shared')),
      byKey: sharedHashes(theirs('key'), ours('key')),
    },
    rows,
  };
  log.release();
  return found;
}
