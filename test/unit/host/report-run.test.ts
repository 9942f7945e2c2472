import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mainLoop } from '../../../shared/host/loop.ts';
import type { Loop } from '../../../shared/host/plan.ts';
import { reportLoop } from '../../../shared/host/report-run.ts';
import type { Action } from '../../../shared/host/stage.ts';
import type { Start } from '../../../shared/host/surface.ts';
import { commonInputs } from '../../../shared/inputs/common.ts';
import { text, textList } from '../../../shared/inputs/kinds.ts';
import { type ActionName, defaulted, optional } from '../../../shared/inputs/table.ts';
import type { FailOn } from '../../../shared/verdict/status.ts';
import { type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

const actionOf = (name: ActionName, failOn: FailOn): Action => ({
  definition: {
    name,
    title: 'T',
    description: 'D.',
    icon: 'check',
    inputs: commonInputs(failOn),
    outputs: {},
  },
  load: async () => async () => {
    throw new Error('is not run');
  },
});
const ACTIONS = {
  'validate-data': actionOf('validate-data', 'fail'),
  'validate-model': actionOf('validate-model', 'inconclusive'),
  'check-drift': actionOf('check-drift', 'never'),
};
const TABLES = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, { definition }]) => [name, definition.inputs]),
);
const STAGES = ['validate-data', 'validate-model'];
const LOOP: Loop = {
  definition: {
    ...ACTIONS['validate-data'].definition,
    name: 'root' as const,
    inputs: {
      ...commonInputs('fail'),
      stage: defaulted(textList(), 'auto', 'S.'),
      expect: optional(text(), 'E.'),
    },
  },
  actions: ACTIONS,
  alone: {
    report: (start: Start) => reportLoop(LOOP, start.surface.given(LOOP.definition.inputs), start),
  },
  auto: { push: STAGES, pull_request: STAGES, schedule: ['check-drift'] },
  acting: [],
};
const TWO = 'models:\n  demand: { validate-data: {}, validate-model: {} }\n  churn: { validate-data: {} }\n';
const MATRIX = JSON.stringify([
  {
    name: 'demand',
    sections: ['validate-data', 'validate-model', 'deploy-canary'],
    model: 'model/',
    changed: true,
  },
  { name: 'churn', sections: ['validate-data'], model: '' },
]);
const TOKENS = { all: { contents: 'read', checks: 'write', 'pull-requests': 'write' } } as const;

let server: GitHubServer;
let folder: string;
let outputs: Record<string, string>;
let plain: string;
let base: string;
let head: string;

beforeEach(async () => {
  server = await startGitHubServer({ tokens: TOKENS });
  base = server.push('refs/heads/main', 'README.md', 'nothing yet');
  head = server.push('refs/heads/change', 'README.md', 'a change');
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'report-')));
  outputs = {};
  plain = '';
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const repository = 'https://github.com/acme/models';
const verdict = (
  status: Verdict['status'],
  action = 'validate-data',
  name = 'demand',
  more: Partial<Verdict> = {},
) => ({
  ...verdictOf({
    action,
    name,
    subjects: [],
    compared: action === 'validate-model' ? null : undefined,
    checks: [{ id: 'x.y', status, message: `it is ${status}` }],
    configuration: { samples: 'hide' },
    createdAt: new Date('2026-01-01T00:00:00Z'),
  }),
  source: { repository, commit: head },
  ...more,
});
/** As the artifact of a model's job. */
const leave = (one: ReturnType<typeof verdict>, id = '') =>
  put(
    `ml-loop-report/ml-loop-report-${one.name}/${one.action}${id && `-${id}`}/verdict.json`,
    JSON.stringify(one),
  );
const passAll = () => {
  leave(verdict('pass'));
  leave(verdict('pass', 'validate-model'));
  leave(verdict('pass', 'validate-data', 'churn'));
};

function run(values: Record<string, unknown> = {}, event = 'pull_request'): Promise<number> {
  const isPull = event === 'pull_request';
  const payload = {
    repository: { default_branch: 'main' },
    ...(isPull && {
      pull_request: {
        number: 7,
        head: { sha: head, repo: { full_name: 'acme/models' } },
        base: { sha: base },
      },
    }),
  };
  put('event.json', JSON.stringify(payload));
  const start: Start = {
    surface: {
      log: { info: () => {} },
      runner: { github: true, hosted: true, event, repository: 'acme/models' },
      given: () => ({
        values: {
          'working-directory': folder,
          stage: 'report',
          'github-token': 'all',
          comment: false,
          ...values,
        },
        where: (name) => `input ${name}`,
      }),
      mask: () => {},
      annotate: () => {},
      summarise: async (_, text) => {
        plain = text;
      },
      output: (name, value) => {
        outputs[name] = value;
      },
    },
    env: {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_REPOSITORY: 'acme/models',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: isPull ? 'f'.repeat(40) : head,
      GITHUB_REF: isPull ? 'refs/pull/7/merge' : 'refs/heads/main',
      GITHUB_RUN_ID: '5',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_API_URL: server.url,
      GITHUB_WORKSPACE: folder,
    },
    tables: async () => TABLES,
  };
  return mainLoop(LOOP, start);
}

const onBase = (config: string) => {
  base = server.push('refs/heads/main', 'ml-loop.yml', config);
};
const runs = () => server.conversations.checkRuns.map(({ name, conclusion }) => `${name}: ${conclusion}`);

describe('the gate', () => {
  test('passes if all verdicts are there and passed, and tells of each', async () => {
    onBase(TWO);
    passAll();
    expect(await run({ expect: MATRIX, comment: 'auto' })).toBe(0);
    expect(outputs).toMatchObject({ status: 'pass', report: 'ml-loop-report/index.html' });
    expect(runs()).toEqual([
      'ml-loop / validate-data (demand): success',
      'ml-loop / validate-model (demand): success',
      'ml-loop / validate-data (churn): success',
    ]);
    expect(server.conversations.comments).toEqual([]);
  });

  test.each(['expect', 'the base branch'])('a verdict that is missing is red: by %s', async (by) => {
    onBase(TWO);
    leave(verdict('pass'));
    leave(verdict('pass', 'validate-data', 'churn'));
    expect(await run(by === 'expect' ? { expect: MATRIX, comment: 'auto' } : { comment: 'auto' })).toBe(1);
    expect(outputs.status).toBe('inconclusive');
    expect(plain).toContain('validate-model did not run: it left no verdict below ml-loop-report');
    expect(runs()).toContain('ml-loop / validate-model (demand): failure');
    expect(server.conversations.comments[0]?.body).toContain('not decided yet');
  });

  test('without any artifact, everything is missing', async () => {
    expect(await run({ expect: MATRIX })).toBe(1);
    expect(runs().every((one) => one.endsWith('failure'))).toBe(true);
    expect(runs()).toHaveLength(3);
  });

  test('what allow-missing names of the base branch is a warning', async () => {
    onBase(`defaults: { allow-missing: [validate-model] }\n${TWO}`);
    leave(verdict('pass'));
    leave(verdict('pass', 'validate-data', 'churn'));
    expect(await run({ expect: MATRIX })).toBe(0);
    expect(outputs.status).toBe('warn');
  });

  test.each([
    ['fail', '', 1],
    ['inconclusive', '', 0],
    ['inconclusive', 'fail-on: inconclusive', 1],
    ['fail', 'fail-on: never', 0],
    ['fail', 'mode: observe', 0],
  ] as const)('%s with {%s} of the base branch ends with %i', async (status, setting, exit) => {
    onBase(`validate-data: { ${setting} }`);
    leave(verdict(status, 'validate-data', 'models', { configuration: { mode: 'observe' } }));
    expect(await run()).toBe(exit);
    expect(runs()).toHaveLength(1);
    expect(plain.includes('mode: observe')).toBe(setting === 'mode: observe');
  });

  test('goes by the change’s own file if the base branch has none', async () => {
    head = server.push('refs/heads/change', 'ml-loop.yml', 'validate-data: { fail-on: never }');
    leave(verdict('fail', 'validate-data', 'models'));
    expect(await run()).toBe(0);
    expect(runs()).toEqual(['ml-loop / validate-data (models): neutral']);
  });

  test('reads the file of the commit on a push, and of the checkout if there is one', async () => {
    head = server.push('refs/heads/main', 'ml-loop.yml', TWO);
    passAll();
    expect(await run({}, 'push')).toBe(0);
    expect(await run({ config: 'ml-loop.yml' }, 'push')).toBe(0);
    put('ml-loop.yml', 'validate-data: {}\nvalidate-model: {}\ncheck-drift: {}');
    expect(await run({}, 'push')).toBe(2);
    expect(plain).toContain('is about the model "churn"; this run is about models');
  });

  test('a configuration without a section that judges does not pass as a change that concerns none', async () => {
    head = server.push('refs/heads/main', 'ml-loop.yml', 'check-drift: {}');
    expect(await run({}, 'push')).toBe(2);
    const listed = JSON.stringify([{ name: 'models', sections: ['check-drift'] }]);
    expect(await run({ expect: listed }, 'push')).toBe(2);
    expect(plain).toContain('ml-loop.yml has no section for validate-data or validate-model');
  });

  test('a model that is only watched passes beside one that is judged', async () => {
    const file = 'models:\n  demand: { validate-data: {} }\n  churn: { check-drift: {} }\n';
    head = server.push('refs/heads/main', 'ml-loop.yml', file);
    expect(
      await run({ expect: JSON.stringify([{ name: 'churn', sections: ['check-drift'] }]) }, 'push'),
    ).toBe(0);
  });

  test('a change that concerns no model passes', async () => {
    expect(await run({ expect: '[]' })).toBe(0);
    expect(outputs).toEqual({
      status: 'pass',
      'failed-checks': '0',
      summary: expect.stringContaining('no model'),
    });
  });

  test('each leg of a matrix counts', async () => {
    leave(verdict('pass', 'validate-data', 'churn'), 'north');
    leave(verdict('fail', 'validate-data', 'churn'), 'south');
    expect(await run({ expect: '["churn"]' })).toBe(1);
    expect(runs()).toEqual([
      'ml-loop / validate-data (churn, north): success',
      'ml-loop / validate-data (churn, south): failure',
      'ml-loop / validate-model (churn): failure',
    ]);
  });

  test('a second push takes away the sections of models that are no longer', async () => {
    await run({ expect: MATRIX, comment: 'auto' });
    expect(server.conversations.comments[0]?.body).toContain('churn');
    leave(verdict('fail'));
    const expected = JSON.stringify([{ name: 'demand', sections: ['validate-data'] }]);
    await run({ expect: expected, comment: 'auto' });
    expect(server.conversations.comments).toHaveLength(1);
    expect(server.conversations.comments[0]?.body).not.toContain('churn');
  });
});

describe('refuses', () => {
  const only = { expect: '[{"name":"demand","sections":["validate-data"]}]' };
  test.each<[string, Partial<Verdict>, RegExp]>([
    [
      'another repository',
      { source: { repository: `${repository}-x`, commit: 'a'.repeat(40) } },
      /about the repository https.*-x, and this run about/,
    ],
    ['another commit', { source: { repository, commit: 'a'.repeat(40) } }, /about the commit aaaa/],
    ['no place', { source: {} }, /about the commit unknown/],
    ['another model', { name: 'other' }, /about the model "other"; this run is about demand/],
    ['an action that there is not', { action: 'approve-all' }, /"approve-all", which is not an action/],
    [
      'a status that is not its checks’',
      { status: 'pass', checks: [{ id: 'x.y', status: 'fail', message: 'm' }] },
      /says pass, but its checks say fail/,
    ],
    ['another shape', { schema: 'ml-loop/verdict@9' as never }, /verdict\.json/],
  ])('a verdict of %s', async (_, more, message) => {
    put('ml-loop-report/a/verdict.json', JSON.stringify(verdict('pass', 'validate-data', 'demand', more)));
    expect(await run(only)).toBe(2);
    expect(plain).toMatch(message);
    expect(plain).toContain('validate-data did not run');
    expect(outputs.status).toBe('error');
  });

  test.each(['', 'not JSON', '[]', '{"checks":[]}', `${'['.repeat(5000)}`])(
    'a file that is not a verdict: %#',
    async (content) => {
      put('ml-loop-report/a/verdict.json', content);
      expect(await run(only)).toBe(2);
      expect(plain).toContain('verdict.json');
    },
  );

  test('does not follow links out of the folder', async () => {
    put('elsewhere/verdict.json', JSON.stringify(verdict('pass')));
    mkdirSync(join(folder, 'ml-loop-report/a'), { recursive: true });
    symlinkSync(join(folder, 'elsewhere/verdict.json'), join(folder, 'ml-loop-report/a/verdict.json'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'ml-loop-report/b'));
    expect(await run(only)).toBe(1);
    expect(outputs.status).toBe('inconclusive');
  });

  test('values of cells, unless the base branch lets them be shown', async () => {
    const told = verdict('fail', 'validate-data', 'demand', {
      configuration: { samples: 'show' },
      checks: [
        {
          id: 'x.y',
          status: 'fail',
          message: 'the value is 4711',
          locations: [{ file: 'a.csv', line: 1, value: '4711' }],
        },
      ],
    });
    leave(told);
    onBase('models: { demand: { validate-data: {} } }');
    expect(await run(only)).toBe(1);
    expect(JSON.stringify([server.conversations, plain])).not.toContain('4711');
    onBase('models: { demand: { validate-data: { samples: show } } }');
    await run(only);
    expect(plain).toContain('4711');
  });

  test.each(['{}', '[1]', 'demand', '[{"name":1}]', '[{"name":"a","sections":"x"}]'])(
    'expect: %s',
    async (text) => {
      expect(await run({ expect: text })).toBe(2);
      expect(plain).toContain('is not a JSON list of models');
    },
  );

  test('to guess what to expect', async () => {
    expect(await run()).toBe(2);
    expect(plain).toContain('there is no ml-loop.yml, so it is not known which verdicts to expect');
  });

  test('other stages beside it', async () => {
    expect(await run({ stage: 'report\nvalidate-data' })).toBe(2);
    expect(plain).toContain('`report` cannot stand with other stages');
  });
});
