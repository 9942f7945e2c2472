import { commonInputs } from '../../shared/inputs/common.ts';
import {
  duration,
  flag,
  instant,
  integer,
  list,
  margin,
  number,
  oneOf,
  text,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  type Values,
} from '../../shared/inputs/table.ts';

/** Everything about validate-model that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-model',
  title: 'ml-loop: validate a model',
  description:
    'Says whether a candidate model is better than production, not worse, worse, or unknown, with a bound for each.',
  icon: 'check-circle',
  inputs: {
    ...commonInputs('inconclusive'),
    candidate: optional(
      text('a path'),
      'The candidate’s predictions, one row an id (CSV, JSON Lines), or its metrics file (JSON, YAML). Instead of it, `predict` lets the action make the predictions.',
    ),
    production: optional(text('a path'), 'Production’s predictions of the same rows, or its metrics file.'),
    predict: optional(
      list('the arguments of a command, with `{model}`, `{data}` and `{out}` in them'),
      'A command that reads a model and the test data and writes predictions. The action runs it on both models, so that the evidence is bound. `{out}` is a CSV file; no shell reads the command.',
    ),
    'predict-timeout': defaulted(duration(), '30m', 'How long one run of `predict` may take.'),
    model: optional(
      list(),
      'The candidate’s bytes: usually one folder. Their digest is what the verdict names.',
    ),
    'production-model': optional(
      text('a path, or `model:NAME@VERSION-or-ALIAS`'),
      'The model that `predict` compares with; `model:<name>@champion` where a registry is given.',
    ),
    'test-data': optional(
      text('a path'),
      'Rows with id and label (CSV, JSON Lines), and whatever else `predict` reads.',
    ),
    task: defaulted(
      oneOf(['auto', 'classification', 'regression']),
      'auto',
      '`auto`: as the metric has it, else as the labels show.',
    ),
    label: defaulted(text('a column'), 'label', 'The column of labels, in the test data or the predictions.'),
    prediction: defaulted(text('a column'), 'prediction', 'The column of predictions.'),
    score: optional(
      text('a column'),
      'The column of scores of the positive class; `score` where there is such a column.',
    ),
    'positive-label': optional(
      text(),
      'The label that counts as positive; of 0 and 1, −1 and 1, or false and true, the second by itself.',
    ),
    id: defaulted(text('a column'), 'id', 'The column that joins predictions, labels and test data.'),
    weight: optional(text('a column'), 'The column of sample weights.'),
    cluster: optional(
      text('a column'),
      'The column of groups whose rows depend on each other, such as a user or a day; bounds then count groups, not rows.',
    ),
    metric: optional(
      text('a metric'),
      'What `margin` is about, such as `accuracy` or `mae`; needed for a comparison.',
    ),
    margin: optional(
      margin(),
      'The loss of `metric` against production that does not matter: in the metric’s unit, or `2%` of production’s value (not for accuracy: there in points, such as 0.01). Needed for a comparison.',
    ),
    conditions: optional(list(), 'What must hold, one condition an item: `candidate.accuracy >= 0.8`.'),
    sensitive: optional(list('columns'), 'Columns of groups that the model is to treat alike.'),
    'group-difference': defaulted(
      oneOf(['equalized_odds_difference', 'equal_opportunity_difference', 'demographic_parity_difference']),
      'equalized_odds_difference',
      'Which difference `max-group-difference` is about, by Fairlearn’s names; of regression it is `mae_difference`.',
    ),
    'max-group-difference': optional(
      number({ min: 0 }),
      'The largest difference between groups that is allowed; without it, differences are shown and not judged.',
    ),
    'min-group-size': defaulted(
      integer({ min: 2 }),
      '30',
      'Groups with fewer rows are too small to be judged.',
    ),
    'require-bound': defaulted(
      flag(),
      'false',
      '`true`: predictions that the action did not make itself fail.',
    ),
    'first-release': defaulted(
      oneOf(['allow', 'require-thresholds', 'refuse']),
      'require-thresholds',
      'Where there is no production model yet: `require-thresholds` passes only if conditions are given and hold.',
    ),
    'trained-until': optional(
      instant(),
      'The end of the candidate’s training data. Production’s is read from the registry (metadata `trained-until`).',
    ),
    timestamp: optional(
      text('a column'),
      'The column with the time of a row; rows at or before the end of a model’s training data are leakage.',
    ),
    'judged-rows': defaulted(
      integer({ min: 0 }),
      '0',
      'How many judged rows to write to `judged.csv`, for deploy-canary to replay. They hold cell values.',
    ),
    draws: defaulted(
      integer({ min: 200, max: 100_000 }),
      '2000',
      'Resamples of the bootstrap, where a metric has no closed bound.',
    ),
  },
  outputs: {
    comparison: '`better`, `not-worse`, `worse` or `unknown`.',
    'labels-needed':
      'How many more labelled rows would decide the comparison; empty where that is not known or nothing is open.',
    judged: 'The path of the judged rows; empty where none were asked for.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
