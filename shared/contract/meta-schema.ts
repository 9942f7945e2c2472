import applicator from 'ajv/dist/refs/json-schema-2020-12/meta/applicator.json' with { type: 'json' };
import content from 'ajv/dist/refs/json-schema-2020-12/meta/content.json' with { type: 'json' };
import core from 'ajv/dist/refs/json-schema-2020-12/meta/core.json' with { type: 'json' };
import format from 'ajv/dist/refs/json-schema-2020-12/meta/format-annotation.json' with { type: 'json' };
import metadata from 'ajv/dist/refs/json-schema-2020-12/meta/meta-data.json' with { type: 'json' };
import unevaluated from 'ajv/dist/refs/json-schema-2020-12/meta/unevaluated.json' with { type: 'json' };
import validation from 'ajv/dist/refs/json-schema-2020-12/meta/validation.json' with { type: 'json' };
import draft2020 from 'ajv/dist/refs/json-schema-2020-12/schema.json' with { type: 'json' };
import draft07 from 'ajv/dist/refs/json-schema-draft-07.json' with { type: 'json' };
import { Evaluator } from './evaluate.ts';
import type { SchemaDraft } from './references.ts';

const DOCUMENTS: Readonly<Record<SchemaDraft, readonly { readonly $id: string }[]>> = {
  'draft-07': [draft07],
  '2020-12': [draft2020, applicator, content, core, format, metadata, unevaluated, validation],
};

/** A document of the draft's own schema, by its URI. */
export function documentOf(uri: string, draft: SchemaDraft): unknown {
  return DOCUMENTS[draft].find(({ $id }) => $id.replace(/#$/, '') === uri);
}

/** Is a schema what its draft's own schema allows? */
export function isValidSchema(schema: unknown, draft: SchemaDraft): boolean {
  const evaluator = new Evaluator(DOCUMENTS[draft][0], draft, (uri) => documentOf(uri, draft));
  return evaluator.whole.holds(schema);
}
