import { afterEach, expect, jest, test } from '@jest/globals';
import { command } from '../../../cli/command.ts';
import { parseFlags, terminalSurface } from '../../../shared/host/terminal.ts';
import { integer, text } from '../../../shared/inputs/kinds.ts';
import { defaulted, required } from '../../../shared/inputs/table.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const inputs = { model: required(text(), 'The model.'), rows: defaulted(integer(), '3', 'The rows.') };

type Work = (values: unknown, terminal: unknown) => Promise<number>;

let told = '';
afterEach(() => {
  told = '';
  jest.restoreAllMocks();
});

function started(argv: readonly string[], work: Work): Promise<number> {
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const one = command('count', { description: 'Counts.', inputs }, async () => work);
  // A command without a flag for it must not refuse the token of the environment.
  const env = { GITHUB_TOKEN: 'secret' };
  return one.run({ surface: terminalSurface(parseFlags(argv, inputs), env), env });
}

test('a command that is not an action gets its flags parsed, and its number is the exit code', async () => {
  const work = jest.fn<Work>().mockResolvedValue(7);
  await expect(started(['--model', 'demand'], work)).resolves.toBe(7);
  expect(work).toHaveBeenCalledWith({ model: 'demand', rows: 3 }, expect.anything());
  expect(told).toBe('');
});

test('all flags that are wrong are told at once, and nothing is run', async () => {
  const work = jest.fn<Work>().mockResolvedValue(0);
  await expect(started(['--rows', 'x'], work)).resolves.toBe(2);
  expect(told).toMatch(/^count: error\n {2}--model: is required.*\n {2}--rows: "x" is not allowed/);
  expect(work).not.toHaveBeenCalled();
});

test('what the user must fix ends it with exit code 2; a defect is thrown on', async () => {
  const refused = async () => {
    throw new UserError({ what: 'is not there', where: 'a.csv' });
  };
  await expect(started(['--model', 'm'], refused)).resolves.toBe(2);
  expect(told).toBe('count: error\n  a.csv: is not there\n');
  await expect(
    started(['--model', 'm'], async () => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
});
