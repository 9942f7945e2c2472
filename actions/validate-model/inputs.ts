import { commonInputs } from '../../shared/inputs/common.ts';
import {
  classList,
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
import { GROUP_DIFFERENCES, GROUP_RATIOS } from '../../shared/model/fairness/rates.ts';
import { DISCLOSURES, LEDGER_MODES } from '../../shared/model/ledger-terms.ts';
import { TASKS } from '../../shared/model/rows.ts';

import { columnOrColumns, columnSpecs, lossBounds, margins, numberRange } from './kinds.ts';

/** Everything about validate-model that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-model',
  title: 'ml-loop: validate a model',
  description:
    'Says whether a candidate model is better than production, not worse, worse, or unknown, with a bound for each.',
  icon: 'check-circle',
  inputs: {
    ...commonInputs('inconclusive'),
    operation: defaulted(
      oneOf(['judge', 'record-use']),
      'judge',
      '`record-use` counts, from a verdict of a pull request, the use of its test set: in a job that runs none of its code.',
    ),
    verdict: optional(text('a path'), 'For `record-use`: the verdict file of the run that is counted.'),
    candidate: optional(
      text('a path'),
      'The candidate’s predictions, one row an id (CSV, JSON Lines, Parquet), or its metrics file (JSON, YAML, a model card). Instead of it, `predict` lets the action make the predictions.',
    ),
    production: optional(text('a path'), 'Production’s predictions of the same rows, or its metrics file.'),
    anchor: optional(
      text('a path, or `model:NAME@VERSION-or-ALIAS`'),
      'What the candidate must not be worse than either, by the same margin, so that small losses cannot add up: the anchor’s predictions, or with `predict` a model; `model:<name>@anchor` if the registry has that alias.',
    ),
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
      text('a path, `model:NAME@VERSION-or-ALIAS`, or `none`'),
      'The model that `predict` compares with, or that made the predictions given as `production`; `model:<name>@champion` if a registry is given. `none` says that a new model has no production yet, if its name is close to another’s of the registry.',
    ),
    'test-data': optional(
      text('a path'),
      'Rows with id and label (CSV, JSON Lines, Parquet), and whatever else `predict` reads.',
    ),
    task: defaulted(
      oneOf(['auto', ...TASKS]),
      'auto',
      '`auto`: as the metric has it, else as the labels show.',
    ),
    label: defaulted(
      text('a column'),
      'label',
      'The column of labels, in the test data or the predictions; of several labels a row also `y_*`, a column of 0 and 1 for each.',
    ),
    prediction: defaulted(
      text('a column'),
      'prediction',
      'The column of predictions; of several labels also `p_*`.',
    ),
    score: optional(
      columnOrColumns(),
      'The column of scores of the positive class (`score` if there is such a column), or `p_*`: one for each class or label, named by the star.',
    ),
    'label-delimiter': optional(
      text('a text'),
      'What stands between the labels of a row that has several; without it they are a JSON list.',
    ),
    query: optional(text('a column'), 'Of ranking: the column of the query that a document is ranked for.'),
    columns: optional(
      columnSpecs(),
      'What a `column(NAME)` that is a metric means: `{my_loss: {better: lower, range: [0, 1]}}`. With a range its bounds need no other assumption.',
    ),
    'positive-label': optional(
      text(),
      'The label that counts as positive; of 0 and 1, −1 and 1, or false and true, the second by itself.',
    ),
    classes: optional(
      classList(),
      'All classes of the labels (of several labels a row, all labels): what else a label or a prediction says is a fault. Without it they are the classes of the test set’s labels, and those of the contract.',
    ),
    contract: optional(
      text('a path'),
      'The data contract, whose `enum` of the label’s column names classes that the test set may lack. In `ml-loop.yml` it is validate-data’s `contract` if this is not given.',
      { from: 'validate-data' },
    ),
    'contract-table': optional(
      text('a name'),
      'Which part of an imported contract the test data are, as for validate-data, where it is taken from if this is not given.',
      { from: 'validate-data' },
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
      'The loss of `metric` against production that does not matter: in the metric’s unit, such as 0.01, or `2%` of production’s value. Needed for a comparison.',
    ),
    'metric-command': optional(
      list('the arguments of a command, with `{predictions}`, `{data}` and `{out}` in them'),
      'A command that reads predictions and the test data and writes a CSV of ids and numbers, one row an id: your own loss a row, named `column(NAME)` in `metric`, `margins` and `conditions`. It is run for each model; no shell reads it.',
    ),
    margins: optional(
      margins(),
      'Further metrics in which the candidate must not be worse than production, each with its margin: `{recall: 0.02, log_loss: 5%}`.',
    ),
    'loss-bound': optional(
      lossBounds(),
      'The greatest loss that a row can have, in the unit of `metric`, such as 500 for `mae`; or by metric: `{mae: 500, log_loss: 4.7}`. With it, bounds hold for losses of any law and need no least number of rows. A row with a greater loss fails.',
    ),
    'target-range': optional(
      numberRange(),
      'Of regression: the lowest and highest value that a label can have, such as `[0, 1000]`. It bounds the losses. A label or prediction outside of it fails.',
    ),
    'loss-clip': optional(
      number({ min: 0.5, max: 0.9999 }),
      'Clips losses that have no bound at this quantile of production’s losses, such as 0.99, and judges the clipped ones. How large the largest losses are then decides nothing: prefer `loss-bound` or `target-range`.',
    ),
    conditions: optional(
      list(),
      'What must hold, one condition an item: `candidate.accuracy >= 0.8`, `candidate.auc - production.auc > -0.005`, `slice(region).recall.min > 0.7`; with `and`, `or`, `not` and brackets.',
    ),
    slices: optional(
      list('slices'),
      'Parts of the rows to be looked at: a column (`region`), several (`region * sex`), or a condition with a name (`old: age >= 60`).',
    ),
    'min-slice-size': defaulted(
      integer({ min: 2 }),
      '30',
      'Slices with fewer rows are left out, which is said.',
    ),
    sensitive: optional(
      list('columns'),
      'Columns of groups that the model is to treat alike; `region * sex` are their intersections.',
    ),
    'group-difference': defaulted(
      oneOf(GROUP_DIFFERENCES),
      'equalized_odds_difference',
      'Which difference `max-group-difference` is about, by Fairlearn’s names; of regression it is `mae_difference`.',
    ),
    'max-group-difference': optional(
      number({ min: 0 }),
      'The largest difference between groups that is allowed; without it, differences are shown and not judged.',
    ),
    'group-ratio': defaulted(
      oneOf(GROUP_RATIOS),
      'demographic_parity_ratio',
      'Which ratio `min-group-ratio` is about, by Fairlearn’s names.',
    ),
    'min-group-ratio': optional(
      number({ min: 0, max: 1 }),
      'The smallest ratio between groups that is allowed: 0.8 is the rule of thumb of four fifths.',
    ),
    'max-group-change': optional(
      number({ min: 0 }),
      'How much larger than production’s the candidate’s `group-difference` may be: not less fair than before.',
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
      'If there is no production model yet: `require-thresholds` passes only if conditions are given and hold.',
    ),
    disclosure: defaulted(
      oneOf(DISCLOSURES),
      'full',
      'What is told of the test set: `verdict` says only whether the candidate is accepted, `rounded` the reading and the gain in whole margins, `full` everything. The less is told, the more often the test set can be used.',
    ),
    ledger: defaulted(
      oneOf(LEDGER_MODES),
      'warn',
      'Counts the uses of the test set in the state. `warn` decides each as if it were the only one, and says what that is worth after so many uses. `strict` tests each at the error rate that is left, so that the whole life of the test set keeps to 5 %; a use that cannot be counted is then inconclusive. `off` does not count.',
    ),
    uses: optional(
      integer({ min: 1, max: 100_000 }),
      'With `ledger: strict`: how many uses of the test set are planned before it is replaced: 30 with `disclosure: verdict`, 3 with `rounded`; ignored with `full`, which tests each further use more strictly.',
    ),
    passes: defaulted(
      integer({ min: 1, max: 1000 }),
      '5',
      'With `ledger: strict` and `disclosure: verdict`: after how many acceptances at the latest the test set is replaced.',
    ),
    'when-spent': defaulted(
      oneOf(['refuse', 'warn']),
      'refuse',
      'With `ledger: strict`, if the budget of the test set is spent: `refuse` tells nothing more of it, and the run is inconclusive; `warn` judges all the same.',
    ),
    'trained-until': optional(
      instant(),
      'The end of the candidate’s training data. Production’s is read from the registry (metadata `trained-until`).',
    ),
    'training-data': optional(
      list('files, with `*` and `**`'),
      'The candidate’s training data: no id, and no whole row, of the test data may be in them.',
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
      'Resamples of the bootstrap, if a metric has no closed bound.',
    ),
  },
  outputs: {
    comparison: '`better`, `not-worse`, `worse` or `unknown`.',
    'labels-needed':
      'How many more labelled rows would decide the comparison; empty if that is not known or nothing is open.',
    'budget-left':
      'How many further uses of the test set could pass a candidate that is exactly as good as production, with a chance of 80 % each: 0 if these rows are too few, 1000 for 1,000 or more; empty with `ledger: off`, and if the uses cannot be read.',
    judged: 'The path of the judged rows; empty if none were asked for.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
