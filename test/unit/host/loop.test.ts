import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mainLoop } from '../../../shared/host/loop.ts';
import { main } from '../../../shared/host/main.ts';
import type { Action } from '../../../shared/host/stage.ts';
import type { Start, Surface } from '../../../shared/host/surface.ts';
import { commonInputs } from '../../../shared/inputs/common.ts';
import { text, textList } from '../../../shared/inputs/kinds.ts';
import { type ActionName, defaulted, type InputTable, optional } from '../../../shared/inputs/table.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { type FailOn, STATUSES, type Status } from '../../../shared/verdict/status.ts';
import { verdictOf } from '../../../shared/verdict/verdict.ts';

/** Ends as its input `end` says: a status, `many` faults, `missing` files, a user's `error`, or a `defect`. */
function actionOf(name: ActionName, failOn: FailOn): Action {
  const inputs: InputTable = { ...commonInputs(failOn), end: optional(text(), 'An end.') };
  return {
    definition: { name, title: 'T', description: 'D.', icon: 'check', inputs, outputs: {} },
    load: async () => async (given, ports) => {
      const end = String(given.end ?? 'pass');
      if (end === 'defect') throw new Error('a defect');
      if (end === 'error') throw new UserError({ what: 'cannot be started', where: 'input predict' });
      if (end === 'missing') await ports.files.glob(['later/*.csv', 'test.csv']);
      const faults = end === 'many' ? Array.from({ length: 12 }, (_, index) => `many ${index}`) : [end];
      const status = end === 'many' ? 'fail' : (STATUSES.find((one) => one === end) as Status);
      return {
        verdict: verdictOf({
          action: name,
          name: String(given.name),
          subjects: [],
          checks: faults.map((message) => ({ id: 'x.y', status, message })),
          createdAt: ports.clock.now(),
        }),
        outputs: {},
      };
    },
  };
}

const ACTIONS = {
  'validate-data': actionOf('validate-data', 'fail'),
  'validate-model': actionOf('validate-model', 'inconclusive'),
  'register-model': actionOf('register-model', 'inconclusive'),
  'check-drift': actionOf('check-drift', 'never'),
};
const TABLES = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, { definition }]) => [name, definition.inputs]),
);
const ROOT = {
  ...ACTIONS['validate-data'].definition,
  name: 'root' as const,
  inputs: { ...commonInputs('fail'), stage: defaulted(textList(), 'auto', 'S.') },
};
const LOOP = {
  definition: ROOT,
  actions: ACTIONS,
  auto: { push: ['validate-data', 'validate-model'], pull_request: ['validate-data', 'validate-model'] },
  acting: ['register-model'],
  alone: { doctor: async () => 7 },
};

let folder: string;
let outputs: Record<string, string>;
let annotated: string[];
let said: { markdown: string; plain: string };

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'loop-')));
  outputs = {};
  annotated = [];
  said = { markdown: '', plain: '' };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const stages = () =>
  (JSON.parse(read('ml-loop-report/stages.json')) as Record<string, string>[]).map(
    ({ action, name, status }) => [action, name, status].filter((part) => part !== '').join(' '),
  );

function start(values: Record<string, unknown>, env: Record<string, string> = {}): Start {
  const surface: Surface = {
    log: { info: () => {} },
    runner: { github: false, hosted: false, event: env.GITHUB_EVENT_NAME ?? 'push' },
    given: () => ({
      values: { 'working-directory': folder, ...values },
      where: (name) => `input ${name}`,
    }),
    mask: () => {},
    annotate: ({ title }) => annotated.push(title),
    summarise: async (markdown, plain) => {
      said = { markdown, plain };
    },
    output: (name, value) => {
      outputs[name] = value;
    },
  };
  return { surface, env, tables: async () => TABLES };
}

const run = (values: Record<string, unknown> = {}, env: Record<string, string> = {}) =>
  mainLoop(LOOP, start(values, env));

describe('a stage whose files are missing judged nothing', () => {
  test.each(['auto', 'validate-data\nvalidate-model'])(
    '%s: it is inconclusive and ends with 1',
    async (stage) => {
      put('ml-loop.yml', 'validate-data: {}\nvalidate-model: { end: missing }');
      expect(await run({ stage })).toBe(1);
      expect(outputs).toMatchObject({ status: 'inconclusive', 'failed-checks': '0' });
      expect(stages()).toEqual(['validate-data pass', 'validate-model inconclusive']);
      for (const told of [said.markdown, said.plain, read('ml-loop-report/index.html')]) {
        expect(told).toContain('stage.not-run');
        expect(told).toContain('test.csv');
      }
      expect(said.plain).toMatch(
        /fix: add the files, or correct their paths.*only if you can do without.*allow-missing: \[validate-model\]/,
      );
    },
  );

  test.each(['warn', 'inconclusive', 'fail', 'never'])('whatever its policy: fail-on %s', async (failOn) => {
    put('ml-loop.yml', `validate-data: { end: missing, fail-on: ${failOn} }`);
    expect(await run()).toBe(1);
    expect(await run({ stage: 'validate-data', 'fail-on': failOn })).toBe(1);
  });

  test('also of a monitor, which is green whatever it finds', async () => {
    put('ml-loop.yml', 'check-drift: { end: missing }');
    expect(await run({ stage: 'check-drift' })).toBe(1);
  });

  test('no stage that registers follows it', async () => {
    put('ml-loop.yml', 'validate-model: { end: missing, fail-on: never }\nregister-model: {}');
    expect(await run({ stage: 'validate-model\nregister-model' })).toBe(1);
    expect(stages()).toEqual(['validate-model inconclusive', 'register-model inconclusive']);
  });

  test('a single action that lacks its files ends with an error', async () => {
    put('ml-loop.yml', 'defaults: { allow-missing: [validate-model] }\nvalidate-model: { end: missing }');
    expect(await main(ACTIONS['validate-model'], start({}))).toBe(2);
    expect(outputs).toMatchObject({ status: 'error', 'failed-checks': '1' });
  });
});

describe('allow-missing', () => {
  const LENIENT = 'defaults: { allow-missing: [validate-model] }\n';

  test('makes it a warning', async () => {
    put('ml-loop.yml', `${LENIENT}validate-data: {}\nvalidate-model: { end: missing }`);
    expect(await run()).toBe(0);
    expect(outputs.status).toBe('warn');
    expect(said.plain).toContain('stage.not-run');
    expect(said.plain).not.toContain('allow-missing');
  });

  test('which counts as one by fail-on', async () => {
    put('ml-loop.yml', `${LENIENT}validate-model: { end: missing, fail-on: warn }`);
    expect(await run()).toBe(1);
  });

  test('for the stages that it names, and for nothing but missing files', async () => {
    put('ml-loop.yml', `${LENIENT}validate-data: { end: missing }\nvalidate-model: { end: inconclusive }`);
    expect(await run()).toBe(1);
    expect(stages()).toEqual(['validate-data inconclusive', 'validate-model inconclusive']);
    put('ml-loop.yml', `${LENIENT}validate-model: { end: error }`);
    expect(await run()).toBe(2);
  });

  describe('on pull requests is read from the base branch', () => {
    const git = (...argv: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...argv], {
        cwd: folder,
        encoding: 'utf8',
      }).trim();
    const MISSING = 'validate-model: { end: missing }';
    const pullRequest = (base: string, head: string) => {
      put('ml-loop.yml', base);
      git('init', '-q');
      git('add', 'ml-loop.yml');
      git('commit', '-qm', 'base');
      put('ml-loop.yml', head);
      return onPullRequest(git('rev-parse', 'HEAD'));
    };
    const onPullRequest = (sha: string) => {
      put('event.json', JSON.stringify({ pull_request: { base: { sha } } }));
      return {
        GITHUB_EVENT_NAME: 'pull_request',
        GITHUB_EVENT_PATH: join(folder, 'event.json'),
        GITHUB_WORKSPACE: folder,
      };
    };

    test('a change cannot allow it to itself', async () => {
      expect(await run({}, pullRequest(MISSING, LENIENT + MISSING))).toBe(1);
      expect(said.plain).toContain('`allow-missing: [validate-model]` counts once it is on the base branch');
    });

    test('what the base allows, is', async () => {
      expect(await run({}, pullRequest(LENIENT + MISSING, MISSING))).toBe(0);
      expect(outputs.status).toBe('warn');
    });

    test('a base that cannot be read allows nothing, and says what to do', async () => {
      put('ml-loop.yml', LENIENT + MISSING);
      expect(await run({}, onPullRequest('c'.repeat(40)))).toBe(1);
      expect(said.plain).toMatch(
        /`allow-missing` does not count: .*cannot be read.*contents: read.*fetch-depth: 0/,
      );
    });
  });
});

describe('a stage that ends in an error', () => {
  const BROKEN = `models:
  a: { validate-data: { end: fail }, validate-model: { end: pass } }
  b: { validate-model: { end: error } }
  c: { validate-data: { end: missing } }
`;

  test('is in the summary, the index, the status and the counts, first of all', async () => {
    put('ml-loop.yml', BROKEN);
    expect(await run({ 'fail-on': 'never' })).toBe(2);
    expect(outputs).toMatchObject({
      status: 'error',
      'failed-checks': '2',
      summary:
        'validate-model b: error, validate-data a: fail, validate-model a: pass, validate-data c: inconclusive',
    });
    expect(stages()).toEqual([
      'validate-data a fail',
      'validate-model a pass',
      'validate-model b error',
      'validate-data c inconclusive',
    ]);
    const html = read('ml-loop-report/index.html');
    expect(html).toMatch(
      /<tbody><tr><td><span class="status error">error<\/span><\/td><td>validate-model<\/td><td>b</,
    );
    expect(html).toContain('4 stages: 1 error, 1 fail, 1 inconclusive, 1 pass');
    expect(html).toMatch(/class="lead"><span class="status error">/);
    expect(html.indexOf('cannot be started')).toBeLessThan(html.indexOf('validate-data'));
    const rows = said.markdown.split('\n').filter((line) => line.startsWith('| `validate'));
    expect(rows[0]).toContain('| `validate-model` | b | ⛔ error | input predict: cannot be started |');
    expect(rows).toHaveLength(4);
    expect(said.markdown.match(/^## .*$/gm)?.[0]).toBe('## validate-model · b: ⛔ error');
    expect(said.plain.split('\n').slice(0, 2)).toEqual([
      'validate-model · b: error',
      '  input predict: cannot be started',
    ]);
  });

  test('is annotated before what others have found, of which GitHub shows ten', async () => {
    put('ml-loop.yml', 'validate-data: { end: many }\nvalidate-model: { end: error }');
    await run();
    expect(annotated).toHaveLength(10);
    expect(annotated[0]).toBe('validate-model: error');
  });

  test.each(['error', 'defect'])('alone: %s', async (end) => {
    put('ml-loop.yml', `validate-model: { end: ${end} }`);
    expect(await run()).toBe(end === 'error' ? 2 : 3);
    expect(outputs).toMatchObject({
      status: 'error',
      'failed-checks': '1',
      summary: 'validate-model: error',
    });
    expect(read('ml-loop-report/index.html')).toContain('1 stage: 1 error');
    expect(said.markdown).toContain('⛔ error');
  });
});

describe('what was asked for and is not there is an error that names what is', () => {
  const TWO = `models:
  demand: { validate-data: {}, validate-model: {} }
  Churn: { validate-data: {} }
`;

  test.each([
    [
      'a stage that one of the models lacks',
      { stage: 'validate-data\nvalidate-model' },
      /no section for validate-model in the model Churn → add the section; or name other stages, of: validate-data; or set the input name to a model that has it: demand/,
    ],
    [
      'a stage that the named model lacks',
      { stage: 'validate-model', name: 'Churn' },
      /no section for validate-model in the model Churn/,
    ],
    [
      'a stage that no model has',
      { stage: 'register-model' },
      /no section for register-model in the model demand/,
    ],
    [
      'a model that is not there',
      { name: 'dmeand' },
      /no model "dmeand" → choose one of: demand, Churn; did you mean demand\?/,
    ],
    [
      'a model in the wrong case',
      { name: 'churn' },
      /no model "churn" → choose one of: demand, Churn; did you mean Churn\?/,
    ],
    [
      'an empty list',
      { stage: '[]' },
      /input stage: does not name a stage → write one a line, of: auto, validate-data/,
    ],
    ['an empty list of flags', { stage: ['', ' '] }, /does not name a stage/],
    ['separators', { stage: ' , \n;' }, /does not name a stage/],
    [
      'stages in one line',
      { stage: 'validate-data, validate-model' },
      /no stage "validate-data, validate-model" → write one stage a line, or a list: \[validate-data, validate-model\]/,
    ],
    [
      'auto beside others',
      { stage: 'auto\nregister-model' },
      /`auto` cannot stand with other stages: it chooses the stages itself/,
    ],
  ])('%s', async (_what, values, message) => {
    put('ml-loop.yml', TWO);
    expect(await run(values)).toBe(2);
    expect(outputs).toMatchObject({ status: 'error', 'failed-checks': '1' });
    expect(said.plain).toMatch(message);
  });

  test.each([
    ['a file of one model that has a name', 'models: { demand: { validate-data: {} } }'],
    ['a file of one model named by name', 'name: demand\nvalidate-data: {}'],
    ['a section named by name', 'validate-data: { name: demand }'],
    ['defaults named by name', 'defaults: { name: demand }\nvalidate-data: {}'],
  ])('another name than that of %s', async (_what, yaml) => {
    put('ml-loop.yml', yaml);
    for (const name of ['dmeand', 'Demand', 'x']) {
      expect(await run({ name })).toBe(2);
      expect(said.plain).toContain(`no model "${name}"`);
      expect(said.plain).toContain('demand');
      expect(await main(ACTIONS['validate-data'], start({ name }))).toBe(2);
    }
    expect(await run({ name: ' demand ' })).toBe(0);
    expect(await main(ACTIONS['validate-data'], start({ name: ' demand ' }))).toBe(0);
  });

  test.each(['', '# nothing\n', 'models: {}', 'models:', 'defaults: { validate-dat: {} }', 'models: { a: }'])(
    'a file without a section: %j',
    async (yaml) => {
      put('ml-loop.yml', yaml);
      expect(await run()).toBe(2);
      expect(await main(ACTIONS['validate-data'], start({}))).toBe(2);
    },
  );

  test('a model without any section, beside one that has some', async () => {
    put('ml-loop.yml', 'models: { a: { validate-data: {} }, b: }');
    expect(await run()).toBe(2);
    expect(said.plain).toContain('no section for validate-data or validate-model in the model b');
  });

  test('a model of numbers is found as it is written', async () => {
    put('ml-loop.yml', 'models: { 007: { validate-data: {} }, 1.10: { validate-data: {} } }');
    expect(await run({ name: '1.10' })).toBe(0);
    expect(await run({ name: '007' })).toBe(0);
    expect(await run({ name: '7' })).toBe(2);
  });
});

describe('a single action whose section is not there', () => {
  test('ends with an error that names the sections there are', async () => {
    put('ml-loop.yml', 'models: { a: { validate-data: {} } }');
    expect(await main(ACTIONS['validate-model'], start({ 'fail-on': 'never', name: 'a' }))).toBe(2);
    expect(said.plain).toContain(
      'ml-loop.yml has no section for validate-model in the model a → add the section, or give its inputs to the step (the sections there are: validate-data)',
    );
  });

  test('runs by the inputs of the step', async () => {
    put('ml-loop.yml', 'models: { a: { validate-data: {} } }');
    expect(await main(ACTIONS['validate-model'], start({ end: 'pass' }))).toBe(0);
  });

  test('runs by the defaults', async () => {
    put('ml-loop.yml', 'defaults: { validate-model: { end: pass } }\nmodels: { a: {} }');
    expect(await main(ACTIONS['validate-model'], start({}))).toBe(0);
  });
});

describe('mode: observe', () => {
  test.each([
    ['fail', 'fail'],
    ['missing', 'inconclusive'],
  ])('%s is told, and does not fail the step', async (end, status) => {
    put('ml-loop.yml', `defaults: { mode: observe }\nvalidate-data: {}\nvalidate-model: { end: ${end} }`);
    expect(await run()).toBe(0);
    expect(outputs).toMatchObject({ status });
    for (const text of [said.markdown, said.plain])
      expect(text).toMatch(/mode: observe`?: this is told only/);
  });

  test.each([
    ['error', 2],
    ['defect', 3],
  ])('a stage that ends in an %s fails the step', async (end, exit) => {
    put('ml-loop.yml', `defaults: { mode: observe }\nvalidate-data: { end: ${end} }`);
    expect(await run()).toBe(exit);
  });

  test('opens no later gate', async () => {
    put('ml-loop.yml', 'defaults: { mode: observe }\nvalidate-model: { end: fail }\nregister-model: {}');
    expect(await run({ stage: 'validate-model\nregister-model' })).toBe(0);
    expect(stages()).toEqual(['validate-model fail', 'register-model inconclusive']);
    expect(said.plain).toContain('register-model did not run, because validate-model before it was fail');
  });
});
