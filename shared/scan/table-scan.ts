import type { Contract } from '../contract/contract.ts';
import { OutOfTime, timeLimited } from '../contract/limit.ts';
import { Presence } from '../contract/presence.ts';
import type { RowTerms } from '../contract/row-terms.ts';
import type { AcrossRules, SchemaRules } from '../contract/schema.ts';
import { hasPatterns } from '../contract/vocabulary.ts';
import { Memory } from '../keys/memory.ts';
import { RowSet } from '../keys/row-set.ts';
import type { Spill } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Profile } from '../profile/profile.ts';
import type { Block } from '../read/block.ts';
import type { NamedMissing } from '../read/dialect.ts';
import { emptyFault, type OnFault, watched } from '../read/fault.ts';
import { KINDS } from '../read/json-kinds.ts';
import { type Partition, PartitionColumns } from '../read/partitions.ts';
import { type Format, type Scanner, type Syntax, scannerOf, scans, separatorOf } from '../read/read-file.ts';
import { BlockRow } from './block-row.ts';
import { type BrokenRule, BrokenRules } from './broken-rules.ts';
import { type BlockPlace, Column, type ColumnState } from './column.ts';
import { ColumnRules } from './column-rules.ts';
import { BlockKeys, type BlockKeysPart, type BlockKeysState, type KeyForm } from './keys.ts';
import {
  comparedBy,
  type HashForm,
  type Layout,
  RowLog,
  type RowLogState,
  type RowOptions,
} from './row-log.ts';
import { TextNotes } from './text-notes.ts';

export interface TableScanOptions {
  readonly contract?: Contract | undefined;
  /** What is compiled of the contract's schema. */
  readonly rules?: SchemaRules | undefined;
  /** The contract's rules that look at rows. */
  readonly terms?: RowTerms | undefined;
  /** How long the contract's patterns may take over a block of rows; a minute by default. */
  readonly patternLimitMs?: number;
  /** The keys that rows are compared by; the first columns are the table's own key, if it has one. */
  readonly keys: readonly KeyForm[];
  readonly reference?: Profile | undefined;
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
  /** Bytes of keys and of hashes of rows that are held before they are spilled. */
  readonly memory: number;
  readonly spill?: Spill | undefined;
  /** If rows are to be compared, and texts to be told apart. */
  readonly compare?: RowOptions | undefined;
  /** What stands for null beside the empty field. */
  readonly missing?: NamedMissing | undefined;
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
  readonly broken: Uint8Array;
  readonly terms: readonly unknown[];
  readonly across: readonly BrokenRule[];
  readonly columns: readonly { readonly name: string; readonly state: ColumnState }[];
  readonly keys: readonly BlockKeysState[];
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
  /** What the file's folders say of each row. */
  readonly partition?: Partition | undefined;
}

/** How the rows of a file are read. */
interface Plan {
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  /** For each key, its fields; −1 for one that the file lacks. */
  readonly keys: readonly (readonly number[])[];
  /** The members that the contract requires, and their fields; −1 for one that no record has had. */
  readonly required: readonly { readonly name: string; readonly field: number }[];
}

/** Takes tables as bytes; gathers what there is to say of their columns, keys and rows. */
export class TableScan {
  readonly #options: TableScanOptions;
  readonly columns = new Map<string, Column>();
  readonly memory: Memory;
  readonly keys: readonly BlockKeys[];
  /** How the values of columns are hashed, if not as texts. */
  readonly forms: Map<string, HashForm> | undefined;
  /** Rows that could be read. */
  rows = 0;
  /** Rows that break a rule or lack a part of their key. */
  readonly brokenRows = new RowSet();
  readonly #row: BlockRow | undefined;
  readonly #across: AcrossRules | undefined;
  readonly #brokenAcross: BrokenRules;
  #broken = new Uint8Array(0);
  /** May rows be judged by patterns? So they may only by schemas. */
  readonly #limitsRows: boolean;
  readonly #limited: ((work: () => void) => void) | undefined;

  constructor(options: TableScanOptions) {
    const { contract, patternLimitMs = PATTERN_LIMIT_MS } = options;
    this.#options = options;
    this.#limited = contract && hasPatterns(contract.schema) ? timeLimited(patternLimitMs) : undefined;
    this.memory = new Memory({ bytes: options.memory, spill: options.spill });
    this.keys = options.keys.map((form) => new BlockKeys(this.memory, options.maxLocations, form));
    this.#across = options.rules?.across;
    const looks = this.#across !== undefined || options.terms?.needsRows === true;
    const ofSchema = contract?.table.rules.some(({ kind, when }) => kind === 'schema' || when !== undefined);
    const bySchema = this.#across !== undefined || ofSchema === true;
    this.#limitsRows = this.#limited !== undefined && bySchema;
    this.#row = looks ? new BlockRow(contract?.schema ?? {}) : undefined;
    this.#brokenAcross = new BrokenRules(options);
    this.#layout = options.layout;
    this.forms = options.forms && new Map(options.forms);
  }

  /** Scans one file. */
  async scan(
    { file, fileIndex, partition }: Pick<ScannedPart, 'file' | 'fileIndex' | 'partition'>,
    chunks: AsyncIterable<Uint8Array>,
    given: Format,
  ): Promise<void> {
    this.#rowsOfFile = 0;
    const faults = watched(this.#options.onFault);
    const { report } = faults;
    let scanner: Scanner | undefined;
    const make = (syntax: Syntax, line: number): Scanner =>
      this.scanner({ file, fileIndex, partition, syntax, line, report });
    for await (const made of scans(chunks, given, make)) scanner = made;
    if (!faults.explained && this.#rowsOfFile === 0) report(emptyFault(file, scanner?.columns !== undefined));
  }

  #rowsOfFile = 0;

  /** What was found, for `merge` of another. */
  get state(): TableScanState {
    return {
      rows: this.rows,
      broken: this.brokenRows.state,
      terms: this.#options.terms?.state ?? [],
      across: this.#brokenAcross.all,
      columns: [...this.columns.values()].map(({ name, state }) => ({ name, state })),
      keys: this.keys.map(({ state }) => state),
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
    const place = { rows: this.rows, lines: linesBefore, fields };
    for (const { name, state } of other.columns) this.columnOf(name).merge(state, place);
    for (const rule of other.missing) this.#missingOf(rule.tally.column ?? '').merge([rule], place);
    this.#options.terms?.merge(other.terms, place);
    this.#brokenAcross.merge(other.across, place);
    const part = { spill, before: this.rows, linesBefore };
    this.#keyParts.push({ ...part, keys: other.keys, fields });
    if (other.compared !== undefined) {
      const label = this.#options.compare?.label;
      const labelField = fields === undefined || label === undefined ? undefined : fields.indexOf(label);
      this.#rowParts.push({ ...part, log: other.compared, labelField });
    }
    this.brokenRows.merge(other.broken, this.rows);
    this.rows += other.rows;
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

  readonly #keyParts: (Omit<BlockKeysPart, 'keys' | 'field'> & {
    readonly keys: readonly BlockKeysState[];
    readonly fields: readonly string[] | undefined;
  })[] = [];
  readonly #missing = new Map<string, BrokenRules>();

  /** What records lack of the members that the contract requires. */
  get missing(): readonly BrokenRule[] {
    return [...this.#missing.values()].flatMap(({ all }) => all);
  }

  /** The keys of all rows, in the order of the table; of one of the scan's `keys`. */
  keyParts(index: number): readonly BlockKeysPart[] {
    const columns = this.#options.keys[index]?.columns ?? [];
    const own = this.keys[index];
    const first = { spill: this.#options.spill, before: 0, linesBefore: 0 };
    const others = this.#keyParts.flatMap(({ keys, fields, ...part }) => {
      const state = keys[index];
      const field = columns.length === 1 ? fields?.indexOf(columns[0] ?? '') : undefined;
      return state === undefined
        ? []
        : [{ ...part, keys: state, field: field === undefined ? field : field + 1 }];
    });
    return [...(own === undefined ? [] : [{ ...first, keys: own.state }]), ...others];
  }

  /** Notes the keys of a block; see `Plan`. */
  addKeys(
    block: Block,
    keys: readonly (readonly number[])[],
    place: BlockPlace & { fileIndex: number },
  ): void {
    for (let i = 0; i < keys.length; i++) this.keys[i]?.add(block, keys[i]!, place);
  }

  /** A scanner of one file, or of a part of it, that gives its rows to the columns. */
  scanner({ file, fileIndex, syntax, line, report, columns, partition }: ScannedPart): Scanner {
    const added = partition && new PartitionColumns(partition);
    const named = (own: readonly string[]): readonly string[] => added?.names(own) ?? own;
    let plan = this.#planOf(columns === undefined ? [] : named(columns));
    const separator = added === undefined ? separatorOf(syntax) : undefined;
    this.#rowsOfFile = 0;
    const { compare, keys } = this.#options;
    return scannerOf(syntax, {
      ...{ file, report, line, columns, missing: this.#options.missing },
      canonical: compare === undefined ? keys.flatMap((key) => key.columns) : undefined,
      onColumns: (own) => {
        const names = named(own);
        plan = this.#planOf(names);
        this.#layout = this.layoutWith(names, separator);
        this.#options.onHeader(file, names, syntax !== 'json');
      },
      onBlock: (block, own) =>
        this.#add(added?.widened(block, own) ?? block, plan, file, fileIndex, separator),
    });
  }

  #planOf(names: readonly string[]): Plan {
    const columns = names.map((name) => this.columnOf(name));
    const { required } = this.#options.contract?.schema ?? {};
    const fields = new Map(names.map((name, field) => [name, field]));
    return {
      names: [...names],
      columns,
      keys: this.#options.keys.map((form) => form.columns.map((name) => fields.get(name) ?? -1)),
      required: (Array.isArray(required) && this.#across?.whole !== true ? required.map(String) : []).map(
        (name) => ({
          name,
          field: fields.get(name) ?? -1,
        }),
      ),
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
    const { contract, rules, reference, maxLocations, samples, compare } = this.#options;
    const compiled = contract &&
      rules && { schema: contract.schema, rules, longNumbers: contract.longNumbers };
    const own = compiled && new ColumnRules(name, compiled, { maxLocations, samples });
    const column = new Column(
      name,
      reference?.columns.find((other) => other.name === name),
      own,
      compare && new TextNotes(maxLocations),
    );
    this.columns.set(name, column);
    return column;
  }

  #missingOf(name: string): BrokenRules {
    const known = this.#missing.get(name);
    if (known !== undefined) return known;
    const { maxLocations, samples } = this.#options;
    const made = new BrokenRules({ maxLocations, samples });
    this.#missing.set(name, made);
    return made;
  }

  /** Notes the required members that records lack. */
  #noteMissing(block: Block, kinds: Uint8Array, { required }: Plan, place: BlockPlace): void {
    for (const { name, field } of required) {
      for (let row = 0; row < block.rows; row++) {
        if (field >= 0 && kinds[row * block.width + field] !== KINDS.ABSENT) continue;
        const at = { file: place.file, line: block.lines[row]!, ...(field < 0 ? {} : { column: field + 1 }) };
        this.#missingOf(name).note({ rule: 'column.missing', column: name }, place.before + row, at);
        place.broken[row] = 1;
      }
    }
  }

  #add(block: Block, plan: Plan, file: string, fileIndex: number, separator: number | undefined): void {
    const { columns, keys } = plan;
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
    this.judgeRows(block, plan.names, place);
    this.addKeys(block, keys, place);
    this.compare(block, plan.names, file, separator);
    this.noteBroken(broken, rows);
    this.rows += rows;
    this.#rowsOfFile += rows;
  }

  /** Notes which of the next rows are broken, by a byte for each. */
  noteBroken(broken: Uint8Array, rows: number): void {
    for (let row = 0; row < rows; row++) if (broken[row] === 1) this.brokenRows.add(this.rows + row);
  }

  /** Judges what looks at several columns of a row, or at a column's rows one after the other. */
  judgeRows(block: Block, names: readonly string[], { file, before, broken }: BlockPlace): void {
    const { terms } = this.#options;
    const view = this.#row;
    if (view === undefined) return;
    if (names !== this.#names || this.#told === undefined) this.#told = this.#toldOf(block, names);
    this.#names = names;
    view.take(block, names, file);
    const judge = (): void => {
      for (let row = 0; row < block.rows; row++) {
        view.at(row);
        if (this.#breaksAcross(view, before + row)) broken[row] = 1;
        if (terms?.add(view, before + row) === true) broken[row] = 1;
      }
    };
    if (this.#limitsRows) this.inTime(judge, `${file}:${block.lines[0]}`);
    else judge();
  }

  /** The columns that `judgeRows` looks at; undefined if it looks at all. */
  get judgedColumns(): readonly string[] | undefined {
    const { terms } = this.#options;
    const across = this.#across === undefined ? [] : this.#across.columns;
    const looked = terms === undefined ? [] : terms.columns;
    return across === undefined || looked === undefined ? undefined : [...new Set([...across, ...looked])];
  }

  #names: readonly string[] = [];
  #told: ReadonlySet<string> | undefined;

  /** The columns whose absence or presence the header of the file tells, so that its rows need not. */
  #toldOf({ kinds }: Block, names: readonly string[]): ReadonlySet<string> {
    const { contract } = this.#options;
    if (kinds !== undefined || contract === undefined) return new Set();
    return new Presence(contract).note('', names, true);
  }

  /** Notes what a row breaks beside the rules of its columns. */
  #breaksAcross(view: BlockRow, order: number): boolean {
    const across = this.#across;
    if (across === undefined) return false;
    let broken = false;
    for (const violation of across.judge(view.members(across.columns))) {
      const { rule, column } = violation;
      if ((rule === 'column.missing' || rule === 'column.unknown') && this.#told?.has(column ?? '') === true)
        continue;
      broken = true;
      const field = column === undefined ? 0 : view.fieldOf(column);
      const at = { file: view.file, line: view.line, ...(field > 0 ? { column: field } : {}) };
      this.#brokenAcross.note(violation, order, at);
    }
    return broken;
  }

  /** The rules that rows broke beside those of their columns. */
  get brokenAcross(): readonly BrokenRule[] {
    return this.#brokenAcross.all;
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
}
