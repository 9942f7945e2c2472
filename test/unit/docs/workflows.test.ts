import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ACTIONS } from '../../../actions/catalog.ts';
import { definition as root } from '../../../actions/root/inputs.ts';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, { readonly workflows?: readonly string[] } | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions: Readonly<Record<string, string>>; readonly steps: readonly Step[] }
    >
  >;
}

const FOLDER = 'workflows-templates';
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.yml') ? [file.slice(0, -4)] : []));
const textOf = (name: string) => readFileSync(`${FOLDER}/${name}.yml`, 'utf8');
const workflowOf = (name: string) => parse(textOf(name)) as Workflow;
const stepsOf = (name: string) => Object.values(workflowOf(name).jobs).flatMap(({ steps }) => steps);
const permissionsOf = (name: string) =>
  Object.values(workflowOf(name).jobs).map(({ permissions }) => permissions);

/** The inputs that a step of ours may have; undefined for another's step. */
function inputsOf(uses: string): readonly string[] | undefined {
  const [, , action] = /^ml-loop\/ml-loop(\/actions\/([a-z-]+))?@/.exec(uses) ?? [];
  if (!uses.startsWith('ml-loop/')) return undefined;
  const definition = action === undefined ? root : ACTIONS[action as keyof typeof ACTIONS]?.definition;
  return Object.keys(definition?.inputs ?? {});
}

describe('the workflow templates', () => {
  test.each(NAMES)('%s has its properties, no permission for all jobs, and inputs that exist', (name) => {
    expect(existsSync(`${FOLDER}/${name}.properties.json`)).toBe(true);
    expect(workflowOf(name).permissions).toEqual({});
    for (const { uses = '', with: given = {} } of stepsOf(name)) {
      const known = inputsOf(uses);
      if (known !== undefined) expect(known).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });

  test.each(NAMES)('%s is in docs/workflows.md', (name) => {
    expect(readFileSync('docs/workflows.md', 'utf8')).toContain(`| \`${name}\` |`);
  });

  test('what runs a pull request’s code can write nothing', () => {
    const withPullRequests = NAMES.filter((name) => 'pull_request' in workflowOf(name).on);
    expect(withPullRequests).toEqual(['ml-ci']);
    expect(permissionsOf('ml-ci')).toEqual([{ contents: 'read', packages: 'read' }]);
    for (const name of NAMES) expect(Object.keys(workflowOf(name).on)).not.toContain('pull_request_target');
  });

  test('what counts its use runs none of its code, and takes nothing of it but the artifact’s files', () => {
    const { on } = workflowOf('ml-record-use');
    expect(on).toEqual({ workflow_run: { workflows: ['ml-ci'], types: ['completed'] } });
    expect(permissionsOf('ml-record-use')).toEqual([{ actions: 'read', contents: 'write' }]);
    const steps = stepsOf('ml-record-use');
    expect(steps.map(({ uses = '' }) => uses.replace(/@.*/, ''))).toEqual([
      'actions/download-artifact',
      'ml-loop/ml-loop/actions/validate-model',
    ]);
    const [download, record] = steps;
    // A file of the artifact in the workspace itself could be taken for ml-loop.yml.
    expect(download?.with?.path).toBe('report');
    expect(record?.with).toMatchObject({
      operation: 'record-use',
      verdict: 'report/validate-model/verdict.json',
    });
    const expressions = [...textOf('ml-record-use').matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)];
    expect(expressions.map(([, expression]) => expression)).toEqual([
      'github.event.workflow_run.id',
      'github.token',
    ]);
    const uploads = stepsOf('ml-ci').filter(({ uses = '' }) => uses.startsWith('actions/upload-artifact'));
    expect(uploads.map((step) => step.with?.name)).toEqual([download?.with?.name]);
  });
});
