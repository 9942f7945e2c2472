import type { ByteSource } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { Block } from '../read/block.ts';
import { faultSink } from '../read/fault.ts';
import { KINDS } from '../read/json-kinds.ts';
import type { Location } from '../verdict/verdict.ts';
import { TextColumn, TextIndex } from './text-column.ts';

/** The columns of one file as texts, each row with its line. */
export interface Sheet {
  readonly file: string;
  /** Every column of the file, also those that were not read. */
  readonly columns: readonly string[];
  readonly n: number;
  /** A column with n rows. @throws TypeError for a column that was not read. */
  column(name: string): TextColumn;
  /** A column's cells, length n; null for an empty one. @throws TypeError for a column that was not read. */
  cells(name: string): readonly (string | null)[];
  /** Where a row is, or one field of it. */
  place(row: number, column?: string): Location;
}

/** What is read of a file, as it comes. */
class Reading {
  columns: readonly string[] = [];
  readonly wanted: readonly string[] | 'all';
  readonly read = new Map<string, TextColumn>();
  lines = new Int32Array(1 << 12);
  n = 0;

  constructor(wanted: readonly string[] | 'all') {
    this.wanted = wanted;
  }

  /** The columns that are kept, with their fields; JSON Lines may name one late, and its rows before have none. */
  kept(columns: readonly string[]): readonly (readonly [TextColumn, number])[] {
    if (columns.length > this.columns.length) this.columns = [...columns];
    return columns.flatMap((name, at) => {
      if (this.wanted !== 'all' && !this.wanted.includes(name)) return [];
      const column = this.read.get(name) ?? new TextColumn();
      this.read.set(name, column);
      column.pad(this.n);
      return [[column, at] as const];
    });
  }

  addLines(lines: ArrayLike<number>, rows: number): void {
    if (this.n + rows > this.lines.length) {
      const larger = new Int32Array(2 * (this.n + rows));
      larger.set(this.lines);
      this.lines = larger;
    }
    for (let row = 0; row < rows; row++) this.lines[this.n + row] = lines[row] ?? 0;
    this.n += rows;
  }

  addBlock(block: Block, columns: readonly string[]): void {
    const { bytes, width, rows, starts, ends, kinds } = block;
    for (const [column, field] of this.kept(columns)) {
      for (let row = 0, at = field; row < rows; row++, at += width) {
        const kind = kinds?.[at];
        if (kind === KINDS.TRUE || kind === KINDS.FALSE)
          column.addText(kind === KINDS.TRUE ? 'true' : 'false');
        else if (kind === KINDS.ABSENT || kind === KINDS.NULL || starts[at]! < 0) column.addText(null);
        else column.add(bytes, starts[at]!, ends[at]!);
      }
    }
    this.addLines(block.lines, rows);
  }
}

/**
 * Reads the wanted columns of a table; those that the file does not have are left out.
 *
 * @throws UserError if the file cannot be read or holds no row.
 */
export async function readSheet(source: ByteSource, wanted: readonly string[] | 'all'): Promise<Sheet> {
  const reading = new Reading(wanted);
  await readInto(reading, source);
  const { columns, n, read, lines } = reading;
  if (n === 0) throw new UserError({ what: 'holds no row', where: source.name });
  for (const column of read.values()) column.pad(n);
  const columnNamed = (name: string): TextColumn => {
    const found = read.get(name);
    if (found === undefined) throw new TypeError(`column ${name} of ${source.name} was not read`);
    return found;
  };
  return {
    file: source.name,
    columns,
    n,
    column: columnNamed,
    cells: (name) => {
      const column = columnNamed(name);
      return Array.from({ length: n }, (_, row) => column.text(row));
    },
    place: (row, column) => ({
      file: source.name,
      ...(row < n ? { line: lines[row]! } : {}),
      ...(column === undefined ? {} : { column: columns.indexOf(column) + 1 }),
    }),
  };
}

async function readInto(reading: Reading, source: ByteSource): Promise<void> {
  const { readBlocks } = await import('../read/blocks.ts');
  const sink = faultSink(undefined);
  const columns = await readBlocks(source, {
    onFault: sink.report,
    ...(reading.wanted === 'all' ? {} : { wanted: reading.wanted, canonical: reading.wanted }),
    onBlock: (block, names) => reading.addBlock(block, names),
  });
  sink.done();
  if (columns !== undefined) reading.kept(columns);
}

/** The problem that a file lacks a column, with the nearest that it has. */
export function missingColumn(sheet: Sheet, column: string, input: string): Problem {
  return {
    what: `there is no column ${JSON.stringify(column)} (input ${input})`,
    where: sheet.file,
    fix: suggestion(column, sheet.columns),
  };
}

/**
 * The sheet with further columns of another file, joined by id; if that lacks an id, its columns are empty. A column
 * that both have is the other's.
 */
export function withColumns(sheet: Sheet, other: Sheet, id: string): Sheet {
  const index = new TextIndex();
  const ids = other.column(id).byValue();
  for (let row = 0; row < other.n; row++) if (ids.has(row)) index.add(ids, row);
  const own = sheet.column(id).byValue();
  const rows = Int32Array.from({ length: sheet.n }, (_, row) =>
    own.has(row) ? index.find(ids, own, row) : -1,
  );
  const added = other.columns.filter((name) => name !== id);
  const columns = [...sheet.columns.filter((name) => !added.includes(name)), ...added];
  const known = new Map<string, TextColumn>();
  const column = (name: string): TextColumn => {
    if (!added.includes(name)) return sheet.column(name);
    const found = known.get(name) ?? picked(other.column(name), rows);
    known.set(name, found);
    return found;
  };
  return {
    ...sheet,
    columns,
    column,
    cells: (name) => Array.from({ length: sheet.n }, (_, row) => column(name).text(row)),
    place: (row, name) =>
      name !== undefined && added.includes(name) && (rows[row] ?? -1) >= 0
        ? other.place(rows[row] ?? 0, name)
        : sheet.place(row, name !== undefined && sheet.columns.includes(name) ? name : undefined),
  };
}

function picked(column: TextColumn, rows: Int32Array): TextColumn {
  const found = new TextColumn();
  for (const row of rows) found.addText(row < 0 ? null : column.text(row));
  return found;
}
