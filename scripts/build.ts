/**
 * Bundles every entry into dist/: ESM with shared chunks, minified, except for the names of functions and classes, so that
 * stacks stay readable. `node scripts/build.ts [folder]`.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsMinifyOptions, minifySync } from '@swc/core';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { ACTIONS } from '../actions/catalog.ts';
import { coreOf, oneCore } from './build/core.ts';
import { licences } from './build/licences.ts';
import { OUTPUT, PLUGINS } from './build/plugins.ts';

/** What runs as a step, by its bundle's name. */
const STEPS = Object.fromEntries(
  ['root', ...Object.keys(ACTIONS)].map((name) => [name, `actions/${name}/main.ts`]),
);

/** Builds into the folder; returns esbuild's account of it. */
export async function buildDist(outdir: string): Promise<Metafile> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile: parts } = await build({ ...OPTIONS, outdir, plugins: [...PLUGINS], write: false });
  const core = oneCore(coreOf([...Object.values(STEPS), 'cli/run.ts'], parts));
  const { metafile } = await build({ ...OPTIONS, outdir, plugins: [core, ...PLUGINS] });
  for (const file of Object.keys(metafile.outputs)) {
    const { code } = minifySync(readFileSync(file, 'utf8'), LOCALS);
    writeFileSync(file, code);
  }
  writeFileSync(join(outdir, 'licenses.txt'), licences(metafile));
  return metafile;
}

/** Shortens the names of variables within functions, which esbuild does to none or to all. */
const LOCALS: JsMinifyOptions = {
  module: true,
  compress: false,
  mangle: { toplevel: false, keep_fnames: true, keep_classnames: true, keep_private_props: true },
};

const OPTIONS = {
  entryPoints: [
    { in: 'cli/main.ts', out: 'cli' },
    // What `shared/host/threads.ts` starts.
    { in: 'shared/host/scan-worker.ts', out: 'scan-worker' },
    ...Object.entries(STEPS).map(([name, file]) => ({ in: file, out: name })),
  ],
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  ...OUTPUT,
  minifyWhitespace: true,
  minifySyntax: true,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  // A plain `createRequire` collides with one that a bundled package imports.
  banner: {
    js: "import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

if (import.meta.main) {
  const metafile = await buildDist(process.argv[2] ?? 'dist');
  for (const file of Object.keys(metafile.outputs))
    console.log(`${String(statSync(file).size).padStart(9)} ${file}`);
}
