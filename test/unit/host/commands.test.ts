import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { ChildCommands } from '../../../shared/host/commands.ts';

const commands = new ChildCommands(tmpdir());
const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

describe('child processes', () => {
  test('arguments arrive as they are, for no shell reads them', async () => {
    const result = await commands.run(node('process.stdout.write(process.argv[1])', '$(id); `id` "x" > y'));
    expect(result).toEqual({
      exitCode: 0,
      stdout: '$(id); `id` "x" > y',
      stderr: '',
      timedOut: false,
      truncated: false,
    });
  });

  test('the exit code and both streams are kept', async () => {
    const result = await commands.run(node('console.error("no"); process.exit(3)'));
    expect(result).toMatchObject({ exitCode: 3, stderr: 'no\n' });
  });

  test('standard input is what is given, also if the program does not read it', async () => {
    const text = `{"é":"${'x'.repeat(2 ** 20)}"}\n`;
    const echo = node('process.stdin.pipe(process.stdout)');
    expect((await commands.run(echo, { stdin: text, keptBytes: 2 ** 21 })).stdout).toBe(text);
    expect(await commands.run(node('process.exit(0)'), { stdin: text })).toMatchObject({ exitCode: 0 });
    expect((await commands.run(echo)).stdout).toBe('');
  });

  test('of what is printed as much is kept as is asked for, and it is said if there was more', async () => {
    const script = node('process.stdout.write("x".repeat(70000))');
    expect(await commands.run(script)).toMatchObject({ stdout: 'x'.repeat(65536), truncated: true });
    expect(await commands.run(script, { keptBytes: 70000 })).toMatchObject({
      stdout: 'x'.repeat(70000),
      truncated: false,
    });
  });

  test('a command that takes too long is ended with its children', async () => {
    const script =
      'require("child_process").spawn("sleep", ["30"], { stdio: "inherit" }); setInterval(() => {}, 1000)';
    const result = await commands.run(node(script), { timeoutMs: 300 });
    expect(result.timedOut).toBe(true);
    expect(result.exitCode).not.toBe(0);
  });

  test('a whole command line in one text is refused, with the list to write', async () => {
    const run = async () => commands.run(['python3 predict.py {model}']);
    await expect(run()).rejects.toThrow(
      /no shell splits it into arguments → write a list of arguments: \["python3","predict.py"/,
    );
  });

  test('a program that is not there is the user’s to fix', async () => {
    await expect(commands.run(['no-such-program'])).rejects.toThrow(
      /no-such-program: cannot be started \(ENOENT\)/,
    );
  });

  test('what is the step’s own is not passed on: inputs, the runner’s tokens, the files it is spoken to by', async () => {
    const ofTheStep = {
      'INPUT_GITHUB-TOKEN': 'secret',
      STATE_x: 'secret',
      ACTIONS_RUNTIME_TOKEN: 'secret',
      ACTIONS_CACHE_URL: 'secret',
      GITHUB_OUTPUT: '/secret',
      GITHUB_ENV: '/secret',
    };
    const given = { GITHUB_SHA: 'theirs', DATABASE_URL: 'theirs' };
    Object.assign(process.env, ofTheStep, given);
    const result = await commands.run(node('process.stdout.write(JSON.stringify(process.env))'), {
      env: { OWN: 'own' },
    });
    for (const name of Object.keys({ ...ofTheStep, ...given })) delete process.env[name];
    expect(result.stdout).not.toContain('secret');
    expect(JSON.parse(result.stdout)).toMatchObject({ ...given, OWN: 'own' });
  });

  test('a time limit beyond what a timer can wait is none, rather than one of a millisecond', async () => {
    const result = await commands.run(node('setTimeout(() => {}, 50)'), { timeoutMs: 2 ** 40 });
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
  });

  test('many at once leave one listener for the end of the process, and none afterwards', async () => {
    const before = process.listenerCount('exit');
    const runs = Array.from({ length: 12 }, () => commands.run(['sleep', '0.1']));
    expect(process.listenerCount('exit')).toBe(before + 1);
    await Promise.all(runs);
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('a run that ends, ends what it has started', async () => {
    const module = resolve('shared/host/commands.ts');
    const script = `
      const { ChildCommands } = await import(${JSON.stringify(module)});
      void new ChildCommands('/').run(['sleep', '4321']);
      setTimeout(() => process.exit(3), 200);`;
    const outer = await commands.run([process.execPath, '--input-type=module', '-e', script]);
    expect(outer.exitCode).toBe(3);
    // A signal takes a moment to arrive, and longer on a busy machine: the test's own time limit ends the wait.
    for (;;) {
      const { stdout } = await commands.run(['ps', '-eo', 'args']);
      if (!stdout.split('\n').includes('sleep 4321')) break;
      await setTimeout(20);
    }
  });
});

test('each line of both streams is shown as it comes, and kept as well', async () => {
  const shown: string[] = [];
  const source = `process.stdout.write('one\\ntw'); process.stderr.write('err\\r\\n'); process.stdout.write('o')`;
  const { stdout } = await new ChildCommands(process.cwd()).run([process.execPath, '-e', source], {
    show: (line) => shown.push(line),
  });
  expect(shown.sort()).toEqual(['err', 'one', 'two']);
  expect(stdout).toBe('one\ntwo');
});
