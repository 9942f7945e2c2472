import { COMMON_INPUTS } from '../../shared/inputs/common.ts';
import { text, textList } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type Input,
  type InputTable,
  optional,
  STAGE_NAMES,
} from '../../shared/inputs/table.ts';

/** The stages that `auto` chooses by the event; it never registers or deploys, unless a dispatch asks and is allowed to. */
export const AUTO_STAGES: Readonly<Record<string, readonly string[]>> = {
  push: ['validate-data', 'validate-model'],
  pull_request: ['validate-data', 'validate-model'],
  pull_request_target: ['validate-data', 'validate-model'],
  merge_group: ['validate-data', 'validate-model'],
  workflow_dispatch: ['validate-data', 'validate-model'],
  repository_dispatch: ['validate-data', 'validate-model'],
  schedule: ['check-drift'],
};

/** The stages that register or release; they do not follow a stage of the same model that did not pass. */
export const ACTING_STAGES: readonly string[] = ['register-model', 'deploy-canary'];

/** Common inputs given to the root hold for every stage, so their defaults stay the stages' own. */
const passedOn: Record<string, Input<unknown>> = Object.fromEntries(
  Object.entries(COMMON_INPUTS).map(([name, { default: _default, ...input }]) => [name, input]),
);

export const definition = {
  name: 'root',
  title: 'ml-loop',
  description:
    'Runs the stages of ml-loop.yml that fit the event, or the stages that you name, and reports on them as one.',
  icon: 'repeat',
  inputs: {
    stage: defaulted(
      textList(
        `\`auto\`, \`matrix\`, \`report\`, \`doctor\`, or a list of: ${STAGE_NAMES.map((name) => `\`${name}\``).join(', ')}`,
      ),
      'auto',
      'The stages to run. `auto`: `validate-data` and `validate-model` on pushes and pull requests, `check-drift` on schedules. `matrix`, alone: prints the models that the change concerns, for a matrix of jobs. `report`, alone: reads the verdicts that other jobs left below `report-directory`, tells the pull request, and fails if one is missing or did not pass. `doctor`, alone: checks how ml-loop is set up here.',
    ),
    expect: optional(
      text('JSON'),
      'For `stage: report`: the models whose verdicts must be there, as `stage: matrix` prints them, or their names. By default all models of the configuration file.',
    ),
    ...passedOn,
  },
  outputs: {
    stages: 'The path of a JSON file with the status of every stage.',
    matrix:
      'With `stage: matrix`: the models as a JSON list, such as `[{"name": "demand", "sections": ["validate-data"], "model": "model", "changed": ["data/a.csv"]}]`.',
    models: 'With `stage: matrix`: their names, such as `["demand"]`.',
    count:
      'With `stage: matrix`: their number. GitHub fails a job whose matrix is empty, so give that job an `if` that it is not 0.',
  },
} satisfies ActionDefinition<InputTable>;
