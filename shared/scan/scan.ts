import type { Checked } from '../contract/checker.ts';
import { type Contract, NO_TABLE_RULES, type TableRules } from '../contract/contract.ts';
import { FaultChecks } from '../contract/faults.ts';
import { Headers } from '../contract/headers.ts';
import { keyIndex } from '../contract/key.ts';
import { plainJudge } from '../contract/plain.ts';
import { Presence } from '../contract/presence.ts';
import { coverageChecks, keywordChecks, ruleChecks } from '../contract/rules.ts';
import { rowCountChecks } from '../contract/table-checks.ts';
import type { Source, Spill } from '../ports/ports.ts';
import type { Profile } from '../profile/profile.ts';
import type { Profiled } from '../profile/profiler.ts';
import type { Fault } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Block } from './block.ts';
import { bytesOf } from './bytes.ts';
import { JSON_TYPES } from './column.ts';
import { type BrokenRule, joinedTallies } from './column-rules.ts';
import { CsvBytes, type CsvBytesOptions } from './csv-bytes.ts';
import { describe } from './describe.ts';
import { scanInParts } from './in-parts.ts';
import { JsonBytes } from './json-bytes.ts';
import { type KeyFindings, repeatedKeys } from './keys.ts';
import type { Threads } from './parts.ts';
import { type Again, type RowFindings, type RowQuestions, rowFindings } from './row-findings.ts';
import type { RowOptions } from './row-log.ts';
import { type Format, scanFile, TableScan } from './table-scan.ts';

export interface ScanOptions {
  readonly contract?: Contract | undefined;
  /** In place of the contract's. */
  readonly key?: readonly string[] | undefined;
  readonly reference?: Profile | undefined;
  /** Locations of a check, at most. */
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** One byte in UTF-8; by default a tab for `.tsv`, else what the header line shows most of. */
  readonly delimiter?: string;
  /** Bytes of keys that are held before they are spilled; 16 MiB by default. */
  readonly memory?: number;
  /** Where keys beyond that go; without it they stay in memory. */
  readonly spill?: Spill;
  /** For large plain files; one thread by default. */
  readonly threads?: Threads;
  /** How long the contract's patterns may take over a block of rows; a minute by default. */
  readonly patternLimitMs?: number;
  /** Compares all rows: duplicates, and conflicting labels. The sources may be read twice for it. */
  readonly compare?: RowOptions & Pick<RowQuestions, 'isMissing'>;
}

export interface Scanned {
  readonly profiled: Profiled;
  readonly checked: Checked;
  /** Where rows were to be compared. */
  readonly rows?: RowFindings;
}

const MEMORY = 16 * 1024 * 1024;

function formatOf(name: string, delimiter: string | undefined): Format {
  const given = delimiter ?? (/\.tsv(\.gz|\.zst)?$/i.test(name) ? '\t' : undefined);
  return isJson(name) ? 'json' : given?.charCodeAt(0);
}

/** Can the scanner of bytes read these files and judge this contract? Otherwise rows are read as objects. */
export function isScannable(
  names: readonly string[],
  contract: Contract | undefined,
  delimiter?: string,
): boolean {
  if (delimiter !== undefined && (delimiter.length !== 1 || delimiter.charCodeAt(0) > 127)) return false;
  if (contract !== undefined && (plainJudge(contract.schema) === undefined || !isStrict(contract.table))) {
    return false;
  }
  const json = names.filter(isJson).length;
  if (json > 0 && json < names.length) return false;
  return !names.some((name) => /\.(parquet|json|xlsx?|arrow|feather)(\.(gz|zst))?$/i.test(name));
}

/** Has the table no rules but a key and a number of rows, and has every rule the default grade? */
function isStrict(table: TableRules): boolean {
  const { unique, foreignKeys, freshness, order, rules, grade, columns } = table;
  const rest = [...unique, ...foreignKeys, ...rules, ...columns];
  const strict = grade.severity === 'error' && grade.tolerance.value === 0;
  return rest.length === 0 && freshness === undefined && !order && strict;
}

function isJson(name: string): boolean {
  return /\.(jsonl|ndjson)(\.gz|\.zst)?$/i.test(name);
}

/**
 * Checks and describes tables in one pass over their bytes: what `createChecker` and `createProfiler` give, with the
 * sketches' errors for columns of very many different values.
 *
 * @throws UserError where a file cannot be read.
 */
export async function scanTables(sources: readonly Source[], options: ScanOptions): Promise<Scanned> {
  const { contract, reference, maxLocations, samples, memory = MEMORY, spill } = options;
  const key =
    options.key !== undefined && options.key.length > 0
      ? options.key
      : (contract?.table ?? NO_TABLE_RULES).key;
  const faults = new FaultChecks(maxLocations);
  const headers = new Headers(maxLocations);
  const presence = contract && new Presence(contract);
  const { label, ignored } = options.compare ?? {};
  const compare = options.compare && { label, ignored };
  const scan = new TableScan({
    contract,
    key,
    compare,
    reference,
    maxLocations,
    samples,
    memory,
    spill,
    ...(options.patternLimitMs === undefined ? {} : { patternLimitMs: options.patternLimitMs }),
    onFault: (fault) => faults.add(fault),
    onHeader: (file, columns, header) => {
      if (header) headers.note(file, columns);
      presence?.note(file, columns, header);
    },
  });
  for (const [index, source] of sources.entries()) {
    const format = formatOf(source.name, options.delimiter);
    const shared = {
      ...options,
      ...{ key, compare, memory, scan },
      onFault: (fault: Fault) => faults.add(fault),
      onColumns: (file: string, columns: readonly string[]) => presence?.note(file, columns, false),
    };
    // Keys are compared in the order of the rows, which parts of one file keep only at the end.
    const apart = (key.length === 0 && compare === undefined) || index === sources.length - 1;
    const done = apart && (await scanInParts(source, index, format, shared));
    if (!done) await scan.scan(source.name, index, bytesOf(source), format);
  }
  const files = sources.map(({ name }) => name);
  const keys = repeatedKeys(scan.keyParts, files, maxLocations);
  const questions = { ...options.compare, files, rows: scan.rows, maxLocations, memory, spill };
  const again: Again = (onBlock) => readAgain(sources, options.delimiter, onBlock);
  return {
    ...(compare === undefined
      ? {}
      : { rows: await rowFindings(scan.rowParts, [...scan.columns.keys()], questions, again) }),
    profiled: profiledOf(
      scan,
      sources.some(({ name }) => isJson(name)),
    ),
    checked: checkedOf(scan, { ...options, key, faults, headers, presence, keys }),
  };
}

async function readAgain(
  sources: readonly Source[],
  delimiter: string | undefined,
  onBlock: Parameters<Again>[0],
): Promise<void> {
  let row = 0;
  for (const [fileIndex, source] of sources.entries()) {
    await scanFile(bytesOf(source), formatOf(source.name, delimiter), (format) => {
      const hand = (block: Block, columns: readonly string[]): void => {
        onBlock(block, columns, { row, fileIndex });
        row += block.rows;
      };
      const common = { file: source.name, report: () => {} };
      return format === 'json'
        ? new JsonBytes({ ...common, canonical: undefined, onBlock: hand })
        : csvOf({ ...common, delimiter: format }, hand);
    });
  }
}

function csvOf(
  options: Pick<CsvBytesOptions, 'file' | 'report' | 'delimiter'>,
  onBlock: (block: Block, columns: readonly string[]) => void,
): CsvBytes {
  let columns: readonly string[] = [];
  const onHeader = (names: readonly string[]): void => {
    columns = names;
  };
  return new CsvBytes({ ...options, onHeader, onBlock: (block) => onBlock(block, columns) });
}

function profiledOf(scan: TableScan, isRecords: boolean): Profiled {
  const described = [...scan.columns.values()].map((column) => describe(column, scan.rows));
  return {
    ...(isRecords && scan.rows > 0 ? { jsonTypes: jsonTypes(scan) } : {}),
    profile: {
      schema: 'ml-loop/profile@1',
      rows: scan.rows,
      samples: 'show',
      columns: described.map(({ profile }) => profile),
    },
    counted: new Map(
      described.flatMap(({ profile, counted }) =>
        counted === undefined ? [] : [[profile.name, counted] as const],
      ),
    ),
  };
}

/** By column, for JSON Lines: the types of its values, and `absent` where a record lacks it. */
function jsonTypes(scan: TableScan): ReadonlyMap<string, ReadonlySet<string>> {
  const columns = [...scan.columns.values()].filter(({ jsonKinds }) => jsonKinds > 0);
  return new Map(
    columns.map(({ name, jsonKinds, rows }) => {
      const kinds = rows < scan.rows ? jsonKinds | 1 : jsonKinds;
      return [name, new Set(JSON_TYPES.filter((_type, bit) => (kinds & (1 << bit)) !== 0))];
    }),
  );
}

interface Findings extends ScanOptions {
  readonly key: readonly string[];
  readonly faults: FaultChecks;
  readonly headers: Headers;
  readonly presence: Presence | undefined;
  readonly keys: KeyFindings;
}

function checkedOf(scan: TableScan, findings: Findings): Checked {
  const { contract, maxLocations, samples, faults, headers, presence, keys } = findings;
  const rows = scan.rows + faults.rows;
  const columns = new Set(scan.columns.keys());
  const contractChecks: Check[] = [];
  // A contract says itself which columns a file may lack.
  if (contract === undefined) contractChecks.push(...headers.checks());
  if (contract !== undefined && presence !== undefined) {
    const tallies = joinedTallies(brokenRules(scan, contract), { maxLocations, samples });
    const seen = presence.checks((rule, column) => tallies.of(rule, column).length > 0, maxLocations);
    // Without a row no rule holds.
    const valued = new Set(
      [...scan.columns.values()].filter(({ rows: own, nulls }) => own > nulls).map(({ name }) => name),
    );
    const judged = scan.rows === 0 ? new Set<string>() : columns;
    contractChecks.push(
      ...seen,
      ...ruleChecks(contract, { tallies, columns: judged, valued, samples }),
      ...keywordChecks(contract),
      ...coverageChecks(contract, judged),
    );
  }
  return {
    checks: [...faults.checks(), ...contractChecks, ...tableChecks(rows, scan, findings, columns)],
    rows,
    invalidRows: scan.broken + keys.otherwiseSound + faults.rows,
  };
}

/** In the contract's order of columns, which decides among rules that the same row broke first. */
function brokenRules(scan: TableScan, contract: Contract): BrokenRule[] {
  const required = Array.isArray(contract.schema.required) ? contract.schema.required.map(String) : [];
  const properties = Object.keys((contract.schema.properties ?? {}) as object);
  const { columns, missing } = scan;
  const broken = [...new Set([...properties, ...required, ...columns.keys()])].flatMap((name) => [
    ...(columns.get(name)?.broken ?? []),
    ...missing.filter(({ column }) => column === name),
  ]);
  // Unknown members come last, in the order of the record.
  const isUnknown = ({ tally }: BrokenRule) => tally.rule === 'column.unknown';
  const unknown = [...columns.values()].flatMap((column) => column.broken.filter(isUnknown));
  return [...broken.filter((rule) => !isUnknown(rule)), ...unknown];
}

function tableChecks(
  rows: number,
  scan: TableScan,
  { contract, key, keys, maxLocations }: Findings,
  columns: ReadonlySet<string>,
): Check[] {
  const checks = rowCountChecks(contract?.table ?? NO_TABLE_RULES, rows);
  if (key.length > 0 && scan.rows > 0) checks.push(keyCheck(key, keys, columns, maxLocations));
  return checks;
}

/** The key index words its check from the rows it is given: it gets those that were found. */
function keyCheck(
  key: readonly string[],
  { repeated, nulls, locations }: KeyFindings,
  columns: ReadonlySet<string>,
  maxLocations: number,
): Check {
  const index = keyIndex(key, maxLocations);
  const lines = locations.map(({ line }) => line ?? 0);
  const at = key.map((_name, i) => i);
  const rowOf = (cell: string | null, place: number) => ({
    file: locations[place]?.file ?? '',
    columns: key,
    rows: [key.map(() => cell)],
    lines: [lines[place] ?? 0],
  });
  index.add(rowOf('', 0), 0, at);
  for (let i = 0; i < repeated + nulls; i++) index.add(rowOf(i < repeated ? '' : null, i), 0, at);
  return index.check(columns);
}
