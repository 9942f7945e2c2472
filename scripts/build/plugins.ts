import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Plugin, transform } from 'esbuild';

/** How code is written, a package's as ours. */
export const OUTPUT = { target: 'node20', charset: 'utf8', legalComments: 'none' } as const;

/**
 * These packages do nothing when they are imported but do not say so; without it, `@actions/core` brings along the
 * HTTP client that only its OIDC part needs, and Plot every mark it has.
 */
const PURE = /node_modules[\\/](@actions|@observablehq|d3(-[a-z]+)?)[\\/]/;

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

/** The one package that may ask for undici, for which `undici.ts` stands. */
const HTTP_CLIENT = /node_modules[\\/]@actions[\\/]http-client[\\/]lib[\\/]index\.js$/;

const withoutUndici: Plugin = {
  name: 'without-undici',
  setup(builder) {
    builder.onResolve({ filter: /^undici($|\/)/ }, ({ path, importer }) => {
      if (path === 'undici' && HTTP_CLIENT.test(importer))
        return { path: resolve('scripts/build/undici.ts'), sideEffects: false };
      return { errors: [{ text: `${importer} needs ${path}, which is left out (scripts/build/undici.ts)` }] };
    });
  },
};

/** Sigstore's packages send by `exchange`, as all others do: `shared/host/sigstore/fetch.ts` says why. */
const ownFetch: Plugin = {
  name: 'own-fetch',
  setup(builder) {
    builder.onResolve({ filter: /^make-fetch-happen$/ }, () => ({
      path: resolve('shared/host/sigstore/fetch.ts'),
    }));
  },
};

/** All names of packages are shortened; those of our functions are kept, so that stacks stay readable. */
const shortened: Plugin = {
  name: 'shortened',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { ...OUTPUT, minify: true });
      return { contents: code, loader: 'js' };
    });
  },
};

export const PLUGINS: readonly Plugin[] = [withoutUndici, ownFetch, pure, shortened];
