import { instantMs } from '../inputs/kinds.ts';
import type { ColumnProfile, ColumnType, ValueType } from './profile.ts';
import { OrderedCounts, type OrderedCountsState } from './sketch/ordered-counts.ts';
import { Points } from './sketch/points.ts';
import { TextCounts, type TextCountsState, unitsOf } from './sketch/text-counts.ts';
import { DECIMALS, INSTANTS } from './spelling.ts';

export interface CountsState {
  readonly rows: number;
  readonly nulls: number;
  readonly trues: number;
  readonly falses: number;
  readonly dates: number;
  readonly datetimes: number;
  readonly strings: number;
  readonly real: boolean;
  readonly timeKinds: number;
  readonly unsettled: ReadonlyMap<string, number>;
  readonly missing: ReadonlyMap<string, number>;
  readonly lengths: { readonly min: number; readonly max: number; readonly sum: number };
  readonly numbers: OrderedCountsState;
  readonly instants: OrderedCountsState;
  readonly texts: TextCountsState;
}

/**
 * The values of one column, counted by what they are read as: at most some 3 MB however many rows there are (and
 * 4 MiB of texts). Columns of few different values are counted exactly, others with the sketches' errors.
 */
export class ColumnCounts {
  readonly name: string;
  readonly reference: ColumnProfile | undefined;
  readonly numbers: OrderedCounts;
  /** Dates and times, in milliseconds since 1970 with microseconds as their fraction. */
  readonly instants: OrderedCounts;
  /** Texts that are nothing else. */
  readonly texts: TextCounts;
  rows = 0;
  nulls = 0;
  trues = 0;
  falses = 0;
  dates = 0;
  datetimes = 0;
  strings = 0;
  /** Are its numbers real ones, though all may be whole: written with a point, or so declared? */
  real = false;
  /** How its times are written, one bit for each way. */
  timeKinds = 0;
  /** Of `strings`, in UTF-16 units. */
  lengths = { min: Number.POSITIVE_INFINITY, max: 0, sum: 0 };

  /** @param reference is counted beside: its cells exactly, whatever comes. */
  constructor(name: string, reference?: ColumnProfile) {
    this.name = name;
    this.reference = reference;
    const pinned = pinnedOf(reference);
    const points = pointsOf(reference);
    const isDate = reference?.type === 'date' || reference?.type === 'datetime';
    this.numbers = new OrderedCounts(DECIMALS, isDate ? undefined : points, pinned.numbers);
    this.instants = new OrderedCounts(INSTANTS, isDate ? points : undefined, pinned.instants);
    this.texts = new TextCounts(pinned.texts);
  }

  /** Counts a text in UTF-8; its place among those held, which holds until the next call, or −1. */
  addString(bytes: Uint8Array, start: number, end: number, count = 1): number {
    this.strings += count;
    const id = this.texts.add(bytes, start, end, count);
    const units = id < 0 ? unitsOf(bytes, start, end) : this.texts.unitsAt(id);
    const { lengths } = this;
    lengths.sum += units * count;
    if (units < lengths.min) lengths.min = units;
    if (units > lengths.max) lengths.max = units;
    return id;
  }

  /** Texts that would stand for a missing value in a column of numbers or dates, with their counts, until `settle`. */
  readonly #unsettled = new Map<string, number>();
  /** Texts that were read as missing values. */
  readonly missing = new Map<string, number>();

  /** Counts a text that is a missing value if all others turn out to be numbers or dates, and a text otherwise. */
  addUnsettled(text: string, count = 1): void {
    this.#unsettled.set(text, (this.#unsettled.get(text) ?? 0) + count);
  }

  /** Counts a text that is surely a missing value. */
  addMissing(text: string): void {
    this.nulls++;
    this.missing.set(text, (this.missing.get(text) ?? 0) + 1);
  }

  /** Decides what such texts are, once all rows were read; were they missing values? */
  settle(): boolean {
    if (this.#unsettled.size === 0) return false;
    const type = typeOf(this.types);
    // Without any value, the reference tells what values are.
    const measured = isMeasured(type) || (type === 'empty' && isMeasured(this.reference?.type));
    for (const [text, count] of this.#unsettled) {
      if (measured) {
        this.nulls += count;
        this.missing.set(text, (this.missing.get(text) ?? 0) + count);
        continue;
      }
      const bytes = Buffer.from(text);
      this.addString(bytes, 0, bytes.length, count);
    }
    this.#unsettled.clear();
    return measured;
  }

  get types(): Record<ValueType, number> {
    const whole = this.numbers.integers();
    const integer = this.real && whole === this.numbers.total ? 0 : whole;
    return {
      integer,
      number: this.numbers.total - integer,
      boolean: this.trues + this.falses,
      date: this.dates,
      datetime: this.datetimes,
      string: this.strings,
    };
  }

  get counts(): CountsState {
    const { rows, nulls, trues, falses, dates, datetimes, strings, real, timeKinds, lengths } = this;
    return {
      ...{ rows, nulls, trues, falses, dates, datetimes, strings, real, timeKinds, lengths },
      numbers: this.numbers.state,
      instants: this.instants.state,
      texts: this.texts.state,
      unsettled: this.#unsettled,
      missing: this.missing,
    };
  }

  /** Adds what another has counted, beside the same reference. */
  mergeCounts(other: CountsState): void {
    this.rows += other.rows;
    this.nulls += other.nulls;
    this.trues += other.trues;
    this.falses += other.falses;
    this.dates += other.dates;
    this.datetimes += other.datetimes;
    this.strings += other.strings;
    this.real ||= other.real;
    this.timeKinds |= other.timeKinds;
    for (const [text, count] of other.unsettled) this.addUnsettled(text, count);
    for (const [text, count] of other.missing) this.missing.set(text, (this.missing.get(text) ?? 0) + count);
    this.lengths.sum += other.lengths.sum;
    this.lengths.min = Math.min(this.lengths.min, other.lengths.min);
    this.lengths.max = Math.max(this.lengths.max, other.lengths.max);
    this.numbers.merge(other.numbers);
    this.instants.merge(other.instants);
    this.texts.merge(other.texts);
  }
}

/** What a column is by its cells' types. */
export function typeOf(types: Readonly<Partial<Record<ValueType, number>>>): ColumnType {
  const present = (Object.keys(types) as ValueType[]).filter((type) => (types[type] ?? 0) > 0);
  const within = (...allowed: ValueType[]) => present.every((type) => allowed.includes(type));
  if (present.length === 0) return 'empty';
  if (within('integer')) return 'integer';
  if (within('integer', 'number')) return 'number';
  if (within('date')) return 'date';
  if (within('date', 'datetime')) return 'datetime';
  return within('boolean') ? 'boolean' : 'string';
}

/** Are its values numbers, dates or times? */
function isMeasured(type: ColumnType | undefined): boolean {
  return type === 'integer' || type === 'number' || type === 'date' || type === 'datetime';
}

interface Pinned {
  readonly numbers: number[];
  readonly instants: number[];
  readonly texts: readonly string[];
}

/** What is counted exactly however many other values there are: the categories of the reference, in any reading. */
function pinnedOf(reference: ColumnProfile | undefined): Pinned {
  const texts = reference?.cells.kind === 'categories' ? reference.cells.categories : [];
  const numbers = texts.filter((text) => String(Number(text)) === text && Number.isFinite(Number(text)));
  const instants = texts.filter((text) => /^\d{4}-\d{2}-\d{2}/.test(text)).map(instantMs);
  return {
    numbers: numbers.map(Number),
    instants: instants.filter((instant) => !Number.isNaN(instant)),
    texts,
  };
}

function pointsOf(reference: ColumnProfile | undefined): Points | undefined {
  const cells = reference?.cells;
  if (cells === undefined || cells.kind === 'categories' || reference?.type === 'boolean') return undefined;
  return new Points(cells.kind, cells.kind === 'values' ? cells.values : cells.cuts);
}
