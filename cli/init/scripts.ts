/** What a training or prediction script says of itself. Only its text is read: nothing is run. */
import { baseName, isModel, isTable, type RepositoryTree } from './tree.ts';

export type Language = 'python' | 'notebook' | 'r' | 'node' | 'julia';

export interface Script {
  readonly path: string;
  readonly language: Language;
  readonly text: string;
  /** Tables that it names and does not write, in order. */
  readonly reads: readonly string[];
  /** Tables that it writes. */
  readonly writes: readonly string[];
  /** Model files that it names. */
  readonly models: readonly string[];
  /** JSON files of metrics that it names. */
  readonly metrics: readonly string[];
  /** The command line that its own text, or the README, shows: the words after the script's name. */
  readonly usage?: readonly string[];
  /** Does it stop without arguments? */
  readonly needsArguments: boolean;
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  py: 'python',
  ipynb: 'notebook',
  r: 'r',
  mjs: 'node',
  js: 'node',
  ts: 'node',
  jl: 'julia',
};

/** The language of a script, by its name. */
export function languageOf(path: string): Language | undefined {
  return LANGUAGES[/\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''];
}

/** Reads a script. */
export function scriptOf(tree: RepositoryTree, path: string): Script {
  const language = languageOf(path) ?? 'python';
  const text = language === 'notebook' ? codeOf(tree.text(path)) : tree.text(path);
  const names = literals(text);
  const written = new Set(tablesWritten(text));
  const usage = usageOf(path, [text, ...readmes(tree)]);
  return {
    ...{ path, language, text },
    reads: names.filter((name) => isTable(name) && !written.has(name)),
    writes: [...written],
    models: names.filter(isModel),
    metrics: names.filter((name) => /(metrics?|scores?|eval\w*|results?)\.json$/i.test(name)),
    ...(usage === undefined ? {} : { usage }),
    needsArguments: needsArguments(text),
  };
}

/** The code cells of a notebook; empty if it is damaged. */
function codeOf(notebook: string): string {
  try {
    const { cells } = JSON.parse(notebook) as {
      cells?: { cell_type?: string; source?: string | string[] }[];
    };
    const code = (cells ?? []).filter(({ cell_type: type }) => type === 'code');
    return code.map(({ source = '' }) => [source].flat().join('')).join('\n');
  } catch {
    return '';
  }
}

/** All texts between quotes that may be file names, each once. */
function literals(text: string): string[] {
  const found = [...text.matchAll(/(["'])([^"'\n\\{}*]{1,200}?\.[A-Za-z0-9.]{1,12})\1/g)];
  return [...new Set(found.map(([, , name = '']) => name.replace(/^\.\//, '')))];
}

/** Writes a table: by a method of a data frame, or by opening a file to write. */
const WRITING =
  /\b(?:to_csv|to_parquet|to_json|write_csv|write_parquet|write_ndjson|savetxt|writeFileSync|fwrite|write\.csv|sink_csv)\s*\(([^)\n]*)/g;
const OPENING = /\bopen\s*\(([^,\n]+),\s*(?:mode\s*=\s*)?["'][wax]/g;

function tablesWritten(text: string): string[] {
  const calls = [...text.matchAll(WRITING), ...text.matchAll(OPENING)];
  return calls
    .flatMap(([, call = '']) => [...literals(call), ...named(text, call)])
    .filter(isTable)
    .map((name) => name.replace(/^\.\//, ''));
}

/** The texts that the names in a call are set to. */
function named(text: string, call: string): string[] {
  const names = [...call.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].map(([name]) => name);
  return names.map((name) => constant(text, name)).filter((value) => value !== undefined);
}

/** The text that a name is set to. */
function constant(text: string, name: string): string | undefined {
  const set = new RegExp(
    `^[ \\t]*(?:const |let |var )?${name}\\s*(?:=|<-)\\s*(?:Path\\()?(["'])([^"'\\n]+)\\1`,
    'm',
  );
  return set.exec(text)?.[2];
}

/** Would it stop without arguments? */
function needsArguments(text: string): boolean {
  const positional = /add_argument\(\s*["'][^-"'][^"']*["'](?![^)]*(?:nargs\s*=\s*["'][?*]|default\s*=))/;
  const read = /sys\.argv\s*\[\s*[1-9]|\*sys\.argv\[1:\]|commandArgs\(|process\.argv|@click\.argument|ARGS\[/;
  return /required\s*=\s*True/.test(text) || positional.test(text) || read.test(text);
}

function readmes({ files, text }: RepositoryTree): string[] {
  return files.filter((path) => /^readme(\.\w+)?$/i.test(path)).map((path) => text(path));
}

/** Ends the part of a line that is the command: a comment, a prompt's end, a sentence. */
const AFTER = /\s+#|`|\s+[-–—]\s|[;|&]|\s[<>]\s|\s{3,}/;

function usageOf(path: string, texts: readonly string[]): readonly string[] | undefined {
  const name = baseName(path).replaceAll('.', '\\.');
  const line = new RegExp(
    `(?:python3?|Rscript|node|julia)\\s+(?:-u\\s+)?(?:\\./)?(?:[\\w./-]*/)?${name}([^\\n]*)`,
    'g',
  );
  for (const text of texts) {
    for (const [, rest = ''] of text.matchAll(line)) {
      const words = (rest.split(AFTER)[0] ?? '').replace(/["'.,:)\\]+\s*$/, '').trim();
      if (words !== '') return words.split(/\s+/);
    }
  }
  return undefined;
}

/** Is the word a value, and not a placeholder such as `DATA`, `<data>`, `[--fast]` or `…`? */
export function isConcrete(word: string): boolean {
  return !/[<>[\]{}…$]|\.\.\./.test(word) && !/^[A-Z][A-Z_]*$/.test(word);
}

/** The value of the first of the options, as `--data x` or `--data=x` gives it. */
export function optionIn(words: readonly string[] | undefined, names: RegExp): string | undefined {
  for (const [index, word] of (words ?? []).entries()) {
    const [, name, inline] = /^--?([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name !== undefined && names.test(name)) return inline ?? words?.[index + 1];
  }
  return undefined;
}
