import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';

/**
 * A validator of a schema as a module of its own. To compile the schema in each run would cost 45 ms of CPU, most of it
 * for loading ajv.
 */
export function validatorOf(schemaFile: string): string {
  const { $id: _id, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, code: { source: true, esm: true } });
  ajv.addSchema(schema, 'schema');
  const contents = standalone.default(ajv, { validate: 'schema' });
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
  });
  return `// Generated from ${schemaFile} by \`npm run generate\`.\n${outputFiles[0]?.text ?? ''}`;
}
