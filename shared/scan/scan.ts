import type { JudgedTable } from '../contract/checked.ts';
import type { Contract } from '../contract/contract.ts';
import { FaultChecks } from '../contract/faults.ts';
import { Headers } from '../contract/headers.ts';
import { termsOf } from '../contract/judge.ts';
import { Presence } from '../contract/presence.ts';
import { schemaRules } from '../contract/schema.ts';
import type { IntegrityFacts } from '../integrity/findings.ts';
import { sharedOf } from '../integrity/leakage.ts';
import type { IntegrityOptions } from '../integrity/options.ts';
import { isAddress } from '../ports/address.ts';
import type { ByteSource, Spill, Threads } from '../ports/ports.ts';
import { describeTable } from '../profile/describe.ts';
import type { Profile } from '../profile/profile.ts';
import type { ProfiledRows } from '../profile/profiler.ts';
import { type TextOptions, utf8Of } from '../read/bytes.ts';
import type { Dialect } from '../read/dialect.ts';
import { encodingOf } from '../read/encoding.ts';
import type { Fault } from '../read/fault.ts';
import { isJson, isParquet, refuseName } from '../read/names.ts';
import { folderPartitions } from '../read/partitions.ts';
import { textFormatOf } from '../read/read-file.ts';
import { checkedOf } from './checks.ts';
import { JSON_TYPES } from './column.ts';
import { scanInParts } from './in-parts.ts';
import { TableKeys } from './key-checks.ts';
import { tableReader } from './read-again.ts';
import { factsOf } from './row-facts.ts';
import type { RowOptions } from './row-log.ts';
import { TableScan } from './table-scan.ts';

export interface ScanOptions {
  readonly contract?: Contract | undefined;
  /** In place of the contract's. */
  readonly key?: readonly string[] | undefined;
  readonly reference?: Profile | undefined;
  /** Only if the contract has `freshness`: the time that ages are counted to. */
  readonly now?: Date | undefined;
  /** Locations of a check, at most. */
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** How files that are not plain UTF-8 are read. */
  readonly text?: TextOptions | undefined;
  /** By default a tab for `.tsv`, else what the header line shows most of. */
  readonly delimiter?: string | undefined;
  /** How delimited files are written, if it is not RFC 4180. */
  readonly dialect?: Dialect | undefined;
  /** Bytes of keys that are held before they are spilled; 16 MiB by default. */
  readonly memory?: number;
  /** Where keys beyond that go; without it they stay in memory. */
  readonly spill?: Spill | undefined;
  /** For large plain files; one thread by default. */
  readonly threads?: Threads | undefined;
  /** How long the contract's patterns may take over a block of rows; a minute by default. */
  readonly patternLimitMs?: number;
  /** Gathers what `integrityFindings` judges. The sources may be read twice for it. */
  readonly integrity?: IntegrityOptions | undefined;
  /** Opens the files that foreign keys refer to. */
  readonly open?: ((path: string) => ByteSource) | undefined;
  /** For `disjoint`: the reference's files. */
  readonly referenceRows?: readonly ByteSource[] | undefined;
}

export interface ScanResult {
  readonly profiled: ProfiledRows;
  readonly checked: JudgedTable;
  /** Only if it was asked for. */
  readonly integrity?: IntegrityFacts;
}

const MEMORY = 16 * 1024 * 1024;

/**
 * Checks and describes tables in one pass over their bytes, with the sketches' errors for columns of very many different
 * values.
 *
 * @throws UserError if a file cannot be read.
 */
export async function scanTables(sources: readonly ByteSource[], options: ScanOptions): Promise<ScanResult> {
  const { contract, reference, maxLocations, samples, memory = MEMORY, spill } = options;
  const faults = new FaultChecks(maxLocations);
  const headers = new Headers(maxLocations);
  const presence = contract && new Presence(contract);
  const compare = options.integrity && rowOptions(options.integrity, options.referenceRows);
  const rules = contract && (await schemaRules(contract));
  const terms = contract && (await termsOf(contract, options));
  const tableKeys = new TableKeys(options, sources);
  const keys = tableKeys.forms;
  const scan = new TableScan({
    ...{ contract, rules, terms, keys, compare, reference, maxLocations, samples, memory, spill },
    missing: options.dialect,
    // If other files, or the reference's rows, are texts, all are hashed as such.
    forms:
      compare?.shared === undefined && sources.every(({ name }) => isParquet(name)) ? new Map() : undefined,
    ...(options.patternLimitMs === undefined ? {} : { patternLimitMs: options.patternLimitMs }),
    onFault: (fault) => faults.add(fault),
    onHeader: (file, columns, header) => {
      if (header) headers.note(file, columns);
      presence?.note(file, columns, header);
      terms?.header(file, columns, header);
    },
  });
  await tableKeys.readForeign(options, scan.memory);
  const partitions = folderPartitions(sources.map(({ name }) => name));
  for (const [index, source] of sources.entries()) {
    refuseName(source.name);
    const partition = partitions?.[index];
    const shared = {
      ...options,
      missing: options.dialect,
      keys,
      compare,
      memory,
      scan,
      onFault: (fault: Fault) => faults.add(fault),
    };
    // Keys are compared in the order of the rows, which parts of one file keep only at the end.
    const apart = (keys.length === 0 && compare === undefined) || index === sources.length - 1;
    const { encoding } = options.text ?? {};
    // Threads open files by their paths, and read the bytes as they are.
    const isUtf8 = encoding === undefined || encodingOf(encoding, source.name) === 'utf-8';
    const threads = apart && isUtf8 && !isAddress(source.name) ? options.threads : undefined;
    if (isParquet(source.name)) {
      const { scanParquet } = await import('./parquet-scan.ts');
      await scanParquet(source, index, { ...shared, threads, partition });
      continue;
    }
    const format = textFormatOf(source.name, options.delimiter, options.dialect);
    const done = await scanInParts(source, index, format, {
      ...{ ...shared, threads, partition },
      onColumns: (file, columns) => presence?.note(file, columns, false),
    });
    if (done) continue;
    const chunks = utf8Of(source, options.text);
    await scan.scan({ file: source.name, fileIndex: index, partition }, chunks, format);
  }
  const files = sources.map(({ name }) => name);
  const keyChecks = tableKeys.compare(scan, { files, maxLocations, samples, broken: scan.brokenRows });
  const profiled = profiledOf(
    scan,
    sources.some(({ name }) => isJson(name)),
  );
  const facts = compare && (await integrityOf(sources, scan, compare, profiled.profile, options));
  return {
    ...(facts === undefined ? {} : { integrity: facts }),
    profiled,
    checked: checkedOf(scan, {
      ...{ ...options, faults, headers, presence, keyChecks, terms },
      profile: profiled.profile,
    }),
  };
}

function rowOptions(
  integrity: IntegrityOptions,
  referenceRows: readonly ByteSource[] | undefined,
): RowOptions {
  const { key, label, ignored = [], timestamp, disjoint } = integrity;
  return {
    ...{ key, label, ignored: timestamp === undefined ? ignored : [...ignored, timestamp] },
    shared: disjoint === true && referenceRows !== undefined ? sharedOf(integrity) : undefined,
  };
}

async function integrityOf(
  sources: readonly ByteSource[],
  scan: TableScan,
  compare: RowOptions,
  profile: Profile,
  { integrity, referenceRows, ...options }: ScanOptions,
): Promise<IntegrityFacts | undefined> {
  if (integrity === undefined) return undefined;
  return factsOf(scan, {
    integrity,
    compare,
    profile,
    files: sources.map(({ name }) => name),
    again: tableReader(sources, options),
    reference: compare.shared && referenceRows && tableReader(referenceRows, options),
  });
}

function profiledOf(scan: TableScan, isRecords: boolean): ProfiledRows {
  // This decides what texts are that may stand for missing values.
  const described = describeTable(scan.columns.values(), scan.rows);
  const infinite = new Set([...scan.columns.values()].flatMap((one) => (one.infinite ? [one.name] : [])));
  return {
    ...(isRecords && scan.rows > 0 ? { jsonTypes: jsonTypes(scan) } : {}),
    ...(infinite.size > 0 ? { infinite } : {}),
    ...described,
  };
}

/** By column, for JSON Lines: the types of its values, and `absent` if a record lacks it. */
function jsonTypes(scan: TableScan): ReadonlyMap<string, ReadonlySet<string>> {
  const columns = [...scan.columns.values()].filter(({ jsonKinds }) => jsonKinds > 0);
  return new Map(
    columns.map(({ name, jsonKinds, rows }) => {
      const kinds = rows < scan.rows ? jsonKinds | 1 : jsonKinds;
      return [name, new Set(JSON_TYPES.filter((_type, bit) => (kinds & (1 << bit)) !== 0))];
    }),
  );
}
