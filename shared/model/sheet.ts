import type { Source } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { Cell } from '../table/batch.ts';
import { readTable } from '../table/table.ts';
import type { Location } from '../verdict/verdict.ts';

/** The columns of one file as texts, each row with its line. */
export interface Sheet {
  readonly file: string;
  /** Every column of the file, also those that were not read. */
  readonly columns: readonly string[];
  readonly n: number;
  /** A column's cells, length n; null for an empty one. @throws TypeError for a column that was not read. */
  cells(column: string): readonly (string | null)[];
  /** Where a row is, or one field of it. */
  place(row: number, column?: string): Location;
}

/**
 * Reads the wanted columns of a table; those that the file does not have are left out.
 *
 * @throws UserError where the file cannot be read or holds no row.
 */
export async function readSheet(source: Source, wanted: readonly string[] | 'all'): Promise<Sheet> {
  let columns: readonly string[] = [];
  const cells = new Map<string, (string | null)[]>();
  const lines: number[] = [];
  for await (const batch of readTable(source)) {
    columns = batch.columns;
    columns.forEach((name, at) => {
      if (wanted !== 'all' && !wanted.includes(name)) return;
      // JSON Lines may name a column late; the rows before it have none.
      const column = cells.get(name) ?? new Array<string | null>(lines.length).fill(null);
      cells.set(name, column);
      for (const row of batch.rows) column.push(textOf(row[at] ?? null));
    });
    for (const line of batch.lines) lines.push(line);
  }
  if (lines.length === 0) throw new UserError({ what: 'holds no row', where: source.name });
  return {
    file: source.name,
    columns,
    n: lines.length,
    cells: (column) => {
      const found = cells.get(column);
      if (found === undefined) throw new TypeError(`column ${column} of ${source.name} was not read`);
      return found;
    },
    place: (row, column) => ({
      file: source.name,
      ...(lines[row] === undefined ? {} : { line: lines[row] }),
      ...(column === undefined ? {} : { column: columns.indexOf(column) + 1 }),
    }),
  };
}

function textOf(cell: Cell): string | null {
  const text = cell === null ? '' : String(cell).trim();
  return text === '' ? null : text;
}

/** The problem that a file lacks a column, with the nearest that it has. */
export function missingColumn(sheet: Sheet, column: string, input: string): Problem {
  return {
    what: `there is no column ${JSON.stringify(column)} (input ${input})`,
    where: sheet.file,
    mend: suggestion(column, sheet.columns),
  };
}
