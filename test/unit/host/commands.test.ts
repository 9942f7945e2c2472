import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { ChildCommands } from '../../../shared/host/commands.ts';

const commands = new ChildCommands(tmpdir());
const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

describe('child processes', () => {
  test('arguments arrive as they are, for no shell reads them', async () => {
    const result = await commands.run(node('process.stdout.write(process.argv[1])', '$(id); `id` "x" > y'));
    expect(result).toEqual({ exitCode: 0, stdout: '$(id); `id` "x" > y', stderr: '', timedOut: false });
  });

  test('the exit code and both streams are kept', async () => {
    const result = await commands.run(node('console.error("no"); process.exit(3)'));
    expect(result).toMatchObject({ exitCode: 3, stderr: 'no\n' });
  });

  test('a command that takes too long is ended with its children', async () => {
    const script =
      'require("child_process").spawn("sleep", ["30"], { stdio: "inherit" }); setInterval(() => {}, 1000)';
    const result = await commands.run(node(script), { timeoutMs: 300 });
    expect(result.timedOut).toBe(true);
    expect(result.exitCode).not.toBe(0);
  });

  test('a program that is not there is the user’s to mend', async () => {
    await expect(commands.run(['no-such-program'])).rejects.toThrow(
      /no-such-program: cannot be started \(ENOENT\)/,
    );
  });

  test('the step’s inputs, which hold the token, are not passed on', async () => {
    process.env['INPUT_GITHUB-TOKEN'] = 'secret';
    const result = await commands.run(
      node('process.stdout.write(String(process.env["INPUT_GITHUB-TOKEN"]) + process.env.OWN)'),
      {
        env: { OWN: 'own' },
      },
    );
    delete process.env['INPUT_GITHUB-TOKEN'];
    expect(result.stdout).toBe('undefinedown');
  });
});
