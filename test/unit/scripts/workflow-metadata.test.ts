import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  compositeProblems,
  permissionsOf,
  templateProblems,
  workflowProblems,
} from '../../../scripts/workflows/metadata.ts';

const TEMPLATE = 'workflows-templates/ml-ci.yml';
const SETUP = 'actions/setup/action.yml';

/** The repository with a change in one of its files. */
function changed(path: string, before: string | RegExp, after: string): (path: string) => string | undefined {
  return (asked) => {
    const text = read(asked);
    if (asked !== path || text === undefined) return text;
    expect(text).toMatch(before);
    return text.replace(before, after);
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

describe('a workflow', () => {
  test.each([
    ['permissions: {}', 'permissions: { contents: write }', 'begin with `permissions: {}`'],
    [/ # to publish the result on the commit/, '', 'say why the job needs it'],
    [/ {6}packages: read.*\n/, '', 'grant `packages: read`, which .github/workflows/ml-ci.yml asks for'],
    [
      '      checks: write',
      '      deployments: write # why\n      checks: write',
      '`deployments` is granted',
    ],
    ['      train:', '      trian:', 'has no input trian: did you mean train?'],
    ['ml-ci.yml@v0', 'ml-cii.yml@v0', 'there is no .github/workflows/ml-cii.yml'],
    ['    with:', '    secrets: inherit\n    with:', '`inherit` hands over all of them'],
    [
      '    with:',
      '    secrets:\n      ML_LOOP_EN: x\n    with:',
      'has no secret ML_LOOP_EN: did you mean ML_LOOP_ENV?',
    ],
  ])('with %s as %s', (before, after, problem) => {
    expect(workflowProblems(TEMPLATE, changed(TEMPLATE, before, after)).join('\n')).toContain(problem);
  });

  test.each([
    ['@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2', '@v6'],
    [' # v6.0.2', ''],
    [' # v6.0.2', ' # v6'],
  ])('that names an action of others without %s', (before, after) => {
    const path = '.github/workflows/ml-ci.yml';
    expect(workflowProblems(path, changed(path, before, after)).join('\n')).toContain('by its commit');
  });
});

test('a caller must grant what the workflows below ask for, at any depth', () => {
  expect(permissionsOf('.github/workflows/ml-ct.yml', read)).toMatchObject({
    contents: 'write',
    checks: 'write',
    attestations: 'write',
  });
  expect(permissionsOf('.github/workflows/ml-ci.yml', read)).toMatchObject({
    contents: 'read',
    packages: 'read',
  });
});

test.each([
  [/$/, '\n# more'.repeat(40), 'and 40 is the most'],
  [/ # your training.*/, '', 'say what to put here'],
  [/ # your default branch.*/, '', 'say what to put here'],
])('a template with %s as %s', (before, after, problem) => {
  expect(templateProblems(TEMPLATE, changed(TEMPLATE, before, after)).join('\n')).toContain(problem);
});

test('a template without its properties', () => {
  const without = (path: string) => (path.endsWith('.json') ? undefined : read(path));
  expect(templateProblems(TEMPLATE, without)).toHaveLength(5);
});

test.each([
  ['inputs.install', 'inputs.instal', 'the input instal is used and not declared'],
  ['  install:\n', '  setup:\n', 'the input setup is declared and not used'],
])('a composite action with %s as %s', (before, after, problem) => {
  expect(compositeProblems(SETUP, changed(SETUP, before, after)).join('\n')).toContain(problem);
});
