import { type Convert, converter, holdsNumbers } from '../contract/convert.ts';
import type { RowCells } from '../contract/row.ts';
import type { Row } from '../contract/violation.ts';
import { rowTypes } from '../contract/vocabulary.ts';
import type { Block } from '../read/block.ts';
import { KINDS } from '../read/json-kinds.ts';
import { simpleNumber } from '../read/number.ts';

const { ABSENT, NULL, TEXT, NUMBER, TRUE, FALSE } = KINDS;

interface Reader {
  readonly numbers: boolean;
  readonly convert: Convert;
  /** Of declared texts, which are not numbers or booleans. */
  readonly nested: Convert;
}

/** The rows of blocks, one at a time: a value is made of its bytes if it is asked for. */
export class BlockRow implements RowCells {
  file = '';
  line = 0;
  #row = 0;
  #block: Block | undefined;
  #names: readonly string[] = [];
  #count = 0;
  readonly #fields = new Map<string, number>();
  readonly #readers = new Map<string, Reader>();
  readonly #schema: Readonly<Record<string, unknown>>;

  /** @param schema of a row, by which texts are read as what they spell. */
  constructor(schema: Readonly<Record<string, unknown>>) {
    this.#schema = schema;
  }

  /** Takes a block; `names` are those of its fields. */
  take(block: Block, names: readonly string[], file: string): void {
    this.#block = block;
    this.file = file;
    if (names === this.#names && names.length === this.#count) return;
    this.#names = names;
    this.#count = names.length;
    this.#fields.clear();
    names.forEach((name, field) => {
      this.#fields.set(name, field);
    });
  }

  /** Goes to a row of the block. */
  at(row: number): this {
    this.#row = row;
    this.line = this.#block?.lines[row] ?? 0;
    return this;
  }

  fieldOf(column: string): number {
    return (this.#fields.get(column) ?? -1) + 1;
  }

  valueOf(column: string): unknown {
    const field = this.#fields.get(column);
    return field === undefined ? null : (this.#valueAt(field, column) ?? null);
  }

  members(columns: readonly string[] | undefined): Row {
    // Without a prototype, `__proto__` is a name like any other.
    const row: Record<string, unknown> = Object.create(null);
    for (const name of columns ?? this.#names) {
      const field = this.#fields.get(name);
      const value = field === undefined ? undefined : this.#valueAt(field, name);
      if (value !== undefined) row[name] = value;
    }
    return row;
  }

  /** Undefined if a record lacks the member. */
  #valueAt(field: number, name: string): unknown {
    const { bytes, width, starts, ends, kinds, types } = this.#block!;
    const at = this.#row * width + field;
    const kind = kinds?.[at] ?? types?.[at] ?? TEXT;
    const start = starts[at]!;
    if (kind === ABSENT && kinds !== undefined) return undefined;
    if (start < 0 || kind === NULL) return null;
    const end = ends[at]!;
    if (kind === TRUE || kind === FALSE) return kind === TRUE;
    if (kind === NUMBER) return Number(bytes.toString('latin1', start, end));
    if (kinds !== undefined) {
      const text = bytes.toString('utf8', start, end);
      return kind === TEXT ? text : JSON.parse(text);
    }
    const { numbers, convert, nested } = this.#readerOf(name);
    if (types !== undefined) return nested(bytes.toString('utf8', start, end));
    const number = numbers ? simpleNumber(bytes, start, end) : Number.NaN;
    return Number.isNaN(number) ? convert(bytes.toString('utf8', start, end)) : number;
  }

  #readerOf(name: string): Reader {
    const known = this.#readers.get(name);
    if (known !== undefined) return known;
    const types = rowTypes(name, this.#schema);
    const nestedOf = (all: ReadonlySet<string>) =>
      new Set([...all].filter((type) => type === 'array' || type === 'object'));
    const made = {
      numbers: holdsNumbers(types),
      convert: converter(types),
      nested: converter(nestedOf(types)),
    };
    this.#readers.set(name, made);
    return made;
  }
}
