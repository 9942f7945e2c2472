/**
 * Bundles every entry into dist/: ESM with shared chunks, whitespace and syntax minified, names kept so that stacks
 * stay readable. `node scripts/build.ts [folder]`.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { ACTIONS } from '../actions/catalog.ts';

/**
 * These packages do nothing when they are imported but do not say so; without it, `@actions/core` brings along the
 * HTTP client that only its OIDC part needs (420 kB), and Plot every mark it has.
 */
const PURE = /node_modules[\\/](@actions|@observablehq|d3(-[a-z]+)?|undici)[\\/]/;

const pure: Plugin = {
  name: 'pure',
  setup(builder) {
    builder.onResolve({ filter: /^[^.]|^\.\.?\// }, async (args) => {
      if (args.pluginData === 'pure' || args.kind === 'entry-point') return undefined;
      const resolved = await builder.resolve(args.path, {
        importer: args.importer,
        resolveDir: args.resolveDir,
        kind: args.kind,
        with: args.with,
        pluginData: 'pure',
      });
      return PURE.test(resolved.path) ? { ...resolved, sideEffects: false } : resolved;
    });
  },
};

/** Builds into the folder; returns esbuild's account of it. */
export async function buildDist(outdir: string): Promise<Metafile> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [
      { in: 'cli/main.ts', out: 'cli' },
      ...['root', ...Object.keys(ACTIONS)].map((name) => ({ in: `actions/${name}/main.ts`, out: name })),
    ],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    charset: 'utf8',
    legalComments: 'none',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    // A plain `createRequire` collides with one that a bundled package imports.
    banner: {
      js: "import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);",
    },
    plugins: [pure],
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'licenses.txt'), licences(metafile));
  return metafile;
}

/** The licence texts of all packages that are in the bundles. */
function licences(metafile: Metafile): string {
  const folders = new Set<string>();
  for (const input of Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  const texts = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, string>;
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry));
    const text =
      file === undefined
        ? `(${license}; the package carries no licence file)`
        : readFileSync(join(folder, file), 'utf8').trim();
    texts.set(text, [...(texts.get(text) ?? []), `${name}@${version} (${license})`]);
  }
  return [...texts]
    .map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

if (import.meta.main) {
  const metafile = await buildDist(process.argv[2] ?? 'dist');
  for (const [file, { bytes }] of Object.entries(metafile.outputs))
    console.log(`${String(bytes).padStart(9)} ${file}`);
}
