import { ACTIONS, DOCTOR, LOOP, TABLES } from '../actions/catalog.ts';
import { mainLoop } from '../shared/host/loop.ts';
import { main, mainAlone, publishResult } from '../shared/host/main.ts';
import { type Action, failure } from '../shared/host/stage.ts';
import type { InputTable } from '../shared/inputs/table.ts';
import { type Command, command } from './command.ts';
import * as init from './init/inputs.ts';
import { JSON_FLAG, printing } from './json.ts';
import * as lineage from './lineage/inputs.ts';
import * as matrix from './matrix.ts';

const tables = async () => TABLES;

/** All commands, in the order in which the help lists them. The code of each is loaded when it is run. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  init: command('init', init, async () => (await import('./init/run.ts')).run),
  doctor: {
    ...judging('doctor', DOCTOR.definition.description, { ...JSON_FLAG, ...DOCTOR.definition.inputs }),
    run: (terminal) => printing(terminal, (surface, env) => mainAlone(DOCTOR, { surface, env, tables })),
  },
  matrix: command('matrix', matrix, async () => (values, terminal) => matrix.run(values, terminal, tables)),
  run: {
    ...judging('run', 'Runs the stages of ml-loop.yml.', LOOP.definition.inputs),
    run: ({ surface, env }) => mainLoop(LOOP, { surface, env, tables }),
  },
  ...Object.fromEntries(Object.entries(ACTIONS).map(([name, action]) => [name, ofAction(name, action)])),
  lineage: command('lineage', lineage, async () => (await import('./lineage/run.ts')).run),
};

function ofAction(name: string, action: Action): Command {
  const { description, inputs } = action.definition;
  const run: Command['run'] = ({ surface, env }) => main(action, { surface, env, tables });
  return { ...judging(name, description, inputs), run };
}

/** What ends in a verdict also says in its outputs that its flags are wrong. */
function judging(name: string, description: string, inputs: InputTable): Omit<Command, 'run'> {
  return {
    description,
    inputs,
    refuse: async (error, { surface, env }) => {
      const result = failure(error);
      await publishResult(name, result, { surface, env, tables });
      return result.exit;
    },
  };
}
