import type { ByteSource } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import { type Cell, toNumber } from './batch.ts';
import { readTables, type TableOptions } from './tables.ts';

/** Where a row came from. */
export interface FileLine {
  readonly file: string;
  readonly line: number;
}

/** A whole table in memory, by columns. */
export interface WholeTable {
  /** The names that were read, in order of first appearance. */
  readonly names: readonly string[];
  readonly rows: number;
  has(name: string): boolean;
  /**
   * The cells of a column, null if a file of several lacks it.
   *
   * @param asked who asks for it, such as `input label`, for the message.
   * @throws UserError if no file has the column.
   */
  column(name: string, asked?: string): readonly Cell[];
  /** The column as numbers, NaN if a cell is none (see `toNumber`). @throws UserError as `column`. */
  numbers(name: string, asked?: string): Float64Array;
  /** Where row `index`, from 0, starts. */
  place(index: number): FileLine;
}

/**
 * Reads tables into memory, one below the other: about 50 bytes a cell of text, 8 a repeated or empty one.
 *
 * @param wanted keeps only the columns that are named, if a file has them; all by default.
 * @throws UserError if a file cannot be read or has structural faults (without `options.onFault`).
 */
export async function collect(
  files: readonly ByteSource[],
  wanted?: readonly string[],
  options: TableOptions = {},
): Promise<WholeTable> {
  const kept = wanted === undefined ? undefined : new Set(wanted);
  const cells = new Map<string, Cell[]>();
  const known = new Set<string>();
  const pieces: { file: string; from: number }[] = [];
  const lines: number[] = [];
  let rows = 0;
  const asked = wanted === undefined ? {} : { columns: wanted };
  for await (const batch of readTables(files, { ...asked, ...options })) {
    for (const name of batch.unread ?? []) known.add(name);
    if (pieces.at(-1)?.file !== batch.file) pieces.push({ file: batch.file, from: rows });
    batch.columns.forEach((name, index) => {
      known.add(name);
      if (kept !== undefined && !kept.has(name)) return;
      const column = cells.get(name) ?? new Array<Cell>(rows).fill(null);
      cells.set(name, column);
      for (const row of batch.rows) column.push(row[index] ?? null);
    });
    for (const line of batch.lines) lines.push(line);
    rows += batch.rows.length;
    for (const column of cells.values()) while (column.length < rows) column.push(null);
  }
  return new CollectedColumns(cells, known, pieces, lines);
}

class CollectedColumns implements WholeTable {
  readonly names: readonly string[];
  readonly rows: number;
  readonly #cells: ReadonlyMap<string, readonly Cell[]>;
  readonly #known: ReadonlySet<string>;
  readonly #pieces: readonly { readonly file: string; readonly from: number }[];
  readonly #lines: readonly number[];

  constructor(
    cells: ReadonlyMap<string, readonly Cell[]>,
    known: ReadonlySet<string>,
    pieces: readonly { readonly file: string; readonly from: number }[],
    lines: readonly number[],
  ) {
    this.names = [...cells.keys()];
    this.rows = lines.length;
    this.#cells = cells;
    this.#known = known;
    this.#pieces = pieces;
    this.#lines = lines;
  }

  has(name: string): boolean {
    return this.#cells.has(name);
  }

  column(name: string, asked?: string): readonly Cell[] {
    const column = this.#cells.get(name);
    if (column !== undefined) return column;
    const file = this.#pieces.map((piece) => piece.file).join(', ');
    throw new UserError({
      what: `there is no column ${JSON.stringify(name)}${file === '' ? '' : ` in ${file}`}`,
      ...(asked === undefined ? {} : { where: asked }),
      fix: suggestion(name, [...this.#known]),
    });
  }

  numbers(name: string, asked?: string): Float64Array {
    return Float64Array.from(this.column(name, asked), toNumber);
  }

  place(index: number): FileLine {
    const line = this.#lines[index];
    const piece = this.#pieces.findLast(({ from }) => from <= index);
    if (line === undefined || piece === undefined) throw new RangeError(`there is no row ${index}`);
    return { file: piece.file, line };
  }
}
