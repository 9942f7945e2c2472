import { describe, expect, test } from '@jest/globals';
import { NODES } from '../support/bundle.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startPrometheus } from '../support/loopback.ts';
import { at, DEPLOYMENT, registerVersion } from '../support/project.ts';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

describe('secrets', () => {
  const TOKEN = 'ghs_0123456789abcdefTOKEN';

  test('the token is masked before anything else is printed, and is nowhere else', async () => {
    const server = await startGitHubServer({ tokens: { [TOKEN]: 'write' } });
    try {
      space.write('train.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${i % 50}`)]);
      space.write('today.csv', ['temp', ...Array.from({ length: 300 }, (_, i) => `${(i % 50) + 40}`)]);
      space.write(
        'show.mjs',
        "import { writeFileSync } from 'node:fs'; writeFileSync('env.json', JSON.stringify(process.env));",
      );
      space.write(
        'ml-loop.yml',
        'check-drift: { reference: train.csv, current: today.csv, dispatch: retrain }\n',
      );
      const env = { GITHUB_API_URL: server.url, GITHUB_REPOSITORY: server.repository };
      const inputs = { 'github-token': TOKEN };
      const asked = { ...inputs, dispatch: '', 'retrain-command': JSON.stringify([NODES[24], 'show.mjs']) };
      const step = await space.step('check-drift', inputs, { env });
      const root = await space.step('root', { ...inputs, stage: 'check-drift' }, { env });
      const wrong = await space.step('check-drift', { 'github-token': `${TOKEN}X` }, { env });
      const refused = await space.step('check-drift', { ...inputs, margin: 'wide' }, { env });
      space.write('ml-loop.yml', 'check-drift: { reference: train.csv, current: today.csv, name: other }\n');
      const command = await space.step('check-drift', asked, { env });
      expect([step, root, wrong, refused, command].map(({ exit }) => exit)).toEqual([0, 0, 2, 2, 0]);
      expect(server.dispatches).toHaveLength(1);
      expect(wrong.stdout).toContain('give a valid token as github-token');
      const withoutMask = <T extends { stdout: string }>(run: T) => ({
        ...run,
        stdout: run.stdout.replace(/^::add-mask::.*$/m, ''),
      });
      for (const run of [step, root, wrong, command]) {
        const masks = workflowCommands(run.stdout).filter(({ name }) => name === 'add-mask');
        expect(masks).toEqual([{ name: 'add-mask', properties: {}, data: expect.stringContaining(TOKEN) }]);
        expect(run.stdout.replace(/^ml-loop: check-drift\n/, '')).toMatch(/^::add-mask::/);
        expect(JSON.stringify(space.givenOut(withoutMask(run), 'ml-loop-report'))).not.toContain(TOKEN);
      }
      expect(JSON.stringify(space.givenOut(withoutMask(refused)))).not.toContain(TOKEN);
      expect(space.read('env.json')).not.toContain(TOKEN);
      expect(JSON.stringify(server.requests.map(({ body }) => body))).not.toContain(TOKEN);
    } finally {
      await server.close();
    }
  });

  test('the token of a terminal’s environment is not printed', async () => {
    space.write('data.csv', ['id', '1']);
    const run = await space.cli(['validate-data', '--data', 'data.csv', '--outputs'], {
      env: { GITHUB_TOKEN: TOKEN },
    });
    expect(run.exit).toBe(0);
    expect(JSON.stringify(space.givenOut(run, 'ml-loop-report'))).not.toContain(TOKEN);
  });

  test('the password of a metrics server is sent, and not told', async () => {
    await registerVersion(space, { version: '1.0.0', alias: 'candidate' });
    const server = await startPrometheus({});
    const queries = JSON.stringify({
      'canary-requests': 'a',
      'canary-errors': 'b',
      'stable-requests': 'c',
      'stable-errors': 'd',
    });
    const inputs = {
      ...DEPLOYMENT,
      metrics: `prometheus+${server.url.replace('//', '//ops:pa55w0rd@')}`,
      queries,
    };
    const started = await space.step('deploy-canary', { ...inputs, now: at(0) });
    const looked = await space.step('deploy-canary', { ...inputs, operation: 'advance', now: at(5) });
    await server.close();
    const dead = await space.step('deploy-canary', { ...inputs, operation: 'advance', now: at(6) });
    const wrong = await space.step('deploy-canary', {
      ...inputs,
      metrics: 'prometheus+http://ops:pa55w0rd@:x',
      now: at(7),
    });
    for (const run of [started, looked, dead, wrong]) {
      expect(JSON.stringify(space.givenOut(run, 'ml-loop-report', 'state', 'registry'))).not.toContain(
        'pa55w0rd',
      );
    }
  });
});
