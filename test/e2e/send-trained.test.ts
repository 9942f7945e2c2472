/** The script that a training job elsewhere runs last, as the guide has it, and what GitHub hears of it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createPorts } from '../../shared/host/ports.ts';
import { modelBundle } from '../../shared/registry/origin/model.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { expectSchema, useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path));
const SCRIPT = `${process.cwd()}/examples/training-elsewhere/send_trained.py`;

function send(
  argv: readonly string[],
  env: Record<string, string>,
): Promise<{ exit: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON ?? '', [SCRIPT, ...argv], {
      cwd: space.folder,
      env: { PATH: process.env.PATH, ...env },
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ exit: code ?? 1, stderr }));
  });
}

(PYTHON === undefined ? test.skip : test)('the dispatch has the digest that ml-loop computes', async () => {
  const github = await startGitHubServer({ repository: 'acme/demand' });
  try {
    space.write('model/weights.bin', 'abc');
    space.write('model/sub/größe & "x".json', '{}');
    space.write('model/a', '');
    space.write('predictions.csv', 'id,prediction\n1,2\n');
    const argv = [
      '--model',
      'model',
      '--uri',
      's3://acme-models/demand/17/',
      '--name',
      'demand',
      '--job',
      'demand-17',
    ];
    const env = { GITHUB_REPOSITORY: 'acme/demand', GITHUB_API_URL: github.url };
    const sent = await send(
      [...argv, '--predictions', 'predictions.csv', '--predictions-uri', 's3://acme-models/p.csv'],
      { ...env, GITHUB_TOKEN: 'write-token' },
    );
    expect(sent).toEqual({ exit: 0, stderr: '' });
    expect(github.dispatches).toHaveLength(1);
    const [{ event_type, client_payload } = { event_type: '', client_payload: {} }] = github.dispatches;
    expect(event_type).toBe('ml-trained');
    expectSchema('trained-payload', client_payload);
    const ports = createPorts({ workingDirectory: space.folder, reportFolder: 'report' });
    const { digest } = await modelBundle(['model'], 'model', ports);
    await ports.close();
    expect(client_payload).toMatchObject({
      name: 'demand',
      repository: 'acme/demand',
      digest,
      predictions: { uri: 's3://acme-models/p.csv' },
    });
    const refused = await send(argv, { ...env, GITHUB_TOKEN: 'read-token' });
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain('GitHub answered 403');
  } finally {
    await github.close();
  }
});
