import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type WorkflowInputs, workflowText } from '../../../../cli/init/workflows.ts';

const PYTHON = {
  'python-version': '3.10',
  requirements: 'req.txt',
  train: 'python t.py --list "[a, b]"',
  test: 'pytest',
};
const templates = readdirSync('workflows-templates').filter((file) => file.endsWith('.yml'));
const textOf = (file: string) => readFileSync(`workflows-templates/${file}`, 'utf8');

interface Called {
  readonly jobs: Readonly<
    Record<string, { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }>
  >;
}

const NAMES = ['python-version', 'requirements', 'install', 'container', 'lint', 'test', 'train'];

/** What the calls of our workflows are given, without what `init` puts in. */
function others({ jobs }: Called) {
  return Object.entries(jobs).map(([id, { with: values = {}, ...job }]) => [
    id,
    job,
    Object.fromEntries(Object.entries(values).filter(([name]) => !NAMES.includes(name))),
  ]);
}

describe.each(templates)('%s', (file) => {
  const template = textOf(file);
  test.each<[string, WorkflowInputs]>([
    ['Python', PYTHON],
    ['nothing to set up', {}],
    ['a container', { container: 'rocker/r-ver:4.4.1', train: 'Rscript train.R' }],
  ])('%s: what is known is put in, and all else stays', (_, known) => {
    const text = workflowText(template, known, undefined);
    const made = parse(text) as Called;
    expect(others(made)).toEqual(others(parse(template) as Called));
    for (const { uses = '', with: values = {} } of Object.values(made.jobs)) {
      if (!/ml-c[id]\.yml@/.test(uses)) continue;
      expect(Object.fromEntries(Object.entries(values).filter(([name]) => NAMES.includes(name)))).toEqual(
        known,
      );
    }
    // Comments that are not at a line that was removed are the template's.
    const head = template.slice(0, template.indexOf('\njobs:'));
    expect(text.startsWith(head)).toBe(true);
    expect(workflowText(text, known, undefined)).toBe(text);
  });
});

test('the default branch is the repository’s', () => {
  expect(workflowText(textOf('ml-ci.yml'), PYTHON, 'master')).toContain('branches: [master]');
});
