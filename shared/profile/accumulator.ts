import { instantMs } from '../inputs/kinds.ts';
import { type Cell, toNumber } from '../table/table.ts';
import { type ColumnType, MAX_TEXTS, type ValueType } from './profile.ts';

const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;

/** Numbers in a typed array that doubles when it is full. */
export class NumberList {
  #items = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }

  /** A copy in ascending order. */
  sorted(): Float64Array {
    return this.#items.slice(0, this.length).sort();
  }
}

/**
 * The values of one column, exactly: 8 bytes a number or date, and each different text once, up to `MAX_TEXTS` of
 * them; texts first met after that are counted without being told apart.
 */
export class ColumnAccumulator {
  readonly numbers = new NumberList();
  readonly dates = new NumberList();
  readonly texts = new Map<string, number>();
  /** Texts that were not told apart. */
  lumped = 0;
  rows = 0;
  nulls = 0;
  readonly types: Record<ValueType, number> = {
    integer: 0,
    number: 0,
    boolean: 0,
    date: 0,
    datetime: 0,
    string: 0,
  };
  trues = 0;
  lengths = { min: Number.POSITIVE_INFINITY, max: 0, sum: 0 };

  /** `expected` texts are told apart whenever they come. */
  constructor(expected: readonly string[] = []) {
    for (const text of expected) this.texts.set(text, 0);
  }

  add(cell: Cell): void {
    this.rows++;
    if (cell === null) this.nulls++;
    else if (typeof cell === 'string') this.#addText(cell);
    else if (typeof cell === 'boolean') this.#addBoolean(cell);
    else this.#addNumber(cell);
  }

  #addText(text: string): void {
    const number = numberOf(text);
    if (!Number.isNaN(number)) this.#addNumber(number);
    else if (BOOLEAN.test(text)) this.#addBoolean(/^t/i.test(text));
    else if (!this.#addDate(text)) this.#addString(text);
  }

  #addDate(text: string): boolean {
    if (text.length < 10 || text[4] !== '-' || text.trim() !== text) return false;
    const at = instantMs(text);
    if (Number.isNaN(at)) return false;
    this.types[text.length === 10 ? 'date' : 'datetime']++;
    this.dates.push(at);
    return true;
  }

  #addString(text: string): void {
    this.types.string++;
    const { lengths } = this;
    lengths.sum += text.length;
    if (text.length < lengths.min) lengths.min = text.length;
    if (text.length > lengths.max) lengths.max = text.length;
    const known = this.texts.get(text);
    if (known !== undefined) this.texts.set(text, known + 1);
    // A piece of a longer text keeps all of that in memory; a copy does not.
    else if (this.texts.size < MAX_TEXTS) this.texts.set(Buffer.from(text).toString(), 1);
    else this.lumped++;
  }

  #addBoolean(value: boolean): void {
    this.types.boolean++;
    if (value) this.trues++;
  }

  #addNumber(value: number): void {
    this.types[Number.isInteger(value) ? 'integer' : 'number']++;
    this.numbers.push(value);
  }

  get type(): ColumnType {
    const present = (Object.keys(this.types) as ValueType[]).filter((type) => this.types[type] > 0);
    const within = (...types: ValueType[]) => present.every((type) => types.includes(type));
    if (present.length === 0) return 'empty';
    if (within('integer')) return 'integer';
    if (within('integer', 'number')) return 'number';
    if (within('date')) return 'date';
    if (within('date', 'datetime')) return 'datetime';
    return within('boolean') ? 'boolean' : 'string';
  }

  /** The values as ordered numbers where the column is read as `type`, ascending; other values are left out. */
  ordered(type: ColumnType): Float64Array {
    if (type === 'integer' || type === 'number') return this.numbers.sorted();
    if (type === 'date' || type === 'datetime') return this.dates.sorted();
    const falses = this.types.boolean - this.trues;
    return new Float64Array(this.types.boolean).fill(1, falses);
  }

  /** Every value as a text with its count; numbers and dates in one canonical spelling. */
  categories(): Map<string, number> {
    const counts = new Map([...this.texts].filter(([, count]) => count > 0));
    const add = (text: string, count: number): void => {
      if (count > 0) counts.set(text, (counts.get(text) ?? 0) + count);
    };
    for (const { value, count } of runs(this.numbers.sorted())) add(String(value), count);
    for (const { value, count } of runs(this.dates.sorted())) add(isoOf(value), count);
    add('true', this.trues);
    add('false', this.types.boolean - this.trues);
    return counts;
  }
}

/**
 * A text as a number where it is surely meant as one: not with leading zeros (a code), nor beyond the integers that
 * are exact in a double (an identifier).
 */
function numberOf(text: string): number {
  const code = text.charCodeAt(0);
  if (!((code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 32))
    return Number.NaN;
  const value = toNumber(text);
  if (Number.isNaN(value)) return value;
  if (/^\s*[+-]?0\d/.test(text)) return Number.NaN;
  return Math.abs(value) > Number.MAX_SAFE_INTEGER && /^\s*[+-]?\d+\s*$/.test(text) ? Number.NaN : value;
}

/** Each different value of an ascending list with its count. */
export function* runs(sorted: Float64Array): Generator<{ value: number; count: number }> {
  for (let start = 0; start < sorted.length; ) {
    const value = sorted[start] ?? 0;
    let end = start + 1;
    while (end < sorted.length && sorted[end] === value) end++;
    yield { value: value + 0, count: end - start };
    start = end;
  }
}

/** Dates as people write them: without a time where that is midnight UTC. */
export function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/T00:00:00\.000Z$/, '');
}
