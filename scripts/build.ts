/**
 * Bundles every entry into dist/: ESM with shared chunks, whitespace and syntax minified, our own names kept so that
 * stacks stay readable. `node scripts/build.ts [folder]`.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { ACTIONS } from '../actions/catalog.ts';
import { licences } from './build/licences.ts';
import { OUTPUT, PLUGINS } from './build/plugins.ts';

/** Builds into the folder; returns esbuild's account of it. */
export async function buildDist(outdir: string): Promise<Metafile> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [
      { in: 'cli/main.ts', out: 'cli' },
      // What `shared/host/threads.ts` starts.
      { in: 'shared/host/scan-worker.ts', out: 'scan-worker' },
      ...['root', ...Object.keys(ACTIONS)].map((name) => ({ in: `actions/${name}/main.ts`, out: name })),
    ],
    outdir,
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
    plugins: [...PLUGINS],
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'licenses.txt'), licences(metafile));
  return metafile;
}

if (import.meta.main) {
  const metafile = await buildDist(process.argv[2] ?? 'dist');
  for (const [file, { bytes }] of Object.entries(metafile.outputs))
    console.log(`${String(bytes).padStart(9)} ${file}`);
}
