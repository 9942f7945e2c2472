import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { actionYaml } from '../../../shared/inputs/action-yaml.ts';
import { oneOf, text } from '../../../shared/inputs/kinds.ts';
import { type ActionDefinition, defaulted, type InputTable, optional } from '../../../shared/inputs/table.ts';

const definition: ActionDefinition<InputTable> = {
  name: 'validate-data',
  title: 'Validate',
  description: 'Validates.',
  icon: 'check',
  inputs: {
    'fail-on': defaulted(oneOf(['fail', 'never']), 'fail', 'When to fail.'),
    'github-token': optional(text(), 'The token.', { expression: '\u0024{{ github.token }}' }),
  },
  outputs: {},
};

test('a default is told and not set: it would win over ml-loop.yml as if the step had given it', () => {
  const { inputs } = parse(actionYaml(definition, {}, 'dist/x.mjs')) as Record<string, object>;
  expect(inputs).toEqual({
    'fail-on': { description: 'When to fail. Default: `fail`.', required: false },
    'github-token': { description: 'The token.', required: false, default: '\u0024{{ github.token }}' },
  });
});
