import { flag, oneOf, text, textList } from '../../shared/inputs/kinds.ts';
import { defaulted, type InputValues, optional } from '../../shared/inputs/table.ts';

/** The templates that `--workflows` names. */
export const WORKFLOWS = [
  'ml-ci',
  'ml-cd',
  'ml-drift-check',
  'ml-retrain',
  'ml-record-use',
  'ml-all',
] as const;

const NONE = '`none` if there is none';

export const description =
  'Writes ml-loop.yml, a contract, a reference profile and workflows for your repository. It asks nothing and overwrites nothing.';

export const inputs = {
  data: optional(textList('files, with `*` and `**`'), 'The files of the table that the model learns from.'),
  'test-data': optional(
    text('a path'),
    `The file of labelled rows that judge the model; training may write it. ${NONE}.`,
  ),
  id: optional(text('a column'), 'The column that identifies a row.'),
  label: optional(text('a column'), 'The column that the model predicts.'),
  timestamp: optional(text('a column'), `The column with the time of a row. ${NONE}.`),
  model: optional(text('a path'), `The file or folder that training writes the model to. ${NONE}.`),
  train: optional(
    text('a command'),
    `The command that trains, such as \`python train.py\`. A shell of the workflow runs it. ${NONE}.`,
  ),
  predict: optional(
    textList('the arguments of a command, with `{model}`, `{data}` and `{out}` in them'),
    `The command that writes predictions, such as \`[python, predict.py, "{model}", "{data}", "{out}"]\`. ${NONE}.`,
  ),
  candidate: optional(
    text('a path'),
    `The file of predictions, or of metrics (JSON), that training writes. ${NONE}.`,
  ),
  requirements: optional(text('a path'), `The file of Python requirements. ${NONE}.`),
  install: optional(text('a command'), `A command that installs what training needs. ${NONE}.`),
  'python-version': optional(text('a version'), `The version of Python. ${NONE}.`),
  container: optional(text('an image'), 'The image to run the jobs in, such as one with R.'),
  test: optional(text('a command'), `The command of your unit tests. ${NONE}.`),
  lint: optional(text('a command'), 'The command of your linter.'),
  metric: optional(text('a metric'), 'The metric that models are compared by.'),
  margin: optional(
    text('a margin'),
    'The largest loss of the metric that does not matter, such as `0.01` or `2%`.',
  ),
  router: optional(text('a URL'), 'Where deploy-canary sets the traffic: `router` of its section.'),
  metrics: optional(
    text('a URL'),
    'Where deploy-canary reads how canary and stable do: `metrics` of its section.',
  ),
  predictions: optional(
    textList('files, with `*` and `**`'),
    'The prediction log of production, for check-drift.',
  ),
  labels: optional(textList('files, with `*` and `**`'), 'The labels that come later, for check-drift.'),
  workflows: optional(
    textList(`\`none\`, or a list of: ${WORKFLOWS.map((name) => `\`${name}\``).join(', ')}`),
    'The workflows to write. By default `ml-ci`, and those whose sections are written.',
  ),
  mode: defaulted(
    oneOf(['observe', 'enforce']),
    'observe',
    '`observe` computes and tells everything, and blocks nothing. `enforce` makes it a gate.',
  ),
  ref: optional(
    text('a tag or a commit'),
    'The version of ml-loop that the workflows name after `@`. By default `v0`, the newest release.',
  ),
  branch: optional(text('a branch'), 'The default branch of your repository.'),
  'working-directory': defaulted(text('a path'), '.', 'The root of your repository.'),
  force: defaulted(flag(), 'false', 'Overwrites files that differ.'),
  'dry-run': defaulted(flag(), 'false', 'Prints what would be written, and writes nothing.'),
};

export type Inputs = InputValues<typeof inputs>;
