import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly needs?: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly concurrency?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const TEMPLATES = readdirSync('workflows-templates').flatMap((file) =>
  file.endsWith('.yml') ? [file.slice(0, -4)] : [],
);
const textOf = (path: string) => readFileSync(path, 'utf8');
const read = (path: string) => parse(textOf(path)) as Workflow;
const template = (name: string) => read(`workflows-templates/${name}.yml`);
const reusable = (name: string) => read(`.github/workflows/${name}.yml`);

/** The rights to write that a job has, apart from those by which it signs as itself. */
const writes = ({ permissions }: Job) =>
  Object.entries(permissions).flatMap(([scope, right]) =>
    right === 'write' && scope !== 'id-token' && scope !== 'attestations' ? [scope] : [],
  );
const uses = (job: Job, action: string) => (job.steps ?? []).some((step) => step.uses?.startsWith(action));
/** Does the job run commands that its caller gave, or code that it checked out? */
const runsTheirs = (job: Job) =>
  uses(job, '$/actions/setup') ||
  (job.steps ?? []).some(({ run = '' }) => run.includes('bash -euo pipefail'));

describe('the workflow templates', () => {
  test.each(TEMPLATES)('%s is in docs/workflows.md', (name) => {
    expect(textOf('docs/workflows.md')).toContain(`| \`${name}\` |`);
  });

  test('a pull request starts ml-ci alone, and never with the rights of its target', () => {
    const started = TEMPLATES.filter((name) => 'pull_request' in template(name).on);
    expect(started).toEqual(['ml-all', 'ml-ci']);
    for (const name of TEMPLATES) expect(Object.keys(template(name).on)).not.toContain('pull_request_target');
    expect(Object.keys(template('ml-ci').jobs)).toEqual(['ml-ci']);
    for (const [id, job] of Object.entries(template('ml-all').jobs)) {
      expect(job.if).toMatch(id === 'ml-ci' ? /'pull_request' \|\| .*'merge_group'$/ : /^(?!.*pull_request)/);
    }
  });

  test('what counts a use runs no code of the pull request, and takes nothing of it but the artifacts’ files', () => {
    const { on, jobs } = template('ml-record-use');
    expect(on).toEqual({ workflow_run: { workflows: ['ml-ci'], types: ['completed'] } });
    expect(Object.keys(jobs)).toEqual(['record']);
    const { permissions, steps = [] } = jobs.record as Job;
    expect(permissions).toEqual({ actions: 'read', contents: 'write' });
    expect(steps.map((step) => step.uses?.replace(/@.*/, ''))).toEqual([
      'actions/download-artifact',
      'ml-loop/ml-loop/actions/validate-model',
    ]);
    const [download, record] = steps;
    // A file of the artifact in the workspace itself could be taken for ml-loop.yml.
    expect(download?.with?.path).toBe('report');
    expect(record?.with).toMatchObject({ operation: 'record-use' });
    expect(String(record?.with?.verdict)).toMatch(/^report\//);
  });
});

describe('the reusable workflows', () => {
  test('in ml-ci, what runs code of the change can write nothing, and what writes runs none', () => {
    const { gate, ...others } = reusable('ml-ci').jobs;
    for (const job of Object.values(others)) expect(writes(job)).toEqual([]);
    expect(writes(gate as Job)).toEqual(['checks', 'pull-requests', 'statuses']);
    expect(uses(gate as Job, 'actions/checkout')).toBe(false);
    expect(runsTheirs(gate as Job)).toBe(false);
  });

  test('the gate of ml-ci waits for all jobs, and cannot be skipped', () => {
    const { gate, ...others } = reusable('ml-ci').jobs;
    expect(gate?.needs).toEqual(Object.keys(others));
    expect(gate?.if).toBe('always()');
    for (const id of Object.keys(others)) {
      expect(JSON.stringify(gate?.steps)).toContain(`${id} \${{ needs.${id}.result }}`);
    }
  });

  test('a skipped job skips nothing after it: each job that can come after one says itself when it runs', () => {
    for (const name of ['ml-ci', 'ml-cd', 'ml-ct']) {
      // ml-cd calls ml-ci after a job that is skipped as a rule, and GitHub looks at all that came before.
      const after = Object.values(reusable(name).jobs).filter(({ needs }) => name === 'ml-ci' || needs);
      expect(after.length).toBeGreaterThan(0);
      for (const job of after) expect(job.if).toMatch(/^(always\(\)|!failure\(\) && !cancelled\(\))/);
    }
  });

  test('ml-cd counts what a candidate used that did not pass, in a job that runs none of your commands', () => {
    const { record } = reusable('ml-cd').jobs;
    expect(record?.if).toBe("always() && needs.ci.result == 'failure'");
    expect(runsTheirs(record as Job)).toBe(false);
    expect(record?.permissions).toEqual({ contents: 'write' });
    expect(record?.steps?.at(-1)?.with).toMatchObject({ operation: 'record-use' });
  });

  test('the number of looks goes from ml-ct to validate-model, which has its own default', () => {
    for (const [name, next] of [
      ['ml-ct', '$/.github/workflows/ml-cd.yml'],
      ['ml-cd', '$/.github/workflows/ml-ci.yml'],
      ['ml-ci', '$/actions/validate-model'],
    ] as const) {
      const { on, jobs } = reusable(name);
      expect(on).toMatchObject({ workflow_call: { inputs: { looks: { type: 'string', default: '' } } } });
      const called = Object.values(jobs).flatMap((job) => [job as Step, ...(job.steps ?? [])]);
      const judging = called.find((step) => step.uses === next && step.with?.operation === undefined);
      expect(judging?.with?.looks).toMatch(/^\$\{\{ inputs\.looks }}$/);
    }
  });

  test('ml-cd registers in a job that runs none of your commands, and logs in only to a store that keeps the model', () => {
    const { register } = reusable('ml-cd').jobs;
    const steps = register?.steps ?? [];
    expect(steps.filter(({ run = '' }) => run.includes('bash -euo pipefail'))).toEqual([]);
    expect(JSON.stringify(steps)).not.toMatch(
      /inputs\.(train|staging|integration-test|install|requirements) }}/,
    );
    const logins = steps.filter((step) => step.uses?.includes('/setup'));
    expect(logins).toHaveLength(2);
    for (const step of logins) expect(step.if).toContain("[0].model == '' || inputs.train-elsewhere");
  });

  test('each artifact names its model: a run may call a workflow once for each of several', () => {
    const OWN = /inputs\.name|matrix\.model\.name|needs\.ci\.outputs\.models/;
    for (const name of ['ml-ci', 'ml-cd', 'ml-ct']) {
      const steps = Object.values(reusable(name).jobs).flatMap((job) => job.steps ?? []);
      const artifacts = steps.filter((step) => /^actions\/(up|down)load-artifact@/.test(step.uses ?? ''));
      expect(artifacts.length).toBeGreaterThan(0);
      for (const step of artifacts) expect(step.with?.name ?? step.with?.pattern).toMatch(OWN);
    }
  });

  test('a job whose token may write no check runs tries to write none', () => {
    for (const name of ['ml-ci', 'ml-cd', 'ml-ct']) {
      for (const job of Object.values(reusable(name).jobs)) {
        if (job.permissions.checks === 'write') continue;
        const telling = (job.steps ?? []).filter(
          (step) => /^\$\/actions\/(?!setup)/.test(step.uses ?? '') && step.with?.stage !== 'matrix',
        );
        for (const step of telling) expect(step.with).toMatchObject({ 'check-run': 'false' });
      }
    }
  });

  test('nothing ends a release, and a decision of a person does not wait for one', () => {
    const { release } = reusable('ml-cd').jobs;
    expect(release?.concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' });
    expect(release?.concurrency?.group).toContain('["start", "resume"]');
    for (const name of ['ml-ci', 'ml-cd', 'ml-ct']) {
      // A caller and what it calls share `github.workflow`: a group of that name would end the caller.
      expect(textOf(`.github/workflows/${name}.yml`)).not.toContain('github.workflow }}');
    }
  });
});
