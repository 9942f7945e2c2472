import { NumberList } from '../profile/number-list.ts';
import type { Location } from '../verdict/verdict.ts';

/** Places from `from` on, in the order in which they were met, that are in one file and column. */
interface Part {
  readonly from: number;
  readonly file: string;
  readonly column: number | undefined;
}

export interface PlaceListState {
  readonly lines: Float64Array;
  readonly parts: readonly Part[];
}

/** The first places that are added, in little memory: most differ from the one before in their line alone. */
export class PlaceList {
  readonly #most: number;
  readonly #lines = new NumberList();
  readonly #parts: Part[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#lines.length >= this.#most;
  }

  add({ file, line = 0, column }: Location): void {
    this.#add(file, line, column);
  }

  #add(file: string, line: number, column: number | undefined): void {
    if (this.isFull) return;
    const last = this.#parts.at(-1);
    if (last?.file !== file || last.column !== column)
      this.#parts.push({ from: this.#lines.length, file, column });
    this.#lines.push(line);
  }

  get all(): Location[] {
    const lines = this.#lines.items();
    return this.#parts.flatMap(({ from, file, column }, i) =>
      Array.from(lines.subarray(from, this.#parts[i + 1]?.from), (line) => ({
        ...{ file, line },
        ...(column === undefined ? {} : { column }),
      })),
    );
  }

  get state(): PlaceListState {
    return { lines: this.#lines.items().slice(), parts: this.#parts };
  }

  /** Adds those of later rows, in a file of which `linesBefore` lines come before; in a column, if it is another one. */
  merge({ lines, parts }: PlaceListState, linesBefore: number, column?: number): void {
    parts.forEach((part, i) => {
      const end = parts[i + 1]?.from ?? lines.length;
      for (let at = part.from; at < end && !this.isFull; at++)
        this.#add(part.file, lines[at]! + linesBefore, column ?? part.column);
    });
  }
}
