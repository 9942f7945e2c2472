import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import { type Telling, tell } from '../../../shared/host/pull-request.ts';
import type { Action, StageResult } from '../../../shared/host/stage.ts';
import type { Surface } from '../../../shared/host/surface.ts';
import { tellOf } from '../../../shared/host/telling.ts';
import { commonInputs } from '../../../shared/inputs/common.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import type { Annotation } from '../../../shared/report/annotations.ts';
import { COMMENT_MARKER } from '../../../shared/report/comment-sections.ts';
import type { StageReport } from '../../../shared/report/told.ts';
import type { Permissions } from '../../support/github-conversations.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';
import { COMMIT, check, LATER_COMMIT, toldOf, verdictWith } from '../report/told.ts';

const TOKENS: Readonly<Record<string, Permissions>> = {
  all: { checks: 'write', 'pull-requests': 'write', statuses: 'write' },
  statuses: { contents: 'read', statuses: 'write' },
  reads: { contents: 'read' },
  person: { user: 'octocat' },
};

let server: GitHubServer;
let folder: string;
/** How many requests a test has looked at. */
let seen: number;
let said: { log: string[]; annotations: Annotation[] };

beforeEach(async () => {
  seen = 0;
  server = await startGitHubServer({ tokens: TOKENS });
  folder = mkdtempSync(join(tmpdir(), 'pull-'));
  said = { log: [], annotations: [] };
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

const surface = (): Surface => ({
  log: { info: (message) => said.log.push(message) },
  runner: { github: true, hosted: true },
  given: () => ({ values: {}, where: (name) => name }),
  mask: () => {},
  annotate: (annotation) => said.annotations.push(annotation),
  summarise: async () => {},
  output: () => {},
});

interface Run {
  readonly event?: string;
  readonly head?: string;
  readonly from?: string;
  readonly actor?: string;
  readonly run?: number;
  readonly attempt?: number;
  readonly ref?: string;
}

/** The variables of a run on pull request 7. */
function envOf({ event = 'pull_request', head = COMMIT, from = 'acme/models', ...more }: Run = {}) {
  const { actor = 'octocat', run = 1, attempt = 1, ref = 'refs/heads/main' } = more;
  const isPull = event.startsWith('pull_request');
  const payload = {
    repository: { default_branch: 'main' },
    ...(isPull ? { pull_request: { number: 7, head: { sha: head, repo: { full_name: from } } } } : {}),
  };
  const file = join(folder, 'event.json');
  writeFileSync(file, JSON.stringify(payload));
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: file,
    GITHUB_REPOSITORY: 'acme/models',
    GITHUB_SHA: isPull ? 'f'.repeat(40) : head,
    GITHUB_REF: isPull ? 'refs/pull/7/merge' : ref,
    GITHUB_RUN_ID: String(run),
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_ACTOR: actor,
    GITHUB_API_URL: server.url,
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: folder,
  };
}

const open = async (token = 'all') =>
  openGitHub({
    apiUrl: server.url,
    repository: server.repository,
    token,
    secondMs: 1,
  });
const telling = (told: StageReport): Telling => ({
  told,
  comment: true,
  checkRun: true,
  workingDirectory: folder,
});
const tellAll = (tolds: readonly StageReport[], run: Run = {}, token = 'all') =>
  tell(
    tolds.map(telling),
    { surface: surface(), env: envOf(run) },
    {
      open: () => open(token),
      isWhole: false,
      pause: async () => {},
    },
  );

/** What GitHub was asked, without what the tests ask of it. */
const calls = () => {
  const made = server.requests
    .slice(seen)
    .map(({ method, path }) => `${method} ${path.replace('/repos/acme/models', '')}`);
  seen = server.requests.length;
  return made;
};
const comments = () => server.conversations.comments.map(({ body }) => body);
const runs = () => server.conversations.checkRuns.map(({ name, conclusion }) => `${name}: ${conclusion}`);
const LISTS = `GET /commits/${COMMIT}/check-runs`;
const COMMENTS = 'GET /issues/7/comments';

describe('makes exactly the calls that it takes', () => {
  test('a pass: a check run on the head of the branch, and no comment', async () => {
    await tellAll([toldOf('pass')]);
    expect(calls()).toEqual([LISTS, 'POST /check-runs', COMMENTS]);
    expect(server.conversations.checkRuns).toMatchObject([
      {
        head_sha: COMMIT,
        name: 'ml-loop / validate-data (demand)',
        conclusion: 'success',
        status: 'completed',
      },
    ]);
    expect(comments()).toEqual([]);
  });

  test('a failure: a check run and a comment, which is read once more', async () => {
    await tellAll([toldOf('fail')]);
    expect(calls()).toEqual([LISTS, 'POST /check-runs', COMMENTS, 'POST /issues/7/comments', COMMENTS]);
    expect(runs()).toEqual(['ml-loop / validate-data (demand): failure']);
    expect(comments()).toEqual([expect.stringContaining('not ready to merge')]);
  });

  test('a re-run of the same changes nothing, and updates the check run', async () => {
    await tellAll([toldOf('fail')]);
    calls();
    await tellAll([toldOf('fail')], { attempt: 2 });
    const [id] = server.conversations.checkRuns.map((run) => run.id);
    const [comment] = server.conversations.comments;
    expect(calls()).toEqual([
      LISTS,
      `PATCH /check-runs/${id}`,
      COMMENTS,
      `PATCH /issues/comments/${comment?.id}`,
      COMMENTS,
    ]);
    expect(runs()).toHaveLength(1);
    expect(comments()).toHaveLength(1);
    await tellAll([toldOf('fail')], { attempt: 2 });
    expect(calls()).toEqual([LISTS, `PATCH /check-runs/${id}`, COMMENTS]);
  });

  test('a push that fixes it: the comment stays, and says so', async () => {
    await tellAll([toldOf('fail')]);
    await tellAll([toldOf('pass')], { head: LATER_COMMIT, run: 2 });
    expect(runs()).toHaveLength(2);
    expect(comments()).toEqual([
      expect.stringMatching(/✅ ml-loop: the check passed[\s\S]*was ❌&nbsp;fail at aaaaaaa/),
    ]);
  });

  test('several stages: a check run each, and one comment', async () => {
    await tellAll([
      toldOf('pass'),
      toldOf('fail', { name: 'churn' }),
      toldOf('error', { action: 'validate-model' }),
    ]);
    expect(runs()).toEqual([
      'ml-loop / validate-data (demand): success',
      'ml-loop / validate-data (churn): failure',
      'ml-loop / validate-model (demand): failure',
    ]);
    expect(comments()).toHaveLength(1);
  });

  test('a matrix: each job has its own section in one comment', async () => {
    for (const id of ['north', 'south', 'west']) await tellAll([toldOf('fail', { id })]);
    expect(runs()).toHaveLength(3);
    expect(comments()).toHaveLength(1);
    for (const id of ['north', 'south', 'west'])
      expect(comments()[0]).toContain(`validate-data (demand, ${id})`);
  });

  test('a matrix at the same time: no section is lost, and nothing is posted twice', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const slow = () => new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all(
      ids.map((id) =>
        tell(
          [telling(toldOf('fail', { id }))],
          { surface: surface(), env: envOf() },
          {
            open: () => open(),
            isWhole: false,
            pause: slow,
          },
        ),
      ),
    );
    expect(comments()).toHaveLength(1);
    for (const id of ids) expect(comments()[0]).toContain(`validate-data (demand, ${id})`);
  });
});

describe('whom it tells by itself', () => {
  const action = (name: 'validate-data'): Action => ({
    definition: {
      name,
      title: 'T',
      description: 'D.',
      icon: 'check',
      inputs: commonInputs('fail'),
      outputs: {},
    },
    load: async () => async () => {
      throw new Error('is not run');
    },
  });
  const result: StageResult = { kind: 'refused', error: new UserError({ what: 'a fault' }), exit: 2 };
  const asked = async (run: Run, values: Record<string, unknown> = {}) => {
    const layers = [{ values: { 'github-token': 'all', ...values }, where: (name: string) => name }];
    const stage = { action: action('validate-data'), layers, result };
    await tellOf([stage], { surface: surface(), env: envOf(run) }, { pause: async () => {} });
    return calls()
      .map((call) => call.split(' ')[1]?.split('/').at(-1))
      .filter((name, at, all) => all.indexOf(name) === at);
  };

  test.each<[string, Run, string[]]>([
    ['a pull request', {}, ['check-runs', 'comments']],
    ['a pull request of a fork', { from: 'someone/models' }, []],
    ['a pull request of a fork that is gone', { from: '' }, []],
    ['a pull request of Dependabot', { actor: 'dependabot[bot]' }, []],
    [
      'pull_request_target, also of a fork',
      { event: 'pull_request_target', from: 'x/models' },
      ['check-runs', 'comments'],
    ],
    ['a merge queue', { event: 'merge_group' }, ['check-runs']],
    ['a push to the default branch', { event: 'push' }, ['check-runs']],
    ['a push to another branch', { event: 'push', ref: 'refs/heads/x' }, []],
    ['a schedule', { event: 'schedule' }, []],
    ['a dispatch', { event: 'repository_dispatch' }, []],
  ])('%s', async (_, run, kinds) => {
    expect(await asked(run)).toEqual(kinds);
  });

  test('`false` turns each off, in a step or in YAML', async () => {
    expect(await asked({}, { comment: 'false' })).toEqual(['check-runs']);
    expect(await asked({}, { 'check-run': false })).toEqual(['comments']);
    expect(await asked({}, { comment: false, 'check-run': false })).toEqual([]);
  });

  test('`true` asks for it where `auto` would not', async () => {
    expect(await asked({ event: 'schedule' }, { 'check-run': 'true', comment: 'true' })).toEqual([
      'check-runs',
    ]);
    expect(await asked({ actor: 'dependabot[bot]' }, { comment: true })).toEqual(['comments']);
  });

  test('without a token nothing is asked', async () => {
    expect(await asked({}, { 'github-token': '' })).toEqual([]);
  });
});

describe('rights', () => {
  test('without checks: a commit status of the same name', async () => {
    await tellAll([toldOf('fail'), toldOf('pass', { name: 'churn' })], {}, 'statuses');
    expect(calls()).toEqual([LISTS, `POST /statuses/${COMMIT}`, `POST /statuses/${COMMIT}`, COMMENTS]);
    expect(server.conversations.statuses).toEqual([
      {
        sha: COMMIT,
        context: 'ml-loop / validate-data (demand)',
        state: 'failure',
        description: 'fail: 1 of 1 check failed',
      },
      {
        sha: COMMIT,
        context: 'ml-loop / validate-data (churn)',
        state: 'success',
        description: 'pass: 1 check passed',
      },
    ]);
    expect(said.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining('Add `permissions: { pull-requests: write }` to the job'),
    ]);
  });

  test('with a token that only reads: one notice a job names what to add', async () => {
    await tellAll([toldOf('fail'), toldOf('fail', { name: 'churn' })], {}, 'reads');
    expect(calls()).toEqual([LISTS, `POST /statuses/${COMMIT}`, COMMENTS]);
    await tellAll([toldOf('fail')], {}, 'reads');
    expect(said.annotations).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining('`permissions: { checks: write, pull-requests: write }`'),
      }),
    ]);
  });

  test('on a fork the permission cannot be given, so no notice asks for it', async () => {
    await tellAll([toldOf('fail')], { from: 'someone/models' }, 'reads');
    expect(said.annotations).toEqual([]);
    expect(said.log).toContainEqual(expect.stringContaining('Resource not accessible by integration'));
  });

  test('on a push the log alone names it', async () => {
    const stage = { ...telling(toldOf('fail')), comment: false };
    await tell(
      [stage],
      { surface: surface(), env: envOf({ event: 'push' }) },
      { open: () => open('reads'), isWhole: false },
    );
    expect(said.annotations).toEqual([]);
    expect(said.log).toContainEqual(expect.stringContaining('`permissions: { checks: write }`'));
  });

  test('a locked conversation does not ask for permissions', async () => {
    server.conversations.locked.add(7);
    await tellAll([toldOf('fail')]);
    expect(said.annotations).toEqual([]);
    expect(said.log).toEqual([expect.stringContaining('issue is locked')]);
  });

  test.each([500, 429])('GitHub answers %i: told in the log, and nothing throws', async (status) => {
    const answer = { status, body: { message: 'x' } };
    for (let time = 0; time < 8; time++) server.before(/./, () => answer);
    await tellAll([toldOf('fail')]);
    expect(said.log.length).toBeGreaterThan(0);
    expect(said.annotations).toEqual([]);
  });
});

describe('the comment', () => {
  test('of somebody who pasted the marker is not touched', async () => {
    const pasted = `${COMMENT_MARKER}\n\nme too`;
    server.conversations.comment(7, pasted, 'mallory');
    server.conversations.comment(7, `> ${COMMENT_MARKER}`, 'other[bot]');
    await tellAll([toldOf('fail')]);
    expect(comments()).toEqual([pasted, `> ${COMMENT_MARKER}`, expect.stringContaining('not ready')]);
    await tellAll([toldOf('pass')], { run: 2 });
    expect(comments()).toHaveLength(3);
    expect(comments()[0]).toBe(pasted);
  });

  test('of a personal token is found again', async () => {
    await tellAll([toldOf('fail')], {}, 'person');
    await tellAll([toldOf('pass')], { run: 2 }, 'person');
    expect(comments()).toEqual([expect.stringContaining('the check passed')]);
  });

  test('that somebody deleted is made again, once, if it has something to say', async () => {
    await tellAll([toldOf('fail')]);
    server.conversations.comments.length = 0;
    await tellAll([toldOf('pass')], { run: 2 });
    expect(comments()).toEqual([]);
    await tellAll([toldOf('fail')], { run: 3 });
    expect(comments()).toHaveLength(1);
  });

  test('that is deleted while it is written is made again', async () => {
    await tellAll([toldOf('fail')]);
    server.before(/^PATCH .*comments/, () => {
      server.conversations.comments.length = 0;
      return undefined;
    });
    await tellAll([toldOf('inconclusive')], { run: 2 });
    expect(comments()).toEqual([expect.stringContaining('not decided yet')]);
  });

  test('that somebody edited beyond reading is written again in its place', async () => {
    await tellAll([toldOf('fail'), toldOf('fail', { name: 'churn' })]);
    const [comment] = server.conversations.comments;
    if (comment !== undefined) comment.body = `${COMMENT_MARKER}\nI know better.`;
    await tellAll([toldOf('fail')], { run: 2 });
    expect(server.conversations.comments.map(({ id }) => id)).toEqual([comment?.id]);
    expect(comments()[0]).toContain('not ready to merge');
    expect(comments()[0]).not.toContain('I know better');
  });

  test('that somebody put words above, on a web page that ends lines in its own way, is still ours', async () => {
    await tellAll([toldOf('fail'), toldOf('fail', { name: 'churn' })]);
    const [comment] = server.conversations.comments;
    if (comment !== undefined) comment.body = `Look at this!\n\n${comment.body}`.replaceAll('\n', '\r\n');
    await tellAll([toldOf('fail')], { run: 2 });
    expect(server.conversations.comments.map(({ id }) => id)).toEqual([comment?.id]);
    expect(comments()[0]).toContain('churn');
  });

  test('that another job wrote over at the same time is written again', async () => {
    await tellAll([toldOf('fail', { name: 'churn' })]);
    const [theirs = ''] = comments();
    server.before(/^GET .*comments/, () => {
      // Between our write and our look at it.
      server.before(/^GET .*comments/, () => {
        const [comment] = server.conversations.comments;
        if (comment !== undefined) comment.body = theirs;
        return undefined;
      });
      return undefined;
    });
    await tellAll([toldOf('fail')]);
    expect(comments()).toHaveLength(1);
    expect(comments()[0]).toContain('validate-data (demand)');
    expect(comments()[0]).toContain('validate-data (churn)');
  });

  test('that two jobs made at the same time becomes one', async () => {
    await tellAll([toldOf('fail', { name: 'churn' })]);
    const [theirs = ''] = comments();
    server.conversations.comments.length = 0;
    server.before(/^POST .*comments/, () => {
      server.conversations.comment(7, theirs);
      return undefined;
    });
    await tellAll([toldOf('fail')]);
    expect(comments()).toEqual([
      expect.stringMatching(/validate-data \(churn\)[\s\S]*validate-data \(demand\)/),
    ]);
  });

  test.each(['came through', 'did not'])('whose answer was lost and that %s is posted once', async (how) => {
    server.before(/^POST .*comments/, ({ body }) => {
      if (how === 'came through') server.conversations.comment(7, String(body.body));
      return { status: 502, body: { message: 'Bad Gateway' } };
    });
    await tellAll([toldOf('fail')]);
    expect(comments()).toHaveLength(1);
  });

  test('is found behind a hundred others', async () => {
    for (let n = 0; n < 150; n++) server.conversations.comment(7, `comment ${n}`, 'octocat');
    await tellAll([toldOf('fail')]);
    await tellAll([toldOf('pass')], { run: 2 });
    expect(comments()).toHaveLength(151);
  });

  test('holds what 65,536 characters can', async () => {
    const message = '数'.repeat(1500);
    const verdict = verdictWith(
      Array.from({ length: 60 }, (_, n) => check('fail', { id: `x.y${n}`, message })),
    );
    await tellAll(['a', 'b', 'c', 'd', 'e'].map((name) => toldOf('fail', { name, verdict })));
    expect(comments()).toHaveLength(1);
    expect(said.log).toEqual([]);
  });
});

describe('a check run', () => {
  const marked = (n: number, more: Partial<StageReport> = {}) =>
    toldOf('fail', {
      verdict: verdictWith([
        check('fail', {
          locations: Array.from({ length: n }, (_, i) => ({ file: 'a.csv', line: 2 * i + 1 })),
        }),
      ]),
      ...more,
    });
  const patches = () => calls().filter((call) => call.startsWith('PATCH /check-runs'));
  const lines = () => server.conversations.checkRuns.map(({ annotations }) => annotations.length);

  test.each([
    [0, 0],
    [50, 0],
    [51, 1],
    [100, 1],
    [101, 2],
    [200, 3],
    [500, 3],
  ])('of %i annotations takes %i further requests, 50 in each', async (n, further) => {
    await tellAll([marked(n)]);
    expect(patches()).toHaveLength(further);
    expect(lines()).toEqual([Math.min(n, 200)]);
    expect(said.log).toEqual([]);
  });

  test('that is repeated has each annotation once', async () => {
    await tellAll([marked(60)]);
    await tellAll([marked(60)], { attempt: 2 });
    expect(lines()).toEqual([60]);
  });

  test('that finds more the next time has what is new added', async () => {
    const [one] = marked(60).verdict?.checks ?? [];
    const both = verdictWith([
      ...(one === undefined ? [] : [one]),
      check('warn', { locations: [{ file: 'b.csv', line: 1 }] }),
    ]);
    await tellAll([marked(60)]);
    await tellAll([toldOf('fail', { verdict: both })], { attempt: 2 });
    expect(lines()).toEqual([61]);
  });

  test('whose annotations are no longer true is followed by another one', async () => {
    await tellAll([marked(3)]);
    await tellAll([toldOf('pass')], { attempt: 2 });
    expect(runs()).toEqual([
      'ml-loop / validate-data (demand): failure',
      'ml-loop / validate-data (demand): success',
    ]);
  });

  test('of another app is not touched', async () => {
    await tellAll([toldOf('fail')], {}, 'person');
    await tellAll([toldOf('pass')]);
    expect(runs()).toHaveLength(2);
    expect(server.conversations.checkRuns.map(({ app }) => app)).toEqual(['octocat', 'github-actions[bot]']);
  });

  test.each(['came through', 'did not'])('whose answer was lost and that %s is made once', async (how) => {
    server.before(/^POST .*check-runs/, async ({ body }) => {
      if (how === 'came through') await (await open()).request('POST /repos/{owner}/{repo}/check-runs', body);
      return { status: 502, body: { message: 'Bad Gateway' } };
    });
    await tellAll([marked(60)]);
    expect(lines()).toEqual([60]);
  });

  test.each(['came through', 'did not'])(
    'whose further annotations were lost and %s has each once',
    async (how) => {
      server.before(/^PATCH .*check-runs/, async ({ body, path }) => {
        const id = Number(path.split('/').at(-1));
        const route = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
        if (how === 'came through') await (await open()).request(route, { ...body, check_run_id: id });
        return { status: 502, body: { message: 'Bad Gateway' } };
      });
      await tellAll([marked(120)]);
      expect(lines()).toEqual([120]);
    },
  );

  test('marks files as the repository names them, and no others', async () => {
    const verdict = verdictWith([
      check('fail', {
        locations: ['data/a.csv', '../outside.csv', '/etc/passwd'].map((file) => ({ file, line: 1 })),
      }),
    ]);
    const stage = { ...telling(toldOf('fail', { verdict })), workingDirectory: join(folder, 'models') };
    await tell(
      [stage],
      { surface: surface(), env: envOf() },
      { open: () => open(), isWhole: false, pause: async () => {} },
    );
    expect(server.conversations.checkRuns[0]?.annotations.map(({ path }) => path)).toEqual([
      'models/data/a.csv',
      'outside.csv',
    ]);
  });
});
