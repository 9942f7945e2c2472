import { expect, test } from '@jest/globals';
import { definition as root } from '../../../actions/root/inputs.ts';
import { definition } from '../../../actions/validate-data/inputs.ts';
import { readmeOf } from '../../../shared/inputs/readme.ts';

test('a table of inputs says which ones a pull request cannot change', () => {
  const text = readmeOf(definition, {}, {}, '');
  const gateOf = (name: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| \`${name}\` |`))
      ?.split(/(?<!\\)\|/)
      .at(-3)
      ?.trim();
  expect(['margin', 'contract', 'reference', 'data', 'memory'].map(gateOf)).toEqual([
    'rule',
    'file',
    'file',
    'evidence',
    '',
  ]);
  expect(text).toContain('docs/workflows.md#what-a-pull-request-cannot-change');
});

test('the root action’s own table names what it marks', () => {
  const text = readmeOf(root, {}, {}, '');
  expect(text.includes('marked `rule`')).toBe(
    Object.values(root.inputs).some(({ gate }) => gate !== undefined),
  );
});
