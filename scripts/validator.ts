import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';

/**
 * A validator of a schema as a module of its own. To compile the schema in each run would cost 45 ms of CPU, most of it
 * for loading ajv.
 *
 * @param parts definitions that get an export of their own beside `validate`.
 */
export function validatorOf(schemaFile: string, parts: readonly string[]): string {
  const { $id: _id, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    inlineRefs: false,
    code: { source: true, esm: true },
  });
  ajv.addSchema(schema, 'schema');
  const defined = parts.map((part) => [part, `schema#/$defs/${part}`] as const);
  const contents = standalone.default(ajv, { validate: 'schema', ...Object.fromEntries(defined) });
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    minifySyntax: true,
    minifyIdentifiers: true,
    minifyWhitespace: true,
    write: false,
  });
  return `// Generated from ${schemaFile} by \`npm run generate\`.\n${outputFiles[0]?.text ?? ''}`;
}
