import type { Start, Surface } from '../shared/host/surface.ts';
import { COMMON_INPUTS } from '../shared/inputs/common.ts';
import { flag, text } from '../shared/inputs/kinds.ts';
import { defaulted, type InputValues, optional } from '../shared/inputs/table.ts';
import type { Terminal } from './command.ts';

export const description = 'Prints the models that the change concerns, as JSON for a matrix of jobs.';

const { config, name, 'working-directory': folder, 'github-token': token } = COMMON_INPUTS;

export const inputs = {
  ...{ config, name, 'working-directory': folder, 'github-token': token },
  base: optional(
    text('a branch, a tag or a commit'),
    'What to compare the files with, such as `origin/main`. By default the commit that the event names.',
  ),
  all: defaulted(flag(), 'false', 'Prints all models, whatever changed.'),
};

/** Prints the list, or with `--outputs` each output as `name=value`. */
export async function run(
  { base, all }: InputValues<typeof inputs>,
  { surface, env }: Terminal,
  tables: Start['tables'],
): Promise<number> {
  const { matrixRun } = await import('../shared/host/matrix-run.ts');
  const printing: Surface = {
    ...surface,
    output: (output, value) => {
      if (surface.printsOutputs === true) surface.output(output, value);
      else if (output === 'matrix') process.stdout.write(`${value}\n`);
    },
  };
  return matrixRun(surface.given(inputs), { surface: printing, env, tables }, { base, all });
}
