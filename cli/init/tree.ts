/** The files of a repository, as `init` looks at them: on a disk, or in memory in a test. */
export interface RepositoryTree {
  /** Paths from the root, with `/`, sorted: what is committed, or would be. */
  readonly files: readonly string[];
  /** Paths that git ignores. */
  readonly ignored: readonly string[];
  /** Is it a git repository? */
  readonly git: boolean;
  /** Empty if there is no such file, or one too large to be written by hand. */
  text(path: string): string;
  /** The first line of a file of plain text; empty for any other. */
  head(path: string): string;
}

/** Is the path there, committed or not? A folder is there if a file below it is. */
export function isThere({ files, ignored }: RepositoryTree, path: string): boolean {
  const plain = path.replace(/^\.\//, '').replace(/\/+$/, '');
  return [files, ignored].some((list) => list.some((file) => file === plain || file.startsWith(`${plain}/`)));
}

export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? path;
}

const DATA = /\.(csv|tsv|jsonl|ndjson|parquet)(\.(gz|zst))?$/i;

/** By its name, is it a table that ml-loop reads? */
export function isTable(path: string): boolean {
  return DATA.test(path);
}

const MODEL =
  /\.(pkl|pickle|joblib|pt|pth|onnx|keras|h5|safetensors|rds|ubj|cbm|skops|gguf|tflite|mlmodel)$/i;

/** By its name, is it a model? */
export function isModel(path: string): boolean {
  return MODEL.test(path);
}
