import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { findings, soundFiles } from '../../support/set-up.ts';

const CI = '.github/workflows/ml-ci.yml';
const CD = '.github/workflows/ml-cd.yml';
const DRIFT = '.github/workflows/ml-drift-check.yml';
const RETRAIN = '.github/workflows/ml-retrain.yml';
const RECORD = '.github/workflows/ml-record-use.yml';
const CONFIG = 'ml-loop.yml';

interface Fault {
  readonly fault: string;
  readonly file: string;
  /** What is put in the place of what; a text alone is the whole file, `null` removes it. */
  readonly change: readonly [string | RegExp, string] | string | null;
  readonly id: string;
  readonly status?: string;
  readonly message: RegExp;
  readonly fix: RegExp;
  /** The text of the line that is named. */
  readonly at?: RegExp;
}

/** A workflow of single steps, as a user writes one. */
function steps(options: { on?: string; job?: string; steps: string }): string {
  return `name: mine
on: ${options.on ?? 'push'}
jobs:
  one:
    runs-on: ubuntu-latest
${options.job ?? '    permissions: { contents: write, packages: write }\n'}    steps:
${options.steps}`;
}
const CHECKOUT = '      - uses: actions/checkout@v5\n        with: { persist-credentials: false }\n';

const FAULTS: readonly Fault[] = [
  {
    fault: 'no configuration',
    file: CONFIG,
    change: null,
    id: 'setup.config',
    message: /there is no ml-loop\.yml/,
    fix: /ml-loop init/,
  },
  {
    fault: 'a configuration that is not YAML',
    file: CONFIG,
    change: ['data: data.csv', 'data: [data.csv'],
    id: 'setup.config',
    message: /./,
    fix: /correct/,
    at: /./,
  },
  {
    fault: 'an unknown key',
    file: CONFIG,
    change: ['contract:', 'contrct:'],
    id: 'setup.config',
    message: /there is no "contrct" here/,
    fix: /did you mean contract\?/,
    at: /contrct/,
  },
  {
    fault: 'a value that is not allowed',
    file: CONFIG,
    change: ['dispatch: ml-retrain', 'dispatch: ml-retrain\n  window: week'],
    id: 'setup.config',
    message: /window.*"week" is not allowed/,
    fix: /./,
    at: /window/,
  },
  {
    fault: 'a workflow that is not YAML',
    file: CI,
    change: ['jobs:', 'jobs: ['],
    id: 'setup.workflows',
    message: /is not YAML/,
    fix: /correct the line/,
    at: /./,
  },
  {
    fault: 'no version',
    file: CI,
    change: ['ml-ci.yml@v0', 'ml-ci.yml'],
    id: 'setup.version',
    message: /without a version/,
    fix: /add @v0/,
    at: /./,
  },
  {
    fault: 'a branch as the version',
    file: CI,
    change: ['@v0', '@main'],
    id: 'setup.version',
    status: 'warn',
    message: /at the branch main/,
    fix: /@v0, or a full commit/,
  },
  {
    fault: 'an unknown input',
    file: CI,
    change: ['requirements:', 'requirement:'],
    id: 'setup.inputs',
    message: /ml-ci has no input requirement, so GitHub does not start/,
    fix: /did you mean requirements\?/,
    at: /requirement:/,
  },
  {
    fault: 'a wrong stage',
    file: '.github/workflows/x.yml',
    change: steps({
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop@v0\n        with: { stage: validate-dta }\n`,
    }),
    id: 'setup.inputs',
    message: /there is no stage "validate-dta"/,
    fix: /did you mean validate-data\?/,
    at: /stage/,
  },
  {
    fault: 'training as a stage, which has an action of its own',
    file: '.github/workflows/x.yml',
    change: steps({
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop@v0\n        with: { stage: train }\n`,
    }),
    id: 'setup.inputs',
    message: /there is no stage "train"/,
    fix: /use one of: auto, /,
    at: /stage/,
  },
  {
    fault: 'an operation that the called workflow does not have',
    file: DRIFT,
    change: ['operation: watch', 'operation: wacth'],
    id: 'setup.inputs',
    message: /ml-ct has no operation "wacth"/,
    fix: /did you mean watch\?/,
    at: /operation/,
  },
  {
    fault: 'a value of a step that its action would refuse',
    file: '.github/workflows/x.yml',
    change: steps({
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/register-model@v0\n        with:\n          registry-timeout: soon\n          name: \${{ matrix.model }}\n`,
    }),
    id: 'setup.inputs',
    message: /registry-timeout: "soon" is not allowed: it must be/,
    fix: /./,
    at: /soon/,
  },
  {
    fault: 'a model that the file does not have',
    file: CONFIG,
    change: `models:\n  shop:\n    validate-data: { data: data.csv }\n    validate-model: { candidate: data.csv }\n    register-model: { model: model }\n    deploy-canary: { router: file:r }\n    check-drift: { predictions: l, dispatch: ml-retrain }\n`,
    id: 'setup.inputs',
    message: /ml-loop\.yml has no model "shopp"/,
    fix: /did you mean shop\?/,
    at: /name: shopp/,
  },
  {
    fault: 'a template whose section is missing',
    file: CONFIG,
    change: [/check-drift:[\s\S]*/, ''],
    id: 'setup.sections',
    message: /ml-drift-check runs ml-ct, and ml-loop\.yml has no section check-drift/,
    fix: /add the section check-drift/,
  },
  {
    fault: 'too few permissions for a called workflow',
    file: CI,
    change: [/ {6}checks: write.*\n/, ''],
    id: 'setup.permissions',
    message: /job ml-ci lacks checks: write \(check runs\), so GitHub does not start it/,
    fix: /add to its permissions: checks: write$/,
    at: /permissions:/,
  },
  {
    fault: 'a permission that only reads',
    file: CD,
    change: ['contents: write', 'contents: read'],
    id: 'setup.permissions',
    message: /job ml-cd lacks contents: write/,
    fix: /contents: write/,
  },
  {
    fault: 'too few permissions for a step',
    file: '.github/workflows/x.yml',
    change: steps({
      job: '    permissions: { contents: read }\n',
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/register-model@v0\n`,
    }),
    id: 'setup.permissions',
    message: /lacks packages: write/,
    fix: /packages: write/,
  },
  ...['operation: resume', 'where: elsewhere'].map((asked) => ({
    fault: `too few permissions to train (${asked})`,
    file: '.github/workflows/x.yml',
    change: steps({
      job: '    permissions: { contents: read }\n',
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/train@v0\n        with: { ${asked} }\n`,
    }),
    id: 'setup.permissions',
    message: /lacks contents: write/,
    fix: /contents: write/,
  })),
  {
    fault: 'too few permissions to open a promotion pull request',
    file: '.github/workflows/x.yml',
    change: steps({
      job: '    permissions: { contents: write, packages: write }\n    concurrency: { group: x }\n',
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/deploy-canary@v0\n        with: { promotion: promotions/shop.json }\n`,
    }),
    id: 'setup.permissions',
    message: /lacks pull-requests: write/,
    fix: /pull-requests: write/,
  },
  {
    fault: 'no permissions at all',
    file: '.github/workflows/x.yml',
    change: steps({ job: '', steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/validate-data@v0\n` }),
    id: 'setup.permissions',
    status: 'warn',
    message: /does not state its permissions/,
    fix: /permissions: \{ contents: read/,
  },
  {
    fault: 'all secrets handed over',
    file: CI,
    change: [/ {4}with:\n/, '    secrets: inherit\n    with:\n'],
    id: 'setup.secrets',
    status: 'warn',
    message: /secrets: inherit/,
    fix: /ML_LOOP_ENV/,
    at: /inherit/,
  },
  {
    fault: 'a secret that the workflow does not take',
    file: CI,
    change: [/ {4}with:\n/, '    secrets:\n      LOOP_ENV: x\n    with:\n'],
    id: 'setup.secrets',
    message: /takes no secret LOOP_ENV/,
    fix: /use one of: ML_LOOP_ENV/,
    at: /LOOP_ENV/,
  },
  {
    fault: 'a checkout that keeps the token',
    file: '.github/workflows/x.yml',
    change: steps({
      steps: '      - uses: actions/checkout@v5\n      - uses: ml-loop/ml-loop/actions/validate-data@v0\n',
    }),
    id: 'setup.checkout',
    status: 'warn',
    message: /leaves the job’s token in \.git/,
    fix: /persist-credentials: false/,
    at: /checkout/,
  },
  {
    fault: 'a stranger’s code on pull_request_target',
    file: '.github/workflows/x.yml',
    change: steps({
      on: 'pull_request_target',
      steps: `      - uses: actions/checkout@v5\n        with: { persist-credentials: false, ref: "\${{ github.event.pull_request.head.sha }}" }\n      - uses: ml-loop/ml-loop/actions/validate-data@v0\n`,
    }),
    id: 'setup.checkout',
    message: /stranger’s code runs/,
    fix: /on: pull_request/,
  },
  {
    fault: 'a schedule without a cron',
    file: DRIFT,
    change: [/- cron:.*/, '- corn: "1 2 * * *"'],
    id: 'setup.triggers',
    message: /has no cron/,
    fix: /- cron:/,
  },
  {
    fault: 'an invalid cron',
    file: DRIFT,
    change: [/cron: .*/, 'cron: "17 25 * * *"'],
    id: 'setup.triggers',
    message: /"25" is not a hour \(0 to 23\)/,
    fix: /minute hour day/,
    at: /cron/,
  },
  {
    fault: 'a workflow_run of a workflow that there is not',
    file: RECORD,
    change: [/workflows: \[.*\]/, 'workflows: [ml-cii]'],
    id: 'setup.triggers',
    message: /waits for a workflow "ml-cii"/,
    fix: /did you mean ml-ci\?/,
    at: /ml-cii/,
  },
  {
    fault: 'a dispatch that no one listens to',
    file: RETRAIN,
    change: [/ml-retrain, /, 'ml-retrian, '],
    id: 'setup.triggers',
    message: /check-drift dispatches "ml-retrain", and no workflow listens/,
    fix: /did you mean ml-retrian\?/,
  },
  {
    fault: 'a rollout that nothing resumes',
    file: CD,
    change: [/ {2}schedule:\n {4}- cron.*\n/, ''],
    id: 'setup.triggers',
    status: 'warn',
    message: /no schedule resumes a rollout/,
    fix: /operation: resume/,
  },
  {
    fault: 'a concurrency that cancels releases',
    file: CD,
    change: ['cancel-in-progress: false', 'cancel-in-progress: true'],
    id: 'setup.concurrency',
    message: /cancels the release in job ml-cd/,
    fix: /cancel-in-progress: false/,
    at: /cancel-in-progress/,
  },
  {
    fault: 'two releases at a time',
    file: '.github/workflows/x.yml',
    change: steps({ steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/deploy-canary@v0\n` }),
    id: 'setup.concurrency',
    status: 'warn',
    message: /may release at the same time/,
    fix: /concurrency:/,
  },
  {
    fault: 'a file that is not there',
    file: CONFIG,
    change: ['contract.yml', 'contact.yml'],
    id: 'setup.paths',
    message: /contract: nothing is at contact\.yml/,
    fix: /correct the path/,
    at: /contact/,
  },
  {
    fault: 'requirements that are not there',
    file: 'requirements.txt',
    change: null,
    id: 'setup.paths',
    message: /requirements: nothing is at requirements\.txt/,
    fix: /./,
  },
  {
    fault: 'a folder as registry on a hosted runner',
    file: CONFIG,
    change: ['register-model:\n', 'register-model:\n  registry: dir:models\n'],
    id: 'setup.storage',
    message: /registry: dir:models is a folder on a hosted runner \(ubuntu-latest\)/,
    fix: /`auto`.*runs-on in \.github\/workflows\/ml-cd\.yml/,
    at: /registry: dir:models/,
  },
  {
    fault: 'the same in a step',
    file: '.github/workflows/x.yml',
    change: steps({
      steps: `${CHECKOUT}      - uses: ml-loop/ml-loop/actions/register-model@v0\n        with:\n          registry: dir:models\n`,
    }),
    id: 'setup.storage',
    message: /registry: dir:models is a folder/,
    fix: /remove it/,
    at: /registry: dir:models/,
  },
  {
    fault: 'a runner that is no more',
    file: CI,
    change: [/ {4}with:\n/, '    with:\n      runs-on: ubuntu-20.04\n'],
    id: 'setup.runner',
    message: /no runner ubuntu-20\.04 any more/,
    fix: /ubuntu-latest/,
    at: /ubuntu-20/,
  },
];

function withChange(files: Record<string, string>, { file, change }: Fault): Record<string, string> {
  if (change === null) {
    const { [file]: _, ...rest } = files;
    return rest;
  }
  if (typeof change === 'string') return { ...files, [file]: change };
  const changed = (files[file] ?? '').replace(change[0], change[1]);
  if (changed === files[file]) throw new Error(`nothing was changed in ${file}`);
  return { ...files, [file]: changed };
}

test('nothing is found in a repository with all templates', async () => {
  expect(await findings({ files: soundFiles() })).toEqual([]);
});

describe('the doctor finds', () => {
  test.each(FAULTS)('$fault', async (planted) => {
    const files = withChange(soundFiles(), planted);
    if (planted.fault.startsWith('a model that'))
      files[CI] = (files[CI] ?? '').replace(/ {4}with:\n/, '    with:\n      name: shopp\n');
    const found = await findings({ files });
    const check = found.find(({ id, message }) => id === planted.id && planted.message.test(message));
    expect(found.map(({ id, message }) => `${id}: ${message}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^${planted.id}: .*${planted.message.source}`, 's')),
    );
    expect(check?.status).toBe(planted.status ?? 'fail');
    expect(check?.fix).toMatch(planted.fix);
    if (planted.at === undefined) return;
    const [place] = check?.locations ?? [];
    expect((files[place?.file ?? ''] ?? '').split('\n')[(place?.line ?? 0) - 1]).toMatch(planted.at);
  });

  test('each planted fault alone: nothing else is said', async () => {
    const alone = FAULTS.filter(({ change }) => Array.isArray(change) && change[0] !== 'jobs:');
    for (const planted of alone) {
      const found = await findings({ files: withChange(soundFiles(), planted) });
      expect([planted.fault, [...new Set(found.map(({ id }) => id))]]).toEqual([planted.fault, [planted.id]]);
    }
  });

  test('a setting that several jobs have, once', async () => {
    const files = soundFiles();
    const found = await findings({ files: { ...files, [CONFIG]: `state: dir:state\n${files[CONFIG]}` } });
    expect(found).toEqual([
      expect.objectContaining({ id: 'setup.storage', locations: [{ file: CONFIG, line: 1 }] }),
    ]);
    for (const file of [CD, DRIFT]) expect(found[0]?.fix).toContain(file);
  });

  test('two workflows that do the same', async () => {
    const all = readFileSync('workflows-templates/ml-all.yml', 'utf8');
    const found = await findings({ files: { ...soundFiles(), '.github/workflows/ml-all.yml': all } });
    expect(found.map(({ status, message }) => `${status} ${message}`)).toEqual([
      'warn ml-all and ml-cd both call ml-cd on push, so it runs twice',
      'warn ml-all and ml-ci both call ml-ci on pull_request, so it runs twice',
      'warn ml-all and ml-retrain both call ml-ct on repository_dispatch, so it runs twice',
    ]);
    expect(found[0]?.fix).toMatch(/remove one of the two, or give each the input name/);
    const named = all.replaceAll('with: {', 'with: { name: shop,');
    expect(await findings({ files: { ...soundFiles(), '.github/workflows/ml-all.yml': named } })).toEqual([]);
  });

  test('that nothing uses ml-loop', async () => {
    const found = await findings({
      files: { 'ml-loop.yml': 'validate-data: { data: d.csv }\n', 'd.csv': 'a' },
    });
    expect(found).toEqual([
      expect.objectContaining({
        id: 'setup.workflows',
        status: 'warn',
        fix: expect.stringContaining('ml-loop init'),
      }),
    ]);
  });

  test('a file that is not there, as a warning if only runners of one’s own are used', async () => {
    const own = Object.entries(soundFiles()).map(([path, text]) => [
      path,
      text
        .replace(/^ {4}with:\n/m, '    with:\n      runs-on: self-hosted\n')
        .replaceAll('ubuntu-latest', 'self-hosted'),
    ]);
    const { 'data.csv': _, ...files } = Object.fromEntries(own) as Record<string, string>;
    expect(await findings({ files })).toEqual([
      expect.objectContaining({ id: 'setup.paths', status: 'warn' }),
    ]);
  });

  test('a file that git ignores', async () => {
    const found = await findings({ files: soundFiles(), ignored: ['data.csv'] });
    expect(found).toEqual([
      expect.objectContaining({
        id: 'setup.paths',
        message: 'data: git ignores data.csv, so a job does not have it',
      }),
    ]);
  });

  test('a server that does not know $/', async () => {
    const found = await findings({ files: soundFiles(), runner: { server: 'https://git.acme.example' } });
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(['setup.runner']));
    expect(await findings({ files: soundFiles(), runner: { server: 'https://github.com' } })).toEqual([]);
  });
});
