import type { Block } from './block.ts';
import { KINDS } from './json-kinds.ts';

/** What Hive and Spark name the folder of rows whose key is null. */
const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';

/** The keys and values of one file's folders, in their order. */
export type Partition = ReadonlyMap<string, string | null>;

/**
 * The partitions that the folders of each path name as `key=value`, percent-decoded, in the order of the paths;
 * undefined if the files do not all have the same keys, unless any keys are wanted.
 */
export function folderPartitions(paths: readonly string[], any = false): readonly Partition[] | undefined {
  const found = paths.map(partitionOf);
  const keys = new Set(found.map((partition) => JSON.stringify([...partition.keys()])));
  return any || (keys.size === 1 && !keys.has('[]')) ? found : undefined;
}

function partitionOf(path: string): Partition {
  const folders = path.split(/[/\\]/).slice(0, -1);
  return new Map(
    folders.flatMap((folder) => {
      const at = folder.indexOf('=');
      if (at < 1) return [];
      const value = folder.slice(at + 1);
      return [[percentDecoded(folder.slice(0, at)), value === NULL_FOLDER ? null : percentDecoded(value)]];
    }),
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The columns of a partition behind the own ones of a file, whose column goes before one of the same name. */
export class PartitionColumns {
  readonly #values: readonly (readonly [string, Buffer | null])[];
  #own: readonly string[] = [];
  #count = -1;
  #added: readonly (readonly [string, Buffer | null])[] = [];
  #names: readonly string[] = [];
  #bytes = Buffer.alloc(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #kinds = new Uint8Array(0);

  constructor(partition: Partition) {
    this.#values = [...partition].map(([name, value]) => [name, value === null ? null : Buffer.from(value)]);
  }

  /** The names of all columns; the same array if those of the file are. */
  names(own: readonly string[]): readonly string[] {
    if (own === this.#own && own.length === this.#count) return this.#names;
    const taken = new Set(own);
    this.#own = own;
    this.#count = own.length;
    this.#added = this.#values.filter(([name]) => !taken.has(name));
    this.#names = [...own, ...this.#added.map(([name]) => name)];
    return this.#names;
  }

  /** The block with these columns; it is overwritten by the next one. */
  widened(block: Block, own: readonly string[]): Block {
    const names = this.names(own);
    const { rows, lines } = block;
    const [from, width, count] = [block.width, names.length, own.length];
    this.#reserve(rows * width);
    const [starts, ends, kinds] = [this.#starts, this.#ends, this.#kinds];
    const given = block.kinds ?? block.types;
    let last = 0;
    for (let row = 0; row < rows; row++) {
      for (let field = 0; field < count; field++) {
        const [at, to] = [row * from + field, row * width + field];
        starts[to] = block.starts[at]!;
        ends[to] = block.ends[at]!;
        if (starts[to]! >= 0 && ends[to]! > last) last = ends[to]!;
        if (given !== undefined) kinds[to] = given[at]!;
      }
    }
    this.#fill(block, last, width, count);
    const { kinds: own_, types } = block;
    return {
      ...{ bytes: this.#bytes, width, rows, starts, ends, lines },
      ...(own_ === undefined ? {} : { kinds }),
      ...(block.reals === undefined ? {} : { reals: block.reals }),
      ...(types === undefined ? {} : { types: kinds }),
    };
  }

  /** Copies the contents of a block up to `last`, and puts the constants behind them. */
  #fill({ bytes, rows }: Block, last: number, width: number, count: number): void {
    const size = this.#added.reduce((sum, [, value]) => sum + (value?.length ?? 0), last);
    if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(2 * size);
    bytes.copy(this.#bytes, 0, 0, last);
    let end = last;
    for (const [index, [, value]] of this.#added.entries()) {
      const start = end;
      if (value !== null) end += value.copy(this.#bytes, start);
      for (let row = 0, at = count + index; row < rows; row++, at += width) {
        this.#starts[at] = value === null ? -1 : start;
        this.#ends[at] = end;
        this.#kinds[at] = value === null ? KINDS.NULL : KINDS.TEXT;
      }
    }
  }

  #reserve(fields: number): void {
    if (fields <= this.#starts.length) return;
    this.#starts = new Int32Array(fields);
    this.#ends = new Int32Array(fields);
    this.#kinds = new Uint8Array(fields);
  }
}
