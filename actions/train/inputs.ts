import { commonInputs } from '../../shared/inputs/common.ts';
import { duration, flag, oneOf, text, textList } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  type InputValues,
  optional,
} from '../../shared/inputs/table.ts';

/** Everything about train that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'train',
  title: 'ml-loop: train',
  description:
    'Runs your training command, or submits a training elsewhere and takes what it has made: one job for one request, with a deadline, from the places that you allow.',
  icon: 'cpu',
  inputs: {
    ...commonInputs('fail'),
    command: optional(
      textList('a program and its arguments'),
      'Your training command, such as `[python, train.py]`. It leaves the model files; or it submits a job and writes `{"status": "submitted", "job": "ID"}` to the file that `ML_LOOP_TRAINING` names.',
    ),
    timeout: defaulted(duration(), '6h', 'The time limit of `command`.'),
    where: defaulted(
      oneOf(['here', 'elsewhere']),
      'here',
      '`here`: the model is made in this job. `elsewhere`: `command` submits a job; the state remembers it, so that one request submits one job.',
    ),
    operation: defaulted(
      oneOf(['auto', 'resume']),
      'auto',
      '`auto`: takes what the dispatch `ml-trained` names, if that started this run; otherwise trains. `resume` polls a job that is under way, and submits none: for a schedule. When the job has ended, it sends the dispatch `ml-trained`.',
    ),
    poll: optional(
      textList('a program and its arguments'),
      'A command that asks how the job `ML_LOOP_JOB` is, and writes `running`, `trained` or `failed` as `status` to the file that `ML_LOOP_TRAINING` names. Without it, the job must send the dispatch `ml-trained` when it has ended.',
    ),
    interval: defaulted(duration(), '1m', 'The time between two polls.'),
    budget: defaulted(
      duration(),
      '5h',
      'The time limit of the polls of this run. A later run goes on with the job.',
    ),
    deadline: defaulted(duration(), '1d', 'The time limit of the job elsewhere, from its submission on.'),
    'models-from': defaulted(
      textList('addresses'),
      '[]',
      'The places that a model from elsewhere may be in, with its profile and predictions, such as `[s3://acme-models/demand/]`. All others are refused.',
      { gate: 'rule' },
    ),
    key: optional(
      text(),
      'What asks for the training. By default the `dedupe-key` of the dispatch, or the run of the workflow.',
    ),
    dispatch: defaulted(
      text('an event type'),
      'ml-trained',
      'The event type of the dispatch that `resume` sends when the job has ended. Needs `contents: write`.',
    ),
    retry: defaulted(
      flag(),
      'false',
      '`true` submits again for a request whose job is late, or of which no one knows whether it has one.',
    ),
  },
  outputs: {
    training:
      '`trained`, `submitted` (a job elsewhere is under way), `failed`, or `none` (there is none to resume).',
    job: 'The id of the job elsewhere; empty if there is none.',
    model:
      'Where the model is, for the input `model` of validate-model and register-model; empty if it is in the files that ml-loop.yml names.',
    digest: 'The digest that this model must have, for the input `model-digest` of validate-model.',
    profile: 'The path of the profile that came with it; empty if none did.',
    predictions:
      'The path of the predictions that came with it, for the input `candidate` of validate-model.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
