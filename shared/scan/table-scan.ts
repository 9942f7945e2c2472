import type { Contract } from '../contract/contract.ts';
import { limited, OutOfTime } from '../contract/limit.ts';
import { hasPatterns } from '../contract/vocabulary.ts';
import type { Spill } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Profile } from '../profile/profile.ts';
import { InvalidUtf8 } from '../table/bytes.ts';
import { detectDelimiter } from '../table/csv.ts';
import type { Fault, OnFault } from '../table/table.ts';
import type { Block } from './block.ts';
import { type BlockPlace, Column, type ColumnState, shifted } from './column.ts';
import { type BrokenRule, ColumnRules } from './column-rules.ts';
import { CsvBytes } from './csv-bytes.ts';
import { JsonBytes } from './json-bytes.ts';
import { KINDS } from './json-kinds.ts';
import { KeyLog, type KeyLogState, type KeyPart } from './keys.ts';
import type { RowPart } from './row-findings.ts';
import { RowLog, type RowLogState, type RowOptions } from './row-log.ts';

export interface TableScanOptions {
  readonly contract?: Pick<Contract, 'schema' | 'where'> | undefined;
  /** How long the contract's patterns may take over a block of rows; a minute by default. */
  readonly patternLimitMs?: number;
  readonly key: readonly string[];
  readonly reference?: Profile | undefined;
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** Bytes of keys that are held before they are spilled. */
  readonly memory: number;
  readonly spill?: Spill | undefined;
  /** Where rows are to be compared. */
  readonly compare?: RowOptions | undefined;
  readonly onFault: OnFault;
  /** @param header does every row of the file have these columns and no other? */
  readonly onHeader: (file: string, columns: readonly string[], header: boolean) => void;
}

/** What reads the bytes of one file: CSV or JSON Lines. */
export type Scanner = Pick<
  CsvBytes | JsonBytes,
  'push' | 'end' | 'invalid' | 'stopped' | 'columns' | 'line' | 'pending'
>;

/** Are the bytes JSON Lines? One byte that delimits fields of CSV; undefined where the header is to tell it. */
export type Format = 'json' | number | undefined;

/** What a scan of some rows has found; it can be cloned to another thread. */
export interface TableScanState {
  readonly rows: number;
  readonly broken: number;
  readonly columns: readonly { readonly name: string; readonly state: ColumnState }[];
  readonly keys: KeyLogState;
  readonly compared: RowLogState | undefined;
  /** What records lack of the members that the contract requires. */
  readonly missing: readonly BrokenRule[];
}

/** How long one block may take where the contract has patterns: thousands of times what sound ones take. */
const PATTERN_LIMIT_MS = 60_000;

/** The longest header line that is looked at for its delimiter, in bytes. */
const MAX_HEADER = 4 * 1024 * 1024;

/** How the rows of a file are read. */
interface Plan {
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  readonly key: readonly number[];
}

/** Takes tables as bytes; gathers what there is to say of their columns, keys and rows. */
export class TableScan {
  readonly #options: TableScanOptions;
  readonly columns = new Map<string, Column>();
  readonly keys: KeyLog;
  /** Rows that could be read. */
  rows = 0;
  /** Rows that break a rule or lack a part of their key. */
  broken = 0;
  #broken = new Uint8Array(0);
  readonly #limited: ((work: () => void) => void) | undefined;

  constructor(options: TableScanOptions) {
    const { contract, patternLimitMs = PATTERN_LIMIT_MS } = options;
    this.#options = options;
    this.#limited = contract && hasPatterns(contract.schema) ? limited(patternLimitMs) : undefined;
    this.keys = new KeyLog(options);
    if (options.compare !== undefined) this.#compared = new RowLog(options.compare, options);
  }

  /** Scans one file. */
  async scan(
    file: string,
    fileIndex: number,
    chunks: AsyncIterable<Uint8Array>,
    given: Format,
  ): Promise<void> {
    const progress = { delivered: false, faults: 0 };
    const report: OnFault = (fault) => {
      progress.faults++;
      this.#options.onFault(fault);
    };
    const scanner = await scanFile(chunks, given, (format) => this.scanner(file, fileIndex, format, report));
    if (progress.faults === 0 && this.#rowsOfFile === 0) this.reportEmpty(file, scanner?.columns, report);
  }

  #rowsOfFile = 0;

  /** What was found, for `merge` of another. */
  get state(): TableScanState {
    return {
      rows: this.rows,
      broken: this.broken,
      columns: [...this.columns.values()].map(({ name, state }) => ({ name, state })),
      keys: this.keys.state,
      compared: this.#compared?.state,
      missing: this.missing,
    };
  }

  /** Adds what another has found in later rows of a file of which this has read the first `linesBefore` lines. */
  merge(
    other: TableScanState,
    spill: Spill | undefined,
    linesBefore: number,
    fields?: readonly string[],
  ): void {
    for (const { name, state } of other.columns) {
      this.#columnOf(name).merge(state, this.rows, linesBefore, fields?.indexOf(name));
    }
    this.#merged.push(...other.missing.map((rule) => shifted(rule, this.rows, linesBefore)));
    const part = { spill, before: this.rows, linesBefore };
    this.#keyParts.push({ ...part, log: other.keys });
    if (other.compared !== undefined) this.#rowParts.push({ ...part, log: other.compared });
    this.rows += other.rows;
    this.broken += other.broken;
  }

  readonly #compared: RowLog | undefined;
  readonly #rowParts: RowPart[] = [];

  /** Hashes of all rows, in the order of the table. */
  get rowParts(): readonly RowPart[] {
    const log = this.#compared?.state;
    if (log === undefined) return [];
    return [{ log, spill: this.#options.spill, before: 0, linesBefore: 0 }, ...this.#rowParts];
  }

  readonly #keyParts: KeyPart[] = [];
  readonly #missing = new Map<string, ColumnRules>();
  readonly #merged: BrokenRule[] = [];

  /** What records lack of the members that the contract requires. */
  get missing(): readonly BrokenRule[] {
    return [...[...this.#missing.values()].flatMap(({ broken }) => broken), ...this.#merged];
  }

  /** The keys of all rows, in the order of the table. */
  get keyParts(): readonly KeyPart[] {
    const own = { log: this.keys.state, spill: this.#options.spill, before: 0, linesBefore: 0 };
    return [own, ...this.#keyParts];
  }

  /** A scanner of one file, or of a part of it, that gives its rows to the columns. */
  scanner(
    file: string,
    fileIndex: number,
    format: 'json' | number,
    report: OnFault,
    part?: { readonly columns: readonly string[]; readonly line: number },
  ): Scanner {
    let plan = this.#planOf(part?.columns ?? []);
    this.#rowsOfFile = 0;
    if (format === 'json') {
      return new JsonBytes({
        file,
        report,
        canonical: this.#options.compare === undefined ? this.#options.key : undefined,
        onColumns: (columns) => {
          plan = this.#planOf(columns);
          this.#options.onHeader(file, columns, false);
        },
        onBlock: (block) => this.#add(block, plan, file, fileIndex),
      });
    }
    return new CsvBytes({
      file,
      delimiter: format,
      report,
      ...(part === undefined ? {} : { part }),
      onHeader: (columns) => {
        plan = this.#planOf(columns);
        this.#options.onHeader(file, columns, true);
      },
      onBlock: (block) => this.#add(block, plan, file, fileIndex),
    });
  }

  #planOf(names: readonly string[]): Plan {
    const columns = names.map((name) => this.#columnOf(name));
    return { names: [...names], columns, key: this.#options.key.map((name) => names.indexOf(name)) };
  }

  #columnOf(name: string): Column {
    const existing = this.columns.get(name);
    if (existing !== undefined) return existing;
    const { contract, reference, maxLocations, samples } = this.#options;
    const rules = contract && new ColumnRules(name, contract.schema, { maxLocations, samples });
    const column = new Column(
      name,
      reference?.columns.find((other) => other.name === name),
      rules,
    );
    this.columns.set(name, column);
    return column;
  }

  /** Notes the required members that records lack. */
  #noteMissing(block: Block, kinds: Uint8Array, columns: readonly Column[], place: BlockPlace): void {
    const { contract, maxLocations, samples } = this.#options;
    if (contract === undefined || !Array.isArray(contract.schema.required)) return;
    for (const name of contract.schema.required as readonly string[]) {
      const field = columns.findIndex((column) => column.name === name);
      for (let row = 0; row < block.rows; row++) {
        if (field >= 0 && kinds[row * block.width + field] !== KINDS.ABSENT) continue;
        let rules = this.#missing.get(name);
        rules ??= new ColumnRules(name, contract.schema, { maxLocations, samples });
        this.#missing.set(name, rules);
        const at = { file: place.file, line: block.lines[row]!, ...(field < 0 ? {} : { column: field + 1 }) };
        rules.note('column.missing', place.before + row, at);
        place.broken[row] = 1;
      }
    }
  }

  #add(block: Block, plan: Plan, file: string, fileIndex: number): void {
    const { columns, key } = plan;
    const { rows } = block;
    if (this.#broken.length < rows) this.#broken = new Uint8Array(rows);
    const broken = this.#broken.fill(0, 0, rows);
    const place = { file, fileIndex, before: this.rows, broken };
    if (block.kinds !== undefined) this.#noteMissing(block, block.kinds, columns, place);
    let waits = false;
    for (let field = 0; field < columns.length; field++) {
      const column = columns[field]!;
      if (block.kinds === undefined) column.add(block, field, place);
      else column.addJson(block, block.kinds, field, place);
      waits ||= column.waits;
    }
    if (waits) {
      const judge = (): void => {
        for (let field = 0; field < columns.length; field++)
          columns[field]!.judgeWaiting(block, field, place);
      };
      this.#inTime(judge, `${file}:${block.lines[0]}`);
    }
    if (key.length > 0) this.keys.add(block, key, place);
    this.#compared?.add(block, plan.names, place);
    for (let row = 0; row < rows; row++) this.broken += broken[row]!;
    this.rows += rows;
    this.#rowsOfFile += rows;
  }

  #inTime(work: () => void, where: string): void {
    try {
      this.#limited?.(work);
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      const { contract, patternLimitMs = PATTERN_LIMIT_MS } = this.#options;
      throw new UserError({
        what: `the patterns of ${contract?.where} took longer than ${patternLimitMs / 1000} s over this row and those after it`,
        where,
        mend: 'write them without repeats of repeats, such as (a+)+, which backtrack without end',
      });
    }
  }

  /** Tells that a file without another fault has no rows. */
  reportEmpty(file: string, columns: readonly string[] | undefined, report: OnFault): void {
    const fault: Omit<Fault, 'kind' | 'message' | 'mend'> = { file, line: 1 };
    if (columns === undefined) {
      report({ ...fault, kind: 'empty-file', message: 'the file is empty', mend: 'write a header and rows' });
    } else {
      const message = 'the file has a header and no rows';
      report({ ...fault, kind: 'no-rows', message, mend: 'write the rows, or leave the file out' });
    }
  }
}

/** Gives a file's bytes to a scanner, which is made once its format is known; undefined for an empty file. */
export async function scanFile(
  chunks: AsyncIterable<Uint8Array>,
  given: Format,
  make: (format: 'json' | number) => Scanner,
): Promise<Scanner | undefined> {
  let scanner: Scanner | undefined;
  const begin = (head: Buffer): Scanner => {
    const made = make(given ?? delimiterOf(head));
    made.push(head);
    return made;
  };
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      if (scanner === undefined) {
        head = Buffer.concat([head, chunk]);
        if (given !== undefined || hasLine(head) || head.length >= MAX_HEADER) scanner = begin(head);
      } else scanner.push(chunk);
      if (scanner?.stopped === true) break;
    }
    if (scanner === undefined && head.length > 0) scanner = begin(head);
    scanner?.end();
  } catch (error) {
    if (!(error instanceof InvalidUtf8)) throw error;
    scanner ??= begin(head);
    scanner.invalid(error.cut);
  }
  return scanner;
}

export function hasLine(head: Buffer): boolean {
  return /[^\r\n][\r\n]/.test(head.toString('latin1'));
}

export function delimiterOf(head: Buffer): number {
  const line = /[^\r\n]+/.exec(head.toString('latin1', 0, MAX_HEADER))?.[0] ?? '';
  return detectDelimiter(line).charCodeAt(0);
}
