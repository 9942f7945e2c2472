import type { Batch, Cell } from '../table/table.ts';

/**
 * Some columns of a row as one text, the same for rows with the same values however their files order the columns.
 * Values are taken as they are written: 1 and "1" are the same, 1 and 1.0 are not. A column that a file lacks is null.
 */
export class RowText {
  readonly #accepts: (name: string) => boolean;
  /** Accepted names in order of first appearance. */
  readonly names: string[] = [];
  readonly #known = new Set<string>();
  #columns: readonly string[] | undefined;
  #width = 0;
  #at: number[] = [];
  #whole = false;
  #frozen = false;

  constructor(accepts: (name: string) => boolean = () => true) {
    this.#accepts = accepts;
  }

  /** A JSON list without the nulls at its end; `[]` where all are null. */
  of(batch: Batch, row: number): string {
    if (this.#columns !== batch.columns || this.#width !== batch.columns.length) this.#plan(batch.columns);
    const cells = batch.rows[row] ?? [];
    if (this.#whole && batch.records === undefined && cells.at(-1) !== null) return JSON.stringify(cells);
    const values = this.#at.map((at) => asText(cells[at] ?? null));
    let end = values.length;
    while (end > 0 && values[end - 1] === null) end--;
    return JSON.stringify(end === values.length ? values : values.slice(0, end));
  }

  /** Columns that come from now on are left out. */
  freeze(): void {
    this.#frozen = true;
  }

  #plan(columns: readonly string[]): void {
    for (const name of columns) {
      if (this.#frozen || this.#known.has(name) || !this.#accepts(name)) continue;
      this.#known.add(name);
      this.names.push(name);
    }
    const at = new Map(columns.map((name, index) => [name, index]));
    this.#at = this.names.map((name) => at.get(name) ?? -1);
    this.#whole = this.#at.length === columns.length && this.#at.every((from, index) => from === index);
    this.#columns = columns;
    this.#width = columns.length;
  }
}

function asText(cell: Cell): string | null {
  return cell === null || typeof cell === 'string' ? cell : String(cell);
}
