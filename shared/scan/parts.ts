import type { Contract } from '../contract/contract.ts';
import { termsOf } from '../contract/judge.ts';
import { compiledRules } from '../contract/schema.ts';
import type { FilePart, RandomAccess, Spill } from '../ports/ports.ts';
import type { Profile } from '../profile/profile.ts';
import type { DecompressionLimits } from '../read/decompress.ts';
import type { NamedMissing } from '../read/dialect.ts';
import type { Fault, OnFault } from '../read/fault.ts';
import { openingOf } from '../read/opening.ts';
import type { Partition } from '../read/partitions.ts';
import { type Format, type Syntax, scannerOf, separatorOf } from '../read/read-file.ts';
import type { KeyForm } from './keys.ts';
import type { HashForm, Layout, RowOptions } from './row-log.ts';
import { TableScan, type TableScanState } from './table-scan.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
/** The longest header that is looked for before a file is split, in bytes. */
const MAX_HEAD = 4 * 1024 * 1024;
/** How far the end of a record is looked for if a file may be split, in bytes. */
const MAX_TAIL = 64 * 1024 * 1024;

/** What another thread is to do: scan the rows of a part. */
export interface PartTask extends FilePart {
  readonly last: boolean;
  readonly syntax: Syntax | 'parquet';
  /** What the file's folders say of each row. */
  readonly partition: Partition | undefined;
  /** Of a delimited file. */
  readonly columns: readonly string[];
  readonly contract: Omit<Contract, 'place'> | undefined;
  readonly now: Date | undefined;
  readonly patternLimitMs: number | undefined;
  readonly keys: readonly KeyForm[];
  readonly compare: RowOptions | undefined;
  readonly layout: Layout | undefined;
  readonly forms: ReadonlyMap<string, HashForm> | undefined;
  readonly reference: Profile | undefined;
  readonly missing: NamedMissing | undefined;
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  readonly memory: number;
  /** Of what the pages of Parquet become. */
  readonly limits: DecompressionLimits | undefined;
}

export interface PartResult {
  readonly state: TableScanState;
  /** Lines of the part. */
  readonly lines: number;
  /** Did the part end where a record ends? Otherwise it was split at a wrong place. */
  readonly whole: boolean;
  /** Is what comes after the part not worth reading? */
  readonly stopped: boolean;
  /** The columns of the part; of JSON Lines those that its records have. */
  readonly columns: readonly string[];
  readonly faults: readonly CountedFault[];
}

export interface CountedFault {
  readonly fault: Fault;
  readonly count: number;
}

/** What takes the rows of a part. */
export async function partScan(task: PartTask, spill: Spill | undefined): Promise<TableScan> {
  const { patternLimitMs } = task;
  const contract = task.contract && { ...task.contract, place: () => task.contract?.where ?? '' };
  return new TableScan({
    contract,
    rules: contract && compiledRules(contract),
    terms: contract && (await termsOf(contract, task)),
    ...(patternLimitMs === undefined ? {} : { patternLimitMs }),
    keys: task.keys,
    compare: task.compare,
    layout: task.layout,
    forms: task.forms,
    reference: task.reference,
    missing: task.missing,
    maxLocations: task.maxLocations,
    samples: task.samples,
    memory: task.memory,
    spill,
    onFault: () => {},
    onHeader: () => {},
  });
}

/** Scans a part of a text; `chunks` are its bytes. */
export async function scanPart(
  task: PartTask,
  chunks: AsyncIterable<Uint8Array>,
  spill: Spill | undefined,
): Promise<PartResult> {
  const { file, fileIndex, columns, syntax, partition, last } = task;
  if (syntax === 'parquet') throw new Error('Parquet is not a text');
  const { faults, report } = countedFaults(task.maxLocations);
  const scan = await partScan(task, spill);
  const scanner = scan.scanner({ file, fileIndex, syntax, columns, partition, line: 1, report });
  for await (const chunk of chunks) {
    scanner.push(chunk);
    if (scanner.stopped) break;
  }
  if (last) scanner.end();
  const { stopped, pending, line } = scanner;
  return {
    state: scan.state,
    lines: line - 1,
    whole: stopped || last || !pending,
    stopped,
    columns: scanner.columns ?? [],
    faults,
  };
}

/** Faults without end become few: those of a kind that are not located are counted with the last that is. */
function countedFaults(most: number): { faults: CountedFault[]; report: OnFault } {
  const faults: { fault: Fault; count: number }[] = [];
  const byKind = new Map<string, { last: { fault: Fault; count: number }; located: number }>();
  const report: OnFault = (fault) => {
    const known = byKind.get(fault.kind);
    if (known !== undefined && known.located >= Math.max(1, most)) {
      known.last.count++;
      return;
    }
    const last = { fault, count: 1 };
    faults.push(last);
    byKind.set(fault.kind, { last, located: (known?.located ?? 0) + 1 });
  };
  return { faults, report };
}

export interface Split {
  readonly syntax: Syntax;
  readonly columns: readonly string[];
  /** Where parts start, the first at its header, and the file's end. */
  readonly bounds: readonly number[];
  /** The line that the first starts on. */
  readonly line: number;
}

/**
 * Where a file can be split into about equal parts between records: quotes before a place tell whether it is inside a
 * quoted field. Undefined if it is not written by RFC 4180, the header is not sound, or no place is found. Quotes inside
 * unquoted fields make the places wrong; a part then does not end with a record, which its scan tells.
 */
export async function splitOf(
  file: string,
  access: RandomAccess,
  parts: number,
  format: Format,
): Promise<Split | undefined> {
  if (format === 'json') return lineSplitOf(access, parts);
  const found = await headerOf(file, access, format);
  if (found === undefined) return undefined;
  const { blank, start, ...header } = found;
  const bounds = [start];
  let quotes = 0;
  let from = start;
  for (let part = 1; part < parts; part++) {
    const to = Math.max(from, Math.floor((access.size * part) / parts));
    for await (const chunk of access.read(from, to)) quotes += count(chunk);
    from = to;
    const bound = await recordAfter(access, to, quotes % 2 === 1);
    // A part that starts among the empty lines before the header would take it for a row.
    if (bound > Math.max(blank, bounds.at(-1) ?? 0) && bound < access.size) bounds.push(bound);
  }
  return bounds.length === 1 ? undefined : { ...header, bounds: [...bounds, access.size] };
}

/** A line feed ends every record of JSON Lines. */
async function lineSplitOf(access: RandomAccess, parts: number): Promise<Split | undefined> {
  const bounds = [0];
  for (let part = 1; part < parts; part++) {
    let at = Math.floor((access.size * part) / parts);
    for await (const chunk of access.read(at, access.size)) {
      const feed = chunk.indexOf(LF);
      at += feed === -1 ? chunk.length : feed + 1;
      if (feed !== -1) break;
    }
    if (at > (bounds.at(-1) ?? 0) && at < access.size) bounds.push(at);
  }
  return bounds.length === 1
    ? undefined
    : { syntax: 'json', columns: [], bounds: [...bounds, access.size], line: 1 };
}

/** What is found at the file's beginning, and where the header, and what is not an empty line, start. */
interface Beginning extends Omit<Split, 'bounds'> {
  readonly start: number;
  readonly blank: number;
}

async function headerOf(
  file: string,
  access: RandomAccess,
  dialect: Exclude<Format, 'json'>,
): Promise<Beginning | undefined> {
  let head = Buffer.alloc(0);
  const size = Math.min(access.size, MAX_HEAD);
  for await (const chunk of access.read(0, size)) {
    head = Buffer.concat([head, chunk]);
    const opening = openingOf(head, dialect, head.length >= size);
    if (opening === undefined) continue;
    const { skipped: start, lines, delimiter, layout } = opening;
    const syntax = { ...dialect, delimiter, layout };
    if (separatorOf(syntax) === undefined) return undefined;
    const probe = scannerOf(syntax, { file, report: () => {}, onBlock: () => {} });
    probe.push(head.subarray(start, MAX_HEAD));
    const { columns, stopped } = probe;
    const blank = start + head.subarray(start).findIndex((code) => code !== LF && code !== CR);
    if (columns !== undefined) return { syntax, columns, start, blank, line: 1 + lines };
    if (stopped) return undefined;
  }
  return undefined;
}

function count(chunk: Uint8Array): number {
  let quotes = 0;
  for (let at = chunk.indexOf(QUOTE); at !== -1; at = chunk.indexOf(QUOTE, at + 1)) {
    quotes++;
    // If quotes are dense, looking at each byte is faster.
    if (quotes * 64 > at + 4096) return quotes + countSlowly(chunk, at + 1);
  }
  return quotes;
}

function countSlowly(chunk: Uint8Array, from: number): number {
  let quotes = 0;
  for (let at = from; at < chunk.length; at++) if (chunk[at] === QUOTE) quotes++;
  return quotes;
}

/** Where the next record starts after one that ends at or after `from`; the file's size if none does. */
async function recordAfter(access: RandomAccess, from: number, inQuotes: boolean): Promise<number> {
  let quoted = inQuotes;
  let at = from;
  let afterReturn = false;
  for await (const chunk of access.read(from, access.size)) {
    if (at - from > MAX_TAIL) break;
    for (const code of chunk) {
      if (afterReturn) return code === LF ? at + 1 : at;
      if (code === QUOTE) quoted = !quoted;
      else if (!quoted && code === LF) return at + 1;
      else if (!quoted && code === CR) afterReturn = true;
      at++;
    }
  }
  return access.size;
}
