/**
 * `npm run house`: the structure of the code by its imports. Files and lines by room, exported names that stand for two
 * things, and the longest chain of imports from validate-data's `run.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Module {
  readonly lines: number;
  readonly imports: readonly string[];
  readonly exported: readonly string[];
}

export interface House {
  /** Files and lines of each folder of shared/, of actions/ and of cli/. */
  readonly rooms: readonly { readonly room: string; readonly files: number; readonly lines: number }[];
  /** Exported names that more than one file defines, with these files. */
  readonly twice: readonly { readonly name: string; readonly files: readonly string[] }[];
  /** From a file to one that imports nothing, by way of as many files as there can be. */
  readonly chain: readonly string[];
}

const IMPORT = /(?:\bfrom|\bimport\(|^import) ?'(\.[^']+)'/gm;
const EXPORT = /^export (?:abstract |async )?(?:class|const|enum|function\*?|interface|let|type) ([\w$]+)/gm;

/**
 * Names of an interface that several files implement: what an action or a command gives, and what the backends of the
 * registry do.
 */
const INTERFACE: ReadonlySet<string> = new Set(
  `action definition description Inputs inputs run
   createVersion findVersion findVersions moveAlias published readHistory`.split(/\s+/),
);

/** A name that stands for two things. */
export function nameProblems(root: string): string[] {
  return houseOf(root, '')
    .twice.filter(({ name }) => !INTERFACE.has(name))
    .map(({ name, files }) => `${name} is exported by ${files.join(' and ')}: give each thing its own name`);
}

/** Reads the sources below `actions`, `cli` and `shared`. */
export function houseOf(root: string, start: string): House {
  const modules = new Map<string, Module>();
  for (const top of ['actions', 'cli', 'shared']) {
    for (const path of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const file = `${top}/${path.split(sep).join('/')}`;
      if (file.endsWith('.ts') && !file.includes('/generated/')) modules.set(file, moduleOf(root, file));
    }
  }
  return { rooms: roomsOf(modules), twice: twiceOf(modules), chain: longestChain(modules, start) };
}

function moduleOf(root: string, file: string): Module {
  const text = readFileSync(join(root, file), 'utf8');
  return {
    lines: text.split('\n').length - 1,
    imports: [...text.matchAll(IMPORT)].map(([, path = '']) =>
      join(dirname(file), path).split(sep).join('/'),
    ),
    exported: [...text.matchAll(EXPORT)].map(([, name = '']) => name),
  };
}

function roomsOf(modules: ReadonlyMap<string, Module>): House['rooms'] {
  const rooms = new Map<string, { files: number; lines: number }>();
  for (const [file, { lines }] of modules) {
    const room = file
      .split('/')
      .slice(0, file.startsWith('shared/') ? 2 : 1)
      .join('/');
    const own = rooms.get(room) ?? { files: 0, lines: 0 };
    rooms.set(room, { files: own.files + 1, lines: own.lines + lines });
  }
  return [...rooms].map(([room, size]) => ({ room, ...size })).sort((a, b) => b.lines - a.lines);
}

function twiceOf(modules: ReadonlyMap<string, Module>): House['twice'] {
  const files = new Map<string, string[]>();
  for (const [file, { exported }] of modules) {
    for (const name of new Set(exported)) files.set(name, [...(files.get(name) ?? []), file].sort());
  }
  return [...files]
    .filter(([, own]) => own.length > 1)
    .map(([name, own]) => ({ name, files: own }))
    .sort((a, b) => b.files.length - a.files.length || (a.name < b.name ? -1 : 1));
}

function longestChain(modules: ReadonlyMap<string, Module>, start: string): string[] {
  const known = new Map<string, readonly string[]>();
  const from = (file: string): readonly string[] => {
    const before = known.get(file);
    if (before !== undefined) return before;
    known.set(file, [file]);
    let longest: readonly string[] = [];
    for (const next of modules.get(file)?.imports ?? []) {
      const chain = modules.has(next) ? from(next) : [];
      if (chain.length > longest.length) longest = chain;
    }
    const chain = [file, ...longest];
    known.set(file, chain);
    return chain;
  };
  return [...from(start)];
}

function print({ rooms, twice, chain }: House): void {
  const total = rooms.reduce(
    (sum, { files, lines }) => ({ files: sum.files + files, lines: sum.lines + lines }),
    {
      files: 0,
      lines: 0,
    },
  );
  console.log('| room | files | lines |\n| --- | ---: | ---: |');
  for (const { room, files, lines } of [...rooms, { room: 'all', ...total }]) {
    console.log(`| ${room} | ${files} | ${lines} |`);
  }
  console.log(`\n${twice.length} exported names are defined in more than one file:`);
  for (const { name, files } of twice) console.log(`- ${name}: ${files.join(', ')}`);
  console.log(
    `\nThe longest chain of imports from ${chain[0]} has ${chain.length} files:\n${chain.join('\n')}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  print(houseOf(process.argv[2] ?? '.', process.argv[3] ?? 'actions/validate-data/run.ts'));
}
