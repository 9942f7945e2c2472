import { relative, resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

/** What an entry loads at once: the source files of its bundle and of those that this one imports. */
function loadedBy(entry: string, { outputs }: Metafile): Set<string> {
  const [first] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  if (first === undefined) throw new Error(`the build has no entry ${entry}`);
  const seen = new Set<string>();
  const files = new Set<string>();
  for (const waiting = [first]; ; ) {
    const name = waiting.pop();
    if (name === undefined) return files;
    const output = outputs[name];
    if (output === undefined || seen.has(name)) continue;
    seen.add(name);
    for (const file of Object.keys(output.inputs)) files.add(file);
    for (const { kind, path } of output.imports) if (kind === 'import-statement') waiting.push(path);
  }
}

/** The source files of ours that each of the entries loads at once. */
export function coreOf(entries: readonly string[], metafile: Metafile): string[] {
  const [first = new Set<string>(), ...others] = entries.map((entry) => loadedBy(entry, metafile));
  return [...first].filter((file) => file.endsWith('.ts') && others.every((files) => files.has(file))).sort();
}

const OWN = /^\.{1,2}\/.*\.ts$/;

/** As the names of chunks hold a hash of it, the place of the checkout is not in it. */
function fromRoot(path: string): string {
  return relative(process.cwd(), path).replaceAll('\\', '/');
}

/**
 * Keeps the core in one chunk. esbuild makes a chunk for each set of entries, and what is imported dynamically is an
 * entry, so that files that are always loaded together would lie in many chunks, each of which takes half a millisecond.
 * Here each dynamic import imports the core, too, which is there by then.
 */
export function oneCore(files: readonly string[]): Plugin {
  const core = files.map((file) => `import ${JSON.stringify(`./${file}`)};`).join('\n');
  return {
    name: 'one-core',
    setup(builder) {
      builder.onResolve({ filter: OWN }, ({ kind, path, resolveDir }) =>
        kind === 'dynamic-import'
          ? { path: fromRoot(resolve(resolveDir, path)), namespace: 'with-core' }
          : undefined,
      );
      builder.onResolve({ filter: /^ml-loop:core$/ }, () => ({ path: 'core', namespace: 'core' }));
      builder.onLoad({ filter: /./, namespace: 'core' }, () => ({
        contents: core,
        resolveDir: process.cwd(),
      }));
      builder.onLoad({ filter: /./, namespace: 'with-core' }, ({ path }) => ({
        contents: `import 'ml-loop:core';\nexport * from ${JSON.stringify(`./${path}`)};`,
        resolveDir: process.cwd(),
      }));
    },
  };
}
