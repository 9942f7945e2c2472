import { afterEach, describe, expect, test } from '@jest/globals';
import { openGitHub } from '../../../shared/host/github.ts';
import type { Check } from '../../../shared/verdict/verdict.ts';
import { startGitHubServer } from '../../support/github-server.ts';
import type { Settings } from '../../support/github-settings.ts';
import { findings, soundFiles } from '../../support/set-up.ts';

const CD = '.github/workflows/ml-cd.yml';
const OTHERS = { 'ml-loop/ml-loop': ['v0'] };

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** What is found with a token; every request is held against GitHub's description. */
async function found(settings: Settings, files = soundFiles()): Promise<Check[]> {
  const server = await startGitHubServer({ settings: { others: OTHERS, ...settings } });
  close = () => server.close();
  const github = openGitHub({ apiUrl: server.url, repository: server.repository, token: 'read-token' });
  return findings({ files, github });
}

function withLine(line: string): Record<string, string> {
  const files = soundFiles();
  return { ...files, [CD]: (files[CD] ?? '').replace(/ {4}with:\n/, `    with:\n      ${line}\n`) };
}

test('nothing is found if GitHub has all that the workflows name', async () => {
  const files = withLine('approval: production');
  const settings = {
    environments: { production: ['required_reviewers'] },
    required: ['ml-ci / gate'],
    rules: ['other / app'],
  };
  expect(await found(settings, files)).toEqual([]);
});

describe('with a token, the doctor finds', () => {
  const withSecret = () => {
    const files = soundFiles();
    return {
      ...files,
      [CD]: (files[CD] ?? '').replace(
        / {4}with:\n/,
        `    secrets:\n      ML_LOOP_ENV: \${{ secrets.LOOP_ENV }}\n    with:\n`,
      ),
    };
  };
  const master = { branch: 'master' };
  const withPromotion = () => {
    const files = soundFiles();
    const config = (files['ml-loop.yml'] ?? '').replace(
      'deploy-canary:\n',
      'deploy-canary:\n  promotion: promotions/shop.json\n',
    );
    return { ...files, 'ml-loop.yml': config };
  };
  const table: [string, Settings, Record<string, string>, string, RegExp, RegExp][] = [
    [
      'a version that is not there',
      { others: { 'ml-loop/ml-loop': ['v1'] } },
      soundFiles(),
      'setup.version',
      /^ml-loop\/ml-loop has no version v0$/,
      /name a tag/,
    ],
    [
      'an environment that is not there',
      {},
      withLine('environment: prod'),
      'setup.environments',
      /no environment prod; GitHub would make it without reviewers/,
      /create prod/,
    ],
    [
      'an approval without reviewers',
      { private: false, environments: { production: ['wait_timer'] } },
      withLine('approval: production'),
      'setup.environments',
      /has no required reviewers/,
      /add required reviewers/,
    ],
    [
      'the same in a private repository',
      { environments: { production: [] } },
      withLine('approval: production'),
      'setup.environments',
      /has no required reviewers/,
      /Enterprise plan.*operation: approve/,
    ],
    [
      'a secret that is not there',
      { secrets: ['LOP_ENV'] },
      withSecret(),
      'setup.secrets',
      /no secret LOOP_ENV/,
      /did you mean LOP_ENV/,
    ],
    [
      'another default branch',
      master,
      soundFiles(),
      'setup.github',
      /the default branch is master/,
      /branches: \[master\]/,
    ],
    [
      'Actions that are switched off',
      { permissions: { enabled: false } },
      soundFiles(),
      'setup.github',
      /switched off/,
      /Settings, Actions/,
    ],
    [
      'actions of others that may not run',
      { permissions: { allowed_actions: 'local_only' } },
      soundFiles(),
      'setup.github',
      /only actions of your own/,
      /allow ml-loop\/ml-loop/,
    ],
    [
      'promotion pull requests that Actions may not open',
      {},
      withPromotion(),
      'setup.github',
      /may not open pull requests.*promotion: promotions\/shop\.json/,
      /Allow GitHub Actions to create and approve pull requests/,
    ],
    [
      'versions that must be commits',
      { permissions: { sha_pinning_required: true } },
      soundFiles(),
      'setup.github',
      /demands full commits/,
      /write the commit of v0/,
    ],
    [
      'a required check that no job produces',
      { required: ['ml-ci / gates'] },
      soundFiles(),
      'setup.github',
      /requires the check "ml-ci \/ gates"/,
      /require "ml-ci \/ gate"/,
    ],
    [
      'the same by a rule',
      { rules: ['ml-ci'] },
      soundFiles(),
      'setup.github',
      /requires the check "ml-ci", which no job produces/,
      /require "ml-ci \/ gate"/,
    ],
    [
      'schedules that are about to end',
      { private: false, pushedAt: '2025-10-20T00:00:00Z' },
      soundFiles(),
      'setup.triggers',
      /no push for \d+ days/,
      /push a commit/,
    ],
  ];
  test.each(table)('%s', async (_, settings, files, id, message, fix) => {
    const checks = await found(settings, files);
    expect(new Set(checks.map((check) => check.id))).toEqual(new Set([id]));
    expect(checks[0]?.message).toMatch(message);
    expect(checks[0]?.fix).toMatch(fix);
  });

  test('runners of one’s own that are too old', async () => {
    const checks = await found({ runners: ['2.335.1', '2.336.0'] }, withLine('runs-on: self-hosted'));
    expect(checks).toEqual([
      expect.objectContaining({
        id: 'setup.runner',
        message: 'the runner box-0 has version 2.335.1, and ml-cd needs 2.336.0 or later',
        fix: expect.stringContaining('update the runner box-0'),
      }),
    ]);
  });

  test('nothing if Actions may open them', async () => {
    expect(await found({ pullRequests: true }, withPromotion())).toEqual([]);
  });

  test('jobs without permissions where the default only reads', async () => {
    const workflow = `on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ml-loop/ml-loop/actions/register-model@v0\n`;
    const files = { ...soundFiles(), '.github/workflows/x.yml': workflow };
    const statuses = async (settings: Settings) =>
      (await found(settings, files)).map(({ id, status }) => `${id} ${status}`);
    expect(await statuses({ defaultPermissions: 'read' })).toEqual([
      'setup.permissions warn',
      'setup.permissions fail',
    ]);
    await close?.();
    expect(await statuses({ defaultPermissions: 'write' })).toEqual(['setup.permissions warn']);
  });
});

test('what a token may not read is told, and does not pass', async () => {
  const [only, ...more] = await found({ administrator: false, environments: {} });
  expect(more).toEqual([]);
  expect(only).toMatchObject({
    id: 'setup.github',
    status: 'inconclusive',
    fix: expect.stringContaining('administrator'),
  });
  expect(only?.message).toMatch(/may not read the settings of Actions, the branch protection/);
});

test('a repository of ours that the token does not see is not known to be wrong', async () => {
  const [check] = await found({ others: {} });
  expect(check).toMatchObject({ id: 'setup.version', status: 'inconclusive' });
});
