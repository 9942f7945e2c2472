import type { JsonObject } from '../verdict/verdict.ts';
import { type ActionDefinition, type InputTable, STAGE_NAMES } from './table.ts';

/** The JSON Schema of `ml-loop.yml`: the actions' inputs are its vocabulary. */
export function configSchema(
  definitions: readonly ActionDefinition<InputTable>[],
  common: InputTable,
): JsonObject {
  const sections = Object.fromEntries(
    definitions.map(({ name, description, inputs }) => [
      name,
      { description, type: ['object', 'null'], properties: properties(inputs), additionalProperties: false },
    ]),
  );
  const named = Object.fromEntries(Object.keys(sections).map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const model = {
    type: ['object', 'null'],
    properties: { ...properties(common), ...named },
    additionalProperties: false,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ml-loop.yml',
    description:
      'The configuration of ml-loop: `defaults`, then `models` by name, each with a section per action.',
    type: ['object', 'null'],
    properties: {
      defaults: {
        description: 'Holds for every model that does not say otherwise.',
        ...model,
        properties: {
          'allow-missing': stages(
            'Stages whose files may be missing: the root action then warns instead of failing the step. On pull requests it is read from the base branch.',
          ),
          'dispatch-stages': stages(
            'Stages that the payload of a `repository_dispatch` may start. By default `validate-data`, `validate-model` and `register-model`.',
          ),
          ...model.properties,
        },
      },
      models: {
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' },
        additionalProperties: { $ref: '#/$defs/model' },
      },
      ...model.properties,
    },
    additionalProperties: false,
    $defs: { model, ...sections },
  };
}

function stages(description: string): JsonObject {
  return {
    description,
    type: ['array', 'string', 'null'],
    items: { enum: [...STAGE_NAMES] },
  };
}

function properties(table: InputTable): JsonObject {
  return Object.fromEntries(
    Object.entries(table).map(([name, { kind, description, default: fallback }]) => [
      name,
      {
        ...kind.schema,
        description: `${description} ${kind.label}.`,
        ...(fallback === undefined ? {} : { default: fallback }),
      },
    ]),
  );
}
