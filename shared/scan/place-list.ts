import type { Location } from '../verdict/verdict.ts';

export interface PlaceListState {
  readonly lines: Float64Array;
  /** From which place on others are in a file and column. */
  readonly parts: readonly {
    readonly from: number;
    readonly file: string;
    readonly column: number | undefined;
  }[];
}

/** The first places that are added, in little memory: most differ from the one before in their line alone. */
export class PlaceList {
  readonly #most: number;
  #lines = new Float64Array(0);
  #size = 0;
  /** From which place on others are in a file and column. */
  readonly #parts: { readonly from: number; readonly file: string; readonly column: number | undefined }[] =
    [];

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#size >= this.#most;
  }

  add({
    file,
    line = 0,
    column,
  }: Pick<Location, 'file' | 'line'> & { readonly column?: number | undefined }): void {
    if (this.isFull) return;
    const last = this.#parts.at(-1);
    if (last?.file !== file || last.column !== column) this.#parts.push({ from: this.#size, file, column });
    if (this.#size === this.#lines.length) {
      const larger = new Float64Array(Math.min(this.#most, Math.max(16, this.#size * 2)));
      larger.set(this.#lines);
      this.#lines = larger;
    }
    this.#lines[this.#size++] = line;
  }

  get all(): Location[] {
    return placesOf(this.state);
  }

  get state(): PlaceListState {
    return { lines: this.#lines.slice(0, this.#size), parts: this.#parts };
  }

  /** Adds those of later rows, in a file of which `linesBefore` lines come before; in a column, if it is another one. */
  merge({ lines, parts }: PlaceListState, linesBefore: number, column?: number): void {
    parts.forEach((part, i) => {
      const end = Math.min(parts[i + 1]?.from ?? lines.length, part.from + this.#most - this.#size);
      for (let at = part.from; at < end; at++)
        this.add({ file: part.file, line: lines[at]! + linesBefore, column: column ?? part.column });
    });
  }
}

function placesOf({ lines, parts }: PlaceListState): Location[] {
  return parts.flatMap(({ from, file, column }, i) =>
    Array.from(lines.subarray(from, parts[i + 1]?.from), (line) => ({
      file,
      line,
      ...(column === undefined ? {} : { column }),
    })),
  );
}
