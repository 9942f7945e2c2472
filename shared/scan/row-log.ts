import { hash64, upper, viewOf } from '../keys/hash.ts';
import { HashLog, type HashLogState } from '../keys/hash-log.ts';
import type { Memory } from '../keys/memory.ts';
import type { Block } from '../read/block.ts';
import { isMissingBytes } from '../read/missing-text.ts';
import type { Location } from '../verdict/verdict.ts';

/** What rows are compared by. */
export interface RowOptions {
  /** Columns that tell rows apart by themselves. */
  readonly key?: readonly string[] | undefined;
  /** The column whose values conflict if all features are the same. */
  readonly label?: string | undefined;
  /** Other columns that are not features. */
  readonly ignored?: readonly string[] | undefined;
  /** Columns by which rows are looked for in another table. */
  readonly shared?: SharedColumns | undefined;
}

export interface SharedColumns {
  /** Columns that both tables have, the key's left out. */
  readonly columns: readonly string[];
  /** Are rows looked for by the key, too? */
  readonly keyed: boolean;
}

/** The columns of a delimited file in their order, and the byte between them. */
export interface Layout {
  readonly columns: readonly string[];
  readonly separator: number;
}

export const COMPARED = ['all', 'copies', 'features', 'shared', 'key'] as const;
export type HashedPart = (typeof COMPARED)[number];

export interface RowLogState {
  /** Hashes of whole rows, and of some columns of them. */
  readonly hashes: Readonly<Partial<Record<HashedPart, HashLogState>>>;
  /** Rows with a value beside the key. */
  readonly valued: number;
  /** Rows with a label and a feature. */
  readonly labelled: number;
  readonly unlabelled: number;
  /** The first rows without a label. */
  readonly unlabelledLocations: readonly Location[];
}

/** Which hashes answer what is asked of rows. */
export function comparedBy({ key = [], label, shared }: RowOptions): HashedPart[] {
  return [
    'all',
    ...(key.length === 0 ? [] : (['copies'] as const)),
    ...(label === undefined ? [] : (['features'] as const)),
    ...(shared === undefined ? [] : (['shared'] as const)),
    ...(shared?.keyed === true ? (['key'] as const) : []),
  ];
}

interface Place {
  readonly file: string;
}

/** What the values of a column are hashed as: equal texts of them have equal hashes, whatever they are stored as. */
export type HashForm = 'text' | 'number' | 'instant';

/** How the values of one column, or of several next to each other, are hashed, and which sums of a row they enter. */
export interface Seed {
  readonly seedLow: number;
  readonly seedHigh: number;
  readonly kind: HashKind;
}

/** Sums of hashes of rows, two words each: of all columns, of those beside the key, of features, and of shared ones. */
export interface RowSums {
  readonly words: Int32Array;
  /** Words of a row; the first two are those of all columns. */
  readonly step: number;
  /** Where the others stand among them. */
  readonly beside: number;
  readonly feature: number;
  readonly shared: number;
}

/** Which rows have a label. */
export interface RowLabels {
  isLabelled(row: number): boolean;
  locationOf(row: number): Location;
}

/** Some columns that are next to each other in the layout, and all of one kind. */
interface Run extends Seed {
  /** Their fields in a block; −1 for one that it lacks. */
  readonly fields: readonly number[];
  /** Is each field the one after that before it? */
  readonly inTurn: boolean;
}

/** Which hashes a column takes part in, apart from that of the whole row. */
export interface HashKind {
  readonly beside: boolean;
  readonly feature: boolean;
  readonly shared: boolean;
}

/** Words of a block's row. */
const SUMS = 8;

/**
 * Hashes of 64 bits of all rows, and of parts of them, the same for the same values in whatever order files have
 * their columns; a null counts as a column that is not there. Rows whose hash no other has differ from all others.
 * The hash of a row is the sum of those of its runs: the columns of the layout that are next to each other are hashed
 * as they stand in the file, others are brought into that form.
 */
export class RowLog {
  readonly #options: RowOptions;
  readonly #layout: Layout | undefined;
  readonly #maxLocations: number;
  readonly #logs: Partial<Record<HashedPart, HashLog>>;
  #sums = new Int32Array(0);
  #scratch = Buffer.alloc(256);
  #plan: { readonly columns: readonly string[]; readonly width: number; readonly runs: readonly Run[] } = {
    columns: [],
    width: -1,
    runs: [],
  };
  #valued = 0;
  #labelled = 0;
  #unlabelled = 0;
  readonly #unlabelledLocations: Location[] = [];

  /**
   * @param layout of the table's first file, if it is a delimited one.
   * @param compared which hashes are kept.
   */
  constructor(
    options: RowOptions,
    layout: Layout | undefined,
    compared: readonly HashedPart[],
    room: { readonly memory: Memory; readonly maxLocations: number },
  ) {
    this.#options = options;
    this.#layout = layout;
    this.#maxLocations = room.maxLocations;
    this.#logs = Object.fromEntries(compared.map((name) => [name, new HashLog(room.memory)]));
  }

  /** Lets go of all hashes. */
  release(): void {
    for (const name of COMPARED) this.#logs[name]?.release();
  }

  get state(): RowLogState {
    const hashes: Partial<Record<HashedPart, HashLogState>> = {};
    for (const name of COMPARED) {
      const log = this.#logs[name];
      if (log !== undefined) hashes[name] = log.state;
    }
    return {
      hashes,
      valued: this.#valued,
      labelled: this.#labelled,
      unlabelled: this.#unlabelled,
      unlabelledLocations: this.#unlabelledLocations,
    };
  }

  /** @param separator the byte that stands between the fields of a row, if they are as in the file. */
  add(block: Block, columns: readonly string[], place: Place, separator: number | undefined): void {
    const { rows } = block;
    if (this.#sums.length < SUMS * rows) this.#sums = new Int32Array(SUMS * rows);
    const sums = this.#sums.fill(0, 0, SUMS * rows);
    if (this.#plan.columns !== columns || this.#plan.width !== columns.length)
      this.#plan = { columns, width: columns.length, runs: this.#runsOf(columns) };
    const asIs = separator !== undefined && separator === this.#layout?.separator;
    const view = viewOf(block.bytes);
    const { met } = block;
    for (const run of this.#plan.runs)
      if (met === undefined || run.fields.some((field) => field >= 0 && met[field] === 1))
        this.#addRun(block, view, run, asIs && run.inTurn);
    const labels = labelsOf(block, columns.indexOf(this.#options.label ?? ''), place);
    this.addSums({ words: sums, step: SUMS, beside: 2, feature: 4, shared: 6 }, rows, labels);
  }

  /** Takes rows whose hashes have been summed. */
  addSums({ words, step, beside, feature, shared }: RowSums, rows: number, labels: RowLabels): void {
    const logs = this.#logs;
    const end = step * rows;
    logs.all?.addAll(words, step, rows);
    if (logs.copies !== undefined) {
      for (let at = beside; at < end; at += step) {
        const valued = words[at] !== 0 || words[at + 1] !== 0;
        if (valued) this.#valued++;
        logs.copies.add(words[at]!, words[at + 1]!, valued);
      }
    }
    if (logs.features !== undefined) {
      for (let row = 0; row < rows; row++) {
        const at = step * row + feature;
        this.#addFeatures(logs.features, words[at]!, words[at + 1]!, row, labels);
      }
    }
    if (logs.shared !== undefined) {
      for (let at = shared; at < end; at += step)
        logs.shared.add(words[at]!, words[at + 1]!, words[at] !== 0 || words[at + 1] !== 0);
    }
    if (logs.key !== undefined) {
      for (let at = 0; at < end; at += step) {
        // What is not beside the key is the key.
        const low = (words[at]! - words[at + beside]!) | 0;
        const high = (words[at + 1]! - words[at + beside + 1]!) | 0;
        logs.key.add(low, high, low !== 0 || high !== 0);
      }
    }
  }

  #addFeatures(log: HashLog, low: number, high: number, row: number, labels: RowLabels): void {
    const featured = low !== 0 || high !== 0;
    if (labels.isLabelled(row)) {
      if (featured) this.#labelled++;
      log.add(low, high, featured);
      return;
    }
    this.#unlabelled++;
    if (this.#unlabelledLocations.length < this.#maxLocations)
      this.#unlabelledLocations.push(labels.locationOf(row));
    log.add(0, 0, false);
  }

  /** Which hashes are kept. */
  keeps(name: HashedPart): boolean {
    return this.#logs[name] !== undefined;
  }

  get label(): string | undefined {
    return this.#options.label;
  }

  /** How a column is hashed by itself. */
  seedOf(name: string): Seed {
    return { ...this.#seedOf(name), kind: this.#kindOf()(name) };
  }

  readonly #seeds = new Map<string, Pick<Seed, 'seedLow' | 'seedHigh'>>();

  #seedOf(name: string): Pick<Seed, 'seedLow' | 'seedHigh'> {
    const seed = this.#seeds.get(name) ?? seedOf(name);
    this.#seeds.set(name, seed);
    return seed;
  }

  #kindOf(): (name: string) => HashKind {
    const { key = [], label, ignored = [], shared } = this.#options;
    const [keys, left] = [new Set(key), new Set([...key, ...ignored, label])];
    const both = new Set(shared?.columns);
    return (name) => ({ beside: !keys.has(name), feature: !left.has(name), shared: both.has(name) });
  }

  #runsOf(columns: readonly string[]): Run[] {
    const known = new Set(this.#layout?.columns);
    const kindOf = this.#kindOf();
    const at = new Map(columns.map((name, field) => [name, field]));
    const runs: { names: string[]; kind: HashKind }[] = [];
    for (const name of this.#layout?.columns ?? []) {
      const kind = kindOf(name);
      const last = runs.at(-1);
      if (last !== undefined && isSame(last.kind, kind)) last.names.push(name);
      else runs.push({ names: [name], kind });
    }
    for (const name of columns) if (!known.has(name)) runs.push({ names: [name], kind: kindOf(name) });
    return runs.map(({ names, kind }) => {
      const fields = names.map((name) => at.get(name) ?? -1);
      const first = fields[0] ?? -1;
      const inTurn = first >= 0 && fields.every((field, i) => field === first + i);
      return { fields, inTurn, ...this.#seedOf(names[0] ?? ''), kind };
    });
  }

  #addRun(block: Block, view: DataView, run: Run, asIs: boolean): void {
    const { width, rows, starts, ends, quoted } = block;
    const { fields, seedLow, seedHigh, kind } = run;
    const sums = this.#sums;
    const [first = 0] = fields;
    const direct = asIs && quoted !== undefined;
    for (let row = 0; row < rows; row++) {
      let low: number;
      // Quotes stand between values, which is not a matter if there is one only.
      if (direct && (quoted[row] === 0 || fields.length === 1)) {
        const begin = row * width + first;
        let last = begin + fields.length - 1;
        while (last >= begin && starts[last]! < 0) last--;
        if (last < begin) continue;
        const from = starts[begin]! < 0 ? ends[begin]! : starts[begin]!;
        low = hash64(view, from, ends[last]!, seedLow, seedHigh);
      } else {
        const length = this.#gather(block, row, fields);
        if (length < 0) continue;
        low = hash64(this.#scratchView, 0, length, seedLow, seedHigh);
      }
      const at = SUMS * row;
      sums[at] = sums[at]! + low;
      sums[at + 1] = sums[at + 1]! + upper;
      if (kind.beside) {
        sums[at + 2] = sums[at + 2]! + low;
        sums[at + 3] = sums[at + 3]! + upper;
      }
      if (kind.feature) {
        sums[at + 4] = sums[at + 4]! + low;
        sums[at + 5] = sums[at + 5]! + upper;
      }
      if (kind.shared) {
        sums[at + 6] = sums[at + 6]! + low;
        sums[at + 7] = sums[at + 7]! + upper;
      }
    }
  }

  #scratchView = viewOf(this.#scratch);

  /** Puts the fields into the scratch space as they stand in a file without quotes; −1 if all are null. */
  #gather(block: Block, row: number, fields: readonly number[]): number {
    const { bytes, starts, ends } = block;
    const base = row * block.width;
    const separator = this.#layout?.separator ?? 0;
    let length = 0;
    let valued = -1;
    for (let i = 0; i < fields.length; i++) {
      const at = base + fields[i]!;
      const start = fields[i]! < 0 ? -1 : starts[at]!;
      const size = start < 0 ? 0 : ends[at]! - start;
      if (length + size + 1 > this.#scratch.length) {
        this.#scratch = Buffer.concat([this.#scratch], 2 * (length + size + 1));
        this.#scratchView = viewOf(this.#scratch);
      }
      const scratch = this.#scratch;
      if (i > 0) scratch[length++] = separator;
      if (start < 0) continue;
      if (size > 64) bytes.copy(scratch, length, start, start + size);
      else for (let k = 0; k < size; k++) scratch[length + k] = bytes[start + k]!;
      length += size;
      valued = length;
    }
    return valued;
  }
}

function labelsOf(block: Block, field: number, { file }: Place): RowLabels {
  const { bytes, width, starts, ends, lines, kinds } = block;
  return {
    isLabelled: (row) => {
      const at = row * width + field;
      const start = field < 0 ? -1 : starts[at]!;
      const isText = kinds === undefined || kinds[at] === 2;
      return start >= 0 && !(isText && isMissingBytes(bytes, start, ends[at]!));
    },
    locationOf: (row) => {
      const has = field >= 0 && kinds?.[row * width + field] !== 0;
      return { file, line: lines[row]!, ...(has ? { column: field + 1 } : {}) };
    },
  };
}

function seedOf(name: string): Pick<Seed, 'seedLow' | 'seedHigh'> {
  const bytes = Buffer.from(name);
  const seedLow = hash64(viewOf(bytes), 0, bytes.length, 0x9747b28c, 0x3c6ef372);
  return { seedLow, seedHigh: upper };
}

function isSame(a: HashKind, b: HashKind): boolean {
  return a.beside === b.beside && a.feature === b.feature && a.shared === b.shared;
}
