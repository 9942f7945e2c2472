import { commonInputs } from '../../shared/inputs/common.ts';
import type { ActionDefinition, InputTable, InputValues } from '../../shared/inputs/table.ts';

const { name: _, registry: __, state: ___, ...common } = commonInputs('fail');

/** A stage of the root action and a command, and not an action of its own: it looks at the whole set-up. */
export const definition = {
  name: 'doctor',
  title: 'ml-loop: doctor',
  description:
    'Checks how ml-loop is set up here: ml-loop.yml, workflows, permissions, secrets, environments, schedules. Each finding has its fix.',
  icon: 'activity',
  inputs: common,
  outputs: {},
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
