import type { Batch, Cell } from '../read/batch.ts';

/** Rows as texts, the same for rows with the same values however their files order the columns. */
export class RowText {
  /** Columns in order of first appearance. */
  readonly names: string[] = [];
  readonly #known = new Set<string>();
  #columns: readonly string[] | undefined;
  #width = 0;
  #at: number[] = [];

  /** Notes the columns of rows to come. */
  plan(columns: readonly string[]): void {
    if (this.#columns === columns && this.#width === columns.length) return;
    for (const name of columns) {
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      this.names.push(name);
    }
    const at = new Map(columns.map((name, index) => [name, index]));
    this.#at = this.names.map((name) => at.get(name) ?? -1);
    this.#columns = columns;
    this.#width = columns.length;
  }

  /** A JSON list of texts in the order of `names`, without the nulls at its end. */
  of({ columns, rows }: Pick<Batch, 'columns' | 'rows'>, row: number): string {
    this.plan(columns);
    const cells = rows[row] ?? [];
    const values = this.#at.map((at) => asText(cells[at] ?? null));
    let end = values.length;
    while (end > 0 && values[end - 1] === null) end--;
    return JSON.stringify(end === values.length ? values : values.slice(0, end));
  }
}

function asText(cell: Cell): string | null {
  return cell === null || typeof cell === 'string' ? cell : String(cell);
}
