import type { Batch } from '../table/table.ts';
import type { Location } from '../verdict/verdict.ts';

/** Where rows began, by their number: 12 bytes a row and more. */
export class Places {
  readonly #files: string[] = [];
  readonly #from: number[] = [];
  readonly #lines: number[] = [];

  push(batch: Batch, row: number): void {
    if (this.#files.at(-1) !== batch.file) {
      this.#files.push(batch.file);
      this.#from.push(this.#lines.length);
    }
    this.#lines.push(batch.lines[row] ?? 0);
  }

  at(index: number): Location {
    const file = this.#from.findLastIndex((from) => from <= index);
    return { file: this.#files[file] ?? '', line: this.#lines[index] ?? 0 };
  }
}

/** Where the row of a batch begins. */
export function placeOf(batch: Batch, row: number): Location {
  return { file: batch.file, line: batch.lines[row] ?? 0 };
}
