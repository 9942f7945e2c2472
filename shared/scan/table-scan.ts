import type { Contract } from '../contract/contract.ts';
import { numericKeys } from '../contract/key-columns.ts';
import { limited, OutOfTime } from '../contract/limit.ts';
import { hasPatterns } from '../contract/vocabulary.ts';
import { Memory } from '../keys/memory.ts';
import type { Spill } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Profile } from '../profile/profile.ts';
import { emptyFault, type OnFault } from '../table/fault.ts';
import type { Block } from './block.ts';
import { type BlockPlace, Column, type ColumnState, shifted } from './column.ts';
import { type BrokenRule, ColumnRules } from './column-rules.ts';
import { KINDS } from './json-kinds.ts';
import { BlockKeys, type BlockKeysPart, type BlockKeysState } from './keys.ts';
import {
  comparedBy,
  type HashForm,
  type Layout,
  RowLog,
  type RowLogState,
  type RowOptions,
} from './row-log.ts';
import { type Format, type Scanner, type Syntax, scanFile, scannerOf, separatorOf } from './scan-file.ts';
import { TextNotes } from './text-notes.ts';

export interface TableScanOptions {
  readonly contract?: Pick<Contract, 'schema' | 'where'> | undefined;
  /** How long the contract's patterns may take over a block of rows; a minute by default. */
  readonly patternLimitMs?: number;
  readonly key: readonly string[];
  readonly reference?: Profile | undefined;
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** Bytes of keys and of hashes of rows that are held before they are spilled. */
  readonly memory: number;
  readonly spill?: Spill | undefined;
  /** If rows are to be compared, and texts to be told apart. */
  readonly compare?: RowOptions | undefined;
  /** Of the table's first file, if that is a delimited one and this is a part of the table. */
  readonly layout?: Layout | undefined;
  /** How the values of columns are hashed so far, if all files are Parquet; as texts if this is left out. */
  readonly forms?: ReadonlyMap<string, HashForm> | undefined;
  readonly onFault: OnFault;
  /** @param header does every row of the file have these columns and no other? */
  readonly onHeader: (file: string, columns: readonly string[], header: boolean) => void;
}

/** What a scan of some rows has found; it can be cloned to another thread. */
export interface TableScanState {
  readonly rows: number;
  readonly broken: number;
  readonly columns: readonly { readonly name: string; readonly state: ColumnState }[];
  readonly keys: BlockKeysState;
  readonly compared: RowLogState | undefined;
  /** What records lack of the members that the contract requires. */
  readonly missing: readonly BrokenRule[];
}

/** How long one block may take if the contract has patterns: thousands of times what sound ones take. */
const PATTERN_LIMIT_MS = 60_000;

/** Hashes of some rows of the table. */
export interface RowPart {
  readonly log: RowLogState;
  readonly spill: Spill | undefined;
  /** Rows of the table before the part's, and lines of its file before its first one. */
  readonly before: number;
  readonly linesBefore: number;
  /** The label's place in the file, from 0, if the part may have taken it for another. */
  readonly labelField: number | undefined;
}

/** A file, or a part of it, whose syntax is known. */
interface ScannedPart {
  readonly file: string;
  readonly fileIndex: number;
  readonly syntax: Syntax;
  /** The line that it starts on. */
  readonly line: number;
  readonly report: OnFault;
  /** Of a part of delimited text that is not the first. */
  readonly columns?: readonly string[];
}

/** How the rows of a file are read. */
interface Plan {
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  readonly key: readonly number[];
  /** The members that the contract requires, and their fields; −1 for one that no record has had. */
  readonly required: readonly { readonly name: string; readonly field: number }[];
}

/** Takes tables as bytes; gathers what there is to say of their columns, keys and rows. */
export class TableScan {
  readonly #options: TableScanOptions;
  readonly columns = new Map<string, Column>();
  readonly memory: Memory;
  readonly keys: BlockKeys;
  /** How the values of columns are hashed, if not as texts. */
  readonly forms: Map<string, HashForm> | undefined;
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
    this.memory = new Memory({ bytes: options.memory, spill: options.spill });
    const numeric = numericKeys(options.key, contract?.schema);
    this.keys = new BlockKeys(this.memory, options.maxLocations, numeric);
    this.#layout = options.layout;
    this.forms = options.forms && new Map(options.forms);
  }

  /** Scans one file. */
  async scan(
    file: string,
    fileIndex: number,
    chunks: AsyncIterable<Uint8Array>,
    given: Format,
  ): Promise<void> {
    this.#rowsOfFile = 0;
    const progress = { delivered: false, faults: 0 };
    const report: OnFault = (fault) => {
      progress.faults++;
      this.#options.onFault(fault);
    };
    const scanner = await scanFile(chunks, given, (syntax, line) =>
      this.scanner({ file, fileIndex, syntax, line, report }),
    );
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
      this.columnOf(name).merge(state, this.rows, linesBefore, fields?.indexOf(name));
    }
    this.#merged.push(...other.missing.map((rule) => shifted(rule, this.rows, linesBefore)));
    const part = { spill, before: this.rows, linesBefore };
    this.#keyParts.push({ ...part, keys: other.keys });
    if (other.compared !== undefined) {
      const label = this.#options.compare?.label;
      const labelField = fields === undefined || label === undefined ? undefined : fields.indexOf(label);
      this.#rowParts.push({ ...part, log: other.compared, labelField });
    }
    this.rows += other.rows;
    this.broken += other.broken;
  }

  #layout: Layout | undefined;
  #compared: RowLog | undefined;
  readonly #rowParts: RowPart[] = [];

  /** The layout of the table if the next file has these columns: that of its first file, if it is a delimited one. */
  layoutWith(columns: readonly string[], separator: number | undefined): Layout | undefined {
    if (this.#layout !== undefined || this.#compared !== undefined || separator === undefined)
      return this.#layout;
    return { columns, separator };
  }

  /** Lets go of the hashes of this thread's rows. */
  releaseRows(): void {
    this.#compared?.release();
  }

  /** Hashes of all rows, in the order of the table; to be read before the memory is used otherwise. */
  get rowParts(): readonly RowPart[] {
    const log = this.#compared?.state;
    const own = { spill: this.#options.spill, before: 0, linesBefore: 0, labelField: undefined };
    return [...(log === undefined ? [] : [{ ...own, log }]), ...this.#rowParts];
  }

  readonly #keyParts: BlockKeysPart[] = [];
  readonly #missing = new Map<string, ColumnRules>();
  readonly #merged: BrokenRule[] = [];

  /** What records lack of the members that the contract requires. */
  get missing(): readonly BrokenRule[] {
    return [...[...this.#missing.values()].flatMap(({ broken }) => broken), ...this.#merged];
  }

  /** The keys of all rows, in the order of the table. */
  get keyParts(): readonly BlockKeysPart[] {
    const own = { keys: this.keys.state, spill: this.#options.spill, before: 0, linesBefore: 0 };
    return [own, ...this.#keyParts];
  }

  /** A scanner of one file, or of a part of it, that gives its rows to the columns. */
  scanner({ file, fileIndex, syntax, line, report, columns }: ScannedPart): Scanner {
    let plan = this.#planOf(columns ?? []);
    const separator = separatorOf(syntax);
    this.#rowsOfFile = 0;
    return scannerOf(syntax, {
      ...{ file, report, line, columns },
      canonical: this.#options.compare === undefined ? this.#options.key : undefined,
      onColumns: (names) => {
        plan = this.#planOf(names);
        this.#layout = this.layoutWith(names, separator);
        this.#options.onHeader(file, names, syntax !== 'json');
      },
      onBlock: (block) => this.#add(block, plan, file, fileIndex, separator),
    });
  }

  #planOf(names: readonly string[]): Plan {
    const columns = names.map((name) => this.columnOf(name));
    const { required } = this.#options.contract?.schema ?? {};
    const fields = new Map(names.map((name, field) => [name, field]));
    return {
      names: [...names],
      columns,
      key: this.#options.key.map((name) => fields.get(name) ?? -1),
      required: (Array.isArray(required) ? required.map(String) : []).map((name) => ({
        name,
        field: fields.get(name) ?? -1,
      })),
    };
  }

  /** Notes a file whose columns are taken one by one. */
  open(file: string, columns: readonly string[]): void {
    this.#options.onHeader(file, columns, true);
    for (const name of columns) this.columnOf(name);
  }

  /** The column of that name; made if there is none. */
  columnOf(name: string): Column {
    const existing = this.columns.get(name);
    if (existing !== undefined) return existing;
    const { contract, reference, maxLocations, samples, compare } = this.#options;
    const rules = contract && new ColumnRules(name, contract.schema, { maxLocations, samples });
    const column = new Column(
      name,
      reference?.columns.find((other) => other.name === name),
      rules,
      compare && new TextNotes(maxLocations),
    );
    this.columns.set(name, column);
    return column;
  }

  /** Notes the required members that records lack. */
  #noteMissing(block: Block, kinds: Uint8Array, { required }: Plan, place: BlockPlace): void {
    const { contract, maxLocations, samples } = this.#options;
    if (contract === undefined) return;
    for (const { name, field } of required) {
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

  #add(block: Block, plan: Plan, file: string, fileIndex: number, separator: number | undefined): void {
    const { columns, key } = plan;
    const { rows } = block;
    if (this.#broken.length < rows) this.#broken = new Uint8Array(rows);
    const broken = this.#broken.fill(0, 0, rows);
    const place = { file, fileIndex, before: this.rows, broken };
    if (block.kinds !== undefined) this.#noteMissing(block, block.kinds, plan, place);
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
      this.inTime(judge, `${file}:${block.lines[0]}`);
    }
    if (key.length > 0) this.keys.add(block, key, place);
    this.compare(block, plan.names, file, separator);
    for (let row = 0; row < rows; row++) this.broken += broken[row]!;
    this.rows += rows;
    this.#rowsOfFile += rows;
  }

  /** Are rows compared? */
  get compares(): boolean {
    return this.#options.compare !== undefined;
  }

  /**
   * Notes rows, for them to be compared.
   *
   * @param separator the byte that stands between the fields of a row, if they are as in the file.
   */
  compare(block: Block, names: readonly string[], file: string, separator: number | undefined): void {
    const { compare } = this.#options;
    if (compare !== undefined) this.#logOf(compare).add(block, names, { file }, separator);
  }

  #logOf(compare: RowOptions): RowLog {
    this.#compared ??= new RowLog(compare, this.#layout, comparedBy(compare), {
      memory: this.memory,
      maxLocations: this.#options.maxLocations,
    });
    return this.#compared;
  }

  /** Takes hashes of rows; undefined if rows are not compared, or as they stand in a delimited file. */
  get hashedRows(): RowLog | undefined {
    const { compare } = this.#options;
    return compare === undefined || this.#layout !== undefined ? undefined : this.#logOf(compare);
  }

  /** Runs what judges by the contract's patterns. @throws UserError if it takes too long. */
  inTime(work: () => void, where: string): void {
    try {
      this.#limited?.(work);
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      const { contract, patternLimitMs = PATTERN_LIMIT_MS } = this.#options;
      throw new UserError({
        what: `the patterns of ${contract?.where} took longer than ${patternLimitMs / 1000} s for this row and the rows after it`,
        where,
        fix: 'rewrite repeats of repeats such as (a+)+, which backtrack without end',
      });
    }
  }

  /** Tells that a file without another fault has no rows. */
  reportEmpty(file: string, columns: readonly string[] | undefined, report: OnFault): void {
    report(emptyFault(file, columns !== undefined));
  }
}
